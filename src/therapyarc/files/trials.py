"""A table of trials (CSV) for meta-analysis: read with all its faults at once."""

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

from therapyarc.domain.meta import MetaRow

__all__ = ["TrialTable", "TrialTableError", "read_trials"]

OWN = ("study", "effect", "variance", "se", "treatment", "comparator")
"""Columns that mean something of themselves; all others are moderators."""

COMPARATORS = {
    "waitlist": ("waitlist", "wait list", "waiting list", "wl", "wlc", "waitlist control"),
    "usual care": ("usual care", "care as usual", "treatment as usual", "tau", "cau"),
    "information": ("information", "information only", "psychoeducation", "education"),
    "active": ("active", "active control", "active comparator"),
}
"""Spellings of the kinds of comparator, in small letters without hyphens. Other names stay as they are."""


LARGEST = 1e9
"""Largest effect and variance, and one over the smallest variance, that sums of weights still hold apart."""


class TrialTableError(Exception):
    """The table cannot be analysed as it stands; the message names every fault with its line."""


@dataclass(frozen=True, slots=True)
class TrialTable:
    """What a table holds."""

    rows: tuple[MetaRow, ...]
    """Rows with an effect and a variance."""
    about: tuple[str, ...]
    """Lines that begin with #, without it."""
    left_out: tuple[str, ...]
    """Rows without, and why."""


def read_trials(path: Path) -> TrialTable:
    """Read a CSV file with a row a contrast: `study`, `effect`, and `variance` or `se`.

    Semicolons or tabs may stand for the commas, as spreadsheets in many languages write them; then a comma in a number is a
    decimal comma. Optional are `comparator` and `treatment`; every other column is a moderator. Lines before the header that
    begin with # say what the table is. A row whose effect or variance is empty (or NA) is left out, with the reason.

    Raises
    ------
    TrialTableError
        With every fault: a column that is absent or stands twice, a study without a name, an effect that is no number, a
        variance that is not above 0, a variance that is not the square of the standard error beside it, or no row at all.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TrialTableError(f"{path} cannot be read: {error}. Give a CSV file, saved as UTF-8") from error
    about = [line.lstrip("# ").rstrip() for line in lines if line.startswith("#")]
    table = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and line[0] != "#"]
    if not table:
        raise TrialTableError(
            f"{path} is empty; its first row must name the columns: study, effect, variance or se"
        )
    mark = _separator(table[0][1])
    try:
        header, *body = csv.reader([line for _, line in table], delimiter=mark, strict=True)
    except csv.Error as error:
        raise TrialTableError(
            f"{path} is no CSV file: {error}; look for a quotation mark that is not closed"
        ) from error
    header = [name.strip().lower() for name in header]
    _check_header(path, header)
    if len(body) != len(table) - 1:
        raise TrialTableError(
            f"{path} has a cell that goes over two lines; join them, or close its quotation mark"
        )
    rows, left_out, faults = [], [], []
    for (number, _), cells in zip(table[1:], body, strict=True):
        place = f"{path}:{number}"
        if len(cells) != len(header):
            faults.append(f"{place}: has {len(cells)} cells; the header has {len(header)} columns")
            continue
        row = {name: _point(cell.strip(), mark) for name, cell in zip(header, cells, strict=True)}
        try:
            found = _row(row)
        except ValueError as error:
            faults.append(f"{place}: {error}")
            continue
        if isinstance(found, str):
            left_out.append(f"line {number}, {row['study']}: {found}")
        else:
            rows.append(found)
    if faults:
        more = f"\nand {len(faults) - 20} more" if len(faults) > 20 else ""
        raise TrialTableError("\n".join(faults[:20]) + more)
    if not rows:
        told = "; ".join(left_out[:3]) or "there is none below the header"
        raise TrialTableError(f"{path} has no row with an effect and a variance: {told}")
    return TrialTable(tuple(rows), tuple(about), tuple(left_out))


def _separator(header: str) -> str:
    """Return what stands most often between the names of columns."""
    return max(",;\t", key=header.count)


def _point(cell: str, mark: str) -> str:
    """Write a decimal comma as a point where no comma stands between cells."""
    return (
        cell.replace(",", ".") if mark != "," and re.fullmatch(r"[-+\N{MINUS SIGN}]?\d*,\d+", cell) else cell
    )


def _check_header(path: Path, header: list[str]) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise TrialTableError(f"{path}: column {', '.join(twice)} stands twice; rename one")
    absent = [name for name in ("study", "effect") if name not in header]
    if "variance" not in header and "se" not in header:
        absent.append("variance (or se)")
    if absent:
        there = ", ".join(name for name in header if name) or "none"
        raise TrialTableError(f"{path} has no column {', '.join(absent)}; it has {there}")
    if "treatment" in header and "comparator" not in header:
        raise TrialTableError(f"{path} has a column treatment and no comparator; name both, or neither")


def _row(row: dict[str, str]) -> MetaRow | str:
    """Return a row, or why it is left out."""
    if not row["study"]:
        raise ValueError("study has no name; give each trial one")
    effect = _number(row, "effect")
    variance, se = _number(row, "variance"), _number(row, "se")
    if variance is not None and variance <= 0:
        raise ValueError(f"variance must be above 0; got {variance:g}. Leave it empty where it is not known")
    if se is not None and se <= 0:
        raise ValueError(f"se must be above 0; got {se:g}. Leave it empty where it is not known")
    if variance is not None and se is not None and not math.isclose(variance, se**2, rel_tol=0.02):
        raise ValueError(
            f"variance {variance:g} is not the square of se {se:g}; correct one or remove a column"
        )
    if variance is None and se is not None:
        variance = se**2
    if effect is not None and abs(effect) > LARGEST:
        raise ValueError(f"effect {effect:g} is beyond what can be computed with; look at its unit")
    if variance is not None and not 1 / LARGEST <= variance <= LARGEST:
        raise ValueError(f"variance {variance:g} is beyond what can be computed with; look at its unit")
    if effect is None:
        return "no effect"
    if variance is None:
        return "no variance"
    return MetaRow(
        study=row["study"],
        effect=effect,
        variance=variance,
        treatment=row.get("treatment") or "treatment",
        comparator=_comparator(row.get("comparator", "")),
        moderators={name: cell for name, cell in row.items() if name and name not in OWN},
    )


def _number(row: dict[str, str], name: str) -> float | None:
    cell = row.get(name, "")
    if cell.lower() in {"", "na", "n/a", "nan", "."}:
        return None
    try:
        number = float(cell.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        hint = "; write decimals with a point" if "," in cell else ""
        raise ValueError(f"{name} must be a number; got {cell!r}{hint}") from None
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite; got {cell!r}")
    return number


def _comparator(name: str) -> str:
    plain = " ".join(name.lower().replace("-", " ").replace("_", " ").split())
    return next((kind for kind, spelt in COMPARATORS.items() if plain in spelt), name)
