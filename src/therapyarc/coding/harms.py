"""The harm coder: what a therapist must not do, found by cue a sentence at a time, each with the words that it rests on."""

from collections.abc import Sequence

from therapyarc.coding.codebook import codebook
from therapyarc.domain import Session, Turn
from therapyarc.domain.code import FoundCode, TurnCodes
from therapyarc.text import sentences

__all__ = ["HARM_CODER", "code_harms", "harms_in", "harms_version"]

HARM_CODER = "harm-cues"
"""The coder's id in rows of codes."""

_LONGEST = 12_000
"""Characters of a turn that are read."""


def harms_version() -> str:
    """Return what the coder is: the version of its codebook."""
    return f"cues {codebook('harms').version}"


def code_harms(session: Session) -> tuple[TurnCodes, ...]:
    """Code each therapist turn of a session; a turn in which nothing was found has a row without codes."""
    return tuple(
        TurnCodes(
            session=session.id,
            turn=place,
            role="therapist",
            coder=HARM_CODER,
            version=harms_version(),
            system="harms",
            codes=tuple(FoundCode(code=code, evidence=words) for code, words in found),
        )
        for place, found in enumerate(harms_in(session.turns))
        if session.turns[place].role == "therapist"
    )


def harms_in(turns: Sequence[Turn]) -> list[tuple[tuple[str, str], ...]]:
    """Return, for each turn, the harms found in it: code and words, each code once; nothing for turns of others.

    The cues read English. They find wordings, not meanings: a harm said otherwise is missed, and a quotation may be
    taken for the act. Figures that rest on them are floors.
    """
    return [_in_turn(turn.text) if turn.role == "therapist" else () for turn in turns]


def _in_turn(text: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for sentence in sentences(text[:_LONGEST].replace("’", "'")):
        for code in codebook("harms").codes:
            if code.id not in found and (words := code.words(sentence)) is not None:
                found[code.id] = words
    return tuple(found.items())
