"""Courses as the database keeps them."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from therapyarc.dialogue.course import CoursePlan, Held
from therapyarc.domain.course import Memory
from therapyarc.domain.design import Design
from therapyarc.domain.people import Practice
from therapyarc.domain.planted import planted
from therapyarc.files.sealed import unseal
from therapyarc.web.answers import finish_if_done
from therapyarc.web.audit import record_event
from therapyarc.web.course.person import Said
from therapyarc.web.store.tables import Conversation, ConversationSession, ConversationTurn

__all__ = ["KeptCourse", "KeptSession", "add_course", "course_of", "course_of_session", "courses_of", "end_session",
           "keep_turn", "leave_course", "remove_courses", "start_session"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeptSession:
    """One meeting."""

    id: str
    number: int
    """From 1."""
    started_at: float | None
    ended_at: float | None
    ended: str | None
    """How it ended; none while it has not."""
    notes: str
    """The therapist's own."""
    said: tuple[Said, ...]
    """Its stored turns, in order."""
    state: str
    """Both sides, sealed, once it has ended."""

    @property
    def running(self) -> bool:
        """Whether it has begun and not ended."""
        return self.started_at is not None and self.ended_at is None


@dataclass(frozen=True, slots=True)
class KeptCourse:
    """One course."""

    id: str
    participant: str
    case: str
    purpose: str
    """study or practice."""
    seed: int
    memory: Memory
    over_at: float | None
    sessions: tuple[KeptSession, ...]

    @property
    def next(self) -> KeptSession | None:
        """The session that is running or comes next; none where the course is over."""
        if self.over_at is not None:
            return None
        return next((one for one in self.sessions if one.ended_at is None), None)

    def session(self, name: str) -> KeptSession:
        """Return the session with this id, which is known to be one of the course."""
        return next(one for one in self.sessions if one.id == name)

    def held(self) -> list[Held]:
        """Return the sessions that have ended, with their sealed side."""
        return [
            Held(sealed.session, sealed.trace, one.notes)
            for one in self.sessions
            if one.ended_at is not None
            for sealed in (unseal(one.state),)
        ]

    def plan(self, design: Design) -> CoursePlan:
        """Return the course as `dialogue` holds it.

        Raises
        ------
        ValueError
            If the study holds no courses, or no practice where this is one.
        """
        practice, courses = design.study.people.practice, design.study.courses
        settings = practice if self.purpose == "practice" else courses
        if settings is None:
            raise ValueError(
                f"study {design.study.id} holds no {'practice' if self.purpose == 'practice' else 'courses'}"
            )
        return CoursePlan(
            course=self.id,
            sessions=tuple(one.id for one in self.sessions),
            exchanges=settings.exchanges,
            memory=self.memory,
            seed=self.seed,
            words=40_000 if isinstance(settings, Practice) else settings.words,
            probes=planted(design).get((self.case, self.seed), ()) if self.purpose == "study" else (),
        )


def add_course(
    connection: Connection,
    course: str,
    participant: str,
    case: str,
    sessions: tuple[str, ...],
    *,
    purpose: str,
    seed: int,
    memory: Memory,
    position: int,
) -> None:
    """Plan a course: all its sessions, none of them begun."""
    connection.execute(
        insert(Conversation).values(
            id=course, participant=participant, case_id=case, purpose=purpose, seed=seed, memory=memory,
            position=position, over_at=None,
        )
    )  # fmt: skip
    blank = {"started_at": None, "ended_at": None, "ended": None, "notes": "", "state": ""}
    rows = [{**blank, "id": name, "conversation": course, "number": n} for n, name in enumerate(sessions, 1)]
    connection.execute(insert(ConversationSession), rows)


def remove_courses(connection: Connection, participant: str) -> None:
    """Take away the courses of someone who never came in."""
    own = select(Conversation.id).where(Conversation.participant == participant)
    connection.execute(delete(ConversationSession).where(ConversationSession.conversation.in_(own)))
    connection.execute(delete(Conversation).where(Conversation.participant == participant))


def courses_of(connection: Connection, participant: str, purpose: str) -> tuple[KeptCourse, ...]:
    """Return a person's courses, in the order planned."""
    names = connection.scalars(
        select(Conversation.id)
        .where(Conversation.participant == participant, Conversation.purpose == purpose)
        .order_by(Conversation.position, Conversation.id)
    ).all()
    return tuple(course_of(connection, name) for name in names)


def course_of_session(connection: Connection, session: str) -> KeptCourse:
    """Return the course of a session that is known to be there."""
    name = connection.scalar(
        select(ConversationSession.conversation).where(ConversationSession.id == session)
    )
    assert name is not None, f"no session {session}"
    return course_of(connection, name)


def course_of(connection: Connection, course: str) -> KeptCourse:
    """Return a course that is known to be there."""
    row = connection.execute(
        select(
            Conversation.id, Conversation.participant, Conversation.case_id, Conversation.purpose, Conversation.seed,
            Conversation.memory, Conversation.over_at,
        ).where(Conversation.id == course)
    ).one()  # fmt: skip
    turns: dict[str, list[Said]] = {}
    for turn in connection.execute(
        select(
            ConversationTurn.session, ConversationTurn.role, ConversationTurn.text, ConversationTurn.voice,
            ConversationTurn.closes,
        )
        .join(ConversationSession, ConversationSession.id == ConversationTurn.session)
        .where(ConversationSession.conversation == course)
        .order_by(ConversationTurn.session, ConversationTurn.seq)
    ):  # fmt: skip
        turns.setdefault(turn.session, []).append(Said(turn.role, turn.text, turn.voice, turn.closes))
    sessions = connection.execute(
        select(
            ConversationSession.id, ConversationSession.number, ConversationSession.started_at,
            ConversationSession.ended_at, ConversationSession.ended, ConversationSession.notes,
            ConversationSession.state,
        )
        .where(ConversationSession.conversation == course)
        .order_by(ConversationSession.number)
    )  # fmt: skip
    return KeptCourse(
        id=row.id,
        participant=row.participant,
        case=row.case_id,
        purpose=row.purpose,
        seed=row.seed,
        memory=row.memory,
        over_at=row.over_at,
        sessions=tuple(
            KeptSession(*one[:6], said=tuple(turns.get(one.id, ())), state=one.state) for one in sessions
        ),
    )


def start_session(connection: Connection, at: float, participant: str, session: str) -> None:
    """Note that a session begins; once, whatever is clicked twice."""
    begun = connection.execute(
        update(ConversationSession)
        .where(ConversationSession.id == session, ConversationSession.started_at.is_(None))
        .values(started_at=at)
    )
    if begun.rowcount:
        record_event(connection, at, participant, "session.started", session)


def keep_turn(connection: Connection, at: float, session: str, seq: int, turn: Said, key: str) -> bool:
    """Store a turn at its place; return whether it stands there now by this key, and not another in its place."""
    there = connection.execute(
        select(ConversationTurn.text).where(ConversationTurn.session == session, ConversationTurn.key == key)
    ).first()
    if there is not None:
        return bool(there.text == turn.text)  # the same key with other words, after going back, is no retry
    taken = connection.execute(
        select(ConversationTurn.seq).where(ConversationTurn.session == session, ConversationTurn.seq == seq)
    ).first()
    if taken is not None:
        return False
    before = connection.execute(
        select(ConversationTurn.role).where(
            ConversationTurn.session == session, ConversationTurn.seq == seq - 1
        )
    ).first()
    ended = connection.scalar(select(ConversationSession.ended_at).where(ConversationSession.id == session))
    opens = seq == 0 and turn.role == "client"
    if ended is not None or not (opens or (before is not None and before.role != turn.role)):
        return False
    connection.execute(
        insert(ConversationTurn).values(
            session=session, seq=seq, role=turn.role, text=turn.text, key=key, at=at, voice=turn.voice,
            closes=turn.closes,
        )
    )  # fmt: skip
    return True


def end_session(
    connection: Connection, at: float, course: KeptCourse, session: str, ended: str, state: str
) -> None:
    """Note how a session ended, with both its sides; after the last one the course is over."""
    closed = connection.execute(
        update(ConversationSession)
        .where(ConversationSession.id == session, ConversationSession.ended_at.is_(None))
        .values(ended_at=at, ended=ended, state=state)
    )
    if not closed.rowcount:
        return
    record_event(connection, at, course.participant, "session.ended", session, {"ended": ended})
    if session == course.sessions[-1].id:
        leave_course(connection, at, course, "completed")


def leave_course(connection: Connection, at: float, course: KeptCourse, how: str) -> None:
    """Note that no session of a course is to come."""
    closed = connection.execute(
        update(Conversation)
        .where(Conversation.id == course.id, Conversation.over_at.is_(None))
        .values(over_at=at)
    )
    if closed.rowcount:
        record_event(connection, at, course.participant, "course.over", course.id, {"how": how})
        if course.purpose == "study":
            finish_if_done(connection, at, course.participant)
