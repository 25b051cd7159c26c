"""Self-reports: the client fills in a form from its state, item by item, as people do - roughly, and not twice the same."""

from random import Random

from therapyarc.domain import Instrument, Missing, Rating
from therapyarc.domain.client import ClientCase
from therapyarc.domain.course import ClientState, Trace

__all__ = ["CLIENT", "fill"]

CLIENT = "client"
"""The rater's name in self-reports."""

_WEIGHT = {
    "interest": 1.05, "mood": 1.15, "sleep": 1.05, "energy": 1.1, "appetite": 0.75, "worth": 1.0, "concentration": 0.85,
    "movement": 0.45,
}  # fmt: skip
"""How strongly each symptom goes with distress: mean item difficulty, after Kroenke, Spitzer and Williams 2001."""


def fill(form: Instrument, case: ClientCase, trace: Trace, seed: str) -> tuple[Rating, ...]:
    """Return one answer an item; symptoms from the state before the session, alliance from the state after it.

    PHQ-9, item i: round(3 w_i distress / 100 + noise), 0 to 3; interest also falls with activation. Item 9: none below
    risk 0.5; from there 1, 2, 3 at risk .5, 1.5, 2.5; a client with thoughts of suicide who does not trust yet puts 0.
    Alliance: 1 + 4 x (the part's true value) + noise, rounded, 1 to 5; a client with an anxious attachment or a withdrawal
    rupture rates more kindly than it feels. Conviction: that of the strongest belief / 10 + noise, 0 to 10. Where no session
    was held, what asks about one is not administered.

    Raises
    ------
    KeyError
        If the form asks for what a client's state does not hold.
    """
    absent = trace.ended == "no_session" and form.when == "after"
    rng = Random(f"{seed}/{trace.session}/{form.id}")
    state = trace.start if form.when == "before" else trace.end
    answer = _ANSWERS[form.construct]
    values = [answer(item.topic, case, state, rng) for item in form.items]
    return tuple(
        Rating(
            session=trace.session,
            rater=CLIENT,
            rubric=form.id,
            version=form.version,
            item=item.id,
            value=None if absent else float(value),
            missing=Missing.NOT_ADMINISTERED if absent else None,
        )
        for item, value in zip(form.items, values, strict=True)
    )


def _symptom(topic: str, _case: ClientCase, state: ClientState, rng: Random) -> int:
    if topic == "risk":
        hides = state.risk >= 1 and state.trust < 0.25
        return 0 if hides else min(3, max(0, int(state.risk + 0.5)))
    level = 3 * _WEIGHT[topic] * state.distress / 100
    if topic == "interest":
        level += 0.010 * (35 - state.activation)
    return min(3, max(0, round(level + rng.gauss(0.0, 0.45))))


def _alliance(topic: str, case: ClientCase, state: ClientState, rng: Random) -> int:
    true = {"goal": state.goal, "task": state.task, "bond": state.bond}[topic]
    kindness = 0.25 * case.traits.anxiety + (0.3 if state.rupture == "withdrawal" else 0.0)
    return min(5, max(1, round(1 + 4 * true + kindness + rng.gauss(0.0, 0.5))))


def _conviction(topic: str, _case: ClientCase, state: ClientState, rng: Random) -> int:
    true = {"strongest": max(state.convictions.values(), default=0.0)}[topic]
    return min(10, max(0, round(true / 10 + rng.gauss(0.0, 0.7))))


_ANSWERS = {"alliance": _alliance, "conviction": _conviction, "depression_symptoms": _symptom}
"""How a client answers an item, by the construct of its form."""
