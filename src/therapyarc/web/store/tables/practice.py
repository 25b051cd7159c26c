"""Practice of trainees: what kind of feedback each gets, where a practice came from, and formulations written after it."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from therapyarc.web.store.tables.base import Base

__all__ = ["Formulation", "Practice", "Trainee"]


class Trainee(Base):
    """One trainee's place in the experiment on feedback. Pages name it to nobody before all is done."""

    __tablename__ = "trainee"

    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    """Who."""
    feedback: Mapped[str]
    """real or sham."""
    place: Mapped[int] = mapped_column(unique=True)
    """Place in the order of arrival, from 0; two neighbours from an even place on make a pair."""


class Practice(Base):
    """What a practice conversation is beside its turns."""

    __tablename__ = "practice"

    conversation: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    """The conversation."""
    stage: Mapped[str]
    """practised or unseen."""
    origin: Mapped[str | None]
    """For a branch: the session that it was copied from."""
    turns: Mapped[int]
    """For a branch: how many turns were copied; 0 otherwise."""


class Formulation(Base):
    """What a trainee makes of a client after a session. The truth is shown only after it is finished."""

    __tablename__ = "formulation"

    session: Mapped[str] = mapped_column(ForeignKey("session.id"), primary_key=True)
    """The session."""
    fields: Mapped[str] = mapped_column(Text)
    """Field to text, as JSON."""
    saved_at: Mapped[float]
    """When it was last stored."""
    finished_at: Mapped[float | None]
    """When it was finished; none while it can be changed."""
