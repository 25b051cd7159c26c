"""Whether a study is still as its plan was frozen."""

from collections.abc import Iterator
from dataclasses import fields

from therapyarc.domain import Estimand
from therapyarc.domain.design import Design
from therapyarc.domain.preregistration import Deviation, FrozenPlan, PlanCheck
from therapyarc.domain.settings import PART, settings_of
from therapyarc.domain.study import Trial

__all__ = ["against_plan"]


def against_plan(plan: FrozenPlan | None, design: Design, version: str, code: str) -> PlanCheck:
    """Return every difference of a study from its frozen plan; without a plan, that there is none.

    Estimands are compared attribute by attribute; added and dropped ones are named. So are title, seed, headline, virtual
    trial, exclusions, version and digest of the code, and each setting of arms, instruments, raters, courses and people.
    What no setting tells stands as the digest of the design.
    """
    if plan is None:
        return PlanCheck()
    return PlanCheck(
        frozen=plan.frozen,
        digest=plan.digest,
        held=plan.held,
        amendments=plan.amendments,
        deviations=tuple(_deviations(plan, design, version, code)),
    )


def _deviations(plan: FrozenPlan, design: Design, version: str, code: str) -> Iterator[Deviation]:
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
        ("title", plan.title, study.title),
        ("seed", str(plan.seed), str(study.seed)),
        ("headline", plan.headline or "none named", study.headline or "none named"),
        ("exclusions", _listed(plan.exclusions), _listed(study.exclusions)),
        ("version of TherapyArc", plan.version, version),
    ):
        if before != after:
            yield Deviation(what=what, planned=before, done=after)
    if plan.code and plan.code != code and plan.version == version:
        yield _digests(f"code of TherapyArc {version}", plan.code, code)
    yield from _trial(plan.trial, study.trial)
    changed = [] if plan.settings is None else [*_settings(plan.settings, settings_of(design))]
    yield from changed
    if plan.settings is None:
        arms = _listed(plan.arms), _listed(arm.id for arm in study.arms)
        if arms[0] != arms[1]:
            yield Deviation(what="arms", planned=arms[0], done=arms[1])
    if plan.design != design.digest and not changed and plan.seed == study.seed:
        yield _digests("design (arms, items, cases, raters, materials)", plan.design, design.digest)


def _trial(planned: Trial | None, now: Trial | None) -> Iterator[Deviation]:
    if planned is None or now is None:
        if planned is not now:
            told = ("not planned", "added") if planned is None else ("planned", "dropped")
            yield Deviation(what="virtual trial", planned=told[0], done=told[1])
        return
    yield from _fields("virtual trial", planned, now)


def _settings(planned: dict[str, str], now: dict[str, str]) -> Iterator[Deviation]:
    """Compare line by line; of a part that came or went, one line stands for all its own."""
    whole = ""
    for name in dict.fromkeys([*planned, *now]):
        before, after = planned.get(name), now.get(name)
        if before == after or (whole and name.startswith(f"{whole}: ")):
            continue
        if before is None or after is None:
            if name.startswith("content of "):
                continue  # that it is used at all is told where the study names it
            if PART in (before, after):
                whole = name
                told = ("not planned", "added") if before is None else ("planned", "dropped")
                yield Deviation(what=name, planned=told[0], done=told[1])
                continue
        yield Deviation(
            what=name,
            planned="not set" if before is None else before,
            done="not set" if after is None else after,
        )


def _digests(what: str, planned: str, now: str) -> Deviation:
    return Deviation(what=what, planned=f"sha256 {planned[:12]}…", done=f"sha256 {now[:12]}…")


def _changed(planned: Estimand, now: Estimand) -> Iterator[Deviation]:
    yield from _fields(f"estimand {planned.id}", planned, now)


def _fields(what: str, planned: Estimand | Trial, now: Estimand | Trial) -> Iterator[Deviation]:
    for field in fields(planned):
        before, after = getattr(planned, field.name), getattr(now, field.name)
        if before != after:
            yield Deviation(
                what=f"{what}: {field.name.replace('_', ' ')}", planned=_plain(before), done=_plain(after)
            )


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return _listed(value)
    return "none" if value is None or value == "" else str(value)


def _listed(values: object) -> str:
    return ", ".join(map(str, values)) or "none"  # type: ignore[call-overload]  # any collection
