"""Where a session stands: each figure raw, at equal length, and beside each null."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from therapyarc.measures.synchrony.nulls import CHEAP, Kind, Null, Pool, beside_chance
from therapyarc.measures.synchrony.style import Style

__all__ = ["MINIMUM_SESSIONS", "Standing", "length_adjusted", "standing"]

Floats = NDArray[np.float64]
MINIMUM_SESSIONS = 10
"""Sessions with the figure below which it is not adjusted for length."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One figure of one session; none is shown without the rest."""

    value: float
    """The raw figure."""
    at_equal_length: float | None
    """The figure at the corpus's mean length (`length_adjusted`); none with fewer than ten sessions."""
    beside: Mapping[Kind, Null]
    """The nulls that there are, each with its z."""


def length_adjusted(values: Floats, styles: Sequence[Style]) -> Floats:
    """Return a figure of each session as it would be at the corpus's mean length.

    Least squares over the sessions given: value ~ 1 + log(1 + client words) + log(1 + therapist words). Returned is the
    residual plus the mean value. What is given is the corpus, so values of two corpora adjusted apart are not
    comparable.

    Parameters
    ----------
    values
        One value a session, not a number where there is none; shape (sessions,).
    styles
        The sessions.

    Returns
    -------
    Shape (sessions,); not a number where the value is, and everywhere with fewer than ten values.

    Raises
    ------
    ValueError
        If there is not one value a session.
    """
    values = np.asarray(values, dtype=float)
    if values.shape != (len(styles),):
        raise ValueError(f"{values.shape} values for {len(styles)} sessions; give one a session")
    words = [[style.lengths[style.client].sum(), style.lengths[~style.client].sum()] for style in styles]
    there = ~np.isnan(values)
    if there.sum() < MINIMUM_SESSIONS:
        return np.full(len(values), np.nan)
    logs = np.log1p(np.array(words, dtype=float))
    logs -= logs[there].mean(axis=0)
    weights = np.linalg.lstsq(logs[there], values[there] - values[there].mean(), rcond=None)[0]
    return np.asarray(values - logs @ weights, dtype=float)


def standing(
    styles: Sequence[Style],
    *,
    rng: np.random.Generator,
    surrogates: int = 100,
    names: Collection[str] = CHEAP,
) -> list[dict[str, Standing]]:
    """Return each figure of each session with its value at equal length and its nulls.

    With one session, only the shuffle is a null. A figure without any null is left out: alone it means nothing.

    Parameters
    ----------
    styles
        The sessions of one condition, shape (sessions,).
    rng, surrogates, names
        As in `nulls`.

    Examples
    --------
    >>> from therapyarc.domain import Turn
    >>> from therapyarc.measures.synchrony import style_of
    >>> lines = ["I slept badly and work was long.", "Work was long, and you slept badly."] * 6
    >>> turns = [Turn(role=("client", "therapist")[n % 2], text=line) for n, line in enumerate(lines)]
    >>> found = standing([style_of(turns)], rng=np.random.default_rng(1), surrogates=20)[0]
    >>> sorted(found["uptake_therapist"].beside)
    ['shuffle']
    """
    kinds: tuple[Kind, ...] = ("shuffle", "pseudo", "length") if len(styles) > 1 else ("shuffle",)
    pool = Pool.of(styles)
    found = {kind: beside_chance(pool, kind, rng, surrogates, names) for kind in kinds}
    values = {name: np.array([_value(found, place, name) for place in range(len(styles))]) for name in names}
    adjusted = {name: length_adjusted(own, styles) for name, own in values.items()}
    return [
        {
            name: Standing(
                float(values[name][place]),
                None if np.isnan(adjusted[name][place]) else float(adjusted[name][place]),
                {kind: found[kind][place][name] for kind in kinds if name in found[kind][place]},
            )
            for name in names
            if not np.isnan(values[name][place])
        }
        for place in range(len(styles))
    ]


def _value(found: Mapping[Kind, Sequence[Mapping[str, Null]]], place: int, name: str) -> float:
    return next((own[place][name].value for own in found.values() if name in own[place]), np.nan)
