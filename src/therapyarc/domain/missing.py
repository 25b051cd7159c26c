"""Why a value is not there. Missing is a reason, never a number."""

from enum import StrEnum

__all__ = ["Missing"]


class Missing(StrEnum):
    """The reason for which a reply, a rating or a measurement has no value."""

    DECLINED = "declined"
    """A person chose not to answer; or whoever answered chose "do not know" in a survey."""
    REFUSED = "refused"
    """The model or its provider's filter would not answer."""
    EMPTY = "empty"
    """A reply came and held no text."""
    TRUNCATED = "truncated"
    """The reply hit its token limit before it ended."""
    UNREADABLE = "unreadable"
    """An answer came that the parser cannot read without guessing."""
    FAILED = "failed"
    """The call failed after all retries."""
    OVERLONG = "overlong"
    """What had to be sent does not fit the model's context."""
    TOO_SHORT = "too_short"
    """The text is shorter than the stated minimum of the measure."""
    NOT_ADMINISTERED = "not_administered"
    """Planned, and not done."""
    ENDED_EARLY = "ended_early"
    """The session ended before this point."""
    DROPPED_OUT = "dropped_out"
    """The client or participant left the study before this point."""
