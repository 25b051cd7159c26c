"""Sensitivity of carry-over: one rater, client, actor or kind of turn less, and other simulated clients."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from therapyarc.analysis.estimates import estimate
from therapyarc.analysis.halves import Halves, Value, grid
from therapyarc.domain import SHARE, Estimand, Estimate
from therapyarc.domain.design import Design
from therapyarc.domain.sensitivity import SensitivityFinding, SensitivityGroup, SimulatorDraws
from therapyarc.stats import clopper_pearson, two_halves

__all__ = ["ASKED", "changes", "sensitivity", "with_draws"]

ASKED = 0.9
"""Share of variants in which the sign must hold."""
DRAWN = "simulator coefficients"
"""What is drawn at random, so that the share of its variants has an interval."""
RERUN = (DRAWN, "client voice")


def sensitivity(
    halves: Halves, estimand: Estimand, unusable: Sequence[str] = ()
) -> SensitivityFinding | None:
    """Estimate carry-over again, each time without a part of what it rests on; none where it has no estimate.

    Each rater alone and each left out, those that people find unusable left out; each client of courses, each actor and each
    kind of client turn left out. `unusable` names raters.
    """
    values = halves.values(estimand)
    whole = _change(estimand, values)
    if whole is None:
        return None
    groups = [
        _group("raters", whole, _raters(halves, estimand, unusable)),
        _group("clients", whole, _without(estimand, values, "case", [v.case for v in values if v.number])),
        _group("actors", whole, _without(estimand, values, "unit", [v.unit for v in values])),
        _group("kinds of client turns", whole, _without(estimand, values, "kind", [v.kind for v in values])),
        *(_none(over, "not asked for: run `therapyarc sensitivity`") for over in RERUN),
    ]
    return SensitivityFinding(
        finding=estimand.id, construct=estimand.construct, value=whole, groups=tuple(groups)
    )


def changes(halves: Halves) -> dict[str, Estimate]:
    """Return carry-over by estimand that declares it, and nothing of what stands beside it in a report."""
    return {
        estimand.id: _estimate("carry-over", estimand, halves.values(estimand))
        for estimand in halves.table.design.study.estimands
        if estimand.contrast == "carry_over"
    }


def with_draws(finding: SensitivityFinding, draws: SimulatorDraws, design: Design) -> SensitivityFinding:
    """Put reruns with other simulated clients in the place of what was not asked for.

    Reruns of another design, or of an estimand that was changed since, are left out and said to be so.
    """
    now = next((one for one in design.study.estimands if one.id == finding.finding), None)
    stale = draws.design != design.digest or now not in draws.estimands
    groups = []
    for group in finding.groups:
        mine = [
            Estimate(
                name="carry_over", label=one.voice or one.variant, value=one.value, low=one.low, high=one.high
            )
            for one in draws.estimates
            if one.over == group.over and one.finding == finding.finding
        ]
        if mine and stale:
            groups.append(
                _none(group.over, "the study was changed since: run `therapyarc sensitivity` again")
            )
        else:
            groups.append(_group(group.over, finding.value, iter(mine)) if mine else group)
    return replace(finding, groups=tuple(groups))


def _change(estimand: Estimand, values: Sequence[Value]) -> float | None:
    built = grid(estimand, values)
    return None if built is None else two_halves(built.single, built.ongoing).difference.estimate


def _estimate(label: str, estimand: Estimand, values: Sequence[Value]) -> Estimate:
    built = grid(estimand, values)
    if built is None:
        return Estimate(name="carry_over", label=label, reason="a side has no actor with both halves")
    found = two_halves(built.single, built.ongoing).difference
    return Estimate(
        name="carry_over",
        label=label,
        value=found.estimate,
        low=found.low,
        high=found.high,
        reason=found.reason,
    )


def _raters(halves: Halves, estimand: Estimand, unusable: Sequence[str]) -> Iterator[Estimate]:
    names = [one.id for one in halves.table.design.study.every_rater if halves.table.counts(one.id)]
    if len(names) < 2:
        return
    for name in names:
        yield _estimate(f"{name} alone", estimand, halves.values(estimand, name))
    for name in names if len(names) > 2 else ():
        yield _estimate(f"without {name}", estimand, halves.values(estimand, leave_out=frozenset({name})))
    if unusable and set(unusable) < set(names):
        label = "without raters that people find unusable"
        yield _estimate(label, estimand, halves.values(estimand, leave_out=frozenset(unusable)))


def _without(
    estimand: Estimand, values: Sequence[Value], what: str, levels: Sequence[str]
) -> Iterator[Estimate]:
    names = sorted(set(levels))
    for name in names if len(names) > 1 else ():
        yield _estimate(f"without {name}", estimand, [v for v in values if getattr(v, what) != name])


def _group(over: str, whole: float, variants: Iterator[Estimate]) -> SensitivityGroup:
    found = tuple(variants)
    known = [one.value for one in found if one.value is not None]
    if not known:
        return _none(over, "there is one alone, so none can be left out")
    same = sum(bool(np.sign(value) == np.sign(whole)) for value in known)
    share = None
    if over == DRAWN:
        share = estimate("share", "draws with the sign", clopper_pearson(same, len(known)), SHARE)
    return SensitivityGroup(
        over=over,
        variants=found,
        same=same,
        counted=len(known),
        holds=same / len(known) >= ASKED,
        share=share,
    )


def _none(over: str, reason: str) -> SensitivityGroup:
    return SensitivityGroup(over=over, variants=(), same=0, counted=0, holds=None, reason=reason)
