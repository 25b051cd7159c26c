"""Bootstrap intervals: the unit that is resampled is the one that varies independently."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from therapyarc.stats.interval import Interval

__all__ = ["bca_interval", "cluster_bootstrap", "percentile_interval", "two_way_bootstrap"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


def cluster_bootstrap(
    statistic: Callable[[Indices], float],
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


def bca_interval(
    statistic: Callable[[Indices], float],
    clusters: int,
    *,
    rng: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> Interval:
    """Bias-corrected and accelerated (BCa) interval of a statistic when whole clusters are drawn with replacement.

    The ends are the quantiles Phi(z0 + (z0 + z) / (1 - a (z0 + z))) of the draws, z = Phi^-1((1 -+ level) / 2).
    z0 = Phi^-1(share of draws below the estimate, draws equal to it counted half). With U_i the mean of the
    leave-one-cluster-out values less the i-th of them, a = sum U_i^3 / (6 (sum U_i^2)^(3/2)). z0 = a = 0 gives the
    percentile interval.

    An increasing transformation of the statistic transforms the ends exactly where it is linear; otherwise up to the
    error of the jackknife, whose a is invariant only in the limit of many clusters, and of interpolated quantiles.

    Parameters
    ----------
    statistic
        From the indices of the drawn clusters to a number; also called with each cluster left out once.
    clusters, rng, draws, level
        As in `cluster_bootstrap`. The ends lie further out than the percentile's where z0 and a do, so 2,000 draws or
        more are needed.

    Returns
    -------
    As `cluster_bootstrap`. Where z0 is not finite (the estimate lies beyond all draws), a is undefined (the
    statistic is the same, or without a value, when a cluster is left out, as medians at the ceiling are), or the
    formula has no value, the percentile interval is given, and method and reason say so.

    References
    ----------
    Efron 1987, J Am Stat Assoc 82:171; jackknife acceleration as in Efron and Tibshirani 1993, equation 14.15.
    """
    estimate = float(statistic(np.arange(clusters)))
    if np.isnan(estimate):
        return Interval(estimate=None, level=level, reason="undefined on the data")
    if clusters < 2:
        return Interval(estimate=estimate, level=level, reason="one cluster has no interval")
    values = np.array([statistic(rng.integers(0, clusters, clusters)) for _ in range(draws)])
    of = f"bootstrap of {clusters} clusters, {draws} draws"
    plain = percentile_interval(estimate, values, level, f"percentile {of}")
    if plain.low is None:
        return plain
    left_out = np.array([statistic(np.delete(np.arange(clusters), i)) for i in range(clusters)])
    defined = values[np.isfinite(values)]
    tails = _bca_tails(estimate, defined, left_out, level)
    if isinstance(tails, str):
        fallback = f"percentile in place of BCa: {tails}"
        return replace(plain, reason=fallback if plain.reason is None else f"{fallback}; {plain.reason}")
    low, high = np.quantile(defined, tails)
    return replace(plain, low=float(low), high=float(high), method=f"BCa {of}")


def _bca_tails(estimate: float, values: Floats, left_out: Floats, level: float) -> tuple[float, float] | str:
    """Return the two quantiles of the draws at which the BCa interval ends, or why there are none."""
    # The same clusters in another order differ by rounding; they are ties.
    tied = np.abs(values - estimate) <= 1e-12 * np.abs(values).max()
    below = float(((values < estimate) & ~tied).mean() + tied.mean() / 2)
    if below in {0.0, 1.0}:
        return "the estimate lies beyond all draws, so the bias correction is not finite"
    if not np.isfinite(left_out).all():
        return "the statistic has no value when a cluster is left out"
    influence = left_out.mean() - left_out
    if np.abs(influence).max() <= 1e-12 * np.abs(left_out).max():
        return "leaving out a cluster changes nothing, so the acceleration is undefined"
    influence /= np.abs(influence).max()
    a = float((influence**3).sum() / (6 * (influence**2).sum() ** 1.5))
    z0 = float(scipy_stats.norm.ppf(below))
    shifted = z0 + np.asarray(scipy_stats.norm.ppf([(1 - level) / 2, (1 + level) / 2]))
    if (a * shifted >= 1).any():
        return "the acceleration is too large for the level"
    low, high = np.asarray(scipy_stats.norm.cdf(z0 + shifted / (1 - a * shifted))).tolist()
    return low, high


def two_way_bootstrap(
    statistic: Callable[[Indices, Indices], float],
    rows: int,
    columns: int,
    *,
    rng: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> Interval:
    """Percentile interval when both of two crossed factors (actors and cases, targets and raters) are random.

    Each draw takes rows and, independently, columns with replacement: the pigeonhole bootstrap. It is conservative:
    for a mean of R x C cells with one value each its variance is that of rows / R + that of columns / C + about three
    times that of single cells / (R C), instead of once, so it is nearly right where rows or columns dominate; no
    bootstrap of a crossed design is exact (McCullagh 2000). With few levels of a factor it is anticonservative as
    any bootstrap of few clusters is (the factor (C - 1) / C): below five treat the factor as fixed with
    `cluster_bootstrap` over the other.

    Parameters
    ----------
    statistic
        From the indices of the drawn rows and of the drawn columns (each with repetition) to a number; `nan` marks a
        draw without a value. A column drawn twice agrees with itself: a statistic of agreement among columns must
        leave such pairs out.
    rows, columns
        Number of levels of each factor.
    rng, draws, level
        As in `cluster_bootstrap`.

    Returns
    -------
    As `cluster_bootstrap`; no interval with fewer than two rows or columns.

    References
    ----------
    Owen 2007, "The pigeonhole bootstrap", Ann Appl Stat 1:386; McCullagh 2000, Bernoulli 6:285.
    """
    estimate = float(statistic(np.arange(rows), np.arange(columns)))
    if np.isnan(estimate):
        return Interval(estimate=None, level=level, reason="undefined on the data")
    if min(rows, columns) < 2:
        reason = f"needs two rows and two columns; got {rows} and {columns}"
        return Interval(estimate=estimate, level=level, reason=reason)
    values = np.array(
        [statistic(rng.integers(0, rows, rows), rng.integers(0, columns, columns)) for _ in range(draws)]
    )
    method = f"two-way percentile bootstrap of {rows} rows and {columns} columns, {draws} draws"
    return percentile_interval(estimate, values, level, method)


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
