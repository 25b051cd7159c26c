"""Sentences made from estimates: grammatical, and no stronger than the interval allows."""

from typing import Literal

from therapyarc.domain import Estimate, Side
from therapyarc.report.numbers import interval, value

__all__ = ["Told", "agree", "clause", "figures", "told"]

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
