"""Conversational linguistic distance, normalised (nCLiD): how near the other's next turns come to each turn."""

import numpy as np
from numpy.typing import NDArray

from therapyarc.domain import Missing
from therapyarc.measures.synchrony.order import MINIMUM_TURNS, Orders, real
from therapyarc.measures.synchrony.style import Style
from therapyarc.measures.synchrony.transport import MOST_KINDS, bags_of, between_words, movers_distance
from therapyarc.text.embedding import EMBEDDING

__all__ = ["AHEAD", "CLID_NAMES", "clid_figures", "nclid"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
AHEAD = 3
"""Next turns of the other among which the nearest counts."""
Truths = NDArray[np.bool_]
_AT_ONCE = 1_000_000
"""Distances of surrogates that are held at once."""
MOST_TURNS = 3000
"""Turns of a session above which there is no value: the table of their distances would not fit."""
CLID_NAMES = (f"nclid_{EMBEDDING}_therapist", f"nclid_{EMBEDDING}_client")
"""By the speaker whose turns come near, as for the other measures."""


def nclid(style: Style) -> dict[str, float | Missing]:
    """Return nCLiD in both directions, or why there is none.

    For A followed by B: uCLiD = mean over A's turns i of the least WMD(A_i, B_j) over B's next three turns j; alpha =
    mean WMD of A's turns with each other + the same of B's + mean of WMD(A_i, B_j), j after i; nCLiD = uCLiD / alpha. 0
    is the same words; lower is closer. The figure is named by B. Turns without content words have no distance: they
    are left out wherever they stand. `too_short` below three turns with content words of each, and where all are the
    same words (alpha is 0); `overlong` above 4,000 different content words or 3,000 turns. Values hold for these
    vectors alone. Source: Nasir, Chakravarthula, Baucom, Atkins, Georgiou and Narayanan 2019, Interspeech.
    """
    found = clid_figures(real(style))
    if found is None:
        return dict.fromkeys(CLID_NAMES, Missing.OVERLONG)
    return {
        name: Missing.TOO_SHORT if np.isnan(values[0]) else float(values[0]) for name, values in found.items()
    }


def clid_figures(orders: Orders) -> dict[str, Floats] | None:
    """Return both directions for each surrogate, shape (surrogates,); none where a session is too large."""
    used = np.unique(orders.turns[orders.inside])
    bags = bags_of([orders.style.texts[turn] for turn in used])
    if len(bags.kinds) > MOST_KINDS or len(used) > MOST_TURNS:
        return _in_halves(orders)
    result = {name: np.full(len(orders.turns), np.nan) for name in CLID_NAMES}
    if not len(used):
        return result
    place = np.zeros(len(orders.style.texts), dtype=np.intp)
    place[used] = np.arange(len(used))
    there = orders.inside & (bags.sizes[place[orders.turns]] > 0)
    wanted = np.zeros((len(used), len(used)), dtype=bool)
    for row, own in zip(place[orders.turns], there, strict=True):
        wanted[np.ix_(row[own], row[own])] = True
    first, second = np.nonzero(np.triu(wanted, 1))
    apart = np.zeros(wanted.shape)
    apart[first, second] = movers_distance(bags, first, second, between_words(bags.kinds))
    apart[second, first] = apart[first, second]
    at_once = max(1, _AT_ONCE // there.shape[1] ** 2)
    for first_row in range(0, len(there), at_once):
        some = slice(first_row, first_row + at_once)
        rows = place[orders.turns[some]]
        distances = apart[rows[:, :, None], rows[:, None, :]]
        for name, follows in zip(CLID_NAMES, (~orders.client, orders.client), strict=True):
            result[name][some] = _normalised(distances, there[some], follows)
    return result


def _in_halves(orders: Orders) -> dict[str, Floats] | None:
    """Return the same with half of the surrogates at a time, none where a single one is too large."""
    half = len(orders.turns) // 2
    if not half:
        return None
    parts = []
    for own in (slice(None, half), slice(half, None)):
        part = clid_figures(Orders(orders.style, orders.turns[own], orders.inside[own], orders.client))
        lost = np.full(len(orders.turns[own]), np.nan)
        parts.append(part or dict.fromkeys(CLID_NAMES, lost))
    return {name: np.concatenate([part[name] for part in parts]) for name in CLID_NAMES}


def _normalised(distances: Floats, there: Truths, follows: Truths) -> Floats:
    """Return nCLiD of surrogates.

    Parameters
    ----------
    distances
        Of the turns at every two places, shape (surrogates, places, places).
    there
        Whether a place holds a turn with content words, shape (surrogates, places).
    follows
        Whether the speaker there is the one whose turns come near, shape (places,).

    Returns
    -------
    Shape (surrogates,).
    """
    places = np.arange(len(follows))
    after = places > places[:, None]
    near = after & (places <= places[:, None] + 2 * AHEAD - 1)
    leads, replies = (there & ~follows).astype(float), (there & follows).astype(float)
    counts = leads.sum(axis=1), replies.sum(axis=1)
    pairs = (leads @ after) * replies
    counted = near & (leads[:, :, None] > 0) & (replies[:, None, :] > 0)
    least = np.where(counted, distances, np.inf).min(axis=2)
    answered = np.isfinite(least)
    total = np.where(answered, least, 0.0).sum(axis=1)
    across = (_summed(distances * after, leads) * replies).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):  # sessions that are too short are taken out below
        alpha = across / pairs.sum(axis=1)
        for side, count in zip((leads, replies), counts, strict=True):
            alpha = alpha + (_summed(distances, side) * side).sum(axis=1) / (count * (count - 1))
        found = total / answered.sum(axis=1) / alpha
    enough = (np.minimum(*counts) >= MINIMUM_TURNS) & answered.any(axis=1) & (alpha > 0)
    return np.where(enough, found, np.nan)


def _summed(distances: Floats, side: Floats) -> Floats:
    """Return, for each place, the sum of distances from one side's places; shape (surrogates, places)."""
    return np.asarray((side[:, None, :] @ distances)[:, 0, :], dtype=float)
