"""Transcripts as people have them: plain text with speaker marks, WebVTT, SRT, and the tables that `corpus` reads.

What cannot be read is told by line and does not stop the rest: a transcript of a real session is seldom without a flaw.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from therapyarc.domain import Role, Turn, record
from therapyarc.files.corpus import Transcript, load_corpus
from therapyarc.files.errors import Fault, FaultyFileError

__all__ = ["SUFFIXES", "Heard", "read_spoken"]

SUFFIXES = (".txt", ".vtt", ".srt", ".csv", ".jsonl")
"""File types that are read; a folder is read for all of them."""

_KNOWN: dict[str, Role] = {
    "t": "therapist", "th": "therapist", "therapist": "therapist", "counsellor": "therapist", "counselor": "therapist",
    "clinician": "therapist", "interviewer": "therapist", "c": "client", "cl": "client", "client": "client",
    "p": "client", "pt": "client", "patient": "client",
}  # fmt: skip
_MARK = re.compile(r"^\s*\[?(?P<who>[A-Za-z][\w .'-]{0,30}?)(?:\s*\d+)?\]?\s*:\s*(?P<text>.*)$")
_VOICE = re.compile(r"^<v(?:\.[\w.]+)?\s+(?P<who>[^>]+)>(?P<text>.*)$")
_TIME = re.compile(r"^(?P<from>[\d:.,]+)\s*-->\s*(?P<to>[\d:.,]+)")
_TAG = re.compile(r"<[^>]+>")


@record
class Heard:
    """What was read of some files."""

    transcripts: tuple[Transcript, ...]
    """One a file for text and subtitles; as many as a table holds otherwise."""
    faults: tuple[Fault, ...] = ()
    """What could not be read, by line."""


def read_spoken(paths: Iterable[Path], speakers: Mapping[str, Role] | None = None) -> Heard:
    """Read transcripts from files and folders.

    Parameters
    ----------
    paths
        Files of a known type, or folders that hold some.
    speakers
        Names of speakers and who they are, beside the usual marks (T, Therapist, Counsellor, C, Client, Patient, ...).

    Returns
    -------
    What was read and what was not. A line without a mark goes on with the turn before it. Text that is not UTF-8 is read
    as Windows-1252, and a fault says so.
    """
    transcripts: list[Transcript] = []
    faults: list[Fault] = []
    names = _KNOWN | {name.casefold(): role for name, role in (speakers or {}).items()}
    for path in _files(paths, faults):
        if path.suffix in {".csv", ".jsonl"}:
            try:
                transcripts += load_corpus(path, "csv" if path.suffix == ".csv" else "jsonl").records
            except FaultyFileError as error:
                faults += error.faults
            continue
        text = _decoded(path, faults)
        lines = (
            _subtitles(text)
            if path.suffix in {".vtt", ".srt"}
            else ((n, line, None) for n, line in enumerate(text.splitlines(), 1))
        )
        turns = tuple(_turns(path, lines, names, faults))
        if turns:
            transcripts.append(Transcript(id=path.stem, turns=turns))
        else:
            advice = (
                "holds no turn of client or therapist; mark speakers (T: and C:), or name them with --speaker"
            )
            faults.append(Fault(file=str(path), line=None, field="", got="", advice=advice))
    return Heard(transcripts=tuple(transcripts), faults=tuple(faults))


def _files(paths: Iterable[Path], faults: list[Fault]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.suffix in SUFFIXES)
        elif not path.is_file():
            faults.append(Fault(file=str(path), line=None, field="", got="", advice="there is no such file"))
        elif path.suffix not in SUFFIXES:
            advice = f"is of no known type; known are {', '.join(SUFFIXES)}"
            faults.append(Fault(file=str(path), line=None, field="", got=path.suffix, advice=advice))
        else:
            yield path


def _decoded(path: Path, faults: list[Fault]) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        advice = "is not UTF-8 and was read as Windows-1252; check its accents, or save it as UTF-8"
        faults.append(Fault(file=str(path), line=line, field="", got="", advice=advice))
        return raw.decode("cp1252", errors="replace")


def _subtitles(text: str) -> Iterator[tuple[int, str, float | None]]:
    """Yield the spoken lines of WebVTT or SRT with the second at which they begin."""
    onset: float | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if times := _TIME.match(line.strip()):
            onset = _seconds(times["from"])
        elif not line.strip():
            onset = None
        elif onset is not None:
            if voice := _VOICE.match(line.strip()):
                yield number, f"{voice['who']}: {_TAG.sub('', voice['text'])}", onset
            else:
                yield number, _TAG.sub("", line), onset


def _seconds(stamp: str) -> float:
    total = 0.0
    for part in stamp.replace(",", ".").split(":"):
        total = 60 * total + float(part or 0)
    return total


def _turns(
    path: Path, lines: Iterable[tuple[int, str, float | None]], names: Mapping[str, Role], faults: list[Fault]
) -> Iterator[Turn]:
    role: Role | None = None
    said: list[str] = []
    onset: float | None = None
    unknown: set[str] = set()
    for number, line, at in lines:
        if not line.strip():
            continue
        mark = _MARK.match(line)
        if mark is None:
            if role is None and not unknown:
                advice = "stands before the first speaker mark and was left out"
                faults.append(
                    Fault(file=str(path), line=number, field="", got=line.strip()[:40], advice=advice)
                )
            elif role is not None:
                said.append(line.strip())
            continue
        who = mark["who"].casefold().strip()
        if role is not None and said:
            yield Turn(role=role, text=" ".join(said), onset_s=onset)
        role, said, onset = names.get(who), [mark["text"].strip()], at
        if role is None:
            if who not in unknown:
                advice = (
                    f"is no known speaker and is left out; say who it is: --speaker '{mark['who']}=client'"
                )
                faults.append(
                    Fault(file=str(path), line=number, field="speaker", got=mark["who"], advice=advice)
                )
            unknown.add(who)
            said = []
    if role is not None and said:
        yield Turn(role=role, text=" ".join(part for part in said if part), onset_s=onset)
