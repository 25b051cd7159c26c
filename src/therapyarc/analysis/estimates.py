"""From intervals of `stats` to estimates of a finding."""

from therapyarc.domain import Estimate
from therapyarc.stats import Interval

__all__ = ["estimate"]


def estimate(name: str, label: str, interval: Interval, unit: str = "") -> Estimate:
    """Turn an interval of `stats` into an estimate of a finding."""
    return Estimate(
        name=name,
        label=label,
        value=interval.estimate,
        low=interval.low,
        high=interval.high,
        level=interval.level,
        unit=unit,
        method=interval.method,
        reason=interval.reason,
    )
