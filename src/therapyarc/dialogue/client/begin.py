"""The state in which a client comes to the first session."""

from therapyarc.domain.client import ClientCase
from therapyarc.domain.course import ClientState

__all__ = ["first_state"]


def first_state(case: ClientCase) -> ClientState:
    """Return the starting state that a case's traits imply.

    Attachment avoidance lowers bond and trust, hopelessness lowers agreement and readiness, reactance raises resistance.
    """
    traits = case.traits
    wary = 0.10 * (0.5 - traits.machine) if case.mistrusts_machines else 0.0
    return ClientState(
        distress=100 * traits.severity,
        activation=55 - 40 * traits.severity,
        convictions={belief.id: belief.conviction for belief in case.beliefs},
        bond=0.42 - 0.14 * traits.avoidance + 0.06 * traits.anxiety - wary,
        goal=0.48 - 0.12 * traits.hopelessness,
        task=0.46 - 0.14 * traits.hopelessness,
        trust=0.26 - 0.14 * traits.avoidance + 0.06 * traits.talkativeness - wary,
        readiness=0.45 - 0.25 * traits.ambivalence - 0.10 * traits.hopelessness,
        ambivalence=traits.ambivalence,
        resistance=0.12 + 0.30 * traits.reactance + 0.18 * traits.ambivalence,
        advice_wish=0.15 + 0.25 * traits.anxiety,
        reliance=0.10 + 0.15 * traits.anxiety,
        risk=float(case.risk),
    )
