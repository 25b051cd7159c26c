"""Artefacts of a run: a header that says what the file is and what it was made from, and records that survive a kill."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from therapyarc import __version__
from therapyarc.files.errors import ArtefactError, EditedStudyError, RunLockedError, UnwritableError

__all__ = ["SCHEMA", "Header", "Journal", "digest", "locked_run", "write_atomically"]

T = TypeVar("T")

SCHEMA = 1
"""Version of the artefacts' format; rises when an older file can no longer be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """First line of an artefact."""

    artefact: str
    """What it is: allocation, sessions, ratings, ..."""
    study: str
    """Study id."""
    inputs: dict[str, str]
    """SHA-256 of what it was made from, by name."""
    schema: int = SCHEMA
    """Version of the format."""
    package: str = __version__
    """Version of TherapyArc that began it."""


def digest(records: Iterable[Any], kind: type[Any]) -> str:
    """Return the SHA-256 of records in any order: the same set gives the same digest."""
    adapter = TypeAdapter(kind)
    lines = sorted(adapter.dump_json(record) for record in records)
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, and a restart, sees the old one or the new one and nothing between.

    Raises
    ------
    UnwritableError
        If there is no room or no right to write.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UnwritableError(path, error) from error


class Journal(Generic[T]):
    """An append-only file of records, one JSON object a line, each on disk before `append` returns.

    A kill can leave half a line at the end and nothing worse; it is cut off at the next opening. Anything else that
    cannot be read is an error, and the file stays as it is.
    """

    def __init__(self, path: Path, kind: type[T], header: Header) -> None:
        """Open or begin the file.

        Raises
        ------
        ArtefactError
            If the file is malformed, of another format version, or of another kind.
        EditedStudyError
            If it was made from other inputs.
        UnwritableError
            If it cannot be written.
        """
        self.path = path
        self._adapter = TypeAdapter(kind)
        self.records: list[T] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = path.open("a+b")
        except OSError as error:
            raise UnwritableError(path, error) from error
        try:
            self._read(header)
        except BaseException:
            self._handle.close()
            raise

    def append(self, record: T) -> None:
        """Write one record through to the disk.

        Raises
        ------
        UnwritableError
            If there is no room; half a line may stand at the end, which the next opening cuts off.
        """
        self._write(self._adapter.dump_json(record))
        self.records.append(record)

    def extend(self, records: Iterable[T]) -> None:
        """Write records that belong together through to the disk at once.

        Raises
        ------
        UnwritableError
            If there is no room; the whole lines among them are kept.
        """
        batch = list(records)
        if batch:
            self._write(b"\n".join(self._adapter.dump_json(record) for record in batch))
            self.records.extend(batch)

    def close(self) -> None:
        """Close the file."""
        self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, line: bytes) -> None:
        try:
            self._handle.write(line + b"\n")
            self._handle.flush()
            os.fsync(self._handle.fileno())
        except OSError as error:
            raise UnwritableError(self.path, error) from error

    def _read(self, header: Header) -> None:
        self._handle.seek(0)
        content = self._handle.read()
        whole, _, half = content.rpartition(b"\n")
        if half:
            self._handle.truncate(len(whole) + 1 if whole else 0)
        if not whole:
            self._write(json.dumps({"header": _plain(header)}).encode())
            return
        first, *lines = whole.split(b"\n")
        _check(self.path, _parsed(self.path, 1, first).get("header"), header)
        for number, line in enumerate(lines, start=2):
            try:
                self.records.append(self._adapter.validate_json(line))
            except ValidationError as error:
                what = error.errors()[0]
                place = ".".join(map(str, what["loc"])) or "the record"
                raise ArtefactError(
                    f"{self.path}:{number}: {place}: {what['msg']}. The file was changed by something other than "
                    "TherapyArc. Restore it, or remove the line (its session is then done again)."
                ) from error


def _plain(header: Header) -> dict[str, Any]:
    return {name: getattr(header, name) for name in ("artefact", "schema", "study", "package", "inputs")}


def _parsed(path: Path, number: int, line: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise ArtefactError(
            f"{path}:{number}: is no JSON ({error}). Restore the file or begin a new run."
        ) from error
    return data if isinstance(data, dict) else {}


def _check(path: Path, found: Any, wanted: Header) -> None:
    if not isinstance(found, dict) or "artefact" not in found:
        raise ArtefactError(
            f"{path}:1: has no header. It is no TherapyArc artefact; move it away and run again."
        )
    if found["artefact"] != wanted.artefact:
        raise ArtefactError(
            f"{path}:1: is a file of {found['artefact']}, not of {wanted.artefact}; put it back in place."
        )
    if found.get("schema") != wanted.schema:
        raise ArtefactError(
            f"{path}:1: has format version {found.get('schema')}; this TherapyArc (version {__version__}) reads version "
            f"{wanted.schema}. Use the version that wrote it ({found.get('package')}), or begin a new run in another folder."
        )
    if found.get("study") != wanted.study or found.get("inputs") != wanted.inputs:
        raise EditedStudyError(
            f"{path}: was made from another version of the study (arms, conditions, items, raters, materials or seed "
            "differ, or a file it refers to changed). What was gathered stays valid for the old version. Restore the "
            "study as it was, or give a new folder with --out to begin a new run."
        )


@contextmanager
def locked_run(folder: Path) -> Iterator[None]:
    """Hold a run's folder for one process; a kill lets it go.

    Raises
    ------
    RunLockedError
        If another process holds it.
    UnwritableError
        If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / ".lock").open("w")
    except OSError as error:
        raise UnwritableError(folder, error) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunLockedError(
                f"{folder}: another process is running this study here. Wait for it, or give another folder with --out."
            ) from error
        yield
