"""Trajectories with dropout: the difference between two sides under each assumption about those who left."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from therapyarc.analysis.estimates import estimate
from therapyarc.analysis.table import Table
from therapyarc.domain import (
    SHARE,
    Arc,
    ArcCourse,
    Estimand,
    Estimate,
    LaggedFinding,
    Missing,
    TrajectoryFinding,
)
from therapyarc.domain.assignment import CourseAssignment
from therapyarc.domain.design import Design
from therapyarc.stats import (
    Donors,
    Interval,
    SingularDesignError,
    delta_adjusted,
    lagged_within,
    person_means,
    reliable_change,
    same_dyad_change,
    tipping_point,
    trajectory_model,
)

__all__ = ["lagged", "trajectories"]

Floats = NDArray[np.float64]
RELIABILITY = {"phq-9": 0.84}
"""Test-retest reliability of forms in their published validation: Kroenke, Spitzer and Williams 2001, J Gen Intern Med
16:606. Own forms have none, and no reliable change."""
IMPUTATIONS = 50
_PATTERNS: dict[Donors, str] = {
    "complete": "difference in change, those who left as those who stayed to the end",
    "neighbouring": "difference in change, those who left as those who left one session later",
}
RANDOM = 5
"""Levels from which actors and cases count as draws from many."""


def trajectories(design: Design, arcs: Sequence[Arc]) -> tuple[TrajectoryFinding, ...]:
    """Compare the sides of the study's first contrast of two sides that hold courses, measure by measure.

    Beside each other stand: the change of the same dyads from first to last attended session (the last value carried
    forward); the mixed model with all that there is (right if missing at random), at the last session and in change; and the
    shift of those who left on the first side at which the conclusion would be another. For symptoms also how many got
    reliably worse, and how many could have if all who left did.
    """
    estimand = _sides(design, arcs)
    if estimand is None:
        return ()
    measures = dict.fromkeys(arc.measure for arc in arcs)
    return tuple(_of(design, estimand, [arc for arc in arcs if arc.measure == name]) for name in measures)


def _sides(design: Design, arcs: Sequence[Arc]) -> Estimand | None:
    there = {arc.arm for arc in arcs}
    ordered = sorted(design.study.estimands, key=lambda one: one.contrast != "carry_over")
    return next((one for one in ordered if there & {*one.first} and there & {*one.second}), None)


def _of(design: Design, estimand: Estimand, arcs: Sequence[Arc]) -> TrajectoryFinding:
    courses = [(int(arc.arm in estimand.first), course) for arc in arcs for course in arc.courses
               if arc.arm in (*estimand.first, *estimand.second)]  # fmt: skip
    values = np.array(
        [[np.nan if v is None else v for v in course.values] for _, course in courses], dtype=float
    )
    side = np.array([first for first, _ in courses])
    met = ~np.isnan(values).all(axis=1)
    courses, values, side = [c for c, m in zip(courses, met, strict=True) if m], values[met], side[met]
    of = [course for _, course in courses]
    labels = [_label(design, estimand, place) for place in (0, 1)]
    notes = ["No course of the two sides has a value of this measure."]
    found: list[Estimate] = []
    if of:
        found, notes = _estimates(design, arcs[0].measure, values, side, of)
    attended = [tuple(int(n) for n in (~np.isnan(values[side == one])).sum(axis=0)) for one in (1, 0)]
    return TrajectoryFinding(
        measure=arcs[0].measure,
        unit=arcs[0].unit,
        first=labels[0],
        second=labels[1],
        attended=(attended[0], attended[1]),
        estimates=tuple(found),
        split=_split(values),
        notes=tuple(notes),
    )


def _split(values: Floats) -> Estimate:
    name, label = "share_between", "share of the variance over sessions between clients"
    found = person_means(values).share_between if len(values) else None
    return Estimate(
        name=name,
        label=label,
        value=found,
        unit=SHARE,
        reason=None if found is not None else "no variance over sessions",
    )


def _label(design: Design, estimand: Estimand, place: int) -> str:
    if place < len(estimand.labels):
        return estimand.labels[place]
    names = {arm.id: arm.label for arm in design.study.arms}
    return " + ".join(names[arm] for arm in (estimand.first, estimand.second)[place])


def _estimates(
    design: Design, measure: str, values: Floats, side: NDArray[np.intp], courses: Sequence[ArcCourse]
) -> tuple[list[Estimate], list[str]]:
    cases, actors = _codes([c.case for c in courses]), _codes([c.actor for c in courses])
    rng = np.random.default_rng([design.study.seed, *measure.encode()])
    limit = float(np.nanmax(values) - np.nanmin(values)) or 1.0
    notes: list[str] = []

    def same() -> Estimate:
        change = same_dyad_change(values, side, cases)
        notes.extend([f"{change.left_out} dyads came once alone and have no change."] * (change.left_out > 0))
        return estimate(
            "same_dyads", "difference in change, same dyads, first to last attended", change.difference
        )

    def tip() -> Estimate:
        tipping = tipping_point(values, side, cases, limit=limit, rng=rng, imputations=IMPUTATIONS)
        at_random = "difference in change, those who left as all who stayed by then"
        found.append(estimate("pattern_available", at_random, tipping.at_random))
        label = "shift of those who left on the first side that would change the conclusion"
        return Estimate(
            name="tipping_point",
            label=label,
            value=tipping.delta,
            reason=tipping.reason,
            method=f"{IMPUTATIONS} imputations within pattern; {tipping.shifted} dyads shifted, by {limit:g} at most",
        )

    found = [_tried("same_dyads", "difference in change, same dyads", same)]
    found += _modelled(values, side, actors, cases, notes)

    def pattern(donors: Donors) -> Estimate:
        pooled = delta_adjusted(values, side, cases, rng=rng, donors=donors, imputations=IMPUTATIONS)
        return estimate(f"pattern_{donors}", _PATTERNS[donors], pooled)

    found += [_tried(f"pattern_{one}", label, partial(pattern, one)) for one, label in _PATTERNS.items()]
    found.append(_tried("tipping_point", "tipping point", tip))
    return [*found, *_reliable(design, measure, values, side)], notes


def _codes(names: Sequence[str]) -> NDArray[np.intp]:
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.intp)


def _tried(name: str, label: str, found: Callable[[], Estimate]) -> Estimate:
    """Return an estimate, or the reason why the design does not give it."""
    try:
        return found()
    except (SingularDesignError, ValueError) as error:
        return Estimate(name=name, label=label, reason=str(error))


def _modelled(
    values: Floats,
    side: NDArray[np.intp],
    actors: NDArray[np.intp],
    cases: NDArray[np.intp],
    notes: list[str],
) -> list[Estimate]:
    names = ("difference at the last session, mixed model", "difference in change, mixed model")
    try:
        model = trajectory_model(
            values,
            side,
            actors=actors if len(set(actors)) >= RANDOM else None,
            cases=cases if len(set(cases)) >= RANDOM else None,
        )
    except (SingularDesignError, ValueError) as error:
        return [Estimate(name=f"model_{n}", label=label, reason=str(error)) for n, label in enumerate(names)]
    if model.fit.reason:
        notes.append(f"Mixed model: {model.fit.reason}")
    return [
        replace(estimate(name, label, contrast.interval), method="REML, missing at random; Satterthwaite")
        for name, label, contrast in zip(
            ("model_final", "model_change"), names, (model.final, model.change), strict=True
        )
    ]


def _reliable(design: Design, measure: str, values: Floats, side: NDArray[np.intp]) -> list[Estimate]:
    form = next((f for f in design.forms if f.construct == measure and f.id in RELIABILITY), None)
    if form is None:
        return []
    found = []
    for place, one in (("first", 1), ("second", 0)):
        mine = values[side == one]

        def counted(mine: Floats = mine, place: str = place) -> Estimate:
            change = reliable_change(mine[:, 0], mine[:, -1], reliability=RELIABILITY[form.id])
            improved, same, worse = change.counts
            return replace(
                estimate(f"worse_{place}", f"share reliably worse, {place} side", change.deteriorated, SHARE),
                method=f"{improved} improved, {same} unchanged, {worse} worse; {change.missing} without a last session: "
                f"share {change.deteriorated_at_worst.estimate:.2f} if all of these got worse",
            )

        found.append(_tried(f"worse_{place}", f"share reliably worse, {place} side", counted))
    return found


def lagged(
    table: Table, courses: Sequence[CourseAssignment], arcs: Sequence[Arc]
) -> tuple[LaggedFinding, ...]:
    """Hold alliance against distress at the next session, synchrony and uptake against what is then told, within clients.

    The mean course over all clients is taken off first, so that two things that both rise over therapy do not go
    together for that reason alone.
    """
    by: dict[str, dict[str, tuple[float | None, ...]]] = {}
    for arc in arcs:
        by.setdefault(arc.measure, {}).update({course.course: course.values for course in arc.courses})
    computed = {
        measure: {
            course.course: tuple(
                None if isinstance(value := table.value(name, measure), Missing) else value
                for name in course.sessions
            )
            for course in courses
        }
        for measure in ("lsm", "uptake_therapist")
    }
    told = {name: _gains(values) for name, values in by.get("disclosure", {}).items()}
    pairs = (
        ("alliance", by.get("alliance", {}), "depression_symptoms", by.get("depression_symptoms", {})),
        ("lsm", computed["lsm"], "facts told", told),
        ("uptake_therapist", computed["uptake_therapist"], "facts told", told),
    )
    return tuple(_lagged(table.design, earlier, x, later, y) for earlier, x, later, y in pairs if x and y)


Values = Mapping[str, tuple[float | None, ...]]


def _gains(values: tuple[float | None, ...]) -> tuple[float | None, ...]:
    before = (0.0, *values[:-1])
    return tuple(None if a is None or b is None else b - a for a, b in zip(before, values, strict=True))


def _lagged(design: Design, earlier: str, x: Values, later: str, y: Values) -> LaggedFinding:
    names = sorted(set(x) & set(y))
    matrices = [
        np.array([[np.nan if v is None else v for v in own[name]] for name in names], dtype=float)
        for own in (x, y)
    ]
    rng = np.random.default_rng([design.study.seed, *earlier.encode()])
    try:
        found = lagged_within(matrices[0], matrices[1], rng=rng, common_course=True, draws=499)
    except ValueError as error:
        nothing = estimate("slope", "slope", Interval(estimate=None, reason=str(error)))
        return LaggedFinding(
            earlier=earlier, later=later, clients=0, pairs=0, slope=nothing, control=nothing, p=None
        )
    return LaggedFinding(
        earlier=earlier,
        later=later,
        clients=found.clients,
        pairs=found.pairs,
        slope=estimate("slope_within", "slope within clients", found.slope),
        control=estimate("slope_control", "the same, shuffled", found.control),
        p=found.p,
    )
