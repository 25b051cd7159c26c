"""Word Mover's Distance of bags of words, by whichever exact kernel is installed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from therapyarc.measures.synchrony import lockstep
from therapyarc.measures.synchrony.vocabulary import is_topical
from therapyarc.text import words
from therapyarc.text.embedding import DIMENSIONS, embed

__all__ = ["MOST_KINDS", "MOST_WORDS", "Bags", "bags_of", "between_words", "movers_distance"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
MOST_WORDS = 200
"""Content words of a turn that are read, so that one huge turn cannot stall the rest."""
MOST_KINDS = 4000
"""Different content words of a session above which there is no distance: the table of distances would not fit."""

_REMEMBERED = 20_000
"""Words whose vectors are kept (2 kB each); then all are forgotten."""
_vectors: dict[str, NDArray[np.float64]] = {}


@dataclass(frozen=True, slots=True)
class Bags:
    """Content words of turns, with how often each stands in them."""

    kinds: tuple[str, ...]
    """The different words, in alphabetical order."""
    words: Whole
    """Places in `kinds`, bag after bag and rising within each."""
    counts: Whole
    """How often the word stands in the bag."""
    starts: Whole
    """Where each bag starts, and where the last one ends; shape (bags + 1,)."""

    @property
    def sizes(self) -> Whole:
        """Different words of each bag."""
        return np.diff(self.starts)


def bags_of(texts: Sequence[str]) -> Bags:
    """Return the bag of the first 200 content words of each text."""
    bags = [Counter([word for word in words(text) if is_topical(word)][:MOST_WORDS]) for text in texts]
    kinds = tuple(sorted(set().union(*bags)))
    place = {word: number for number, word in enumerate(kinds)}
    entries = [sorted((place[word], count) for word, count in bag.items()) for bag in bags]
    flat = np.array([entry for bag in entries for entry in bag], dtype=np.int64).reshape(-1, 2)
    starts = np.cumsum([0, *map(len, entries)])
    return Bags(kinds, np.ascontiguousarray(flat[:, 0]), np.ascontiguousarray(flat[:, 1]), starts)


def between_words(words: Sequence[str]) -> Floats:
    """Return the Euclidean distance of the unit vectors of any two words, shape (words, words)."""
    if len(_vectors) > _REMEMBERED:
        _vectors.clear()
    if new := [word for word in dict.fromkeys(words) if word not in _vectors]:
        _vectors.update(zip(new, embed(new).astype(float), strict=True))
    vectors = np.array([_vectors[word] for word in words]).reshape(len(words), DIMENSIONS)
    squares = np.square(vectors).sum(axis=1)
    found: Floats = np.sqrt(np.maximum(squares[:, None] + squares - 2 * (vectors @ vectors.T), 0))
    found = np.maximum(found, found.T)
    np.fill_diagonal(found, 0)
    return found


def movers_distance(bags: Bags, first: Whole, second: Whole, between: Floats) -> Floats:
    """Return the Word Mover's Distance of each pair of bags: the least cost of turning one into the other.

    The cost of moving a word's share of its bag onto another word is the distance of the two. Symmetric; 0 for equal
    shares of equal words; a metric, as the distances of words are. Exact, by `compiled` where numba is installed and
    else by `lockstep`, which gives the same to rounding. Source: Kusner, Sun, Kolkin and Weinberger 2015, ICML 37:957.

    Parameters
    ----------
    bags
        The bags; those in the pairs may not be empty.
    first, second
        The pairs, as places of bags, shape (pairs,).
    between
        Distance of any two of `bags.kinds`.

    Raises
    ------
    ValueError
        If a bag of the pairs is empty.

    Examples
    --------
    >>> bags = bags_of(["A long walk by the river.", "River walk, long!", "Bills and taxes."])
    >>> between = between_words(bags.kinds)
    >>> near, far = movers_distance(bags, np.array([0, 0]), np.array([1, 2]), between)
    >>> bool(near == 0 < far)
    True
    """
    if len(first) and not (bags.sizes[first].all() and bags.sizes[second].all()):
        raise ValueError("the distance of an empty bag is not defined; leave turns without content words out")
    return _kernel()(bags.words, bags.counts, bags.starts, first, second, between)


class _Kernel(Protocol):
    def __call__(
        self, words: Whole, counts: Whole, starts: Whole, first: Whole, second: Whole, between: Floats, /
    ) -> Floats: ...


@cache
def _kernel() -> _Kernel:
    try:  # a fifth of a second, and only where it is needed
        from therapyarc.measures.synchrony.compiled import distances
    except ImportError:  # no numba, or one that does not go with this numpy
        return lockstep.distances
    return distances
