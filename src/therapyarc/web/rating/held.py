"""One task that a rater holds: what is shown of it, where it stands, and the rating that is kept of it."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from therapyarc.web.rating.shown import Shown
from therapyarc.web.store import Prepared
from therapyarc.web.store.tables import Lease, Participant, RaterPlace, Rating, RatingTask

__all__ = ["Beside", "HeldTask", "Kept", "beside", "held_task"]


@dataclass(frozen=True, slots=True)
class Kept:
    """The rating that the database holds."""

    value: int | None = None
    reason: str | None = None
    marks: tuple[int | str, ...] = ()
    """Places of turns, or sentences of the reply."""
    revision: int = 0
    """0 where nothing was ever kept."""

    @property
    def given(self) -> bool:
        """Whether there is a value, or a reason for none."""
        return self.value is not None or self.reason is not None


class HeldTask(NamedTuple):
    """A task that a rater was given."""

    kind: str
    target: str
    shown: Shown
    expected: int | None
    """For training, calibration and check items: the intended value."""
    position: int
    """Of its answer among all that the rater was given, from 0."""
    number: int
    """That is shown."""
    expires_at: float
    done_at: float | None
    status: str
    """Of the rater."""
    panel: str | None
    """Of the rater; none for who has no place in one."""
    place: int | None
    tasks: int
    """That its answer has."""
    rating: str | None
    """Name of the rating that is kept."""
    kept: Kept
    """That rating; an empty one of revision 0 where there is none."""


class Beside(NamedTuple):
    """What stands beside a task."""

    number: int
    """Of the task among those of its answer that the rater was given, from 1."""
    total: int
    """How many these are."""
    before: str | None
    """The task that the rater was given before it."""


_same, _earlier = aliased(RatingTask), aliased(Lease)
_HELD = Prepared(
    select(
        RatingTask.kind, RatingTask.target, RatingTask.shown, RatingTask.expected,
        Lease.position, Lease.number, Lease.expires_at, Lease.done_at,
        Participant.status, RaterPlace.panel, RaterPlace.place,
        select(func.count()).where(_same.target == RatingTask.target).scalar_subquery().label("tasks"),
        Rating.id, Rating.value, Rating.reason, Rating.evidence, Rating.revision,
    )
    .join(Lease, Lease.task == RatingTask.id)
    .join(Participant, Participant.id == Lease.participant)
    .outerjoin(RaterPlace, RaterPlace.participant == Lease.participant)
    .outerjoin(
        Rating,
        and_(Rating.task == RatingTask.id, Rating.participant == Lease.participant, Rating.item == ""),
    )
    .where(RatingTask.id == bindparam("task"), Lease.participant == bindparam("participant")),
    lambda row: _held(*row),
)  # fmt: skip
_BESIDE = Prepared(
    select(Lease.task, Lease.position)
    .join(RatingTask, RatingTask.id == Lease.task)
    .where(
        Lease.participant == bindparam("participant"),
        Lease.position <= bindparam("position"),
        Lease.position
        >= func.coalesce(
            select(func.max(_earlier.position))
            .where(
                _earlier.participant == bindparam("participant"), _earlier.position < bindparam("position")
            )
            .scalar_subquery(),
            0,
        ),
    )
    .order_by(Lease.position, RatingTask.position, RatingTask.id)
)


def _held(
    kind: str, target: str, shown: str, expected: int | None, position: int, number: int, expires_at: float,
    done_at: float | None, status: str, panel: str | None, place: int | None, tasks: int, rating: str | None, *held: Any,
) -> HeldTask:  # fmt: skip
    value, reason, evidence, revision = held
    kept = (
        Kept()
        if rating is None
        else Kept(None if value is None else int(value), reason, tuple(json.loads(evidence)), revision)
    )
    return HeldTask(
        kind, target, json.loads(shown), expected, position, number, expires_at, done_at, status, panel, place, tasks,
        rating, kept,
    )  # fmt: skip


def held_task(connection: Connection, participant: str, task: str) -> HeldTask | None:
    """Return a task with the rating that is kept of it; none where the rater holds it no more."""
    found: HeldTask | None = _HELD.first(connection, {"task": task, "participant": participant})
    return found


def beside(connection: Connection, participant: str, task: str, position: int) -> Beside:
    """Return what stands beside a task that the rater holds, of an answer at a position."""
    rows = _BESIDE.rows(connection, {"participant": participant, "position": position})
    names = [row.task for row in rows]
    own = [row.task for row in rows if row.position == position]
    place = names.index(task)
    return Beside(own.index(task) + 1, len(own), names[place - 1] if place else None)
