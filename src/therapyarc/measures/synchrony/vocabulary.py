"""What is known of every word that was met: its closed classes, its stem, whether it carries content."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from therapyarc.text import stem, words
from therapyarc.text.closed import CATEGORIES, places_of
from therapyarc.text.words import is_content

__all__ = ["OPEN", "Words", "counts_of", "is_topical", "words_of"]

Floats = NDArray[np.float64]
OPEN = len(CATEGORIES)
"""Tag of a word of no closed class; below it stand the places of `CATEGORIES`."""
_MOST = 200_000
"""Pieces of text that are remembered; then all are forgotten, so that memory stays bounded."""
_END = "\n"  # no piece of a split text; its number is 0


def is_topical(word: str) -> bool:
    """Say whether a word carries content and has three letters or more."""
    return len(word) > 2 and is_content(word)


@dataclass(frozen=True, slots=True)
class Words:
    """Words of texts, one after another."""

    stems: NDArray[np.int64]
    """Checksum of the stem (CRC-32), so that texts prepared apart can be compared; shape (words,)."""
    topical: NDArray[np.bool_]
    """Whether it carries content, shape (words,)."""
    tags: NDArray[np.int64]
    """First closed class, or `OPEN`; shape (words,)."""
    turns: NDArray[np.intp]
    """Text in which it stands, shape (words,)."""


class _Known(dict[str, int]):
    """Pieces of text between white space, by number, and tables of them and of their words that grow as they are met."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = np.zeros((1024, len(CATEGORIES)))
        self.sizes = np.zeros(1024)
        self.spans: list[tuple[int, ...]] = []
        self.words: dict[str, int] = {}
        self.stems = np.zeros(1024, dtype=np.int64)
        self.topical = np.zeros(1024, dtype=bool)
        self.tags = np.zeros(1024, dtype=np.int64)
        self[_END]

    def __missing__(self, piece: str) -> int:
        number, said = len(self), words(piece)
        if number == len(self.sizes):
            self.counts, self.sizes = _doubled(self.counts), _doubled(self.sizes)
        for word in said:
            for category in places_of(word):
                self.counts[number, category] += 1
        self.sizes[number] = len(said)
        self.spans.append(tuple(self._place(word) for word in said))
        self[piece] = number
        return number

    def _place(self, word: str) -> int:
        if (place := self.words.get(word)) is not None:
            return place
        place = self.words[word] = len(self.words)
        if place == len(self.stems):
            self.stems, self.topical = _doubled(self.stems), _doubled(self.topical)
            self.tags = _doubled(self.tags)
        self.stems[place] = crc32(stem(word).encode("utf-8", "surrogatepass"))
        self.topical[place] = is_topical(word)
        self.tags[place] = min(places_of(word), default=OPEN)
        return place


T = TypeVar("T", bound=np.generic)


def _doubled(table: NDArray[T]) -> NDArray[T]:
    return np.concatenate([table, np.zeros_like(table)])


_known = _Known()


def _met(texts: Sequence[str]) -> tuple[_Known, NDArray[np.intp]]:
    """Return the tables and the numbers of the pieces of all texts, 0 after each text."""
    global _known  # one memory for the process: the same words come again in every session
    if len(_known) > _MOST:
        _known = _Known()
    pieces: list[str] = []
    for text in texts:
        pieces += text.split()
        pieces.append(_END)
    return _known, np.fromiter(map(_known.__getitem__, pieces), dtype=np.intp, count=len(pieces))


def counts_of(texts: Sequence[str]) -> tuple[Floats, Floats]:
    """Return function words of texts, shape (texts, 9), columns as `CATEGORIES`, and words, shape (texts,)."""
    if not texts:
        return np.zeros((0, len(CATEGORIES))), np.zeros(0)
    known, numbers = _met(texts)
    starts = np.flatnonzero(numbers == 0) + 1
    starts = np.concatenate([[0], starts[:-1]])
    counts = np.add.reduceat(known.counts.take(numbers, axis=0), starts, axis=0)
    return counts, np.add.reduceat(known.sizes.take(numbers), starts)


def words_of(texts: Sequence[str]) -> Words:
    """Return what is known of every word of texts."""
    known, numbers = _met(texts)
    places = np.fromiter(chain.from_iterable(map(known.spans.__getitem__, numbers.tolist())), dtype=np.intp)
    turns = np.repeat(np.cumsum(numbers == 0) - (numbers == 0), known.sizes[numbers].astype(np.intp))
    return Words(known.stems[places], known.topical[places], known.tags[places], turns)
