"""How a panel stands: its answers and who rates them, kept in memory and brought up to date from the audit trail.

The database alone is the truth. Whatever changes who rates what leaves an event in the trail, in the same transaction, so
that reading what is new there tells whose tasks to read again; this holds for other servers and commands on the same
database too. What is kept belongs to a connection, and is made anew where its last event stands in the trail no more.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from sqlalchemy import Connection, bindparam, distinct, func, select

from therapyarc.domain import RaterSpec
from therapyarc.web.audit import Mark, events_since, last_mark
from therapyarc.web.rating.block_design import Board, Claim, Item
from therapyarc.web.rating.walk import EXAMPLES, Met, Walk, Way, read_walk
from therapyarc.web.store import Prepared, memory_of
from therapyarc.web.store.tables import Lease, RatingTask

__all__ = ["Extent", "Standing", "extent_of", "standing_of"]

_Answer = tuple[str, int | None, int | None]
"""Session, turn and last turn of what is rated."""

_KEPT = "rating.kept"
"""The event after which one task, of which it tells, is rated."""
_ONE = frozenset({_KEPT, "task.drawn", "task.taken_up", "task.given_up", "participant.finished"})
"""Events after which their actor's tasks are read again, where what they tell is not enough."""
_EVERY = frozenset({"tasks.posted", "participant.withdrawn", "participant.erased"})
"""Events after which everything is."""

_TASKS = Prepared(
    select(
        RatingTask.id, RatingTask.kind, RatingTask.target, RatingTask.needed, RatingTask.stratum,
        RatingTask.case_cell, RatingTask.author_cell, RatingTask.closed,
        RatingTask.session, RatingTask.turn, RatingTask.until,
    )
    .where(RatingTask.panel == bindparam("panel"))
    .order_by(RatingTask.position, RatingTask.id)
)  # fmt: skip
_RATERS = Prepared(
    select(Lease.participant)
    .distinct()
    .join(RatingTask, RatingTask.id == Lease.task)
    .where(RatingTask.panel == bindparam("panel"))
)
_EXTENT = Prepared(
    select(RatingTask.kind, func.count(distinct(RatingTask.target)).label("answers"))
    .where(RatingTask.panel == bindparam("panel"), RatingTask.closed.is_(False))
    .group_by(RatingTask.kind)
)


class Standing:
    """The answers of one panel."""

    def __init__(self, connection: Connection, spec: RaterSpec, now: float) -> None:
        """Read everything."""
        self.spec = spec
        self._mark = last_mark(connection)
        self._sizes: Counter[str] = Counter()
        self._until: dict[str, float] = {}
        self._soonest = inf
        self._ways: dict[str, Way] = {}
        self.rounds: dict[str, list[tuple[str, str]]] = {}
        """Task and target of what everyone goes through, by kind, in order."""
        items: dict[str, Item] = {}
        self._answers: dict[str, _Answer] = {}
        self._under: defaultdict[_Answer, set[str]] = defaultdict(set)
        for row in _TASKS.rows(connection, {"panel": spec.id}):
            if row.kind != "real":
                if not row.closed:
                    self.rounds.setdefault(row.kind, []).append((row.id, row.target))
                continue
            self._sizes[row.target] += 1
            self._answers[row.target] = row.session, row.turn, row.until
            self._under[self._answers[row.target]].add(row.target)
            items[row.target] = Item(
                name=row.target,
                needed=0 if row.closed else row.needed,
                stratum=row.stratum,
                case=row.case_cell,
                author=row.author_cell,
            )
        wanted = sum(item.needed for item in items.values())
        self.load = max(1, spec.panel.cap or -(-wanted // spec.panel.places))
        """Answers that one person is likely to rate."""
        self.board = Board(list(items.values()), self.load)
        for row in _RATERS.rows(connection, {"panel": spec.id}):
            self._hold(row.participant, read_walk(connection, row.participant), now)

    def follow(self, connection: Connection, now: float) -> bool:
        """Take in what happened since; return whether that can be done, and not all has to be read again."""
        events = events_since(connection, self._mark)
        if events is None or any(one.kind in _EVERY for one in events):
            return False
        again = {
            one.actor
            for one in events
            if one.kind in _ONE and not (one.kind == _KEPT and self._rated(one.actor, one.subject))
        }
        if self._soonest <= now:
            again |= {rater for rater, until in self._until.items() if until <= now}
        for rater in again:
            self.read_again(connection, rater, now)
        if self._soonest <= now:
            self._soonest = min(self._until.values(), default=inf)
        if events:
            self._mark = events[-1].mark
        return True

    def way(self, connection: Connection, rater: str, now: float) -> Way:
        """Return how far a rater is; when open leases end may be told too early."""
        return self._ways.get(rater) or self.read_again(connection, rater, now)

    def read_again(self, connection: Connection, rater: str, now: float) -> Way:
        """Return how far a rater is, as the database has it: a lease may be renewed without a word in the trail."""
        self._hold(rater, read_walk(connection, rater), now)
        return self._ways[rater]

    def barred(self, met: Iterable[str]) -> set[str]:
        """Return what a rater must not be given: in a label study nobody is told two things of one answer."""
        if self.spec.labels == "none":
            return set()
        read = [self._answers[target] for target in met if target in self._answers]
        return {target for answer in read for target in self._under[answer]}

    def take(self, rater: str, given: Sequence[Met], drawn: Mark) -> None:
        """Count an answer just given to a rater, of which `drawn` tells in the trail, without reading it from there."""
        if drawn.seq != self._mark.seq + 1:
            return  # more happened: what follows reads it
        self._mark = drawn
        self._ways.setdefault(rater, Way()).give(given)
        if given[0].target in self._sizes:
            self.board.add(rater, given[0].target)
            self._ends(rater, min(given[0].expires_at, self._until.get(rater, inf)))

    def _rated(self, rater: str, task: str) -> bool:
        """Take in that a task is rated; return whether that is all there is to it, and no claim begins with it."""
        way = self._ways.get(rater, Way())
        held = way.held(task)
        if held is None or (held.target in self._sizes and not self.board.claimed(rater, held.target)):
            return False
        way.rate(task)
        return True

    def _ends(self, rater: str, until: float) -> None:
        self._until[rater] = until
        self._soonest = min(self._soonest, until)

    def _hold(self, rater: str, walk: Walk, now: float) -> None:
        """Count each answer that a rater holds by a running lease or has rated whole, at its rank among these."""
        self._ways[rater] = Way(walk.met)
        claims: list[Claim] = []
        ends: list[float] = []
        for tasks in walk.of("real"):
            target = tasks[0].target
            if target not in self._sizes:
                continue  # of another panel
            running = [one.expires_at for one in tasks if not one.done and one.expires_at > now]
            ends += running
            if running or sum(one.done for one in tasks) == self._sizes[target]:
                claims.append(Claim(item=target, rater=rater, position=len(claims)))
        self.board.hold(rater, claims)
        self._until.pop(rater, None)
        if ends:
            self._ends(rater, min(ends))


def standing_of(connection: Connection, spec: RaterSpec, now: float) -> Standing:
    """Return how a panel stands in this transaction."""
    kept: dict[str, Standing] = memory_of(connection).setdefault("standing", {})
    held = kept.pop(spec.id, None)  # what an error leaves half done is not kept
    if held is None or held.spec != spec or not held.follow(connection, now):
        held = Standing(connection, spec, now)
    kept[spec.id] = held
    return held


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is to be rated."""

    rounds: int
    """Examples of training and calibration."""
    answers: int
    """Answers that are given to people."""


def extent_of(connection: Connection, panel: str) -> Extent:
    """Return how much a panel has, counted anew only after tasks were posted or closed."""
    kept: dict[str, tuple[Mark, Extent]] = memory_of(connection).setdefault("extent", {})
    held = kept.get(panel)
    events = None if held is None else events_since(connection, held[0])
    if held is None or events is None or any(one.kind in _EVERY for one in events):
        mark = last_mark(connection)
        counts = {row.kind: row.answers for row in _EXTENT.rows(connection, {"panel": panel})}
        held = (mark, Extent(sum(counts.get(kind, 0) for kind in EXAMPLES), counts.get("real", 0)))
    elif events:
        held = (events[-1].mark, held[1])
    kept[panel] = held
    return held[1]
