"""What is put to masked raters, and what they say. No column names an arm, an actor or a model."""

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from therapyarc.web.store.tables.base import Base

__all__ = ["Feedback", "Lease", "RaterPlace", "Rating", "RatingRevision", "RatingTask", "SourceGuess"]


class RaterPlace(Base):
    """Which place of which panel a person has."""

    __tablename__ = "rater_place"
    __table_args__ = (UniqueConstraint("panel", "place"),)

    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    """The person."""
    panel: Mapped[str]
    """The human rater of the study file."""
    place: Mapped[int]
    """From 1."""


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
    panel: Mapped[str] = mapped_column(default="-", server_default="-", index=True)
    """The human rater of the study file whose task it is."""
    kind: Mapped[str] = mapped_column(default="real", server_default="real")
    """real, training, calibration, attention or duplicate."""
    target: Mapped[str] = mapped_column(default="-", server_default="-", index=True)
    """Opaque name that the tasks of one answer share."""
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    """Place among the tasks of its answer, or of its round."""
    case_cell: Mapped[str] = mapped_column(default="-", server_default="-")
    """Opaque case, for balance."""
    author_cell: Mapped[str] = mapped_column(default="-", server_default="-")
    """Opaque author, so that one is not met twice in a row."""
    label: Mapped[str] = mapped_column(default="-", server_default="-")
    """In a label study, what the rater is told of who speaks (machine, person, unlabelled); - elsewhere. It is drawn and
    says nothing of who spoke."""
    repeats: Mapped[str | None]
    """For a duplicate: the task that it repeats."""
    shown: Mapped[str] = mapped_column(Text, default="{}", server_default="{}")
    """All that the rater sees, as JSON."""
    expected: Mapped[int | None]
    """For training, calibration and check items: the intended value."""
    closed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether nobody is given it any more."""


class Lease(Base):
    """A rater's claim on a task, until it expires."""

    __tablename__ = "lease"
    __table_args__ = (Index("ix_lease_participant", "participant", "position"),)

    task: Mapped[str] = mapped_column(ForeignKey("rating_task.id"), primary_key=True)
    """The task."""
    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    """The rater."""
    position: Mapped[int]
    """Place of its answer in this rater's own order, from 0."""
    number: Mapped[int] = mapped_column(default=1, server_default="1")
    """The number that is shown: of its answer among the examples, or among what follows them, from 1."""
    expires_at: Mapped[float]
    """After this another may take it."""
    done_at: Mapped[float | None]
    """When the task was rated; none while it is open."""


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
    reason: Mapped[str | None]
    """In the rater's own choice: why it could not be rated."""
    evidence: Mapped[str] = mapped_column(Text, default="[]")
    """Turns or words marked as evidence, as JSON."""
    revision: Mapped[int]
    """1 for the first."""
    at: Mapped[float]
    """When it was stored."""


class RatingRevision(Base):
    """Every rating there ever was; rows are only added."""

    __tablename__ = "rating_revision"
    __table_args__ = (UniqueConstraint("rating", "key"),)

    rating: Mapped[str] = mapped_column(ForeignKey("rating.id"), primary_key=True)
    """The rating."""
    revision: Mapped[int] = mapped_column(primary_key=True)
    """Its revision."""
    value: Mapped[float | None]
    """What it was."""
    reason: Mapped[str | None]
    """Why there was none."""
    evidence: Mapped[str] = mapped_column(Text)
    """What was marked."""
    key: Mapped[str]
    """Idempotency key of the request."""
    at: Mapped[float]
    """When."""


class SourceGuess(Base):
    """What a rater believes of who wrote a text."""

    __tablename__ = "source_guess"

    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    """The rater."""
    task: Mapped[str] = mapped_column(ForeignKey("rating_task.id"), primary_key=True)
    """A task of the answer that was guessed about."""
    guess: Mapped[str]
    """human, machine or unsure."""
    at: Mapped[float]
    """When."""


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
