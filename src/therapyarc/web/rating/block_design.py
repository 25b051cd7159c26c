"""Who rates what next: a near-balanced, connected incomplete block design, drawn one answer at a time.

Nothing here knows what an item is. Strata, cases and authors are opaque names.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

__all__ = ["Claim", "Item", "choose"]


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


def choose(items: Sequence[Item], claims: Iterable[Claim], rater: str, load: int, rng: Random) -> str | None:
    """Return the item that a rater is given next, or none where nothing is left for this rater.

    Of the items that want a rater and that this one has not met, those are kept that have, in this order: the fewest raters
    so far; raters that nothing connects with this one yet; a stratum, then a case, of which the rater has had least beside
    its share; a mean place in the raters' orders nearest to the middle; another author than the item before. Ties are
    drawn.

    Parameters
    ----------
    items
        All items; names are unique.
    claims
        All claims that count, of all raters.
    rater
        Who asks.
    load
        Items that a rater is expected to rate, at least 1; places are read as shares of it.
    rng
        Randomness of the draw among ties.

    References
    ----------
    Niu and Rosenberger, arXiv 1806.00034: connected designs compare judged items better than random assignment.
    """
    held = list(claims)
    own = sorted((claim for claim in held if claim.rater == rater), key=lambda claim: claim.position)
    mine = {claim.item for claim in own}
    count = Counter(claim.item for claim in held)
    free = [item for item in items if item.name not in mine and count[item.name] < item.needed]
    if not free:
        return None
    by_name = {item.name: item for item in items}
    met = [by_name[claim.item] for claim in own if claim.item in by_name]
    strata = _shares(items, met, "stratum")
    cases = _shares(items, met, "case")
    parts = _Parts(held)
    places: dict[str, list[float]] = {}
    for claim in held:
        places.setdefault(claim.item, []).append(_place(claim.position, load))
    here, before = _place(len(own), load), met[-1].author if met else None

    def cost(item: Item) -> tuple[int, bool, int, int, int, bool]:
        then = [*places.get(item.name, ()), here]
        return (
            count[item.name],
            count[item.name] > 0 and not parts.joins(item.name, rater),
            strata[item.stratum],
            cases[item.case],
            round(10 * abs(sum(then) / len(then) - 0.5)) if len(then) > 1 else 0,
            item.author == before,
        )

    least = min(map(cost, free))
    return rng.choice(sorted(item.name for item in free if cost(item) == least))


def _place(position: int, load: int) -> float:
    return min(1.0, position / max(load - 1, 1))


def _shares(items: Sequence[Item], met: Sequence[Item], field: str) -> dict[str, int]:
    """Return how many more of each kind a rater has met than its share of all items would give, rounded."""
    sizes = Counter(getattr(item, field) for item in items)
    had = Counter(getattr(item, field) for item in met)
    return {kind: round(had[kind] - len(met) * size / len(items)) for kind, size in sizes.items()}


class _Parts:
    """The parts of the graph of raters and items that claims connect."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._above: dict[tuple[str, str], tuple[str, str]] = {}
        for claim in claims:
            self._above[self._top(("item", claim.item))] = self._top(("rater", claim.rater))

    def _top(self, node: tuple[str, str]) -> tuple[str, str]:
        while self._above.setdefault(node, node) != node:
            node = self._above[node]
        return node

    def joins(self, item: str, rater: str) -> bool:
        """Return whether a rating of the item by the rater would connect two parts."""
        return self._top(("item", item)) != self._top(("rater", rater))
