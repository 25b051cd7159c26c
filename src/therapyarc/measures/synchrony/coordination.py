"""Coordination: whether a speaker uses a marker more after the other has used it."""

import numpy as np
from numpy.typing import NDArray

from therapyarc.measures.synchrony.order import Orders, mean_over

__all__ = ["SUPPORT", "by_marker", "coordination"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
SUPPORT = 3
"""Turns of the other that must have a marker before coordination on it is counted."""


def by_marker(has: Truths, had: Truths, support: int = SUPPORT) -> Floats:
    """C_m = P(reply has m | turn answered has m) - P(reply has m), for each marker m.

    Parameters
    ----------
    has, had
        Whether each reply, and the turn it answers, has each marker; shape (replies, markers).
    support
        Turns answered that must have the marker.

    Returns
    -------
    Shape (markers,), -1 to 1; 0 is the same use either way. Not a number below the support.

    References
    ----------
    Danescu-Niculescu-Mizil, Lee, Pang and Kleinberg 2012, WWW, section 3.
    """
    both = (has & had).sum(axis=0).astype(float)
    return _coordinated(both, had.sum(axis=0), has.sum(axis=0), np.array(float(len(has))), support)


def coordination(orders: Orders) -> Floats:
    """Mean coordination of each speaker over categories with support, shape (surrogates, 2), therapist first."""
    has = (orders.style.counts > 0)[orders.turns] & orders.inside[:, :, None]
    own = orders.speakers(1) * orders.inside[:, None, 1:]
    now, before = has[:, 1:], has[:, :-1]
    found = _coordinated(own @ (now & before), own @ before, own @ now, own.sum(axis=-1)[:, :, None], SUPPORT)
    there = ~np.isnan(found)
    return mean_over(np.where(there, found, 0.0), there.astype(float))


def _coordinated(both: Floats, had: Floats, has: Floats, replies: Floats, support: int) -> Floats:
    given = both / np.maximum(had, 1) - has / np.maximum(replies, 1)
    return np.where(had >= support, given, np.nan)
