"""The page on measures."""

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path

from making.records import MADE, cell
from therapyarc.domain import Instrument
from therapyarc.files.library import instrument_ids, read_instrument
from therapyarc.measures import MEASURES, SPEECH, SYNCHRONY, TALK

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
        "## From the words of a session",
        "",
        "| measure | construct | of sessions | unit | range | perspective | version | unchanged by | source |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in MEASURES:
        upper = "no upper end" if one.high is None else f"{one.high:g}"
        lines.append(
            f"| `{one.name}` | {one.construct} | {', '.join(one.applies)} | {one.unit} | {one.low:g} to {upper} | "
            f"{one.perspective} | {one.version} | {', '.join(one.invariances)} | {one.source} |"
        )
    for one in MEASURES:
        doc = inspect.cleandoc(one.compute.__doc__ or "")
        lines += ["", f"### {one.name}", "", f"Ends: {cell(one.ends)}", "", doc]
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
        "",
        "## Of transcripts",
        "",
        "By [`therapyarc measure`](../how-to/transcripts.md); those of client speech also of every session of a course, for",
        "[realism](../explanation/realism.md).",
        "",
        "| measure | what it is |",
        "| --- | --- |",
        *(f"| `{name}` | {what} |" for name, what in (TALK | SPEECH | SYNCHRONY).items()),
    ]
    return "\n".join(lines) + "\n"


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
