"""`measure`: people's own transcripts, measured on this machine."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from therapyarc import __version__
from therapyarc.analysis.placement import Group, Profile, place, profiles
from therapyarc.cli.batches import Batch, cut, measure_batches
from therapyarc.cli.measured import Gathered, Kept, page_of, printed
from therapyarc.domain import ActsCoder, record
from therapyarc.files.artefact import locked_run, write_atomically
from therapyarc.files.corpus import Transcript
from therapyarc.files.errors import Fault
from therapyarc.files.library import library_path
from therapyarc.files.located import read_located
from therapyarc.files.measured import Changes, MeasuredFolder
from therapyarc.files.spoken import (
    COLUMNS,
    Listening,
    Source,
    Speakers,
    Spoken,
    Unread,
    sources,
    transcripts_of,
)
from therapyarc.measures import families
from therapyarc.measures.profile import published_profiles
from therapyarc.measures.transcripts import How, masked_turns
from therapyarc.report.transcripts import TranscriptsPage, render_transcripts
from therapyarc.text.masking import Mask

__all__ = ["MeasureError", "Wanted", "measure_files", "speaker_roles"]

_PLAIN_EVERY_S = 10.0
_TOLD = 20


class MeasureError(Exception):
    """Nothing could be measured, or an option is not as it must be."""


@record
class Wanted:
    """What a person asked for; see the options of the command."""

    paths: tuple[Path, ...]
    """Files and folders."""
    out: Path
    """Folder to write."""
    speakers: tuple[str, ...] = ()
    """NAME=client, NAME=therapist or NAME=other."""
    columns: tuple[str, ...] = ()
    """WHAT=NAME."""
    jobs: int | None = None
    """Processes; none takes as many as there are cores."""
    csv: bool = False
    """Whether the table is written as CSV too."""
    against: Group | None = None
    """Reference group."""
    coder: ActsCoder = "cues"
    """Who finds the acts that measures rest on."""
    keep_codes: bool = True
    """Whether codes of a trained coder are kept on disk and taken from there."""
    mask: bool = False
    """Whether names and contact data are masked."""
    mask_names: tuple[str, ...] = ()
    """Names to mask beside those found by rule."""
    surrogates: int = 100
    """Surrogates a session."""
    seed: int = 1
    """From which surrogates are drawn."""


def measure_files(wanted: Wanted, console: Console) -> TranscriptsPage:
    """Measure transcripts; write the table and the page, print a summary; go on where a killed run stood.

    Raises
    ------
    MeasureError
        If nothing could be read, or an option is not as it must be.
    ArtefactError
        If the folder holds other things.
    BatchError
        If a process that measured ended by itself.
    RunLockedError
        If another process is at work in the folder.
    UnwritableError
        If something cannot be written.
    """
    if wanted.out.suffix in {".parquet", ".csv"} or wanted.out.is_file():
        raise MeasureError(f"--out {wanted.out}: must be a folder; the table in it is measurements.parquet")
    speakers = speaker_roles(wanted.speakers)
    reference = _profiles(wanted.against, wanted.coder)
    unread = Unread(_teller(console))
    who, columns_told = Speakers(speakers), dict(_column(one) for one in wanted.columns)
    mask = Mask(names=(*wanted.mask_names, *who.named())) if wanted.mask else None
    how = How(
        surrogates=wanted.surrogates,
        seed=wanted.seed,
        coder=wanted.coder,
        keep_codes=wanted.keep_codes,
        mask=mask,
    )
    folder = MeasuredFolder(wanted.out)
    found = sources(wanted.paths, unread)
    if not found:
        raise MeasureError(
            f"nothing to read: {'; '.join(map(str, unread.faults)) or 'no file of a known type'}"
        )
    with locked_run(folder.path):
        settings = _settings(wanted, how)
        _tell_changes(folder.begin({str(one.path): one.digest() for one in found}, settings), console)
        kept = Kept()
        with _Watched(console, sum(one.size() for one in found)) as watched:
            listening = Listening(
                speakers=who, columns=columns_told, unread=unread, heard=watched.read, scratch=wanted.out
            )
            batches = cut(_read(found, listening, kept))
            jobs = wanted.jobs or len(os.sched_getaffinity(0))
            keys = measure_batches(batches, folder, settings, how, jobs, watched.done)
        if unread.total > len(unread.faults) or len(unread.faults) > _TOLD:
            console.print(f"{unread.total:,} notes in all: {folder.unread}", highlight=False, soft_wrap=True)
        notes = [_nameless(fault) for fault in unread.faults] if mask else unread.faults
        folder.write_unread(notes, unread.more())
        if not keys:
            raise MeasureError("no transcript could be read; the notes above say why, and what to do")
        gathered = Gathered()
        for columns in folder.merge(keys, _placer(reference), as_csv=wanted.csv):
            gathered.add(columns)
        page = page_of(
            gathered,
            kept,
            notes,
            unread.total,
            files=len(found),
            surrogates=wanted.surrogates,
            against="" if wanted.against is None else f"{wanted.against} sessions",
            profiles=reference,
            coder=wanted.coder,
            keep_codes=wanted.keep_codes,
            masked=None if mask is None else lambda turns: masked_turns(turns, mask),
        )
        write_atomically(folder.page, render_transcripts(page).encode("utf-8", errors="replace"))
    console.print(printed(page))
    console.print(
        f"{gathered.rows:,} values of {kept.seen:,} transcripts: {folder.table}; to read: {folder.page}",
        highlight=False,
        soft_wrap=True,
    )
    return page


def speaker_roles(speakers: Sequence[str]) -> dict[str, Spoken]:
    """Read what `--speaker` says of who is who.

    Raises
    ------
    MeasureError
        If one is not NAME=client, NAME=therapist or NAME=other.
    """
    return dict(_named(one) for one in speakers)


def _named(text: str) -> tuple[str, Spoken]:
    name, _, role = text.rpartition("=")
    if not name.strip() or role not in {"client", "therapist", "other"}:
        raise MeasureError(f"--speaker {text!r} must be NAME=client, NAME=therapist or NAME=other")
    return name.strip(), "client" if role == "client" else "therapist" if role == "therapist" else "other"


def _column(text: str) -> tuple[str, str]:
    what, given, name = text.partition("=")
    if what not in COLUMNS or not given:
        raise MeasureError(f"--column {text!r} must be WHAT=NAME, where WHAT is one of {', '.join(COLUMNS)}")
    return what, name.strip()


def _profiles(against: Group | None, coder: ActsCoder) -> dict[str, Profile]:
    if against is None:
        return {}
    path = library_path("published", published_profiles(coder))
    if not path.is_file():
        raise MeasureError(f"--against {against}: this version ships no reference profiles ({path.name})")
    try:
        return profiles(read_located(path).data, against)
    except ValueError as error:
        raise MeasureError(f"{path}: {error}") from error


def _placer(reference: Mapping[str, Profile]) -> Callable[[str, float], str | None]:
    return lambda name, value: place(reference[name], value) if name in reference else None


def _settings(wanted: Wanted, how: How) -> dict[str, str]:
    """Return all that values depend on, the transcripts apart; digests are made of it."""
    return {
        "package": __version__,
        "measures": ", ".join(
            f"{one.name} {family.version(one, how.coder)}" for family in families() for one in family.measures
        ),
        "speakers": _digest(wanted.speakers),  # names may be people's
        "columns": ", ".join(sorted(wanted.columns)),
        "mask": "no" if how.mask is None else "yes",
        "masked names": "" if how.mask is None else _digest(how.mask.names),
        "surrogates": str(how.surrogates),
        "seed": str(how.seed),
    }


def _digest(names: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(names)).encode("utf-8", "replace")).hexdigest() if names else ""


def _read(found: Sequence[Source], listening: Listening, kept: Kept) -> Iterator[tuple[str, Transcript]]:
    for source in found:
        for transcript in transcripts_of(source, listening, alone=len(found) == 1):
            kept.see(transcript)
            yield str(source.path), transcript


def _nameless(fault: Fault) -> Fault:
    """Return a note without what stood in the file, for what is written down of masked transcripts."""
    advice = (
        "is no known speaker and is left out; the terminal names it"
        if fault.field == "speaker"
        else fault.advice
    )
    return replace(fault, got="", advice=advice)


def _teller(console: Console) -> Callable[[Fault], None]:
    told = 0

    def tell(fault: Fault) -> None:
        nonlocal told
        told += 1
        if told <= _TOLD:
            console.print(f"note: {fault}", highlight=False, soft_wrap=True, markup=False)

    return tell


def _tell_changes(changes: Changes, console: Console) -> None:
    for what, names in (
        ("changed since the last run and measured again", changes.files),
        ("not given this time and left out of the table", changes.gone),
        ("new since the last run", changes.new),
        ("another setting than in the last run, so all is measured again", changes.settings),
    ):
        if names:
            shown = ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")
            console.print(f"{what}: {shown}", highlight=False, soft_wrap=True, markup=False)


@dataclass(slots=True)
class _Count:
    transcripts: int = 0
    turns: int = 0
    kept: int = 0
    failed: int = 0


class _Watched:
    """Progress by bytes read; plain lines where there is no terminal."""

    def __init__(self, console: Console, total: int) -> None:
        self._console, self._count, self._total, self._bytes = console, _Count(), max(1, total), 0
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[so_far]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bars.add_task("measuring", total=self._total, so_far="")
        self._last = time.monotonic()

    def read(self, count: int) -> None:
        """Count bytes that were read."""
        self._bytes += count
        self._bars.update(self._task, completed=self._bytes)

    def done(self, batch: Batch, was_there: bool, failed: list[str]) -> None:
        """Count a batch as measured."""
        own = self._count
        own.transcripts += len(batch.members)
        own.turns += batch.turns
        own.kept += len(batch.members) if was_there else 0
        for text in failed[: max(0, _TOLD - own.failed)]:
            self._console.print(f"note: {text}", highlight=False, soft_wrap=True, markup=False)
        own.failed += len(failed)
        self._bars.update(self._task, so_far=self._so_far())
        if not self._console.is_terminal and time.monotonic() - self._last >= _PLAIN_EVERY_S:
            self._last = time.monotonic()
            share = min(99, 100 * self._bytes // self._total)
            self._console.print(f"measuring: {share} % read, {self._so_far()}", highlight=False)

    def _so_far(self) -> str:
        return f"{self._count.transcripts:,} transcripts, {self._count.turns:,} turns"

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()
        if self._count.kept:
            self._console.print(
                f"{self._count.kept:,} of {self._count.transcripts:,} transcripts were measured already",
                highlight=False,
            )
