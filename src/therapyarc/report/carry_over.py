"""Carry-over in words and figures: the first screen of the report."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from matplotlib.figure import Figure

from therapyarc.domain import ArcPoint, CarryOver, Estimate, Finding, Findings, HalfMeans
from therapyarc.report.figures import FIRST, INK, SECOND, plain, svg, title_room, wrapped
from therapyarc.report.numbers import number, value
from therapyarc.report.sentences import agree, clause, doubt, figures, told

__all__ = ["answer", "halves_figure", "slope_graph"]


def answer(findings: Findings) -> tuple[str, ...]:
    """Return the answer in two sentences, no stronger than its intervals; empty where carry-over is not declared."""
    finding = _primary(findings)
    if finding is None:
        return ()
    if finding.undefined is not None:
        return (
            f"Carry-over in {_words(finding.construct)} cannot be estimated: {clause(finding.undefined)}.",
        )
    by_name = {one.name: one for one in finding.estimates}
    beside = next((one for one in findings.carry_over if one.finding == finding.id), None)
    return _on_single(finding, by_name["single"]), _in_sessions(finding, by_name, beside)


def _primary(findings: Findings) -> Finding | None:
    found = [finding for finding in findings.findings if finding.contrast == "carry_over"]
    named = [finding for finding in found if finding.id == findings.headline.finding]
    return next(iter([*named, *found]), None)


def _on_single(finding: Finding, single: Estimate) -> str:
    second = finding.second.label if finding.second is not None else ""
    first, what = finding.first.label, _words(finding.construct)
    match said := told(single):
        case "undefined":
            return f"On single replies, {first} and {second} cannot be compared in {what}: {clause(single.reason)}."
        case "without interval":
            return (
                f"On single replies, the difference between {first} and {second} in {what} is {value(single)} points; no "
                f"interval can be had: {clause(single.reason)}."
            )
        case "apart from nothing":
            return (
                f"On single replies, {first} and {second} are not told apart in {what} (difference "
                f"{figures(single)})."
            )
    order = f"{agree(finding.first, 'scores', 'score')} {'higher' if said == 'above' else 'lower'}"
    return f"On single replies, {first} {order} in {what} than {second} (difference {figures(single)}, {finding.scale})."


def _in_sessions(finding: Finding, by_name: dict[str, Estimate], beside: CarryOver | None) -> str:
    change, ongoing, single = by_name["carry_over"], by_name["ongoing"], by_name["single"]
    if ongoing.value is None:
        return f"In ongoing sessions there is no difference to compare: {clause(ongoing.reason)}."
    if told(change) in {"undefined", "without interval"}:
        return f"In ongoing sessions the difference is {value(ongoing)}; whether it changed cannot be told."
    if told(single) in {"undefined", "without interval"}:
        return (
            f"In ongoing sessions the difference is {figures(ongoing)}, a change of {figures(change)}; how sure the first "
            "half is cannot be told."
        )
    within = f"in ongoing sessions the difference is {figures(ongoing)}"
    if told(single) == "apart from nothing":
        return (
            f"So no advantage is shown that could carry over or be lost; {within}, which is a change of "
            f"{figures(change)}."
        )
    if told(change) == "apart from nothing":
        smallest = (
            next((one for one in beside.planning if one.name == "detectable"), None) if beside else None
        )
        seen = (
            ""
            if smallest is None or smallest.value is None
            else f"; this design would find a change of {number(smallest.value)} or more four times in five"
        )
        return f"Whether that holds over time is not settled: {within}, a change of {figures(change)}{seen}."
    goes, doubts = "shrink" if told(change) != told(single) else "grow", doubt(finding)
    verb = f"seems to {goes}" if doubts else f"{goes}s"
    kept = by_name["retention"]
    share = ""
    if kept.value is not None and kept.low is not None and kept.high is not None:
        share = f", {_percent(kept.value)} [{_percent(kept.low)}, {_percent(kept.high)}] of what it was"
    gone = ", no longer told apart from zero" if told(ongoing) == "apart from nothing" else ""
    return (
        f"In ongoing sessions that difference {verb} by {figures(_size(change))}, to {figures(ongoing)}{share}{gone}"
        f"{doubts}."
    )


def _percent(share: float) -> str:
    return f"{number(100 * share, 0)}%"


def _size(change: Estimate) -> Estimate:
    """Return a change as an amount, whichever way it goes."""
    if change.value is None or change.low is None or change.high is None or change.value >= 0:
        return change
    return replace(change, value=-change.value, low=-change.high, high=-change.low)


def halves_figure(shown: CarryOver) -> str:
    """Return a panel an arm: its single replies, then its ongoing sessions, each with its interval.

    The dashed line is the other side's mean over its arms at the same place, so that the gap can be followed.
    """
    across = min(4, len(shown.arms))
    down = ceil(len(shown.arms) / across)
    sides = list(dict.fromkeys(arm.side for arm in shown.arms))
    width = 100 // across
    room = title_room((arm.label for arm in shown.arms), width)
    figure = Figure(figsize=(7.2, 0.5 + (1.8 + room) * down), layout="constrained")
    first = None
    last = max((point.session for arm in shown.arms for point in arm.ongoing), default=1)
    for place, arm in enumerate(shown.arms, start=1):
        axes = figure.add_subplot(down, across, place, sharey=first, sharex=first)
        first = first or axes
        other = _mean_of([one for one in shown.arms if one.side != arm.side])
        axes.plot(*zip(*other, strict=True), color=INK, linewidth=0.9, linestyle=(0, (3, 2)), alpha=0.7)
        colour = FIRST if arm.side == sides[0] else SECOND
        points = [arm.single, *arm.ongoing]
        for point in points:
            if point.low is not None and point.high is not None:
                axes.plot(
                    [point.session] * 2, [point.low, point.high], color=colour, linewidth=1.4, alpha=0.8
                )
        _dots(axes, [arm.single], colour, "s")
        _dots(axes, arm.ongoing, colour, "o")
        axes.plot(
            [p.session for p in arm.ongoing if p.mean is not None],
            [p.mean for p in arm.ongoing if p.mean is not None],
            color=colour,
            linewidth=1.4,
        )
        if absent := _absent(arm):
            axes.text(
                0.97, 0.06, absent, transform=axes.transAxes, ha="right", va="bottom", fontsize=7.5, color=INK
            )
        axes.set_title(wrapped(arm.label, width), loc="left", fontsize=8.5)
        axes.set_xticks(range(last + 1), ["single", *map(str, range(1, last + 1))], fontsize=8)
        axes.set_xlim(-0.6, last + 0.4)
        plain(axes)
        axes.tick_params(labelsize=8)
    figure.supxlabel("single replies, then session", fontsize=9)
    return svg(figure)


def _absent(arm: HalfMeans) -> str:
    """Return which half of an arm has no rating to be drawn; empty where both have one."""
    halves = {
        "no reply was rated": arm.single.mean is None,
        "no exchange was rated": all(point.mean is None for point in arm.ongoing),
    }
    return "\n".join(text for text, none in halves.items() if none)


def _dots(axes: object, points: Sequence[ArcPoint], colour: str, marker: str) -> None:
    known = [(point.session, point.mean) for point in points if point.mean is not None]
    if known:
        axes.scatter(*zip(*known, strict=True), color=colour, s=24, marker=marker, zorder=3)  # type: ignore[attr-defined]


def _mean_of(arms: Sequence[HalfMeans]) -> list[tuple[int, float]]:
    gathered: dict[int, list[float]] = {}
    for arm in arms:
        for point in (arm.single, *arm.ongoing):
            if point.mean is not None:
                gathered.setdefault(point.session, []).append(point.mean)
    return [(at, sum(means) / len(means)) for at, means in sorted(gathered.items())]


def slope_graph(findings: Sequence[Finding]) -> str:
    """Return a line an actor from its mean on single replies to its mean in ongoing sessions, a panel a construct."""
    shown = [f for f in findings if f.contrast == "carry_over" and f.first.points and f.second is not None]
    if not shown:
        return ""
    figure = Figure(figsize=(7.2, 3.0), layout="constrained")
    first = None
    for place, finding in enumerate(shown[:4], start=1):
        axes = figure.add_subplot(1, min(4, len(shown)), place, sharey=first)
        first = first or axes
        assert finding.second is not None
        for side, colour in ((finding.second, SECOND), (finding.first, FIRST)):
            for point in side.points:
                axes.plot(
                    [0, 1],
                    [point.before if point.before is not None else point.value, point.value],
                    color=colour,
                    alpha=0.7,
                    marker="o",
                    markersize=4,
                )
        axes.set_xticks([0, 1], ["single", "ongoing"], fontsize=9)
        axes.set_xlim(-0.25, 1.25)
        axes.set_title(_words(finding.construct), loc="left", fontsize=10)
        plain(axes)
    return svg(figure)


def _words(name: str) -> str:
    return name.replace("_", " ")
