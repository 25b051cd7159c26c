"""Before and after: paired differences with exact tests, for few units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as scipy_stats

from therapyarc.stats.interval import Interval

__all__ = ["Change", "paired_change"]

ENUMERATE = 18
"""Differences other than zero up to which all sign patterns are enumerated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Paired differences and their tests."""

    n: int
    """Number of pairs."""
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


def _mean(d: np.ndarray, level: float) -> Interval:
    estimate = float(d.mean())
    if len(d) < 2:
        return Interval(estimate=estimate, level=level, reason="one pair has no interval")
    error = float(d.std(ddof=1)) / np.sqrt(len(d))
    if error == 0:
        return Interval(estimate=estimate, level=level, reason="all differences are equal")
    half = float(scipy_stats.t.ppf((1 + level) / 2, len(d) - 1)) * error
    return Interval(estimate=estimate, low=estimate - half, high=estimate + half, level=level, method="t")
