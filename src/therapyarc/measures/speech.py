"""How a client talks: figures of one session's client turns, for comparison with people's."""

from collections.abc import Iterable, Iterator

import numpy as np

from therapyarc.coding.cues import code_client
from therapyarc.domain import Measurement, Missing, Session
from therapyarc.text import words

__all__ = ["SPEECH", "measure_speech", "speech"]

VERSION = "1-A"
WINDOW = 100
"""Words over which the type-token ratio is taken, so that long sessions do not look poorer in words."""

SPEECH = {
    "client_words": "mean words of a client turn",
    "client_words_sd": "standard deviation of the words of a client turn",
    "client_type_token": f"different words in the first {WINDOW}, as a share",
    "client_repeated": "share of turns of four or more words that were said before",
    "client_agreement": "share of turns that begin with yes, okay or the like",
    "client_resistant": "share of turns with a cue of resistance",
}
"""What is measured, by name."""

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
        return dict.fromkeys(SPEECH, Missing.TOO_SHORT)
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


def measure_speech(sessions: Iterable[Session]) -> Iterator[Measurement]:
    """Yield the figures of every session of a course; single-turn items are passed over."""
    for session in sessions:
        if session.course is None:
            continue
        for name, value in speech(turn.text for turn in session.turns if turn.role == "client").items():
            missing = value if isinstance(value, Missing) else None
            yield Measurement(
                session=session.id,
                measure=name,
                version=VERSION,
                value=None if isinstance(value, Missing) else value,
                missing=missing,
            )
