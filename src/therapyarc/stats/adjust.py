"""Length-adjusted effects: the same difference among replies of equal length."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as scipy_stats

from therapyarc.stats.interval import Interval

__all__ = ["length_adjusted_difference"]


def length_adjusted_difference(
    values: ArrayLike, first: ArrayLike, words: ArrayLike, level: float = 0.95
) -> Interval:
    """Difference of two groups of units at equal length: the coefficient of group in value ~ group + log(1 + words).

    Ordinary least squares over units (means of one actor), with HC3 errors and t on n - 3 degrees of freedom.

    Parameters
    ----------
    values
        One mean a unit, shape (n,).
    first
        Whether the unit is on the first side, shape (n,).
    words
        Mean number of words of the unit's replies, shape (n,).

    Returns
    -------
    The difference in the unit of the values. Undefined with fewer than five units, with units on one side only, or
    where length follows group exactly, since then nothing is left to compare.

    References
    ----------
    Long and Ervin 2000, Am Stat 54:217 (HC3).
    """
    y, side = np.asarray(values, dtype=float), np.asarray(first, dtype=float)
    length = np.log1p(np.asarray(words, dtype=float))
    if len(y) < 5 or np.ptp(side) == 0:
        return Interval(estimate=None, level=level, reason="needs five units, and units on both sides")
    design = np.column_stack([np.ones_like(y), side, length - length.mean()])
    if np.linalg.cond(design) > 1e8:
        return Interval(
            estimate=None, level=level, reason="length follows the sides (or does not vary at all)"
        )
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ y
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    if (leverage > 1 - 1e-9).any():
        return Interval(estimate=float(beta[1]), level=level, reason="one unit alone decides the fit")
    scaled = (y - design @ beta) / (1 - leverage)
    covariance = inverse @ (design.T * scaled**2) @ design @ inverse
    half = float(scipy_stats.t.ppf((1 + level) / 2, len(y) - 3) * np.sqrt(covariance[1, 1]))
    estimate = float(beta[1])
    return Interval(
        estimate=estimate, low=estimate - half, high=estimate + half, level=level, method="OLS, HC3"
    )
