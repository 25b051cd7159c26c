"""Whether a study is still as its plan was frozen."""

from collections.abc import Iterator
from dataclasses import fields

from therapyarc.domain import Estimand
from therapyarc.domain.design import Design
from therapyarc.domain.preregistration import Deviation, FrozenPlan, PlanCheck

__all__ = ["against_plan"]


def against_plan(plan: FrozenPlan | None, design: Design, version: str) -> PlanCheck:
    """Return every difference of a study from its frozen plan; without a plan, that there is none.

    Estimands are compared attribute by attribute; added and dropped ones are named. So are seed, headline, virtual trial,
    exclusions, arms, the version of the code, and whatever else of the design (items, cases, raters, materials) changed.
    """
    if plan is None:
        return PlanCheck()
    return PlanCheck(
        frozen=plan.frozen,
        digest=plan.digest,
        held=plan.held,
        amendments=plan.amendments,
        deviations=tuple(_deviations(plan, design, version)),
    )


def _deviations(plan: FrozenPlan, design: Design, version: str) -> Iterator[Deviation]:
    study = design.study
    planned, now = {e.id: e for e in plan.estimands}, {e.id: e for e in study.estimands}
    for name in planned:
        if name not in now:
            yield Deviation(what=f"estimand {name}", planned=planned[name].question, done="dropped")
    for name in now:
        if name not in planned:
            yield Deviation(
                what=f"estimand {name}", planned="not planned", done=f"added: {now[name].question}"
            )
        else:
            yield from _changed(planned[name], now[name])
    for what, before, after in (
        ("seed", str(plan.seed), str(study.seed)),
        ("headline", plan.headline or "none named", study.headline or "none named"),
        ("exclusions", _listed(plan.exclusions), _listed(study.exclusions)),
        ("virtual trial", _plain(plan.trial), _plain(study.trial)),
        ("arms", _listed(plan.arms), _listed(arm.id for arm in study.arms)),
        ("version of TherapyArc", plan.version, version),
    ):
        if before != after:
            yield Deviation(what=what, planned=before, done=after)
    if plan.design != design.digest:
        yield Deviation(
            what="design (arms, items, cases, raters, materials or seed)",
            planned=f"sha256 {plan.design[:12]}…",
            done=f"sha256 {design.digest[:12]}…",
        )


def _changed(planned: Estimand, now: Estimand) -> Iterator[Deviation]:
    for field in fields(Estimand):
        before, after = getattr(planned, field.name), getattr(now, field.name)
        if before != after:
            yield Deviation(
                what=f"estimand {planned.id}: {field.name.replace('_', ' ')}",
                planned=_plain(before),
                done=_plain(after),
            )


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return _listed(value)
    return "none" if value is None or value == "" else str(value)


def _listed(values: object) -> str:
    return ", ".join(map(str, values)) or "none"  # type: ignore[call-overload]  # any collection
