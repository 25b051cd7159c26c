"""Text from bytes: byte-order marks, UTF-8, and what Windows wrote."""

import codecs
import io
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from therapyarc.files.spoken.listening import Unread

__all__ = ["encoding_of", "opened"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_PART = 1 << 20


class _Counted(io.FileIO):
    """A file that tells how many bytes were read of it."""

    def __init__(self, path: Path, heard: Callable[[int], None]) -> None:
        super().__init__(path, "rb")
        self._heard = heard

    def readinto(self, buffer: bytearray | memoryview, /) -> int | None:  # type: ignore[override]  # as used by io
        """Read and tell."""
        count = super().readinto(buffer)
        self._heard(count or 0)
        return count

    def readall(self) -> bytes:
        """Read the rest and tell."""
        content = super().readall()
        self._heard(len(content))
        return content


class _WithoutZeros(_Counted):
    """The same without zero bytes, which stand for no character in encodings of single bytes and in UTF-8."""

    def readinto(self, buffer: bytearray | memoryview, /) -> int | None:  # type: ignore[override]  # as used by io
        """Read and tell."""
        while count := super().readinto(buffer):
            if left := bytes(buffer[:count]).replace(b"\0", b""):
                buffer[: len(left)] = left
                return len(left)
        return 0

    def readall(self) -> bytes:
        """Read the rest and tell."""
        return super().readall().replace(b"\0", b"")


def encoding_of(path: Path, unread: Unread) -> str:
    """Return a file's encoding: by its byte-order mark, else UTF-8 where all of it is, else UTF-16 or Windows-1252.

    A guess is noted, with the line that made it necessary; so are zero bytes, which `opened` leaves out, and a file that
    ends within a character.
    """
    with path.open("rb") as handle:
        start = handle.read(_PART)
        for mark, name in _MARKS:
            if start.startswith(mark):
                return name
        for name, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[0::2])):
            if zeros and zeros.count(0) > 0.4 * len(zeros):
                advice = f"has no byte-order mark and was read as {name.upper()}; save it as UTF-8 if that is wrong"
                unread.note(path, 1, advice)
                return name
        decoder, line, wide, told = codecs.getincrementaldecoder("utf-8")(), 1, False, False
        part = start
        while True:
            if not told and (at := part.find(b"\0")) >= 0:
                told = True
                where = line + part.count(b"\n", 0, at)
                unread.note(
                    path,
                    where,
                    "holds zero bytes, from this line on, which were left out; check that it is whole",
                )
            try:
                decoder.decode(part, final=not part)
            except UnicodeDecodeError as error:
                if not part and wide:
                    unread.note(path, line, "ends within a character; it was probably cut off")
                    return "utf-8"
                line += part.count(b"\n", 0, error.start)
                advice = "is not UTF-8 and was read as Windows-1252; check its accents, or save it as UTF-8"
                unread.note(path, line, advice)
                return "cp1252"
            if not part:
                return "utf-8"
            line += part.count(b"\n")
            wide = wide or _has_wide(part)
            part = handle.read(_PART)


def _has_wide(part: bytes) -> bool:
    """Say whether a part holds a whole character beyond ASCII."""
    return not part.isascii() and not part.decode("utf-8", errors="ignore").isascii()


def opened(
    path: Path, encoding: str, heard: Callable[[int], None] = lambda _: None, *, raw_ends: bool = False
) -> TextIO:
    """Open a file as text; what cannot be decoded becomes the replacement character, and zero bytes are left out.

    Lines end with any of the three usual ends, mixed or not, and with nothing else; `raw_ends` leaves them as they are.
    """
    file = (_Counted if encoding.startswith(("utf-16", "utf-32")) else _WithoutZeros)(path, heard)
    buffered = io.BufferedReader(file, _PART)
    return io.TextIOWrapper(buffered, encoding, errors="replace", newline="" if raw_ends else None)
