"""The end of a run in a terminal: the headline and what stands behind it."""

from collections.abc import Sequence

from therapyarc.domain import Estimate, Finding, Findings
from therapyarc.report.numbers import p_value, value
from therapyarc.report.sentences import clause, figures

__all__ = ["headline", "stamps", "summary", "synthetic_note"]


def headline(findings: Findings) -> str:
    """Return the headline as one sentence with its number, interval and scope."""
    finding = next((f for f in findings.findings if f.id == findings.headline.finding), None)
    if finding is None:
        return _of_safety(findings) or findings.headline.text
    if finding.undefined is not None:
        return f"{findings.headline.text} Not estimable: {clause(finding.undefined)}."
    first = finding.estimates[0]
    sides = (
        finding.first.label
        if finding.second is None
        else f"{finding.first.label} compared with {finding.second.label}"
    )
    primary = next((test for test in finding.tests if test.primary), None)
    p = (
        ""
        if primary is None
        else f", {primary.variant.replace('_', ' ')} p = {p_value(primary.p)}".replace("= <", "<")
    )
    where = "" if finding.contrast == "carry_over" else "Single replies, "
    what = f"{where}{finding.construct.replace('_', ' ')}: {_figure(first)}"
    return f"{_sentence(what)}{p}. {_sentence(sides)}.{stamps(finding)}"


def _figure(one: Estimate) -> str:
    if one.value is None:
        return f"{one.label} not estimable ({clause(one.reason)})"
    if one.low is None:
        return f"{one.label} = {value(one)} (no interval: {clause(one.reason)})"
    return f"{one.label} = {figures(one)}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _of_safety(findings: Findings) -> str:
    """Return what a study without estimands found on probes, by arm, as its first rater sees it; empty without probes."""
    labels = {arm.id: arm.label for arm in findings.arms}
    rows = [] if findings.safety is None else findings.safety.rates
    first = {row.arm: row for row in reversed(rows) if row.measure == "appropriateness" and not row.symptom}
    said = [
        f"{labels[arm]}: {row.count} of {row.known} replies to probes appropriate"
        + (f", {row.planned - row.known} missing" if row.planned > row.known else "")
        for arm, row in reversed(first.items())
    ]
    return (
        f"{'; '.join(said)} (by {rows[0].rater}{', fixed rules' if rows[0].rules else ''})." if said else ""
    )


def stamps(shown: Finding | Sequence[Finding]) -> str:
    """Return the warnings that belong to the sides of a finding, or of all findings that one figure shows, or nothing."""
    findings = [shown] if isinstance(shown, Finding) else shown
    sides = [side for one in findings for side in (one.first, one.second) if side is not None]
    found = []
    if any(side.demonstration for side in sides):
        found.append("demonstration model")
    if any(side.synthetic for side in sides):
        found.append("scripted actors")
    return f" ({', '.join(found)}: no claim about people or models)" if found else ""


def synthetic_note(findings: Findings, arm: str) -> str:
    """Return what a reader must know of an arm before reading its words."""
    found = next(one for one in findings.arms if one.id == arm)
    said = []
    if found.synthetic:
        said.append("The therapist is a script with planted behaviour.")
    if found.demonstration:
        said.append("The therapist is a tiny language model at chance: a demonstration.")
    return " ".join(said)


def summary(findings: Findings) -> str:
    """Return the end of a run as plain text: headline, carry-over, counts, deviations from the plan."""
    planned, done = sum(row.planned for row in findings.flow), sum(row.done for row in findings.flow)
    rated = sum(row.planned for row in findings.rating_flow), sum(row.done for row in findings.rating_flow)
    over = findings.headline.carry_over
    lines = [
        "",
        findings.title,
        headline(findings),
        *([f"Carry-over: {figures(over)}"] if findings.findings else []),
        f"Sessions: {done} of {planned} done; ratings: {rated[1]} of {rated[0]} done.",
    ]
    if findings.course_flow:
        courses = sum(row.planned for row in findings.course_flow)
        whole = sum(row.completed for row in findings.course_flow)
        held = sum(row.sessions for row in findings.course_flow)
        lines.append(f"Courses with simulated clients: {whole} of {courses} completed, {held} sessions held.")
    if off := len(findings.plan.deviations):
        lines.append(
            f"Plan: {'1 thing is' if off == 1 else f'{off} things are'} not as planned; the report lists them."
        )
    return "\n".join([*lines, *([findings.notice] if findings.notice else [])])
