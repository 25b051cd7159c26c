"""Course and departure in one figure: means by the session that was the last, and who still came."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import sqrt

from matplotlib.figure import Figure

from therapyarc.domain import Arc, ArcCourse
from therapyarc.report.figures import FIRST, INK, PANEL, SECOND, plain, svg, title_room, wrapped

__all__ = ["departure_figure", "departure_rows"]


def _patterns(courses: Sequence[ArcCourse]) -> dict[int, list[ArcCourse]]:
    """Return the courses by the last session that has a value."""
    found: dict[int, list[ArcCourse]] = defaultdict(list)
    for course in courses:
        known = [place for place, value in enumerate(course.values, 1) if value is not None]
        if known:
            found[known[-1]].append(course)
    return dict(sorted(found.items()))


def _line(courses: Sequence[ArcCourse], last: int) -> list[tuple[int, float]]:
    line = []
    for place in range(last):
        values = [v for course in courses if (v := course.values[place]) is not None]
        if values:
            line.append((place + 1, sum(values) / len(values)))
    return line


def departure_figure(arcs: Sequence[Arc]) -> str:
    """Return a panel an arm: the mean course of each pattern of leaving, over bars of the share that still met."""
    shown = [arc for arc in arcs if any(point.n for point in arc.points)]
    if not shown:
        return ""
    across = min(4, len(shown))
    down = -(-len(shown) // across)
    figure = Figure(
        figsize=(7.2, 0.4 + (2.1 + title_room((arc.label for arc in shown), PANEL)) * down),
        layout="constrained",
    )
    first = None
    for place, arc in enumerate(shown, start=1):
        axes = figure.add_subplot(down, across, place, sharey=first, sharex=first)
        first = first or axes
        total = max(1, len(arc.courses))
        planned = len(arc.points)
        for last, courses in _patterns(arc.courses).items():
            line = _line(courses, last)
            stayed = last == planned
            axes.plot(
                *zip(*line, strict=True),
                color=INK if stayed else SECOND,
                linewidth=0.8 + 3 * sqrt(len(courses) / total) / 2,
                alpha=0.9,
                marker="." if len(line) == 1 else None,
            )
            if not stayed:
                axes.scatter(*line[-1], marker="x", s=26, color=SECOND, zorder=4, linewidths=1.3)
        below = axes.inset_axes((0, -0.42, 1, 0.2), sharex=axes)
        below.bar([p.session for p in arc.points], [p.n / total for p in arc.points], color=FIRST, width=0.6)
        below.set_ylim(0, 1)
        below.set_yticks([0, 1], ["0", "all"], fontsize=7)
        plain(below)
        below.tick_params(labelsize=7)
        axes.set_title(wrapped(arc.label, PANEL), loc="left", fontsize=8.5)
        axes.set_xticks(range(1, planned + 1))
        plain(axes)
        axes.tick_params(labelsize=8)
    return svg(figure)


def departure_rows(arcs: Sequence[Arc]) -> Iterator[Sequence[object]]:
    """Yield the numbers behind the figure."""
    yield "arm", "last session attended", "courses", "session", "mean"
    for arc in arcs:
        for last, courses in _patterns(arc.courses).items():
            for session, mean in _line(courses, last):
                yield arc.arm, last, len(courses), session, mean
