"""Lexical synchrony: the other's words taken up, and cosines of words, of word pairs and of closed-class tags."""

import numpy as np
from numpy.typing import NDArray

from therapyarc.measures.synchrony.order import Orders

__all__ = ["lexical"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


def lexical(orders: Orders) -> Floats:
    """Uptake and three cosines of each speaker's turns and those before them, shape (surrogates, 8), by pairs of speakers.

    Uptake: mean share of a turn's content stems that the turn before has; turns without a content word are left out (14 %
    in AnnoMI). Cosines: of the counts of stems, of neighbouring stems, and of neighbouring tags; pairs of turns
    of which one has none are left out. A tag is a word's first closed class of nine, or `open`; pairs of two open words
    are not counted. That is the part of syntax that closed classes show: nouns, verbs and adjectives are not told apart.
    0 is nothing shared, 1 is the same. Not a number below three pairs of turns. Columns: uptake, words, word pairs, tags,
    the therapist's before the client's. Source of the cosines: Duran, Paxton and Fusaroli 2019, Psychol Methods 24:419
    (ALIGN), with our stems in the place of lemmas.
    """
    grams = orders.style.grams

    def shared(later: Places, earlier: Places) -> Floats:
        found = grams.products(later, earlier)
        now, before = grams.there[later], grams.there[earlier]
        found[:, 0] /= np.maximum(now[:, 0], 1)
        some = np.column_stack([now[:, 0] > 0, (now[:, 1:] > 0) & (before[:, 1:] > 0)])
        return np.where(some, np.minimum(found, 1.0), np.nan)  # rounding may pass 1

    return orders.by_responder(1, shared).reshape(len(orders.turns), -1)
