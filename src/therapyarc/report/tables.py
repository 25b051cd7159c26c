"""Every table of a page as CSV, with the text that the page shows."""

import csv
import io
import re
from html.parser import HTMLParser

__all__ = ["tables"]


def tables(page: str) -> dict[str, str]:
    """Return file name to CSV for each table that stands in a labelled region, in the page's order.

    Cells hold what the page shows, on one line; a cell that spans several is repeated in each, and a true minus sign becomes
    a hyphen, so that a spreadsheet reads numbers as numbers. Text that a spreadsheet would take for a formula is led by an
    apostrophe.
    """
    reader = _Reader()
    reader.feed(page)
    found: dict[str, str] = {}
    for label, rows in reader.found:
        stem = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") or "table"
        name, number = stem, 2
        while f"{name}.csv" in found:
            name, number = f"{stem}-{number}", number + 1
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(
            [[_safe(cell) for cell in row] for row in _filled(rows)]
        )
        found[f"{name}.csv"] = buffer.getvalue()
    return found


_Cell = tuple[str, int, int]
"""Text, columns, rows."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[list[_Cell]]]] = []
        self._label = ""
        self._inside = False
        self._cell: list[str] | None = None
        self._spans = (1, 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("role") == "region":
            self._label = given.get("aria-label") or ""
        elif tag == "table" and self._label:
            self.found.append((self._label, []))
            self._inside = True
        elif self._inside and tag == "tr":
            self.found[-1][1].append([])
        elif self._inside and tag in {"td", "th"}:
            self._cell = []
            self._spans = (int(given.get("colspan") or 1), int(given.get("rowspan") or 1))
        elif self._cell is not None and tag == "br":
            self._cell.append("; ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._label, self._inside = "", False
        elif self._cell is not None and tag in {"td", "th"}:
            text = " ".join("".join(self._cell).split()).strip("; ")
            self.found[-1][1][-1].append((text.replace(" ; ", "; "), *self._spans))
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def _filled(rows: list[list[_Cell]]) -> list[list[str]]:
    """Repeat what spans several rows or columns."""
    left: dict[int, tuple[str, int]] = {}
    result = []
    for row in rows:
        cells = iter(row)
        line: list[str] = []
        waiting = dict(left)
        left = {at: (text, more - 1) for at, (text, more) in waiting.items() if more > 1}
        while True:
            while len(line) in waiting:
                line.append(waiting.pop(len(line))[0])
            cell = next(cells, None)
            if cell is None:
                break
            text, across, down = cell
            for _ in range(across):
                if down > 1:
                    left[len(line)] = (text, down - 1)
                line.append(text)
        result.append(line)
    return result


def _safe(text: str) -> str:
    plain = text.replace("\N{MINUS SIGN}", "-")
    formula = plain[:1] in {"=", "+", "@"} or (plain[:1] == "-" and not re.match(r"-\.?\d", plain))
    return f"'{plain}" if formula and plain != "-" else plain
