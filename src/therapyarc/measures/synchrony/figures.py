"""The figures of synchrony by name: what each is, and its values for a session or for surrogates of it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from therapyarc.domain import Missing
from therapyarc.measures.synchrony.coordination import coordination
from therapyarc.measures.synchrony.lexical import lexical
from therapyarc.measures.synchrony.matching import matching, reciprocal, rolling
from therapyarc.measures.synchrony.order import Orders, real
from therapyarc.measures.synchrony.semantic import LAGS, convergence, follow, overall
from therapyarc.measures.synchrony.style import Style
from therapyarc.text.embedding import EMBEDDING

__all__ = ["SEMANTIC", "STYLE", "UNORDERED", "figures_of", "semantic", "synchrony", "values_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """One computation: a figure of the session, or one or more of each responder."""

    names: tuple[str, ...]
    """One name; or pairs of names, the therapist's first."""
    of: Callable[[Orders], Floats]
    """Gives shape (surrogates,), or (surrogates, names)."""


def _by_responder(names: str | tuple[str, ...], of: Callable[[Orders], Floats]) -> Figure:
    every = (names,) if isinstance(names, str) else names
    return Figure(tuple(f"{name}_{who}" for name in every for who in ("therapist", "client")), of)


_BASE = f"semantic_{EMBEDDING}"
_STYLE = (
    Figure(("lsm",), matching),
    _by_responder("rlsm", reciprocal),
    _by_responder("rlsm_rolling", rolling),
    _by_responder("coordination", coordination),
    _by_responder(("uptake", "word_cosine", "word_pair_cosine", "tag_cosine"), lexical),
)
_SEMANTIC = (
    *(_by_responder(_BASE + (f"_lag{lag}" if lag > 1 else ""), partial(follow, lag=lag)) for lag in LAGS),
    Figure((f"{_BASE}_convergence",), convergence),
    Figure((f"{_BASE}_overall",), overall),
)
STYLE = tuple(name for figure in _STYLE for name in figure.names)
"""Names of the figures from words alone."""
SEMANTIC = tuple(name for figure in _SEMANTIC for name in figure.names)
"""Names of the figures from static vectors."""
UNORDERED = frozenset({"lsm", f"{_BASE}_overall"})
"""Figures that know no order of turns, so that a shuffle leaves them as they are."""


def values_of(orders: Orders, names: Collection[str]) -> dict[str, Floats]:
    """Return the named figures of each surrogate, shape (surrogates,), not a number where there is none."""
    enough, wanted, found = orders.long_enough(), set(names), dict[str, Floats]()
    lost = np.full(len(enough), np.nan)
    for figure in (*_STYLE, *_SEMANTIC):
        if wanted.isdisjoint(figure.names):
            continue
        if not enough.any():
            found |= dict.fromkeys(figure.names, lost)
            continue
        values = figure.of(orders).reshape(len(enough), -1)
        for column, name in enumerate(figure.names):
            found[name] = np.where(enough, values[:, column], np.nan)
    return {name: found[name] for name in names}


def figures_of(style: Style, names: Collection[str]) -> dict[str, float | Missing]:
    """Return the named figures of one session, or why it has none."""
    return {
        name: Missing.TOO_SHORT if np.isnan(values[0]) else float(values[0])
        for name, values in values_of(real(style), names).items()
    }


def synchrony(style: Style) -> dict[str, float | Missing]:
    """Return every figure of one session that needs its words alone; `too_short` where there is none.

    `lsm`, and by responder `rlsm`, `rlsm_rolling`, `coordination`, `uptake`, `word_cosine`, `word_pair_cosine` and
    `tag_cosine`: see `matching`, `coordination` and `lexical` for formulas and sources.
    """
    return figures_of(style, STYLE)


def semantic(style: Style) -> dict[str, float | Missing]:
    """Return every figure of one session that needs static vectors; `too_short` where there is none.

    `semantic_wordllama` by responder, and the same to what the other said two to five of their turns ago (`_lag2` to
    `_lag5`); `_convergence` over the session; `_overall`. See `therapyarc.measures.synchrony.semantic`.
    """
    return figures_of(style, SEMANTIC)
