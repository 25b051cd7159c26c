"""Length-adjusted effects: the same difference among replies of equal length."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as scipy_stats

from therapyarc.stats.interval import Interval

__all__ = ["length_adjusted_change", "length_adjusted_difference", "values_at_equal_length"]

Floats = NDArray[np.float64]


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
    return _coefficient(y, design, 1, level)


def length_adjusted_change(
    differences: ArrayLike, word_differences: ArrayLike, level: float = 0.95
) -> Interval:
    """Mean paired difference at equal length: the intercept of difference ~ 1 + difference of log(1 + words).

    Ordinary least squares over units, the word difference not centred, so that the intercept is the expected
    difference of two replies of the same length. HC3 errors and t on n - 2 degrees of freedom.

    Parameters
    ----------
    differences
        One paired difference a unit (second less first), shape (n,).
    word_differences
        log(1 + words of the second) - log(1 + words of the first), shape (n,), or its mean over the unit's replies.

    Returns
    -------
    The difference in the unit of the values. Undefined with fewer than four units, or where the word difference is
    the same for all. No interval where one unit alone decides the fit or the fit is exact. Where all word differences
    lie on one side of zero the estimate stands, and the reason says that it extrapolates.

    Raises
    ------
    ValueError
        If the shapes differ or a value is not finite.

    References
    ----------
    Judd, Kenny and McClelland 2001, Psychol Methods 6:115 (paired adjustment); Long and Ervin 2000, Am Stat 54:217
    (HC3).
    """
    y, length = np.asarray(differences, dtype=np.float64), np.asarray(word_differences, dtype=np.float64)
    if y.ndim != 1 or y.shape != length.shape or not (np.isfinite(y).all() and np.isfinite(length).all()):
        raise ValueError(
            "differences and word_differences must be lists of finite numbers of one length; "
            f"got shapes {y.shape} and {length.shape}"
        )
    if len(y) < 4:
        return Interval(estimate=None, level=level, reason=f"needs four units; got {len(y)}")
    if np.ptp(length) <= 1e-8 * max(1.0, float(np.abs(length).max())):
        return Interval(estimate=None, level=level, reason="the word difference is the same for all units")
    result = _coefficient(y, np.column_stack([np.ones_like(y), length]), 0, level)
    if result.reason is None and (length.min() > 0 or length.max() < 0):
        return replace(result, reason="all word differences are on one side of zero, so this extrapolates")
    return result


def values_at_equal_length(values: ArrayLike, groups: ArrayLike, words: ArrayLike) -> Floats:
    """Values as they would be at the mean length of all: value - slopes . (log(1 + words) - its mean over all).

    The slopes are those of least squares, value ~ group + log(1 + words), so they are taken within groups and a
    difference between groups of equal length stays as it is.

    Parameters
    ----------
    values
        One value a session, finite; shape (n,).
    groups
        Number of its group, from 0; shape (n,).
    words
        Words of each side, 0 or more; shape (n, sides).

    Returns
    -------
    Shape (n,). Not a number everywhere with fewer than five values more than there are groups and sides, or where a side's
    length does not vary within any group, or one side's follows the other's exactly.

    Raises
    ------
    ValueError
        If the shapes differ or a value is not finite.
    """
    y, group = np.asarray(values, dtype=float), np.asarray(groups, dtype=np.intp)
    logs = np.log1p(np.asarray(words, dtype=float))
    if y.ndim != 1 or group.shape != y.shape or logs.ndim != 2 or len(logs) != len(y):
        raise ValueError(
            f"values, groups and words must have one entry a session; got shapes {y.shape}, {group.shape} and {logs.shape}"
        )
    if not (np.isfinite(y).all() and np.isfinite(logs).all()):
        raise ValueError("values and words must be finite; leave sessions without a value out")
    members = np.unique(group)
    if len(y) < len(members) + logs.shape[1] + 5:
        return np.full(len(y), np.nan)
    own = (group[:, None] == members).astype(float)
    within = logs - own @ ((own.T @ logs) / own.sum(axis=0)[:, None])
    scale = np.sqrt(np.square(within).mean(axis=0))
    if (scale <= 1e-9).any() or np.linalg.cond(within / scale) > 1e6:
        return np.full(len(y), np.nan)
    slopes = np.linalg.lstsq(within, y - own @ ((own.T @ y) / own.sum(axis=0)), rcond=None)[0]
    return np.asarray(y - (logs - logs.mean(axis=0)) @ slopes, dtype=float)


def _coefficient(y: Floats, design: Floats, place: int, level: float) -> Interval:
    """Return one least-squares coefficient with its HC3 interval."""
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ y
    estimate = float(beta[place])
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    if (leverage > 1 - 1e-9).any():
        return Interval(estimate=estimate, level=level, reason="one unit alone decides the fit")
    residual = y - design @ beta
    if np.abs(residual).max() <= 1e-12 * np.abs(y).max():
        return Interval(
            estimate=estimate, level=level, reason="the fit is exact, so there is no error to go by"
        )
    scaled = residual / (1 - leverage)
    covariance = inverse @ (design.T * scaled**2) @ design @ inverse
    half = float(
        scipy_stats.t.ppf((1 + level) / 2, len(y) - design.shape[1]) * np.sqrt(covariance[place, place])
    )
    return Interval(
        estimate=estimate, low=estimate - half, high=estimate + half, level=level, method="OLS, HC3"
    )
