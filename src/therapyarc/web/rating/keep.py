"""Ratings: kept once whatever is clicked twice, and never over what another window kept meanwhile."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from therapyarc.web.audit import record_event
from therapyarc.web.rating.held import HeldTask, Kept
from therapyarc.web.rating.onward import has_room
from therapyarc.web.store import Prepared
from therapyarc.web.store.tables import Feedback, Lease, Rating, RatingRevision, RatingTask
from therapyarc.web.tokens import new_id

__all__ = ["REASONS", "GivenAwayError", "RatedMeanwhileError", "Wish", "keep_rating"]

REASONS = {"unreadable": "unreadable", "no_fit": "declined", "rather_not": "declined"}
"""Why a text cannot be rated, and the reason that stands in the table."""

# Statements of a save, built once: building one costs ten times what running it does.
_AGAIN = Prepared(
    select(RatingRevision.revision).where(
        RatingRevision.rating == bindparam("rating"), RatingRevision.key == bindparam("key")
    )
)
_DONE = Prepared(
    update(Lease)
    .where(Lease.task == bindparam("of_task"), Lease.participant == bindparam("by"))
    .values(done_at=bindparam("at"))
)
_RENEWED = Prepared(
    update(Lease)
    .where(
        Lease.participant == bindparam("by"),
        Lease.task.in_(select(RatingTask.id).where(RatingTask.target == bindparam("of_target"))),
        Lease.done_at.is_(None),
        Lease.expires_at < bindparam("least"),
    )
    .values(expires_at=bindparam("least"))
)
_FIRST = Prepared(insert(Rating))
_CHANGED = Prepared(update(Rating).where(Rating.id == bindparam("name")))
_REVISED = Prepared(insert(RatingRevision))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a browser asks to be kept."""

    participant: str
    task: str
    value: int | None
    reason: str | None
    marks: tuple[int | str, ...]
    seen: int
    """The revision that the browser had before it."""
    key: str
    """Idempotency key: a retry carries the same."""

    def same(self, kept: Kept) -> bool:
        """Return whether this is what is held."""
        return (self.value, self.reason, self.marks) == (kept.value, kept.reason, kept.marks)


class RatedMeanwhileError(Exception):
    """Another window kept a rating meanwhile, or it can be changed no more; `current` is what stands there now."""

    def __init__(self, current: Kept) -> None:
        super().__init__(f"revision {current.revision} was kept meanwhile")
        self.current = current


class GivenAwayError(Exception):
    """The lease had run out, and the answer was given to another."""


def keep_rating(connection: Connection, at: float, task: HeldTask, wish: Wish) -> Kept:
    """Keep a rating of a task that the rater holds in this transaction, and return it as it is held.

    A request that comes again returns what it led to. Ratings of training, calibration and check items stand once they are
    given; others can be changed until the rater has finished.

    Raises
    ------
    RatedMeanwhileError
        If the rating has changed since the revision that the browser saw, or can be changed no more.
    GivenAwayError
        If the lease ran out and others have rated the answer as often as wanted.
    """
    held = task.kept
    if wish.same(held) and task.done_at is not None:
        return held
    again = {"rating": task.rating, "key": wish.key}
    if held.revision != wish.seen or (task.rating and _AGAIN.scalar(connection, again) is not None):
        raise RatedMeanwhileError(held)
    if task.status == "finished" or (held.given and task.kind in {"training", "calibration", "attention"}):
        raise RatedMeanwhileError(held)
    if (
        task.kind == "real"
        and task.done_at is None
        and task.expires_at <= at
        and not has_room(connection, task.target, wish.participant, at)
    ):
        raise GivenAwayError
    kept = held if wish.same(held) else _written(connection, wish, task.rating, held.revision + 1, at)
    if task.done_at is None:
        _DONE.run(connection, {"of_task": wish.task, "by": wish.participant, "at": at})
        if task.tasks > 1:
            _renew(connection, wish, task.target, at)
    if task.kind == "training":
        body = json.dumps({"given": kept.value, "intended": task.expected})
        row = {"id": new_id(), "participant": wish.participant, "subject": wish.task, "kind": "anchor"}
        connection.execute(insert(Feedback).values(**row, body=body, at=at))
    record_event(connection, at, wish.participant, "rating.kept", wish.task, {"revision": kept.revision})
    return kept


def _written(connection: Connection, wish: Wish, name: str | None, revision: int, at: float) -> Kept:
    kept = Kept(wish.value, wish.reason, wish.marks, revision)
    shared = {
        "value": None if kept.value is None else float(kept.value),
        "reason": kept.reason,
        "evidence": json.dumps(kept.marks, ensure_ascii=False),
        "revision": revision,
        "at": at,
    }
    values = {**shared, "missing": None if kept.reason is None else REASONS[kept.reason]}
    if name is None:
        name = new_id()
        row = {"id": name, "task": wish.task, "participant": wish.participant, "item": ""}
        _FIRST.run(connection, {**row, **values})
    else:
        _CHANGED.run(connection, {"name": name, **values})
    _REVISED.run(connection, {"rating": name, "key": wish.key, **shared})
    return kept


def _renew(connection: Connection, wish: Wish, target: str, at: float) -> None:
    """Let the other tasks of the answer run on: whoever rates one of them is at work."""
    _RENEWED.run(connection, {"by": wish.participant, "of_target": target, "least": at + 600})
