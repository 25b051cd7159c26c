"""Lexical synchrony: the other's words taken up, and cosines of words, of word pairs and of closed-class tags."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from therapyarc.measures.synchrony.order import Orders

__all__ = ["tag_cosine", "uptake", "word_cosine", "word_pair_cosine"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


def uptake(orders: Orders) -> Floats:
    """Mean share of a turn's content stems that the turn before has, shape (surrogates, 2), therapist first.

    Turns without a content word are left out (one in five in AnnoMI); not a number below three others.
    """
    rows = orders.style.content
    sizes = np.diff(rows.indptr)

    def share(later: Places, earlier: Places) -> Floats:
        with np.errstate(invalid="ignore"):
            return _product(rows, later, earlier) / np.where(sizes[later] > 0, sizes[later], np.nan)

    return orders.by_responder(1, share)


def word_cosine(orders: Orders) -> Floats:
    """Mean cosine of the stem counts of a turn and of the turn before, shape (surrogates, 2), therapist first.

    0 is no word shared; 1 is the same words. Turns without a word are left out. Source, also of the two below: Duran,
    Paxton and Fusaroli 2019, Psychol Methods 24:419 (ALIGN), with our stems in the place of lemmas.
    """
    return _cosine(orders, orders.style.unigrams)


def word_pair_cosine(orders: Orders) -> Floats:
    """Mean cosine of the counts of neighbouring stems; as `word_cosine`, turns of one word left out."""
    return _cosine(orders, orders.style.bigrams)


def tag_cosine(orders: Orders) -> Floats:
    """Mean cosine of the counts of neighbouring tags; as `word_cosine`.

    A tag is a word's first closed class of nine, or `open`; pairs of two open words are left out. This is the part of
    syntax that closed classes show: nouns, verbs and adjectives are not told apart.
    """
    return _cosine(orders, orders.style.tag_pairs)


def _cosine(orders: Orders, rows: csr_array) -> Floats:
    there = np.diff(rows.indptr) > 0

    def cosine(later: Places, earlier: Places) -> Floats:
        found = np.minimum(_product(rows, later, earlier), 1.0)  # rounding may pass 1
        return np.where(there[later] & there[earlier], found, np.nan)

    return orders.by_responder(1, cosine)


def _product(rows: csr_array, later: Places, earlier: Places) -> Floats:
    return np.asarray(rows[later].multiply(rows[earlier]).sum(axis=1), dtype=float)
