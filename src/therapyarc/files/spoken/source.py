"""Where transcripts lie: files of a known type, and folders of any mix of them."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from therapyarc.files.spoken.listening import Unread

__all__ = ["SUFFIXES", "Kind", "Source", "file_digest", "sources"]

Kind = Literal["text", "subtitles", "csv", "jsonl", "json", "convokit", "inspect"]

SUFFIXES: dict[str, Kind] = {
    ".txt": "text", ".vtt": "subtitles", ".srt": "subtitles", ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".json": "json", ".eval": "inspect",
}  # fmt: skip
"""File types that are read; a folder is read for all of them."""

_CONVOKIT = ("utterances.jsonl", "utterances.json")
_BESIDE = ("speakers.json", "users.json", "conversations.json", "corpus.json", "index.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file or corpus that holds transcripts."""

    path: Path
    """The file; for a ConvoKit corpus its folder."""
    name: str
    """Name that no other source of the reading has; the id of the one transcript of a text."""
    kind: Kind
    """How it is read."""

    @property
    def main(self) -> Path:
        """The file that holds what was said."""
        if self.kind != "convokit":
            return self.path
        return next(self.path / name for name in _CONVOKIT if (self.path / name).is_file())

    def size(self) -> int:
        """Return the bytes of the file that holds what was said."""
        return self.main.stat().st_size

    def digest(self) -> str:
        """Return the SHA-256 of all that is read."""
        if self.kind != "convokit":
            return file_digest(self.path)
        files = [self.main, *(self.path / name for name in _BESIDE if (self.path / name).is_file())]
        return hashlib.sha256("".join(file_digest(path) for path in files).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sources(paths: Iterable[Path], unread: Unread) -> list[Source]:
    """Find what is to be read, folders in depth and in the order of names.

    A file that is byte for byte one that was found before is noted and left out, so that no session counts twice.
    """
    found = [one for path in paths for one in _found(path, unread)]
    found = list(_once(found, unread))
    names = Counter(one.name for one in found)
    found = [
        replace(one, name=f"{one.name}{one.path.suffix}") if names[one.name] > 1 else one for one in found
    ]
    taken = Counter[str]()
    named = []
    for one in found:
        taken[one.name] += 1
        again = taken[one.name]
        named.append(one if again == 1 else replace(one, name=f"{one.name} ({again})"))
    return named


def _found(path: Path, unread: Unread) -> Iterator[Source]:
    if path.is_dir():
        yield from _in_folder(path, path)
    elif not path.is_file():
        unread.note(path, None, "there is no such file; check its name and folder")
    elif path.suffix.lower() not in SUFFIXES:
        advice = f"is of no known type and was left out; known are {', '.join(SUFFIXES)} and ConvoKit folders"
        unread.note(path, None, advice, path.suffix)
    else:
        yield Source(path=path, name=path.stem, kind=SUFFIXES[path.suffix.lower()])


def _in_folder(folder: Path, top: Path) -> Iterator[Source]:
    if _is_convokit(folder):
        yield Source(path=folder, name=_name(folder, top) or folder.resolve().name, kind="convokit")
        return
    for one in sorted(folder.iterdir()):
        if one.name.startswith("."):
            continue
        if one.is_dir():
            yield from _in_folder(one, top)
        elif one.suffix.lower() in SUFFIXES and one.is_file():
            yield Source(path=one, name=_name(one.with_suffix(""), top), kind=SUFFIXES[one.suffix.lower()])


def _name(path: Path, top: Path) -> str:
    return path.relative_to(top).as_posix().removeprefix(".")


def _is_convokit(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _CONVOKIT) and any(
        (folder / name).is_file() for name in _BESIDE
    )


def _once(found: Iterable[Source], unread: Unread) -> Iterator[Source]:
    by_size: dict[int, list[Source]] = {}
    for one in found:
        try:
            size = one.size()
            same = next(
                (other for other in by_size.get(size, []) if size and other.digest() == one.digest()), None
            )
        except OSError as error:
            unread.note(one.path, None, f"cannot be read ({error.strerror}); check its permissions")
            continue
        if same is not None:
            unread.note(one.path, None, f"is byte for byte the same as {same.path} and was left out")
            continue
        by_size.setdefault(size, []).append(one)
        yield one
