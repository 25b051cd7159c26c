"""What is put to a person, and what the person answers."""

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from therapyarc.web.store.tables.base import Base

__all__ = ["Administration", "RequestKey", "Response", "ResponseRevision"]


class Administration(Base):
    """One thing that a person is asked to do: an item, a form, or material to be read."""

    __tablename__ = "administration"

    id: Mapped[str] = mapped_column(primary_key=True)
    """For an item the opaque id of its session; otherwise random."""
    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), index=True)
    """Whose."""
    kind: Mapped[str]
    """item, background or material."""
    part: Mapped[int]
    """Part of the study: 0 the background, then one for each condition. A finished part is locked."""
    position: Mapped[int]
    """Place within the part, from 0."""
    condition: Mapped[str | None]
    """For an item and for material: the condition."""
    instrument: Mapped[str | None]
    """For an item: the instrument."""
    item: Mapped[str | None]
    """For an item: its id."""
    case_id: Mapped[str | None]
    """For an item about a client: the case."""
    options: Mapped[str] = mapped_column(default="[]")
    """For a choice item: the option ids in the order shown, as JSON."""
    locked_at: Mapped[float | None]
    """When its part was finished; none while it can be answered."""


class Response(Base):
    """The current answer to one field of an administration."""

    __tablename__ = "response"
    __table_args__ = (UniqueConstraint("administration", "item", "field"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    """Random id."""
    administration: Mapped[str] = mapped_column(ForeignKey("administration.id"))
    """What is answered."""
    item: Mapped[str]
    """Item of it; the empty string where the administration is a single item."""
    field: Mapped[str]
    """Field of the item; `answer` where there is one."""
    value: Mapped[str] = mapped_column(Text)
    """The answer, verbatim."""
    missing: Mapped[str | None]
    """Why there is no answer (`declined`); none where there is one."""
    revision: Mapped[int]
    """1 for the first; a change names the revision that it changes."""
    saved_at: Mapped[float]
    """When."""


class ResponseRevision(Base):
    """Every answer there ever was; rows are only added."""

    __tablename__ = "response_revision"
    __table_args__ = (UniqueConstraint("response", "key"),)

    response: Mapped[str] = mapped_column(ForeignKey("response.id"), primary_key=True)
    """The answer."""
    revision: Mapped[int] = mapped_column(primary_key=True)
    """Its revision."""
    value: Mapped[str] = mapped_column(Text)
    """What it was."""
    missing: Mapped[str | None]
    """Why there was none."""
    key: Mapped[str]
    """Idempotency key of the request, so that a retry is one revision."""
    saved_at: Mapped[float]
    """When."""


class RequestKey(Base):
    """Result of a request that must happen once, whatever is clicked twice."""

    __tablename__ = "request_key"

    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    """Who asked."""
    key: Mapped[str] = mapped_column(primary_key=True)
    """Idempotency key."""
    result: Mapped[str] = mapped_column(Text)
    """What the first request led to, as JSON."""
    at: Mapped[float]
    """When."""
