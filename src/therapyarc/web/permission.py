"""Who may do what: one function that every page passes through, before any of its code runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, bindparam, select

from therapyarc.web.store import Prepared
from therapyarc.web.store.tables import Administration, Conversation, ConversationSession, Lease

__all__ = ["ANYONE", "EVERYONE", "Owner", "Role", "Rule", "Verdict", "decide", "of_administration", "of_conversation",
           "of_lease", "of_session"]  # fmt: skip

Role = Literal["therapist", "rater", "trainee", "researcher"]
"""What a person came to do."""

EVERYONE: frozenset[Role] = frozenset({"therapist", "rater", "trainee", "researcher"})
"""Whoever came in by an invitation."""

ANYONE: frozenset[Role] = frozenset()
"""No login is needed."""

Owner = Callable[[Connection, str, str], bool]
"""Whether the person (second argument) owns the object (third)."""

_ADMINISTERED = Prepared(select(Administration.participant).where(Administration.id == bindparam("target")))
_CONVERSING = Prepared(select(Conversation.participant).where(Conversation.id == bindparam("target")))
_MEETING = Prepared(
    select(Conversation.participant)
    .join(ConversationSession, ConversationSession.conversation == Conversation.id)
    .where(ConversationSession.id == bindparam("target"))
)
_LEASED = Prepared(
    select(Lease.participant).where(
        Lease.task == bindparam("target"), Lease.participant == bindparam("participant")
    )
)

Verdict = Literal["allowed", "log_in", "forbidden", "absent"]
"""`absent` is said of what belongs to another, so that nobody learns what there is."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks of its visitor."""

    roles: frozenset[Role]
    """Who may come; empty for anyone."""
    owner: Owner | None = None
    """For a route with an object in its path: who owns it."""


def decide(
    rule: Rule, connection: Connection, participant: str | None, role: str | None, target: str | None
) -> Verdict:
    """Return whether a visitor may pass."""
    if not rule.roles:
        return "allowed"
    if participant is None:
        return "log_in"
    if role not in rule.roles:
        return "forbidden"
    if rule.owner is not None and (target is None or not _nameable(target)):
        return "absent"
    if rule.owner is not None and not rule.owner(connection, participant, target or ""):
        return "absent"
    return "allowed"


def _nameable(target: str) -> bool:
    """Return whether there can be an object of this name: PostgreSQL takes no NUL, and no driver half a character."""
    return target.isascii() and target.isprintable()


def of_administration(connection: Connection, participant: str, target: str) -> bool:
    """Return whether this is an item, form or material of the person."""
    return bool(_ADMINISTERED.scalar(connection, {"target": target}) == participant)


def of_conversation(connection: Connection, participant: str, target: str) -> bool:
    """Return whether the course is the person's."""
    return bool(_CONVERSING.scalar(connection, {"target": target}) == participant)


def of_session(connection: Connection, participant: str, target: str) -> bool:
    """Return whether the session is one of the person's courses."""
    return bool(_MEETING.scalar(connection, {"target": target}) == participant)


def of_lease(connection: Connection, participant: str, target: str) -> bool:
    """Return whether the rating task is held by the person."""
    return _LEASED.scalar(connection, {"target": target, "participant": participant}) is not None
