"""People take the places that the study has for them. The one module of the pages that knows the key."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

from sqlalchemy import Connection, delete, insert, select

from therapyarc.domain.assignment import Assignment, CourseAssignment, allocate, allocate_courses
from therapyarc.domain.design import Design
from therapyarc.web.course.kept import add_course, remove_courses
from therapyarc.web.store.tables import Administration, Invitation, Participant, Respondent
from therapyarc.web.tokens import new_id

__all__ = ["SlotsTakenError", "claim_slot", "free_slots", "planned_items", "planned_sessions"]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A study's allocation by (arm, actor)."""

    design: Design
    items: Mapping[tuple[str, str], list[Assignment]]
    courses: Mapping[tuple[str, str], list[CourseAssignment]]


_last: _Drawn | None = None
"""That of the study asked about last: it is drawn for all people at once, which takes 0.4 s of CPU with 500."""


def _drawn(design: Design) -> _Drawn:
    """Return the allocation of this very design, drawing it only once."""
    global _last
    held = _last  # two threads at once only draw the same twice
    if held is None or held.design is not design:
        items: dict[tuple[str, str], list[Assignment]] = defaultdict(list)
        courses: dict[tuple[str, str], list[CourseAssignment]] = defaultdict(list)
        for one in allocate(design):
            items[one.arm, one.actor].append(one)
        for course in allocate_courses(design):
            courses[course.arm, course.actor].append(course)
        held = _last = _Drawn(design, dict(items), dict(courses))
    return held


class SlotsTakenError(Exception):
    """The study has no free place for one more person."""


def free_slots(connection: Connection, design: Design, arm: str | None = None) -> list[tuple[str, str]]:
    """Return the (arm, actor) places that nobody holds, in an order drawn from the study seed.

    Who is invited next goes where the seed says and not where someone chooses, unless `arm` narrows it down. A place
    whose invitations were all revoked before anyone came in is free again.
    """
    places = [
        (one.id, actor.id)
        for one in design.study.arms
        for actor in one.actors
        if actor.kind == "human" and (arm is None or one.id == arm)
    ]
    Random(f"{design.study.seed}/places").shuffle(places)
    rows = connection.execute(
        select(Respondent.arm, Respondent.actor)
        .join(Participant, Participant.id == Respondent.participant)
        .outerjoin(
            Invitation,
            (Invitation.participant == Participant.id) & Invitation.revoked_at.is_(None),
        )
        .where((Participant.status != "invited") | Invitation.id.is_not(None))
    )
    taken = {(row.arm, row.actor) for row in rows}
    return [place for place in places if place not in taken]


def claim_slot(connection: Connection, design: Design, participant: str, arm: str | None = None) -> None:
    """Give a therapist the next free place, with everything that is asked there.

    Raises
    ------
    SlotsTakenError
        If there is none.
    """
    free = free_slots(connection, design, arm)
    if not free:
        where = "the study" if arm is None else f"arm {arm}"
        raise SlotsTakenError(
            f"no free place: {where} has no (further) actor of kind human. Add actors to the study file, or revoke an "
            "invitation that nobody used."
        )
    _vacate(connection, *free[0])
    connection.execute(
        insert(Respondent).values(id=new_id(), participant=participant, arm=free[0][0], actor=free[0][1])
    )
    rows = list(_administrations(design, participant, *free[0]))
    connection.execute(insert(Administration), rows)
    for place, one in enumerate(_courses(design, *free[0])):
        add_course(
            connection,
            one.course,
            participant,
            one.case,
            one.sessions,
            purpose="study",
            seed=one.seed,
            memory=one.memory,
            position=place,
        )


def _vacate(connection: Connection, arm: str, actor: str) -> None:
    """Take the place from those who never came in; their rows of what would have been asked go with it."""
    before = connection.scalars(
        select(Respondent.participant).where(Respondent.arm == arm, Respondent.actor == actor)
    ).all()
    for participant in before:
        remove_courses(connection, participant)
        connection.execute(delete(Administration).where(Administration.participant == participant))
        connection.execute(delete(Respondent).where(Respondent.participant == participant))


def _administrations(design: Design, participant: str, arm: str, actor: str) -> Iterable[dict[str, object]]:
    """Yield rows: the background first, then for each condition its material and its items."""
    own = _drawn(design).items.get((arm, actor), [])
    yield _row(participant, new_id(), kind="background", part=0, position=0)
    for part, condition in enumerate(design.study.conditions, 1):
        position = 0
        trained = condition.id in design.materials and (not condition.arms or arm in condition.arms)
        if trained:
            yield _row(participant, new_id(), kind="material", part=part, position=0, condition=condition.id)
            position = 1
        items = [one for one in own if one.condition == condition.id]
        for place, one in enumerate(_ordered(design, items, f"{arm}/{actor}/{condition.id}"), position):
            yield _row(
                participant,
                one.session,
                kind="item",
                part=part,
                position=place,
                condition=condition.id,
                instrument=one.instrument,
                item=one.item,
                case_id=one.case,
                options=json.dumps(one.options),
            )


def _courses(design: Design, arm: str, actor: str) -> list[CourseAssignment]:
    """Return a person's courses in an order that the seed draws."""
    own = sorted(_drawn(design).courses.get((arm, actor), []), key=lambda one: (one.case, one.replicate))
    Random(f"{design.study.seed}/courses/{arm}/{actor}").shuffle(own)
    return own


def _row(participant: str, name: str, **values: object) -> dict[str, object]:
    blank: dict[str, object] = dict.fromkeys(("condition", "instrument", "item", "case_id", "locked_at"))
    return {**blank, "options": "[]", **values, "id": name, "participant": participant}


def _ordered(design: Design, items: list[Assignment], name: str) -> list[Assignment]:
    """Order a part: instruments as in the study; clients, and items without one, as the seed draws them.

    The questions about one client stay together and in the instrument's order.
    """
    ordered: list[Assignment] = []
    for instrument in design.instruments:
        own = [one for one in items if one.instrument == instrument.id]
        places = {item.id: place for place, item in enumerate(instrument.items)}
        blocks: dict[str, list[Assignment]] = {}
        for one in sorted(own, key=lambda one: places[one.item]):
            blocks.setdefault(one.case or f"item {one.item}", []).append(one)
        order = sorted(blocks)
        Random(f"{design.study.seed}/order/{name}/{instrument.id}").shuffle(order)
        ordered += [one for block in order for one in blocks[block]]
    return ordered


def planned_items(design: Design) -> dict[tuple[str, str, str], int]:
    """Return how many items people are planned to answer, by arm, condition and instrument."""
    planned: Counter[tuple[str, str, str]] = Counter()
    for place in _people(design):
        for one in _drawn(design).items.get(place, ()):
            planned[one.arm, one.condition, one.instrument] += 1
    return dict(planned)


def planned_sessions(design: Design) -> dict[tuple[str, str], int]:
    """Return how many sessions people are planned to hold, by arm and case."""
    planned: Counter[tuple[str, str]] = Counter()
    for place in _people(design):
        for one in _drawn(design).courses.get(place, ()):
            planned[one.arm, one.case] += len(one.sessions)
    return dict(planned)


def _people(design: Design) -> list[tuple[str, str]]:
    return [(arm.id, actor.id) for arm in design.study.arms for actor in arm.actors if actor.kind == "human"]
