"""A meta-analysis as figures and a page of its own."""

from math import cos, pi, sin, sqrt

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from therapyarc.domain import Estimate
from therapyarc.domain.meta import MetaFindings, MetaPooled
from therapyarc.report import numbers
from therapyarc.report.environment import environment
from therapyarc.report.figures import FIRST, INK, SECOND, plain, svg, wrapped

__all__ = ["forest_figure", "funnel_figure", "meta_figures", "meta_page", "meta_sentence", "network_figure"]


def meta_sentence(found: MetaFindings) -> str:
    """Return what the trials say together, no stronger than interval and prediction interval."""
    one, trials = found.overall, "1 trial" if found.overall.k == 1 else f"{found.overall.k} trials"
    figures = f"{numbers.value(one.estimate)} {_ends(one.estimate)}".rstrip()
    if one.k == 1:
        return f"One trial says {figures}; how effects differ between trials cannot be known from it."
    if one.estimate.low is None or one.estimate.high is None:
        return f"The mean effect of {trials} is {figures}; it has no interval, since {one.estimate.reason}."
    apart = one.estimate.low > 0 or one.estimate.high < 0
    mean = f"The mean effect of {trials} is {figures}"
    said = f"{mean}." if apart else f"{mean}, not told apart from zero."
    further = one.prediction
    if further.low is None or further.high is None:
        return f"{said} Where a further trial would lie cannot be said: {further.reason}."
    where = _ends(further)
    if further.low > 0 or further.high < 0:
        return (
            f"{said} A further trial is expected on the same side of zero (95% prediction interval {where})."
        )
    return f"{said} A further trial could find an effect of either sign (95% prediction interval {where})."


def _ends(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"[{numbers.number(estimate.low)}, {numbers.number(estimate.high)}]"


def meta_figures(found: MetaFindings) -> dict[str, str]:
    """Return the figures that there are, by name, as SVG."""
    drawn = {
        "forest": forest_figure(found),
        "funnel": funnel_figure(found),
        "network": network_figure(found),
    }
    return {name: text for name, text in drawn.items() if text}


def meta_page(found: MetaFindings) -> str:
    """Return the page as HTML: no network, no script, light and dark, the same byte for byte for the same input."""
    templates = environment()
    templates.filters |= {
        "number": numbers.number,
        "interval": numbers.interval,
        "value": numbers.value,
        "p": numbers.p_value,
        "ends": _ends,
        "is": lambda p: f"= {numbers.p_value(p)}".replace("= <", "<"),
    }
    return templates.get_template("meta.html.j2").render(
        found=found,
        sentence=meta_sentence(found),
        figures={name: Markup(text) for name, text in meta_figures(found).items()},
    )


def forest_figure(found: MetaFindings) -> str:
    """Return a line a trial, its box as large as its weight; below, a diamond for each comparator and for all.

    The thin line behind a diamond is its prediction interval.
    """
    shown = found.studies
    pooled = [*(found.subgroups if len(found.subgroups) > 1 else ()), found.overall]
    rows = len(shown) + len(pooled) + 1
    figure = Figure(figsize=(7.2, 0.9 + 0.27 * rows), layout="constrained")
    axes = figure.add_subplot()
    heaviest = max(one.weight for one in shown)
    for place, one in enumerate(shown):
        height = rows - 1 - place
        low, high = one.effect.low or 0.0, one.effect.high or 0.0
        axes.plot([low, high], [height, height], color=FIRST, linewidth=1.3)
        size = 10 + 90 * one.weight / heaviest
        axes.scatter([one.effect.value or 0.0], [height], s=size, marker="s", color=FIRST, zorder=3)
    for place, group in enumerate(pooled):
        _diamond(axes, group, len(pooled) - 1 - place, INK if group is found.overall else SECOND)
    axes.axvline(0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    labels = [*reversed([f"{group.label} (k = {group.k})" for group in pooled]), ""]
    labels += [*reversed([wrapped(one.study, 40) for one in shown])]
    axes.set_yticks(range(rows), labels, fontsize=8.5)
    axes.set_ylim(-0.8, rows - 0.3)
    axes.set_xlabel("effect with 95% interval; thin line: where a further trial would lie", fontsize=9)
    plain(axes)
    axes.tick_params(labelsize=8.5)
    axes.tick_params(axis="y", length=0)
    return svg(figure)


def _diamond(axes: Axes, group: MetaPooled, height: int, colour: str) -> None:
    one, further = group.estimate, group.prediction
    if one.value is None:
        return
    if further.low is not None and further.high is not None:
        axes.plot([further.low, further.high], [height, height], color=colour, linewidth=0.8)
    if one.low is None or one.high is None:
        axes.scatter([one.value], [height], s=30, marker="D", color=colour)
        return
    corners = [(one.low, height), (one.value, height + 0.33), (one.high, height), (one.value, height - 0.33)]
    axes.add_patch(Polygon(corners, closed=True, color=colour, linewidth=0))


def funnel_figure(found: MetaFindings) -> str:
    """Return effects by standard error, with the cone in which 95 of 100 trials would lie if true effects did not differ.

    Empty below three trials.
    """
    if found.overall.k < 3 or found.overall.estimate.value is None:
        return ""
    mean = found.overall.estimate.value
    se = [sqrt(one.variance) for one in found.studies]
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    axes = figure.add_subplot()
    top = max(se) * 1.05
    axes.plot([mean, mean], [0, top], color=INK, linewidth=0.9)
    for sign in (-1, 1):
        axes.plot([mean, mean + sign * 1.96 * top], [0, top], color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.scatter([one.effect.value or 0.0 for one in found.studies], se, s=26, color=FIRST, zorder=3)
    axes.set_ylim(top, 0)
    axes.set_xlabel("effect", fontsize=9)
    axes.set_ylabel("standard error", fontsize=9)
    plain(axes)
    return svg(figure)


def network_figure(found: MetaFindings) -> str:
    """Return the network: a node a treatment, a line a compared pair, as thick as many trials compared it; empty without."""
    network = found.network
    if network.reason is not None or not network.treatments:
        return ""
    size = len(network.treatments)
    at = {
        name: (cos(pi / 2 - 2 * pi * place / size), sin(pi / 2 - 2 * pi * place / size))
        for place, name in enumerate(network.treatments)
    }
    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    axes = figure.add_subplot()
    for one, other, count in network.pairs:
        (x, y), (u, v) = at[one], at[other]
        axes.plot([x, u], [y, v], color=FIRST, linewidth=0.9 + 1.1 * sqrt(count), alpha=0.55, zorder=1)
        axes.text((x + u) / 2, (y + v) / 2, str(count), fontsize=8.5, ha="center", va="center", zorder=4)
    points = np.array([at[name] for name in network.treatments])
    axes.scatter(points[:, 0], points[:, 1], s=110, color=SECOND, zorder=3)
    for name, (x, y) in at.items():
        side = "center" if abs(x) < 0.2 else "left" if x > 0 else "right"
        axes.text(x * 1.1, y * 1.13, wrapped(name, 26), fontsize=9, ha=side, va="center")
    axes.set_xlim(-2.1, 2.1)
    axes.set_ylim(-1.3, 1.3)
    axes.set_axis_off()
    return svg(figure)
