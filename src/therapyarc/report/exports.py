"""Every figure of the report as a file of its own, with the numbers behind it."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from therapyarc.domain import Arc, CarryOver, Finding, Findings, Halo
from therapyarc.domain.harm import HarmFindings
from therapyarc.domain.safety import SafetyFindings
from therapyarc.domain.trial import TrialFinding
from therapyarc.report.carry_over import halves_figure, slope_graph
from therapyarc.report.departure import departure_figure, departure_rows
from therapyarc.report.figures import (
    arc_figure,
    effects_figure,
    flow_figure,
    halo_figure,
    slopes_figure,
    units_figure,
)
from therapyarc.report.harm import warm_figure
from therapyarc.report.safety import safety_figure
from therapyarc.report.trial import trial_figure

__all__ = ["exports"]

Row = Sequence[object]


def exports(findings: Findings) -> dict[str, str]:
    """Return file name to text: an SVG for each figure that the report shows, and a CSV with its data beside it.

    Numbers are unrounded; an empty cell is a value that is not there.
    """
    between = [f for f in findings.findings if f.contrast in {"between", "recovery"}]
    carried = [f for f in findings.findings if f.contrast == "carry_over"]
    changes = [f for f in findings.findings if f.contrast == "change"]
    labels = {arm.id: arm.label for arm in findings.arms}
    measures = dict.fromkeys(arc.measure for arc in findings.arcs)
    drawn: list[tuple[str, str, Iterator[Row]]] = [
        (
            "single-replies-units",
            units_figure([f for f in between if f.contrast == "between"]),
            _units(between),
        ),
        ("single-replies-effects", effects_figure(between), _effects(between)),
        ("carry-over-actors", slope_graph(carried), _units(carried)),
        ("change", slopes_figure(changes), _units(changes)),
        *(
            ("course-and-departure", departure_figure(own), departure_rows(own))
            for own in [
                [arc for arc in findings.arcs if arc.measure == measure] for measure in [*measures][:1]
            ]
        ),
        ("flow", flow_figure(findings.flow, labels), _flow(findings)),
        *((f"carry-over-{one.construct}", halves_figure(one), _halves(one)) for one in findings.carry_over),
        *(
            (f"arc-{measure}", arc_figure(own), _arcs(own))
            for measure in measures
            for own in [[arc for arc in findings.arcs if arc.measure == measure]]
        ),
    ]
    if findings.trial is not None:
        drawn.append(("trial", trial_figure(findings.trial, labels), _trial(findings.trial)))
    if findings.safety is not None:
        drawn.append(("safety-by-symptom", safety_figure(findings.safety, labels), _safety(findings.safety)))
    if findings.halo is not None:
        drawn.append(("going-together", halo_figure(findings.halo), _halo(findings.halo)))
    if findings.harm is not None:
        drawn.append(("warm-but-unsafe", warm_figure(findings.harm, labels), _warm(findings.harm)))
    found: dict[str, str] = {}
    for name, svg, rows in drawn:
        if svg:
            found[f"{name}.svg"] = svg
            found[f"{name}.csv"] = _csv(rows)
    return found


def _csv(rows: Iterable[Row]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def _units(findings: Iterable[Finding]) -> Iterator[Row]:
    yield "finding", "construct", "side", "arm", "unit", "before", "value", "n"
    for finding in findings:
        for side in (finding.first, finding.second):
            if side is not None:
                for p in side.points:
                    yield finding.id, finding.construct, side.label, p.arm, p.label, p.before, p.value, p.n


def _effects(findings: Iterable[Finding]) -> Iterator[Row]:
    yield "finding", "construct", "rank_biserial", "low", "high", "published"
    for finding in findings:
        for one in finding.estimates:
            if one.name == "rank_biserial":
                beside = finding.published.figures.get(one.name) if finding.published is not None else None
                yield finding.id, finding.construct, one.value, one.low, one.high, beside


def _flow(findings: Findings) -> Iterator[Row]:
    yield "arm", "condition", "instrument", "planned", "outcome", "sessions"
    for row in findings.flow:
        for outcome, count in {"done": row.done, **row.missing}.items():
            yield row.arm, row.condition, row.instrument, row.planned, outcome, count


def _halves(one: CarryOver) -> Iterator[Row]:
    yield "arm", "side", "session (0 is single replies)", "cells", "mean", "low", "high"
    for arm in one.arms:
        for point in (arm.single, *arm.ongoing):
            yield arm.arm, arm.side, point.session, point.n, point.mean, point.low, point.high


def _trial(trial: TrialFinding) -> Iterator[Row]:
    yield "kind", "first", "second", "difference", "low", "high", "standardised"
    for one in trial.contrasts:
        e = one.difference
        yield one.kind, one.first, one.second, e.value, e.low, e.high, one.standardised.value


def _halo(halo: Halo) -> Iterator[Row]:
    yield "measure", "other", "rho"
    for row, name in enumerate(halo.measures):
        for column in range(row):
            yield name, halo.measures[column], halo.rho[row][column]


def _warm(harm: HarmFindings) -> Iterator[Row]:
    yield "arm", "bond", "unsafe events"
    for row in harm.warm:
        for bond, unsafe in row.points:
            yield row.arm, bond, unsafe


def _arcs(arcs: Iterable[Arc]) -> Iterator[Row]:
    yield "arm", "course", "actor", "case", "session", "value"
    for arc in arcs:
        for course in arc.courses:
            for number, value in enumerate(course.values, start=1):
                yield arc.arm, course.course, course.actor, course.case, number, value
        for point in arc.points:
            yield arc.arm, "mean", "", "", point.session, point.mean


def _safety(found: SafetyFindings) -> Iterator[Row]:
    yield (
        "arm",
        "rater",
        "measure",
        "symptom",
        "count",
        "known",
        "planned",
        "share",
        "low",
        "high",
        "people",
    )
    for row in found.rates:
        yield (
            row.arm,
            row.rater,
            row.measure,
            row.symptom,
            row.count,
            row.known,
            row.planned,
            row.rate.value,
            row.rate.low,
            row.rate.high,
            row.people,
        )
