"""The lines of inquiry that ship with the package."""

from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.resources import files as package_files
from pathlib import Path

from therapyarc.domain.line import Line, LineBook
from therapyarc.files.errors import Fault, FaultyFileError
from therapyarc.files.located import Located, read_located
from therapyarc.files.validate import validated

__all__ = ["LINES", "read_lines"]

LINES = 34
"""How many lines there are."""


def read_lines(path: Path | None = None) -> tuple[Line, ...]:
    """Read the lines, by default those of the library.

    Raises
    ------
    FaultyFileError
        If the file does not fit the format, or its ids are not those from 1 to 34 in order.
    """
    located = read_located(path or Path(str(package_files("therapyarc"))) / "library" / "lines.yaml")
    lines = validated(LineBook, located).lines
    if faults := tuple(_faults(located, lines)):
        raise FaultyFileError(faults)
    return lines


def _faults(located: Located, lines: Sequence[Line]) -> Iterator[Fault]:
    ids = [line.id for line in lines]
    if sorted(ids) != list(range(1, LINES + 1)):
        wrong = sorted((Counter(ids) - Counter(range(1, LINES + 1))).elements())
        absent = sorted(set(range(1, LINES + 1)) - set(ids))
        advice = (
            f"ids must be 1 to {LINES}, each once; absent: {absent or 'none'}; too many: {wrong or 'none'}"
        )
        yield located.fault(("lines",), advice)
    elif ids != sorted(ids):
        yield located.fault(("lines",), "lines must stand in the order of their ids")
    for place, line in enumerate(lines):
        for index, figure in enumerate(line.figures):
            here = ("lines", place, "figures", index)
            if figure.contrasts and figure.key != "findings":
                yield located.fault((*here, "contrasts"), "only findings have contrasts", figure.contrasts)
            if figure.aspect and not figure.whole:
                yield located.fault((*here, "aspect"), "only a whole figure answers an aspect", figure.aspect)
