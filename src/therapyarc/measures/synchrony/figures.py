"""The figures of synchrony by name: what each is, and its values for a session or for surrogates of it."""

from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from therapyarc.domain import Missing
from therapyarc.measures.synchrony.coordination import coordination
from therapyarc.measures.synchrony.lexical import tag_cosine, uptake, word_cosine, word_pair_cosine
from therapyarc.measures.synchrony.matching import matching, reciprocal, rolling
from therapyarc.measures.synchrony.order import Orders, real
from therapyarc.measures.synchrony.semantic import LAGS, convergence, follow, overall
from therapyarc.measures.synchrony.style import Style
from therapyarc.text.embedding import EMBEDDING

__all__ = ["SEMANTIC", "STYLE", "UNORDERED", "figures_of", "semantic", "synchrony", "values_of"]

Floats = NDArray[np.float64]
Figure = Callable[[Orders], Floats]


class _Pair(NamedTuple):
    name: str
    of: Callable[[Orders, bool], Floats]


def _by_responder(*pairs: _Pair) -> dict[str, Figure]:
    return {
        f"{pair.name}_{who}": _bound(pair.of, is_client)
        for pair in pairs
        for who, is_client in (("therapist", False), ("client", True))
    }


def _bound(of: Callable[[Orders, bool], Floats], is_client: bool) -> Figure:
    return lambda orders: of(orders, is_client)


def _lagged(lag: int) -> Callable[[Orders, bool], Floats]:
    return lambda orders, is_client: follow(orders, is_client, lag)


STYLE: dict[str, Figure] = {"lsm": matching} | _by_responder(
    _Pair("rlsm", reciprocal),
    _Pair("rlsm_rolling", rolling),
    _Pair("coordination", coordination),
    _Pair("uptake", uptake),
    _Pair("word_cosine", word_cosine),
    _Pair("word_pair_cosine", word_pair_cosine),
    _Pair("tag_cosine", tag_cosine),
)
"""Figures from words alone."""

SEMANTIC: dict[str, Figure] = (
    _by_responder(
        *(_Pair(f"semantic_{EMBEDDING}" + (f"_lag{lag}" if lag > 1 else ""), _lagged(lag)) for lag in LAGS)
    )
    | {f"semantic_{EMBEDDING}_convergence": convergence, f"semantic_{EMBEDDING}_overall": overall}
)  # fmt: skip
"""Figures from static vectors."""

UNORDERED = frozenset({"lsm", f"semantic_{EMBEDDING}_overall"})
"""Figures that know no order of turns, so that a shuffle leaves them as they are."""


def values_of(orders: Orders, names: Collection[str]) -> dict[str, Floats]:
    """Return the named figures of each surrogate, shape (surrogates,), not a number where there is none."""
    enough = orders.long_enough()
    every = STYLE | SEMANTIC
    if not enough.any():
        return {name: np.full(len(enough), np.nan) for name in names}
    return {name: np.where(enough, every[name](orders), np.nan) for name in names}


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
