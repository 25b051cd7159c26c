"""What is put to masked raters, and what they say. No column names an arm, an actor or a model."""

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from therapyarc.web.store.tables.base import Base

__all__ = ["Feedback", "Lease", "Rating", "RatingTask"]


class RatingTask(Base):
    """One target to be rated by one rubric."""

    __tablename__ = "rating_task"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Blind code: random, the only name of the target that a rater's browser sees."""
    session: Mapped[str]
    """Opaque id of the rated session."""
    turn: Mapped[int | None]
    """The rated turn; none for the session or single reply as a whole."""
    until: Mapped[int | None]
    """For a window of turns, the last of them."""
    rubric: Mapped[str]
    """Rubric."""
    version: Mapped[str]
    """Its version."""
    needed: Mapped[int]
    """Raters wanted."""
    stratum: Mapped[str] = mapped_column(default="")
    """Opaque cell of the allocation over which a rater's tasks are balanced."""


class Lease(Base):
    """A rater's claim on a task, until it expires."""

    __tablename__ = "lease"

    task: Mapped[str] = mapped_column(ForeignKey("rating_task.id"), primary_key=True)
    """The task."""
    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    """The rater."""
    position: Mapped[int]
    """Place in this rater's own order, from 0."""
    expires_at: Mapped[float]
    """After this another may take it."""


class Rating(Base):
    """The current value that one rater gave to one task on one item of its rubric."""

    __tablename__ = "rating"
    __table_args__ = (UniqueConstraint("task", "participant", "item"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    """Random id."""
    task: Mapped[str] = mapped_column(ForeignKey("rating_task.id"))
    """The task."""
    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), index=True)
    """The rater."""
    item: Mapped[str] = mapped_column(default="")
    """Item of the rubric; the empty string for a rubric of one value."""
    value: Mapped[float | None]
    """The value; none where missing."""
    missing: Mapped[str | None]
    """Why there is none."""
    evidence: Mapped[str] = mapped_column(Text, default="[]")
    """Turns or words marked as evidence, as JSON."""
    revision: Mapped[int]
    """1 for the first."""
    at: Mapped[float]
    """When it was stored."""


class Feedback(Base):
    """What was said to a person about the person's own work."""

    __tablename__ = "feedback"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Random id."""
    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), index=True)
    """To whom."""
    subject: Mapped[str]
    """Session or task that it is about."""
    kind: Mapped[str]
    """Kind of feedback."""
    body: Mapped[str] = mapped_column(Text)
    """The feedback, as JSON."""
    at: Mapped[float]
    """When."""
