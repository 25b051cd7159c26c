"""Knowing and doing: what an actor knows beside what it does in sessions."""

from therapyarc.domain.estimate import Estimate
from therapyarc.domain.record import record

__all__ = ["ActorGap"]


@record
class ActorGap:
    """One actor's knowledge and execution, each in standard deviations between actors."""

    actor: str
    """Actor id."""
    arm: str
    """Arm id."""
    knowledge: Estimate
    """Score on knowledge items, above (or below) the mean of the actors, in their standard deviations."""
    execution: Estimate
    """Ratings of its exchanges in ongoing sessions, likewise."""
    gap: Estimate
    """The first less the second: above 0 the actor knows more, among these actors, than it does."""
