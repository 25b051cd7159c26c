"""Both halves of a study unmasked: rated exchanges of single replies and of ongoing sessions, as `stats` takes them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from therapyarc.analysis.table import Table
from therapyarc.domain import Estimand, Excerpt, Missing
from therapyarc.domain.assignment import CourseAssignment

__all__ = ["Grid", "Halves", "Value", "grid", "weighted"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One rated exchange."""

    arm: str
    """Arm id."""
    unit: str
    """The actor, or its model family where the claim is about models as a class."""
    case: str
    """The client: a case of single replies or of courses."""
    value: float
    """Mean over raters."""
    words: float
    """Words of the reply."""
    kind: str
    """Kind of the client's turn."""
    number: int
    """Session in its course; 0 for a single reply."""
    place: int
    """Exchange in its course, from 1; 0 for a single reply."""


class Halves:
    """The rated exchanges of both halves, unmasked."""

    def __init__(
        self, table: Table, courses: Sequence[CourseAssignment], excerpts: Iterable[Excerpt]
    ) -> None:
        """Join excerpts to the key.

        Parameters
        ----------
        table
            Measurements and the key of single replies.
        courses
            The key of the courses.
        excerpts
            Which exchanges are rated, on both halves.
        """
        self.table = table
        self._excerpts = tuple(excerpts)
        self._turns: dict[str, list[int]] = defaultdict(list)
        for excerpt in self._excerpts:
            if excerpt.turn is not None:
                self._turns[excerpt.session].append(excerpt.turn)
        self._single = {a.session: a for a in table.assignments}
        self._course = {name: a for a in courses for name in a.sessions}
        plan = table.design.study.courses
        self.exchanges = plan.exchanges if plan is not None else 1

    def values(
        self, estimand: Estimand, rater: str | None = None, leave_out: frozenset[str] = frozenset()
    ) -> list[Value]:
        """Return every exchange of the arms compared that has a value, those of single replies under one condition."""
        condition, sides = self.condition(estimand), {*estimand.first, *estimand.second}
        found = []
        for excerpt in self._excerpts:
            single = self._single.get(excerpt.session)
            if single is not None and single.condition != condition:
                continue
            arm, actor, case = (
                (single.arm, single.actor, f"{single.instrument}/{single.case}")
                if single is not None
                else self._ongoing(excerpt.session)
            )
            value = self.table.value(excerpt.session, estimand.construct, rater, excerpt.turn, leave_out)
            words = self.table.value(excerpt.session, "words", turn=excerpt.turn)
            if arm not in sides or isinstance(value, Missing) or isinstance(words, Missing):
                continue
            family = estimand.claim == "models_as_class"
            found.append(
                Value(
                    arm=arm,
                    unit=self.table.families.get((arm, actor), actor) if family else actor,
                    case=case,
                    value=value,
                    words=words,
                    kind=excerpt.kind,
                    number=excerpt.number,
                    place=(excerpt.number - 1) * self.exchanges + excerpt.exchange if excerpt.number else 0,
                )
            )
        order = {arm.id: place for place, arm in enumerate(self.table.design.study.arms)}
        return sorted(found, key=lambda v: (order[v.arm], v.unit))

    def ongoing_values(self, session: str, construct: str, rater: str | None = None) -> list[float]:
        """Return the values of the rated exchanges of one ongoing session, of one rater or over all that count."""
        turns = self._turns[session]
        found = (self.table.value(session, construct, rater, turn) for turn in turns)
        return [value for value in found if not isinstance(value, Missing)]

    def condition(self, estimand: Estimand) -> str:
        """Return the condition of the single replies that are compared."""
        return estimand.condition or self.table.design.study.conditions[0].id

    def _ongoing(self, session: str) -> tuple[str, str, str]:
        course = self._course[session]
        return course.arm, course.actor, course.case

    def missing(self, estimand: Estimand) -> dict[str, int]:
        """Count the exchanges of the arms compared that have no value, by reason."""
        wanted, condition = {*estimand.first, *estimand.second}, self.condition(estimand)
        found = Counter[str]()
        for excerpt in self._excerpts:
            single = self._single.get(excerpt.session)
            if single is not None and single.condition != condition:
                continue
            arm = single.arm if single is not None else self._ongoing(excerpt.session)[0]
            value = self.table.value(excerpt.session, estimand.construct, turn=excerpt.turn)
            if arm in wanted and isinstance(value, Missing):
                found[str(value)] += 1
        return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Values of units by cases on both halves, as `stats.two_halves` takes them."""

    single: tuple[Floats, Floats]
    """By side, shape (units, cases of single replies); not a number where there is none."""
    ongoing: tuple[Floats, Floats]
    """By side, shape (units, clients of courses)."""
    names: tuple[list[str], list[str]]
    """Units by side."""
    arms: dict[str, str]
    """Arm of each unit (the first, where a family has several)."""
    counts: dict[str, int]
    """Rated exchanges of each unit."""
    dropped: tuple[str, ...]
    """Units with one half alone, left out."""
    weights: Mapping[str, float]
    """Shares of the kinds of client turns among single replies."""


def grid(estimand: Estimand, values: Sequence[Value]) -> Grid | None:
    """Arrange values by side, unit and case; none where a side has no unit with both halves.

    A cell is the mean over its exchanges, kinds of client turns weighted as they stand among all single replies.
    """
    weights = _shares(v.kind for v in values if not v.number)
    cells: dict[tuple[bool, str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    side = {arm: place for place, arms in enumerate((estimand.first, estimand.second)) for arm in arms}
    arms: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for v in values:
        arms.setdefault(v.unit, v.arm)
        counts[v.unit] += 1
        cells[v.number > 0, v.unit, v.case][v.kind].append(v.value)
    means = {key: mean for key, own in cells.items() if not np.isnan(mean := weighted(own, weights))}
    both = [
        name
        for name in arms
        if all(any(h == half and u == name for h, u, _ in means) for half in (False, True))
    ]
    names = [[name for name in both if side[arms[name]] == place] for place in (0, 1)]
    if not names[0] or not names[1]:
        return None
    found = []
    for half in (False, True):
        cases = sorted({case for h, unit, case in means if h == half and unit in both})
        nothing = float("nan")
        found.append(
            [
                np.array([[means.get((half, unit, case), nothing) for case in cases] for unit in own])
                for own in names
            ]
        )
    return Grid(
        single=(found[0][0], found[0][1]),
        ongoing=(found[1][0], found[1][1]),
        names=(names[0], names[1]),
        arms=arms,
        counts=dict(counts),
        dropped=tuple(name for name in arms if name not in both),
        weights=weights,
    )


def _shares(kinds: Iterable[str]) -> dict[str, float]:
    counts = Counter(kinds)
    return {kind: count / counts.total() for kind, count in sorted(counts.items())}


def weighted(by_kind: Mapping[str, Sequence[float]], weights: Mapping[str, float]) -> float:
    """Return the mean over kinds of client turns, weighted; not a number where no kind has a weight."""
    known = {kind: float(np.mean(own)) for kind, own in by_kind.items() if weights.get(kind, 0) > 0}
    total = sum(weights[kind] for kind in known)
    return sum(weights[kind] * mean for kind, mean in known.items()) / total if total else float("nan")
