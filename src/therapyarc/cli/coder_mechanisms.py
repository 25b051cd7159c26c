"""Empathy mechanisms by a fixed mapping of our codes: nothing is trained on the corpus that measures it."""

from collections.abc import Sequence

import numpy as np

from therapyarc.cli.coder_figures import Figures, figure, macro_f1
from therapyarc.coding.behaviours import BehaviourCoder, CodedTurn
from therapyarc.coding.features import bare
from therapyarc.domain import Turn
from therapyarc.files.mechanisms import MECHANISMS, Pair

__all__ = ["level", "mechanism_figures"]


def level(mechanism: str, coded: CodedTurn) -> int:
    """Return 0 to 2 for a reply, by its codes.

    Emotional reactions: 2 where a feeling is said back, 1 where the reply affirms or validates. Interpretations: 2 where
    the reply says content, a feeling or a need back, or tells of the writer's own case, 1 where it validates. Explorations:
    2 where it asks.
    """
    found = coded.found
    if mechanism == "emotional_reactions":
        return 2 if "reflect_emotion" in found else int(bool(found & {"affirm", "validate", "self_disclose"}))
    if mechanism == "interpretations":
        said = {"reflect_emotion", "reflect_content", "reflect_need", "self_disclose"}
        return 2 if found & said else int("validate" in found)
    return 2 if found & {"open_question", "closed_question", "socratic"} else 0


def mechanism_figures(
    pairs: Sequence[Pair], coder: BehaviourCoder, without_punctuation: bool, seed: int
) -> tuple[Figures, list[str], int]:
    """Return macro-F1 by mechanism, pairs drawn one by one; no pair was trained on; and how many there are."""
    rng = np.random.default_rng(seed)
    replies: dict[tuple[str, str], CodedTurn] = {}
    result: Figures = {}
    for name in MECHANISMS:
        own = [pair for pair in pairs if pair.mechanism == name]
        tables = np.zeros((len(own), 3, 3))
        for number, pair in enumerate(own):
            key = (pair.post, pair.reply)
            if key not in replies:
                show = bare if without_punctuation else str
                turns = [
                    Turn(role="client", text=show(pair.post)),
                    Turn(role="therapist", text=show(pair.reply)),
                ]
                replies[key] = coder.code(turns)[1]
            tables[number, pair.level, level(name, replies[key])] = 1
        if own:
            result[f"{name}_macro_f1"] = figure(f"{name}_macro_f1", tables, macro_f1, rng)
    return result, [], len(pairs)
