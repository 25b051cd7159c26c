"""Answers: saved once whatever is clicked twice, and never over what another window saved meanwhile."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from therapyarc.web.audit import record_event
from therapyarc.web.store import Prepared
from therapyarc.web.store.tables import (
    Administration,
    Conversation,
    Participant,
    RequestKey,
    Response,
    ResponseRevision,
)
from therapyarc.web.tokens import new_id

__all__ = [
    "Answer",
    "ConflictError",
    "LockedError",
    "Save",
    "answer_of",
    "answers_of",
    "finish_if_done",
    "finish_part",
    "once",
    "save",
]

# Statements of a save, built once: building one costs ten times what running it does.
_LOCKED = Prepared(select(Administration.locked_at).where(Administration.id == bindparam("administration")))
_HELD = Prepared(
    select(Response.id, Response.value, Response.missing, Response.revision, Response.saved_at).where(
        Response.administration == bindparam("administration"),
        Response.item == bindparam("item"),
        Response.field == bindparam("field"),
    )
)
_REPEATED = Prepared(
    select(
        ResponseRevision.value, ResponseRevision.missing, ResponseRevision.revision, ResponseRevision.saved_at
    ).where(ResponseRevision.response == bindparam("response"), ResponseRevision.key == bindparam("key"))
)
_FIRST = Prepared(insert(Response))
_SWAP = Prepared(
    update(Response).where(Response.id == bindparam("name"), Response.revision == bindparam("seen"))
)
_REVISED = Prepared(insert(ResponseRevision))
_ANSWERS = Prepared(
    select(
        Response.administration, Response.item, Response.field,
        Response.value, Response.missing, Response.revision, Response.saved_at,
    )
    .join(Administration, Administration.id == Response.administration)
    .where(Administration.participant == bindparam("participant"))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer that the database holds."""

    value: str = ""
    """The text; empty where there is none."""
    missing: str | None = None
    """`declined`, or none."""
    revision: int = 0
    """0 where nothing was ever saved."""
    saved_at: float | None = None
    """When; none where nothing was."""

    @property
    def given(self) -> bool:
        """Whether there is an answer, or a plain refusal to give one."""
        return self.missing is not None or bool(self.value.strip())


class ConflictError(Exception):
    """Another window saved meanwhile; `current` is what stands there now."""

    def __init__(self, current: Answer) -> None:
        super().__init__(f"revision {current.revision} was saved meanwhile")
        self.current = current


class LockedError(Exception):
    """The part is finished, and its answers no longer change."""


@dataclass(frozen=True, slots=True)
class Save:
    """What a browser asks to be saved."""

    participant: str
    administration: str
    value: str
    missing: str | None
    seen: int
    """The revision that the browser had before it."""
    key: str
    """Idempotency key: a retry carries the same."""
    item: str = ""
    field: str = "answer"


def save(connection: Connection, at: float, wanted: Save) -> Answer:
    """Save an answer and return it as it is held.

    A request that comes again returns what it led to the first time; the same value twice is one revision.

    Raises
    ------
    ConflictError
        If the answer has changed since the revision that the browser saw.
    LockedError
        If the part is finished.
    """
    place = {"administration": wanted.administration, "item": wanted.item, "field": wanted.field}
    if _LOCKED.scalar(connection, {"administration": wanted.administration}) is not None:
        raise LockedError
    found = _HELD.first(connection, place)
    if found is None:
        if wanted.seen != 0:
            raise ConflictError(Answer())
        if not wanted.value and wanted.missing is None:
            return Answer()
        held, key = Answer(wanted.value, wanted.missing, 1, at), wanted.key
        name = new_id()
        _FIRST.run(connection, {"id": name, **place, **asdict(held)})
    else:
        repeated = _REPEATED.first(connection, {"response": found.id, "key": wanted.key})
        if repeated is not None and (repeated.value, repeated.missing) == (wanted.value, wanted.missing):
            return Answer(*repeated)
        current = Answer(found.value, found.missing, found.revision, found.saved_at)
        if (current.value, current.missing) == (wanted.value, wanted.missing):
            return current
        if current.revision != wanted.seen:
            raise ConflictError(current)
        name, held = found.id, Answer(wanted.value, wanted.missing, current.revision + 1, at)
        key = wanted.key if repeated is None else new_id()  # the same key with another answer is no retry
        swapped = _SWAP.run(connection, {"name": name, "seen": wanted.seen, **asdict(held)})
        if swapped != 1:
            raise ConflictError(current)
    _REVISED.run(connection, {"response": name, "key": key, **asdict(held)})
    detail: dict[str, object] = {"field": wanted.field, "item": wanted.item, "revision": held.revision}
    record_event(connection, at, wanted.participant, "answer.saved", wanted.administration, detail)
    return held


def answer_of(connection: Connection, administration: str, item: str = "", field: str = "answer") -> Answer:
    """Return the answer held to one field; an empty one of revision 0 where there is none."""
    row = _HELD.first(connection, {"administration": administration, "item": item, "field": field})
    return Answer() if row is None else Answer(*row[1:])


def answers_of(connection: Connection, participant: str) -> dict[tuple[str, str, str], Answer]:
    """Return all answers of a person by (administration, item, field)."""
    rows = _ANSWERS.rows(connection, {"participant": participant})
    return {(row[0], row[1], row[2]): Answer(*row[3:]) for row in rows}


def finish_part(
    connection: Connection, at: float, participant: str, part: int, required: Sequence[tuple[str, str, str]]
) -> tuple[tuple[str, str, str], ...]:
    """Lock a part if all its required answers are held; return those that are not.

    Counted in the transaction that locks, so that nothing is called finished before its last answer is stored.
    """
    held = answers_of(connection, participant)
    absent = tuple(key for key in required if not held.get(key, Answer()).given)
    if absent:
        return absent
    mine = (Administration.participant == participant, Administration.part == part)
    locked = connection.execute(
        update(Administration).where(*mine, Administration.locked_at.is_(None)).values(locked_at=at)
    )
    if locked.rowcount:
        record_event(connection, at, participant, "part.finished", participant, {"part": part})
        finish_if_done(connection, at, participant)
    return ()


def finish_if_done(connection: Connection, at: float, participant: str) -> None:
    """Note that a person has done all that the study asks, once every part is finished and every course is over."""
    asked = select(Administration.id).where(
        Administration.participant == participant, Administration.locked_at.is_(None)
    )
    courses = select(Conversation.id).where(
        Conversation.participant == participant,
        Conversation.purpose == "study",
        Conversation.over_at.is_(None),
    )
    if any(connection.execute(one.limit(1)).first() is not None for one in (asked, courses)):
        return
    done = connection.execute(
        update(Participant)
        .where(Participant.id == participant, Participant.status != "finished")
        .values(status="finished")
    )
    if done.rowcount:
        record_event(connection, at, participant, "participant.finished", participant)


def once(
    connection: Connection, at: float, participant: str, key: str, make: Callable[[], dict[str, object]]
) -> dict[str, object]:
    """Return what `make` returns, and the same again without making it when the key comes twice."""
    stored = connection.scalar(
        select(RequestKey.result).where(RequestKey.participant == participant, RequestKey.key == key)
    )
    if stored is not None:
        result: dict[str, object] = json.loads(stored)
        return result
    made = make()
    connection.execute(
        insert(RequestKey).values(participant=participant, key=key, result=json.dumps(made), at=at)
    )
    return made
