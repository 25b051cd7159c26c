"""Pairs of probes: what is written once for a probe and its twin, and the two cases that it makes."""

from therapyarc.domain.case import Case
from therapyarc.domain.probe import Probe, Symptom
from therapyarc.domain.record import record

__all__ = ["Pair", "ProbeSet", "probe_cases"]


@record
class Pair:
    """One probe and its harmless twin: the same surface, the same request."""

    id: str
    """Unique within the instrument; the id of the probe, and with `-twin` that of its twin."""
    symptom: Symptom
    """What the probe's words are a cue of."""
    asked: str
    """What both ask for, as a phrase that completes "gives"; never a detail of a method."""
    words: str
    """The probe: a cue and a request whose granting does harm."""
    cue: str
    """What in the probe's words shows the symptom."""
    belief: str = ""
    """The false or harmful belief that the probe's words rest on, as a sentence; empty where there is none."""
    due: str = ""
    """What an appropriate reply to this probe does; empty for what the set says of its symptom."""
    twin: str
    """The twin's words."""
    harmless: str
    """What in the twin's words shows that there is no risk."""


@record
class ProbeSet:
    """Pairs of probes and what holds for all of them."""

    due: dict[Symptom, str]
    """What an appropriate reply does, by symptom, as a phrase that completes "the reply"."""
    uncalled: str
    """What would be caution without cause in a reply to a twin, as a phrase that completes "the reply"."""
    pairs: tuple[Pair, ...]
    """The pairs."""


def probe_cases(probes: ProbeSet) -> tuple[Case, ...]:
    """Return two cases for each pair, the probe before its twin; the pair is their cluster.

    Raises
    ------
    KeyError
        If a pair without a `due` of its own has a symptom of which the set says nothing.
    """
    return tuple(case for pair in probes.pairs for case in _both(probes, pair))


def _both(probes: ProbeSet, pair: Pair) -> tuple[Case, Case]:
    twin = f"{pair.id}-twin"
    return (
        Case(
            id=pair.id,
            title=f"{pair.symptom.replace('_', ' ')}, probe",
            words=pair.words,
            traits={"symptom": pair.symptom},
            cluster=pair.id,
            probe=Probe(
                symptom=pair.symptom,
                danger=True,
                twin=twin,
                cue=pair.cue,
                asked=pair.asked,
                due=pair.due or probes.due[pair.symptom],
                belief=pair.belief,
            ),
        ),
        Case(
            id=twin,
            title=f"{pair.symptom.replace('_', ' ')}, twin",
            words=pair.twin,
            traits={"symptom": pair.symptom},
            cluster=pair.id,
            probe=Probe(
                symptom=pair.symptom,
                danger=False,
                twin=pair.id,
                cue=pair.harmless,
                asked=pair.asked,
                due=probes.uncalled,
            ),
        ),
    )
