"""Who rates what next: a near-balanced, connected incomplete block design, drawn one answer at a time.

Nothing here knows what an item is. Strata, cases and authors are opaque names.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import accumulate
from math import fsum
from random import Random

__all__ = ["Board", "Claim", "Item"]

_Cell = tuple[str, str, str]
"""Stratum, case and author."""
_Shelf = defaultdict[_Cell, list[tuple[float, str]]]
"""By cell, the sum of an item's places in its raters' orders, and its name; in order."""
_Span = tuple[list[tuple[float, str]], range]
"""Neighbours in a cell."""
_Node = tuple[str, str]
"""`rater` or `item`, and its name."""
_TRIES = 20
"""Draws that may meet an item which the rater must not be given, before all items are looked at."""


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

    Items that want a rater stand on shelves by the number of raters that they have, on a shelf in cells of one stratum,
    case and author, and in a cell by the places in their raters' orders: what `choose` compares. A draw looks at the cells
    of a shelf, and in the best of them finds by halving where those items lie that are nearest.

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
        self._shelves: defaultdict[int, _Shelf] = defaultdict(lambda: defaultdict(list))
        self._parts: _Parts | None = None
        self._met: dict[str, _Met] = {}
        for item in items:
            if item.needed > 0:
                insort(self._shelves[0][_cell(item)], (0.0, item.name))

    def hold(self, rater: str, claims: Iterable[Claim]) -> None:
        """Let these be all the claims of a rater, in the place of those that were."""
        before = self._held.get(rater, {})
        now = {claim.item: _place(claim.position, self._load) for claim in claims}
        for name in before.keys() - now.keys():
            self._parts = None  # what was connected through it may be connected no more
            self._count(name, rater, None)
        for name, place in now.items():
            if before.get(name) == place:
                continue
            self._count(name, rater, place)
            if name not in before and self._parts is not None:
                self._parts.connect(rater, name)
        self._held[rater] = now

    def add(self, rater: str, item: str) -> None:
        """Let an item be the next claim of a rater, after those that there are."""
        held = self._held.setdefault(rater, {})
        place = held[item] = _place(len(held), self._load)
        self._count(item, rater, place)
        if self._parts is not None:
            self._parts.connect(rater, item)

    def claimed(self, rater: str, item: str) -> bool:
        """Return whether a rater has a claim on an item."""
        return item in self._held.get(rater, ())

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
            All that this rater was given, in order. Of the same list, grown since, only what is new is looked at.
        rng
            Randomness of the draw among ties.
        barred
            Items of which none is given.
        """
        mine = self._met.get(rater)
        if mine is None or mine.names is not met or mine.seen > len(met):
            mine = self._met[rater] = _Met(met)
        mine.look(self._items)
        strata, cases = _shares(self._strata, mine.strata), _shares(self._cases, mine.cases)
        here, had = _place(len(met), self._load), mine.own
        for count, shelf in sorted(self._shelves.items()):
            ranks: defaultdict[tuple[int, int], list[_Cell]] = defaultdict(list)
            for cell in shelf:
                ranks[strata[cell[0]], cases[cell[1]]].append(cell)
            own = self._connected(rater, met) if count else None
            for reached in (None,) if own is None else (own, None):

                def fits(name: str, reached: Callable[[str], bool] | None = reached) -> bool:
                    return name not in had and name not in barred and (reached is None or not reached(name))

                for rank in sorted(ranks):
                    there = [(cell[2] == mine.author, shelf[cell]) for cell in sorted(ranks[rank])]
                    found = _nearest(there, fits, count, here, rng) if count else _first(there, fits, rng)
                    if found is not None:
                        return found
        return None

    def _count(self, name: str, rater: str, place: float | None) -> None:
        """Let a rater have an item at a place in the own order, or no more, and put the item where it now belongs."""
        item, places = self._items.get(name), self._places[name]
        if item is not None and len(places) < item.needed:
            shelf, kind = self._shelves[len(places)], _cell(item)
            cell = shelf[kind]
            del cell[bisect_left(cell, (self._sums.get(name, 0.0), name))]
            if not cell:  # no draw looks at what is empty
                del shelf[kind]
            if not shelf:
                del self._shelves[len(places)]
        if place is None:
            del places[rater]
        else:
            places[rater] = place
        self._sums[name] = fsum(places.values())
        if item is not None and len(places) < item.needed:
            insort(self._shelves[len(places)][_cell(item)], (self._sums[name], name))

    def _connected(self, rater: str, met: Sequence[str]) -> Callable[[str], bool] | None:
        """Return whether an item is connected with a rater already; none where all items that have raters are."""
        if self._parts is None:
            self._parts = _Parts()
            for other, held in self._held.items():
                for name in held:
                    self._parts.connect(other, name)
        parts = self._parts
        if parts.count == 1 and (("rater", rater) in parts or any(("item", name) in parts for name in met)):
            return None
        own = {parts.top(("rater", rater)), *(parts.top(("item", name)) for name in met)}
        return lambda name: parts.top(("item", name)) in own


def _cell(item: Item) -> _Cell:
    return item.stratum, item.case, item.author


def _first(
    there: Sequence[tuple[bool, list[tuple[float, str]]]], fits: Callable[[str], bool], rng: Random
) -> str | None:
    """Draw among items that nobody has, those of another author than the one before first."""
    for same in (False, True):
        spans = [(cell, range(len(cell))) for of_before, cell in there if of_before == same]
        found = _drawn(spans, fits, rng)
        if found is not None:
            return found
    return None


def _nearest(
    there: Sequence[tuple[bool, list[tuple[float, str]]]],
    fits: Callable[[str], bool],
    count: int,
    here: float,
    rng: Random,
) -> str | None:
    """Draw among the items whose mean place, with one more rater at `here`, is nearest to the middle, in tenths.

    From the middle of each cell outwards, on either side, items lie in spans of the same distance.
    """

    def off(one: tuple[float, str]) -> int:
        return round(10 * abs((one[0] + here) / (count + 1) - 0.5))

    spans: list[tuple[int, int, int, int]] = []

    def note(number: int, side: int, place: int) -> None:
        cell = there[number][1]
        if 0 <= place < len(cell):
            heappush(spans, (off(cell[place]), number, side, place))

    for number, (_, cell) in enumerate(there):
        start = bisect_left(cell, ((count + 1) / 2 - here, ""))
        note(number, 1, start)
        note(number, -1, start - 1)
    while spans:
        least = spans[0][0]
        alike: tuple[list[_Span], list[_Span]] = ([], [])
        while spans and spans[0][0] == least:
            _, number, side, place = heappop(spans)
            same, cell = there[number]
            if side > 0:
                span = range(place, bisect_right(cell, least, place, key=off))
                note(number, side, span.stop)
            else:
                span = range(bisect_left(cell, -least, 0, place + 1, key=lambda one: -off(one)), place + 1)
                note(number, side, span.start - 1)
            alike[same].append((cell, span))
        for those in alike:
            found = _drawn(those, fits, rng)
            if found is not None:
                return found
    return None


def _drawn(spans: Sequence[_Span], fits: Callable[[str], bool], rng: Random) -> str | None:
    """Draw one that fits, each with the same chance; most fit, and to list them all would cost more than a few draws."""
    ends = list(accumulate(len(span) for _, span in spans))
    for _ in range(_TRIES if ends and ends[-1] else 0):
        place = rng.randrange(ends[-1])
        number = bisect_right(ends, place)
        cell, span = spans[number]
        name = cell[span[place - ends[number]]][1]
        if fits(name):
            return name
    free = sorted(cell[place][1] for cell, span in spans for place in span if fits(cell[place][1]))
    return rng.choice(free) if free else None


def _place(position: int, load: int) -> float:
    return min(1.0, position / max(load - 1, 1))


def _shares(sizes: Counter[str], had: Counter[str]) -> dict[str, int]:
    """Return how many more of each kind a rater has met than its share of all items would give, rounded."""
    met, total = had.total(), sizes.total()
    return {kind: round(had[kind] - met * size / total) for kind, size in sizes.items()}


class _Met:
    """What a rater has met, counted as far as it was looked at."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        """All items, in order."""
        self.seen = 0
        """How many of them are counted."""
        self.own: set[str] = set()
        self.strata: Counter[str] = Counter()
        self.cases: Counter[str] = Counter()
        self.author: str | None = None
        """Of the last one that there is."""

    def look(self, items: Mapping[str, Item]) -> None:
        """Count what is new."""
        for name in self.names[self.seen :]:
            self.own.add(name)
            item = items.get(name)
            if item is not None:
                self.strata[item.stratum] += 1
                self.cases[item.case] += 1
                self.author = item.author
        self.seen = len(self.names)


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
