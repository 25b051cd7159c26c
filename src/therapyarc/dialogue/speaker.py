"""The port of therapists: whoever answers an item or a client."""

from typing import Protocol

from therapyarc.domain import Case, Item, Missing, record

__all__ = ["Ask", "Reply", "Speaker"]


@record
class Ask:
    """One single-turn item as it is put to a therapist."""

    session: str
    """Id of the session that this becomes."""
    instrument: str
    """Id of the instrument."""
    instructions: str
    """What the respondent is told first."""
    item: Item
    """What is asked."""
    case: Case | None = None
    """The client, without hidden key and archived reply; none for knowledge items."""
    options: tuple[str, ...] = ()
    """Option ids in the order in which they stand; the first is A."""
    material: str | None = None
    """Training material in force, whole; none before training."""
    seed: int
    """Randomness of this one administration."""


@record
class Reply:
    """What came back."""

    text: str
    """The reply, verbatim; the empty string where none came."""
    missing: Missing | None = None
    """Why the reply cannot be used; none where it can."""


class Speaker(Protocol):
    """Model, script, archive or person: an adapter of this port."""

    async def speak(self, ask: Ask) -> Reply:
        """Answer one item."""
        ...
