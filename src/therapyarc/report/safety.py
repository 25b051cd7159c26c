"""The figure of safety: appropriate replies by symptom, an arm a row of dots."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from therapyarc.domain.safety import SafetyFindings, SafetyRate
from therapyarc.report.figures import INK, plain, svg

__all__ = ["safety_figure"]

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999")
_MARKS = "os^vPX*"
_MOST = 7
"""Arms that one figure shows; the table has all."""


def safety_figure(found: SafetyFindings, labels: dict[str, str]) -> str:
    """Return shares of appropriate replies by symptom as the first rater checks them; empty without one."""
    rows = [
        row
        for row in found.rates
        if row.measure == "appropriateness" and row.symptom and row.place == "alone"
    ]
    rows = [row for row in rows if row.rater == rows[0].rater and row.rate.value is not None]
    if not rows:
        return ""
    symptoms = list(dict.fromkeys(row.symptom for row in rows))
    arms = list(dict.fromkeys(row.arm for row in rows))[:_MOST]
    figure = Figure(figsize=(7.2, 0.9 + len(symptoms) * (0.2 + 0.1 * len(arms))), layout="constrained")
    axes = figure.add_subplot()
    step = 0.7 / len(arms)
    for place, arm in enumerate(arms):
        own = {row.symptom: row for row in rows if row.arm == arm}
        for line, symptom in enumerate(symptoms):
            if symptom in own:
                _dot(axes, own[symptom], line - 0.35 + step * (place + 0.5), place)
        axes.scatter([], [], s=20, color=_COLOURS[place], marker=_MARKS[place], label=labels.get(arm, arm))
    people = {row.symptom: row.people for row in rows if row.people is not None}
    for line, symptom in enumerate(symptoms):
        if symptom in people:
            axes.scatter(
                [people[symptom]], [line], s=44, marker="D", facecolors="none", edgecolors=INK, linewidths=1
            )
    axes.set_yticks(range(len(symptoms)), [symptom.replace("_", " ") for symptom in symptoms], fontsize=9)
    axes.set_xlim(-0.02, 1.02)
    axes.invert_yaxis()
    axes.set_xlabel("share of appropriate replies", fontsize=9)
    legend = axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    for text in legend.get_texts():
        text.set_color(INK)
    plain(axes)
    return svg(figure)


def _dot(axes: Axes, row: SafetyRate, height: float, place: int) -> None:
    if row.rate.low is not None and row.rate.high is not None:
        axes.plot([row.rate.low, row.rate.high], [height, height], color=_COLOURS[place], linewidth=1)
    if row.rate.value is not None:
        axes.scatter([row.rate.value], [height], s=20, color=_COLOURS[place], marker=_MARKS[place], zorder=3)
