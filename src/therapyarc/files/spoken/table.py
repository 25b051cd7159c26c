"""Rows of utterances into transcripts, one after another, however the rows are ordered."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from therapyarc.domain import Role, Turn
from therapyarc.files.spoken.joined import Utterance, joined
from therapyarc.files.spoken.listening import Listening, unheard
from therapyarc.files.spoken.source import Source
from therapyarc.text.halves import without_halves

__all__ = ["SORTING", "Cells", "transcripts_of_rows"]


SORTING = ".sorting-"
"""Beginning of the name of the folder in which rows are sorted; one that a killed run left is removed by the next."""

_MADE = (
    "CREATE TABLE said (first INT, place REAL, line INT, id TEXT, who TEXT, text TEXT, onset REAL, ends REAL)"
)


@dataclass(frozen=True, slots=True)
class Cells:
    """One row of a table of utterances."""

    line: int
    """Line of the file, from 1."""
    transcript: str
    """Id of its transcript."""
    speaker: str
    """Name of the speaker."""
    text: str
    """What was said."""
    order: float | None = None
    """Place in the transcript; none where rows stand in their order."""
    onset_s: float | None = None
    """Seconds from the start of the session to its start, where known."""
    offset_s: float | None = None
    """Seconds from the start of the session to its end, where known."""


def transcripts_of_rows(
    source: Source,
    rows: Callable[[Callable[[int], None]], Iterable[Cells]],
    listening: Listening,
    *,
    repeats: bool,
) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """Yield transcripts in the order in which they begin, holding one in memory.

    `rows` begins the table anew each time; it is told whom to tell of the bytes read. Where rows of a transcript do not
    stand together or not in their order, all are sorted on disk first, in a file that is deleted afterwards.

    Without `repeats`, a row that repeats another of its transcript in place, speaker and words is left out (tables with a
    row for each annotator); rows without a place are never taken for repeats.
    """
    if _in_order(rows(lambda _: None)):
        yield from _grouped(source, rows(listening.heard), listening, repeats)
        return
    with tempfile.TemporaryDirectory(prefix=SORTING, dir=listening.scratch) as folder:
        yield from _grouped(source, _sorted(rows(listening.heard), Path(folder)), listening, repeats)


def _grouped(
    source: Source, rows: Iterable[Cells], listening: Listening, repeats: bool
) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    unknown: set[str] = set()
    for name, group in groupby(rows, key=lambda row: row.transcript):
        said = _once(group, repeats=repeats)
        yield name, joined(_utterances(source, said, listening, unknown))


def _in_order(rows: Iterable[Cells]) -> bool:
    seen: set[int] = set()  # hashes, so that long ids take no room
    for name, group in groupby(rows, key=lambda row: row.transcript):
        if hash(name) in seen:
            return False
        seen.add(hash(name))
        last = float("-inf")
        for row in group:
            if row.order is not None:
                if row.order < last:
                    return False
                last = row.order
    return True


def _sorted(rows: Iterable[Cells], folder: Path) -> Iterator[Cells]:
    first: dict[str, int] = {}
    with closing(sqlite3.connect(folder / "rows.sqlite", isolation_level=None)) as base:
        for statement in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", _MADE, "BEGIN"):
            base.execute(statement)
        base.executemany(
            "INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (first.setdefault(row.transcript, len(first)), row.order, row.line, without_halves(row.transcript),
                 without_halves(row.speaker), without_halves(row.text), row.onset_s, row.offset_s)
                for row in rows
            ),
        )  # fmt: skip
        base.execute("CREATE INDEX in_order ON said (first, place, line)")
        base.execute("COMMIT")
        found = base.execute(
            "SELECT line, id, who, text, place, onset, ends FROM said ORDER BY first, place, line"
        )
        for cells in found:
            yield Cells(*cells)


def _once(rows: Iterable[Cells], *, repeats: bool) -> Iterator[Cells]:
    seen: set[tuple[str, str]] = set()
    place: float | None = None
    for row in rows:
        if row.order is None or row.order != place:
            seen.clear()  # repeats stand together once rows are in order
            place = row.order
        if repeats or row.order is None or (row.speaker, row.text) not in seen:
            seen.add((row.speaker, row.text))
            yield row


def _utterances(
    source: Source, rows: Iterable[Cells], listening: Listening, unknown: set[str]
) -> Iterator[Utterance]:
    for row in rows:
        role = listening.speakers.role(row.speaker)
        if role is None and row.speaker.casefold() not in unknown:
            unknown.add(row.speaker.casefold())
            listening.unread.note(source.main, row.line, unheard(row.speaker), row.speaker, "speaker")
        if role in {"client", "therapist"}:
            own: Role = "client" if role == "client" else "therapist"
            yield Utterance(own, row.text, row.onset_s, row.offset_s)
