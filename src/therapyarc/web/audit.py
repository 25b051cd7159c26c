"""The audit trail: a chain of hashes, so that a changed, removed or inserted event is found."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from therapyarc.web.store import Prepared
from therapyarc.web.store.tables import EventLog

__all__ = ["AuditError", "Mark", "Verified", "events_since", "last_mark", "record_event", "verify"]

_START = "0" * 64
_LAST = Prepared(select(EventLog.seq, EventLog.hash).order_by(EventLog.seq.desc()).limit(1))
_ADD = Prepared(insert(EventLog))
_SINCE = Prepared(
    select(EventLog.seq, EventLog.hash, EventLog.actor, EventLog.kind, EventLog.subject)
    .where(EventLog.seq >= bindparam("seq"))
    .order_by(EventLog.seq)
    .limit(bindparam("most"))
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


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the trail; by its hash it stands for all that is before."""

    seq: int = 0
    hash: str = _START


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
    last = _LAST.first(connection, {})
    seq, previous = (1, _START) if last is None else (last.seq + 1, last.hash)
    body = json.dumps(detail or {}, sort_keys=True)
    row = {"seq": seq, "at": at, "actor": actor, "kind": kind, "subject": subject, "detail": body}
    own = _hash(row, previous)
    _ADD.run(connection, {**row, "previous": previous, "hash": own})
    return Mark(seq, own)


def last_mark(connection: Connection) -> Mark:
    """Return the end of the trail."""
    last = _LAST.first(connection, {})
    return Mark() if last is None else Mark(last.seq, last.hash)


def events_since(connection: Connection, mark: Mark) -> list[Any] | None:
    """Return what happened after a mark: seq, hash, actor, kind and subject of each event.

    None where the mark stands in the trail no more, since what it marked was taken back, or where too much happened.
    """
    rows = _SINCE.rows(connection, {"seq": max(mark.seq, 1), "most": _MOST})
    if len(rows) == _MOST:
        return None
    if mark.seq == 0:
        return rows
    return rows[1:] if rows and rows[0].hash == mark.hash else None


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
    return hashlib.sha256(json.dumps([row, previous], sort_keys=True).encode()).hexdigest()
