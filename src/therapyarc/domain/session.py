"""What was said: turns and sessions. A single reply is a session of one exchange."""

from typing import Literal

from therapyarc.domain.missing import Missing
from therapyarc.domain.record import record

__all__ = ["Role", "Session", "Turn"]

Role = Literal["client", "therapist", "examiner"]
"""Who speaks. The examiner puts an item that no client says, such as a multiple-choice question."""


@record
class Turn:
    """One speaker turn."""

    role: Role
    """Who spoke."""
    text: str
    """What was said, verbatim; any Unicode."""
    onset_s: float | None = None
    """Seconds from the start of the session to the start of the turn, where known."""
    offset_s: float | None = None
    """Seconds from the start of the session to the end of the turn, where known."""


@record
class Session:
    """One meeting of a dyad, or one administration of a single-turn item. Holds neither arm nor actor nor condition."""

    id: str
    """Opaque: a random draw from the study seed that says nothing of its origin."""
    course: str | None = None
    """Opaque id of the course of sessions; none for a single-turn item."""
    number: int = 1
    """Place of the session in its course, from 1."""
    instrument: str | None = None
    """Id of the single-turn instrument that was administered; none for a session of a course."""
    item: str | None = None
    """Id of the instrument's item."""
    case: str | None = None
    """Id of the case that the client's words come from; none where no client speaks."""
    options: tuple[str, ...] = ()
    """For a choice item, the option ids in the order in which they stood (first is A)."""
    prior: tuple[Turn, ...] = ()
    """Turns that were given as context and are no part of what is measured."""
    turns: tuple[Turn, ...]
    """What was said, in order. The therapist's turn is absent where no reply came."""
    ended: str | None = None
    """For a session of a course: how it ended (see `Ending`); none for a single-turn item."""
    alarms: tuple[int, ...] = ()
    """Places of the client's turns at which a safety screen raised an alarm; empty without a screen."""
    missing: Missing | None = None
    """Why the session lacks its reply; none where it has one."""

    @property
    def reply(self) -> str | None:
        """The last therapist turn's text, or none where there is no such turn."""
        return next((turn.text for turn in reversed(self.turns) if turn.role == "therapist"), None)
