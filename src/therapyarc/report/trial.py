"""A virtual trial in words and a figure."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from therapyarc.domain import Estimate
from therapyarc.domain.trial import TrialContrast, TrialFinding
from therapyarc.report.figures import FIRST, INK, SECOND, plain, svg, title_room, wrapped
from therapyarc.report.sentences import clause, figures, told

__all__ = ["trial_answer", "trial_figure"]


def trial_answer(trial: TrialFinding, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return the answer for the first therapy of the trial: against no therapy, then against active controls."""
    if not trial.contrasts:
        return (f"The arms cannot be compared: {clause('; '.join(trial.notes))}.",)
    therapy = next(arm.arm for arm in trial.arms if arm.role == "therapy")
    own = [one for one in trial.contrasts if one.first == therapy]
    untreated = [one for one in own if one.kind == "against_untreated"]
    controls = [one for one in own if one.kind == "against_control"]
    return tuple(
        sentence
        for sentence in (
            _against_none(untreated[0], trial, labels) if untreated else "",
            _against_controls(controls, trial, labels),
        )
        if sentence
    )


def _against_none(one: TrialContrast, trial: TrialFinding, labels: Mapping[str, str]) -> str:
    name, outcome = labels[one.first], trial.outcome.replace("_", " ")
    said = told(one.difference)
    if said == "undefined":
        return f"Against no therapy, {name} cannot be compared: {clause(one.difference.reason)}."
    shown = f"difference {figures(one.difference)} points at the last week"
    if said == "without interval":
        return f"Against no therapy, {name} has a {shown} in {outcome}; no interval can be had."
    if said == "apart from nothing":
        return f"{name} is not told apart from no therapy in {outcome} ({shown})."
    return f"{name} ends with {'fewer' if said == 'below' else 'more'} {outcome} than no therapy ({shown})."


def _against_controls(controls: list[TrialContrast], trial: TrialFinding, labels: Mapping[str, str]) -> str:
    known = [one for one in controls if told(one.difference) != "undefined"]
    if not known:
        return ""
    many = len(known) > 1
    listed = ", ".join(f"{figures(one.difference)} to {labels[one.second]}" for one in known)
    own = [one for one in trial.inflation if one.therapy == known[0].first]
    apart = sum(told(one.difference) in {"above", "below"} for one in own)
    inflated = (
        ""
        if not own
        else "; what the comparator adds is not told apart from zero"
        if apart == 0
        else "; what the comparator adds is told apart from zero"
        if apart == len(own)
        else f"; what the comparator adds is told apart from zero for {apart} of {len(own)} controls"
    )
    return (
        f"Compared with {'active controls' if many else 'an active control'}, {labels[known[0].first]} has "
        f"{'differences' if many else 'a difference'} of {listed}{inflated}."
    )


def trial_figure(trial: TrialFinding, labels: Mapping[str, str]) -> str:
    """Return a line for each therapy against each comparator, with its interval; empty without contrasts."""
    rows = [one for one in trial.contrasts if one.kind != "control_against_untreated"]
    if not rows:
        return ""
    figure = Figure(
        figsize=(7.2, 0.9 + (0.34 + title_room(labels.values(), 44)) * len(rows)), layout="constrained"
    )
    axes = figure.add_subplot()
    for height, one in enumerate(reversed(rows)):
        _line(axes, one.difference, height, SECOND if one.kind == "against_untreated" else FIRST)
    axes.axvline(0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    names = [wrapped(f"{labels[one.first]} − {labels[one.second]}", 44) for one in reversed(rows)]
    axes.set_yticks(range(len(rows)), names, fontsize=8.5)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlabel(f"difference in {trial.outcome.replace('_', ' ')} at the last week", fontsize=9)
    plain(axes)
    axes.tick_params(labelsize=8.5)
    return svg(figure)


def _line(axes: Axes, estimate: Estimate, height: int, colour: str) -> None:
    if estimate.value is None:
        return
    if estimate.low is not None and estimate.high is not None:
        axes.plot([estimate.low, estimate.high], [height] * 2, color=colour, linewidth=2)
    axes.scatter([estimate.value], [height], s=40, color=colour, zorder=3)
