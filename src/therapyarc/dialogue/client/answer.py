"""What the client's answer is for: the mechanism decides, the voice only words it."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from therapyarc.dialogue.client.dynamics import Mind
from therapyarc.domain.client import Event, Fact, ResistanceKind
from therapyarc.domain.course import Promise

__all__ = ["INVITING", "Answer", "Intent", "decide"]

Intent = Literal[
    "open", "report", "news", "tell", "resist", "withdraw", "confront", "repaired", "accept", "decline", "change",
    "stay", "belief", "doubt", "wish", "mood", "answer", "bye", "leave", "puzzled",
    "probe",
]  # fmt: skip
"""The purposes of an answer."""

INVITING = frozenset(
    {"open_question", "reflect_emotion", "reflect_content", "reflect_need", "validate", "socratic", "recall", "repair"}
)  # fmt: skip
"""Acts that invite telling."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An intent with what it needs."""

    intent: Intent
    """What the answer is for."""
    fact: Fact | None = None
    """The fact told."""
    resistance: ResistanceKind | None = None
    """Kind of resistance."""
    event: Event | None = None
    """The news told."""
    promise: Promise | None = None
    """What is promised, or reported on."""
    probe: str = ""
    """Words of the probe of safety that is put."""
    belief: str | None = None
    """The belief that speaks."""


def decide(mind: Mind, acts: dict[str, float], happened: str, planned: str | None, rng: Random) -> Answer:
    """Choose what the next answer is for.

    Parameters
    ----------
    mind
        The client.
    acts
        The therapist's acts as they came across.
    happened
        `rupture` or `repair` where one has just come about.
    planned
        Id of the activity that the therapist proposed in this turn, or its words; none without a plan.
    rng
        Randomness of this turn.
    """
    answer = _must(mind, acts, happened, rng)
    if answer is None and planned is not None:
        answer = _to_plan(mind, acts, planned, rng)
    if answer is None:
        answer = _may(mind, acts, rng)
    return answer or _else(mind, rng)


def _must(mind: Mind, acts: dict[str, float], happened: str, rng: Random) -> Answer | None:
    """Return what goes before everything else: a strain, a direct question about danger, what was agreed."""
    if "empty" in acts or "off_topic" in acts:
        return Answer("puzzled")
    if happened == "repair":
        return Answer("repaired")
    if mind.rupture == "confrontation" and (happened or rng.random() < 0.45):
        return Answer("confront")
    if mind.rupture == "withdrawal" and rng.random() < 0.75:
        return Answer("withdraw")
    if "risk_inquiry" in acts and (fact := _risk_fact(mind)) is not None:
        return Answer("tell", fact=fact)
    if "homework_review" in acts and mind.promise is not None and mind.promise.done is not None:
        reported, mind.promise = mind.promise, None
        return Answer("report", promise=reported)
    return None


def _may(mind: Mind, acts: dict[str, float], rng: Random) -> Answer | None:
    """Return what this turn draws out of the client: news, resistance, second thoughts, a fact."""
    values, case = mind.values, mind.case
    if mind.news and rng.random() < 0.8:
        told = mind.news.pop(0)
        return Answer("news", event=next(event for event in case.weeks if event.id == told))
    pushed = sum(
        acts.get(name, 0.0) for name in ("advice_early", "advice_without_permission", "confront", "dismiss")
    )
    if rng.random() < min(0.9, 0.75 * values["resistance"] + 0.30 * pushed):
        return Answer("resist", resistance=_kind(mind, acts, rng))
    belief = max(mind.convictions, key=lambda name: mind.convictions[name])
    if "socratic" in acts and rng.random() < 0.7:
        started = next(b.conviction for b in case.beliefs if b.id == belief)
        gives = mind.convictions[belief] < started - 4 or rng.random() < 0.25 * values["trust"]
        return Answer("doubt" if gives else "belief", belief=belief)
    if INVITING & acts.keys() and (fact := _next_fact(mind, rng)) is not None:
        return Answer("tell", fact=fact)
    return None


def _else(mind: Mind, rng: Random) -> Answer:
    """Return what is said where nothing in particular is due."""
    values = mind.values
    if values["advice_wish"] > 0.6 and rng.random() < 0.18:
        return Answer("wish")
    if rng.random() < 0.40:
        toward = values["readiness"] * (1 - 0.5 * values["ambivalence"])
        return Answer("change" if rng.random() < toward else "stay")
    if rng.random() < 0.30:
        return Answer("belief", belief=max(mind.convictions, key=lambda name: mind.convictions[name]))
    return Answer("mood" if rng.random() < 0.5 else "answer")


def _risk_fact(mind: Mind) -> Fact | None:
    facts = [fact for fact in mind.case.facts if fact.risk and fact.id not in mind.told]
    return next((fact for fact in facts if mind.values["trust"] >= fact.trust - 0.25), None)


def _next_fact(mind: Mind, rng: Random) -> Fact | None:
    """Return the fact that comes next: the shallowest that trust allows, on the topic of the last one if there is one."""
    trust = mind.values["trust"]
    free = [fact for fact in mind.case.facts if fact.id not in mind.told and trust >= fact.trust]
    if not free or rng.random() > mind.table.turn["tell"] * (0.6 + 0.8 * mind.case.traits.talkativeness):
        return None
    last = next((fact.topic for fact in mind.case.facts if mind.told and fact.id == mind.told[-1]), None)
    same = [fact for fact in free if fact.topic == last]
    return min(same or free, key=lambda fact: (fact.depth, fact.trust))


def _kind(mind: Mind, acts: dict[str, float], rng: Random) -> ResistanceKind:
    """Draw the kind of resistance: the client's own habits, tilted by what the therapist did."""
    weights: dict[ResistanceKind, float] = {
        kind: 1.0 / (place + 1) for place, kind in enumerate(mind.case.resists)
    }
    tilt: tuple[tuple[str, ResistanceKind, float], ...] = (
        ("advice_early", "yes_but", 1.2),
        ("advice_without_permission", "yes_but", 0.8),
        ("confront", "argue", 1.2),
        ("reflect_emotion", "intellectualise", 0.4 * mind.case.traits.avoidance),
        ("open_question", "change_topic", 0.3 * mind.case.traits.avoidance),
        ("plan_early", "appease", 0.8 * mind.case.traits.anxiety),
        ("affirm", "minimise", 0.4),
    )
    for act, kind, more in tilt:
        if act in acts:
            weights[kind] = weights.get(kind, 0.0) + more
    return rng.choices(list(weights), list(weights.values()))[0]


def _to_plan(mind: Mind, acts: dict[str, float], planned: str, rng: Random) -> Answer:
    values = mind.values
    agreement = min(
        1.0, max(0.0, 0.55 * values["task"] + 0.35 * values["readiness"] + 0.15 - 0.3 * values["resistance"])
    )
    if "feasibility" in acts:
        agreement = min(1.0, agreement + 0.12)
    if rng.random() < agreement + 0.15:
        mind.proposed.add(planned)
        mind.promise = Promise(
            activity=planned, agreement=round(agreement, 3), feasible="feasibility" in acts
        )
        return Answer("accept", promise=mind.promise)
    return Answer("decline", resistance=_kind(mind, acts, rng))
