"""Contrasts: from an estimand to a finding."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from therapyarc.analysis.estimates import estimate
from therapyarc.analysis.margin import against_margin, of_interval
from therapyarc.analysis.table import Table, Unit
from therapyarc.analysis.unit import unit_checks, wrong_unit
from therapyarc.domain import (
    COEFFICIENT,
    Check,
    Estimand,
    Estimate,
    Finding,
    Missing,
    Published,
    Side,
    Significance,
)
from therapyarc.domain.assignment import Assignment
from therapyarc.stats import (
    P_VARIANTS,
    Change,
    hodges_lehmann,
    length_adjusted_difference,
    mann_whitney,
    paired_change,
    rank_biserial,
    smallest_attainable_p,
    vargha_delaney,
    welch,
)

__all__ = ["between", "change", "paired"]

PRIMARY = "exact_permutation"

By = Callable[[Assignment], str]


def between(table: Table, estimand: Estimand, published: Published | None) -> Finding:
    """Compare two sets of actors (or model families) by the means of each over its items.

    Primary: the exact permutation p of the Mann-Whitney test with ties. Beside it every other variant by name, the
    rank-biserial correlation with its interval, A12, the Hodges-Lehmann shift, the difference at equal length, and
    each rater alone.
    """
    condition = estimand.condition or table.design.study.conditions[0].id
    by = table.by_family if estimand.claim == "models_as_class" else table.by_actor
    planned = [
        table.concerned(estimand.construct, arms, condition) for arms in (estimand.first, estimand.second)
    ]
    first, second = (table.units(side, estimand.construct, by) for side in planned)
    base = _frame(table, estimand, condition, first, second, planned[0] + planned[1], published)
    if not first or not second:
        return _undefined(base, "one side has no value at all")
    if (reason := wrong_unit(table, estimand)) is not None:
        return _undefined(base, reason)
    x, y = [unit.mean for unit in first], [unit.mean for unit in second]
    test = mann_whitney(x, y)
    unit = _scale(table, estimand.construct)[0]
    estimates = (
        estimate("rank_biserial", "rank-biserial r", rank_biserial(x, y), COEFFICIENT),
        estimate("a12", "A12", vargha_delaney(x, y), COEFFICIENT),
        estimate("hodges_lehmann", "Hodges-Lehmann shift", hodges_lehmann(x, y), unit),
        Estimate(name="u", label="U", value=test.u, method="the smaller of the two"),
        _at_equal_length(table, estimand, planned, by, first, second),
        *against_margin(estimand, *welch(x, y), unit),
    )
    return replace(
        base,
        estimates=estimates,
        tests=tuple(
            Significance(
                variant=name, p=test.p.get(name), reason=test.undefined.get(name), primary=name == PRIMARY
            )
            for name in P_VARIANTS
        ),
        smallest_p=smallest_attainable_p(len(x), len(y)),
        checks=(*base.checks, *_each_rater(table, estimand, planned, by)),
        method=(
            f"Each of {len(x)} and {len(y)} {_units_word(estimand)} is one value, its mean over its items. Mann-Whitney U; "
            "the primary p is the exact permutation distribution of the observed mid-ranks."
        ),
    )


def change(table: Table, estimand: Estimand, published: Published | None) -> tuple[Finding, ...]:
    """Compare the same actors before and after: one finding for each tier of the arms, and one for all.

    Values are paired within actor, item, case and replicate, then averaged within actor; the test flips the signs of
    the actors' changes. Its smallest attainable p with so few actors is stated.
    """
    study = table.design.study
    later = estimand.condition or study.conditions[-1].id
    earlier = estimand.baseline or study.conditions[0].id
    tiers: dict[str, list[str]] = defaultdict(list)
    for arm in study.arms:
        if arm.id in estimand.first and arm.tier:
            tiers[arm.tier].append(arm.id)
    groups: list[tuple[str, tuple[str, ...]]] = [("all", estimand.first)]
    if len(tiers) > 1:
        groups = [*((tier, tuple(arms)) for tier, arms in tiers.items()), *groups]
    return tuple(
        _change_of(table, estimand, published, label, arms, earlier, later) for label, arms in groups
    )


def _change_of(
    table: Table,
    estimand: Estimand,
    published: Published | None,
    label: str,
    arms: tuple[str, ...],
    earlier: str,
    later: str,
) -> Finding:
    planned = [table.concerned(estimand.construct, arms, condition) for condition in (earlier, later)]
    pairs = _paired_values(table, estimand.construct, planned[0], planned[1])
    units = [
        Unit(name=name, arm=arm, values=tuple(b for _, b in both)) for (arm, name), both in pairs.items()
    ]
    before = [float(np.mean([a for a, _ in both])) for both in pairs.values()]
    side = _side(table, label, arms, tuple(units), before)
    base = _frame(table, estimand, f"{earlier} → {later}", (), (), planned[0] + planned[1], published)
    base = replace(base, id=f"{estimand.id}/{label}", first=side, second=None)
    if not units:
        return _undefined(base, "no actor has a value both before and after")
    result = paired_change(
        [unit.mean - b for unit, b in zip(units, before, strict=True)],
        rng=np.random.default_rng(table.design.study.seed),
    )
    unit = _scale(table, estimand.construct)[0]
    return replace(
        base,
        estimates=(
            estimate("mean_change", "mean change", result.mean, unit),
            *of_interval(estimand, result.mean, len(units) - 1.0, unit),
            Estimate(name="before", label="mean before", value=float(np.mean(before)), unit=unit),
            Estimate(
                name="after", label="mean after", value=float(np.mean([u.mean for u in units])), unit=unit
            ),
        ),
        tests=_sign_flip_tests(result),
        smallest_p=result.smallest_p,
        method=(
            f"{len(units)} actors answered the same items before and after; the change of each is the mean over its pairs. "
            "Exact test by flipping signs; the interval is Student's t over actors."
        ),
    )


def paired(table: Table, estimand: Estimand, published: Published | None) -> Finding:
    """Compare two sets of arms on the same cases: the difference within each case, averaged within its cluster.

    The unit is the cluster (the transcript that the cases were cut from), since replies to one client are alike.
    """
    condition = estimand.condition or table.design.study.conditions[0].id
    planned = [
        table.concerned(estimand.construct, arms, condition) for arms in (estimand.first, estimand.second)
    ]
    sides = []
    for assignments in planned:
        values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for assignment in assignments:
            value = table.value(assignment.session, estimand.construct)
            if not isinstance(value, Missing):
                values[table.by_cluster(assignment)][assignment.case or assignment.item].append(value)
        sides.append(values)
    units: list[tuple[Unit, Unit]] = []
    for cluster in sides[0]:
        cases = sorted(set(sides[0][cluster]) & set(sides[1].get(cluster, {})))
        if cases:
            pair = [tuple(float(np.mean(side[cluster][case])) for case in cases) for side in sides]
            arms = estimand.first[0], estimand.second[0]
            units.append(
                (
                    Unit(name=cluster, arm=arms[0], values=pair[0]),
                    Unit(name=cluster, arm=arms[1], values=pair[1]),
                )
            )
    first, second = tuple(a for a, _ in units), tuple(b for _, b in units)
    base = _frame(table, estimand, condition, first, second, planned[0] + planned[1], published)
    if not units:
        return _undefined(base, "no case has a value on both sides")
    result = paired_change(
        [a.mean - b.mean for a, b in units], rng=np.random.default_rng(table.design.study.seed)
    )
    unit = _scale(table, estimand.construct)[0]
    return replace(
        base,
        estimates=(
            estimate("mean_difference", "mean difference within case", result.mean, unit),
            *of_interval(estimand, result.mean, len(units) - 1.0, unit),
        ),
        tests=_sign_flip_tests(result),
        smallest_p=result.smallest_p,
        method=(
            f"Both sides answered the same cases; the difference is taken within case and averaged within each of "
            f"{len(units)} clusters. Test by flipping the signs of the clusters' differences; interval t over clusters."
        ),
    )


def _sign_flip_tests(result: Change) -> tuple[Significance, ...]:
    """Return the permutation test, exact or drawn, as primary, and the sign test beside it."""
    primary = "monte_carlo_permutation" if "monte_carlo_permutation" in result.p else "permutation"
    return tuple(
        Significance(variant=name, p=result.p.get(name), reason=result.reason, primary=name == primary)
        for name in (primary, "sign")
    )


def _paired_values(
    table: Table, construct: str, earlier: list[Assignment], later: list[Assignment]
) -> dict[tuple[str, str], list[tuple[float, float]]]:
    def place(a: Assignment) -> tuple[str, str, str, str, str | None, int]:
        return (a.arm, a.actor, a.instrument, a.item, a.case, a.replicate)

    after = {place(assignment): table.value(assignment.session, construct) for assignment in later}
    pairs: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for assignment in earlier:
        a, b = table.value(assignment.session, construct), after.get(place(assignment))
        if not isinstance(a, Missing) and b is not None and not isinstance(b, Missing):
            pairs[assignment.arm, assignment.actor].append((a, b))
    return pairs


def _at_equal_length(
    table: Table,
    estimand: Estimand,
    planned: list[list[Assignment]],
    by: By,
    first: tuple[Unit, ...],
    second: tuple[Unit, ...],
) -> Estimate:
    name, label = "length_adjusted_difference", "difference of means at equal length"
    words = {u.name: u.mean for u in table.units(planned[0] + planned[1], "words", by)}
    every = [*first, *second]
    if any(unit.name not in words for unit in every):
        return Estimate(name=name, label=label, reason="the answers have no length (a choice item)")
    interval = length_adjusted_difference(
        [u.mean for u in every], [1] * len(first) + [0] * len(second), [words[u.name] for u in every]
    )
    return estimate(name, label, interval, _scale(table, estimand.construct)[0])


def _each_rater(
    table: Table, estimand: Estimand, planned: list[list[Assignment]], by: By
) -> tuple[Check, ...]:
    """Give the effect of each rater alone, and whether all point the same way."""
    effects = {}
    for rater in table.design.study.raters:
        sides = [table.units(side, estimand.construct, by, rater.id) for side in planned]
        if not rater.demonstration and sides[0] and sides[1]:
            effects[rater.id] = (
                rank_biserial([u.mean for u in sides[0]], [u.mean for u in sides[1]]).estimate or 0.0
            )
    if len(effects) < 2:
        return ()
    agree = len({np.sign(effect) for effect in effects.values()}) == 1
    listed = "; ".join(f"{rater}: r = {effect:+.3f}" for rater, effect in effects.items())
    return (Check(name="each rater alone", passed=agree, text=f"Rank-biserial by rater alone. {listed}"),)


def _side(
    table: Table,
    label: str,
    arms: tuple[str, ...],
    units: tuple[Unit, ...],
    before: list[float] | None = None,
) -> Side:
    members = [arm for arm in table.design.study.arms if arm.id in arms]
    means = [unit.mean for unit in units]
    earlier: list[float | None] = list(before) if before is not None else [None] * len(units)
    return Side(
        label=label,
        arms=arms,
        units=len(units),
        values=sum(len(unit.values) for unit in units),
        mean=float(np.mean(means)) if means else None,
        sd=float(np.std(means, ddof=1)) if len(means) > 1 else None,
        median=float(np.median(means)) if means else None,
        points=tuple(unit.point(b) for unit, b in zip(units, earlier, strict=True)),
        demonstration=any(actor.demonstration for arm in members for actor in arm.actors),
        synthetic=any(actor.synthetic for arm in members for actor in arm.actors),
    )


def _frame(
    table: Table,
    estimand: Estimand,
    condition: str,
    first: tuple[Unit, ...],
    second: tuple[Unit, ...],
    planned: list[Assignment],
    published: Published | None,
) -> Finding:
    labels = {arm.id: arm.label for arm in table.design.study.arms}
    unit, ends = _scale(table, estimand.construct)
    return Finding(
        id=estimand.id,
        question=estimand.question,
        construct=estimand.construct,
        contrast=estimand.contrast,
        role=estimand.role,
        family=estimand.family,
        claim=estimand.claim,
        condition=condition,
        scale=f"{unit}, {ends}",
        first=_side(table, _label(labels, estimand, 0), estimand.first, first),
        second=_side(table, _label(labels, estimand, 1), estimand.second, second),
        missing=table.missing(planned, estimand.construct),
        checks=unit_checks(table, estimand),
        published=published,
        population=estimand.population,
        intercurrent=estimand.intercurrent,
        margin=estimand.margin,
    )


def _label(labels: dict[str, str], estimand: Estimand, place: int) -> str:
    if place < len(estimand.labels):
        return estimand.labels[place]
    return " + ".join(labels[arm] for arm in (estimand.first, estimand.second)[place])


def _scale(table: Table, construct: str) -> tuple[str, str]:
    for rubric in table.design.rubrics:
        if rubric.construct == construct:
            return "rating points", f"{rubric.anchors[0].value} to {rubric.anchors[-1].value}"
    return "points of 100", "0 to 100"


def _units_word(estimand: Estimand) -> str:
    return "model families" if estimand.claim == "models_as_class" else "actors"


def _undefined(finding: Finding, reason: str) -> Finding:
    return replace(finding, undefined=reason)
