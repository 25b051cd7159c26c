"""What a design could see: the smallest carry-over that it detects, and the actors that would settle it."""

from dataclasses import replace

import numpy as np
from scipy import stats as scipy_stats

from therapyarc.analysis.halves import Grid
from therapyarc.domain import Estimate
from therapyarc.stats import TwoHalves, Variances

__all__ = ["detectable"]

POWER = 0.8
MOST = 10_000


def detectable(result: TwoHalves, arranged: Grid, unit: str) -> tuple[Estimate, ...]:
    """Say what this design sees with power .80: the smallest carry-over, and the actors to see half the advantage lost."""
    se, df, parts = result.difference_se, result.difference_df, result.variances
    smallest = Estimate(
        name="detectable",
        label="smallest carry-over detected with power .80",
        unit=unit,
        reason=result.difference.reason or "no standard error",
    )
    needed = Estimate(name="actors_needed", label="actors a side to see half the advantage lost, power .80")
    if se is None or df is None or parts is None:
        return smallest, replace(needed, reason=result.difference.reason)
    smallest = replace(
        smallest, value=_detectable(se, df), reason=None, method="(t(.975) + t(.80)) x standard error"
    )
    target = abs(result.single.estimate or 0.0) / 2
    if result.retention.estimate is None or not target:
        return smallest, replace(needed, reason="there is no advantage on single replies to lose")
    cases = arranged.single[0].shape[1], arranged.ongoing[0].shape[1]
    found = _actors_needed(parts, cases, target)
    if found is None:
        return smallest, replace(
            needed, reason="no number of actors would do with so few cases; more cases are needed first"
        )
    return smallest, replace(
        needed,
        value=float(found),
        method="from the variance components of this study, as many actors on each side",
    )


def _detectable(se: float, df: float) -> float:
    return float((scipy_stats.t.ppf(0.975, df) + scipy_stats.t.ppf(POWER, df)) * se)


def _actors_needed(parts: Variances, cases: tuple[int, int], target: float) -> int | None:
    """Return the smallest number of actors a side at which the detectable carry-over is the target; none beyond 10,000."""
    w = np.array([-1.0, 1.0])
    fixed = sum(own / count for own, count in zip(parts.cases, cases, strict=True))
    each = 2 * float(w @ parts.actors @ w) + 2 * sum(
        noise / count for noise, count in zip(parts.cells, cases, strict=True)
    )
    low, high = 2, MOST

    def enough(n: int) -> bool:
        return _detectable(float(np.sqrt(fixed + each / n)), 2 * n - 2) <= target

    if not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
