"""Before and after: paired differences with exact tests, for few units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as scipy_stats

from therapyarc.stats.interval import Interval

__all__ = ["Change", "clustered_change", "paired_change"]

ENUMERATE = 18
"""Differences other than zero up to which all sign patterns are enumerated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Paired differences and their tests."""

    n: int
    """Number of pairs, or of clusters of pairs."""
    mean: Interval
    """Mean difference with its t interval."""
    p: dict[str, float]
    """Two-sided p by test: `sign` (binomial, zeros left out), `permutation` (all sign patterns of the mean) or
    `monte_carlo_permutation` (drawn patterns, the observed one counted)."""
    smallest_p: float
    """The smallest two-sided permutation p that so many pairs can attain: 2 / 2^n."""
    reason: str | None
    """Why there is no test."""


def paired_change(
    differences: ArrayLike, *, rng: np.random.Generator, draws: int = 20_000, level: float = 0.95
) -> Change:
    """Test whether paired differences are centred at zero.

    The permutation test flips the sign of each difference: exact where every difference is as likely positive as
    negative under the null. All 2^n patterns are gone through up to 18 differences other than zero, else drawn.

    Raises
    ------
    ValueError
        If there is no pair, or a difference is not finite.

    References
    ----------
    Fisher 1935, The Design of Experiments, section 21; Phipson and Smyth 2010 for drawn patterns.
    """
    d = np.asarray(differences, dtype=np.float64)
    if d.ndim != 1 or not d.size or not np.isfinite(d).all():
        raise ValueError(f"differences must be a non-empty list of finite numbers; got {differences!r}")
    mean = _mean(d, level)
    moved = d[d != 0]
    smallest = min(1.0, 2.0 / 2.0 ** len(d))
    if not len(moved):
        return Change(
            n=len(d), mean=mean, p={}, smallest_p=smallest, reason="no difference is other than zero"
        )
    up = int((moved > 0).sum())
    p = {"sign": float(scipy_stats.binomtest(up, len(moved)).pvalue)}
    observed = abs(moved.sum()) - 1e-9 * np.abs(moved).sum()
    if len(moved) <= ENUMERATE:
        sums = np.zeros(1)
        for value in moved:
            sums = np.concatenate([sums + value, sums - value])
        p["permutation"] = float((np.abs(sums) >= observed).mean())
    else:
        signs = rng.integers(0, 2, size=(draws, len(moved))) * 2 - 1
        p["monte_carlo_permutation"] = float((1 + (np.abs(signs @ moved) >= observed).sum()) / (draws + 1))
    return Change(n=len(d), mean=mean, p=p, smallest_p=smallest, reason=None)


def clustered_change(
    differences: ArrayLike,
    clusters: ArrayLike,
    *,
    rng: np.random.Generator,
    draws: int = 20_000,
    level: float = 0.95,
) -> Change:
    """Test whether paired differences are centred at zero when pairs of one cluster (actor, case) are dependent.

    The estimate is the unweighted mean of the cluster means, its interval t on clusters - 1 degrees of freedom, and
    the test flips the sign of whole clusters: exact where the differences of a cluster are jointly as likely as their
    negatives under the null, whatever their dependence. All 2^k patterns of k clusters are gone through up to 18
    clusters whose mean is not zero, else drawn. Every p rests on k: the smallest attainable is 2 / 2^k (.0625 for
    five clusters), and more pairs in a cluster do not lower it.

    Parameters
    ----------
    differences
        One difference a pair, shape (n,).
    clusters
        The cluster of each pair, shape (n,): labels that can be sorted.
    rng, draws, level
        Randomness and number of drawn patterns, where they are drawn; confidence level.

    Returns
    -------
    As `paired_change`, with `n` and `smallest_p` counted in clusters. One cluster has no interval, and no p below 1.

    Raises
    ------
    ValueError
        If there is no pair, a difference is not finite, or the shapes differ.

    References
    ----------
    Fisher 1935, The Design of Experiments, section 21; Gail et al. 1996, Stat Med 15:1069 (clusters flipped whole).

    Examples
    --------
    >>> clustered_change([1, 3, 2, 4], ["a", "a", "b", "c"], rng=np.random.default_rng(0)).smallest_p
    0.25
    """
    d, label = np.asarray(differences, dtype=np.float64), np.asarray(clusters)
    if d.ndim != 1 or not d.size or d.shape != label.shape or not np.isfinite(d).all():
        raise ValueError(
            "differences must be a non-empty list of finite numbers with one cluster each; "
            f"got {differences!r} and clusters {clusters!r}"
        )
    _, place = np.unique(label, return_inverse=True)
    sizes = np.bincount(place)
    means = np.bincount(place, weights=d) / sizes
    # A cluster whose differences cancel is zero and not its rounding error, which has a sign.
    means[np.abs(means) <= 1e-12 * np.bincount(place, weights=np.abs(d)) / sizes] = 0.0
    return paired_change(means, rng=rng, draws=draws, level=level)


def _mean(d: np.ndarray, level: float) -> Interval:
    estimate = float(d.mean())
    if len(d) < 2:
        return Interval(estimate=estimate, level=level, reason="one pair has no interval")
    error = float(d.std(ddof=1)) / np.sqrt(len(d))
    if error == 0:
        return Interval(estimate=estimate, level=level, reason="all differences are equal")
    half = float(scipy_stats.t.ppf((1 + level) / 2, len(d) - 1)) * error
    return Interval(estimate=estimate, low=estimate - half, high=estimate + half, level=level, method="t")
