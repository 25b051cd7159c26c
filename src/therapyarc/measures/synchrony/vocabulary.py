"""What is known of every word that was met: its closed classes, its stem, whether it carries content."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from therapyarc.text import stem
from therapyarc.text.closed import CATEGORIES, places_of, tokens
from therapyarc.text.words import is_content

__all__ = ["OPEN", "Words", "is_topical", "words_of"]

Floats = NDArray[np.float64]
OPEN = len(CATEGORIES)
"""Tag of a word of no closed class; below it stand the places of `CATEGORIES`."""
_MOST = 200_000
"""Pieces of text that are remembered; then all are forgotten, so that memory stays bounded."""
_END = "\n"  # no piece of a split text


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
    counts: Floats
    """Words of each closed class, shape (texts, 9)."""
    lengths: Floats
    """Words of each text, shape (texts,)."""


class _Known(dict[str, tuple[int, ...]]):
    """Pieces of text to places of their words in tables that grow as words are met."""

    def __init__(self) -> None:
        super().__init__({_END: (0,)})
        self.places: dict[str, int] = {_END: 0}
        self.stems = np.zeros(1024, dtype=np.int64)
        self.topical = np.zeros(1024, dtype=bool)
        self.tags = np.full(1024, OPEN)
        self.counts = np.zeros((1024, len(CATEGORIES)))

    def __missing__(self, piece: str) -> tuple[int, ...]:
        found = self[piece] = tuple(self._place(word) for word in tokens(piece))
        return found

    def _place(self, word: str) -> int:
        if (place := self.places.get(word)) is not None:
            return place
        place = self.places[word] = len(self.places)
        if place == len(self.stems):
            self.stems = np.concatenate([self.stems, np.zeros_like(self.stems)])
            self.topical = np.concatenate([self.topical, np.zeros_like(self.topical)])
            self.tags = np.concatenate([self.tags, np.full_like(self.tags, OPEN)])
            self.counts = np.concatenate([self.counts, np.zeros_like(self.counts)])
        self.stems[place] = crc32(stem(word).encode("utf-8", "surrogatepass"))
        self.topical[place] = is_topical(word)
        for category in places_of(word):
            self.counts[place, category] += 1
        self.tags[place] = min(places_of(word), default=OPEN)
        return place


_known = _Known()


def words_of(texts: Sequence[str]) -> Words:
    """Return what is known of the words of texts."""
    global _known  # one memory for the process: the same words come again in every session
    if len(_known) > _MOST:
        _known = _Known()
    known = _known
    pieces: list[str] = []
    for text in texts:
        pieces += text.split()
        pieces.append(_END)
    found = chain.from_iterable(map(known.__getitem__, pieces))
    places = np.fromiter(found, dtype=np.intp)
    ends = np.flatnonzero(places == 0)
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.intp)
    counts = np.zeros((len(texts), len(CATEGORIES)))
    if len(texts):
        counts = np.add.reduceat(known.counts[places], starts, axis=0)
    inside = places != 0
    lengths = ends - starts if len(texts) else np.zeros(0)
    turns = np.repeat(np.arange(len(texts)), lengths.astype(np.intp))
    places = places[inside]
    return Words(
        known.stems[places],
        known.topical[places],
        known.tags[places],
        turns,
        counts,
        lengths.astype(float),
    )
