"""Cluster bootstrap: the unit that is resampled is the one that varies independently."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from therapyarc.stats.interval import Interval

__all__ = ["cluster_bootstrap", "percentile_interval"]

Floats = NDArray[np.float64]


def cluster_bootstrap(
    statistic: Callable[[NDArray[np.intp]], float],
    clusters: int,
    *,
    rng: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> Interval:
    """Percentile interval of a statistic when whole clusters are drawn with replacement.

    Parameters
    ----------
    statistic
        From the indices of the drawn clusters (with repetition) to a number; `nan` marks a draw without a value.
    clusters
        Number of clusters.
    rng
        Randomness.
    draws
        Number of bootstrap draws.
    level
        Confidence level.

    Returns
    -------
    The statistic on the clusters as they are, with its interval. Fewer than two clusters, or a statistic that is the
    same in every draw, has no interval, and the reason says so. Draws without a value are left out and counted in
    the reason.

    References
    ----------
    Davison and Hinkley 1997, section 3.8.
    """
    estimate = float(statistic(np.arange(clusters)))
    if np.isnan(estimate):
        return Interval(estimate=None, level=level, reason="undefined on the data")
    if clusters < 2:
        return Interval(estimate=estimate, level=level, reason="one cluster has no interval")
    values = np.array([statistic(rng.integers(0, clusters, clusters)) for _ in range(draws)])
    return percentile_interval(
        estimate, values, level, f"percentile bootstrap of {clusters} clusters, {draws} draws"
    )


def percentile_interval(estimate: float, values: Floats, level: float, method: str) -> Interval:
    """Return the central `level` of bootstrap values as an interval; see `cluster_bootstrap` for undefined cases."""
    defined = values[np.isfinite(values)]
    if len(defined) < max(20, len(values) // 2):
        return Interval(estimate=estimate, level=level, reason="undefined in most bootstrap draws")
    if np.ptp(defined) == 0:
        return Interval(estimate=estimate, level=level, reason="the same in every bootstrap draw")
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    lost = len(values) - len(defined)
    reason = f"{lost} of {len(values)} bootstrap draws had no value" if lost else None
    return Interval(
        estimate=estimate, low=float(low), high=float(high), level=level, method=method, reason=reason
    )
