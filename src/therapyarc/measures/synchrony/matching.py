"""Style matching: alike in function words over a session, by speaker change, and by rolling windows."""

import numpy as np
from numpy.typing import NDArray

from therapyarc.measures.synchrony.order import Orders, mean_where

__all__ = ["EPSILON", "MINIMUM_WORDS", "WINDOW", "matching", "reciprocal", "rolling"]

Floats = NDArray[np.float64]
EPSILON = 1e-4
MINIMUM_WORDS = 20
"""Words of each speaker below which style matching is too short."""
WINDOW = 3
"""Turns of each speaker in a rolling window."""


def matching(orders: Orders) -> Floats:
    """Language style matching, shape (surrogates,): the mean over categories c of LSM_c.

    LSM_c = 1 - |p_c(A) - p_c(B)| / (p_c(A) + p_c(B) + 1e-4), p_c(X) the share of all words of X in category c. Symmetric;
    0 is nothing alike, 1 is the same use. Not a number below 20 words of either. Source: Gonzales, Hancock and
    Pennebaker 2010, Commun Res 37:3.
    """
    both = []
    for is_client in (True, False):
        own = orders.client == is_client
        turns, inside = orders.turns[:, own], orders.inside[:, own]
        words = (orders.style.lengths[turns] * inside).sum(axis=1)
        counts = np.einsum("spc,sp->sc", orders.style.counts[turns], inside)
        with np.errstate(invalid="ignore", divide="ignore"):
            both.append(np.where(words[:, None] >= MINIMUM_WORDS, counts / words[:, None], np.nan))
    return _alike(*both).mean(axis=1)


def reciprocal(orders: Orders, is_client: bool) -> Floats:
    """Reciprocal style matching of one speaker's turns to those before them, shape (surrogates,).

    The form of `matching` by speaker change. A category is left out where the turn before lacks it; where only the later
    turn does, it counts as near 0. Averaged by category, then over categories; not a number where none is left. Falls
    with long turns. Source: Müller-Frommeyer, Frommeyer and Kauffeld 2019, Behav Res Methods 51:1343.
    """
    lengths = orders.style.lengths[orders.turns]
    shares = orders.style.counts[orders.turns] / np.maximum(lengths, 1)[:, :, None]
    return _by_change(shares, orders, orders.replies(is_client))


def rolling(orders: Orders, is_client: bool, window: int = WINDOW) -> Floats:
    """Reciprocal style matching of rolling windows, for turns too short to hold most categories; shape (surrogates,).

    At each turn, its speaker's last `window` turns are taken together, and so are the other's last `window` before it.
    Source: as `reciprocal`, after the rolling windows of the same authors.
    """
    counts = orders.style.counts[orders.turns]
    lengths = orders.style.lengths[orders.turns]
    first = 2 * (window - 1)
    together = sum(counts[:, first - 2 * k : counts.shape[1] - 2 * k] for k in range(window))
    words = sum(lengths[:, first - 2 * k : lengths.shape[1] - 2 * k] for k in range(window))
    if counts.shape[1] <= first:
        return np.full(len(counts), np.nan)
    shares = np.concatenate(
        [np.zeros((len(counts), first, counts.shape[2])), together / np.maximum(words, 1)[:, :, None]], axis=1
    )
    places = orders.replies(is_client)
    return _by_change(shares, orders, places[places > first])


def _by_change(shares: Floats, orders: Orders, places: NDArray[np.intp]) -> Floats:
    before = shares[:, places - 1]
    alike = _alike(shares[:, places], before)
    alike[(before == 0) | ~orders.inside[:, places, None]] = np.nan
    return mean_where(mean_where(alike, 1), 1)


def _alike(a: Floats, b: Floats) -> Floats:
    return 1 - np.abs(a - b) / (a + b + EPSILON)
