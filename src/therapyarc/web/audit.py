"""The audit trail: a chain of hashes, so that a changed, removed or inserted event is found."""

import hashlib
import json
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from therapyarc.web.store import Prepared, transaction_memory
from therapyarc.web.store.tables import EventLog

__all__ = ["AuditError", "Event", "Mark", "Verified", "events_since", "last_mark", "record_event", "verify"]

_START = "0" * 64
_sorted = json.JSONEncoder(sort_keys=True).encode


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the trail; by its hash it stands for all that is before."""

    seq: int = 0
    hash: str = _START


class Event(NamedTuple):
    """What an event tells of who did what."""

    seq: int
    hash: str
    actor: str
    kind: str
    subject: str

    @property
    def mark(self) -> Mark:
        """Its place."""
        return Mark(self.seq, self.hash)


_TOLD = (EventLog.seq, EventLog.hash, EventLog.actor, EventLog.kind, EventLog.subject)
_LAST = Prepared(select(*_TOLD).order_by(EventLog.seq.desc()).limit(1), Event._make)
_ADD = Prepared(insert(EventLog))
_SINCE = Prepared(
    select(*_TOLD).where(EventLog.seq >= bindparam("seq")).order_by(EventLog.seq).limit(bindparam("most")),
    Event._make,
)
_MOST = 2000
"""Events that are read one by one; after more, reading everything again costs less."""


class AuditError(Exception):
    """The chain is broken; the message says where."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A whole chain."""

    events: int
    """Number of events."""
    head: str
    """Hash of the last; kept elsewhere, it shows later whether the end was cut off."""


def record_event(
    connection: Connection,
    at: float,
    actor: str,
    kind: str,
    subject: str,
    detail: dict[str, object] | None = None,
) -> Mark:
    """Add an event in the transaction of what it tells, so that neither is ever there without the other; return its place.

    `detail` must hold no answer and no identity: the log outlives an erasure.
    """
    trail = _end(connection)
    seq, previous = (trail[-1].seq + 1, trail[-1].hash) if trail else (1, _START)
    body = _sorted(detail or {})
    row = {"seq": seq, "at": at, "actor": actor, "kind": kind, "subject": subject, "detail": body}
    event = Event(seq, _hash(row, previous), actor, kind, subject)
    _ADD.run(connection, {**row, "previous": previous, "hash": event.hash})
    trail.append(event)
    return event.mark


def last_mark(connection: Connection) -> Mark:
    """Return the end of the trail."""
    trail = _end(connection)
    return trail[-1].mark if trail else Mark()


def _end(connection: Connection) -> list[Event]:
    """Return the end of the trail as this transaction knows it: the last event before it, and those that it added."""
    memory = transaction_memory(connection)
    if "trail" not in memory:
        last = _LAST.first(connection, {})
        memory["trail"] = [] if last is None else [last]
    trail: list[Event] = memory["trail"]
    return trail


def events_since(connection: Connection, mark: Mark) -> list[Event] | None:
    """Return what happened after a mark.

    None where the mark stands in the trail no more, since what it marked was taken back, or where too much happened.
    """
    known: list[Event] = transaction_memory(connection).get("trail", [])
    if known and known[0].seq <= mark.seq <= known[-1].seq:
        place = mark.seq - known[0].seq
        return known[place + 1 :] if known[place].mark == mark else None
    rows: list[Event] = _SINCE.rows(connection, {"seq": max(mark.seq, 1), "most": _MOST})
    if len(rows) == _MOST:
        return None
    if mark.seq == 0:
        return rows
    return rows[1:] if rows and rows[0].mark == mark else None


def verify(connection: Connection, head: str | None = None) -> Verified:
    """Walk the chain.

    Parameters
    ----------
    connection
        The database.
    head
        A hash noted earlier; it must stand in the chain, or its end was cut off.

    Raises
    ------
    AuditError
        If a row is missing, changed or inserted, or `head` is not there.
    """
    previous, count, seen = _START, 0, head is None
    columns = (
        EventLog.seq, EventLog.at, EventLog.actor, EventLog.kind, EventLog.subject, EventLog.detail,
        EventLog.previous, EventLog.hash,
    )  # fmt: skip
    for row in connection.execute(select(*columns).order_by(EventLog.seq)):
        count += 1
        own = {name: getattr(row, name) for name in ("seq", "at", "actor", "kind", "subject", "detail")}
        if row.seq != count or row.previous != previous or row.hash != _hash(own, previous):
            raise AuditError(
                f"the audit trail is broken at event {count}: it was changed, or one before it removed. Compare with a "
                "backup; do not use what was gathered since the last verified head without an explanation."
            )
        previous = row.hash
        seen = seen or previous == head
    if not seen:
        raise AuditError(
            f"the head {head} does not stand in the audit trail of {count} events: its end was cut off, or it is the "
            "trail of another database. Compare with a backup."
        )
    return Verified(count, previous)


def _hash(row: dict[str, object], previous: str) -> str:
    return hashlib.sha256(_sorted([row, previous]).encode()).hexdigest()
