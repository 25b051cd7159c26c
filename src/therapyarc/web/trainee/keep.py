"""Practice as the database keeps it: begun, branched, formulated, and what of it is shown."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from therapyarc.domain.design import Design
from therapyarc.domain.people import Practice as Plan
from therapyarc.web.audit import record_event
from therapyarc.web.course.kept import KeptCourse, KeptSession, add_course, courses_of
from therapyarc.web.store.tables import (
    ConversationSession,
    ConversationTurn,
    Feedback,
    Formulation,
    Participant,
    Practice,
    Trainee,
)
from therapyarc.web.tokens import new_id
from therapyarc.web.trainee.danger import danger
from therapyarc.web.trainee.feedback import feedback, sham

__all__ = ["Practised", "Written", "all_done", "begin_practice", "branch", "feedback_of", "formulation_of", "practice_of",
           "practised", "write_formulation"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """A formulation."""

    fields: Mapping[str, str]
    """Field to text."""
    finished: bool
    """Whether it no longer changes."""


@dataclass(frozen=True, slots=True)
class Practised:
    """One practice with a client."""

    course: KeptCourse
    stage: str
    """practised or unseen."""
    origin: str | None
    """For a branch: the session that it came from."""
    turns: int
    """For a branch: turns copied."""
    finished: bool
    """Whether its formulation is finished."""

    @property
    def session(self) -> KeptSession:
        """Its one session."""
        return self.course.sessions[0]


def practice_of(connection: Connection, participant: str) -> tuple[Practised, ...]:
    """Return all that a trainee has practised, in order."""
    rows = {
        row.conversation: row
        for row in connection.execute(
            select(Practice.conversation, Practice.stage, Practice.origin, Practice.turns)
        )
    }
    done = set(
        connection.scalars(select(Formulation.session).where(Formulation.finished_at.is_not(None))).all()
    )
    return tuple(
        Practised(one, row.stage, row.origin, row.turns, one.sessions[0].id in done)
        for one in courses_of(connection, participant, "practice")
        if (row := rows.get(one.id)) is not None  # the words of one who withdrew are gone, and so is this
    )


def begin_practice(
    connection: Connection, at: float, design: Design, plan: Plan, participant: str, case: str, stage: str
) -> str:
    """Plan a practice session with a client, with a fresh seed and ids of its own; return the conversation."""
    _allot(connection, design, plan, participant)
    return _add(
        connection,
        at,
        participant,
        case,
        secrets.randbelow(2**31),
        Practice(stage=stage, origin=None, turns=0),
    )


def branch(connection: Connection, at: float, one: Practised, turns: int) -> str:
    """Plan a practice session that begins with the first turns of another; return the conversation.

    Case and seed are the other's, so the client is where it was; what was said after these turns is not copied.
    """
    course = one.course
    extra = Practice(stage="practised", origin=one.session.id, turns=turns)
    name = _add(connection, at, course.participant, course.case, course.seed, extra)
    session = connection.scalar(
        select(ConversationSession.id).where(ConversationSession.conversation == name)
    )
    rows = [
        {
            "session": session, "seq": seq, "role": turn.role, "text": turn.text, "key": f"copied:{seq}", "at": at,
            "voice": turn.voice, "closes": turn.closes,
        }
        for seq, turn in enumerate(one.session.said[:turns])
    ]  # fmt: skip
    connection.execute(insert(ConversationTurn), rows)
    connection.execute(
        update(ConversationSession).where(ConversationSession.id == session).values(started_at=at)
    )
    return name


def _add(connection: Connection, at: float, participant: str, case: str, seed: int, extra: Practice) -> str:
    name, place = new_id(), len(courses_of(connection, participant, "practice"))
    add_course(
        connection,
        name,
        participant,
        case,
        (new_id(),),
        purpose="practice",
        seed=seed,
        memory="none",
        position=place,
    )
    row = {"conversation": name, "stage": extra.stage, "origin": extra.origin, "turns": extra.turns}
    connection.execute(insert(Practice).values(**row))
    record_event(
        connection, at, participant, "practice.begun", name, {"stage": extra.stage, "turns": extra.turns}
    )
    return name


def _allot(connection: Connection, design: Design, plan: Plan, participant: str) -> str:
    """Return real or sham, the same for good from the first practice on; of two who come one after the other one each."""
    there = connection.scalar(select(Trainee.feedback).where(Trainee.participant == participant))
    if there is not None:
        return there
    last = connection.scalar(select(func.max(Trainee.place)))
    number = 0 if last is None else last + 1
    kinds = ["real", "sham"]
    Random(f"{design.study.seed}/feedback/{number // 2}").shuffle(kinds)
    kind = kinds[number % 2] if plan.feedback == "randomised" else plan.feedback
    connection.execute(insert(Trainee).values(participant=participant, feedback=kind, place=number))
    return kind


def formulation_of(connection: Connection, session: str) -> Written:
    """Return what is written of a session's client; empty where nothing is."""
    row = connection.execute(
        select(Formulation.fields, Formulation.finished_at).where(Formulation.session == session)
    ).first()
    return Written({}, False) if row is None else Written(json.loads(row.fields), row.finished_at is not None)


def write_formulation(
    connection: Connection, at: float, design: Design, plan: Plan, one: Practised, fields: Mapping[str, str],
    seen: Mapping[str, str], *, finish: bool,
) -> bool:  # fmt: skip
    """Store a formulation, and with `finish` lock it and make the feedback, once; return whether it stands as given.

    It does not where another window stored other words meanwhile, or the formulation is finished.
    """
    there = formulation_of(connection, one.session.id)
    if there.finished:
        return dict(there.fields) == dict(fields)
    if dict(there.fields) not in (dict(seen), dict(fields)):
        return False
    person = one.course.participant
    row = {"fields": json.dumps(fields), "saved_at": at, "finished_at": at if finish else None}
    changed = connection.execute(
        update(Formulation).where(Formulation.session == one.session.id).values(**row)
    )
    if not changed.rowcount:
        connection.execute(insert(Formulation).values(session=one.session.id, **row))
    record_event(connection, at, person, "formulation.saved", one.session.id, {"finished": finish})
    if finish:
        kind = _allot(connection, design, plan, person)
        found = feedback(one.session.said, design.client(one.course.case), fields)
        shown = (
            sham(one.session.said, fields, f"{design.study.seed}/{one.session.id}")
            if kind == "sham"
            else found
        )
        (held,) = one.course.held()
        body = json.dumps(
            {
                "feedback": kind,
                "shown": shown,
                "found": found,
                "danger": danger(held.session, design.client(one.course.case)),
            }
        )
        connection.execute(
            insert(Feedback).values(
                id=new_id(), participant=person, subject=one.session.id, kind="practice", body=body, at=at
            )
        )
        if all_done(plan, practice_of(connection, person)):
            connection.execute(update(Participant).where(Participant.id == person).values(status="finished"))
            record_event(connection, at, person, "participant.finished", person)
    return True


def all_done(plan: Plan, own: tuple[Practised, ...]) -> bool:
    """Return whether the planned practice and every unseen client are done."""
    finished = [one for one in own if one.finished]
    unseen = {one.course.case for one in finished if one.stage == "unseen"}
    return practised(own) >= plan.sessions and unseen >= set(plan.unseen)


def practised(own: tuple[Practised, ...]) -> int:
    """Return how many practice sessions are finished; branches are extra and do not count."""
    return sum(one.finished and one.stage == "practised" and one.origin is None for one in own)


def feedback_of(connection: Connection, session: str) -> dict[str, Any] | None:
    """Return what is stored on a session: `feedback` (real or sham), `shown`, `found`, `danger`; none before it is made."""
    body = connection.scalar(
        select(Feedback.body).where(Feedback.subject == session, Feedback.kind == "practice")
    )
    return None if body is None else dict(json.loads(body))
