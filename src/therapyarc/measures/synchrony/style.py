"""A session made ready for synchrony: merged turns, their words, and what is made of these on first use."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from therapyarc.domain import Turn
from therapyarc.measures.conversation import merged
from therapyarc.measures.synchrony.vocabulary import OPEN, Words, counts_of, words_of
from therapyarc.text.embedding import embed

__all__ = ["Style", "pooled", "style_of"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Style:
    """A session, or the turns of many (`pooled`), made ready."""

    client: NDArray[np.bool_]
    """Whether the turn is the client's, shape (turns,)."""
    texts: tuple[str, ...]
    """What is said."""
    counts: Floats
    """Function words, shape (turns, 9)."""
    lengths: Floats
    """Words, shape (turns,)."""

    @cached_property
    def words(self) -> Words:
        """The words of all turns."""
        return words_of(self.texts)

    @cached_property
    def content(self) -> csr_array:
        """Which content stems each turn has, 1 each; shape (turns, stems)."""
        kept = self.words.topical
        found = _rows(self.words.turns[kept], self.words.stems[kept], len(self.texts))
        found.data[:] = 1
        return found

    @cached_property
    def unigrams(self) -> csr_array:
        """Counts of stems, rows of length 1; shape (turns, stems)."""
        return _unit(_rows(self.words.turns, self.words.stems, len(self.texts)))

    @cached_property
    def bigrams(self) -> csr_array:
        """Counts of neighbouring stems, rows of length 1; shape (turns, pairs)."""
        before, after = self._neighbours
        keys = (self.words.stems[before] << 31) ^ self.words.stems[after]
        return _unit(_rows(self.words.turns[after], keys, len(self.texts)))

    @cached_property
    def tag_pairs(self) -> csr_array:
        """Counts of neighbouring tags of which one is of a closed class, rows of length 1; shape (turns, pairs)."""
        before, after = self._neighbours
        tags = self.words.tags
        keys = tags[before] * (OPEN + 1) + tags[after]
        kept = keys != OPEN * (OPEN + 1) + OPEN
        return _unit(_rows(self.words.turns[after][kept], keys[kept], len(self.texts)))

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """Vector of each turn, of length 1; shape (turns, 256)."""
        return embed(self.texts)

    @cached_property
    def has_vector(self) -> NDArray[np.bool_]:
        """Whether the turn has a vector other than 0, shape (turns,)."""
        return np.asarray(self.vectors.any(axis=1))

    @property
    def _neighbours(self) -> tuple[Places, Places]:
        after = np.flatnonzero(np.diff(self.words.turns) == 0) + 1
        return after - 1, after

    def part(self, first: int, last: int) -> "Style":
        """Return the turns from `first` until before `last`."""
        own = slice(first, last)
        return Style(self.client[own], self.texts[own], self.counts[own], self.lengths[own])


def style_of(turns: Sequence[Turn]) -> Style:
    """Make a session ready for `synchrony`; neighbouring turns of a speaker are made one."""
    whole = merged(turns)
    texts = tuple(turn.text for turn in whole)
    return Style(np.array([turn.role == "client" for turn in whole], dtype=bool), texts, *counts_of(texts))


def pooled(styles: Sequence[Style]) -> Style:
    """Return the turns of all sessions as one, in order."""
    if not styles:
        return style_of(())
    return Style(
        np.concatenate([style.client for style in styles]),
        tuple(text for style in styles for text in style.texts),
        np.concatenate([style.counts for style in styles]),
        np.concatenate([style.lengths for style in styles]),
    )


def _rows(turns: Places, keys: NDArray[np.int64], size: int) -> csr_array:
    kinds, columns = np.unique(keys, return_inverse=True)
    found = csr_array((np.ones(len(keys)), (turns, columns)), shape=(size, max(1, len(kinds))))
    found.sum_duplicates()
    return found


def _unit(rows: csr_array) -> csr_array:
    lengths = np.sqrt(rows.power(2).sum(axis=1))
    rows.data /= np.repeat(lengths, np.diff(rows.indptr))
    return rows
