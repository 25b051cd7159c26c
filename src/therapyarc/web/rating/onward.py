"""Where a rater stands, and what comes next: training, calibration, then answers with check items and repeats among them.

Everything here runs in one write transaction, so that two raters never take the last place of one answer.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from therapyarc.domain import RaterSpec
from therapyarc.web.audit import record_event
from therapyarc.web.rating.block_design import Claim, Item, choose
from therapyarc.web.store.tables import Lease, RatingTask
from therapyarc.web.tokens import new_id

__all__ = ["Met", "Walk", "has_room", "next_task", "read_walk"]

_WALK = (
    select(
        RatingTask.id, RatingTask.kind, RatingTask.target, RatingTask.rubric, Lease.position,
        RatingTask.position.label("place"), RatingTask.repeats, Lease.expires_at, Lease.done_at,
    )
    .join(Lease, Lease.task == RatingTask.id)
    .where(Lease.participant == bindparam("participant"))
    .order_by(Lease.position, RatingTask.position, RatingTask.id)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Met:
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
    rows = connection.execute(_WALK, {"participant": participant})
    return Walk(tuple(Met(*row[:8], row[8] is not None) for row in rows))


def next_task(
    connection: Connection, spec: RaterSpec, place: int, participant: str, seed: int, now: float
) -> str | None:
    """Return the task on which a rater goes on, drawing the next answer where none is open; none where nothing is left.

    An open answer whose lease has run out is taken up again where it still wants a rater, and is given up otherwise.
    """
    until = now + 60.0 * spec.panel.lease_minutes
    walk = read_walk(connection, participant)
    while walk.open is not None:
        if walk.open.kind != "real" or has_room(connection, walk.open.target, participant, now):
            connection.execute(
                update(Lease)
                .where(Lease.task == walk.open.id, Lease.participant == participant)
                .values(expires_at=until)
            )
            return walk.open.id
        own = [one.id for one in walk.met if one.target == walk.open.target]
        connection.execute(delete(Lease).where(Lease.participant == participant, Lease.task.in_(own)))
        record_event(connection, now, participant, "task.given_up", walk.open.target)
        walk = read_walk(connection, participant)
    draw = Random(f"{seed}/draw/{spec.id}/{place}/{len(walk.met)}")
    target = _round(connection, spec, walk, ("training", "calibration"))
    target = target or _between(connection, spec, walk, participant, draw, now)
    if target is None:
        return None
    tasks = connection.scalars(
        select(RatingTask.id)
        .where(RatingTask.target == target, RatingTask.closed.is_(False))
        .order_by(RatingTask.position, RatingTask.id)
    ).all()
    position = max((one.position for one in walk.met), default=-1) + 1
    rows = [
        {"task": task, "participant": participant, "position": position, "expires_at": until, "done_at": None}
        for task in tasks
    ]
    connection.execute(insert(Lease), rows)
    record_event(connection, now, participant, "task.drawn", target, {"position": position})
    return tasks[0]


def has_room(connection: Connection, target: str, participant: str, now: float) -> bool:
    """Return whether an answer can still take this rater's ratings: others hold or have rated it fewer times than wanted."""
    others = [
        one for one in _claims(connection, RatingTask.target == target, now) if one.rater != participant
    ]
    needed = connection.scalar(select(RatingTask.needed).where(RatingTask.target == target)) or 0
    return len(others) < needed


def _claims(connection: Connection, which: ColumnElement[bool], now: float) -> list[Claim]:
    """Return each answer that a rater holds by a running lease or has rated whole, at its rank among the rater's answers."""
    rows = connection.execute(
        select(RatingTask.target, Lease.participant, Lease.position, Lease.done_at, Lease.expires_at)
        .join(Lease, Lease.task == RatingTask.id)
        .where(RatingTask.kind == "real", which)
        .order_by(Lease.participant, Lease.position)
    )
    sizes = Counter(
        connection.scalars(select(RatingTask.target).where(RatingTask.kind == "real", which)).all()
    )
    running: set[tuple[str, str]] = set()
    done: Counter[tuple[str, str]] = Counter()
    for row in rows:
        done[row.participant, row.target] += row.done_at is not None
        if row.done_at is None and row.expires_at > now:
            running.add((row.participant, row.target))
    found, ranks = [], Counter[str]()
    for (rater, target), count in done.items():
        if (rater, target) in running or count == sizes[target]:
            found.append(Claim(item=target, rater=rater, position=ranks[rater]))
            ranks[rater] += 1
    return found


def _round(connection: Connection, spec: RaterSpec, walk: Walk, kinds: Sequence[str]) -> str | None:
    """Return the next item of the rounds that everyone goes through."""
    met = {one.id for one in walk.met}
    for kind in kinds:
        for row in connection.execute(
            select(RatingTask.id, RatingTask.target)
            .where(RatingTask.panel == spec.id, RatingTask.kind == kind, RatingTask.closed.is_(False))
            .order_by(RatingTask.position)
        ):
            if row.id not in met:
                return str(row.target)
    return None


def _between(
    connection: Connection, spec: RaterSpec, walk: Walk, participant: str, draw: Random, now: float
) -> str | None:
    """Return a check item or a repeat where one is due, else the next answer of the design, else what is left of these."""
    rows = connection.execute(
        select(
            RatingTask.target, RatingTask.needed, RatingTask.stratum, RatingTask.case_cell,
            RatingTask.author_cell, RatingTask.closed,
        ).where(RatingTask.panel == spec.id, RatingTask.kind == "real")
    )  # fmt: skip
    items = {
        row.target: Item(
            name=row.target,
            needed=0 if row.closed else row.needed,
            stratum=row.stratum,
            case=row.case_cell,
            author=row.author_cell,
        )
        for row in rows
    }
    wanted = sum(item.needed for item in items.values())
    load = max(1, spec.panel.cap or -(-wanted // spec.panel.places))
    had = len(walk.of("real"))
    checks, repeats = len(walk.of("attention")), len(walk.of("duplicate"))
    if checks < spec.panel.attention and had >= (checks + 1) * load / (spec.panel.attention + 1):
        found = _round(connection, spec, walk, ("attention",))
        if found is not None:
            return found
    if repeats < spec.panel.duplicates and had >= load * (1 + repeats / max(spec.panel.duplicates, 1)) / 2:
        found = _repeat(connection, walk, draw, gap=max(2, load // 3))
        if found is not None:
            return found
    if not spec.panel.cap or had < spec.panel.cap:
        claims = [
            one for one in _claims(connection, RatingTask.panel == spec.id, now) if one.rater != participant
        ]
        own = enumerate(walk.of("real"))
        claims += [Claim(item=met[0].target, rater=participant, position=rank) for rank, met in own]
        chosen = choose(list(items.values()), claims, participant, load, draw)
        if chosen is not None:
            return chosen
    if not had:
        return None
    if left := _round(connection, spec, walk, ("attention",)):
        return left
    return _repeat(connection, walk, draw, gap=2) if repeats < spec.panel.duplicates else None


def _repeat(connection: Connection, walk: Walk, draw: Random, *, gap: int) -> str | None:
    """Put an answer once more that the rater rated `gap` answers ago or earlier; return its new name, or none."""
    before = {one.repeats for one in walk.met}
    done = walk.done("real")
    able = [tasks for tasks in done[: len(done) - gap + 1] if not {one.id for one in tasks} & before]
    if not able:
        return None
    target = new_id()
    for one in draw.choice(able):
        row = dict(
            connection.execute(select(RatingTask.__table__).where(RatingTask.id == one.id)).one()._mapping
        )
        row |= {"id": new_id(), "kind": "duplicate", "target": target, "repeats": one.id, "needed": 0}
        connection.execute(insert(RatingTask).values(**row))
    return target
