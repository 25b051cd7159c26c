"""Orders: which turns stand after one another in a session, or in many surrogates of it at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from therapyarc.measures.synchrony.style import Style

__all__ = ["MINIMUM_TURNS", "Orders", "mean_over", "real"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Truths = NDArray[np.bool_]

MINIMUM_TURNS = 3
"""Turns of each speaker below which a session is too short."""


@dataclass(frozen=True, eq=False)
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

    def speakers(self, first: int = 0) -> Floats:
        """Return 1 where the therapist (first row) and the client (second) speak, from place `first`; shape (2, places)."""
        own = self.client[first:]
        return np.array([~own, own], dtype=float)

    def long_enough(self) -> Truths:
        """Return whether both speak three times, shape (surrogates,)."""
        spoken: Floats = (self.inside @ self.speakers().T).min(axis=1)
        return spoken >= MINIMUM_TURNS

    def by_responder(self, back: int, function: Callable[[Places, Places], Floats]) -> Floats:
        """Return means of functions of turns and those `back` places before, by who speaks later.

        Shape (surrogates, functions, 2), therapist first; what is not a number is left out, and fewer than three have no
        mean.
        """
        values = self.over_pairs(back, function)
        there = ~np.isnan(values)
        own = self.speakers(back).T
        counted = there.swapaxes(1, 2) @ own
        total = np.where(there, values, 0.0).swapaxes(1, 2) @ own
        return np.where(counted >= MINIMUM_TURNS, total / np.maximum(counted, 1), np.nan)

    def over_pairs(self, back: int, function: Callable[[Places, Places], Floats]) -> Floats:
        """Return functions of each turn and of that `back` places before it, not a number outside.

        `function` gives shape (pairs, functions). Each pair of turns is computed once. Shape (surrogates, places - back,
        functions).
        """
        inside = self.inside[:, back:]
        later, earlier = self.turns[:, back:][inside], self.turns[:, :-back][inside]
        if len(self.turns) == 1:
            found = function(later, earlier)
        else:
            size = len(self.style.texts)
            kinds, where = np.unique(later * size + earlier, return_inverse=True)
            found = function(kinds // size, kinds % size)[where]
        result = np.full((*inside.shape, found.shape[1]), np.nan)
        result[inside] = found
        return result


def real(style: Style) -> Orders:
    """Return a session as it was."""
    places = np.arange(len(style.texts))[None, :]
    return Orders(style, places, np.ones(places.shape, dtype=bool), style.client)


def mean_over(total: Floats, counted: Floats) -> Floats:
    """Return means over the last axis of `total / counted`, cells with a count of 0 left out; not a number without any."""
    there = counted > 0
    means = np.where(there, total / np.maximum(counted, 1), 0.0)
    cells = there.sum(axis=-1)
    return np.where(cells > 0, means.sum(axis=-1) / np.maximum(cells, 1), np.nan)
