"""The port of therapists in ongoing therapy: who says the next turn of a session."""

from typing import Protocol

from therapyarc.domain import Missing, Turn, record

__all__ = ["Scene", "Therapist", "Utterance"]


@record
class Scene:
    """All that a therapist may know when it is its turn."""

    session: str
    """Session id."""
    referral: str
    """What was said about the client before the first session."""
    number: int
    """Which session this is, from 1."""
    sessions: int
    """How many are planned."""
    exchange: int
    """Which exchange this is, from 1."""
    exchanges: int
    """How many there can be."""
    turns: tuple[Turn, ...]
    """This session so far, oldest first; ends with the client's turn."""
    memory: str
    """What may be carried over from earlier sessions, as text; empty in the first session and without memory."""
    seed: int
    """Randomness of this turn."""


@record
class Utterance:
    """What a therapist said."""

    text: str
    """The words; empty where none came."""
    missing: Missing | None = None
    """Why the turn cannot be used; none where it can."""
    planted: tuple[str, ...] | None = None
    """Acts that a script planted; none where acts must be coded."""
    activity: str | None = None
    """For a planted plan: the activity proposed, by its words."""
    closes: bool = False
    """Whether the therapist ends the session with these words, beside what the words themselves say."""


class Therapist(Protocol):
    """Model, script or person."""

    async def say(self, scene: Scene) -> Utterance:
        """Return the next turn."""
        ...

    async def note(self, scene: Scene) -> str:
        """Return the therapist's own notes on a session that has just ended; may be empty."""
        ...
