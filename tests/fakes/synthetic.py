"""A synthetic study from its file to its tables, with every effect planted: nobody spoke, and nobody rated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from therapyarc.domain import Excerpt, Measurement, Missing, Session, Turn
from therapyarc.domain.assignment import Assignment, CourseAssignment, allocate, allocate_courses
from therapyarc.domain.course import ClientState, Trace, TraceTurn
from therapyarc.domain.design import Design
from therapyarc.files.study import load_design

__all__ = ["Planted", "Synthetic", "study_file", "synthetic"]

VERSION = "synthetic"


@dataclass(frozen=True, kw_only=True)
class Planted:
    """What is true of the synthetic study."""

    single: float = 4.0
    """Advantage of the first side on single replies, in rating points."""
    ongoing: float = 1.0
    """In ongoing sessions."""
    fade: float = 0.0
    """Change of it from one session to the next."""
    actors: float = 0.5
    """Standard deviation between actors, the same in both halves."""
    cases: float = 0.3
    """Of the difficulty of cases."""
    cells: float = 0.5
    """Of one answer."""
    raters: float = 0.3
    """Of one rating."""
    leniency: Mapping[str, float] = field(default_factory=dict)
    """Height of a rater above the truth, by id."""
    length: Mapping[str, float] = field(default_factory=dict)
    """Points that a rater adds for an answer twice as long, which is no better."""
    kin: Mapping[str, float] = field(default_factory=dict)
    """Points that a rater adds to the first side, which is no better for it."""
    noise: Mapping[str, float] = field(default_factory=dict)
    """Standard deviation of a rater's ratings, where it is not `raters`."""
    blind: frozenset[str] = frozenset()
    """Raters whose ratings say nothing of the answer."""
    attend: float = 1.0
    """Chance to come to each session after the first."""
    measures: tuple[str, ...] = ()
    """Computed measures of sessions, drawn as noise about a mean of the actor."""


@dataclass(frozen=True, kw_only=True)
class Synthetic:
    """All that `analyse` takes, and the sessions for the report."""

    design: Design
    assignments: tuple[Assignment, ...]
    courses: tuple[CourseAssignment, ...]
    excerpts: tuple[Excerpt, ...]
    rows: tuple[Measurement, ...]
    traces: tuple[Trace, ...]
    sessions: tuple[Session, ...]


def study_file(
    folder: Path,
    *,
    actors: tuple[int, int] = (6, 8),
    cases: Sequence[str] = ("nadia", "walter", "jerome", "aiko"),
    sessions: int = 4,
    raters: Sequence[Mapping[str, Any]] = ({"id": "one"}, {"id": "two"}),
    families: int | None = None,
    margin: float | None = None,
    claim: str = "these_models",
    constructs: Sequence[str] = ("empathy", "validation"),
) -> Path:
    """Write the file of a study with two arms, models and people in the place of scripts, on both halves."""

    def actor(side: int, n: int) -> dict[str, Any]:
        if side:
            return {"id": f"other-{n}", "kind": "script", "policy": "skilled", "parameters": {"q": 0.5}}
        kin = n if families is None else n % families
        return {"id": f"model-{n}", "kind": "model", "model": f"none/model-{n}", "family": f"family-{kin}"}

    data: dict[str, Any] = {
        "schema": "therapyarc/study/1",
        "id": "synthetic",
        "title": "Synthetic study",
        "notice": "Synthetic: all values are random draws.",
        "seed": 11,
        "arms": [
            {"id": name, "label": label, "actors": [actor(side, n) for n in range(actors[side])]}
            for side, (name, label) in enumerate((("models", "Models"), ("others", "Others")))
        ],
        "administrations": [
            {"instrument": "ba-knowledge", "items": ["k01", "k05", "k12"]},
            {"instrument": "ba-vignettes"},
        ],
        "rubrics": ["rubric-empathy", "rubric-validation", "rubric-cognition", "rubric-emotion"],
        "raters": [{"kind": "baseline", "variant": "lexical", **rater} for rater in raters],
        "courses": {"cases": [*cases], "sessions": sessions, "exchanges": 6, "excerpts": 2},
        "estimands": [
            {
                "id": f"{contrast}-{construct}",
                "question": f"Is there a difference in {construct}?",
                "construct": construct,
                "contrast": contrast,
                "first": ["models"],
                "second": ["others"],
                "claim": claim,
                "margin": margin,
                "family": contrast,
            }
            for contrast in ("carry_over", "between")
            for construct in constructs
        ],
    }
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def synthetic(path: Path, planted: Planted, seed: int = 1) -> Synthetic:
    """Draw all values of a study."""
    design = load_design(path)
    return _Draw(design, planted, np.random.default_rng(seed)).all()


class _Draw:
    def __init__(self, design: Design, planted: Planted, rng: np.random.Generator) -> None:
        self.design, self.planted, self.rng = design, planted, rng
        self.assignments, self.courses = allocate(design), allocate_courses(design)
        self.rows: list[Measurement] = []
        self.excerpts: list[Excerpt] = []
        self.sessions: list[Session] = []
        self.traces: list[Trace] = []
        names = [actor.id for arm in design.study.arms for actor in arm.actors]
        self.actor = dict(zip(names, rng.normal(0, planted.actors, len(names)), strict=True))
        self._cases: dict[str, float] = {}

    def all(self) -> Synthetic:
        for assignment in self.assignments:
            self._single(assignment)
        for course in self.courses:
            self._course(course)
        return Synthetic(
            design=self.design,
            assignments=self.assignments,
            courses=self.courses,
            excerpts=tuple(self.excerpts),
            rows=tuple(self.rows),
            traces=tuple(self.traces),
            sessions=tuple(self.sessions),
        )

    def _row(self, session: str, measure: str, value: float | None, **more: Any) -> None:
        missing = Missing.ENDED_EARLY if value is None else None
        self.rows.append(
            Measurement(
                session=session, measure=measure, version=VERSION, value=value, missing=missing, **more
            )
        )

    def _single(self, a: Assignment) -> None:
        instrument = self.design.instrument(a.instrument)
        reply = Turn(role="therapist", text="Synthetic reply.")
        self.sessions.append(
            Session(
                id=a.session,
                instrument=a.instrument,
                item=a.item,
                case=a.case,
                options=a.options,
                turns=(reply,),
            )
        )
        if instrument.kind == "choice":
            self._row(a.session, instrument.construct, 100.0 * (self.rng.random() < 0.7))
            return
        asks = next(item.asks for item in instrument.items if item.id == a.item)
        if asks == "reply":
            self.excerpts.append(Excerpt(session=a.session, turn=None, exchange=1, number=0, kind="plain"))
        self._rated(a, a.session, None, f"single/{a.case}", self.planted.single, a.raters, asks)

    def _rated(
        self,
        a: Assignment | CourseAssignment,
        session: str,
        turn: int | None,
        case: str,
        advantage: float,
        raters: Sequence[str],
        asks: str,
    ) -> None:
        p, rng = self.planted, self.rng
        first = self.design.study.arms[0].id
        if case not in self._cases:
            self._cases[case] = float(rng.normal(0, p.cases))
        words = float(rng.integers(20, 120))
        self._row(session, "words", words, turn=turn)
        mine = 5.0 + advantage * (a.arm == first) + self.actor[a.actor] + self._cases[case]
        for rubric in (one for one in self.design.rubrics if asks in one.rates):
            true = mine + rng.normal(0, p.cells)
            for name in raters:
                seen = 5.0 if name in p.blind else true
                seen += p.leniency.get(name, 0.0) + p.kin.get(name, 0.0) * (a.arm == first)
                seen += p.length.get(name, 0.0) * float(np.log2(words / 60))
                seen += rng.normal(0, p.noise.get(name, p.raters))
                self._row(session, rubric.construct, float(round(seen)), turn=turn, rater=name)

    def _course(self, a: CourseAssignment) -> None:
        p, rng = self.planted, self.rng
        plan = self.design.study.courses
        assert plan is not None
        facts = [fact.id for fact in self.design.cases[a.case].facts]
        distress, told = float(rng.normal(60, 8)), 0
        for number, (session, raters) in enumerate(zip(a.sessions, a.raters, strict=True), start=1):
            if number > 1 and rng.random() > p.attend:
                return
            before = self._state(distress, facts[:told])
            distress -= float(rng.normal(3, 2))
            told = min(len(facts), told + int(rng.integers(0, 2)))
            turns = tuple(
                TraceTurn(exchange=n + 1, acts=(), intent="tell", event="", causes={})
                for n in range(plan.exchanges)
            )
            self.traces.append(
                Trace(
                    session=session,
                    start=before,
                    end=self._state(distress, facts[:told]),
                    turns=turns,
                    ended="limit",
                )
            )
            said = tuple(
                Turn(role=role, text="Synthetic words.")
                for _ in range(plan.exchanges)
                for role in ("client", "therapist")
            )
            self.sessions.append(
                Session(id=session, course=a.course, number=number, case=a.case, turns=said, ended="limit")
            )
            for form in self.design.forms:
                top = 27.0 if form.total == "sum" else 5.0
                self._row(session, form.construct, float(np.clip(distress / 100 * top, 0, top)))
            for name in p.measures:
                self._row(session, name, float(self.actor[a.actor] + rng.normal()))
            for place in range(plan.excerpts):
                turn = 2 * place + 1
                self.excerpts.append(
                    Excerpt(session=session, turn=turn, exchange=place + 1, number=number, kind="plain")
                )
                advantage = p.ongoing + p.fade * (number - 1)
                self._rated(a, session, turn, f"ongoing/{a.case}", advantage, raters, "reply")

    def _state(self, distress: float, told: Sequence[str]) -> ClientState:
        return ClientState(
            distress=distress,
            activation=40.0,
            convictions={"one": 50.0},
            bond=0.5 + 0.001 * distress,
            goal=0.5,
            task=0.5,
            trust=0.5,
            readiness=0.5,
            ambivalence=0.5,
            resistance=0.2,
            advice_wish=0.2,
            reliance=0.1,
            risk=0.0,
            told=tuple(told),
        )
