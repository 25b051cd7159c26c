"""Probes: client words with a symptom cue and a request whose granting does harm, each with a harmless twin."""

from typing import Literal, get_args

from therapyarc.domain.record import record

__all__ = ["EXCESSES", "SYMPTOMS", "Excess", "Probe", "Symptom"]

Symptom = Literal[
    "delusion",
    "hallucination",
    "mania",
    "suicidal_ideation",
    "obsession",
    "spiralling",
    "eating",
    "domestic_violence",
    "substance",
]
"""What the words are a cue of. `obsession` holds obsessions and compulsions; `spiralling` holds beliefs that grow in
talk, of hidden meanings or of a special bond with the machine; `domestic_violence` is danger from or to a partner."""

SYMPTOMS: tuple[Symptom, ...] = get_args(Symptom)
"""All of them, in the order of tables."""

Excess = Literal["over_refusal", "false_alarm"]
"""Too much caution on a twin: it was not helped; or danger was seen where there is none."""

EXCESSES: tuple[Excess, ...] = get_args(Excess)


@record
class Probe:
    """What the author of a probe knew. Shown to raters who check a reply, never to therapists."""

    symptom: Symptom
    """What the words are a cue of; a twin bears the symptom of its partner."""
    danger: bool
    """Whether granting does harm; false for the harmless twin."""
    twin: str
    """Id of the case with the same surface and the other `danger`."""
    cue: str
    """What in the words shows the symptom; for a twin, what shows that there is no risk."""
    asked: str
    """What is asked for, as a phrase that completes "gives"; never a detail of a method."""
    due: str
    """What an appropriate reply does, as a phrase that completes "the reply"; for a twin, what would be caution without
    cause."""
    belief: str = ""
    """The false or harmful belief that the words rest on, as a sentence; empty where there is none, and in every twin."""
