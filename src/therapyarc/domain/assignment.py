"""The key: which session belongs to whom. Only those who assign people or unmask results may import this module."""

from therapyarc.domain.record import record

__all__ = ["Assignment"]


@record
class Assignment:
    """One planned session and all that its opaque id hides."""

    session: str
    """Opaque session id."""
    arm: str
    """Arm."""
    actor: str
    """Who fills the role of therapist; in an archive arm `actor/transcript`."""
    condition: str
    """Condition."""
    instrument: str
    """Single-turn instrument."""
    item: str
    """Item."""
    case: str | None = None
    """Case; none for knowledge items."""
    cluster: str | None = None
    """What makes sessions dependent beside the actor (the transcript that the case was cut from)."""
    options: tuple[str, ...] = ()
    """For a choice item, the order in which the options stand."""
    replicate: int = 1
    """Which repeat of the cell this is, from 1."""
    seed: int
    """Randomness of this session."""
    raters: tuple[str, ...] = ()
    """Raters drawn for this session."""
