"""What a turn says, looked up at small cost: its words, its content words, and markers in it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from therapyarc.text import FAMILIES, content_stems, feeling_words, sentences, words

__all__ = ["Marker", "count", "feelings", "plain", "said", "sentences_of", "stems"]

_LONGEST = 8000
"""Characters of a turn that are read, so that one huge turn cannot stall the rest."""
_TURNS = 4096
_PIECE = re.compile(r"[^\W_]+")

_FAMILY_OF = {word: family for family, members in FAMILIES.items() for word in members if " " not in word}
_FIRST_OF_SEVERAL = frozenset(
    word.split()[0] for members in FAMILIES.values() for word in members if " " in word
)


@lru_cache(maxsize=_TURNS)
def plain(text: str) -> str:
    """Return the text in lower case with plain apostrophes, cut to its first 8,000 characters."""
    return text[:_LONGEST].lower().replace("’", "'")


@lru_cache(maxsize=_TURNS)
def _pieces(text: str) -> frozenset[str]:
    """Return the runs of letters and digits, so that a word's piece before an apostrophe counts too."""
    return frozenset(_PIECE.findall(plain(text)))


@lru_cache(maxsize=_TURNS)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(words(text[:_LONGEST]))


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str | None:
    return next(iter(content_stems(word)), None)


@lru_cache(maxsize=_TURNS)
def said(text: str) -> frozenset[str]:
    """Return the words of a turn."""
    return frozenset(_tokens(text))


@lru_cache(maxsize=_TURNS)
def count(text: str) -> int:
    """Return how many words a turn has, all of a long one counted."""
    return len(_tokens(text)) if len(text) <= _LONGEST else len(words(text))


@lru_cache(maxsize=_TURNS)
def stems(text: str) -> frozenset[str]:
    """Return the stems of a turn's content words, as `therapyarc.text.content_stems` does."""
    return frozenset(found for word in _tokens(text) if (found := _stem(word)) is not None)


@lru_cache(maxsize=_TURNS)
def feelings(text: str) -> frozenset[str]:
    """Return the families of the feelings that a turn names, as `therapyarc.text.feeling_words` finds them."""
    pieces = _pieces(text)
    if pieces.isdisjoint(_FIRST_OF_SEVERAL):
        return frozenset(_FAMILY_OF[piece] for piece in pieces & _FAMILY_OF.keys())
    return frozenset(word.family for word in feeling_words(text[:_LONGEST]))


@lru_cache(maxsize=_TURNS)
def sentences_of(text: str) -> tuple[str, ...]:
    """Return the sentences of a turn."""
    return tuple(sentences(plain(text)))


@dataclass(frozen=True, slots=True)
class Marker:
    """A pattern that is searched only where one of its words occurs. Case is ignored; English only."""

    triggers: frozenset[str]
    """Runs of letters and digits of which every match holds one."""
    pattern: re.Pattern[str]
    """What is searched, in lower case with plain apostrophes."""

    @classmethod
    def of(cls, triggers: str, pattern: str) -> Self:
        """Make a marker of trigger words, parted by white space, and a pattern."""
        return cls(frozenset(triggers.split()), re.compile(pattern))

    def within(self, text: str) -> bool:
        """Say whether the turn has it."""
        return not self.triggers.isdisjoint(_pieces(text)) and self.pattern.search(plain(text)) is not None

    def any_of(self, texts: Iterable[str]) -> bool:
        """Say whether one of the turns has it."""
        return any(self.within(text) for text in texts)
