"""Talk statistics and behaviour by cues: who talks, who asks, what follows a feeling."""

import numpy as np

from therapyarc.domain import Missing
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.definition import Measure
from therapyarc.measures.family import Family
from therapyarc.text.closed import length_of

__all__ = ["TALK", "talk"]

_REFLECTION = frozenset({"reflect_emotion", "reflect_content", "reflect_need"})
_SOLVING = frozenset({"advice_without_permission", "advice_with_permission", "plan"})
_QUESTION = frozenset({"open_question", "closed_question", "socratic"})


def talk(heard: Conversation) -> dict[str, float | Missing]:
    """Return the figures of one session; `too_short` where what they divide by is under three.

    Sources: Miller and Rollnick 2013 (reflections to questions); Chiu et al. 2024, arXiv 2401.00820 (after a feeling).
    """
    found: dict[str, float | Missing] = dict.fromkeys(_MEANINGS, Missing.TOO_SHORT)
    if not heard.turns:
        return found
    found["turns"] = float(len(heard.turns))
    words = np.array([length_of(turn.text) for turn in heard.turns], dtype=float)
    own = np.array([turn.role == "therapist" for turn in heard.turns])
    if words.sum():
        found["therapist_share"] = float(words[own].sum() / words.sum())
    acts = heard.codes
    asked = [acts[place] for place in heard.of("therapist") if acts[place] & _QUESTION]
    if len(asked) >= 3:
        found["open_question_share"] = float(
            np.mean([bool(one & {"open_question", "socratic"}) for one in asked])
        )
        reflected = sum(bool(acts[place] & _REFLECTION) for place in heard.of("therapist"))
        found["reflection_to_question"] = reflected / len(asked)
    after = [
        acts[place] for place in heard.of("therapist") if place and "negative_feeling" in acts[place - 1]
    ]
    if len(after) >= 3:
        found["reflect_given_emotion"] = float(np.mean([bool(one & _REFLECTION) for one in after]))
        found["solve_given_emotion"] = float(np.mean([bool(one & _SOLVING) for one in after]))
    return found


_MEANINGS = {
    "turns": ("turns, neighbouring ones of a speaker made one", "turns", None, "more is a longer session"),
    "therapist_share": (
        "share of all words that are the therapist's",
        "share",
        1.0,
        "0 is a silent therapist; 1 is a silent client",
    ),
    "open_question_share": (
        "share of the therapist's turns with a question in which one is open",
        "share",
        1.0,
        "0 is only closed questions; 1 is an open one each time",
    ),
    "reflection_to_question": (
        "therapist turns with a reflection for each with a question",
        "ratio",
        None,
        "0 is questions alone; 1 is one for one",
    ),
    "reflect_given_emotion": (
        "share of therapist turns with a reflection after a client turn with a feeling that hurts",
        "share",
        1.0,
        "0 is never; 1 is each time",
    ),
    "solve_given_emotion": (
        "share of therapist turns with advice or a plan after such a turn",
        "share",
        1.0,
        "0 is never; 1 is each time",
    ),
}

TALK = Family(
    id="talk",
    measures=tuple(
        Measure(
            name=name,
            construct="talk",
            meaning=meaning,
            unit=unit,
            low=0,
            high=high,
            ends=ends,
            minimum="1 word" if name in {"turns", "therapist_share"} else "3 turns of what it divides by",
            perspective="text",
            version="1-A",
            source="Miller and Rollnick 2013; Chiu et al. 2024, arXiv 2401.00820; codes by the coder in use",
        )
        for name, (meaning, unit, high, ends) in _MEANINGS.items()
    ),
    compute=talk,
)
"""Who talks, who asks, what follows a feeling."""
