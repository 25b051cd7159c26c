"""The event log: each row holds the hash of the one before."""

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from therapyarc.web.store.tables.base import Base

__all__ = ["EventLog"]


class EventLog(Base):
    """One event. Holds no answers and no identity, so that erasure need not touch it."""

    __tablename__ = "event_log"

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    """Place in the chain, from 1."""
    at: Mapped[float]
    """When."""
    actor: Mapped[str]
    """Pseudonym of who did it; `operator` for the command line."""
    kind: Mapped[str]
    """What was done, such as `answer.saved`."""
    subject: Mapped[str]
    """Id of what it was done to."""
    detail: Mapped[str] = mapped_column(Text)
    """More, as JSON; never content."""
    previous: Mapped[str]
    """Hash of the row before; 64 zeros for the first."""
    hash: Mapped[str]
    """SHA-256 of this row with `previous` in it."""
