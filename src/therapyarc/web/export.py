"""What researchers take out of the database: tables as they are, and a set in which nobody's pseudonym or time stands.

Rows pass from the database to the file in parts, so that memory does not grow with the table.
"""

import io
import json
import secrets
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import Any, BinaryIO, Literal, cast

from sqlalchemy import Connection, Executable, func, select

from therapyarc.text.masking import Mask
from therapyarc.text.spreadsheet import SheetWriter
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

__all__ = [
    "COLUMNS",
    "TABLES",
    "Row",
    "TableName",
    "codebook_csv",
    "read_rows",
    "write_csv",
    "write_deidentified",
    "write_parquet",
]

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

Row = tuple[object, ...]
"""One row, its values in the order of `COLUMNS`."""

_PART = 20_000
"""Rows held in memory at once."""
_PEOPLE = ("participant", "rater")
_IDS = ("session", "course", "task", "origin")
_TIMES = ("saved_at", "started_at", "ended_at", "at")
_TEXTS = ("value", "text", "notes", "formulation", "feedback")
_FLAGS = ("synthetic", "locked")
_COUNTS = ("revision", "number", "seq", "turn", "turns")


def read_rows(connection: Connection, name: TableName) -> Iterator[Row]:
    """Yield a table's rows as the database sends them, never all at once.

    None holds an identity: names lie apart and sealed, and are never exported.
    """
    readers: dict[str, Callable[[Connection], Iterable[Row]]] = {
        "answers": _answers,
        "sessions": _sessions,
        "turns": _turns,
        "practice": _practice,
        "ratings": _ratings,
    }
    played = set(connection.scalars(select(SyntheticPerson.participant)).all())
    rows = readers[name](connection)
    if "synthetic" not in COLUMNS[name]:
        yield from rows
        return
    for row in rows:
        yield row[0], row[0] in played, *row[1:]


def _sent(connection: Connection, wanted: Executable) -> Iterator[Any]:
    yield from connection.execute(wanted.execution_options(stream_results=True, yield_per=_PART))


def _answers(connection: Connection) -> Iterator[Row]:
    rows = _sent(
        connection,
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


def _sessions(connection: Connection) -> Iterator[Row]:
    rows = _sent(
        connection,
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


def _turns(connection: Connection) -> Iterator[Row]:
    rows = _sent(
        connection,
        select(
            ConversationTurn.session, ConversationTurn.seq, ConversationTurn.role, ConversationTurn.text,
            ConversationTurn.voice, ConversationTurn.at,
        ).order_by(ConversationTurn.session, ConversationTurn.seq)
    )  # fmt: skip
    yield from map(tuple, rows)


def _practice(connection: Connection) -> Iterator[Row]:
    rows = _sent(
        connection,
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


def _ratings(connection: Connection) -> Iterator[Row]:
    rows = _sent(
        connection,
        select(
            Rating.participant, Rating.task, RatingTask.session, RatingTask.turn, RatingTask.rubric, Rating.item,
            Rating.value, Rating.missing, Rating.revision, Rating.at,
        )
        .join(RatingTask, RatingTask.id == Rating.task)
        .order_by(Rating.participant, Rating.task, Rating.item)
    )  # fmt: skip
    yield from map(tuple, rows)


def write_csv(name: TableName, rows: Iterable[Row], out: BinaryIO) -> int:
    """Write a table as CSV (UTF-8, comma) with safe cells (see `text.spreadsheet`), and return the number of rows."""
    return _csv(COLUMNS[name], rows, out)


def _csv(columns: Iterable[str], rows: Iterable[Row], out: BinaryIO) -> int:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    sheet, count = SheetWriter(text), 0
    try:
        sheet.row(columns)
        for part in _parts(rows):
            sheet.rows(part)
            count += len(part)
    finally:
        text.detach()  # or the wrapper would close what it was lent
    return count


def write_parquet(name: TableName, rows: Iterable[Row], out: BinaryIO) -> int:
    """Write a table as Parquet, texts unchanged, and return the number of rows."""
    import pyarrow as pa  # takes 30 MiB, which a server from which none is asked does without
    import pyarrow.parquet as pq

    count = 0
    schema = pa.schema([(column, pa.type_for_alias(_kind(name, column))) for column in COLUMNS[name]])
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for part in _parts(rows):
            columns = [
                pa.array(values, field.type)
                for values, field in zip(zip(*part, strict=True), schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(columns, schema=schema))
            count += len(part)
    return count


def _kind(name: TableName, column: str) -> str:
    """Return Arrow's name of a column's type."""
    if column in _TIMES or (name, column) == ("ratings", "value"):
        return "double"
    if column in _FLAGS:
        return "bool"
    return "int64" if column in _COUNTS else "string"


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    steady = iter(rows)
    while part := list(islice(steady, _PART)):
        yield part


def codebook_csv() -> bytes:
    """Return what every column of every table means."""
    out = io.BytesIO()
    rows = ((name, column, meaning) for name, own in COLUMNS.items() for column, meaning in own.items())
    _csv(("table", "column", "meaning"), rows, out)
    return out.getvalue()


def write_deidentified(connection: Connection, out: BinaryIO, *, texts: bool) -> int:
    """Write a zip of all tables as CSV with pseudonyms and ids drawn anew and times as whole days since the first.

    The new names are random and kept nowhere, so no two sets can be linked by them. Texts are left out, or with `texts`
    masked by rule, which misses names that are written small: whoever shares them must read them first. The background form
    is left out: a few answers together can single somebody out. Rows stand in the order of the new names. Returns the number
    of rows.
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

    first, count = _first_time(connection), 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        for name in TABLES:
            fresh = _plain(name, read_rows(connection, name), renamed, first, texts=texts)
            with folder.open(f"{name}.csv", "w", force_zip64=True) as file:
                count += write_csv(name, _in_new_order(name, fresh), cast("BinaryIO", file))
        folder.writestr("codebook.csv", codebook_csv())
    return count


def _first_time(connection: Connection) -> float:
    columns = (
        Response.saved_at, ConversationSession.started_at, ConversationSession.ended_at, ConversationTurn.at,
        Formulation.finished_at, Rating.at,
    )  # fmt: skip
    found = [connection.scalar(select(func.min(column))) for column in columns]
    return min((time for time in found if time is not None), default=0.0)


def _plain(
    name: TableName,
    rows: Iterable[Row],
    renamed: Callable[[object], object],
    first: float,
    *,
    texts: bool,
) -> Iterator[Row]:
    columns = list(COLUMNS[name])
    kind = columns.index("kind") if "kind" in columns else None

    def day(value: object) -> object:
        return None if value is None else int((float(str(value)) - first) // 86_400)

    def hidden(value: object) -> object:
        if not isinstance(value, str) or not value:
            return value
        return Mask().masked([value])[0] if texts else "(text left out)"

    changes = [
        (
            place,
            renamed if column in (*_PEOPLE, *_IDS) else day if column in _TIMES else hidden,
            column in _TEXTS,
        )
        for place, column in enumerate(columns)
        if column in (*_PEOPLE, *_IDS, *_TIMES, *_TEXTS)
    ]
    for row in rows:
        what = None if kind is None else row[kind]
        if what != "background":
            fresh = list(row)
            for place, change, text in changes:
                if not (text and what == "choice"):
                    fresh[place] = change(fresh[place])
            yield tuple(fresh)


def _in_new_order(name: TableName, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows ordered by their new names; they wait in a database without a name, in memory as far as it is small."""
    places = [place for place, column in enumerate(COLUMNS[name]) if column in (*_PEOPLE, *_IDS)]
    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as waiting:
        waiting.execute("CREATE TABLE waiting (place TEXT, row TEXT)")
        waiting.execute("BEGIN")
        waiting.executemany(
            "INSERT INTO waiting VALUES (?, ?)",
            (("\t".join(str(row[place]) for place in places), json.dumps(row)) for row in rows),
        )
        for (row,) in waiting.execute("SELECT row FROM waiting ORDER BY place, rowid"):
            yield tuple(json.loads(row))
