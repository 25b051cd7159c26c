"""A session that was held, with its sealed side, as one text: how a database of people's courses keeps it."""

from pydantic import TypeAdapter

from therapyarc.domain import Session, record
from therapyarc.domain.course import Trace

__all__ = ["Sealed", "seal", "unseal"]


@record
class Sealed:
    """Both sides of one session."""

    session: Session
    """What was said."""
    trace: Trace
    """The client's hidden state."""


_ADAPTER = TypeAdapter(Sealed)


def seal(session: Session, trace: Trace) -> str:
    """Return a session and its trace as JSON."""
    return _ADAPTER.dump_json(Sealed(session=session, trace=trace)).decode()


def unseal(text: str) -> Sealed:
    """Return what `seal` made a text of.

    Raises
    ------
    pydantic.ValidationError
        If the text is none of its own.
    """
    return _ADAPTER.validate_json(text)
