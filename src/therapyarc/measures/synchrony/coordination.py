"""Coordination: whether a speaker uses a marker more after the other has used it."""

import numpy as np
from numpy.typing import NDArray

from therapyarc.measures.synchrony.order import Orders, mean_where

__all__ = ["SUPPORT", "by_marker", "coordination"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
SUPPORT = 3
"""Turns of the other that must have a marker before coordination on it is counted."""


def by_marker(has: Truths, had: Truths, inside: Truths | None = None, support: int = SUPPORT) -> Floats:
    """C_m = P(reply has m | turn answered has m) - P(reply has m), for each marker m.

    Parameters
    ----------
    has, had
        Whether each reply, and the turn it answers, has each marker; shape (..., replies, markers).
    inside
        Which replies count, shape (..., replies); all unless given.
    support
        Turns answered that must have the marker.

    Returns
    -------
    Shape (..., markers), -1 to 1; 0 is the same use either way. Not a number below the support.

    References
    ----------
    Danescu-Niculescu-Mizil, Lee, Pang and Kleinberg 2012, WWW, section 3.
    """
    if inside is not None:
        has, had = has & inside[..., None], had & inside[..., None]
    replies = has.shape[-2] if inside is None else inside.sum(axis=-1)[..., None]
    supported = had.sum(axis=-2)
    given = (has & had).sum(axis=-2) / np.maximum(supported, 1)
    return np.where(supported >= support, given - has.sum(axis=-2) / np.maximum(replies, 1), np.nan)


def coordination(orders: Orders, is_client: bool) -> Floats:
    """Mean coordination of one speaker over function-word categories with support; shape (surrogates,)."""
    has = orders.style.counts > 0
    places = orders.replies(is_client)
    return mean_where(
        by_marker(has[orders.turns[:, places]], has[orders.turns[:, places - 1]], orders.inside[:, places]),
        1,
    )
