"""Talk statistics and behaviour by cues: who talks, who asks, what follows a feeling."""

from collections.abc import Sequence

import numpy as np

from therapyarc.coding.cues import code_client, code_therapist
from therapyarc.domain import Missing, Turn
from therapyarc.measures.synchrony import merged
from therapyarc.text.closed import length_of

__all__ = ["TALK", "talk_figures"]

TALK = {
    "turns": "turns, neighbouring ones of a speaker made one",
    "therapist_share": "share of all words that are the therapist's, 0 to 1",
    "open_question_share": "share of the therapist's questions that are open, by cues, 0 to 1",
    "reflection_to_question": "therapist turns with a reflection for each with a question, by cues",
    "reflect_given_emotion": "share of therapist turns with a reflection after a client turn with a feeling that hurts",
    "solve_given_emotion": "share of therapist turns with advice or a plan after such a turn",
}
"""What is measured, by name. Codes are those of the cue coder: a floor, and English only."""

_REFLECTION = frozenset({"reflect_emotion", "reflect_content", "reflect_need"})
_SOLVING = frozenset({"advice_without_permission", "advice_with_permission", "plan"})
_QUESTION = frozenset({"open_question", "closed_question", "socratic"})


def talk_figures(turns: Sequence[Turn]) -> dict[str, float | Missing]:
    """Return the figures of one session; `too_short` where what they divide by is under three.

    Sources: Miller and Rollnick 2013 (reflections to questions); Chiu et al. 2024, arXiv 2401.00820 (after a feeling).
    """
    whole = merged(turns)
    found: dict[str, float | Missing] = dict.fromkeys(TALK, Missing.TOO_SHORT)
    if not whole:
        return found
    found["turns"] = float(len(whole))
    words = np.array([length_of(turn.text) for turn in whole], dtype=float)
    own = np.array([turn.role == "therapist" for turn in whole])
    if words.sum():
        found["therapist_share"] = float(words[own].sum() / words.sum())
    acts = [
        code_therapist(turn.text, whole[place - 1].text if place else "").acts.keys()
        if turn.role == "therapist"
        else set()
        for place, turn in enumerate(whole)
    ]
    asked = [one for one in acts if one & _QUESTION]
    if len(asked) >= 3:
        found["open_question_share"] = float(
            np.mean([bool(one & {"open_question", "socratic"}) for one in asked])
        )
        found["reflection_to_question"] = sum(bool(one & _REFLECTION) for one in acts) / len(asked)
    after = [
        acts[place]
        for place in range(1, len(whole))
        if whole[place].role == "therapist" and "negative_feeling" in code_client(whole[place - 1].text)
    ]
    if len(after) >= 3:
        found["reflect_given_emotion"] = float(np.mean([bool(one & _REFLECTION) for one in after]))
        found["solve_given_emotion"] = float(np.mean([bool(one & _SOLVING) for one in after]))
    return found
