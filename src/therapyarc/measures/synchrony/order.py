"""Orders: which turns stand after one another in a session, or in many surrogates of it at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from therapyarc.measures.synchrony.style import Style

__all__ = ["MINIMUM_TURNS", "Orders", "mean_where", "real"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Truths = NDArray[np.bool_]

MINIMUM_TURNS = 3
"""Turns of each speaker below which a session is too short."""


@dataclass(frozen=True)
class Orders:
    """Surrogates of one session: the same speaker at each place in all of them, other turns."""

    style: Style
    """Where the turns are taken from."""
    turns: Places
    """Which turn stands at each place, shape (surrogates, places)."""
    inside: Truths
    """Whether the surrogate reaches to that place, shape (surrogates, places)."""
    client: Truths
    """Whether the client speaks there, shape (places,)."""

    def replies(self, is_client: bool, lag: int = 1) -> Places:
        """Return the places at which a speaker answers what the other said `lag` turns of theirs ago."""
        back = 2 * lag - 1
        return np.flatnonzero(self.client[back:] == is_client) + back

    def long_enough(self) -> Truths:
        """Return whether both speak three times, shape (surrogates,)."""
        return (
            np.minimum(self.inside[:, self.client].sum(axis=1), self.inside[:, ~self.client].sum(axis=1))
            >= MINIMUM_TURNS
        )

    def over_pairs(self, places: Places, back: int, function: Callable[[Places, Places], Floats]) -> Floats:
        """Return a function of the turns at `places` and of those `back` places before, not a number outside.

        Each pair of turns is computed once. Shape (surrogates, places given).
        """
        inside = self.inside[:, places]
        result = np.full(inside.shape, np.nan)
        size = len(self.style.texts)
        pairs = self.turns[:, places][inside] * size + self.turns[:, places - back][inside]
        kinds, where = np.unique(pairs, return_inverse=True)
        if len(kinds):
            result[inside] = function(kinds // size, kinds % size)[where]
        return result


def real(style: Style) -> Orders:
    """Return a session as it was."""
    places = np.arange(len(style.texts))[None, :]
    return Orders(style, places, np.ones(places.shape, dtype=bool), style.client)


def mean_where(values: Floats, axis: int, minimum: int = 1) -> Floats:
    """Return means of what is a number; not a number where fewer than `minimum` are."""
    there = ~np.isnan(values)
    counted = there.sum(axis=axis)
    total = np.where(there, values, 0.0).sum(axis=axis)
    return np.where(counted >= minimum, total / np.maximum(counted, 1), np.nan)
