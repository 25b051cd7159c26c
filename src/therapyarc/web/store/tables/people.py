"""Who takes part: pseudonyms, invitations, logins, consent; identity apart and sealed."""

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from therapyarc.web.store.tables.base import Base

__all__ = [
    "Consent",
    "Identity",
    "Invitation",
    "Login",
    "Participant",
    "ProtocolVersion",
    "Respondent",
    "Study",
    "SyntheticPerson",
]


class Study(Base):
    """The one study that this database serves."""

    __tablename__ = "study"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Study id."""
    title: Mapped[str]
    """Title."""
    created_at: Mapped[float]
    """When the database was made."""
    paused: Mapped[bool] = mapped_column(default=False)
    """Whether nobody may answer for now."""


class ProtocolVersion(Base):
    """Each version of the study file that was ever served."""

    __tablename__ = "protocol_version"

    digest: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the design."""
    study: Mapped[str] = mapped_column(ForeignKey("study.id"))
    """Study id."""
    created_at: Mapped[float]
    """When it was first served."""


class Participant(Base):
    """One person under a pseudonym."""

    __tablename__ = "participant"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Pseudonym: 96 random bits."""
    role: Mapped[str]
    """therapist, rater, trainee or researcher."""
    status: Mapped[str] = mapped_column(default="invited")
    """invited, active, finished or withdrawn."""
    created_at: Mapped[float]
    """When the place was made."""


class SyntheticPerson(Base):
    """A participant who is a program, played to show a study filled in."""

    __tablename__ = "synthetic_person"

    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    """Pseudonym."""


class Identity(Base):
    """Name and address of a person, sealed; the only place where they stand."""

    __tablename__ = "identity"

    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    """Pseudonym."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Nonce and AES-GCM ciphertext; the key lies outside the database."""


class Invitation(Base):
    """A link by which a person comes in, again and again, until it expires or is revoked."""

    __tablename__ = "invitation"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Random id, as lists show it."""
    digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the token; the token itself is stored nowhere."""
    code_digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the code for typing by hand."""
    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), index=True)
    """Who comes in by it."""
    created_at: Mapped[float]
    """When it was made."""
    expires_at: Mapped[float]
    """After this it is refused."""
    revoked_at: Mapped[float | None]
    """When it was revoked; none while it holds."""
    used_at: Mapped[float | None]
    """When it was last used."""


class Login(Base):
    """A browser that came in by an invitation."""

    __tablename__ = "login"

    digest: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the cookie."""
    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), index=True)
    """Who."""
    csrf: Mapped[str]
    """Token that every unsafe request of this login carries."""
    created_at: Mapped[float]
    """Start."""
    expires_at: Mapped[float]
    """End."""


class Consent(Base):
    """What a person decided on which version of the information; rows are only added."""

    __tablename__ = "consent"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Random id."""
    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), index=True)
    """Who."""
    version: Mapped[str]
    """SHA-256 of the text as it was shown."""
    language: Mapped[str]
    """Its language."""
    decision: Mapped[str]
    """given, declined or withdrawn."""
    at: Mapped[float]
    """When."""


class Respondent(Base):
    """Who fills an actor's place in the study. Part of the key: raters' pages never read this table."""

    __tablename__ = "respondent"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Random id."""
    participant: Mapped[str] = mapped_column(ForeignKey("participant.id"), unique=True)
    """The person."""
    arm: Mapped[str]
    """Arm of the study."""
    actor: Mapped[str]
    """Actor of the arm whose place it is."""
