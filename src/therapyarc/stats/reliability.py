"""Reliability of a complete matrix of ratings: the intraclass correlations, from mean squares.

With missing ratings see `components`.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as scipy_stats

from therapyarc.stats.interval import Interval
from therapyarc.stats.ratings import rating_matrix

__all__ = ["icc"]

Form = Literal["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]


def icc(ratings: ArrayLike, form: Form, level: float = 0.95) -> Interval:
    """Intraclass correlation of a complete matrix, in one of the six forms of Shrout and Fleiss.

    1: each target by other raters; 2: the same raters, a random draw; 3: these raters alone. The second place is 1 for
    a single rating, k for the mean of all. 1 is perfect reliability, 0 none; negative values can occur. Targets with
    a missing rating are left out, and the reason counts them; `variance_components` uses them.

    Undefined with fewer than two targets or raters, or where all ratings are equal.

    References
    ----------
    Shrout and Fleiss 1979, Psychol Bull 86:420; intervals as in McGraw and Wong 1996, Psychol Methods 1:30.
    """
    every = rating_matrix(ratings)
    matrix = every[~np.isnan(every).any(axis=1)]
    lost = len(every) - len(matrix)
    note = f"{lost} targets with a missing rating are left out" if lost else None
    n, k = matrix.shape
    if n < 2 or k < 2:
        return Interval(
            estimate=None, level=level, reason=f"needs two targets and two raters; got {n} and {k}"
        )
    if np.ptp(matrix) == 0:
        return Interval(
            estimate=None, level=level, reason="all ratings are equal, so nothing can be told apart"
        )
    grand = matrix.mean()
    ss_rows = k * float(((matrix.mean(axis=1) - grand) ** 2).sum())
    ss_columns = n * float(((matrix.mean(axis=0) - grand) ** 2).sum())
    ss_total = float(((matrix - grand) ** 2).sum())
    bms = ss_rows / (n - 1)
    wms = (ss_total - ss_rows) / (n * (k - 1))
    jms = ss_columns / (k - 1)
    ems = max(0.0, ss_total - ss_rows - ss_columns) / ((n - 1) * (k - 1))
    kind, single = form[0], form.endswith(",1")
    estimate = _icc_estimate(kind, single, n, k, bms, wms, jms, ems)
    low, high = _icc_interval(kind, n, k, bms, wms, jms, ems, level)
    if not single and low is not None and high is not None:
        low, high = (k * end / (1 + (k - 1) * end) if 1 + (k - 1) * end > 0 else None for end in (low, high))
    return Interval(estimate=estimate, low=low, high=high, level=level, method=f"F, ICC({form})", reason=note)


def _icc_estimate(
    kind: str, single: bool, n: int, k: int, bms: float, wms: float, jms: float, ems: float
) -> float | None:
    extra = k - 1 if single else 0
    if kind == "1":
        top, bottom = bms - wms, bms + extra * wms
    elif kind == "2":
        top, bottom = bms - ems, bms + extra * ems + (k if single else 1) * (jms - ems) / n
    else:
        top, bottom = bms - ems, bms + extra * ems
    return top / bottom if bottom > 0 else None


def _icc_interval(
    kind: str, n: int, k: int, bms: float, wms: float, jms: float, ems: float, level: float
) -> tuple[float | None, float | None]:
    """Return the interval of the single-rating form."""
    tail = (1 + level) / 2
    error, df_error = (wms, n * (k - 1)) if kind == "1" else (ems, (n - 1) * (k - 1))
    if error == 0:
        return None, None
    if kind != "2":
        ratio = bms / error
        low = ratio / scipy_stats.f.ppf(tail, n - 1, df_error)
        high = ratio * scipy_stats.f.ppf(tail, df_error, n - 1)
        return float((low - 1) / (low + k - 1)), float((high - 1) / (high + k - 1))
    rho = _icc_estimate("2", True, n, k, bms, wms, jms, ems) or 0.0
    a = k * rho / (n * (1 - rho)) if rho < 1 else 0.0
    b = 1 + k * rho * (n - 1) / (n * (1 - rho)) if rho < 1 else 1.0
    bottom = (a * jms) ** 2 / (k - 1) + (b * ems) ** 2 / ((n - 1) * (k - 1))
    v = max(1.0, (a * jms + b * ems) ** 2 / bottom) if bottom > 0 else 1.0
    f_low, f_high = scipy_stats.f.ppf(tail, n - 1, v), scipy_stats.f.ppf(tail, v, n - 1)
    spread = k * jms + (k * n - k - n) * ems
    if spread <= 0 and bms <= 0:
        return None, None  # two targets by two raters, all means equal: there is nothing to divide by
    low = n * (bms - f_low * ems) / (f_low * spread + n * bms)
    high = n * (f_high * bms - ems) / (spread + n * f_high * bms)
    return float(low), float(high)
