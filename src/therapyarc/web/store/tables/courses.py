"""Courses of sessions that a person holds with simulated clients."""

from sqlalchemy import ForeignKey, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from therapyarc.web.store.tables.base import Base

__all__ = ["ClientCall", "Conversation", "ConversationSession", "ConversationTurn"]


class Conversation(Base):
    """One course, or one practice with a client."""

    __tablename__ = "conversation"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Opaque id of the course; random for practice."""
    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), index=True)
    """Who is the therapist."""
    case_id: Mapped[str]
    """The client."""
    purpose: Mapped[str]
    """study or practice."""
    seed: Mapped[int]
    """Randomness of the course."""
    memory: Mapped[str] = mapped_column(default="none", server_default="none")
    """What the pages show of earlier sessions."""
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    """Place among the person's courses, from 0."""
    over_at: Mapped[float | None]
    """When it was over; none while sessions are to come."""


class ConversationSession(Base):
    """One meeting of a course."""

    __tablename__ = "session"
    __table_args__ = (UniqueConstraint("conversation", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    """Opaque session id; random for practice."""
    conversation: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    """Its course."""
    number: Mapped[int]
    """Place in the course, from 1."""
    started_at: Mapped[float | None]
    """When it began."""
    ended_at: Mapped[float | None]
    """When it ended."""
    ended: Mapped[str | None]
    """How it ended."""
    notes: Mapped[str] = mapped_column(Text, default="")
    """The therapist's own notes."""
    state: Mapped[str] = mapped_column(Text, default="")
    """The client's sealed state and trace, as JSON."""


class ConversationTurn(Base):
    """One turn, stored before it is shown."""

    __tablename__ = "turn"
    __table_args__ = (UniqueConstraint("session", "key"),)

    session: Mapped[str] = mapped_column(ForeignKey("session.id"), primary_key=True)
    """The session."""
    seq: Mapped[int] = mapped_column(primary_key=True)
    """Place in the session, from 0."""
    role: Mapped[str]
    """client or therapist."""
    text: Mapped[str] = mapped_column(Text)
    """What was said, verbatim."""
    key: Mapped[str]
    """Idempotency key of the request that led to it."""
    at: Mapped[float]
    """When it was stored."""
    voice: Mapped[str] = mapped_column(default="scripted", server_default="scripted")
    """Of a client's turn: who worded it."""
    closes: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Of a therapist's turn: whether it takes leave."""


class ClientCall(Base):
    """One finished call of the model that words a client, as a run records its calls."""

    __tablename__ = "client_call"

    id: Mapped[int] = mapped_column(primary_key=True)
    """Order of recording."""
    session: Mapped[str] = mapped_column(ForeignKey("session.id"), index=True)
    """The session that it served."""
    seq: Mapped[int]
    """Place of the turn that it was for."""
    key: Mapped[str]
    """Digest of what was asked."""
    reply: Mapped[str] = mapped_column(Text)
    """What came, until the turn is stored; then empty. A server that was killed takes it from here and does not ask anew."""
    at: Mapped[float]
    """When it was recorded."""
    role: Mapped[str]
    """client."""
    model: Mapped[str]
    """Name of the model."""
    served: Mapped[str | None]
    """The model that the provider says it used."""
    purpose: Mapped[str]
    """Turn of the client in the session, and try."""
    input_tokens: Mapped[int]
    """Tokens sent."""
    output_tokens: Mapped[int]
    """Tokens received."""
    seconds: Mapped[float | None]
    """How long the provider took; none where the reply was taken from here."""
    cached: Mapped[bool]
    """Whether the reply was taken from here."""
