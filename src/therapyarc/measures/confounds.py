"""Text confounds of a session: how much was said and asked, and how hard it is to read. They stand beside every effect."""

import re
from collections.abc import Sequence
from dataclasses import replace

from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.family import Family
from therapyarc.measures.shares import LEAST, mean
from therapyarc.measures.wording import count

__all__ = ["CONFOUNDS", "READABLE", "confounds", "readability"]

READABLE = 100
"""Words below which readability is too short."""

_CHARACTER = re.compile(r"\w")
_END = re.compile(r"[.!?…。！？]+")
_ASKED = re.compile(r"[?？]+")


def readability(texts: Sequence[str]) -> float | Missing:
    """Return the Automated Readability Index: 4.71 characters/words + 0.5 words/sentences - 21.43; unbounded.

    A turn without an end mark counts as one sentence. Speech written down without marks has long sentences by that count,
    so compare transcripts of one kind only. Too short under 100 words.

    Source: Smith and Senter 1967, AMRL-TR-66-220.
    """
    words = sum(map(count, texts))
    if words < READABLE:
        return Missing.TOO_SHORT
    characters = sum(len(_CHARACTER.findall(text)) for text in texts)
    sentences = sum(max(1, len(_END.findall(text))) for text in texts)
    return 4.71 * characters / words + 0.5 * words / sentences - 21.43


def confounds(heard: Conversation) -> dict[str, float | Missing]:
    """Return the figures of one session."""
    texts = {
        role: [turn.text for turn in heard.turns if turn.role == role] for role in ("client", "therapist")
    }
    asked = {role: sum(len(_ASKED.findall(text)) for text in own) for role, own in texts.items()}
    long = {role: [float(count(text)) for text in own] for role, own in texts.items()}
    found: dict[str, float | Missing] = {
        "session_words": float(sum(map(sum, long.values()))) if heard.turns else Missing.TOO_SHORT
    }
    for role in ("therapist", "client"):
        spoke = len(texts[role]) >= LEAST
        found[f"words_{role}"] = sum(long[role]) if spoke else Missing.TOO_SHORT
        found[f"turn_words_{role}"] = mean(long[role])
        found[f"questions_{role}"] = float(asked[role]) if spoke else Missing.TOO_SHORT
        found[f"readability_{role}"] = readability(texts[role])
    return found


_BASE = Measure(
    name="",
    construct="length",
    meaning="",
    unit="words",
    low=0,
    high=None,
    ends="0 is silence; more is longer, and not better",
    minimum="3 turns of the speaker",
    perspective="text",
    version="1-A",
    source="count",
    invariances=("outer white space", "letter case"),
)
_SPEAKER = {"therapist": "the therapist's turns", "client": "the client's turns"}

CONFOUNDS = Family(
    id="confounds",
    measures=(
        replace(_BASE, name="session_words", meaning="words of the session", minimum="1 turn"),
        *(
            replace(_BASE, name=f"words_{who}", meaning=f"words of {turns}")
            for who, turns in _SPEAKER.items()
        ),
        *(
            replace(
                _BASE, name=f"turn_words_{who}", meaning=f"mean words of {turns}, neighbouring ones made one"
            )
            for who, turns in _SPEAKER.items()
        ),
        *(
            replace(
                _BASE,
                name=f"questions_{who}",
                meaning=f"question marks that end something in {turns}; a run counts once",
                unit="questions",
                ends="0 is none, or none written; more is more asking, and not better",
            )
            for who, turns in _SPEAKER.items()
        ),
        *(
            replace(
                _BASE,
                name=f"readability_{who}",
                construct="readability",
                meaning=f"Automated Readability Index of {turns}: 4.71 characters/words + 0.5 words/sentences - "
                f"21.43",
                unit="school grade",
                low=None,
                ends="lower is easier; higher is longer words and sentences",
                minimum=f"{READABLE} words",
                source="Smith and Senter 1967, AMRL-TR-66-220",
            )
            for who, turns in _SPEAKER.items()
        ),
    ),
    coded=False,
    compute=confounds,
)
"""Words, questions, readability."""
