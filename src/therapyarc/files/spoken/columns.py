"""Which column of a table is what: by names first, by what stands in them where names do not tell."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from statistics import mean

from therapyarc.files.spoken.listening import COLUMNS
from therapyarc.files.spoken.speakers import Speakers
from therapyarc.files.spoken.stamps import seconds

__all__ = ["Row", "UnclearColumnsError", "columns_of"]

Row = Mapping[str, str]
"""A row of a table, cells by column."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    "speaker": ("role", "speakerrole", "speaker", "interlocutor", "who", "participant", "speakerid", "speakername",
                "talker", "sender", "from", "author", "party", "user"),
    "text": ("text", "utterance", "utterancetext", "content", "message", "transcripttext", "said", "sentence", "speech",
             "statement", "dialogue", "value", "body", "transcription", "words"),
    "transcript": ("transcript", "transcriptid", "session", "sessionid", "conversation", "conversationid", "convid",
                   "dialogue", "dialogueid", "dialogid", "dialog", "callid", "recording", "recordingid", "videoid",
                   "meetingid", "caseid", "file", "filename", "root"),
    "order": ("order", "turn", "turnid", "turnnumber", "utteranceid", "utterancenumber", "index", "idx", "sequence", "seq",
              "position", "number", "lineno", "linenumber", "messageid"),
    "onset": ("onsets", "onset", "start", "starttime", "startsec", "begin", "timestamp", "time"),
    "offset": ("offsets", "offset", "end", "endtime", "endsec", "stop"),
}  # fmt: skip
"""Names of columns, small letters and digits alone; the first that is there is taken."""

FEW_SPEAKERS = 12
"""Different names above which a column is not taken for one of speakers."""


class UnclearColumnsError(Exception):
    """A table's columns cannot be told apart; the message says which options would."""


def columns_of(
    rows: Sequence[Row], told: Mapping[str, str], speakers: Speakers, note: Callable[[str], None]
) -> dict[str, str]:
    """Return the columns by what they are (see `COLUMNS`); `speaker` and `text` are always among them.

    Without a column of transcripts, a table is one transcript.

    Parameters
    ----------
    rows
        The first rows; must not be empty.
    told
        What a person told; an empty name says that there is none such.
    speakers
        Who is who: a column in which known names stand is one of speakers.
    note
        Told what was taken by its cells alone and may be wrong.

    Raises
    ------
    UnclearColumnsError
        If a told column is not there, or speakers or text cannot be found.
    """
    names = list(rows[0])
    if absent := {what: name for what, name in told.items() if name and name not in names}:
        lost = ", ".join(f"{what}={name}" for what, name in absent.items())
        raise UnclearColumnsError(f"has no such column as told by --column {lost}; it has {', '.join(names)}")
    found = dict(told)
    for what in COLUMNS:
        if what not in found and (name := _by_name(what, names, rows, set(found.values()), speakers)):
            found[what] = name
    for what, by_content in (("speaker", _speakers_in), ("text", _text_in)):
        if what not in found and (one := by_content(_cells(rows, names, found), speakers)):
            found[what] = one
    if lacking := [what for what in ("speaker", "text") if not found.get(what)]:
        options = " ".join(f"--column {what}=NAME" for what in lacking)
        raise UnclearColumnsError(
            f"which column holds the {' and the '.join(lacking)} cannot be told; give {options}, where NAME is one of "
            f"{', '.join(names)}"
        )
    if "transcript" not in found:
        found |= _blocks(_cells(rows, names, found), note)
    return {what: name for what, name in found.items() if name}


def _by_name(
    what: str, names: Sequence[str], rows: Sequence[Row], taken: set[str], speakers: Speakers
) -> str | None:
    plain = {"".join(c for c in name.casefold() if c.isalnum()): name for name in reversed(names)}
    fits = [plain[one] for one in _NAMES[what] if one in plain and plain[one] not in taken]
    fits = [name for name in fits if any(row[name].strip() for row in rows)]
    if what == "speaker":
        known = [name for name in fits if _known(rows, name, speakers) >= 0.5]
        fits = known or fits
    if what == "order":
        fits = [name for name in fits if all(seconds(row[name]) is not None for row in rows)]
    return fits[0] if fits else None


def _known(rows: Sequence[Row], name: str, speakers: Speakers) -> float:
    """Return the share of a column's cells that name a known speaker."""
    cells = [row[name] for row in rows if row[name].strip()]
    return mean(speakers.role(cell) is not None for cell in cells) if cells else 0.0


def _cells(rows: Sequence[Row], names: Sequence[str], found: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [row[name].strip() for row in rows] for name in names if name not in found.values()}


def _speakers_in(cells: Mapping[str, list[str]], speakers: Speakers) -> str | None:
    """Return the column with few different cells, nine in ten of which are known speakers."""

    def known(column: list[str]) -> float:
        said = [cell for cell in column if cell]
        few = len(set(said)) <= FEW_SPEAKERS
        return mean(speakers.role(cell) is not None for cell in said) if said and few else 0.0

    return _most(cells, known, at_least=0.9)


def _text_in(cells: Mapping[str, list[str]], speakers: Speakers) -> str | None:
    """Return the column with the most words a cell, one and a half at least."""
    del speakers
    return _most(cells, lambda column: mean(len(cell.split()) for cell in column), at_least=1.5)


def _blocks(cells: Mapping[str, list[str]], note: Callable[[str], None]) -> dict[str, str]:
    """Return the one column whose values stand in blocks, each value in one; none where several do."""
    blocks = []
    for name, column in cells.items():
        runs = [value for value, _ in groupby(column)]
        if len(set(runs)) == len(runs) and 2 <= len(runs) <= len(column) / 4 and all(runs):
            blocks.append(name)
    if not blocks:
        return {}
    if len(blocks) > 1:
        note(
            f"is taken for one transcript, since {' and '.join(blocks)} may each tell transcripts apart; "
            "say which: --column transcript=NAME"
        )
        return {}
    note(
        f"column {blocks[0]} is taken for the transcripts' ids, since its values stand in blocks; "
        "if all is one transcript: --column transcript="
    )
    return {"transcript": blocks[0]}


def _most(cells: Mapping[str, list[str]], rate: Callable[[list[str]], float], at_least: float) -> str | None:
    rated = {name: rate(column) for name, column in cells.items()}
    best = max(rated, key=lambda name: rated[name], default=None)
    return best if best is not None and rated[best] >= at_least else None
