"""What can go wrong with a file, one class for each decision that a caller can take."""

from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "ArtefactError",
    "EditedStudyError",
    "Fault",
    "FaultyFileError",
    "RunLockedError",
    "UnwritableError",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of a file a person wrote: what, where, what was got, what to do."""

    file: str
    """The file."""
    line: int | None
    """Line, from 1; none where the fault has no place."""
    field: str
    """The field, as a dotted path with indices from 0."""
    got: str
    """What stands there."""
    advice: str
    """What is wrong with it and what to do."""

    def __str__(self) -> str:
        """Return the fault as one line."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        got = f" (got {self.got})" if self.got else ""
        return f"{place}: {self.field or 'file'}: {self.advice}{got}"


class FaultyFileError(Exception):
    """A file that a person wrote has faults; all of them are in `faults`. Correct the file and run again."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        count = f"{len(faults)} fault{'s' if len(faults) != 1 else ''}"
        super().__init__("\n".join([count, *(f"  {fault}" for fault in faults)]))


class ArtefactError(Exception):
    """An artefact of a run cannot be read as what it should be. It is left as it is."""


class EditedStudyError(ArtefactError):
    """The study changed after allocation. Restore the file, or begin a new run in another folder."""


class UnwritableError(Exception):
    """A file cannot be written (no room, no right). What was written before is kept; make room and run again."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"cannot write {path}: {error.strerror or error}. Everything finished so far is kept. "
            "Free some space or correct the folder's permissions, then run the same command again."
        )


class RunLockedError(Exception):
    """Another process is writing to the same run."""
