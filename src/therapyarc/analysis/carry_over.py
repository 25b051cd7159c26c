"""Carry-over: does an advantage on single replies hold within ongoing sessions, on the same anchors by the same raters?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from therapyarc.analysis.detectable import detectable
from therapyarc.analysis.estimates import estimate
from therapyarc.analysis.fading import fading
from therapyarc.analysis.halves import Grid, Halves, Value, grid, weighted
from therapyarc.analysis.margin import against_margin
from therapyarc.analysis.table import Table
from therapyarc.analysis.unit import unit_checks, wrong_unit
from therapyarc.domain import (
    ArcPoint,
    CarryOver,
    Check,
    Estimand,
    Estimate,
    Finding,
    HalfMeans,
    Point,
    Side,
    Significance,
)
from therapyarc.stats import cluster_bootstrap, permuted_difference, two_halves

__all__ = ["carry_over"]

Floats = NDArray[np.float64]


def carry_over(halves: Halves, estimand: Estimand) -> tuple[Finding, CarryOver | None]:
    """Answer one estimand of carry-over.

    An actor's value on a case is the mean over its exchanges, kinds of client turns weighted as they stand among the single
    replies, so that the halves are compared at matched client turns. `stats.two_halves` gives the advantages, their
    difference and the retention; the p of the difference is the permutation test of the actors' own changes.
    """
    table = halves.table
    study = table.design.study
    base = _frame(halves, estimand)
    if (reason := wrong_unit(table, estimand)) is not None:
        return replace(base, undefined=reason), None
    values = halves.values(estimand)
    built = grid(estimand, values)
    if built is None:
        return replace(base, undefined="a side has no actor with both halves rated"), None
    result = two_halves(built.single, built.ongoing)
    unit = base.scale.split(",", 1)[0]
    rng = np.random.default_rng(study.seed)
    own = [means[:, 1] - means[:, 0] for means in result.means]
    test = permuted_difference(own[0], own[1], rng=rng)
    sides = [_side(table, estimand, place, built, result.means[place]) for place in (0, 1)]
    finding = replace(
        base,
        first=sides[0],
        second=sides[1],
        estimates=(
            estimate("carry_over", "carry-over: ongoing less single", result.difference, unit),
            estimate("single", "advantage on single replies", result.single, unit),
            estimate("ongoing", "advantage in ongoing sessions", result.ongoing, unit),
            estimate("retention", "retention: ongoing over single", result.retention),
            *against_margin(
                estimand, result.difference.estimate, result.difference_se, result.difference_df, unit
            ),
            *_held_fixed(estimand, built, unit),
            _at_equal_length(estimand, values, unit),
        ),
        tests=(
            Significance(
                variant="permutation" if test.exact else "monte_carlo_permutation", p=test.p, primary=True
            ),
        ),
        smallest_p=1 / test.allocations if test.exact else None,
        checks=(*base.checks, *_checks(halves, estimand, built)),
        method=(
            f"{len(built.names[0])} and {len(built.names[1])} {_units(estimand)}, {built.single[0].shape[1]} cases of "
            f"single replies and {built.ongoing[0].shape[1]} clients of courses. Both halves are rated by the same raters "
            "on the same anchors; an actor's value on a case is its mean over exchanges, the kinds of client turns weighted "
            "as among the single replies. Actors and cases are both drawn in the interval. The p is the permutation test "
            "of each actor's own change between the halves."
        ),
    )
    beside = CarryOver(
        finding=estimand.id,
        construct=estimand.construct,
        scale=base.scale,
        arms=_arms(table, estimand, values, built),
        trend=fading(values, built, unit, halves.exchanges),
        planning=detectable(result, built, unit, rng=np.random.default_rng([study.seed, 1])),
        dropped=built.dropped,
    )
    return finding, beside


def _units(estimand: Estimand) -> str:
    return "model families" if estimand.claim == "models_as_class" else "actors"


def _held_fixed(estimand: Estimand, built: Grid, unit: str) -> tuple[Estimate, ...]:
    """For a claim about these exact models, give the interval that takes them as they are and draws people and cases."""
    if estimand.claim != "these_models":
        return ()
    label = "carry-over, these exact actors of the first side held fixed"
    found = two_halves(built.single, built.ongoing, fixed=(True, False)).difference
    return (estimate("carry_over_fixed", label, found, unit),)


def _at_equal_length(estimand: Estimand, values: Sequence[Value], unit: str) -> Estimate:
    """Give carry-over after a common slope on the logarithm of words is taken out, within side and half."""
    name, label = "carry_over_equal_length", "carry-over at equal length"
    side = {arm: place for place, arms in enumerate((estimand.first, estimand.second)) for arm in arms}
    group = np.array([2 * side[v.arm] + (v.number > 0) for v in values])
    y, length = (
        np.array(column) for column in zip(*((v.value, np.log1p(v.words)) for v in values), strict=True)
    )
    centred = [column.astype(float).copy() for column in (y, length)]
    for one in np.unique(group):
        for column in centred:
            column[group == one] -= column[group == one].mean()
    spread = float(centred[1] @ centred[1])
    if spread < 1e-9:
        return Estimate(name=name, label=label, reason="all rated replies are of one length")
    slope = float(centred[0] @ centred[1]) / spread
    adjusted = [
        replace(v, value=v.value - slope * float(at - length.mean()))
        for v, at in zip(values, length, strict=True)
    ]
    built = grid(estimand, adjusted)
    if built is None:
        return Estimate(name=name, label=label, reason="no actor has both halves")
    return estimate(name, label, two_halves(built.single, built.ongoing).difference, unit)


def _checks(halves: Halves, estimand: Estimand, built: Grid) -> list[Check]:
    found = []
    study = halves.table.design.study
    alone = {}
    for rater in study.raters:
        if rater.demonstration:
            continue
        own = grid(estimand, halves.values(estimand, rater.id))
        if own is not None:
            alone[rater.id] = two_halves(own.single, own.ongoing).difference.estimate or 0.0
    if len(alone) > 1:
        listed = "; ".join(f"{rater}: {value:+.2f}" for rater, value in alone.items())
        found.append(
            Check(
                name="each rater alone",
                passed=len({np.sign(value) for value in alone.values()}) == 1,
                text=f"Carry-over by rater alone. {listed}",
            )
        )
    shares = ", ".join(f"{kind} {share:.0%}" for kind, share in sorted(built.weights.items()))
    found.append(
        Check(
            name="matched client turns",
            passed=True,
            text=f"Kinds of client turns weighted in both halves as among the single replies: {shares}.",
        )
    )
    if built.dropped:
        found.append(
            Check(
                name="actors with one half alone",
                passed=False,
                text=f"Left out, since they lack a rated half: {', '.join(built.dropped)}.",
            )
        )
    return found


def _frame(halves: Halves, estimand: Estimand) -> Finding:
    table = halves.table
    rubric = next(rubric for rubric in table.design.rubrics if rubric.construct == estimand.construct)
    scale = f"rating points, {rubric.anchors[0].value} to {rubric.anchors[-1].value}"
    empty = [_side(table, estimand, place) for place in (0, 1)]
    return Finding(
        id=estimand.id,
        question=estimand.question,
        construct=estimand.construct,
        contrast=estimand.contrast,
        role=estimand.role,
        family=estimand.family,
        claim=estimand.claim,
        condition=halves.condition(estimand),
        scale=scale,
        first=empty[0],
        second=empty[1],
        missing=halves.missing(estimand),
        checks=unit_checks(table, estimand),
        population=estimand.population,
        intercurrent=estimand.intercurrent,
        margin=estimand.margin,
    )


def _side(
    table: Table, estimand: Estimand, place: int, built: Grid | None = None, means: Floats | None = None
) -> Side:
    """Return one side: value of a point is its mean in ongoing sessions, `before` that on single replies."""
    arms = (estimand.first, estimand.second)[place]
    members = [arm for arm in table.design.study.arms if arm.id in arms]
    joined = " + ".join(member.label for member in members)
    points: tuple[Point, ...] = ()
    if built is not None and means is not None:
        points = tuple(
            Point(
                label=name,
                arm=built.arms[name],
                value=float(row[1]),
                n=built.counts[name],
                before=float(row[0]),
            )
            for name, row in zip(built.names[place], means, strict=True)
        )
    ongoing = [point.value for point in points]
    return Side(
        label=estimand.labels[place] if place < len(estimand.labels) else joined,
        arms=arms,
        units=len(points),
        values=sum(point.n for point in points),
        mean=float(np.mean(ongoing)) if ongoing else None,
        sd=float(np.std(ongoing, ddof=1)) if len(ongoing) > 1 else None,
        median=float(np.median(ongoing)) if ongoing else None,
        points=points,
        demonstration=any(actor.demonstration for arm in members for actor in arm.actors),
        synthetic=any(actor.synthetic for arm in members for actor in arm.actors),
    )


def _arms(table: Table, estimand: Estimand, values: Sequence[Value], built: Grid) -> tuple[HalfMeans, ...]:
    """Return every arm that has values, those of the first side first."""
    found = []
    labels = [_side(table, estimand, place).label for place in (0, 1)]
    for arm in sorted(table.design.study.arms, key=lambda one: one.id in estimand.second):
        own = [v for v in values if v.arm == arm.id]
        if not own:
            continue
        numbers = sorted({v.number for v in own if v.number})
        points = [_point(table, arm.id, [v for v in own if v.number == n], n, built) for n in (0, *numbers)]
        found.append(
            HalfMeans(
                arm=arm.id,
                label=arm.label,
                side=labels[arm.id in estimand.second],
                single=points[0],
                ongoing=tuple(points[1:]),
            )
        )
    return tuple(found)


def _point(table: Table, arm: str, values: Sequence[Value], number: int, built: Grid) -> ArcPoint:
    """Return the mean over actors and cases, with an interval by drawing these cells."""
    cells: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for v in values:
        cells[v.unit, v.case][v.kind].append(v.value)
    means = np.array([weighted(cell, built.weights) for _, cell in sorted(cells.items())])
    known = means[~np.isnan(means)]
    if len(known) < 3:
        return ArcPoint(session=number, n=len(known), mean=float(known.mean()) if len(known) else None)
    rng = np.random.default_rng([table.design.study.seed, number, *arm.encode()])
    found = cluster_bootstrap(lambda drawn: float(known[drawn].mean()), len(known), rng=rng)
    return ArcPoint(session=number, n=len(known), mean=found.estimate, low=found.low, high=found.high)
