"""Agreement and reliability of raters: always a raw and a chance-corrected figure, each with an interval.

Ratings come as a matrix of shape (targets, raters); `nan` is a missing rating.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as scipy_stats

from therapyarc.stats.bootstrap import cluster_bootstrap
from therapyarc.stats.interval import Interval

__all__ = ["exact_agreement", "icc", "krippendorff_alpha", "over_targets", "weighted_kappa"]

Floats = NDArray[np.float64]
Form = Literal["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]
Level = Literal["nominal", "ordinal", "interval", "ratio"]


def icc(ratings: ArrayLike, form: Form, level: float = 0.95) -> Interval:
    """Intraclass correlation of a complete matrix, in one of the six forms of Shrout and Fleiss.

    1: each target by other raters; 2: the same raters, a random draw; 3: these raters alone. The second place is 1 for
    a single rating, k for the mean of all. 1 is perfect reliability, 0 none; negative values can occur. Targets with
    a missing rating are left out, and the reason counts them.

    Undefined with fewer than two targets or raters, or where all ratings are equal.

    References
    ----------
    Shrout and Fleiss 1979, Psychol Bull 86:420; intervals as in McGraw and Wong 1996, Psychol Methods 1:30.
    """
    every = _matrix(ratings)
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
    low = n * (bms - f_low * ems) / (f_low * spread + n * bms)
    high = n * (f_high * bms - ems) / (spread + n * f_high * bms)
    return float(low), float(high)


def weighted_kappa(
    first: ArrayLike, second: ArrayLike, weights: Literal["unweighted", "linear", "quadratic"] = "quadratic"
) -> float:
    """Cohen's kappa of two raters: 1 - (observed disagreement) / (disagreement expected by chance).

    Disagreement of values a and b is 0 or 1, |a - b|, or (a - b)^2. 1 is full agreement, 0 chance. Pairs with a
    missing rating (`nan`) are left out; `nan` where none is left or chance alone allows no disagreement.

    References
    ----------
    Cohen 1968, Psychol Bull 70:213.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    both = ~(np.isnan(a) | np.isnan(b))
    a, b = a[both], b[both]
    if not len(a):
        return float("nan")

    def disagreement(x: Floats, y: Floats) -> Floats:
        if weights == "unweighted":
            return np.asarray(x != y, dtype=float)
        distance: Floats = np.abs(x - y)
        return np.asarray(distance if weights == "linear" else distance**2)

    expected = float(disagreement(a[:, None], b[None, :]).mean())
    return float("nan") if expected == 0 else 1 - float(disagreement(a, b).mean()) / expected


def exact_agreement(ratings: ArrayLike, within: float = 0.0) -> float:
    """Share of pairs of ratings of the same target that differ by at most `within`; `nan` without a pair."""
    matrix = _matrix(ratings)
    differences = np.abs(matrix[:, :, None] - matrix[:, None, :])[:, *np.triu_indices(matrix.shape[1], 1)]
    known = differences[~np.isnan(differences)]
    return float((known <= within + 1e-12).mean()) if known.size else float("nan")


def krippendorff_alpha(ratings: ArrayLike, level: Level = "interval") -> float:
    """Krippendorff's alpha: 1 - (observed disagreement) / (expected disagreement), any number of raters, gaps allowed.

    1 is full agreement, 0 chance, negative systematic disagreement. Targets with fewer than two ratings do not count.
    `nan` where no target has two ratings or all pairable values are equal.

    References
    ----------
    Krippendorff 2011, "Computing Krippendorff's alpha-reliability".
    """
    matrix = _matrix(ratings)
    matrix = matrix[(~np.isnan(matrix)).sum(axis=1) >= 2]
    values = np.unique(matrix[~np.isnan(matrix)])
    if len(values) < 2:
        return float("nan")
    counts = np.stack([(matrix == value).sum(axis=1) for value in values], axis=1).astype(float)
    per_target = counts.sum(axis=1, keepdims=True)
    coincidence = (counts / (per_target - 1)).T @ counts - np.diag((counts / (per_target - 1)).sum(axis=0))
    totals = coincidence.sum(axis=1)
    distance = _distance(values, totals, level)
    expected = (np.outer(totals, totals) - np.diag(totals)) / (totals.sum() - 1)
    bottom = float((expected * distance).sum())
    return 1 - float((coincidence * distance).sum()) / bottom if bottom > 0 else float("nan")


def _distance(values: Floats, totals: Floats, level: Level) -> Floats:
    a, b = values[:, None], values[None, :]
    if level == "nominal":
        return np.asarray(a != b, dtype=float)
    if level == "interval":
        return np.asarray((a - b) ** 2)
    if level == "ratio":
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.nan_to_num(((a - b) / (a + b)) ** 2))
    middle = np.cumsum(totals) - totals / 2
    return np.asarray((middle[:, None] - middle[None, :]) ** 2)


def over_targets(
    statistic: Callable[[Floats], float], ratings: ArrayLike, *, rng: np.random.Generator, draws: int = 1000
) -> Interval:
    """Interval of an agreement statistic by drawing targets with replacement; see `cluster_bootstrap`."""
    matrix = _matrix(ratings)
    result = cluster_bootstrap(lambda drawn: statistic(matrix[drawn]), len(matrix), rng=rng, draws=draws)
    if result.estimate is None:
        return Interval(
            estimate=None, reason="undefined: no two ratings of one target, or all ratings are equal"
        )
    return result


def _matrix(ratings: ArrayLike) -> Floats:
    matrix = np.asarray(ratings, dtype=np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"ratings must have the shape (targets, raters); got {matrix.shape}")
    return matrix
