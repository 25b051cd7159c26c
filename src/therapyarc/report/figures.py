"""Figures: SVG that takes its ink from the page, so that it reads in light and dark, and is the same byte for byte."""

import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from therapyarc.domain import Arc, Finding, FlowRow, Halo, Side
from therapyarc.report import numbers

__all__ = [
    "FIRST",
    "INK",
    "PANEL",
    "SECOND",
    "arc_figure",
    "effects_figure",
    "flow_figure",
    "halo_figure",
    "plain",
    "slopes_figure",
    "svg",
    "title_room",
    "units_figure",
    "wrapped",
]

INK = "#010203"  # replaced by currentColor
FIRST, SECOND = "#0072b2", "#d55e00"  # Okabe and Ito: told apart by all kinds of colour vision
PANEL = 24
"""Characters that a line of the title of a small panel holds, four panels to a row."""
_REASONS = ["#d55e00", "#e69f00", "#cc79a7", "#f0e442", "#999999"]


def units_figure(findings: list[Finding]) -> str:
    """Return a dot for each unit's mean, a panel a construct, the two sides beside each other."""
    shown = [
        f
        for f in findings
        if f.undefined is None and f.second is not None and f.first.points and f.second.points
    ]
    if not shown:
        return ""
    figure = Figure(figsize=(7.2, 0.5 + 1.35 * len(shown)), layout="constrained")
    for place, finding in enumerate(shown, start=1):
        axes = figure.add_subplot(len(shown), 1, place)
        assert finding.second is not None
        for height, (side, colour) in enumerate(((finding.second, SECOND), (finding.first, FIRST))):
            _dots(axes, side, height, colour)
        axes.set_title(f"{_words(finding.construct)} ({finding.scale})", loc="left", fontsize=10)
        axes.set_yticks([0, 1], ["second side", "first side"], fontsize=9)
        axes.set_ylim(-0.6, 1.6)
        plain(axes)
    return svg(figure)


def _dots(axes: Axes, side: Side, height: int, colour: str) -> None:
    values = np.array([point.value for point in side.points])
    offsets = 0.22 * (((np.arange(len(values)) * 0.618) % 1) - 0.5) * 2  # spread without chance
    axes.scatter(values, height + offsets, s=26, color=colour, alpha=0.75, linewidths=0)
    axes.plot([values.mean()] * 2, [height - 0.38, height + 0.38], color=INK, linewidth=1.6)


def effects_figure(findings: list[Finding]) -> str:
    """Return the rank-biserial correlation of each construct with its interval; a published value is a hollow diamond."""
    rows = [
        (f, e) for f in findings for e in f.estimates if e.name == "rank_biserial" and e.value is not None
    ]
    if not rows:
        return ""
    figure = Figure(figsize=(7.2, 0.9 + 0.45 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    for height, (finding, effect) in enumerate(reversed(rows)):
        if effect.low is not None and effect.high is not None:
            axes.plot([effect.low, effect.high], [height, height], color=FIRST, linewidth=2)
        axes.scatter([effect.value or 0.0], [height], s=42, color=FIRST, zorder=3)
        published = None if finding.published is None else finding.published.figures.get("rank_biserial")
        if published is not None:
            axes.scatter(
                [published],
                [height + 0.24],
                s=46,
                marker="D",
                facecolors="none",
                edgecolors=SECOND,
                linewidths=1.5,
            )
    axes.axvline(0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set_yticks(range(len(rows)), [_words(f.construct) + _role(f) for f, _ in reversed(rows)], fontsize=9)
    axes.set_xlim(-1.08, 1.08)
    axes.set_ylim(-0.6, len(rows) - 0.2)
    axes.set_xlabel("rank-biserial r (first side larger: to the right)", fontsize=9)
    plain(axes)
    return svg(figure)


def slopes_figure(findings: list[Finding]) -> str:
    """Return a line for each actor from before to after, a panel a tier."""
    shown = [f for f in findings if f.contrast == "change" and f.first.points and not f.id.endswith("/all")]
    shown = shown or [f for f in findings if f.contrast == "change" and f.first.points]
    if not shown:
        return ""
    figure = Figure(figsize=(7.2, 2.7), layout="constrained")
    first = None
    for place, finding in enumerate(shown, start=1):
        axes = figure.add_subplot(1, len(shown), place, sharey=first)
        first = first or axes
        for point in finding.first.points:
            axes.plot(
                [0, 1], [point.before or 0.0, point.value], color=FIRST, alpha=0.75, marker="o", markersize=4
            )
        axes.set_xticks([0, 1], ["before", "after"], fontsize=9)
        axes.set_xlim(-0.25, 1.25)
        axes.set_title(f"{finding.first.label}: {_words(finding.construct)}", loc="left", fontsize=10)
        plain(axes)
    return svg(figure)


def arc_figure(arcs: Sequence[Arc]) -> str:
    """Return one measure by session, a panel an arm: courses thin, the mean of those who still meet bold with its interval.

    A cross marks the last session of a course that ended before its time.
    """
    shown = [arc for arc in arcs if any(point.n for point in arc.points)]
    if not shown:
        return ""
    across = min(4, len(shown))
    down = -(-len(shown) // across)
    figure = Figure(
        figsize=(7.2, 0.4 + (1.75 + title_room((arc.label for arc in shown), PANEL)) * down),
        layout="constrained",
    )
    first = None
    for place, arc in enumerate(shown, start=1):
        axes = figure.add_subplot(down, across, place, sharey=first, sharex=first)
        first = first or axes
        for course in arc.courses:
            held = [(at, v) for at, v in enumerate(course.values, 1) if v is not None]
            if not held:
                continue
            axes.plot(*zip(*held, strict=True), color=FIRST, alpha=0.3, linewidth=0.8)
            if course.left:
                axes.scatter(*held[-1], marker="x", s=26, color=SECOND, zorder=4, linewidths=1.3)
        means = [point for point in arc.points if point.mean is not None]
        at = [point.session for point in means]
        axes.plot(
            at, [point.mean or 0.0 for point in means], color=INK, linewidth=1.9, marker="o", markersize=3
        )
        with_interval = [p for p in means if p.low is not None and p.high is not None]
        axes.fill_between(
            [p.session for p in with_interval],
            [p.low or 0.0 for p in with_interval],
            [p.high or 0.0 for p in with_interval],
            color=FIRST,
            alpha=0.22,
            linewidth=0,
        )
        axes.set_title(wrapped(arc.label, PANEL), loc="left", fontsize=8.5)
        axes.set_xticks(range(1, len(arc.points) + 1))
        plain(axes)
        axes.tick_params(labelsize=8)
    return svg(figure)


def halo_figure(halo: Halo) -> str:
    """Return rank correlations between measures as a lower triangle of numbers, the stronger the deeper in colour."""
    names = [numbers.words(name) for name in halo.measures]
    size = len(names)
    figure = Figure(figsize=(7.2, 0.9 + 0.36 * size), layout="constrained")
    axes = figure.add_subplot()
    for row in range(size):
        for column in range(row):
            rho = halo.rho[row][column]
            if rho is None:
                continue
            colour, shade = FIRST if rho >= 0 else SECOND, 0.65 * abs(rho)
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color=colour, alpha=shade, linewidth=0))
            shown = f"{rho:.2f}".replace("0.", ".").replace("-", "\N{MINUS SIGN}")
            axes.text(column, row, shown, ha="center", va="center", fontsize=7.5)
    axes.set_xlim(-0.5, size - 1.5)
    axes.set_ylim(size - 0.5, 0.5)
    axes.set_yticks(range(1, size), names[1:], fontsize=8.5)
    axes.set_xticks(range(size - 1), names[:-1], fontsize=8.5, rotation=55, ha="right")
    plain(axes)
    axes.tick_params(length=0, labelsize=8.5)
    return svg(figure)


def flow_figure(rows: Sequence[FlowRow], labels: Mapping[str, str]) -> str:
    """Return a bar for each arm: usable sessions, then the missing ones by reason, as shares of those planned."""
    planned, parts = Counter[str](), defaultdict[str, Counter[str]](Counter)
    for row in rows:
        planned[row.arm] += row.planned
        parts["done"][row.arm] += row.done
        for reason, count in row.missing.items():
            parts[reason][row.arm] += count
    if not planned:
        return ""
    arms = list(planned)[::-1]
    reasons = ["done", *sorted(set(parts) - {"done"})]
    figure = Figure(
        figsize=(7.2, 0.8 + (0.34 + title_room(labels.values(), 34)) * len(arms)), layout="constrained"
    )
    axes = figure.add_subplot()
    left = np.zeros(len(arms))
    for reason, colour in zip(reasons, [FIRST, *_REASONS * len(reasons)], strict=False):
        share = np.array([100 * parts[reason][arm] / planned[arm] for arm in arms])
        axes.barh(arms, share, left=left, color=colour, height=0.62, label=_words(reason))
        left += share
    axes.set_yticks(range(len(arms)), [wrapped(labels[arm]) for arm in arms], fontsize=9)
    for height, arm in enumerate(arms):
        axes.text(101, height, f"{parts['done'][arm]} of {planned[arm]}", va="center", fontsize=9)
    axes.set_xlim(0, 114)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlabel("% of planned sessions", fontsize=9)
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1), ncols=min(5, len(reasons)), frameon=False, fontsize=9
    )
    plain(axes)
    return svg(figure)


def wrapped(label: str, width: int = 34) -> str:
    """Return a label whole, on lines of no more than `width` characters; a word that is longer is broken."""
    return "\n".join(wrap(label, width)) or label


def title_room(labels: Iterable[str], width: int) -> float:
    """Return the inches that the longest wrapped title of a row of panels needs beyond its first line."""
    return 0.14 * max((wrapped(label, width).count("\n") for label in labels), default=0)


def _role(finding: Finding) -> str:
    return " (known answer)" if finding.contrast == "recovery" else ""


def _words(name: str) -> str:
    return name.replace("_", " ")


def plain(axes: Axes) -> None:
    """Take off what says nothing."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=9)


def svg(figure: Figure) -> str:
    """Return a figure as SVG that takes its ink from the page."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "therapyarc", "svg.fonttype": "none"}):
        for text in figure.findobj(
            lambda artist: hasattr(artist, "set_color") and hasattr(artist, "get_text")
        ):
            text.set_color(INK)  # type: ignore[attr-defined]  # found by having it
        for axes in figure.axes:
            for spine in axes.spines.values():
                spine.set_color(INK)
            axes.tick_params(color=INK, labelcolor=INK)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    drawn = buffer.getvalue()
    drawn = drawn[drawn.index("<svg") :].replace(INK, "currentColor")
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r'(<g id="patch_1">\s*<path[^>]*?)style="fill: #ffffff"', r'\1style="fill: none"', drawn)
    drawn = drawn.replace("fill: #ffffff", "fill: none").replace(
        "font-family: 'DejaVu Sans'", "font-family: inherit"
    )
    return re.sub(
        r'width="[\d.]+pt" height="[\d.]+pt"', 'role="presentation" focusable="false"', drawn, count=1
    )
