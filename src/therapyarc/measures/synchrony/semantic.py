"""Semantic synchrony: how near what is said lies to what the other said before, on static vectors."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from therapyarc.measures.synchrony.order import MINIMUM_TURNS, Orders
from therapyarc.measures.synchrony.style import Style

__all__ = ["LAGS", "convergence", "follow", "overall"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
LAGS = (1, 2, 3, 4, 5)
"""How many of the other's turns ago, for the profile."""


def follow(orders: Orders, lag: int = 1) -> Floats:
    """Mean cosine of a turn and of the other's turn `lag` of theirs before it, shape (surrogates, 2), therapist first.

    -1 to 1; 1 is the same direction. With static vectors most turns lie near each other, so only what lies above the
    nulls means anything. Not a number below three such pairs.
    """
    return orders.by_responder(2 * lag - 1, _cosine(orders.style))[:, 0]


def convergence(orders: Orders) -> Floats:
    """Slope of the cosine of neighbouring turns over the session, least squares, shape (surrogates,).

    In cosine a session (place 0 is its first turn, 1 its last): above 0 the two come closer. Not a number below six
    pairs.
    """
    places = np.arange(1, orders.turns.shape[1])
    values = orders.over_pairs(1, _cosine(orders.style))[:, :, 0]
    there = ~np.isnan(values)
    counted = there.sum(axis=1)
    last = np.maximum(orders.inside.sum(axis=1) - 1, 1)
    time = np.where(there, places / last[:, None], 0.0)
    values = np.where(there, values, 0.0)
    safe = np.maximum(counted, 1)
    centred = np.where(there, time - (time.sum(axis=1) / safe)[:, None], 0.0)
    spread = np.square(centred).sum(axis=1)
    enough = (counted >= 2 * MINIMUM_TURNS) & (spread > 0)
    return np.where(enough, (centred * values).sum(axis=1) / np.where(enough, spread, 1.0), np.nan)


def overall(orders: Orders) -> Floats:
    """Cosine of the two speakers' mean turn vectors, shape (surrogates,); knows no order of turns."""
    means = []
    for is_client in (True, False):
        own = orders.client == is_client
        rows = zip(orders.turns[:, own], orders.inside[:, own], strict=True)
        means.append(
            np.array([orders.style.vectors[turns[there]].sum(axis=0) for turns, there in rows], dtype=float)
        )
    lengths = np.sqrt(np.square(means[0]).sum(axis=1) * np.square(means[1]).sum(axis=1))
    there = lengths > 0
    found = (means[0] * means[1]).sum(axis=1) / np.where(there, lengths, 1.0)
    return np.where(there, np.clip(found, -1, 1), np.nan)


def _cosine(style: Style) -> Callable[[Places, Places], Floats]:
    vectors, there = style.vectors, style.has_vector

    def cosine(later: Places, earlier: Places) -> Floats:
        found = np.einsum("pd,pd->p", vectors[later], vectors[earlier]).astype(float)
        return np.where(there[later] & there[earlier], np.clip(found, -1, 1), np.nan)[:, None]

    return cosine
