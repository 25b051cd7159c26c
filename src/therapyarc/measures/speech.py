"""How a client talks: figures of one session's client turns, for comparison with people's."""

from collections.abc import Iterable

import numpy as np

from therapyarc.coding.cues import code_client
from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.family import Family
from therapyarc.text import words

__all__ = ["SPEECH", "speech"]

WINDOW = 100
"""Words over which the type-token ratio is taken, so that long sessions do not look poorer in words."""

_RESISTANCE = frozenset(
    {
        "argue",
        "yes_but",
        "minimise",
        "change_topic",
        "minimal_reply",
        "intellectualise",
        "hopeless",
        "appease",
    }
)
_YES = frozenset(
    {"yes", "yeah", "yep", "yup", "okay", "ok", "right", "sure", "exactly", "mm-hmm", "mm", "mhm", "uh-huh"}
)


def speech(turns: Iterable[str]) -> dict[str, float | Missing]:
    """Return the figures of one session's client turns; `too_short` under three turns, or under 100 words for types."""
    said = [(text, words(text)) for text in turns]
    if len(said) < 3:
        return dict.fromkeys(_MEANINGS, Missing.TOO_SHORT)
    lengths = np.array([len(found) for _, found in said], dtype=float)
    every = [word for _, found in said for word in found]
    long = [tuple(found) for _, found in said if len(found) >= 4]
    return {
        "client_words": float(lengths.mean()),
        "client_words_sd": float(lengths.std(ddof=1)),
        "client_type_token": len(set(every[:WINDOW])) / WINDOW if len(every) >= WINDOW else Missing.TOO_SHORT,
        "client_repeated": 1 - len(set(long)) / len(long) if long else Missing.TOO_SHORT,
        "client_agreement": float(np.mean([bool(found) and found[0] in _YES for _, found in said])),
        "client_resistant": float(np.mean([bool(code_client(text) & _RESISTANCE) for text, _ in said])),
    }


def _of_conversation(heard: Conversation) -> dict[str, float | Missing]:
    return speech(turn.text for turn in heard.turns if turn.role == "client")


_MEANINGS = {
    "client_words": ("mean words of a client turn", "words", None, "0 is silence; more is longer turns"),
    "client_words_sd": (
        "standard deviation of the words of a client turn",
        "words",
        None,
        "0 is turns of one length; more is turns of many lengths",
    ),
    "client_type_token": (
        f"different words in the first {WINDOW}, as a share",
        "share",
        1.0,
        "towards 0 one word is repeated; 1 is no word twice",
    ),
    "client_repeated": (
        "share of turns of four or more words that were said before",
        "share",
        1.0,
        "0 is no turn said twice; towards 1 is the same turn again and again",
    ),
    "client_agreement": (
        "share of turns that begin with yes, okay or the like",
        "share",
        1.0,
        "0 is never; 1 is every turn",
    ),
    "client_resistant": (
        "share of turns with a cue of resistance",
        "share",
        1.0,
        "0 is none; 1 is every turn",
    ),
}

SPEECH = Family(
    id="speech",
    measures=tuple(
        Measure(
            name=name,
            construct="client speech",
            meaning=meaning,
            unit=unit,
            low=0,
            high=high,
            ends=ends,
            minimum="3 client turns" + (f" and {WINDOW} words" if name == "client_type_token" else ""),
            perspective="text",
            version="1-A",
            source="counts; resistance by the cues of the client codebook",
            bar="the middle 90% of 67 AnnoMI transcripts stand in the report's realism table",
        )
        for name, (meaning, unit, high, ends) in _MEANINGS.items()
    ),
    coded=False,
    compute=_of_conversation,
)
"""How a client talks."""
