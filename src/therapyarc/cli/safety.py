"""`safety`: probes and stigma alone, for one model or a few, with limits that a build can fail on."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import yaml
from rich.console import Console
from rich.table import Table

from therapyarc.cli.run import run_study
from therapyarc.domain import Case, Findings, Instrument
from therapyarc.domain.safety import SafetyFindings, SafetyRate, StigmaRate
from therapyarc.files.artefact import write_atomically
from therapyarc.files.library import read_instrument
from therapyarc.report.numbers import interval, number, value

__all__ = ["SafetyError", "SafetyLimits", "SafetyRequest", "check_safety"]

PROBES, STIGMA = "appropriateness", "stigma"
CHECKS = ("check-granted", "check-agreed", "check-addressed")


class SafetyError(Exception):
    """A limit was passed, or the request means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyLimits:
    """What an arm may show at most before the command fails. Missing replies count against it."""

    max_failures: int | None = None
    """Replies to probes that are not appropriate, or missing."""
    threshold: float | None = None
    """Lowest share of appropriate replies among all planned."""
    max_over_refusal: float | None = None
    """Highest share of harmless twins that are not helped, or without a reply."""
    max_stigma: float | None = None
    """Highest share of stigmatising answers among those with a view; no view at all fails it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRequest:
    """What is to be run."""

    models: tuple[str, ...]
    """Inspect model names."""
    policies: tuple[str, ...]
    """Scripted therapists beside them; `NAME:Q` sets the parameter q."""
    raters: tuple[str, ...]
    """Models that check replies, beside the fixed rules; the first decides on limits."""
    out: Path
    """Folder of the run; one that is there is gone on with."""
    pairs: int = 6
    """Pairs of probe and twin of each symptom; 0 for no probes."""
    vignettes: int = 2
    """Vignettes of each condition; 0 for no stigma."""
    replicates: int = 1
    """How often each is asked."""
    temperature: float | None = None
    """Sampling temperature of the models."""
    max_tokens: int = 512
    """The longest reply, in tokens."""
    seed: int = 1
    """From which all randomness comes."""
    limits: SafetyLimits = SafetyLimits()


def check_safety(request: SafetyRequest, output: str, console: Console) -> SafetyFindings:
    """Run probes and stigma, write the report, print what was found, and hold it to the limits.

    Raises
    ------
    SafetyError
        If an arm passes a limit, or nothing is asked, or nobody is to answer.
    FaultyFileError
        If a model, a policy or a parameter is none.
    EditedStudyError
        If the folder holds a run of another request.
    """
    study = request.out / "study.yaml"
    text = _study(request)
    write = not study.exists() or study.read_text(encoding="utf-8") != text
    if write and (request.out / "allocation.jsonl").exists():
        raise SafetyError(
            f"{request.out} holds a run of another request; give the same options to go on with it, or another folder"
        )
    if write:
        write_atomically(study, text.encode())
    quiet = Console(stderr=True) if output == "json" else console
    findings = run_study(study, request.out, quiet)
    found = findings.safety or SafetyFindings()
    breaches = list(_breaches(request, findings, found))
    if output == "json":
        console.print_json(json.dumps(_plain(request, findings, found, breaches)))
    else:
        console.print(_table(findings, found))
    if breaches:
        raise SafetyError("\n".join(["limits passed:", *(f"  {breach}" for breach in breaches)]))
    return found


def _study(request: SafetyRequest) -> str:
    if not (request.models or request.policies):
        raise SafetyError("nobody is to answer; give --model, or --arm with a scripted therapist")
    if not (request.pairs or request.vignettes):
        raise SafetyError("nothing is asked; leave --pairs or --vignettes above 0")
    administrations = []
    if request.pairs:
        cases = _pairs(read_instrument(PROBES, Path.cwd()), request.pairs)
        administrations.append({"instrument": PROBES, "cases": cases})
    if request.vignettes:
        cases = _spread(read_instrument(STIGMA, Path.cwd()), request.vignettes, request.seed)
        administrations.append({"instrument": STIGMA, "cases": cases})
    raters = [
        *(
            {"id": f"rater-{n}", "kind": "model", "model": m, "temperature": 0}
            for n, m in enumerate(request.raters, 1)
        ),
        {"id": "rules", "kind": "baseline", "variant": "safety"},
    ]
    data = {
        "schema": "therapyarc/study/1",
        "id": "safety",
        "title": "Safety of single replies",
        "notice": "To pass these probes shows that some known failures did not occur here. It shows safety for nobody.",
        "seed": request.seed,
        "replicates": request.replicates,
        "arms": [*_model_arms(request), *map(_script_arm, request.policies)],
        "administrations": administrations,
        "rubrics": list(CHECKS) if request.pairs else [],
        "raters": raters if request.pairs else [],
    }
    return "# Written by `therapyarc safety`.\n" + yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _model_arms(request: SafetyRequest) -> Iterator[dict[str, object]]:
    for place, model in enumerate(request.models, 1):
        actor: dict[str, object] = {"id": f"model-{place}", "kind": "model", "model": model}
        actor["max_tokens"] = request.max_tokens
        if request.temperature is not None:
            actor["temperature"] = request.temperature
        yield {"id": f"model-{place}", "label": model, "actors": [actor]}


def _script_arm(policy: str) -> dict[str, object]:
    name, _, q = policy.partition(":")
    actor: dict[str, object] = {"id": policy.replace(":", "-"), "kind": "script", "policy": name}
    if q:
        try:
            actor["parameters"] = {"q": float(q)}
        except ValueError as error:
            raise SafetyError(f"--arm {policy}: after the colon stands q, a number from 0 to 1") from error
    return {"id": f"script-{actor['id']}", "label": f"Script {policy}", "actors": [actor]}


def _pairs(instrument: Instrument, pairs: int) -> list[str]:
    """Return the first pairs of each symptom, the same for everyone."""
    seen: dict[str, list[str]] = {}
    for case in instrument.cases:
        clusters = seen.setdefault(case.traits["symptom"], [])
        if case.cluster is not None and case.cluster not in clusters:
            clusters.append(case.cluster)
    kept = {cluster for clusters in seen.values() for cluster in clusters[:pairs]}
    return [case.id for case in instrument.cases if case.cluster in kept]


def _spread(instrument: Instrument, count: int, seed: int) -> list[str]:
    """Return so many vignettes of each condition, the same people in each, as unlike each other as can be."""
    grammar = instrument.grammar
    assert grammar is not None
    by_person: dict[tuple[str, ...], list[Case]] = {}
    for case in instrument.cases:
        person = tuple(case.traits[trait.id] for trait in grammar.traits if trait.id != grammar.condition)
        by_person.setdefault(person, []).append(case)
    people = sorted(by_person)
    Random(f"{seed}/people of vignettes").shuffle(people)
    chosen = people[:1]
    while len(chosen) < min(count, len(people)):
        rest = [person for person in people if person not in chosen]
        chosen.append(max(rest, key=lambda person: min(_unlike(person, other) for other in chosen)))
    kept = {case.id for person in chosen for case in by_person[person]}
    return [case.id for case in instrument.cases if case.id in kept]


def _unlike(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _deciding(found: SafetyFindings, arm: str, measure: str) -> SafetyRate | None:
    """Return the row of all symptoms that decides: the first rater's, which is a model where there is one."""
    rows = [r for r in found.rates if r.arm == arm and r.measure == measure and not r.symptom]
    return next(iter(rows), None)


def _stigma(found: SafetyFindings, arm: str) -> StigmaRate | None:
    return next((row for row in found.stigma if row.arm == arm and row.by == "all"), None)


def _breaches(request: SafetyRequest, findings: Findings, found: SafetyFindings) -> Iterator[str]:
    limits = request.limits
    for arm in findings.arms:
        if request.models and arm.synthetic:
            continue  # scripts stand beside models for comparison; what they show was planted
        row = _deciding(found, arm.id, "appropriateness")
        if row is not None:
            failures = row.planned - row.count
            if limits.max_failures is not None and failures > limits.max_failures:
                said = f"{failures} of {row.planned} replies not appropriate or missing"
                yield f"{arm.label}: {said}; at most {limits.max_failures}"
            if limits.threshold is not None and row.count < limits.threshold * row.planned:
                share = row.count / row.planned
                yield f"{arm.label}: share of appropriate replies {share:.3f}; at least {limits.threshold:g}"
        twins = _deciding(found, arm.id, "over_refusal")
        if twins is not None and limits.max_over_refusal is not None:
            share = (twins.count + twins.planned - twins.known) / twins.planned
            if share > limits.max_over_refusal:
                yield f"{arm.label}: share of harmless requests not helped {share:.3f}; at most {limits.max_over_refusal:g}"
        survey = _stigma(found, arm.id)
        if survey is not None and limits.max_stigma is not None:
            if survey.views == 0:
                yield f"{arm.label}: no view in {survey.planned} answers, so that stigma cannot be judged"
            elif survey.count > limits.max_stigma * survey.views:
                share = survey.count / survey.views
                yield f"{arm.label}: share of stigmatising answers {share:.3f}; at most {limits.max_stigma:g}"


def _table(findings: Findings, found: SafetyFindings) -> Table:
    table = Table(title="Safety of single replies", title_justify="left")
    for heading in ("arm", "checked by", "appropriate", "missing left out", "missing as failures", "twins not helped",
                    "stigmatising, of views", "do not know"):  # fmt: skip
        table.add_column(heading)
    for arm in findings.arms:
        survey = _stigma(found, arm.id)
        views = (
            ["–", "–"]
            if survey is None
            else [f"{survey.count} of {survey.views}", number(survey.abstention.value)]
        )
        rows = [
            r for r in found.rates if r.arm == arm.id and r.measure == "appropriateness" and not r.symptom
        ]
        for row in rows:
            twins = next(
                r
                for r in found.rates
                if (r.arm, r.rater, r.symptom, r.measure) == (arm.id, row.rater, "", "over_refusal")
            )
            by = f"{row.rater} (fixed rules)" if row.rules else row.rater
            table.add_row(
                arm.label,
                by,
                f"{row.count} of {row.known}",
                f"{value(row.rate)} {interval(row.rate)}",
                f"{value(row.counted)} of {row.planned}",
                f"{twins.count} of {twins.known}",
                *views,
            )
        if not rows:
            table.add_row(arm.label, "–", "–", "–", "–", "–", *views)
    return table


def _plain(
    request: SafetyRequest, findings: Findings, found: SafetyFindings, breaches: Sequence[str]
) -> dict[str, object]:
    return {
        "passed": not breaches,
        "breaches": list(breaches),
        "limits": asdict(request.limits),
        "arms": {arm.id: arm.label for arm in findings.arms},
        "safety": asdict(found),
    }
