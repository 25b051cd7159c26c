"""plan.json and plan.md: what was to be known, frozen beside the study with a digest."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from therapyarc.domain.design import Design
from therapyarc.domain.preregistration import Amendment, FrozenPlan
from therapyarc.domain.settings import PART, settings_of
from therapyarc.files.artefact import write_atomically
from therapyarc.files.errors import ArtefactError

__all__ = ["PlanFrozenError", "freeze", "plan_path", "plan_text", "read_plan"]

_ADAPTER = TypeAdapter(FrozenPlan)


class PlanFrozenError(Exception):
    """A plan is frozen already and the study is no longer as it says. Amend it with a reason, or restore the study."""


def plan_path(study: Path) -> Path:
    """Return where the plan of a study file lies: `plan.json` beside `study.yaml`, `NAME.plan.json` beside another name."""
    return study.with_name("plan.json" if study.stem == "study" else f"{study.stem}.plan.json")


def read_plan(study: Path) -> FrozenPlan | None:
    """Return the frozen plan of a study file; none where none was frozen.

    Raises
    ------
    ArtefactError
        If the file is no plan, or was changed after it was frozen, so that its digest does not fit.
    """
    path = plan_path(study)
    if not path.exists():
        return None
    try:
        plan = _ADAPTER.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        raise ArtefactError(
            f"{path}: is no frozen plan ({'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}). Restore the file as "
            "`therapyarc plan` wrote it."
        ) from error
    if plan.digest != _digest(plan):
        raise ArtefactError(
            f"{path}: was changed after it was frozen on {plan.frozen}: its digest does not fit what it says. Restore the "
            "file; to change a plan in the open, use `therapyarc plan --amend REASON`."
        )
    return plan


def freeze(
    study: Path, design: Design, *, version: str, code: str, day: str, held: int, amend: str | None = None
) -> tuple[FrozenPlan, bool]:
    """Freeze the plan of a study beside it, and return it with whether anything was written.

    A plan that stands already and says the same is left as it is. One that says otherwise is replaced only with a reason,
    which it then carries together with the digest of what it replaced.

    Parameters
    ----------
    study, design
        The study file and what it says.
    version, code, day
        Version and digest of the code, and today.
    held
        Sessions that the run's folder holds by now.
    amend
        Reason for which a frozen plan is changed.

    Raises
    ------
    PlanFrozenError
        If another plan is frozen and no reason is given, or a reason is given and there is nothing to amend.
    ArtefactError
        As in `read_plan`.
    """
    old, one = read_plan(study), design.study
    new = FrozenPlan(
        study=one.id,
        title=one.title,
        frozen=day,
        version=version,
        held=held,
        seed=one.seed,
        design=design.digest,
        arms={arm.id: arm.label for arm in one.arms},
        estimands=one.estimands,
        headline=one.headline,
        trial=one.trial,
        exclusions=one.exclusions,
        code=code,
        settings=settings_of(design),
    )
    if old is None:
        if amend is not None:
            raise PlanFrozenError(f"{plan_path(study)}: there is no frozen plan to amend; leave out --amend")
        return _write(study, new), True
    same = replace(
        new, frozen=old.frozen, held=old.held, amendments=old.amendments, digest=old.digest
    )  # the day and what was held then do not make another plan
    if same == old:
        if amend is not None:
            raise PlanFrozenError(
                f"{plan_path(study)}: the study is as its plan says; there is nothing to amend"
            )
        text = plan_path(study).with_suffix(".md")  # a kill can come between the two files
        if not text.exists() or text.read_text(encoding="utf-8") != plan_text(old):
            write_atomically(text, plan_text(old).encode())
        return old, False
    if not (amend or "").strip():
        raise PlanFrozenError(
            f"{plan_path(study)}: a plan was frozen on {old.frozen} (sha256 {old.digest[:12]}…), and the study now says "
            "otherwise. Restore the study, or give the reason for the change with --amend; the report will show it."
        )
    note = Amendment(date=day, reason=str(amend).strip(), before=old.digest, held=held)
    return _write(
        study, replace(new, frozen=old.frozen, held=old.held, amendments=(*old.amendments, note))
    ), True


def _write(study: Path, plan: FrozenPlan) -> FrozenPlan:
    sealed = replace(plan, digest=_digest(plan))
    data = _ADAPTER.dump_python(sealed, mode="json")
    path = plan_path(study)
    write_atomically(path, (json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode())
    write_atomically(path.with_suffix(".md"), plan_text(sealed).encode())
    return sealed


def _digest(plan: FrozenPlan) -> str:
    data = _ADAPTER.dump_python(replace(plan, digest=""), mode="json")
    for later in ("code", "settings"):  # plans from before these fields keep the digest they were frozen with
        if not data[later]:
            del data[later]
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def plan_text(plan: FrozenPlan) -> str:
    """Return a plan as Markdown, for people and registries."""
    held = (
        "No answer had been gathered."
        if plan.held == 0
        else f"{_sessions(plan.held)} had been gathered by then, so it was not made blind to all answers."
    )
    lines = [
        f"# Plan of {plan.title}",
        "",
        f"Study `{plan.study}`, frozen on {plan.frozen} with TherapyArc {plan.version}. {held}",
        "",
        f"- Digest of this plan: sha256 {plan.digest}",
        f"- Digest of the design (arms, items, cases, raters, materials): sha256 {plan.design}",
        *([f"- Digest of the code: sha256 {plan.code}"] if plan.code else []),
        f"- Seed: {plan.seed}",
        f"- Arms: {', '.join(f'{label} (`{name}`)' for name, label in plan.arms.items())}",
        f"- The report opens with: {plan.headline or 'carry-over where it is declared, else the first estimand'}",
        "",
        "## What is to be known",
        "",
    ]
    if not plan.estimands:
        lines += ["No estimand is declared.", ""]
    for one in plan.estimands:
        sides = (
            f"{', '.join(one.first)} compared with {', '.join(one.second)}"
            if one.second
            else ", ".join(one.first)
        )
        margin = "none agreed" if one.margin is None else f"{one.margin:g} in raw units"
        lines += [
            f"### {one.id}",
            "",
            one.question,
            "",
            f"- Place: {one.role}, family {one.family} (Holm within it)",
            f"- Construct and contrast: {one.construct}, {one.contrast.replace('_', ' ')}",
            f"- Arms: {sides}",
            f"- Condition: {one.condition or 'the first'}"
            + (f", baseline {one.baseline}" if one.baseline else ""),
            f"- Claim: about {one.claim.replace('_', ' ')}",
            f"- Population: {one.population or 'not stated'}",
            f"- Intercurrent events: {one.intercurrent or 'not stated'}",
            f"- Margin: {margin}",
            "",
        ]
    if plan.trial is not None:
        lines += [
            "## Virtual trial",
            "",
            f"- Therapies: {', '.join(plan.trial.therapies)}",
            f"- Active controls: {', '.join(plan.trial.controls) or 'none'}",
            f"- Without therapy: {', '.join(plan.trial.untreated) or 'none'}",
            f"- Outcome: {plan.trial.outcome}; margin: {'none agreed' if plan.trial.margin is None else plan.trial.margin}",
            "",
        ]
    if plan.settings:
        lines += ["## How it is gathered and measured", "", *_settings(plan.settings), ""]
    lines += [
        "## What is left out",
        "",
        *([f"- {rule}" for rule in plan.exclusions] or ["No rule is stated."]),
        "",
    ]
    if plan.amendments:
        lines += ["## Amendments", ""]
        lines += [
            f"- {one.date}: {one.reason} (replaced sha256 {one.before[:12]}…; {_sessions(one.held)} gathered by then)"
            for one in plan.amendments
        ]
        lines.append("")
    return "\n".join(lines)


def _sessions(count: int) -> str:
    return f"{count} session" if count == 1 else f"{count} sessions"


def _settings(settings: dict[str, str]) -> Iterator[str]:
    """Yield a line for each part (an arm, a rater, courses), and one for the digests of all files together."""
    parts: dict[str, list[str]] = {}
    for name, value in sorted(settings.items()):
        head, _, rest = name.partition(": ")
        named = name.startswith("content of ")
        row = parts.setdefault("contents" if named else head, [])
        if named:
            row.append(f"{name.removeprefix('content of ')} {value}")
        elif value != PART:
            row.append(f"{rest}: {value}" if rest else value)
    for head, row in sorted(parts.items(), key=lambda part: part[0] == "contents"):
        yield f"- {head}: {'; '.join(row)}" if row else f"- {head}"
