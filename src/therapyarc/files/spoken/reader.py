"""Every kind of source, one transcript after another."""

import csv
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from therapyarc.domain import Turn, record
from therapyarc.files.corpus import Transcript
from therapyarc.files.errors import Fault
from therapyarc.files.spoken.convokit import convokit_transcripts
from therapyarc.files.spoken.decoding import encoding_of, opened
from therapyarc.files.spoken.delimited import delimited_transcripts
from therapyarc.files.spoken.doubts import doubts
from therapyarc.files.spoken.inspect_log import inspect_transcripts
from therapyarc.files.spoken.listening import Listening, Unread
from therapyarc.files.spoken.marked import marked_lines, subtitle_lines, turns_of_lines
from therapyarc.files.spoken.objects import json_transcripts, jsonl_transcripts
from therapyarc.files.spoken.source import Source, sources
from therapyarc.files.spoken.speakers import Speakers, Spoken

__all__ = ["Heard", "read_spoken", "transcripts_of"]

NO_TURN = "holds no turn of client or therapist; mark speakers (T: and C:), or say who is who with --speaker NAME=client"


@record
class Heard:
    """What was read of some files."""

    transcripts: tuple[Transcript, ...]
    """One a file for text and subtitles; as many as a table holds otherwise."""
    faults: tuple[Fault, ...] = ()
    """What could not be read, by line."""


def read_spoken(
    paths: Iterable[Path],
    speakers: Mapping[str, Spoken] | None = None,
    columns: Mapping[str, str] | None = None,
) -> Heard:
    """Read transcripts of files and folders, all of them into memory; see `transcripts_of` for one after another.

    Parameters
    ----------
    paths
        Files of a known type, or folders that hold some.
    speakers
        Names of speakers and who they are, beside the usual ones (see `SPEAKERS`).
    columns
        Columns of tables by what they are (see `COLUMNS`), where names and cells do not tell.

    Returns
    -------
    What was read and what was not.
    """
    unread = Unread()
    listening = Listening(speakers=Speakers(speakers), columns=columns or {}, unread=unread)
    found = sources(paths, unread)
    read = [one for source in found for one in transcripts_of(source, listening, alone=len(found) == 1)]
    return Heard(transcripts=tuple(read), faults=tuple(unread.faults))


def transcripts_of(source: Source, listening: Listening, *, alone: bool) -> Iterator[Transcript]:
    """Yield the transcripts of one source, holding one in memory (a `.json` file is held whole).

    An id is that of the table, led by the source's name unless the source stands `alone`; the id of a text is the source's
    name. What cannot be read is noted; nothing is raised for what stands in a file.
    """
    seen: set[str] = set()
    notes = listening.unread.total
    try:
        for name, turns in _read(source, listening):
            whole = source.name if not name else name if alone else f"{source.name}/{name}"
            if not turns:
                listening.unread.note(source.main, None, f"transcript {whole}: {NO_TURN}")
                continue
            if whole in seen:
                advice = (
                    f"transcript {whole} is there a second time and was left out; give it an id of its own"
                )
                listening.unread.note(source.main, None, advice)
                continue
            seen.add(whole)
            for doubt in doubts(turns):
                listening.unread.note(source.main, None, f"transcript {whole}: {doubt}")
            yield Transcript(id=whole, turns=turns)
    except OSError as error:
        listening.unread.note(source.path, None, f"cannot be read ({error.strerror}); check its permissions")
    except (csv.Error, json.JSONDecodeError, UnicodeError, zipfile.BadZipFile) as error:
        listening.unread.note(
            source.path, None, f"cannot be read from here on ({error}); check that it is whole"
        )
    if not seen and listening.unread.total == notes:
        listening.unread.note(source.main, None, "holds no transcript; check that it is the right file")


def _read(source: Source, listening: Listening) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    if source.kind == "convokit":
        yield from convokit_transcripts(source, listening)
    elif source.kind == "inspect":
        yield from inspect_transcripts(source, listening)
    elif source.kind == "json":
        yield from json_transcripts(source, listening)
    else:
        encoding = encoding_of(source.path, listening.unread)
        if source.kind == "csv":
            yield from delimited_transcripts(source, encoding, listening)
        elif source.kind == "jsonl":
            yield from jsonl_transcripts(source, encoding, listening)
        else:
            with opened(source.path, encoding, listening.heard) as handle:
                lines = (subtitle_lines if source.kind == "subtitles" else marked_lines)(handle)
                yield "", turns_of_lines(source, lines, listening)
