"""Where a rater stands: all that was given to one person, in order."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from therapyarc.web.store import Prepared
from therapyarc.web.store.tables import Lease, RatingTask

__all__ = ["EXAMPLES", "Met", "Walk", "Way", "read_walk"]

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


_WALK = Prepared(
    select(
        RatingTask.id, RatingTask.kind, RatingTask.target, Lease.position, Lease.number, RatingTask.repeats,
        Lease.expires_at, Lease.done_at.is_not(None).label("done"),
    )
    .join(Lease, Lease.task == RatingTask.id)
    .where(Lease.participant == bindparam("participant"))
    .order_by(Lease.position, RatingTask.position, RatingTask.id),
    Met._make,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Walk:
    """All that one rater was given, in order."""

    met: tuple[Met, ...]

    @property
    def open(self) -> Met | None:
        """The first task that is not rated."""
        return next((one for one in self.met if not one.done), None)

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


class Way:
    """What is asked of a walk at every rating: kept while it grows, small, and the same to ask at any length."""

    def __init__(self, met: Iterable[Met] = ()) -> None:
        self.tasks = 0
        """How many tasks were given."""
        self.answers: defaultdict[str, list[str]] = defaultdict(list)
        """By kind, the answers that were given, in order; the lists only grow."""
        self.beside: set[str] = set()
        """Tasks that are none of the study's own answers: examples, check items and repeats."""
        self.repeated: set[str] = set()
        """Tasks that were given once more."""
        self._open: dict[str, Met] = {}
        self._position = -1
        self._numbers = {True: 0, False: 0}
        self.give(met)

    @property
    def open(self) -> Met | None:
        """The first task that is not rated."""
        return next(iter(self._open.values()), None)

    def end(self, kind: str) -> tuple[int, int]:
        """Return place and number of an answer of a kind that is given next."""
        return self._position + 1, self._numbers[kind in EXAMPLES] + 1

    def held(self, task: str) -> Met | None:
        """Return a task that is not rated; none for any other."""
        return self._open.get(task)

    def give(self, tasks: Iterable[Met]) -> None:
        """Add tasks at the end."""
        for one in tasks:
            self.tasks += 1
            if not one.done:
                self._open[one.id] = one
            own = self.answers[one.kind]
            if not own or own[-1] != one.target:
                own.append(one.target)
            if one.kind != "real":
                self.beside.add(one.id)
            if one.repeats is not None:
                self.repeated.add(one.repeats)
            self._position = one.position
            self._numbers[one.kind in EXAMPLES] = one.number

    def rate(self, task: str) -> None:
        """Let a task that is not rated be rated."""
        del self._open[task]


def read_walk(connection: Connection, participant: str) -> Walk:
    """Read what a rater was given."""
    return Walk(tuple(_WALK.rows(connection, {"participant": participant})))
