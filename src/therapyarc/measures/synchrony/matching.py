"""Style matching: alike in function words over a session, by speaker change, and by rolling windows."""

import numpy as np
from numpy.typing import NDArray

from therapyarc.measures.synchrony.order import Orders, mean_over

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
    own = orders.speakers() * orders.inside[:, None, :]
    words = own @ orders.style.lengths[orders.turns][:, :, None]
    shares = own @ orders.style.counts[orders.turns] / np.maximum(words, 1)
    alike = _alike(shares[:, 0], shares[:, 1]).mean(axis=1)
    return np.where(words.min(axis=(1, 2)) >= MINIMUM_WORDS, alike, np.nan)


def reciprocal(orders: Orders) -> Floats:
    """Reciprocal style matching of each speaker's turns to those before them, shape (surrogates, 2), therapist first.

    The form of `matching` by speaker change. A category is left out where the turn before lacks it; where only the later
    turn does, it counts as near 0. Averaged by category, then over categories; not a number where none is left. Falls
    with long turns. Source: Müller-Frommeyer, Frommeyer and Kauffeld 2019, Behav Res Methods 51:1343.
    """
    return rolling(orders, 1)


def rolling(orders: Orders, window: int = WINDOW) -> Floats:
    """Reciprocal style matching of rolling windows, for turns too short to hold most categories; shape as `reciprocal`.

    At each turn, its speaker's last `window` turns are taken together, and so are the other's last `window` before it.
    Source: as `reciprocal`, after the rolling windows of the same authors.
    """
    first = 2 * (window - 1)
    size = orders.turns.shape[1] - first
    if size < 2:
        return np.full((len(orders.turns), 2), np.nan)
    counts = orders.style.counts[orders.turns]
    words = orders.style.lengths[orders.turns]
    together, length = counts[:, first:].copy(), words[:, first:].copy()
    for back in range(2, first + 1, 2):
        together += counts[:, first - back : first - back + size]
        length += words[:, first - back : first - back + size]
    shares = together / np.maximum(length, 1)[:, :, None]
    now, before = shares[:, 1:], shares[:, :-1]
    counted = (before > 0) & orders.inside[:, first + 1 :, None]
    own = orders.speakers(first + 1)
    return mean_over(own @ (_alike(now, before) * counted), own @ counted)


def _alike(a: Floats, b: Floats) -> Floats:
    return 1 - np.abs(a - b) / (a + b + EPSILON)
