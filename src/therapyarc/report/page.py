"""The page: findings laid into one HTML file that needs nothing else."""

from collections.abc import Iterable

from markupsafe import Markup

from therapyarc.domain import Arc, Estimate, Finding, Findings, Instrument, Rating, Session
from therapyarc.report import numbers
from therapyarc.report.carry_over import halves_figure, slope_graph
from therapyarc.report.contents import with_contents
from therapyarc.report.departure import departure_figure
from therapyarc.report.drawer import drawer
from therapyarc.report.environment import environment
from therapyarc.report.figures import (
    arc_figure,
    effects_figure,
    flow_figure,
    halo_figure,
    slopes_figure,
    units_figure,
)
from therapyarc.report.first_screen import first_answer, question
from therapyarc.report.harm import warm_figure
from therapyarc.report.safety import safety_figure
from therapyarc.report.summary import headline, stamps
from therapyarc.report.trial import trial_figure

__all__ = ["render"]


def render(
    findings: Findings,
    sessions: Iterable[Session],
    ratings: Iterable[Rating],
    instruments: Iterable[Instrument],
) -> str:
    """Return the report as HTML: no network, no script, light and dark, the same byte for byte for the same input."""
    templates = environment()
    templates.filters |= {
        "number": numbers.number,
        "interval": numbers.interval,
        "value": numbers.value,
        "p": numbers.p_value,
        "published": numbers.published,
        "known": numbers.known,
        "count": numbers.count,
        "reasons": numbers.reasons,
        "stamps": stamps,
        "words": numbers.words,
    }
    carried = [f for f in findings.findings if f.contrast == "carry_over"]
    beside = next(
        (one for one in findings.carry_over if one.finding == findings.headline.finding),
        next(iter(findings.carry_over), None),
    )
    between = [f for f in findings.findings if f.contrast == "between"]
    labels = {arm.id: arm.label for arm in findings.arms}
    groups, shown, total = drawer(findings, sessions, ratings, instruments)
    page = templates.get_template("report.html.j2").render(
        findings=findings,
        headline=headline(findings) if findings.headline.finding else "",
        question=question(findings),
        answer=first_answer(findings),
        carried=carried,
        beside=beside,
        between=between,
        changes=[f for f in findings.findings if f.contrast == "change"],
        paired=[f for f in findings.findings if f.contrast == "paired"],
        recovery=[f for f in findings.findings if f.contrast == "recovery"],
        constructs=tuple(dict.fromkeys(row.measure.construct for row in findings.process)),
        figures={
            "halo": Markup("" if findings.halo is None else halo_figure(findings.halo)),
            "safety": Markup("" if findings.safety is None else safety_figure(findings.safety, labels)),
            "departure": Markup(departure_figure(_first_measure(findings))),
            "warm": Markup("" if findings.harm is None else warm_figure(findings.harm, labels)),
            "trial": Markup("" if findings.trial is None else trial_figure(findings.trial, labels)),
            "halves": Markup("" if beside is None else halves_figure(beside)),
            "slope_graph": Markup(slope_graph(carried)),
            "units": Markup(units_figure(between)),
            "effects": Markup(
                effects_figure([f for f in findings.findings if f.contrast in {"between", "recovery"}])
            ),
            "flow": Markup(flow_figure(findings.flow, labels)),
            "slopes": Markup(slopes_figure(list(findings.findings))),
        },
        arcs=[
            (
                measure,
                unit,
                [arc for arc in findings.arcs if arc.measure == measure],
                Markup(arc_figure([a for a in findings.arcs if a.measure == measure])),
            )
            for measure, unit in dict.fromkeys((arc.measure, arc.unit) for arc in findings.arcs)
        ],
        estimate=_estimate,
        verdict=_verdict,
        groups=groups,
        shown=shown,
        total=total,
        labels=labels,
    )
    return with_contents(page)


def _first_measure(findings: Findings) -> list[Arc]:
    return [arc for arc in findings.arcs if arc.measure == findings.arcs[0].measure]


def _estimate(finding: Finding, name: str) -> Estimate:
    """Return a finding's estimate by name, or one that says why it is not there."""
    absent = Estimate(name=name, label=name, reason=finding.undefined or "not part of this contrast")
    return next((estimate for estimate in finding.estimates if estimate.name == name), absent)


def _verdict(finding: Finding) -> str:
    """Say whether the raters recover a known difference."""
    a12 = _estimate(finding, "a12")
    if a12.value is None or a12.low is None or a12.high is None:
        return "Cannot be judged: the interval is missing."
    if a12.low > 0.5:
        return "The raters tell the two apart in the known direction."
    if a12.high < 0.5:
        return "The raters order the two against what is known: their ratings are not usable."
    return (
        "The raters do not reliably tell the two apart; differences of this size mean nothing in this study."
    )
