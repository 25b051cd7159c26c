"""Where a rater stands: all that was given to one person, in order."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from therapyarc.web.store import Prepared
from therapyarc.web.store.tables import Lease, RatingTask

__all__ = ["Met", "Walk", "read_walk"]


class Met(NamedTuple):
    """One task that a rater was given."""

    id: str
    kind: str
    target: str
    rubric: str
    position: int
    """Of its answer among all that the rater was given."""
    place: int
    """Among the tasks of its answer, or of its round."""
    repeats: str | None
    expires_at: float
    done: bool


_WALK = Prepared(
    select(
        RatingTask.id, RatingTask.kind, RatingTask.target, RatingTask.rubric, Lease.position,
        RatingTask.position.label("place"), RatingTask.repeats, Lease.expires_at, Lease.done_at.is_not(None).label("done"),
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


def read_walk(connection: Connection, participant: str) -> Walk:
    """Read what a rater was given."""
    return Walk(tuple(_WALK.rows(connection, {"participant": participant})))
