"""Excerpts: the exchanges that are rated, from single replies and from ongoing sessions alike."""

from typing import Literal

from therapyarc.domain.record import record

__all__ = ["Excerpt", "TurnKind"]

TurnKind = Literal["strained", "feeling", "plain"]
"""What a client's turn holds: resistance, a rupture marker or talk for leaving things as they are; else a feeling that
hurts; else neither. Ratings of the two halves are compared at equal shares of these."""


@record
class Excerpt:
    """One exchange, of which the therapist's turn is rated."""

    session: str
    """Session id."""
    turn: int | None
    """Place of the therapist's turn in its session, from 0; none for a single reply."""
    exchange: int
    """Which exchange of its session it is, from 1."""
    number: int
    """Which session of its course it is, from 1; 0 for a single reply."""
    kind: TurnKind
    """Kind of the client's turn that it answers."""
