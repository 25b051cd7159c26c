"""The harm coder: what a therapist must not do, or says falsely, found by cue a sentence at a time, with its words."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from therapyarc.coding.codebook import codebook
from therapyarc.domain import Session, Turn
from therapyarc.domain.code import FoundCode, TurnCodes
from therapyarc.text import sentences

__all__ = ["HARM_CODER", "Book", "code_harms", "harms_in"]

Book = Literal["harms", "claims"]
"""`harms`: what a therapist must not do. `claims`: what is false of depression and of behavioural activation."""

HARM_CODER = "harm-cues"
"""The coder's id in rows of codes."""

_LONGEST = 12_000
"""Characters of a turn that are read."""


def code_harms(session: Session, book: Book = "harms") -> tuple[TurnCodes, ...]:
    """Code each therapist turn of a session; a turn in which nothing was found has a row without codes."""
    return tuple(
        TurnCodes(
            session=session.id,
            turn=place,
            role="therapist",
            coder=HARM_CODER,
            version=f"cues {codebook(book).version}",
            system=book,
            codes=tuple(FoundCode(code=code, evidence=words) for code, words in found),
        )
        for place, found in enumerate(harms_in(session.turns, book))
        if session.turns[place].role == "therapist"
    )


def harms_in(turns: Sequence[Turn], book: Book = "harms") -> list[tuple[tuple[str, str], ...]]:
    """Return, for each turn, what of a codebook is found in it: code and words, each code once; nothing for turns of others.

    The cues read English. They find wordings, not meanings: a harm said otherwise is missed, and a quotation may be
    taken for the act. Figures that rest on them are floors.
    """
    return [_in_turn(turn.text, book) if turn.role == "therapist" else () for turn in turns]


@lru_cache(maxsize=4096)  # the measures of a session and its page look at the same turns
def _in_turn(text: str, book: Book) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for sentence in sentences(text[:_LONGEST].replace("’", "'")):
        for code in codebook(book).codes:
            if code.id not in found and (words := code.words(sentence)) is not None:
                found[code.id] = words
    return tuple(found.items())
