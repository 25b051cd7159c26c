"""A session made ready for synchrony: merged turns, their words, and what is made of these on first use."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from therapyarc.domain import Turn
from therapyarc.measures.conversation import merged
from therapyarc.measures.synchrony.vocabulary import counts_of
from therapyarc.text.embedding import embed

if TYPE_CHECKING:
    from therapyarc.measures.synchrony.grams import Grams

__all__ = ["Style", "pooled", "style_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
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
    def grams(self) -> "Grams":
        """Stems, and pairs of stems and of tags."""
        from therapyarc.measures.synchrony.grams import grams_of  # sparse tables: a third of the import time

        return grams_of(self.texts)

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """Vector of each turn, of length 1; shape (turns, 256)."""
        return embed(self.texts)

    @cached_property
    def has_vector(self) -> NDArray[np.bool_]:
        """Whether the turn has a vector other than 0, shape (turns,)."""
        return np.asarray(self.vectors.any(axis=1))

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
