"""Linguistic synchrony: how far two people talk alike, take up each other's words and stay with each other's meaning.

None of it means anything alone: people with equal habits match without listening. So every figure comes with nulls (see
`nulls` and `standing`): the same session with one speaker's turns in another order, pseudo-dyads, and turns of like length.
"""

from therapyarc.measures.synchrony.chance import SURROGATES, beside_chance_rows
from therapyarc.measures.synchrony.clid import CLID_NAMES, nclid
from therapyarc.measures.synchrony.coordination import by_marker
from therapyarc.measures.synchrony.families import NCLID, SEMANTIC_SYNCHRONY, SYNCHRONY, SYNCHRONY_FAMILIES
from therapyarc.measures.synchrony.figures import semantic, synchrony
from therapyarc.measures.synchrony.nulls import Kind, Null, nulls
from therapyarc.measures.synchrony.standing import Standing, length_adjusted, standing
from therapyarc.measures.synchrony.style import Style, style_of
from therapyarc.measures.synchrony.transport import Bags, bags_of, between_words, movers_distance
from therapyarc.measures.synchrony.windows import Window, by_thirds, by_windows

__all__ = [
    "CLID_NAMES",
    "NCLID",
    "SEMANTIC_SYNCHRONY",
    "SURROGATES",
    "SYNCHRONY",
    "SYNCHRONY_FAMILIES",
    "Bags",
    "Kind",
    "Null",
    "Standing",
    "Style",
    "Window",
    "bags_of",
    "beside_chance_rows",
    "between_words",
    "by_marker",
    "by_thirds",
    "by_windows",
    "length_adjusted",
    "movers_distance",
    "nclid",
    "nulls",
    "semantic",
    "standing",
    "style_of",
    "synchrony",
]
