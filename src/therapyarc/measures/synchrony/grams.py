"""What turns are made of: content stems, stems, pairs of stems, pairs of tags, counted in one sparse table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from therapyarc.measures.synchrony.vocabulary import OPEN, words_of

__all__ = ["KINDS", "Grams", "grams_of"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
KINDS = ("content", "stems", "stem pairs", "tag pairs")
"""Content stems are there or not; the rest is counted, each turn's counts of a kind scaled to length 1."""
_LOW = (1 << 61) - 1


@dataclass(frozen=True, slots=True)
class Grams:
    """The table of some turns."""

    rows: csr_array
    """Turns by grams of all kinds."""
    kinds: NDArray[np.intp]
    """Kind of each gram, a place in `KINDS`."""
    there: Floats
    """How many different grams of each kind a turn has, shape (turns, 4)."""

    def products(self, later: Places, earlier: Places) -> Floats:
        """Return, for each pair of turns and each kind, the sum of products; shape (pairs, 4)."""
        both = csr_array(self.rows[later].multiply(self.rows[earlier]))
        pairs = np.repeat(np.arange(len(later)), np.diff(both.indptr))
        cells = pairs * len(KINDS) + self.kinds[both.indices]
        found = np.bincount(cells, weights=both.data, minlength=len(later) * len(KINDS))
        return found.reshape(len(later), len(KINDS)).astype(float)


def grams_of(texts: Sequence[str]) -> Grams:
    """Return the table of texts."""
    words = words_of(texts)
    after = np.flatnonzero(np.diff(words.turns) == 0) + 1
    stem_pairs = (words.stems[after - 1] << 31) ^ words.stems[after]
    tag_pairs = words.tags[after - 1] * (OPEN + 1) + words.tags[after]
    closed = tag_pairs != OPEN * (OPEN + 1) + OPEN
    parts = (
        (words.turns[words.topical], words.stems[words.topical]),
        (words.turns, words.stems),
        (words.turns[after], stem_pairs),
        (words.turns[after][closed], tag_pairs[closed]),
    )
    keys = np.concatenate([(own & _LOW) | (kind << 61) for kind, (_, own) in enumerate(parts)])
    grams, columns = np.unique(keys, return_inverse=True)
    turns = np.concatenate([own for own, _ in parts])
    rows = csr_array((np.ones(len(keys)), (turns, columns)), shape=(len(texts), max(1, len(grams))))
    rows.sum_duplicates()
    kinds = (grams >> 61).astype(np.intp)
    own = kinds[rows.indices]
    rows.data[own == 0] = 1
    cells = np.repeat(np.arange(len(texts)), np.diff(rows.indptr)) * len(KINDS) + own
    size = len(texts) * len(KINDS)
    lengths = np.sqrt(np.bincount(cells, weights=np.square(rows.data), minlength=size))
    lengths[:: len(KINDS)] = 1
    rows.data /= lengths[cells]
    return Grams(rows, kinds, np.bincount(cells, minlength=size).reshape(-1, len(KINDS)).astype(float))
