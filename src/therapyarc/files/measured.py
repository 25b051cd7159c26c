"""The folder of measured transcripts: pieces that survive a kill, and the one tidy table made of them.

The table has the columns of a study's table first (session, turn, measure, version, rater, replicate, value, missing), so
that the same code reads both; then the file that the session came from, and what chance gives beside the value.
"""

import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import pyarrow as pa
import pyarrow.parquet as pq

from therapyarc.domain import Measurement, record
from therapyarc.domain.measure import NULLS
from therapyarc.files.artefact import write_atomically
from therapyarc.files.errors import ArtefactError, Fault, UnwritableError
from therapyarc.files.results import COLUMNS
from therapyarc.files.spoken.table import SORTING
from therapyarc.text.spreadsheet import SheetWriter

__all__ = ["CHANCE", "Changes", "MeasuredFolder", "MeasuredRow", "Place"]

CHANCE = NULLS
"""Kinds of surrogate, in the order of the table: the client's turns in another order; those of another session; those of
other sessions, of like length."""

TABLE = pa.schema(
    [
        *COLUMNS,
        ("file", pa.string()),
        *((f"{kind}_{figure}", pa.float64()) for kind in CHANCE for figure in ("mean", "sd")),
    ]
)
"""Columns of a piece; the table adds `place`."""

ROW_GROUP = 100_000
"""Rows of the table that are held in memory and written together, at least."""

SCHEMA = 2
"""Version of the folder's format; pieces of another are measured again."""

Place = Callable[[str, float], str | None]
"""From a measure and a value to where it lies among people's; none where that is not known."""


@record
class MeasuredRow:
    """One row of the table."""

    measurement: Measurement
    """The measurement."""
    file: str
    """The file that its session came from."""
    chance: Mapping[str, tuple[float, float]]
    """Mean and standard deviation over surrogates by kind (see `CHANCE`); a kind is absent where there are none."""


@record
class Changes:
    """What differs between this run and the one that the folder holds."""

    files: tuple[str, ...] = ()
    """Files whose content is another."""
    gone: tuple[str, ...] = ()
    """Files that were measured and are not given now."""
    new: tuple[str, ...] = ()
    """Files that were not there."""
    settings: tuple[str, ...] = ()
    """Settings that are others."""


@dataclass(frozen=True, slots=True)
class MeasuredFolder:
    """What `measure` writes."""

    path: Path
    """The folder."""

    @property
    def table(self) -> Path:
        """The one tidy table."""
        return self.path / "measurements.parquet"

    @property
    def csv(self) -> Path:
        """The same table as CSV, on wish."""
        return self.path / "measurements.csv"

    @property
    def page(self) -> Path:
        """The summary."""
        return self.path / "summary.html"

    @property
    def unread(self) -> Path:
        """What could not be read."""
        return self.path / "unread.csv"

    @property
    def inputs(self) -> Path:
        """What was measured, by digest, and how."""
        return self.path / "inputs.json"

    @property
    def pieces(self) -> Path:
        """Measured pieces, by the digest of what they were made from."""
        return self.path / "pieces"

    def begin(self, inputs: Mapping[str, str], settings: Mapping[str, str]) -> Changes:
        """Note what is to be measured and return what differs from the time before.

        Raises
        ------
        ArtefactError
            If the folder holds something that `measure` did not write.
        UnwritableError
            If it cannot be written.
        """
        if self.inputs.exists():
            before = self._noted()
        elif self.path.is_dir() and any(one.name[0] != "." for one in self.path.iterdir()):
            raise ArtefactError(f"{self.path}: holds other things; give an empty or a new folder with --out")
        else:
            before = {}
        for left in [*self.path.glob(".*.part"), *self.pieces.glob(".*.part")]:
            left.unlink()  # half-written by a run that was killed
        for left in self.path.glob(f"{SORTING}*"):
            rmtree(left)
        content = {"schema": SCHEMA, "inputs": dict(inputs), "settings": dict(settings)}
        write_atomically(self.inputs, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
        was, how = before.get("inputs", {}), before.get("settings", {})
        if not was:
            return Changes()
        return Changes(
            files=tuple(name for name in inputs if name in was and was[name] != inputs[name]),
            gone=tuple(name for name in was if name not in inputs),
            new=tuple(name for name in inputs if name not in was),
            settings=tuple(name for name in settings if how.get(name) != settings[name]),
        )

    def _noted(self) -> Mapping[str, Mapping[str, str]]:
        try:
            data = json.loads(self.inputs.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ArtefactError(
                f"{self.inputs}: cannot be read ({error}); remove it and run again"
            ) from error
        if not isinstance(data, dict) or not isinstance(data.get("inputs"), dict):
            raise ArtefactError(f"{self.inputs}: was not written by measure; give another folder with --out")
        return data

    def piece(self, key: str) -> Path:
        """Return the path of a piece."""
        return self.pieces / f"{key}.parquet"

    def write_piece(self, key: str, rows: Sequence[MeasuredRow]) -> None:
        """Write a piece whole.

        Raises
        ------
        UnwritableError
            If it cannot be written.
        """
        columns: dict[str, list[object]] = {
            name: [getattr(row.measurement, name) for row in rows] for name in TABLE.names[:8]
        }
        columns["file"] = [row.file for row in rows]
        for kind in CHANCE:
            for figure, name in enumerate(("mean", "sd")):
                columns[f"{kind}_{name}"] = [
                    row.chance[kind][figure] if kind in row.chance else None for row in rows
                ]
        buffer = io.BytesIO()
        pq.write_table(pa.table(columns, schema=TABLE), buffer, compression="zstd")
        write_atomically(self.piece(key), buffer.getvalue())

    def merge(
        self, keys: Sequence[str], place: Place, *, as_csv: bool
    ) -> Iterator[Mapping[str, list[object]]]:
        """Write the table from pieces, in their order, and yield the columns of each piece on the way.

        The table appears under its name when it is whole; equal pieces give equal files. Pieces of other inputs are removed.

        Raises
        ------
        UnwritableError
            If it cannot be written.
        """
        schema = TABLE.append(pa.field("place", pa.string()))
        beside, beside_csv = (path.with_name(f".{path.name}.part") for path in (self.table, self.csv))
        try:
            with (
                pq.ParquetWriter(beside, schema, compression="zstd") as writer,
                beside_csv.open("w", encoding="utf-8", newline="") as sheet,
            ):
                lines = SheetWriter(sheet)
                lines.row(schema.names)
                held: list[pa.Table] = []
                for key in keys:
                    table = _placed(pq.read_table(self.piece(key)), place, schema)
                    held.append(table)
                    if sum(part.num_rows for part in held) >= ROW_GROUP:
                        writer.write_table(pa.concat_tables(held).combine_chunks())
                        held = []
                    columns: dict[str, list[object]] = table.to_pydict()
                    if as_csv:
                        lines.rows(zip(*columns.values(), strict=True))
                    yield columns
                if held:
                    writer.write_table(pa.concat_tables(held).combine_chunks())
            _settle(beside, self.table)
            if as_csv:
                _settle(beside_csv, self.csv)
        except OSError as error:
            raise UnwritableError(self.table, error) from error
        finally:
            beside.unlink(missing_ok=True)
            beside_csv.unlink(missing_ok=True)
        wanted = {self.piece(key).name for key in keys}
        for one in self.pieces.glob("*.parquet"):
            if one.name not in wanted:
                one.unlink()

    def write_unread(self, faults: Iterable[Fault], more: Mapping[str, int]) -> None:
        """Write what could not be read, one note a line.

        Raises
        ------
        UnwritableError
            If it cannot be written.
        """
        buffer = io.StringIO(newline="")
        lines = SheetWriter(buffer)
        lines.row(["file", "line", "what", "got", "advice"])
        for one in faults:
            lines.row((one.file, one.line, one.field, one.got, one.advice))
        for name, count in more.items():
            lines.row((name, None, "", "", f"{count} more notes of this file are not kept"))
        write_atomically(self.unread, buffer.getvalue().encode("utf-8", errors="replace"))


def _placed(table: pa.Table, place: Place, schema: pa.Schema) -> pa.Table:
    names, values = table.column("measure").to_pylist(), table.column("value").to_pylist()
    places = [
        None if value is None else place(name, value) for name, value in zip(names, values, strict=True)
    ]
    return table.append_column(schema.field("place"), pa.array(places, pa.string()))


def _settle(beside: Path, path: Path) -> None:
    with beside.open("rb") as handle:
        os.fsync(handle.fileno())
    beside.replace(path)
