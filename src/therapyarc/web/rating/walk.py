"""Where a rater stands: all that was given to one person, in order."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from therapyarc.web.store import Prepared
from therapyarc.web.store.tables import Lease, RatingTask

__all__ = ["EXAMPLES", "Met", "Walk", "read_walk"]

EXAMPLES = frozenset({"training", "calibration"})
"""Kinds of what everyone goes through first; it is counted by itself."""


class Met(NamedTuple):
    """One task that a rater was given."""

    id: str
    kind: str
    target: str
    position: int
    """Of its answer among all that the rater was given, from 0."""
    number: int
    """That is shown: of its answer among the examples, or among what follows them, from 1."""
    repeats: str | None
    expires_at: float
    done: bool


def _met(values: Sequence[Any]) -> Met:
    name, kind, *others = values
    return Met(name, sys.intern(kind), *others)  # there are five kinds, and what is met is kept in memory


_WALK = Prepared(
    select(
        RatingTask.id, RatingTask.kind, RatingTask.target, Lease.position, Lease.number, RatingTask.repeats,
        Lease.expires_at, Lease.done_at.is_not(None).label("done"),
    )
    .join(Lease, Lease.task == RatingTask.id)
    .where(Lease.participant == bindparam("participant"))
    .order_by(Lease.position, RatingTask.position, RatingTask.id),
    _met,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Walk:
    """All that one rater was given, in order."""

    met: tuple[Met, ...] = ()

    @property
    def open(self) -> Met | None:
        """The first task that is not rated."""
        return next((one for one in self.met if not one.done), None)

    def end(self, kind: str) -> tuple[int, int]:
        """Return place and number of an answer of a kind that is given next."""
        position = max((one.position for one in self.met), default=-1) + 1
        example = kind in EXAMPLES
        number = max((one.number for one in self.met if (one.kind in EXAMPLES) == example), default=0) + 1
        return position, number

    def of(self, kind: str) -> list[list[Met]]:
        """Return the answers of a kind, each with its tasks, in order."""
        found: dict[str, list[Met]] = {}
        for one in self.met:
            if one.kind == kind:
                found.setdefault(one.target, []).append(one)
        return list(found.values())

    def done(self, kind: str) -> list[list[Met]]:
        """Return those of which every task is rated."""
        return [tasks for tasks in self.of(kind) if all(one.done for one in tasks)]

    def given(self, tasks: Iterable[Met]) -> "Walk":
        """Return the walk with one more answer at its end."""
        return Walk((*self.met, *tasks))

    def rated(self, place: int) -> "Walk":
        """Return the walk with the task at a place rated."""
        return Walk((*self.met[:place], self.met[place]._replace(done=True), *self.met[place + 1 :]))


def read_walk(connection: Connection, participant: str) -> Walk:
    """Read what a rater was given."""
    return Walk(tuple(_WALK.rows(connection, {"participant": participant})))
