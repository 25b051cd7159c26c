"""The figure of harm behind the bond: a dot a course."""

from collections import Counter

from matplotlib.figure import Figure

from therapyarc.domain.harm import HarmFindings
from therapyarc.report.figures import INK, plain, svg

__all__ = ["warm_figure"]

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999")
_MARKS = "os^DvPX"


def warm_figure(found: HarmFindings, labels: dict[str, str]) -> str:
    """Return unsafe events by the bond as the client sees it: a dot a course, a colour and mark an arm."""
    rows = [row for row in found.warm if row.points]
    if not rows:
        return ""
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    axes = figure.add_subplot()
    for place, row in enumerate(rows):
        for (bond, unsafe), n in sorted(Counter(row.points).items()):
            axes.scatter(
                [bond],
                [unsafe],
                s=24 * n,
                color=_COLOURS[place % len(_COLOURS)],
                marker=_MARKS[place % len(_MARKS)],
                alpha=0.7,
                linewidths=0,
            )
        axes.scatter(
            [],
            [],
            s=24,
            color=_COLOURS[place % len(_COLOURS)],
            marker=_MARKS[place % len(_MARKS)],
            label=labels.get(row.arm, row.arm),
        )
    axes.set_xlabel("bond, as the client sees it, at the last session", fontsize=9)
    axes.set_ylabel("unsafe events", fontsize=9)
    axes.set_ylim(bottom=-0.5)
    legend = axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    for text in legend.get_texts():
        text.set_color(INK)
    plain(axes)
    return svg(figure)
