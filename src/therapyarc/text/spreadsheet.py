"""Cells of tables that people open in a spreadsheet: no text runs as a formula there, and every text can be had back."""

import csv
import re
import string
from collections.abc import Iterable
from typing import TextIO

__all__ = ["SheetWriter", "original_text", "safe_cell"]

_RUNS = re.compile(r"(?:['\u200b\u2060\ufeff]|[^\S\t\r\n])*([=+\-@＝＋－＠\t\r\n])")
"""A sign with which a formula begins, or what a spreadsheet drops before one, after spaces and marks that are not seen."""
_PLAIN = frozenset(string.ascii_letters + string.digits)
"""First characters that need no closer look."""
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def safe_cell(value: object) -> object:
    r"""Return what to write into a CSV cell: an apostrophe is put before a text that a spreadsheet would run.

    Rule: leading spaces and apostrophes apart, the text begins with `=`, `+`, `-` or `@` (also of full width), a tab or a
    line end, and is not a plain number. What is no text, such as -1.5, stays as it is, and so does the text "-1.5".
    Apostrophes count as leading, so that `original_text` can tell its own from those that were there.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("-1.5"), safe_cell(-1.5), safe_cell("-1.5+cmd"), safe_cell("'tis")
    ("'=1+1", '-1.5', -1.5, "'-1.5+cmd", "'tis")
    """
    if not isinstance(value, str) or value[:1] in _PLAIN:
        return value
    return f"'{value}" if _runs(value) else value


def original_text(cell: str) -> str:
    """Return the text that `safe_cell` was given, from the cell that it made.

    Examples
    --------
    >>> original_text("'=1+1"), original_text("'tis"), original_text("''=1")
    ('=1+1', "'tis", "'=1")
    """
    return cell[1:] if cell.startswith("'") and _runs(cell[1:]) else cell


def _runs(text: str) -> bool:
    found = _RUNS.match(text)
    return found is not None and _NUMBER.fullmatch(text, found.start(1)) is None


class SheetWriter:
    """Writes rows as CSV (RFC 4180: comma, lines end in CR LF) with safe cells; none is written as an empty cell.

    A cell with any line end in it is quoted, so that what follows is no row of its own, with a formula in its first cell.
    """

    def __init__(self, file: TextIO) -> None:
        self._lines = csv.writer(file, lineterminator="\r\n")

    def row(self, cells: Iterable[object]) -> None:
        """Write one row."""
        self._lines.writerow([safe_cell(cell) for cell in cells])

    def rows(self, rows: Iterable[Iterable[object]]) -> None:
        """Write several."""
        self._lines.writerows([safe_cell(cell) for cell in row] for row in rows)
