"""A rater's desk: the panel, and all that the rater was given so far."""

from dataclasses import dataclass

from sqlalchemy import Connection

from therapyarc.domain import RaterSpec
from therapyarc.web.rating.onward import next_task
from therapyarc.web.rating.places import panel_of
from therapyarc.web.rating.standing import extent_of
from therapyarc.web.rating.walk import Walk, read_walk
from therapyarc.web.visit import Visit

__all__ = ["Desk", "Seat", "desk_of", "open_task", "seat_at", "seat_of"]


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in a panel, and how much is to be rated there."""

    spec: RaterSpec
    place: int
    rounds: int
    """Training and calibration examples that everyone rates."""
    expected: int
    """Answers that the person is likely to be given in all."""


@dataclass(frozen=True, slots=True)
class Desk(Seat):
    """A seat with all that was given to the person who has it."""

    walk: Walk

    @property
    def rounds_done(self) -> int:
        """Examples that the person has rated."""
        return len(self.walk.done("training")) + len(self.walk.done("calibration"))

    @property
    def done(self) -> int:
        """Answers that the person has rated, check items and repeats among them."""
        return sum(len(self.walk.done(kind)) for kind in ("real", "attention", "duplicate"))

    @property
    def can_finish(self) -> bool:
        """Whether there is anything to end."""
        return bool(self.walk.done("real"))


def seat_of(visit: Visit) -> Seat | None:
    """Return the visitor's seat; none for who has no place in a panel."""
    raters, me = visit.site.design.study.raters, visit.me.id

    def read(connection: Connection) -> Seat | None:
        found = panel_of(connection, raters, me)
        if found is None:
            return None
        return seat_at(connection, *found)

    return visit.read(read)


def seat_at(connection: Connection, spec: RaterSpec, place: int) -> Seat:
    """Return the seat at a place of a panel."""
    extent = extent_of(connection, spec.id)
    share = -(-extent.answers * spec.panel.overlap // spec.panel.places)
    share = min(share, spec.panel.cap or share)
    extra = spec.panel.attention + min(spec.panel.duplicates, max(share - 1, 0)) if share else 0
    return Seat(spec, place, extent.rounds, share + extra)


def desk_of(visit: Visit) -> Desk | None:
    """Return the visitor's desk; none for who has no place in a panel."""
    seat, me = seat_of(visit), visit.me.id
    if seat is None:
        return None
    walk = visit.read(lambda connection: read_walk(connection, me))
    return Desk(seat.spec, seat.place, seat.rounds, seat.expected, walk)


def open_task(visit: Visit, seat: Seat) -> str | None:
    """Return the page on which the rater goes on; none where nothing is left."""
    me, now, seed = visit.me.id, visit.site.now(), visit.site.design.study.seed
    found = visit.write(lambda connection: next_task(connection, seat.spec, seat.place, me, seed, now))
    return None if found is None else f"/rater/task/{found}"
