"""The page on measures."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from making.records import MADE, cell
from therapyarc.domain import Instrument
from therapyarc.files.library import instrument_ids, read_instrument
from therapyarc.measures import CHECK_MEASURES, ITEM_MEASURES, Measure, families

__all__ = ["measures_page"]

HERE = Path(__file__).parent


def measures_page() -> str:
    """Return the page on measures: from words, from ratings, from self-reports."""
    every = [read_instrument(name, HERE) for name in instrument_ids()]
    lines = [
        MADE,
        "# Measures",
        "",
        "Each ends as rows of the one tidy table ([files](files.md#measurement)): a value, or the reason why there is none.",
        "",
        "`therapyarc measures` lists them, those of other packages with them; `therapyarc measures show NAME` shows one.",
        "",
        "## Of single-turn items",
        "",
        *_table(one.measure for one in ITEM_MEASURES),
        "",
        "## Of checks of replies to probes",
        "",
        *_table(CHECK_MEASURES),
        "",
        "## Of sessions and transcripts",
        "",
        "Taken of every session of a course, and by [`therapyarc measure`](../how-to/transcripts.md) of transcripts.",
    ]
    for family in families():
        lines += ["", f"### {family.id}", "", *_table(family.measures)]
    lines += [
        "",
        "## From ratings",
        "",
        "A rating by a rubric becomes a measure that is named by the rubric's construct, on the rubric's own scale.",
        "",
        *_scales(one for one in every if one.kind == "rubric"),
        "",
        "## From self-reports",
        "",
        "A form's total is named by its construct, and each part `construct:topic`. A part is the mean of its items. A form",
        "with an item unanswered has no total. Simulated clients answer from their hidden state; their totals are no",
        "outcome.",
        "",
        *_scales(one for one in every if one.kind == "form"),
    ]
    return "\n".join(lines) + "\n"


def _table(measures: Iterable[Measure]) -> Iterator[str]:
    yield "| measure | what it is | unit | range | ends | needs | view | version | unchanged by | known | source |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for one in measures:
        low = "unbounded" if one.low is None else f"{one.low:g}"
        high = "unbounded" if one.high is None else f"{one.high:g}"
        yield (
            f"| `{one.name}` | {cell(one.meaning)} | {one.unit} | {low} to {high} | {cell(one.ends)} | "
            f"{cell(one.minimum)} | {one.perspective} | {one.version} | {', '.join(one.invariances)} | "
            f"{cell(one.bar)} | {cell(one.source)} |"
        )


def _scales(instruments: Iterable[Instrument]) -> Iterator[str]:
    yield "| measure | from | version | range | lowest | highest | parts |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for one in instruments:
        low, high = one.anchors[0], one.anchors[-1]
        times = len(one.items) if one.kind == "form" and one.total == "sum" else 1
        parts = ", ".join(
            dict.fromkeys(f"`{one.construct}:{item.topic}`" for item in one.items if item.topic)
        )
        yield (
            f"| `{one.construct}` | `{one.id}` | {one.version} | {low.value * times} to {high.value * times} | "
            f"{low.label} | {high.label} | {parts} |"
        )
