"""Who rates what next: a near-balanced, connected incomplete block design, drawn one answer at a time.

Nothing here knows what an item is. Strata, cases and authors are opaque names.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import fsum
from random import Random

__all__ = ["Board", "Claim", "Item"]

_Cell = tuple[str, str]
"""Stratum and case."""
_Node = tuple[str, str]
"""`rater` or `item`, and its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One answer to be rated."""

    name: str
    """Unique."""
    needed: int
    """Raters wanted."""
    stratum: str = ""
    """Opaque kind of source, balanced within each rater."""
    case: str = ""
    """Opaque case, balanced within each rater."""
    author: str = ""
    """Opaque author, not met twice in a row where that can be helped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An answer that a rater has rated or holds by a lease that runs."""

    item: str
    """The item."""
    rater: str
    """The rater."""
    position: int
    """Place in the rater's own order, from 0."""


class Board:
    """All items with the claims on them, ordered so that a rater's next is found without looking at every item.

    Items that want a rater stand on shelves by the number of raters that they have, and on a shelf in cells of one stratum
    and case: the order in which `choose` compares them. A draw looks at the cells of a shelf, and at the items of the best.

    References
    ----------
    Niu and Rosenberger, arXiv 1806.00034: connected designs compare judged items better than random assignment.
    """

    def __init__(self, items: Sequence[Item], load: int) -> None:
        """Take all items, with no claim on any; names are unique.

        `load` is how many items a rater is expected to rate, at least 1; places are read as shares of it.
        """
        self._items = {item.name: item for item in items}
        self._load = load
        self._strata = Counter(item.stratum for item in items)
        self._cases = Counter(item.case for item in items)
        self._held: dict[str, dict[str, float]] = {}
        self._places: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self._sums: dict[str, float] = {}
        self._shelves: defaultdict[int, defaultdict[_Cell, list[str]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._parts: _Parts | None = None
        for item in items:
            if item.needed > 0:
                insort(self._shelves[0][item.stratum, item.case], item.name)

    def hold(self, rater: str, claims: Iterable[Claim]) -> None:
        """Let these be all the claims of a rater, in the place of those that were."""
        before = self._held.get(rater, {})
        now = {claim.item: _place(claim.position, self._load) for claim in claims}
        for name in before.keys() - now.keys():
            self._move(name, -1)
            del self._places[name][rater]
            self._parts = None  # what was connected through it may be connected no more
        for name in now.keys() - before.keys():
            self._move(name, 1)
            if self._parts is not None:
                self._parts.connect(rater, name)
        for name, place in now.items():
            self._places[name][rater] = place
        for name in before.keys() | now.keys():
            self._sums[name] = fsum(self._places[name].values())
        self._held[rater] = now

    def choose(self, rater: str, met: Sequence[str], rng: Random, barred: Collection[str] = ()) -> str | None:
        """Return the item that a rater is given next, or none where nothing is left for this rater.

        Of the items that want a rater and that this one has not met, those are kept that have, in this order: the fewest
        raters so far; raters that nothing connects with this one yet; a stratum, then a case, of which the rater has had
        least beside its share; a mean place in the raters' orders nearest to the middle; another author than the item
        before. Ties are drawn.

        Parameters
        ----------
        rater
            Who asks.
        met
            All that this rater was given, in order.
        rng
            Randomness of the draw among ties.
        barred
            Items of which none is given.
        """
        mine, known = {*met, *barred}, [self._items[name] for name in met if name in self._items]
        strata = _shares(self._strata, [item.stratum for item in known])
        cases = _shares(self._cases, [item.case for item in known])
        before = known[-1].author if known else None
        for count, shelf in sorted(self._shelves.items()):
            cells = sorted((strata[cell[0]], cases[cell[1]], cell) for cell, names in shelf.items() if names)
            ranks = [[cell for *_, cell in rank] for _, rank in groupby(cells, key=lambda one: one[:2])]
            own = self._connected(rater, met) if count else None
            for reached in (None,) if own is None else (own, None):
                for rank in ranks:
                    free = [
                        name
                        for cell in rank
                        for name in shelf[cell]
                        if name not in mine and (reached is None or not reached(name))
                    ]
                    if free:
                        if count:
                            free = self._nearest(free, count, _place(len(met), self._load))
                        other = [name for name in free if self._items[name].author != before]
                        return rng.choice(sorted(other or free))
        return None

    def _move(self, name: str, by: int) -> None:
        """Put an item on the shelf where it belongs with one rater more or less."""
        item = self._items.get(name)
        if item is None:
            return
        count, cell = len(self._places[name]), (item.stratum, item.case)
        if count < item.needed:
            shelf = self._shelves[count][cell]
            del shelf[bisect_left(shelf, name)]
        if count + by < item.needed:
            insort(self._shelves[count + by][cell], name)

    def _connected(self, rater: str, met: Sequence[str]) -> Callable[[str], bool] | None:
        """Return whether an item is connected with a rater already; none where all items that have raters are."""
        if self._parts is None:
            self._parts = _Parts()
            for other, held in self._held.items():
                for name in held:
                    self._parts.connect(other, name)
        parts = self._parts
        own = {parts.top(("rater", rater)), *(parts.top(("item", name)) for name in met)}
        if parts.count == 1 and any(node in parts for node in own):
            return None
        return lambda name: parts.top(("item", name)) in own

    def _nearest(self, free: Sequence[str], count: int, here: float) -> list[str]:
        """Return the items whose mean place, with one more rater at `here`, is nearest to the middle, in tenths."""
        sums, raters = self._sums, count + 1
        off = [abs((sums[name] + here) / raters - 0.5) for name in free]
        least = round(10 * min(off))
        bound = (least + 1) / 10  # rounding is tried on those alone that may come to the least
        return [name for name, one in zip(free, off, strict=True) if one < bound and round(10 * one) == least]


def _place(position: int, load: int) -> float:
    return min(1.0, position / max(load - 1, 1))


def _shares(sizes: Counter[str], met: Sequence[str]) -> dict[str, int]:
    """Return how many more of each kind a rater has met than its share of all items would give, rounded."""
    had, total = Counter(met), sizes.total()
    return {kind: round(had[kind] - len(met) * size / total) for kind, size in sizes.items()}


class _Parts:
    """The parts of the graph of raters and items that claims connect."""

    def __init__(self) -> None:
        self._above: dict[_Node, _Node] = {}
        self.count = 0
        """Number of parts."""

    def connect(self, rater: str, item: str) -> None:
        """Add a claim."""
        ends: tuple[_Node, _Node] = ("rater", rater), ("item", item)
        for node in ends:
            if node not in self._above:
                self._above[node] = node
                self.count += 1
        first, second = map(self.top, ends)
        if first != second:
            self._above[first] = second
            self.count -= 1

    def top(self, node: _Node) -> _Node:
        """Return the node that stands for a part; of one that nothing is connected with, the node itself."""
        above = self._above
        while (up := above.get(node, node)) != node:
            above[node] = above.get(up, up)  # half the way next time
            node = up
        return node

    def __contains__(self, node: _Node) -> bool:
        """Return whether anything is connected with a node."""
        return node in self._above
