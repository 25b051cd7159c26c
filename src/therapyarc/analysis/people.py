"""What people say to the raters: agreement with them, and differences as people would have rated them."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import hypot
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from therapyarc.analysis.answers import Answer
from therapyarc.analysis.estimates import estimate
from therapyarc.analysis.table import Table
from therapyarc.domain import COEFFICIENT, SHARE, Estimand, Estimate
from therapyarc.domain.raters import CorrectedFinding, PeopleAgreement
from therapyarc.stats import (
    Interval,
    PredictionPowered,
    cluster_bootstrap,
    design_based_mean,
    exact_agreement,
    prediction_powered_change,
    prediction_powered_difference,
    weighted_kappa,
)

__all__ = ["corrected", "people_agreement"]

Floats = NDArray[np.float64]
DRAWS = 500
FEWEST = 10
"""Answers below which agreement is not judged, and actors below which a corrected interval is flagged."""


def _people(table: Table) -> list[str]:
    return [one.id for one in table.design.study.every_rater if one.kind == "human"]


def people_agreement(table: Table, answers: Sequence[Answer], bar: float) -> tuple[PeopleAgreement, ...]:
    """Hold each machine rater against people, rubric by rubric, over the answers that both rated.

    People's value of an answer is the mean over those who rated it, rounded to a point for kappa. Intervals draw actors with
    all their answers, since answers of one actor are alike.
    """
    people = set(_people(table))
    found = []
    for spec in table.design.study.every_rater:
        if spec.kind == "human" or not people:
            continue
        for rubric in (one for one in table.design.rubrics if one.unit == "reply" and spec.rates(one)):
            mine = [
                a
                for a in answers
                if a.construct == rubric.construct and spec.id in a.ratings and people & set(a.ratings)
            ]
            found.append(_agreement(table, spec.id, rubric.id, rubric.construct, mine, people, bar))
    return tuple(found)


def _agreement(
    table: Table,
    rater: str,
    rubric: str,
    construct: str,
    mine: Sequence[Answer],
    people: set[str],
    bar: float,
) -> PeopleAgreement:
    named = tuple(sorted({name for answer in mine for name in people & set(answer.ratings)}))
    pairs = np.array([[a.ratings[rater], _by(a, people)] for a in mine]).reshape(-1, 2)
    members: dict[str, list[int]] = defaultdict(list)
    for place, answer in enumerate(mine):
        members[answer.actor].append(place)
    clusters = [np.array(own) for own in members.values()]

    def drawn(name: str, label: str, unit: str, statistic: Callable[[Floats], float]) -> Estimate:
        if len(mine) < FEWEST:
            return Estimate(name=name, label=label, reason=f"fewer than {FEWEST} answers rated by both")
        rng = np.random.default_rng([table.design.study.seed, *f"{rater}/{rubric}".encode()])
        interval = cluster_bootstrap(
            lambda chosen: statistic(pairs[np.concatenate([clusters[one] for one in chosen])]),
            len(clusters),
            rng=rng,
            draws=DRAWS,
        )
        return estimate(name, label, interval, unit)

    estimates = (
        drawn("exact", "same value", SHARE, lambda p: exact_agreement(np.round(p))),
        drawn("within_one", "within one point", SHARE, lambda p: exact_agreement(p, 1)),
        drawn("kappa_quadratic", "quadratic kappa", COEFFICIENT, _kappa),
        drawn("bias", "points above people", "rating points", lambda p: float((p[:, 0] - p[:, 1]).mean())),
    )
    usable, verdict = _verdict(estimates[2], bar)
    return PeopleAgreement(
        rater=rater,
        rubric=rubric,
        construct=construct,
        answers=len(mine),
        people=named,
        estimates=estimates,
        usable=usable,
        verdict=verdict,
    )


def _verdict(kappa: Estimate, bar: float) -> tuple[bool | None, str]:
    if kappa.low is None or kappa.high is None:
        return None, f"not judged: {kappa.reason}"
    if kappa.high < bar:
        return False, f"unusable: agreement with people lies below {bar:.2f}"
    if kappa.low >= bar:
        return True, f"agreement with people lies above {bar:.2f}"
    return None, f"not settled: the interval holds {bar:.2f}"


def _by(answer: Answer, raters: set[str]) -> float:
    known = [answer.ratings[name] for name in raters & set(answer.ratings)]
    return float(np.mean(sorted(known))) if known else float("nan")


def _kappa(pairs: Floats) -> float:
    rounded = np.round(pairs)
    return weighted_kappa(rounded[:, 0], rounded[:, 1], "quadratic")


Half = Literal["single", "ongoing", "change"]


def corrected(
    table: Table, answers: Sequence[Answer], estimands: Sequence[Estimand]
) -> tuple[CorrectedFinding, ...]:
    """Give each difference between two sides as people would have rated all answers; empty where no person rated.

    Labels are people's ratings, predictions the mean of the machine raters that are no demonstration. Errors are clustered
    by actor, or by family for a claim about models as a class. It compares answers as they are, each counted once: neither
    cases nor kinds of client turns are weighed, so the figure by machines alone stands beside it.
    """
    people = set(_people(table))
    machines = {
        one.id for one in table.design.study.every_rater if one.kind != "human" and not one.demonstration
    }
    if not people or not machines:
        return ()
    found = []
    for estimand in (one for one in estimands if one.contrast in {"carry_over", "between"}):
        condition = estimand.condition or table.design.study.conditions[0].id
        sides = {*estimand.first, *estimand.second}
        mine = [
            a
            for a in answers
            if a.construct == estimand.construct and a.arm in sides
            if a.ongoing or a.condition == condition
            if machines & set(a.ratings)
        ]
        halves: tuple[Half, ...] = ("single",)
        if estimand.contrast == "carry_over":
            halves = ("change", "single", "ongoing")
        found += [_corrected(table, estimand, half, mine, people, machines) for half in halves]
    return tuple(found)


def _corrected(
    table: Table,
    estimand: Estimand,
    half: Half,
    answers: Sequence[Answer],
    people: set[str],
    machines: set[str],
) -> CorrectedFinding:
    mine = [a for a in answers if half == "change" or a.ongoing == (half == "ongoing")]
    y = np.array([_by(a, people) for a in mine])
    f = np.array([_by(a, machines) for a in mine])
    first = np.array([a.arm in estimand.first for a in mine])
    later = np.array([a.ongoing for a in mine])
    by_family = estimand.claim == "models_as_class"
    cluster = [
        table.families.get((a.arm, a.actor.split("/", 1)[0]), a.actor) if by_family else a.actor for a in mine
    ]
    notes: list[str] = []
    try:
        if half == "change":
            found = prediction_powered_change(y, f, cluster, first, later)
            machine = prediction_powered_change(f, f, cluster, first, later, power=0.0)
        else:
            found = prediction_powered_difference(y, f, cluster, first)
            machine = prediction_powered_difference(f, f, cluster, first, power=0.0)
    except ValueError:
        reason = "a side, or a half of it, has no answer that people rated"
        estimates: tuple[Estimate, ...] = tuple(
            Estimate(name=name, label=label, reason=reason) for name, label in _LABELS
        )
    else:
        estimates = tuple(_four(found, machine, _by_design(half, y, f, first, later)))
        if found.clusters < FEWEST:
            notes.append(
                f"People rated answers of {found.clusters} actors alone; the interval was tested by simulation with 14."
            )
        if found.imbalance is not None and abs(found.imbalance) > 3:
            notes.append(
                "The answers that people rated are hardly a random draw, so nothing here is corrected."
            )
    return CorrectedFinding(
        finding=estimand.id,
        construct=estimand.construct,
        half=half,
        labelled=int((~np.isnan(y)).sum()),
        answers=len(mine),
        estimates=estimates,
        notes=tuple(notes),
    )


_LABELS = (
    ("machines_alone", "machine raters alone"),
    ("people_alone", "people alone"),
    ("prediction_powered", "both: prediction-powered"),
    ("design_based", "both: design-based, for these very answers"),
)


def _four(found: PredictionPowered, machine: PredictionPowered, by_design: Interval) -> Iterator[Estimate]:
    intervals = (machine.interval, found.labels_alone, found.interval, by_design)
    for (name, label), interval in zip(_LABELS, intervals, strict=True):
        one = estimate(name, label, interval, "rating points")
        if name == "prediction_powered":
            one = replace(one, method=f"{one.method}; machines count {found.power:.2f}")
        yield one


def _by_design(
    half: Half, y: Floats, f: Floats, first: NDArray[np.bool_], later: NDArray[np.bool_]
) -> Interval:
    """Combine the difference estimators of the cells; their draws are apart, so squares of the half widths add up."""
    value, reach, level = 0.0, 0.0, 0.95
    for side in (True, False):
        for at in (False, True) if half == "change" else (None,):
            cell = (first == side) & (True if at is None else later == at)
            drawn = ~np.isnan(y[cell])
            if drawn.sum() < 2:
                return Interval(estimate=None, reason="fewer than two answers of a side were rated by people")
            share = np.full(int(cell.sum()), drawn.mean())
            one = design_based_mean(y[cell], share, f[cell])
            sign = (1 if side else -1) * (-1 if at is False else 1)
            assert one.estimate is not None
            value += sign * one.estimate
            if one.low is not None and one.high is not None:
                reach = hypot(reach, (one.high - one.low) / 2)
    return Interval(
        estimate=value,
        low=value - reach,
        high=value + reach,
        level=level,
        method="difference estimator in each side and half, at the share that was drawn",
    )
