"""The week between two sessions: a promise is kept or not, things happen, mood follows, and some do not come back."""

import math
from dataclasses import replace
from random import Random

from therapyarc.dialogue.client.begin import first_state
from therapyarc.dialogue.client.dynamics import Coefficients
from therapyarc.domain.client import Activity, ClientCase
from therapyarc.domain.course import ClientState

__all__ = ["alliance", "live"]

_OWN_WORDS = Activity(id="", text="", effort=0.5, gain=0.5, done="", undone="")


def alliance(state: ClientState) -> float:
    """Return the true alliance: the mean of bond, goal and task, from 0 to 1."""
    return (state.bond + state.goal + state.task) / 3


def live(
    case: ClientCase, state: ClientState, table: Coefficients, rng: Random, *, alone: bool = False
) -> ClientState:
    """Return the state at the start of the next session, or with `left` set where the client does not come back.

    Homework: P(done) = logit(base + task agreement + feasibility - effort - hopelessness - distress). Activation rises
    with what was done and falls without. Distress goes a share of the way to a level that follows activation, the
    strongest belief, alliance and open ruptures, plus events and chance: a course of sessions is one influence on a
    life among several, and not the largest. A client without a therapist lives the same week (`alone`): no alliance lifts
    or weighs, there is nothing to leave, and activity, beliefs, events and chance go on.
    """
    week, traits, start = table.week, case.traits, first_state(case)
    promise, activation = state.promise, state.activation
    if promise is not None:
        activity = next((a for a in case.activities if a.id == promise.activity), _OWN_WORDS)
        logit = (
            week["done_base"]
            + week["done_task"] * (0.5 * (state.task + promise.agreement) - 0.5)
            + week["done_feasible"] * promise.feasible
            + week["done_effort"] * activity.effort * (0.6 if promise.feasible else 1.0)
            + week["done_hopeless"] * traits.hopelessness
            + week["done_distress"] * state.distress / 100
        )
        done = rng.random() < _logistic(logit + 1.2)
        promise = replace(promise, done=done)
        activation += week["gain"] * activity.gain if done else week["loss"]
    else:
        activation += week["loss"]
    events = [
        event for event in case.weeks if event.id not in state.happened and rng.random() < event.chance
    ][:1]
    activation = min(100.0, max(0.0, activation + sum(event.activation for event in events)))
    strongest = max(state.convictions, key=lambda name: state.convictions[name])
    level = (
        start.distress
        + week["by_activation"] * (activation - start.activation)
        + week["by_conviction"] * (state.convictions[strongest] - max(start.convictions.values()))
        + (0.0 if alone else week["by_alliance"] * (alliance(state) - 0.5))
    )
    distress = (
        state.distress
        + week["settle"] * (level - state.distress)
        + week["recovery"]
        + (week["by_rupture"] if state.rupture != "none" else 0.0)
        + sum(event.distress for event in events)
        + rng.gauss(0.0, week["noise"])
    )
    trust = start.trust + week["trust_keep"] * (state.trust - start.trust)
    kept = week["alliance_keep"]
    bond, goal, task = (
        then + kept * (now - then) if now > then else now
        for then, now in ((start.bond, state.bond), (start.goal, state.goal), (start.task, state.task))
    )
    risk = state.risk + 0.02 * (distress - state.distress) - 0.05
    return replace(
        state,
        activation=activation,
        distress=min(100.0, max(0.0, distress)),
        bond=bond,
        goal=goal,
        task=task,
        trust=min(1.0, max(0.0, trust)),
        risk=min(3.0, max(0.0, risk)) if case.risk else 0.0,
        promise=promise,
        happened=(*state.happened, *(event.id for event in events)),
        news=tuple(event.id for event in events),
        rupture_since=state.rupture_since,
        left=not alone and rng.random() < _leaving(case, state, table),
    )


def _leaving(case: ClientCase, state: ClientState, table: Coefficients) -> float:
    week, traits = table.week, case.traits
    return _logistic(
        week["leave_base"]
        + week["leave_alliance"] * (alliance(state) - 0.5)
        + week["leave_rupture"] * (state.rupture != "none")
        + week["leave_avoidance"] * (traits.avoidance - 0.3)
        + week["leave_hopeless"] * (traits.hopelessness - 0.3)
        + week["leave_machine"] * case.mistrusts_machines
    )


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))
