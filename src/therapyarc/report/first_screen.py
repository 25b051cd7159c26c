"""The first screen: the study's question, and its answer in at most two sentences."""

from therapyarc.domain import Estimate, Finding, Findings
from therapyarc.report.carry_over import answer
from therapyarc.report.sentences import agree, clause, doubt, figures, told
from therapyarc.report.trial import trial_answer

__all__ = ["first_answer", "question"]

CARRY_OVER = "Does the advantage on single replies carry over to ongoing therapy?"
TRIAL = "What does the therapy do, and how much of that depends on what it is compared with?"


def question(findings: Findings) -> str:
    """Return what the report answers: carry-over where it is declared, else the virtual trial, else the headline's own."""
    if any(one.contrast == "carry_over" for one in findings.findings):
        return CARRY_OVER
    finding = _headline(findings)
    if finding is None and findings.trial is not None:
        return TRIAL
    return finding.question if finding is not None else findings.headline.text


def first_answer(findings: Findings) -> tuple[str, ...]:
    """Return the answer, no stronger than its intervals; empty where nothing was asked."""
    if any(one.contrast == "carry_over" for one in findings.findings):
        return answer(findings)
    finding = _headline(findings)
    if finding is None:
        labels = {arm.id: arm.label for arm in findings.arms}
        return () if findings.trial is None else trial_answer(findings.trial, labels)
    return (_of(finding),)


def _headline(findings: Findings) -> Finding | None:
    return next((one for one in findings.findings if one.id == findings.headline.finding), None)


def _of(finding: Finding) -> str:
    construct = finding.construct.replace("_", " ")
    if finding.undefined is not None or not finding.estimates:
        return f"{construct[:1].upper()}{construct[1:]} cannot be compared: {clause(finding.undefined)}."
    one = finding.estimates[0]
    if finding.contrast == "change":
        return _change(finding, one, construct)
    first, second = finding.first, finding.second
    other = "" if second is None else second.label
    where = "" if finding.contrast == "recovery" else "On single replies, "
    said, shown = told(one), f"{one.label} {figures(one)}"
    if said == "undefined":
        text = f"{first.label} and {other} cannot be compared in {construct}: {clause(one.reason)}."
    elif said == "without interval":
        text = f"{first.label} and {other} differ in {construct} by {shown}; no interval can be had."
    elif said == "apart from nothing":
        text = f"{first.label} and {other} are not told apart in {construct} ({shown})."
    else:
        doubts = doubt(finding)
        verb = agree(first, "seems to score", "seem to score") if doubts else agree(first, "scores", "score")
        order = "higher" if said == "above" else "lower"
        text = f"{first.label} {verb} {order} in {construct} than {other} ({shown}){doubts}."
    return f"{where}{text}" if where else f"{text[:1].upper()}{text[1:]}"


def _change(finding: Finding, one: Estimate, construct: str) -> str:
    said, shown = told(one), figures(one)
    name = f"In {finding.first.label}, {construct}"
    if said == "undefined":
        return f"{name} cannot be compared before and after training material: {clause(one.reason)}."
    if said == "without interval":
        return f"{name} changes by {shown} after training material; no interval can be had."
    if said == "apart from nothing":
        return f"{name} is not told apart before and after training material (change {shown})."
    doubts, way = doubt(finding), "rise" if said == "above" else "fall"
    verb = f"seems to {way}" if doubts else f"{way}s"
    return f"{name} {verb} after training material (change {shown}){doubts}."
