"""What a design holds, and what it lacks for a figure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from therapyarc.domain import Actor
from therapyarc.domain.design import Design
from therapyarc.domain.line import Needs, Party

__all__ = ["Holds", "Lack", "lacks", "parties"]


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that a design lacks."""

    what: str
    """What is lacking, and what there is."""
    change: str
    """The smallest change that would mend it."""


def parties(actors: Iterable[Actor]) -> frozenset[Party]:
    """Return who is among the actors; scripts and the demonstration model are neither models nor people."""
    found: set[Party] = set()
    for actor in actors:
        if actor.kind in {"human", "archive"}:
            found.add("people")
        elif actor.kind == "model" and not actor.demonstration:
            found.add("models")
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """What a design holds, in the terms of `Needs`."""

    constructs: frozenset[str]
    contrasts: frozenset[tuple[str, str]]
    actors: frozenset[Party]
    holding_courses: frozenset[Party]
    forms: frozenset[str]
    single_units: int
    course_units: int
    models: int
    sessions: int
    exchanges: int
    clients: int
    excerpts: int
    memories: int
    conditions: int
    materials: int
    raters: int
    human_raters: int
    labelled: int
    probed: int

    @classmethod
    def of(cls, design: Design) -> "Holds":
        """Take stock of a design; archives hold no courses, and each of their transcripts is an actor of its own."""
        study, plan = design.study, design.study.courses
        meeting = [
            arm
            for arm in study.arms
            if plan is not None
            and (arm.id in plan.arms if plan.arms else any(actor.kind != "archive" for actor in arm.actors))
        ]
        everyone = [actor for arm in study.arms for actor in arm.actors if actor.kind != "none"]
        holding = [actor for arm in meeting for actor in arm.actors if actor.kind != "none"]
        rated = {rubric.construct for rubric in design.rubrics} if study.raters else set()
        return cls(
            constructs=frozenset(
                rated
                | {
                    one.construct
                    for one in design.instruments
                    if one.kind in {"choice", "survey"} or one.probing
                }
            ),
            contrasts=frozenset((one.contrast, one.construct) for one in study.estimands),
            actors=parties(everyone),
            holding_courses=parties(holding),
            forms=frozenset(form.construct for form in design.forms) if plan is not None else frozenset(),
            single_units=sum(_units(actor, design) for actor in everyone),
            course_units=len(holding),
            models=len({a.model for a in everyone if a.kind == "model" and not a.demonstration}),
            sessions=0 if plan is None else plan.sessions,
            exchanges=0 if plan is None else plan.exchanges,
            clients=0 if plan is None else len(set(plan.cases)),
            excerpts=0 if plan is None else plan.excerpts,
            memories=len({arm.memory or (plan.memory if plan else None) for arm in meeting}),
            conditions=len(study.conditions),
            materials=len({(one.material, one.control) for one in study.conditions if one.material}),
            raters=len(study.every_rater),
            human_raters=sum(rater.kind == "human" for rater in study.every_rater),
            labelled=sum(rater.labels != "none" for rater in study.raters),
            probed=0 if plan is None or plan.probes is None else len(set(plan.probes.at)),
        )


def _units(actor: Actor, design: Design) -> int:
    if actor.kind != "archive":
        return 1
    return sum(
        all(one.labels.get(name) == value for name, value in actor.where.items())
        for one in design.archives.get(actor.corpus or "", ())
    )


def lacks(needs: Needs, holds: Holds) -> tuple[Lack, ...]:
    """Return all that a design lacks for a figure; empty where it can carry it.

    A figure always needs an actor who is neither a script nor the demonstration model: what these do was planted, or is
    chance, and answers nothing.
    """
    if needs.sessions and not holds.sessions:
        by = f", held by {' and '.join(needs.holding_courses)}" if needs.holding_courses else ""
        planned = f"courses of at least {needs.sessions} session{'s' * (needs.sessions > 1)}{by}"
        found = [Lack("the study holds no ongoing sessions", f"add {planned}"), *_single(needs, holds)]
    else:
        found = [*_single(needs, holds), *_ongoing(needs, holds)]
    return tuple(found)


def _single(needs: Needs, holds: Holds) -> Iterator[Lack]:
    """Yield what is lacking beside the courses."""
    if needs.constructs and not holds.constructs & set(needs.constructs):
        named = _either(needs.constructs)
        yield Lack(f"{named} is not measured on single replies", f"rate or score {named} on single replies")
    if needs.contrasts and not any(
        contrast in needs.contrasts and (not needs.constructs or construct in needs.constructs)
        for contrast, construct in holds.contrasts
    ):
        of = f" of {_either(needs.constructs)}" if needs.constructs else ""
        named = _either(needs.contrasts)
        yield Lack(
            f"no estimand with contrast {named}{of} is declared",
            f"declare an estimand with contrast {named}{of}",
        )
    for party in needs.actors:
        if party not in (*holds.actors, *needs.holding_courses):
            yield Lack(f"no {party} take part", f"add an arm of {party}")
    if (
        not needs.actors
        and not needs.holding_courses
        and not (holds.holding_courses if needs.sessions and holds.sessions else holds.actors)
    ):
        where = "hold courses" if needs.sessions and holds.sessions else "take part"
        yield Lack(f"only scripts or the demonstration model {where}", f"let models in use or people {where}")
    units = holds.course_units if needs.sessions and holds.sessions else holds.single_units
    if units < needs.units:
        yield Lack(f"{units} of {needs.units} actors", f"{needs.units - units} more actors")
    for name, noun in _BESIDE.items():
        yield from _counted(needs, holds, name, noun)


def _ongoing(needs: Needs, holds: Holds) -> Iterator[Lack]:
    """Yield what the courses lack."""
    for party in needs.holding_courses:
        if party not in holds.holding_courses:
            yield Lack(f"no {party} hold courses", f"let {party} hold courses")
    for name, noun in _COURSES.items():
        yield from _counted(needs, holds, name, noun)
    if absent := [form for form in needs.forms if form not in holds.forms]:
        named = " and ".join(absent).replace("_", " ")
        yield Lack(f"clients report no {named}", f"add the form for {named}")


_BESIDE = {
    "models": "different models",
    "conditions": "states of training",
    "materials": "different training materials",
    "raters": "raters",
    "human_raters": "raters who are people",
    "labelled": "raters in a label study",
}
_COURSES = {
    "sessions": "sessions a course",
    "exchanges": "exchanges a session",
    "clients": "different clients",
    "excerpts": "rated exchanges a session",
    "memories": "different memory settings",
    "probed": "places inside courses at which probes of safety are put",
}


def _counted(needs: Needs, holds: Holds, name: str, noun: str) -> Iterator[Lack]:
    least, have = int(getattr(needs, name)), int(getattr(holds, name))
    if have < least:
        yield Lack(f"{have} of {least} {noun}", f"{least} {noun}")


def _either(names: Iterable[str]) -> str:
    return " or ".join(name.replace("_", " ") for name in names)
