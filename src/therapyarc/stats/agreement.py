"""Agreement of raters: always a raw and a chance-corrected figure, each with an interval.

Ratings come as a matrix of shape (targets, raters); `nan` is a missing rating.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from therapyarc.stats.bootstrap import cluster_bootstrap
from therapyarc.stats.interval import Interval
from therapyarc.stats.ratings import rating_matrix

__all__ = ["exact_agreement", "gwet_ac", "krippendorff_alpha", "over_targets", "weighted_kappa"]

Floats = NDArray[np.float64]
Weights = Literal["unweighted", "linear", "quadratic", "ordinal"]
Level = Literal["nominal", "ordinal", "interval", "ratio"]


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

    (values_a, counts_a), (values_b, counts_b) = (np.unique(x, return_counts=True) for x in (a, b))
    apart = disagreement(values_a[:, None], values_b[None, :])
    expected = float(counts_a @ apart @ counts_b) / len(a) ** 2
    return float("nan") if expected == 0 else 1 - float(disagreement(a, b).mean()) / expected


def exact_agreement(ratings: ArrayLike, within: float = 0.0) -> float:
    """Share of pairs of ratings of the same target that differ by at most `within`; `nan` without a pair."""
    matrix = rating_matrix(ratings)
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
    matrix = rating_matrix(ratings)
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


def gwet_ac(ratings: ArrayLike, weights: Weights = "unweighted", values: ArrayLike | None = None) -> float:
    """Gwet's AC1 (unweighted) or AC2: (pa - pe) / (1 - pe), any number of raters, gaps allowed.

    With r_ik the raters who gave target i the value k, r_i their sum, w_kl the weights and q the number of values:
    pa is the mean over targets with two ratings or more of sum_k r_ik (sum_l w_kl r_il - 1) / (r_i (r_i - 1)); pi_k the
    mean over all rated targets of r_ik / r_i; pe = sum_kl w_kl / (q (q - 1)) * sum_k pi_k (1 - pi_k). Weights are 1
    on the diagonal; off it 0 (`unweighted`), 1 - |k - l| / range (`linear`), 1 - ((k - l) / range)^2 (`quadratic`), or
    1 - C(d + 1, 2) / C(q, 2) for values d ranks apart (`ordinal`). 1 is full agreement, 0 chance. Unlike kappa and
    alpha it does not fall to zero where nearly all ratings have one value, and it is often far above them.

    Parameters
    ----------
    ratings
        Shape (targets, raters), `nan` where missing.
    weights
        How much nearly equal ratings agree.
    values
        All values that the scale has. Without them the values observed are taken, and the figure depends on whether a
        rare value happens to occur: give them, above all where targets are resampled.

    Returns
    -------
    `nan` where no target has two ratings or there are fewer than two values.

    Raises
    ------
    ValueError
        If a rating is none of `values`.

    References
    ----------
    Gwet 2008, Br J Math Stat Psychol 61:29 (AC1); Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed. (AC2, gaps).

    Examples
    --------
    >>> gwet_ac([[1, 1], [2, 2], [1, 2], [2, 1]])
    0.0
    """
    matrix = rating_matrix(ratings)
    seen = np.unique(matrix[~np.isnan(matrix)])
    scale = seen if values is None else np.unique(np.asarray(values, dtype=np.float64))
    if not np.isin(seen, scale).all():
        raise ValueError(f"ratings must be among the values {scale.tolist()}; got {seen.tolist()}")
    counts = np.stack([(matrix == value).sum(axis=1) for value in scale], axis=1) if len(scale) else None
    if counts is None or len(scale) < 2 or not (counts.sum(axis=1) >= 2).any():
        return float("nan")
    weight = _agreement_weights(scale, weights)
    per_target = counts.sum(axis=1)
    pairs = counts[per_target >= 2]
    raters = pairs.sum(axis=1)
    observed = float(((pairs * (pairs @ weight - 1)).sum(axis=1) / (raters * (raters - 1))).mean())
    share = (counts[per_target > 0] / per_target[per_target > 0, None]).mean(axis=0)
    q = len(scale)
    expected = float(weight.sum() / (q * (q - 1)) * (share * (1 - share)).sum())
    return (observed - expected) / (1 - expected) if expected < 1 else float("nan")


def _agreement_weights(values: Floats, weights: Weights) -> Floats:
    q = len(values)
    if weights == "unweighted":
        return np.eye(q)
    if weights == "ordinal":
        apart = np.abs(np.arange(q)[:, None] - np.arange(q)[None, :])
        return np.asarray(1 - (apart + 1) * apart / (q * (q - 1)), dtype=np.float64)
    apart = np.abs(values[:, None] - values[None, :]) / (values[-1] - values[0])
    return np.asarray(1 - (apart if weights == "linear" else apart**2))


def over_targets(
    statistic: Callable[[Floats], float], ratings: ArrayLike, *, rng: np.random.Generator, draws: int = 1000
) -> Interval:
    """Interval of an agreement statistic by drawing targets with replacement; see `cluster_bootstrap`."""
    matrix = rating_matrix(ratings)
    result = cluster_bootstrap(lambda drawn: statistic(matrix[drawn]), len(matrix), rng=rng, draws=draws)
    if result.estimate is None:
        return Interval(
            estimate=None, reason="undefined: no two ratings of one target, or all ratings are equal"
        )
    return result
