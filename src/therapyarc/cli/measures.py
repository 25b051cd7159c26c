"""`measures`: what can be measured, and what is known of each measure."""

import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from therapyarc.measures import Measure, every_measure

__all__ = ["UnknownMeasureError", "list_measures", "show_measure"]


class UnknownMeasureError(Exception):
    """No measure has this name."""


def list_measures(output: str, console: Console) -> None:
    """List every measure, those of other packages with them."""
    every = every_measure()
    if output == "json":
        rows = [{"family": family, **asdict(one)} for family, one in every.values()]
        console.print(json.dumps(rows, indent=2), soft_wrap=True, markup=False, highlight=False)
        return
    table = Table(title="Measures; ratings and self-reports add those of their forms", title_justify="left")
    for column in ("measure", "family", "what it is", "range", "version"):
        table.add_column(column, no_wrap=column in {"measure", "version"})
    for name, (family, one) in every.items():
        table.add_row(name, family, one.meaning, _range(one), one.version)
    console.print(table)


def show_measure(name: str, output: str, console: Console) -> None:
    """Show one measure whole.

    Raises
    ------
    UnknownMeasureError
        If there is no such measure; the message names those that are near.
    """
    every = every_measure()
    if name not in every:
        near = [one for one in every if name.casefold() in one or one.split("_")[0] in name.casefold()]
        raise UnknownMeasureError(
            f"no measure is called {name!r}; "
            + (f"near: {', '.join(near)}" if near else "`therapyarc measures` lists them")
        )
    family, one = every[name]
    if output == "json":
        console.print(
            json.dumps({"family": family, **asdict(one)}, indent=2),
            soft_wrap=True,
            markup=False,
            highlight=False,
        )
        return
    for label, text in (
        ("Measure", f"{one.name} ({family}, version {one.version})"),
        ("Construct", one.construct),
        ("What it is", one.meaning),
        ("Unit and range", f"{one.unit}, {_range(one)}"),
        ("Ends", one.ends),
        ("Needs", one.minimum),
        ("Perspective", one.perspective),
        ("Unchanged by", ", ".join(one.invariances) or "nothing stated"),
        ("Known of it", one.bar or "nothing stated"),
        ("Source", one.source),
        ("Licence", one.licence),
    ):
        console.print(f"{label}: {text}", highlight=False, soft_wrap=True, markup=False)


def _range(one: Measure) -> str:
    low = "unbounded" if one.low is None else f"{one.low:g}"
    return f"{low} to {'unbounded' if one.high is None else f'{one.high:g}'}"
