"""What researchers take out of the database: tables as they are, and a set in which nobody's pseudonym or time stands."""

import csv
import io
import secrets
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, select

from therapyarc.text.masking import Mask
from therapyarc.web.store.tables import (
    Administration,
    Conversation,
    ConversationSession,
    ConversationTurn,
    Feedback,
    Formulation,
    Participant,
    Practice,
    Rating,
    RatingTask,
    Respondent,
    Response,
    SyntheticPerson,
)

__all__ = ["COLUMNS", "TABLES", "Table", "as_csv", "as_parquet", "codebook_csv", "deidentified", "read_table"]

TableName = Literal["answers", "sessions", "turns", "practice", "ratings"]

COLUMNS: dict[str, dict[str, str]] = {
    "answers": {
        "participant": "pseudonym",
        "synthetic": "whether a program played the person",
        "role": "what the person came to do", "arm": "arm of the study",
        "kind": "choice, open or background", "condition": "state of training", "instrument": "instrument", "item": "item",
        "case": "case of the item",
        "field": "field of the answer, or of the background form", "value": "the answer", "missing": "why there is none",
        "revision": "1 for the first", "saved_at": "seconds since 1970", "locked": "whether its part is finished",
    },
    "sessions": {
        "participant": "pseudonym",
        "synthetic": "whether a program played the person",
        "arm": "arm; empty for practice", "purpose": "study or practice", "case": "client",
        "course": "opaque id", "session": "opaque id", "number": "place in the course", "started_at": "seconds since 1970",
        "ended_at": "seconds since 1970", "ended": "how it ended", "notes": "own notes",
    },
    "turns": {
        "session": "opaque id", "seq": "place from 0", "role": "client or therapist", "text": "what was said",
        "voice": "who worded a client's turn", "at": "seconds since 1970",
    },
    "practice": {
        "participant": "pseudonym",
        "synthetic": "whether a program played the person",
        "session": "opaque id", "case": "client", "stage": "practised or unseen",
        "origin": "session that a branch came from", "turns": "turns copied into a branch",
        "formulation": "the formulation as JSON",
        "feedback": "what was shown (real or sham), what was found, alarms and measures of danger, as JSON",
        "at": "seconds since 1970",
    },
    "ratings": {
        "rater": "pseudonym",
        "synthetic": "whether a program played the person",
        "task": "blind code", "session": "opaque id of what was rated", "turn": "turn, or none",
        "rubric": "rubric", "item": "item of the rubric", "value": "the value", "missing": "why there is none",
        "revision": "1 for the first", "at": "seconds since 1970",
    },
}  # fmt: skip
"""What every column of every table means."""

TABLES: tuple[TableName, ...] = ("answers", "sessions", "turns", "practice", "ratings")
"""Names of the tables."""

Table = list[dict[str, object]]
"""Rows by column."""

_PEOPLE = ("participant", "rater")
_IDS = ("session", "course", "task", "origin")
_TIMES = ("saved_at", "started_at", "ended_at", "at")
_TEXTS = ("value", "text", "notes", "formulation", "feedback")


def read_table(connection: Connection, name: TableName) -> Table:
    """Return a table. None holds an identity: names lie apart and sealed, and are never exported."""
    readers: dict[str, Callable[[Connection], Iterable[tuple[object, ...]]]] = {
        "answers": _answers,
        "sessions": _sessions,
        "turns": _turns,
        "practice": _practice,
        "ratings": _ratings,
    }
    played = set(connection.scalars(select(SyntheticPerson.participant)).all())
    rows = readers[name](connection)
    if "synthetic" in COLUMNS[name]:
        rows = ((row[0], row[0] in played, *row[1:]) for row in rows)
    return [dict(zip(COLUMNS[name], row, strict=True)) for row in rows]


def _answers(connection: Connection) -> Iterable[tuple[object, ...]]:
    rows = connection.execute(
        select(
            Administration.participant, Participant.role, Respondent.arm, Administration.condition,
            Administration.instrument, Administration.item.label("asked"), Administration.case_id, Response.item,
            Response.field, Response.value, Response.missing, Response.revision, Response.saved_at,
            Administration.locked_at, Administration.kind, Administration.options,
        )
        .join(Administration, Administration.id == Response.administration)
        .join(Participant, Participant.id == Administration.participant)
        .outerjoin(Respondent, Respondent.participant == Administration.participant)
        .order_by(Administration.participant, Administration.part, Administration.position, Response.item, Response.field)
    )  # fmt: skip
    for row in rows:
        kind = "background" if row.kind == "background" else "open" if row.options == "[]" else "choice"
        field = row.item if kind == "background" else row.field
        yield (*row[:3], kind, *row[3:7], field, *row[9:13], row.locked_at is not None)


def _sessions(connection: Connection) -> Iterable[tuple[object, ...]]:
    rows = connection.execute(
        select(
            Conversation.participant, Respondent.arm, Conversation.purpose, Conversation.case_id, Conversation.id,
            ConversationSession.id, ConversationSession.number, ConversationSession.started_at,
            ConversationSession.ended_at, ConversationSession.ended, ConversationSession.notes,
        )
        .join(ConversationSession, ConversationSession.conversation == Conversation.id)
        .outerjoin(Respondent, Respondent.participant == Conversation.participant)
        .order_by(Conversation.participant, Conversation.position, ConversationSession.number)
    )  # fmt: skip
    yield from map(tuple, rows)


def _turns(connection: Connection) -> Iterable[tuple[object, ...]]:
    rows = connection.execute(
        select(
            ConversationTurn.session, ConversationTurn.seq, ConversationTurn.role, ConversationTurn.text,
            ConversationTurn.voice, ConversationTurn.at,
        ).order_by(ConversationTurn.session, ConversationTurn.seq)
    )  # fmt: skip
    yield from map(tuple, rows)


def _practice(connection: Connection) -> Iterable[tuple[object, ...]]:
    rows = connection.execute(
        select(
            Conversation.participant, ConversationSession.id, Conversation.case_id, Practice.stage, Practice.origin,
            Practice.turns, Formulation.fields, Feedback.body, Formulation.finished_at,
        )
        .join(Practice, Practice.conversation == Conversation.id)
        .join(ConversationSession, ConversationSession.conversation == Conversation.id)
        .outerjoin(Formulation, Formulation.session == ConversationSession.id)
        .outerjoin(Feedback, Feedback.subject == ConversationSession.id)
        .order_by(Conversation.participant, Conversation.position)
    )  # fmt: skip
    yield from map(tuple, rows)


def _ratings(connection: Connection) -> Iterable[tuple[object, ...]]:
    rows = connection.execute(
        select(
            Rating.participant, Rating.task, RatingTask.session, RatingTask.turn, RatingTask.rubric, Rating.item,
            Rating.value, Rating.missing, Rating.revision, Rating.at,
        )
        .join(RatingTask, RatingTask.id == Rating.task)
        .order_by(Rating.participant, Rating.task, Rating.item)
    )  # fmt: skip
    yield from map(tuple, rows)


def as_csv(name: str, rows: Table) -> bytes:
    """Return a table as CSV (UTF-8, comma), with an apostrophe before texts that a spreadsheet would take for formulas."""
    return _csv(COLUMNS[name], rows)


def _csv(columns: Iterable[str], rows: Table) -> bytes:
    names, out = list(columns), io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_safe(row[name]) for name in names] for row in rows)
    return out.getvalue().encode()


def _safe(value: object) -> object:
    if isinstance(value, str) and value.lstrip(" ").startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    ):
        return f"'{value}"
    return "" if value is None else value


def as_parquet(name: str, rows: Table) -> bytes:
    """Return a table as Parquet, texts unchanged."""
    out = io.BytesIO()
    pq.write_table(pa.table({column: [row[column] for row in rows] for column in COLUMNS[name]}), out)
    return out.getvalue()


def codebook_csv() -> bytes:
    """Return what every column of every table means."""
    rows: Table = [
        {"table": table, "column": column, "meaning": meaning}
        for table, columns in COLUMNS.items()
        for column, meaning in columns.items()
    ]
    return _csv(("table", "column", "meaning"), rows)


def deidentified(tables: Mapping[TableName, Table], *, texts: bool) -> bytes:
    """Return a zip of all tables as CSV with pseudonyms and ids drawn anew and times as whole days since the first.

    The new names are random and kept nowhere, so no two sets can be linked by them. Texts are left out, or with `texts`
    masked by rule, which misses names that are written small: whoever shares them must read them first. The background form
    is left out: a few answers together can single somebody out.
    """
    names: dict[object, str] = {}
    taken: set[str] = set()

    def renamed(value: object) -> object:
        if value is None:
            return None
        if value not in names:
            while (name := secrets.token_hex(5)) in taken:
                pass
            taken.add(name)
            names[value] = name
        return names[value]

    times = [row[column] for rows in tables.values() for row in rows for column in _TIMES if row.get(column)]
    first = min((float(str(time)) for time in times), default=0.0)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, rows in tables.items():
            fresh = [
                _plain(row, renamed, first, texts=texts) for row in rows if row.get("kind") != "background"
            ]
            fresh.sort(key=lambda row: [str(row[column]) for column in row if column in (*_PEOPLE, *_IDS)])
            folder.writestr(f"{name}.csv", as_csv(name, fresh))
        folder.writestr("codebook.csv", codebook_csv())
    return out.getvalue()


def _plain(
    row: Mapping[str, object], renamed: Callable[[object], object], first: float, *, texts: bool
) -> dict[str, object]:
    result: dict[str, object] = {}
    for column, value in row.items():
        if column in _PEOPLE or column in _IDS:
            result[column] = renamed(value)
        elif column in _TIMES:
            result[column] = None if value is None else int((float(str(value)) - first) // 86_400)
        elif column in _TEXTS and isinstance(value, str) and value and row.get("kind") != "choice":
            result[column] = Mask().masked([value])[0] if texts else "(text left out)"
        else:
            result[column] = value
    return result
