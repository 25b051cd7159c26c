"""What belongs to one person: handed out whole, or erased. Found by following the schema, so that no table is forgotten."""

import json
from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Table, delete, func, or_, select, update

from therapyarc.web.audit import record_event
from therapyarc.web.identity import erase_identity, read_identity
from therapyarc.web.invitation import revoke
from therapyarc.web.rating.withdrawal import close_tasks_about, forget_ratings, give_up_leases
from therapyarc.web.store.tables import (
    Administration,
    Base,
    Conversation,
    ConversationSession,
    EventLog,
    Identity,
    Participant,
    SyntheticPerson,
)

__all__ = ["UnknownPersonError", "erase_person", "forget_words", "idle_people", "own_data", "real_people"]

_KEPT = frozenset(
    {
        "participant",
        "consent",
        "respondent",
        "administration",
        "conversation",
        "session",
        "trainee",
        "rater_place",
        "synthetic_person",
    }
)
"""Tables whose rows hold no words: a place stays taken, a consent stays proven, a planned session stays planned."""

_SECRET = frozenset({"digest", "code_digest", "csrf", "sealed", "state", "reply"})
"""Columns that are not handed out: what opens doors, the hidden side of invented clients, and unchecked words of models."""


class UnknownPersonError(Exception):
    """There is nobody of this pseudonym."""


def _reach(participant: str) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yield every table with rows that belong to a person, parents first, and which rows.

    What others said about a task is theirs, so rows are not followed through `rating_task`.
    """
    own: dict[str, ColumnElement[bool]] = {"participant": Participant.id == participant}
    for table in Base.metadata.sorted_tables:
        if table.name == "participant":
            yield table, own["participant"]
            continue
        ways = [
            column.in_(select(key.column).where(own[key.column.table.name]))
            for column in table.columns
            for key in column.foreign_keys
            if key.column.table.name in own and key.column.table.name != "rating_task"
        ]
        if ways:
            own[table.name] = or_(*ways)
            yield table, own[table.name]


def _known(connection: Connection, participant: str) -> None:
    if connection.scalar(select(Participant.id).where(Participant.id == participant)) is None:
        raise UnknownPersonError(
            f"there is nobody of the pseudonym {participant!r}; the researchers' page lists all"
        )


def forget_words(connection: Connection, participant: str, at: float) -> dict[str, int]:
    """Delete identity, logins and every word of a person, also where raters see them. Return rows by table."""
    close_tasks_about(connection, participant)
    forget_ratings(connection, participant)
    tables = [(table, rows) for table, rows in _reach(participant) if table.name not in _KEPT]
    counts = {
        table.name: connection.scalar(select(func.count()).select_from(table).where(rows)) or 0
        for table, rows in tables
    }
    for table, rows in reversed(tables):
        connection.execute(delete(table).where(rows))
    gone = {name: count for name, count in counts.items() if count}
    mine = select(Conversation.id).where(Conversation.participant == participant)
    connection.execute(
        update(ConversationSession)
        .where(ConversationSession.conversation.in_(mine))
        .values(started_at=None, ended_at=None, ended=None, notes="", state="")
    )
    connection.execute(
        update(Conversation)
        .where(Conversation.participant == participant, Conversation.over_at.is_(None))
        .values(over_at=at)
    )
    return gone


def erase_person(
    connection: Connection, participant: str, at: float, *, by: str = "operator", answers: bool = True
) -> dict[str, int]:
    """Erase a person: identity, and with `answers` every word, in one transaction; return rows by table.

    What stays: the pseudonym with its state, decisions of consent, which place was held, and the trail, none of which holds
    words. Copies made before (runs, downloads, backups) are out of reach; the trail lists downloads.

    Raises
    ------
    UnknownPersonError
        If there is no such pseudonym.
    """
    _known(connection, participant)
    gone: dict[str, int] = {}
    if answers:
        gone = forget_words(connection, participant, at)
        connection.execute(
            update(Administration).where(Administration.participant == participant).values(locked_at=None)
        )
    elif erase_identity(connection, participant):
        gone = {"identity": 1}
    connection.execute(update(Participant).where(Participant.id == participant).values(status="withdrawn"))
    give_up_leases(connection, participant)
    revoke(connection, participant, at, by=by)
    detail: dict[str, object] = {"answers": answers, "rows": gone}
    record_event(connection, at, by, "participant.erased", participant, detail)
    return gone


def own_data(connection: Connection, participant: str, key: bytes | None) -> dict[str, object]:
    """Return all that is held of a person, by table, with the name where `key` opens it; secrets of logins left out.

    Raises
    ------
    UnknownPersonError
        If there is no such pseudonym.
    IdentityKeyError
        If the key is not the one that the name was sealed with.
    """
    _known(connection, participant)
    tables: dict[str, object] = {}
    for table, rows in _reach(participant):
        columns = [column for column in table.columns if column.name not in _SECRET]
        held = [dict(row._mapping) for row in connection.execute(select(*columns).where(rows))]
        if held:
            tables[table.name] = held
    events = (
        select(EventLog.at, EventLog.kind, EventLog.subject)
        .where(EventLog.actor == participant)
        .order_by(EventLog.seq)
    )
    tables["event_log"] = [dict(row._mapping) for row in connection.execute(events)]
    there = (
        connection.scalar(select(Identity.participant).where(Identity.participant == participant)) is not None
    )
    name = read_identity(connection, key, participant) if there and key is not None else None
    result: dict[str, object] = {
        "participant": participant,
        "identity_held": there,
        "identity": name,
        "tables": tables,
    }
    json.dumps(result)
    return result


def idle_people(connection: Connection, before: float) -> list[tuple[str, str, float]]:
    """Return (pseudonym, state, last activity) of those who did nothing since `before` and are not erased yet."""
    last = select(EventLog.actor, func.max(EventLog.at).label("at")).group_by(EventLog.actor).subquery()
    erased = select(EventLog.subject).where(EventLog.kind == "participant.erased")
    rows = connection.execute(
        select(Participant.id, Participant.status, func.coalesce(last.c.at, Participant.created_at))
        .outerjoin(last, last.c.actor == Participant.id)
        .where(Participant.role != "researcher", Participant.id.not_in(erased))
        .order_by(Participant.created_at)
    )
    return [(row[0], row[1], row[2]) for row in rows if row[2] < before]


def real_people(connection: Connection) -> int:
    """Return how many participants are people, researchers apart, and not played by a program."""
    played = select(SyntheticPerson.participant)
    counted = (
        select(func.count())
        .select_from(Participant)
        .where(Participant.role != "researcher", Participant.id.not_in(played))
    )
    return connection.scalar(counted) or 0
