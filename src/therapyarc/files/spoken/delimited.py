"""Tables of utterances with commas, semicolons, tabs or bars between the cells."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TextIO

from therapyarc.domain import Turn
from therapyarc.files.spoken.columns import Row, UnclearColumnsError, columns_of
from therapyarc.files.spoken.decoding import opened
from therapyarc.files.spoken.listening import Listening
from therapyarc.files.spoken.source import Source
from therapyarc.files.spoken.stamps import seconds
from therapyarc.files.spoken.table import Cells, transcripts_of_rows

__all__ = ["SAMPLE", "cells_of", "delimited_transcripts"]

SAMPLE = 2000
"""Rows from which columns are told."""
LONGEST_CELL = 64 << 20
"""Characters of a cell above which a quotation mark must be missing."""
_BREAKS = 200
"""Line breaks in a cell above which a quotation mark is probably missing."""


def delimited_transcripts(
    source: Source, encoding: str, listening: Listening
) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """Yield the transcripts of a table; a table whose columns cannot be told is noted with the options that would tell."""
    csv.field_size_limit(LONGEST_CELL)
    with opened(source.path, encoding, raw_ends=True) as handle:
        form = _Form(handle, listening)
    if not form.sample:
        listening.unread.note(source.path, None, "holds no row; check that it is the right file")
        return
    try:
        columns = columns_of(
            form.sample,
            listening.columns,
            listening.speakers,
            lambda advice: listening.unread.note(source.path, 1, advice),
        )
    except UnclearColumnsError as error:
        listening.unread.note(source.path, 1, str(error))
        return
    passes = iter((True, False))

    def rows(heard: Callable[[int], None]) -> Iterator[Cells]:
        first = next(passes)  # the first pass may end early, so notes are those of the second
        with opened(source.path, encoding, heard, raw_ends=True) as table:
            for line, row in form.rows(table, None if first else (source, listening)):
                yield from cells_of(line, row, columns, None if first else (source, listening))

    yield from transcripts_of_rows(source, rows, listening, repeats=False)


def cells_of(
    line: int, row: Row, columns: Mapping[str, str], notes: tuple[Source, Listening] | None
) -> Iterator[Cells]:
    """Yield the cells of a row by what they are, or nothing and a note where it names no transcript."""
    own = {what: row[name] for what, name in columns.items()}
    if not own["text"].strip():
        return
    if "transcript" in own and not own["transcript"].strip():
        if notes is not None:
            advice = "names no transcript and was left out; fill the cell"
            notes[1].unread.note(notes[0].main, line, advice, what=columns["transcript"])
        return
    yield Cells(
        line=line,
        transcript=own.get("transcript", "").strip(),
        speaker=own["speaker"].strip(),
        text=own["text"].strip(),
        order=seconds(own.get("order")),
        onset_s=seconds(own.get("onset")),
        offset_s=seconds(own.get("offset")),
    )


class _Form:
    """How a table is written: its delimiter, its header, its first rows."""

    def __init__(self, handle: TextIO, listening: Listening) -> None:
        head = [line for _, line in zip(range(60), handle, strict=False)]
        self._delimiter = _delimiter(head)
        records = csv.reader(head, delimiter=self._delimiter)
        first, *others = [*_whole(records)] or [[]]
        told = set(listening.columns.values()) & {cell.strip() for cell in first}
        self.headed = bool(told) or not _is_speech(first, others, listening)
        self.names = (
            [cell.strip() for cell in first]
            if self.headed
            else [str(place) for place in range(1, len(first) + 1)]
        )
        handle.seek(0)
        self.sample = [row for _, row in islice(self.rows(handle, None), SAMPLE)]

    def rows(
        self, handle: Iterable[str], notes: tuple[Source, Listening] | None
    ) -> Iterator[tuple[int, Row]]:
        """Yield rows with the line on which they end; those that do not fit the header are noted and left out."""
        raw: list[str] = []

        def heard() -> Iterator[str]:
            for line in handle:
                raw.append(line)
                yield line

        reader = csv.reader(heard(), delimiter=self._delimiter)
        headed, last = self.headed, ""
        for cells in reader:
            last = "".join(raw)
            raw.clear()
            if not any(cell.strip() for cell in cells):
                continue
            if headed:
                headed = False
                continue
            if len(cells) != len(self.names):
                if notes is not None:
                    advice = (
                        f"has {len(cells)} cells where {len(self.names)} are named, and was left out; "
                        "quote cells that hold the delimiter"
                    )
                    notes[1].unread.note(notes[0].path, reader.line_num, advice, self._delimiter.join(cells))
                continue
            if notes is not None and max(cell.count("\n") for cell in cells) > _BREAKS:
                advice = "has a cell of hundreds of lines; a quotation mark before it is probably not closed"
                notes[1].unread.note(notes[0].path, reader.line_num, advice)
            yield reader.line_num, dict(zip(self.names, cells, strict=True))
        if notes is not None and _open(last, self._delimiter):
            advice = "ends within quotation marks; it was probably cut off, or a mark is not closed"
            notes[1].unread.note(notes[0].path, reader.line_num, advice)


def _open(record: str, delimiter: str) -> bool:
    """Say whether a record ends within quotation marks."""
    try:
        list(csv.reader(record.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def _is_speech(first: list[str], others: list[list[str]], listening: Listening) -> bool:
    """Say whether the first row names a speaker in a column in which most other rows name one too."""

    def names(cells: list[str], place: int) -> bool:
        return len(cells) > place and listening.speakers.role(cells[place]) is not None

    return any(
        names(first, place) and 2 * sum(names(cells, place) for cells in others) >= len(others)
        for place in range(len(first))
    )


def _whole(records: Iterable[list[str]]) -> Iterator[list[str]]:
    return (cells for cells in records if any(cell.strip() for cell in cells))


def _delimiter(head: list[str]) -> str:
    """Return the delimiter that cuts most of the first rows into the same number of cells, two at least."""

    def regular(delimiter: str) -> tuple[int, int]:
        widths = Counter(
            len(cells) for cells in _whole(csv.reader(head, delimiter=delimiter)) if len(cells) > 1
        )
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max((",", ";", "\t", "|"), key=regular)
