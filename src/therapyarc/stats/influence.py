"""Standard errors of estimates from observations that are dependent within clusters, by summing their influence."""

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as scipy_stats

from therapyarc.stats.interval import Interval

__all__ = ["clustered_error", "clustered_interval"]

Floats = NDArray[np.float64]


def clustered_error(influence: ArrayLike, clusters: ArrayLike) -> tuple[float, int]:
    """Return the standard error and the number of clusters.

    With psi_i the influence of observation i on the estimate (for a mean: (y_i - mean) / n), its sums S_c by cluster and C
    clusters, se = sqrt(C / (C - 1) sum_c S_c^2). For a mean of clusters of one size it is
    the standard error of the mean of cluster means. With fewer than two clusters it is not defined: `nan`.

    References
    ----------
    Liang and Zeger 1986, Biometrika 73:13; Cameron and Miller 2015, J Hum Resour 50:317.
    """
    psi = np.asarray(influence, dtype=np.float64)
    _, place = np.unique(np.asarray(clusters), return_inverse=True)
    sums = np.bincount(place, weights=psi)
    count = len(sums)
    if count < 2:
        return float("nan"), count
    return sqrt(count / (count - 1) * float((sums**2).sum())), count


def clustered_interval(
    estimate: float, influence: ArrayLike, clusters: ArrayLike, level: float, *, lost: int = 1
) -> Interval:
    """Return the t interval on C - `lost` degrees of freedom; without ends, and with the reason, where it has none."""
    se, count = clustered_error(influence, clusters)
    if count <= lost:
        reason = f"needs more than {lost} clusters; got {count}"
        return Interval(estimate=estimate, level=level, reason=reason)
    if se <= 1e-13 * float(np.abs(np.asarray(influence)).sum()):
        return Interval(
            estimate=estimate, level=level, reason="clusters do not differ, so there is no error to go by"
        )
    half = float(scipy_stats.t.ppf((1 + level) / 2, count - lost)) * se
    return Interval(
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        level=level,
        method=f"t, errors clustered ({count} clusters)",
    )
