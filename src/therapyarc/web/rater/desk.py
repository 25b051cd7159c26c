"""A rater's desk: the panel, and all that the rater was given so far."""

from dataclasses import dataclass

from sqlalchemy import Connection

from therapyarc.domain import RaterSpec
from therapyarc.web.rating.onward import next_task
from therapyarc.web.rating.places import panel_of
from therapyarc.web.rating.standing import extent_of
from therapyarc.web.rating.walk import Walk, read_walk
from therapyarc.web.visit import Visit

__all__ = ["Desk", "desk_at", "desk_of", "open_task", "seat_of"]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one rater stands."""

    spec: RaterSpec
    place: int
    walk: Walk
    rounds: int
    """Training and calibration examples that everyone rates."""
    expected: int
    """Answers that the person is likely to be given in all."""

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


def seat_of(visit: Visit) -> tuple[RaterSpec, int] | None:
    """Return the visitor's panel and place; none for who has none."""
    raters, me = visit.site.design.study.raters, visit.me.id
    return visit.read(lambda connection: panel_of(connection, raters, me))


def desk_of(visit: Visit) -> Desk | None:
    """Return the visitor's desk; none for who has no place in a panel."""
    seat = seat_of(visit)
    return None if seat is None else desk_at(visit, *seat)


def desk_at(visit: Visit, spec: RaterSpec, place: int) -> Desk:
    """Return the desk of a visitor who has this place."""

    def read(connection: Connection) -> Desk:
        extent = extent_of(connection, spec.id)
        share = -(-extent.answers * spec.panel.overlap // spec.panel.places)
        share = min(share, spec.panel.cap or share)
        extra = spec.panel.attention + min(spec.panel.duplicates, max(share - 1, 0)) if share else 0
        return Desk(spec, place, read_walk(connection, visit.me.id), extent.rounds, share + extra)

    return visit.read(read)


def open_task(visit: Visit, desk: Desk) -> str | None:
    """Return the page on which the rater goes on; none where nothing is left."""
    me, now, seed = visit.me.id, visit.site.now(), visit.site.design.study.seed
    found = visit.write(lambda connection: next_task(connection, desk.spec, desk.place, me, seed, now))
    return None if found is None else f"/rater/task/{found}"
