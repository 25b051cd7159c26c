"""What comes next for a rater: training, calibration, then answers with check items and repeats among them.

Everything here runs in one write transaction, so that two raters never take the last place of one answer.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from therapyarc.domain import RaterSpec
from therapyarc.web.audit import record_event
from therapyarc.web.rating.standing import Standing, standing_of
from therapyarc.web.rating.walk import Met, Way
from therapyarc.web.store import Prepared
from therapyarc.web.store.tables import Lease, RatingTask
from therapyarc.web.tokens import new_id

__all__ = ["has_room", "next_task"]

_KEEP = Prepared(
    update(Lease)
    .where(Lease.task == bindparam("of_task"), Lease.participant == bindparam("by"))
    .values(expires_at=bindparam("until"))
)
_OPEN = Prepared(
    select(RatingTask.id, RatingTask.kind, RatingTask.repeats)
    .where(RatingTask.target == bindparam("target"), RatingTask.closed.is_(False))
    .order_by(RatingTask.position, RatingTask.id)
)
_GIVE = Prepared(insert(Lease))
_GIVEN = (
    select(RatingTask.__table__)
    .join(Lease, Lease.task == RatingTask.id)
    .where(RatingTask.target == bindparam("target"), Lease.participant == bindparam("participant"))
    .order_by(RatingTask.position, RatingTask.id)
)
_OTHERS = Prepared(
    select(Lease.participant, Lease.done_at, Lease.expires_at)
    .join(RatingTask, RatingTask.id == Lease.task)
    .where(
        RatingTask.kind == "real",
        RatingTask.target == bindparam("target"),
        Lease.participant != bindparam("participant"),
    )
)
_NEEDED = Prepared(
    select(RatingTask.needed).where(RatingTask.kind == "real", RatingTask.target == bindparam("target"))
)


def next_task(
    connection: Connection, spec: RaterSpec, place: int, participant: str, seed: int, now: float
) -> str | None:
    """Return the task on which a rater goes on, drawing the next answer where none is open; none where nothing is left.

    An open answer whose lease has run out is taken up again where it still wants a rater, and is given up otherwise.
    """
    until = now + 60.0 * spec.panel.lease_minutes
    standing = standing_of(connection, spec, now)
    way = standing.way(connection, participant, now)
    if way.open is not None:
        way = standing.read_again(connection, participant, now)
    while way.open is not None:
        if way.open.kind != "real" or has_room(connection, way.open.target, participant, now):
            if way.open.expires_at <= now:
                record_event(connection, now, participant, "task.taken_up", way.open.target)
            _KEEP.run(connection, {"of_task": way.open.id, "by": participant, "until": until})
            return way.open.id
        own = select(RatingTask.id).where(RatingTask.target == way.open.target)
        connection.execute(delete(Lease).where(Lease.participant == participant, Lease.task.in_(own)))
        record_event(connection, now, participant, "task.given_up", way.open.target)
        standing = standing_of(connection, spec, now)
        way = standing.way(connection, participant, now)
    draw = Random(f"{seed}/draw/{spec.id}/{place}/{way.tasks}")
    target = _round(standing, way, ("training", "calibration"))
    target = target or _between(connection, standing, way, participant, draw)
    if target is None:
        return None
    tasks = _OPEN.rows(connection, {"target": target})
    position, number = way.end(tasks[0].kind)
    lease = {
        "participant": participant,
        "position": position,
        "number": number,
        "expires_at": until,
        "done_at": None,
    }
    for task in tasks:
        _GIVE.run(connection, {"task": task.id, **lease})
    drawn = record_event(connection, now, participant, "task.drawn", target, {"position": position})
    given = [Met(one.id, one.kind, target, position, number, one.repeats, until, done=False) for one in tasks]
    standing.take(participant, given, drawn)
    return given[0].id


def has_room(connection: Connection, target: str, participant: str, now: float) -> bool:
    """Return whether an answer can still take this rater's ratings: others hold or have rated it fewer times than wanted."""
    tasks = _NEEDED.rows(connection, {"target": target})
    done: Counter[str] = Counter()
    running: set[str] = set()
    for row in _OTHERS.rows(connection, {"target": target, "participant": participant}):
        done[row.participant] += row.done_at is not None
        if row.done_at is None and row.expires_at > now:
            running.add(row.participant)
    others = sum(rater in running or count == len(tasks) for rater, count in done.items())
    return bool(tasks) and others < tasks[0].needed


def _round(standing: Standing, way: Way, kinds: Sequence[str]) -> str | None:
    """Return the next item of the rounds that everyone goes through."""
    return next(
        (
            target
            for kind in kinds
            for task, target in standing.rounds.get(kind, ())
            if task not in way.beside
        ),
        None,
    )


def _between(
    connection: Connection, standing: Standing, way: Way, participant: str, draw: Random
) -> str | None:
    """Return a check item or a repeat where one is due, else the next answer of the design, else what is left of these."""
    panel, load, met = standing.spec.panel, standing.load, way.answers["real"]
    had, checks, repeats = (len(way.answers[kind]) for kind in ("real", "attention", "duplicate"))
    if checks < panel.attention and had >= (checks + 1) * load / (panel.attention + 1):
        found = _round(standing, way, ("attention",))
        if found is not None:
            return found
    if repeats < panel.duplicates and had >= load * (1 + repeats / max(panel.duplicates, 1)) / 2:
        found = _repeat(connection, way, participant, draw, gap=max(2, load // 3))
        if found is not None:
            return found
    if not panel.cap or had < panel.cap:
        chosen = standing.board.choose(participant, met, draw, standing.barred(met))
        if chosen is not None:
            return chosen
    if not had:
        return None
    if left := _round(standing, way, ("attention",)):
        return left
    return _repeat(connection, way, participant, draw, gap=2) if repeats < panel.duplicates else None


def _repeat(connection: Connection, way: Way, participant: str, draw: Random, *, gap: int) -> str | None:
    """Put an answer once more that the rater rated `gap` answers ago or earlier; return its new name, or none.

    All that was given is rated, since nothing is drawn while a task is open.
    """
    met = way.answers["real"]
    able = met[: max(0, len(met) - gap + 1)]
    tasks: Sequence[Row[Any]] = ()
    while able and not tasks:
        chosen = able.pop(draw.randrange(len(able)))
        given = connection.execute(_GIVEN, {"target": chosen, "participant": participant}).all()
        tasks = [] if way.repeated.intersection(row.id for row in given) else given
    target = new_id()
    for task in tasks:
        row = dict(task._mapping)
        row |= {"id": new_id(), "kind": "duplicate", "target": target, "repeats": task.id, "needed": 0}
        connection.execute(insert(RatingTask).values(**row))
    return target if tasks else None
