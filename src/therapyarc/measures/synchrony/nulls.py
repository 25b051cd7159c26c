"""What chance gives: surrogates of a session by shuffles, by pseudo-dyads, and by turns of like length."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from therapyarc.domain.measure import Null as Kind
from therapyarc.measures.synchrony.clid import CLID_NAMES, clid_figures
from therapyarc.measures.synchrony.figures import SEMANTIC, STYLE, UNORDERED, values_of
from therapyarc.measures.synchrony.order import Orders
from therapyarc.measures.synchrony.style import Style, pooled

__all__ = ["CHEAP", "NEIGHBOURS", "Kind", "Null", "Pool", "beside_chance", "nulls"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
NEIGHBOURS = 20
"""Turns of other sessions, nearest in length, among which a surrogate of a turn is drawn."""
CHEAP = (*STYLE, *SEMANTIC)
"""Figures that have nulls unless told otherwise: all but nCLiD, which takes far longer than the rest by pseudo-dyads."""

_STILL = 1e-9
"""Standard deviation that is rounding."""


@dataclass(frozen=True, slots=True)
class Null:
    """A figure beside what chance gives."""

    value: float
    """The figure."""
    mean: float
    """Its mean over surrogates."""
    sd: float
    """Its standard deviation over surrogates."""
    surrogates: int
    """Surrogates that have the figure."""

    @property
    def z(self) -> float | None:
        """How many standard deviations above chance it lies; none where surrogates do not vary."""
        return (self.value - self.mean) / self.sd if self.sd > _STILL else None


def nulls(
    styles: Sequence[Style],
    *,
    rng: np.random.Generator,
    surrogates: int = 100,
    kind: Kind = "shuffle",
    names: Collection[str] = CHEAP,
    clients: Sequence[Hashable] | None = None,
) -> list[dict[str, Null]]:
    """Return, for each session, its figures beside those of surrogates.

    A figure is left out where the session, or more than half of its surrogates, have none. `lsm` and the overall cosine
    know no order, so a shuffle leaves them as they are and they have no such null.

    Parameters
    ----------
    styles
        The sessions; pseudo-dyads and turns of like length are taken from among them, so give those of one condition.
    rng
        Randomness.
    surrogates
        Surrogates a session.
    kind
        `shuffle`: the client's turns of the session in another order; what is left is habit. `pseudo`: the client's
        turns of another session in the place of this one's, in their own order, as far as they reach; what is left is
        language. `length`: each client turn replaced by one of the 20 of other sessions that are nearest in number of
        words, drawn with replacement; what is left is language and length.
    names
        Figures wanted; those of nCLiD (`CLID_NAMES`) are slow by pseudo-dyad and by length.
    clients
        Who the client of each session is; another session of the same client is no other dyad and is never taken. None
        makes every session one of a client of its own. A session without another client's has no such null.

    Raises
    ------
    ValueError
        If surrogates are asked for that need another session, and there is none; or if there is not one client a session.
    """
    if kind != "shuffle" and len(styles) < 2:
        raise ValueError(f"{kind} surrogates need two sessions at least; give more, or ask for shuffles")
    return beside_chance(Pool.of(styles, clients), kind, rng, surrogates, names)


@dataclass(frozen=True, slots=True)
class Pool:
    """The turns of all sessions, prepared once for every kind of null."""

    turns: Style
    """All turns in order."""
    session: Places
    """Session of each turn, shape (turns,)."""
    clients: Places
    """Number of the client of each session, those without turns counted; shape (sessions,)."""

    @classmethod
    def of(cls, styles: Sequence[Style], clients: Sequence[Hashable] | None = None) -> "Pool":
        """Return the turns of sessions together; without clients every session has one of its own.

        Raises
        ------
        ValueError
            If there is not one client a session.
        """
        if clients is not None and len(clients) != len(styles):
            raise ValueError(f"{len(clients)} clients for {len(styles)} sessions; give one a session")
        known: dict[Hashable, int] = {}
        numbers = [
            known.setdefault(one, len(known)) for one in (range(len(styles)) if clients is None else clients)
        ]
        sizes = [len(style.texts) for style in styles]
        return cls(pooled(styles), np.repeat(np.arange(len(styles)), sizes), np.array(numbers, dtype=np.intp))

    def others(self, own: Places) -> NDArray[np.bool_]:
        """Return which sessions are of another client than the session whose turns are `own`."""
        return np.asarray(self.clients != self.clients[self.session[own[0]]])


def beside_chance(
    pool: Pool, kind: Kind, rng: np.random.Generator, surrogates: int, names: Collection[str]
) -> list[dict[str, Null]]:
    """Return `nulls` of sessions that are pooled already."""
    wanted = [name for name in names if kind != "shuffle" or name not in UNORDERED]
    return [
        _beside(pool, np.flatnonzero(pool.session == place), kind, rng, surrogates, wanted)
        for place in range(len(pool.clients))
    ]


def _beside(
    pool: Pool,
    own: Places,
    kind: Kind,
    rng: np.random.Generator,
    surrogates: int,
    names: Sequence[str],
) -> dict[str, Null]:
    """Return the figures of the session whose turns are `own`."""
    if not len(own):
        return {}
    whole = Orders(pool.turns, own[None, :], np.ones((1, len(own)), dtype=bool), pool.turns.client[own])
    values = {name: found[0] for name, found in _figures(whole, names).items()}
    chance = _figures(_DRAWS[kind](pool, own, rng, surrogates), names)
    result = {}
    for name, value in values.items():
        drawn = chance[name][~np.isnan(chance[name])]
        if not np.isnan(value) and len(drawn) >= max(2, surrogates // 2):
            result[name] = Null(float(value), float(drawn.mean()), float(drawn.std()), len(drawn))
    return result


def _figures(orders: Orders, names: Sequence[str]) -> dict[str, Floats]:
    found = values_of(orders, [name for name in names if name not in CLID_NAMES])
    if any(name in CLID_NAMES for name in names):
        slow = clid_figures(orders)
        lost = np.full(len(orders.turns), np.nan)
        found |= {name: lost if slow is None else slow[name] for name in CLID_NAMES if name in names}
    return found


def _shuffles(pool: Pool, own: Places, rng: np.random.Generator, surrogates: int) -> Orders:
    turns, client = np.tile(own, (surrogates, 1)), pool.turns.client[own]
    turns[:, client] = rng.permuted(turns[:, client], axis=1)
    return Orders(pool.turns, turns, np.ones(turns.shape, dtype=bool), client)


def _pseudo(pool: Pool, own: Places, rng: np.random.Generator, surrogates: int) -> Orders:
    turns, client = np.tile(own, (surrogates, 1)), pool.turns.client[own]
    inside = np.ones(turns.shape, dtype=bool)
    places = np.flatnonzero(client)
    others = np.flatnonzero(pool.others(own))
    if not len(others):
        return Orders(pool.turns, turns, ~inside, client)
    for row, other in enumerate(rng.choice(others, surrogates)):
        theirs = np.flatnonzero((pool.session == other) & pool.turns.client)
        reach = min(len(places), len(theirs))
        turns[row, places[:reach]] = theirs[:reach]
        if reach < len(places):  # up to the reply to their last turn
            inside[row, places[reach - 1] + 2 if reach else 0 :] = False
    return Orders(pool.turns, turns, inside, client)


def _like_lengths(pool: Pool, own: Places, rng: np.random.Generator, surrogates: int) -> Orders:
    turns, client = np.tile(own, (surrogates, 1)), pool.turns.client[own]
    inside = np.ones(turns.shape, dtype=bool)
    others = np.flatnonzero(pool.others(own)[pool.session] & pool.turns.client)
    if not len(others):
        return Orders(pool.turns, turns, ~inside, client)
    others = others[np.argsort(pool.turns.lengths[others], kind="stable")]
    lengths, wanted = pool.turns.lengths[others], pool.turns.lengths[own[client]]
    middle = (np.searchsorted(lengths, wanted, "left") + np.searchsorted(lengths, wanted, "right")) // 2
    width = min(NEIGHBOURS, len(others))
    first = np.clip(middle - width // 2, 0, len(others) - width)
    turns[:, client] = others[first + rng.integers(0, width, (surrogates, len(first)))]
    return Orders(pool.turns, turns, inside, client)


_DRAWS: dict[Kind, Callable[[Pool, Places, np.random.Generator, int], Orders]] = {
    "shuffle": _shuffles,
    "pseudo": _pseudo,
    "length": _like_lengths,
}
