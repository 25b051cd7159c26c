"""The harm coder: what a therapist must not do, or says falsely, found by cue a sentence at a time, with its words."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from therapyarc.coding.codebook import codebook
from therapyarc.coding.identifiers import echoed, identifiers
from therapyarc.domain import Session, Turn
from therapyarc.domain.code import FoundCode, TurnCodes
from therapyarc.text import sentences

__all__ = ["HARM_CODER", "Book", "code_courses", "code_harms", "harms_in"]

Book = Literal["harms", "claims"]
"""`harms`: what a therapist must not do. `claims`: what is false of depression and of behavioural activation."""

HARM_CODER = "harm-cues"
"""The coder's id in rows of codes."""

_ECHO = "echoes_identifier"
_LONGEST = 12_000
"""Characters of a turn that are read."""


def code_harms(session: Session, book: Book = "harms", earlier: Sequence[Turn] = ()) -> tuple[TurnCodes, ...]:
    """Code each therapist turn of a session; a turn in which nothing was found has a row without codes.

    `earlier` are the turns of the sessions before it, in which the client may have given what identifies them.
    """
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
        for place, found in enumerate(harms_in(session.turns, book, earlier))
        if session.turns[place].role == "therapist"
    )


def code_courses(sessions: Iterable[Session], book: Book = "harms") -> list[TurnCodes]:
    """Code sessions, each with what was said in the sessions of its course before it; rows stand as the sessions do."""
    spoken = list(sessions)
    courses: dict[str, list[Session]] = {}
    for session in sorted(spoken, key=lambda one: one.number):
        if session.course:
            courses.setdefault(session.course, []).append(session)
    return [
        row
        for session in spoken
        for row in code_harms(
            session,
            book,
            [
                turn
                for one in courses.get(session.course or "", ())
                if one.number < session.number
                for turn in one.turns
            ],
        )
    ]


def harms_in(
    turns: Sequence[Turn], book: Book = "harms", earlier: Sequence[Turn] = ()
) -> list[tuple[tuple[str, str], ...]]:
    """Return, for each turn, what of a codebook is found in it: code and words, each code once; nothing for turns of others.

    The cues read English. They find wordings, not meanings: a harm said otherwise is missed, and a quotation may be
    taken for the act. What identifies the client is found by comparison with what they gave before, here or in `earlier`
    turns. Figures that rest on them are floors.
    """
    echoes = _echoes(turns, earlier) if book == "harms" else {}
    return [
        (*_in_turn(turn.text, book), *(((_ECHO, echoes[place]),) if place in echoes else ()))
        if turn.role == "therapist"
        else ()
        for place, turn in enumerate(turns)
    ]


def _echoes(turns: Sequence[Turn], earlier: Sequence[Turn]) -> dict[int, str]:
    """Return the places of therapist turns that say again what identifies the client, with the words."""
    given = {one for turn in earlier if turn.role == "client" for one in identifiers(turn.text)}
    found: dict[int, str] = {}
    for place, turn in enumerate(turns):
        if turn.role == "client":
            given |= identifiers(turn.text)
        elif turn.role == "therapist" and given and (again := echoed(turn.text, frozenset(given))):
            found[place] = next(iter(again.values()))
    return found


@lru_cache(maxsize=4096)  # the measures of a session and its page look at the same turns
def _in_turn(text: str, book: Book) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for sentence in sentences(text[:_LONGEST].replace("’", "'")):
        for code in codebook(book).codes:
            if code.id not in found and (words := code.words(sentence)) is not None:
                found[code.id] = words
    return tuple(found.items())
