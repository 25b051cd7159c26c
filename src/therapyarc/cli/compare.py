"""`compare`: the study's statistics on a table of one's own."""

import csv
import json
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from therapyarc.stats import P_VARIANTS, holm, mann_whitney, rank_biserial, vargha_delaney

__all__ = ["CompareError", "compare_file"]

REPORTED = tuple(variant for variant in P_VARIANTS if variant != "exact")


class CompareError(Exception):
    """The table cannot be compared as asked; the message says what to change."""


def compare_file(
    path: Path, group: str, values: list[str], output: Literal["table", "json"], console: Console
) -> list[dict[str, Any]]:
    """Compare the two groups of a CSV file on each value column.

    The first group is the one that is named first in the file. r is positive where it has the larger values. Holm
    adjusts the exact permutation p over the value columns. Empty cells are missing and counted.

    Raises
    ------
    CompareError
        If a column is absent, a cell is no number, or there are not exactly two groups.
    """
    rows = _rows(path, [group, *values])
    labels = list(dict.fromkeys(row[group] for row in rows))
    if len(labels) != 2:
        raise CompareError(
            f"{path}: column {group!r} must name two groups; it names {len(labels)}: {', '.join(labels[:8])}"
        )
    results = [_compared(path, rows, group, labels, value) for value in values]
    adjusted = holm([result["p"].get("exact_permutation") for result in results])
    for result, p in zip(results, adjusted, strict=True):
        result["p_holm"] = p
    if output == "json":
        console.file.write(json.dumps(results, indent=2) + "\n")
    else:
        console.print(_table(labels, results))
    return results


def _rows(path: Path, columns: list[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            rows = list(reader)
    except (OSError, UnicodeDecodeError) as error:
        raise CompareError(f"{path} cannot be read: {error}") from error
    absent = [column for column in columns if column not in (reader.fieldnames or [])]
    if absent:
        there = ", ".join(reader.fieldnames or []) or "none"
        raise CompareError(f"{path} has no column {', '.join(absent)}; it has {there}")
    return rows


def _compared(
    path: Path, rows: list[dict[str, str]], group: str, labels: list[str], value: str
) -> dict[str, Any]:
    samples: dict[str, list[float]] = {label: [] for label in labels}
    missing = 0
    for number, row in enumerate(rows, start=2):
        cell = (row[value] or "").strip()
        if not cell:
            missing += 1
            continue
        try:
            samples[row[group]].append(float(cell))
        except ValueError:
            raise CompareError(f"{path}:{number}: {value} must be a number; got {cell!r}") from None
    x, y = samples[labels[0]], samples[labels[1]]
    if not x or not y:
        raise CompareError(f"{path}: {value} has no number in group {labels[0] if not x else labels[1]}")
    test, effect = mann_whitney(x, y), rank_biserial(x, y)
    return {
        "value": value,
        "first": labels[0],
        "second": labels[1],
        "n": [len(x), len(y)],
        "u": test.u,
        "rank_biserial": effect.estimate,
        "interval": [effect.low, effect.high],
        "interval_method": effect.method,
        "note": effect.reason,
        "a12": vargha_delaney(x, y).estimate,
        "p": {variant: test.p.get(variant) for variant in REPORTED},
        "undefined": dict(test.undefined),
        "p_holm": None,
        "missing": missing,
    }


def _table(labels: list[str], results: list[dict[str, Any]]) -> Table:
    table = Table(title=f"{labels[0]} compared with {labels[1]} (r is positive where {labels[0]} is larger)")
    for heading in ("value", "n", "U", "r", "95% interval", "A12", *REPORTED, "Holm", "missing"):
        table.add_column(heading.replace("_", " "), overflow="fold")
    for result in results:
        low, high = result["interval"]
        table.add_row(
            result["value"],
            " + ".join(map(str, result["n"])),
            f"{result['u']:g}",
            f"{result['rank_biserial']:.3f}",
            result["note"] if low is None else f"{low:.3f} to {high:.3f}",
            f"{result['a12']:.3f}",
            *(
                "undefined" if result["p"][variant] is None else f"{result['p'][variant]:.5f}"
                for variant in REPORTED
            ),
            "" if result["p_holm"] is None else f"{result['p_holm']:.5f}",
            str(result["missing"]),
        )
    return table
