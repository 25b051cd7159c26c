"""What every reader of transcripts needs, and the record of what could not be read."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from therapyarc.files.errors import Fault
from therapyarc.files.spoken.speakers import Speakers

__all__ = ["COLUMNS", "Listening", "Unread", "unheard"]

COLUMNS = ("speaker", "text", "transcript", "order", "onset", "offset")
"""What a column of a table can be told to be."""

KEPT = 200
"""Notes of one file that are kept; the rest is counted."""


class Unread:
    """Notes of what could not be read: so many of each file, and the number of the others."""

    def __init__(self, tell: Callable[[Fault], None] | None = None) -> None:
        self.faults: list[Fault] = []
        """The notes that were kept, in the order in which they came."""
        self.total = 0
        """All notes, those that were not kept among them."""
        self._by_file = Counter[str]()
        self._tell = tell

    def note(self, path: Path, line: int | None, advice: str, got: str = "", what: str = "") -> None:
        """Keep a note: where, what is wrong and what to do next."""
        self.total += 1
        self._by_file[str(path)] += 1
        if self._by_file[str(path)] > KEPT:
            return
        shown = got if len(got) <= 60 else got[:59] + "…"
        fault = Fault(file=str(path), line=line, field=what, got=shown, advice=advice)
        self.faults.append(fault)
        if self._tell is not None:
            self._tell(fault)

    def more(self) -> dict[str, int]:
        """Return how many notes of a file were not kept."""
        return {name: count - KEPT for name, count in self._by_file.items() if count > KEPT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """How to read."""

    speakers: Speakers = field(default_factory=Speakers)
    """Who is who."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Columns of tables that a person told, by what they are (see `COLUMNS`)."""
    unread: Unread = field(default_factory=Unread)
    """Where to note what cannot be read."""
    heard: Callable[[int], None] = lambda _: None
    """Told of the bytes read."""
    scratch: Path | None = None
    """Folder for what must be sorted on disk; by default the system's folder for such files."""


def unheard(name: str) -> str:
    """Say what to do with a speaker whose name says nothing."""
    if not name.strip():
        return (
            "names no speaker and is left out, with all others that name none; write in the file who speaks"
        )
    return f"is no known speaker and is left out; say who it is: --speaker '{name}=client' (or =therapist, or =other)"
