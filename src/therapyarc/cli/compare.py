"""`compare`: the study's statistics on a table of one's own."""

import csv
import json
import math
from collections.abc import Callable
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
    adjusts the exact permutation p over the value columns. Empty cells are missing and counted. Cells are separated by
    commas, or by semicolons or tabs where the heading has no comma.

    Raises
    ------
    CompareError
        If a column is absent, a cell is no number, or there are not exactly two groups.
    """
    rows = _rows(path, [group, *values])
    for number, row in enumerate(rows, start=2):
        if not row[group]:
            raise CompareError(
                f"{path}:{number}: {group} is empty; name the row's group, or take the row out of the file"
            )
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
            heading = handle.readline()
            handle.seek(0)
            separator = next((mark for mark in ",;\t" if mark in heading), ",")
            reader = csv.DictReader(handle, delimiter=separator, restval="")
            rows = [{name: (row[name] or "").strip() for name in columns if name in row} for row in reader]
    except OSError as error:
        raise CompareError(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CompareError(f"{path} is no CSV file in UTF-8: {error}") from error
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
        if not row[value]:
            missing += 1
            continue
        try:
            number_read = float(row[value])
        except ValueError:
            number_read = math.nan
        if not math.isfinite(number_read):
            raise CompareError(
                f"{path}:{number}: {value} must be a number such as 3.5; got {row[value]!r}. Leave a missing value empty."
            )
        samples[row[group]].append(number_read)
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
    """Return one column a value, so that a terminal of 80 columns holds the names of all p variants."""
    table = Table(title=f"{labels[0]} compared with {labels[1]} (r is positive where {labels[0]} is larger)")
    table.add_column("", no_wrap=True)
    for result in results:
        table.add_column(result["value"], justify="right", overflow="fold")
    rows: dict[str, Callable[[dict[str, Any]], str]] = {
        f"n, {labels[0]} + {labels[1]}": lambda one: " + ".join(map(str, one["n"])),
        "missing": lambda one: str(one["missing"]),
        "U, the smaller": lambda one: f"{one['u']:g}",
        "rank-biserial r": lambda one: f"{one['rank_biserial']:.3f}",
        "95% interval of r": _interval,
        "A12": lambda one: f"{one['a12']:.3f}",
        **{f"p, {variant.replace('_', ' ')}": _p_of(variant) for variant in REPORTED},
        "p, Holm of the exact": lambda one: "" if one["p_holm"] is None else f"{one['p_holm']:.5f}",
    }
    for heading, cell in rows.items():
        table.add_row(heading, *(cell(result) for result in results))
    return table


def _interval(result: dict[str, Any]) -> str:
    low, high = result["interval"]
    return str(result["note"]) if low is None else f"{low:.3f} to {high:.3f}"


def _p_of(variant: str) -> Callable[[dict[str, Any]], str]:
    def shown(result: dict[str, Any]) -> str:
        p = result["p"][variant]
        return "undefined" if p is None else f"{p:.5f}"

    return shown
