"""Sentences made from estimates: grammatical, and no stronger than the interval allows."""

from typing import Literal

from therapyarc.domain import Estimate, Finding, Side
from therapyarc.report.numbers import interval, p_value, value

__all__ = ["ALPHA", "Told", "agree", "clause", "doubt", "figures", "told"]

ALPHA = 0.05
"""Level at or below which the test of a finding agrees with an interval that excludes 0."""

Told = Literal["above", "below", "apart from nothing", "without interval", "undefined"]
"""What an estimate lets one say: above 0, below 0, not told apart from 0, a value without interval, nothing."""


def told(estimate: Estimate) -> Told:
    """Return what may be said of an estimate by its interval. An end at 0 is not apart from 0."""
    if estimate.value is None:
        return "undefined"
    if estimate.low is None or estimate.high is None:
        return "without interval"
    if estimate.low > 0:
        return "above"
    return "below" if estimate.high < 0 else "apart from nothing"


def doubt(finding: Finding) -> str:
    """Return what the primary test says against an interval that excludes 0, in brackets; nothing where the two agree.

    A sentence that bears it must be hedged. The test counts as it is, and once more with its family counted (Holm).
    """
    primary = next((test for test in finding.tests if test.primary), None)
    if primary is None or primary.p is None:
        return ""
    name = (
        "permutation test"
        if "permutation" in primary.variant
        else f"{primary.variant.replace('_', ' ')} test"
    )
    if primary.p > ALPHA:
        return f" (the {name} leaves doubt, p = {p_value(primary.p)})"
    if finding.p_holm is not None and finding.p_holm > ALPHA:
        return f" (in its family of questions the {name} leaves doubt, p = {p_value(finding.p_holm)} by Holm)"
    return ""


def agree(side: Side | int, singular: str, plural: str) -> str:
    """Return the verb that goes with a side: singular where one unit stands behind it."""
    units = side if isinstance(side, int) else side.units
    return singular if units == 1 else plural


def figures(estimate: Estimate) -> str:
    """Return value and interval, or the value alone where there is none."""
    ends = "" if estimate.low is None or estimate.high is None else f" {interval(estimate)}"
    return f"{value(estimate)}{ends}"


def clause(reason: str | None) -> str:
    """Return a reason that can stand in a sentence: without a full stop, never empty."""
    return (reason or "no reason was kept").strip().rstrip(".")
