"""A virtual trial: therapies against no therapy and against active controls on the same simulated clients."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from therapyarc.analysis.estimates import estimate
from therapyarc.analysis.trajectory import RANDOM, RELIABILITY
from therapyarc.domain import Arc, Estimate
from therapyarc.domain.design import Design
from therapyarc.domain.study import Trial
from therapyarc.domain.trial import Inflation, TrialArm, TrialContrast, TrialFinding
from therapyarc.stats import (
    Contrast,
    Interval,
    SingularDesignError,
    TrialModel,
    fieller,
    reliable_change,
    trial_model,
)

__all__ = ["trial"]

Floats = NDArray[np.float64]
Role = Literal["therapy", "control", "untreated"]
Kind = Literal["against_untreated", "against_control", "control_against_untreated"]

METHOD = (
    "One mixed model of all arms and weeks: week by arm with one common mean at the first, random simulated clients where "
    "there are five or more, and dyads; differences at the last week, t with Satterthwaite's degrees of freedom; right if "
    "values are missing at random. Reliable change by Jacobson and Truax, exact intervals."
)


def trial(design: Design, arcs: Sequence[Arc]) -> TrialFinding | None:
    """Return the study's virtual trial; none where it declares none.

    A therapy's effect against no therapy is A - N, against an active control A - C; the inflation is their difference,
    (A - N) - (A - C) = C - N, the effect of the control itself. All come from one model, so the identity holds exactly.
    """
    plan = design.study.trial
    if plan is None:
        return None
    roles: dict[str, Role] = {
        **dict.fromkeys(plan.therapies, "therapy"),
        **dict.fromkeys(plan.controls, "control"),
        **dict.fromkeys(plan.untreated, "untreated"),
    }
    own = {arc.arm: arc for arc in arcs if arc.measure == plan.outcome and arc.arm in roles}
    shown = [own[name] for name in roles if name in own]
    values = {arc.arm: _values(arc) for arc in shown}
    unit = shown[0].unit if shown else ""
    synthetic = any(
        actor.synthetic for arm in design.study.arms if arm.id in plan.therapies for actor in arm.actors
    )
    notes = [f"Arm {name} has no course with this form." for name in roles if name not in own]
    first = np.concatenate([v[:, 0] for v in values.values()]) if values else np.array([])
    there = first[~np.isnan(first)]
    sd = float(there.std(ddof=1)) if len(there) > 1 else None
    reliability = next(
        (
            RELIABILITY[form.id]
            for form in design.forms
            if form.construct == plan.outcome and form.id in RELIABILITY
        ),
        None,
    )
    arms = tuple(_arm(arc, roles[arc.arm], values[arc.arm], sd, reliability) for arc in shown)
    found = TrialFinding(
        outcome=plan.outcome,
        unit=unit,
        arms=arms,
        threshold=_threshold(sd, reliability),
        margin=plan.margin,
        sd=sd,
        method=METHOD,
        synthetic=synthetic,
    )
    try:
        model = _model(shown, values)
    except (SingularDesignError, ValueError) as error:
        return replace(found, notes=(*notes, f"The arms cannot be compared: {error}"))
    if model.fit.reason:
        notes.append(f"Mixed model: {model.fit.reason}.")
    place = {arc.arm: at for at, arc in enumerate(shown)}
    return replace(
        found,
        contrasts=tuple(_contrasts(plan, place, model, sd, unit)),
        inflation=tuple(_inflation(plan, place, model, unit)),
        notes=tuple(notes),
    )


def _values(arc: Arc) -> Floats:
    rows = [[np.nan if v is None else v for v in course.values] for course in arc.courses]
    return np.array(rows, dtype=np.float64)


def _model(shown: Sequence[Arc], values: dict[str, Floats]) -> TrialModel:
    every = np.vstack([values[arc.arm] for arc in shown])
    arms = np.concatenate([np.full(len(values[arc.arm]), at) for at, arc in enumerate(shown)])
    names = np.array([course.case for arc in shown for course in arc.courses])
    met = ~np.isnan(every).all(axis=1)
    cases = np.unique(names[met], return_inverse=True)[1]
    many = len(set(cases.tolist())) >= RANDOM
    return trial_model(every[met], arms[met], cases=cases if many else None)


def _threshold(sd: float | None, reliability: float | None) -> float | None:
    if reliability is None or not sd:
        return None
    return reliable_change([0.0], [0.0], reliability=reliability, sd=sd).threshold


def _arm(arc: Arc, role: Role, values: Floats, sd: float | None, reliability: float | None) -> TrialArm:
    there = ~np.isnan(values)
    blank = "the form's reliability is not known" if reliability is None else "no spread at the first week"
    improved = worse = worst = Estimate(name="share", label="share", reason=blank)
    if reliability is not None and sd:
        change = reliable_change(values[:, 0], values[:, -1], reliability=reliability, sd=sd)
        count = change.counts
        improved = _share("improved", "reliably improved", change.improved, f"{count[0]} of {change.known}")
        worse = _share("worse", "reliably worse", change.deteriorated, f"{count[2]} of {change.known}")
        worst = _share(
            "worse_at_worst",
            "worse, if all without a last value were",
            change.deteriorated_at_worst,
            f"{count[2] + change.missing} of {len(values)}",
        )
    return TrialArm(
        arm=arc.arm,
        label=arc.label,
        role=role,
        planned=len(values),
        attended=tuple(int(n) for n in there.sum(axis=0)),
        means=tuple(
            float(values[there[:, at], at].mean()) if there[:, at].any() else None
            for at in range(values.shape[1])
        ),
        improved=improved,
        worse=worse,
        worse_at_worst=worst,
    )


def _share(name: str, label: str, interval: Interval, method: str) -> Estimate:
    return replace(estimate(name, label, interval), method=f"{method}; Clopper-Pearson")


def _contrasts(
    plan: Trial, place: dict[str, int], model: TrialModel, sd: float | None, unit: str
) -> list[TrialContrast]:
    pairs: list[tuple[str, str, Kind]] = [
        *((a, n, "against_untreated") for a in plan.therapies for n in plan.untreated),
        *((a, c, "against_control") for a in plan.therapies for c in plan.controls),
        *((c, n, "control_against_untreated") for c in plan.controls for n in plan.untreated),
    ]  # fmt: skip
    found = []
    for one, other, kind in pairs:
        if one not in place or other not in place:
            continue
        interval = model.difference(place[one], place[other]).interval
        found.append(
            TrialContrast(
                first=one,
                second=other,
                kind=kind,
                difference=replace(estimate("trial_difference", "difference", interval, unit), reason=None),
                standardised=_standardised(interval, sd),
            )
        )
    return found


def _standardised(interval: Interval, sd: float | None) -> Estimate:
    """Divide by the standard deviation at the first week, taken as known."""
    if not sd or interval.estimate is None or interval.low is None or interval.high is None:
        return Estimate(name="d", label="standardised", reason="no spread at the first week")
    return Estimate(
        name="d",
        label="standardised",
        value=interval.estimate / sd,
        low=interval.low / sd,
        high=interval.high / sd,
        method="by the standard deviation at the first week, taken as known",
    )


def _inflation(plan: Trial, place: dict[str, int], model: TrialModel, unit: str) -> list[Inflation]:
    found = []
    for therapy in plan.therapies:
        for control in plan.controls:
            for untreated in plan.untreated:
                if {therapy, control, untreated} <= place.keys():
                    at = place[therapy], place[control], place[untreated]
                    by_control = model.difference(at[1], at[2])
                    whole = model.difference(at[0], at[2])
                    against = model.difference(at[0], at[1])
                    found.append(
                        Inflation(
                            therapy=therapy,
                            control=control,
                            untreated=untreated,
                            difference=replace(
                                estimate("inflation", "inflation", by_control.interval, unit), reason=None
                            ),
                            share=_part(by_control, whole, against),
                        )
                    )
    return found


def _part(by_control: Contrast, whole: Contrast, against: Contrast) -> Estimate:
    """Return (C - N) / (A - N) with Fieller's set; the covariance follows from Var(A - C)."""
    blank = Estimate(name="inflation_share", label="share of the effect against no therapy")
    if whole.interval.low is None or whole.interval.high is None:
        return replace(blank, reason="the effect against no therapy has no interval")
    if whole.interval.low <= 0 <= whole.interval.high:
        return replace(blank, reason="the effect against no therapy is not told apart from 0")
    covariance = (by_control.se**2 + whole.se**2 - against.se**2) / 2
    ratio = fieller(
        by_control.interval.estimate or 0.0,
        whole.interval.estimate or 0.0,
        [[by_control.se**2, covariance], [covariance, whole.se**2]],
        df=whole.df,
    )
    return replace(
        blank, value=ratio.estimate, low=ratio.low, high=ratio.high, method="Fieller", reason=ratio.reason
    )
