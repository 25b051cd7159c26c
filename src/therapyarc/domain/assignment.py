"""The key: which session belongs to whom. Only those who assign people or unmask results may import this module."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import TypeVar

from therapyarc.domain.actor import Actor
from therapyarc.domain.course import Memory, course_seed
from therapyarc.domain.design import Design
from therapyarc.domain.instrument import Instrument, Item
from therapyarc.domain.record import record
from therapyarc.domain.study import Administration, Arm

__all__ = ["Assignment", "CourseAssignment", "allocate", "allocate_courses"]


@record
class Assignment:
    """One planned session and all that its opaque id hides."""

    session: str
    """Opaque session id."""
    arm: str
    """Arm."""
    actor: str
    """Who fills the role of therapist; in an archive arm `actor/transcript`."""
    condition: str
    """Condition."""
    instrument: str
    """Single-turn instrument."""
    item: str
    """Item."""
    case: str | None = None
    """Case; none for knowledge items."""
    cluster: str | None = None
    """What makes sessions dependent beside the actor (the transcript that the case was cut from)."""
    options: tuple[str, ...] = ()
    """For a choice item, the order in which the options stand."""
    replicate: int = 1
    """Which repeat of the cell this is, from 1."""
    seed: int
    """Randomness of this session; the same before and after training, so that the two are a pair."""
    raters: tuple[str, ...] = ()
    """Raters drawn for this session."""


@record
class CourseAssignment:
    """One planned course and all that its opaque ids hide."""

    course: str
    """Opaque course id."""
    sessions: tuple[str, ...]
    """Opaque session ids in order."""
    arm: str
    """Arm."""
    actor: str
    """Who fills the role of therapist."""
    case: str
    """Case."""
    memory: Memory
    """What the therapist carries over."""
    raters: tuple[tuple[str, ...], ...] = ()
    """By session, the raters drawn for its exchanges."""
    replicate: int = 1
    """Which repeat of the cell this is, from 1."""
    seed: int
    """Randomness of the course; the same for all who meet the case in this replicate, so that courses are matched."""


def allocate_courses(design: Design) -> tuple[CourseAssignment, ...]:
    """Plan every course of a study.

    Ids are random draws as in `allocate`. The seed depends on case and replicate alone: two therapists meet the same client
    in the same weeks, with the same chance events, and what differs is what they do.

    Returns
    -------
    The assignments, sorted by course id; empty where the study holds no courses.
    """
    study, plan = design.study, design.study.courses
    if plan is None:
        return ()
    cells = [
        (arm, actor, case, replicate)
        for arm in study.arms
        if not plan.arms or arm.id in plan.arms
        for actor in arm.actors
        if actor.kind != "archive"
        for case in plan.cases
        if not arm.cases or case in arm.cases
        for replicate in range(1, plan.replicates + 1)
    ]
    order = Random(f"{study.seed}/course ids")
    ids: set[str] = set()
    while len(ids) < len(cells) * (plan.sessions + 1):
        ids.add(f"{order.getrandbits(64):016x}")
    drawn = sorted(ids)
    order.shuffle(drawn)
    names = iter(drawn)
    planned = [
        CourseAssignment(
            course=next(names),
            sessions=tuple(next(names) for _ in range(plan.sessions)),
            arm=arm.id,
            actor=actor.id,
            case=case,
            memory=arm.memory or plan.memory,
            replicate=replicate,
            seed=course_seed(study.seed, case, replicate),
        )
        for arm, actor, case, replicate in cells
    ]
    rated = list(_draw_course_raters(design, planned))
    return tuple(sorted(rated, key=lambda assignment: assignment.course))


def allocate(design: Design) -> tuple[Assignment, ...]:
    """Plan every session of a study.

    Session ids are 64-bit random draws from the study seed, in an order of their own, so that neither an id nor
    the place of a session in a sorted list says anything of arm, actor or condition. The seed of a session and the
    order of its options depend on actor, item, case and replicate and not on the condition: an actor meets the
    same item in the same order before and after training. Raters with a share below 1 are drawn within each condition
    and item, the arms taking turns, so that a small share is spread over the arms as evenly as it goes.

    Returns
    -------
    The assignments, sorted by session id.
    """
    planned = list(_cells(design))
    order = Random(f"{design.study.seed}/session ids")
    ids: set[str] = set()
    while len(ids) < len(planned):
        ids.add(f"{order.getrandbits(64):016x}")
    drawn = sorted(ids)
    order.shuffle(drawn)
    named = [replace(cell, session=session) for cell, session in zip(planned, drawn, strict=True)]
    return tuple(sorted(_draw_raters(design, named), key=lambda assignment: assignment.session))


def _cells(design: Design) -> Iterator[Assignment]:
    for administration, instrument in design.administrations():
        for condition in design.study.conditions:
            if administration.conditions and condition.id not in administration.conditions:
                continue
            for arm in design.study.arms:
                for actor in arm.actors:
                    if actor.kind == "none":
                        continue  # nobody is there to reply
                    for name, cases in _casts(design, administration, instrument, actor):
                        for item in instrument.items:
                            for case in cases:
                                yield from _replicates(
                                    design, arm, actor, name, condition.id, instrument, item, case
                                )


def _casts(
    design: Design, administration: Administration, instrument: Instrument, actor: Actor
) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    """Yield (actor name, case ids) for everyone whom one actor entry stands for."""
    every = tuple(case.id for case in instrument.cases) or (None,)
    if actor.kind != "archive":
        yield actor.id, every
        return
    if administration.corpus is None or administration.corpus != actor.corpus:
        return  # archived people answered only what their own clients said
    for archive in design.archives[administration.corpus]:
        if any(archive.labels.get(label) != value for label, value in actor.where.items()):
            continue
        own = tuple(case.id for case in instrument.cases if case.cluster == archive.transcript)
        if own:
            yield f"{actor.id}/{archive.transcript}", own


def _replicates(
    design: Design,
    arm: Arm,
    actor: Actor,
    name: str,
    condition: str,
    instrument: Instrument,
    item: Item,
    case: str | None,
) -> Iterator[Assignment]:
    if actor.kind == "archive" and condition != design.study.conditions[0].id:
        return  # nobody can train the people of a finished transcript
    once = actor.kind in {"archive", "human"}  # a person who meets an item again remembers the answer
    for replicate in range(1, (1 if once else design.study.replicates) + 1):
        draw = Random(f"{design.study.seed}/{arm.id}/{name}/{instrument.id}/{item.id}/{case}/{replicate}")
        options = _ordered(item, draw)
        yield Assignment(
            session="",
            arm=arm.id,
            actor=name,
            condition=condition,
            instrument=instrument.id,
            item=item.id,
            case=case,
            cluster=None if case is None else instrument.case(case).cluster,
            options=tuple(options),
            replicate=replicate,
            seed=draw.getrandbits(31),
        )


def _ordered(item: Item, draw: Random) -> list[str]:
    """Draw the order of options: any for a best answer; for a view the scale forwards or backwards, "do not know" last."""
    if item.asks == "opinion":
        scale = [option.id for option in item.options if not option.abstains]
        return [
            *(scale if draw.random() < 0.5 else reversed(scale)),
            *(option.id for option in item.options if option.abstains),
        ]
    options = [option.id for option in item.options]
    draw.shuffle(options)
    return options


def _draw_raters(design: Design, assignments: list[Assignment]) -> Iterator[Assignment]:
    """Draw who rates what: within condition and item, each rater's share, spread over the arms as evenly as it goes."""
    open_instruments = {instrument.id for instrument in design.instruments if instrument.kind == "open"}
    cells: dict[tuple[str, str, str], list[Assignment]] = defaultdict(list)
    for assignment in assignments:
        cells[assignment.condition, assignment.instrument, assignment.item].append(assignment)
    for key, members in cells.items():
        if key[1] not in open_instruments:
            yield from members
            continue
        raters: dict[str, list[str]] = defaultdict(list)
        for rater in design.study.raters:
            draw = Random(f"{design.study.seed}/raters/{rater.id}/{'/'.join(key)}")
            for chosen in _spread(members, draw)[: max(1, round(rater.share * len(members)))]:
                raters[chosen.session].append(rater.id)
        for assignment in members:
            yield replace(assignment, raters=tuple(raters[assignment.session]))


def _draw_course_raters(design: Design, courses: list[CourseAssignment]) -> Iterator[CourseAssignment]:
    """Draw who rates the exchanges of which session: within case and place in the course, as in `_draw_raters`."""
    drawn: dict[tuple[str, int], list[str]] = defaultdict(list)
    cells: dict[str, list[CourseAssignment]] = defaultdict(list)
    for course in courses:
        cells[course.case].append(course)
    for case, members in cells.items():
        for place in range(max(len(member.sessions) for member in members)):
            for rater in design.study.raters:
                draw = Random(f"{design.study.seed}/raters/{rater.id}/course/{case}/{place}")
                for chosen in _spread(members, draw)[: max(1, round(rater.share * len(members)))]:
                    drawn[chosen.course, place].append(rater.id)
    for course in courses:
        yield replace(
            course, raters=tuple(tuple(drawn[course.course, place]) for place in range(len(course.sessions)))
        )


_Planned = TypeVar("_Planned", Assignment, CourseAssignment)


def _spread(members: list[_Planned], draw: Random) -> list[_Planned]:
    """Return the members in a random order in which the arms take turns."""
    arms: dict[str, list[_Planned]] = defaultdict(list)
    for member in draw.sample(members, k=len(members)):
        arms[member.arm].append(member)
    order = draw.sample(sorted(arms), k=len(arms))
    rounds = max(map(len, arms.values()))
    return [arms[arm][place] for place in range(rounds) for arm in order if place < len(arms[arm])]
