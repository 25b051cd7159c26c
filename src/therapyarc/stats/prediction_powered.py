"""Many machine ratings and few human ones: means that are valid whatever the machine is worth, at the cluster level."""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as scipy_stats

from therapyarc.stats.bootstrap import cluster_bootstrap
from therapyarc.stats.influence import clustered_error
from therapyarc.stats.interval import Interval

__all__ = [
    "PredictionPowered",
    "design_based_mean",
    "prediction_powered_change",
    "prediction_powered_difference",
    "prediction_powered_mean",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionPowered:
    """An estimate from labels and predictions."""

    interval: Interval
    """The estimate with both."""
    labels_alone: Interval
    """From the labelled items alone, errors clustered likewise."""
    power: float
    """lambda, how much the predictions are made to count: 0 not at all, 1 in full."""
    labelled: int
    """Items with a label."""
    items: int
    """All items."""
    clusters: int
    """Clusters with a label, on which the degrees of freedom rest."""
    imbalance: float | None
    """t of the difference of predictions between labelled items and all: beyond about 3 in size the labels are hardly a
    random draw. None where predictions do not differ."""


def prediction_powered_mean(
    labels: ArrayLike,
    predictions: ArrayLike,
    clusters: ArrayLike,
    *,
    power: float | None = None,
    rng: np.random.Generator | None = None,
    draws: int = 2000,
    level: float = 0.95,
) -> PredictionPowered:
    """Mean over all items of what the labels would be, from the labels of some and predictions of all.

        estimate = mean of labels + lambda (mean of predictions over all - mean of predictions over the labelled)

    Valid for any predictions where the labelled items are a random draw (of items or of whole clusters, alike). Its error is
    summed by cluster (actor, case): ratings of one cluster resemble one another, and an interval over items is then far too
    short. lambda is the value that makes this error least, within 0 to 1 (power tuning), so that useless predictions are not
    used; where its own noise matters give it.

    Parameters
    ----------
    labels
        Human label of each item, NaN where there is none, shape (items,).
    predictions
        Machine's rating of each item, all known.
    clusters
        Cluster of each item.
    power
        lambda, if given.
    rng, draws
        If given, the interval is that of a bootstrap of whole clusters, lambda found anew in each draw; without it t on
        labelled clusters less 1, less 1 more where lambda is tuned above 0, and less 1 more for a difference between sides
        that share no cluster; the variance is enlarged by clusters / these degrees of freedom.
    level
        Confidence level.

    Returns
    -------
    Without ends where no degree of freedom is left.

    Raises
    ------
    ValueError
        If shapes differ, no label is there, a prediction is missing, or lambda lies outside 0 to 1.

    References
    ----------
    Angelopoulos et al. 2023, Science 382:669; Angelopoulos, Duchi and Zrnic 2023, arXiv:2311.01453 (power tuning).
    """
    y, f, c = _checked(labels, predictions, clusters, power)
    return _estimate(y, f, c, np.ones(len(y), dtype=np.intp), power, rng, draws, level)


def prediction_powered_difference(
    labels: ArrayLike,
    predictions: ArrayLike,
    clusters: ArrayLike,
    second: ArrayLike,
    *,
    power: float | None = None,
    rng: np.random.Generator | None = None,
    draws: int = 2000,
    level: float = 0.95,
) -> PredictionPowered:
    """Mean of the items of the second side less that of the first, each as in `prediction_powered_mean`, with one lambda.

    A cluster may hold items of both sides (the same cases); the error then uses that it does.

    Parameters
    ----------
    second
        Whether each item is of the second side.
    labels, predictions, clusters, power, rng, draws, level
        As in `prediction_powered_mean`.

    Raises
    ------
    ValueError
        As there, or if a side has no label.
    """
    y, f, c = _checked(labels, predictions, clusters, power)
    side = np.asarray(second).astype(np.intp)
    if side.shape != y.shape or not np.isin(side, (0, 1)).all():
        raise ValueError(f"needs a side, 0 or 1, of each item; got shape {side.shape}")
    sign = 2 * side - 1
    if any(np.isnan(y[sign == s]).all() for s in (-1, 1)):
        raise ValueError("each side needs a label")
    return _estimate(y, f, c, sign, power, rng, draws, level)


def prediction_powered_change(
    labels: ArrayLike,
    predictions: ArrayLike,
    clusters: ArrayLike,
    second: ArrayLike,
    later: ArrayLike,
    *,
    power: float | None = None,
    level: float = 0.95,
) -> PredictionPowered:
    """Difference of the second side from the first among later items, less that among earlier ones, with one lambda.

    Each of the four means is as in `prediction_powered_mean`. A cluster (actor) may hold earlier and later items; the error
    then uses that it does.

    Parameters
    ----------
    second, later
        Whether each item is of the second side, and whether it is a later one.
    labels, predictions, clusters, power, level
        As in `prediction_powered_mean`.

    Raises
    ------
    ValueError
        As there, or if one of the four has no label.
    """
    y, f, c = _checked(labels, predictions, clusters, power)
    side, half = (np.asarray(one).astype(np.intp) for one in (second, later))
    if side.shape != y.shape or half.shape != y.shape or not np.isin([side, half], (0, 1)).all():
        raise ValueError(f"needs a side and a half, 0 or 1, of each item; got {side.shape} and {half.shape}")
    cell = (2 * side - 1) * (2 * half - 1) * (1 + half)
    if any(np.isnan(y[cell == one]).all() for one in (-2, -1, 1, 2)):
        raise ValueError("each side needs a label in each half")
    return _estimate(y, f, c, cell, power, None, 0, level)


def design_based_mean(
    labels: ArrayLike,
    inclusion: ArrayLike,
    predictions: ArrayLike | None = None,
    *,
    strata: ArrayLike | None = None,
    level: float = 0.95,
) -> Interval:
    """Mean of a finite list of units of which some were drawn with known probabilities.

    Horvitz and Thompson: (1/N) sum over drawn of y / pi. With predictions the difference estimator:
    (1/N) (sum over all of f + sum over drawn of (y - f) / pi). No model is assumed; what is random is the draw alone.
    The variance is Hajek's for draws of fixed size n within each stratum, e = y or y - f, B the (1 - pi)-weighted mean of
    e / pi: n / (n - 1) sum (1 - pi) (e / pi - B)^2 / N^2. For a simple random draw it is (1 - n/N) s^2 / n exactly. The
    interval is t on drawn units - strata degrees of freedom. Units are what was drawn: of drawn clusters, their totals.

    Parameters
    ----------
    labels
        Value of each drawn unit, NaN where it was not drawn, shape (N,).
    inclusion
        pi, the probability of each unit to be drawn, in (0, 1].
    predictions
        f of all units.
    strata
        Within which draws of fixed size were made; one where none is given.
    level
        Confidence level.

    Returns
    -------
    Without ends where a stratum has fewer than two drawn units of uncertain inclusion.

    Raises
    ------
    ValueError
        If shapes differ, no unit is drawn, pi lies outside (0, 1], or a prediction is missing.

    References
    ----------
    Horvitz and Thompson 1952, J Am Stat Assoc 47:663; Saerndal, Swensson and Wretman 1992, Model Assisted Survey Sampling,
    chapters 2 and 6; Hajek 1964, Ann Math Stat 35:1491.

    Examples
    --------
    >>> round(design_based_mean([2.0, float("nan"), 4.0, float("nan")], [0.5] * 4).estimate, 3)
    3.0
    """
    y, pi = np.asarray(labels, dtype=np.float64), np.asarray(inclusion, dtype=np.float64)
    f = np.zeros_like(y) if predictions is None else np.asarray(predictions, dtype=np.float64)
    stratum = np.zeros(len(y), dtype=np.intp) if strata is None else np.asarray(strata)
    if y.ndim != 1 or not y.shape == pi.shape == f.shape == stratum.shape or np.isnan(y).all():
        raise ValueError(
            "needs labels (some of them drawn), inclusion probabilities, predictions and strata of one length; "
            f"got {y.shape}, {pi.shape}, {f.shape} and {stratum.shape}"
        )
    if not ((pi > 0) & (pi <= 1)).all() or not np.isfinite(f).all():
        raise ValueError("inclusion probabilities must lie in (0, 1] and predictions be finite")
    drawn = ~np.isnan(y)
    n, total = int(drawn.sum()), len(y)
    e = ((y - f) / pi)[drawn]
    estimate = float((f.sum() + e.sum()) / total)
    _, place = np.unique(stratum[drawn], return_inverse=True)
    open_, variance = 1 - pi[drawn], 0.0
    for s in range(int(place.max()) + 1):
        rest, values = open_[place == s], e[place == s]
        if not rest.any():
            continue
        if len(values) < 2:
            return Interval(
                estimate=estimate, level=level, reason="a stratum has one drawn unit, so no variance"
            )
        middle = float((rest * values).sum() / rest.sum())
        variance += len(values) / (len(values) - 1) * float((rest * (values - middle) ** 2).sum())
    if variance == 0:
        return Interval(
            estimate=estimate, level=level, reason="nothing is uncertain: all were drawn, or all are equal"
        )
    df = max(1, n - int(place.max()) - 1)
    half = float(scipy_stats.t.ppf((1 + level) / 2, df)) * sqrt(variance) / total
    method = "Horvitz-Thompson" if predictions is None else "difference estimator"
    return Interval(
        estimate=estimate, low=estimate - half, high=estimate + half, level=level, method=f"{method}, t"
    )


def _checked(
    labels: ArrayLike, predictions: ArrayLike, clusters: ArrayLike, power: float | None
) -> tuple[Floats, Floats, Integers]:
    y, f = np.asarray(labels, dtype=np.float64), np.asarray(predictions, dtype=np.float64)
    c = np.asarray(clusters)
    if y.ndim != 1 or not y.shape == f.shape == c.shape or np.isnan(y).all() or np.isinf(y).any():
        raise ValueError(
            "needs labels (some known), predictions and clusters of one length; "
            f"got {y.shape}, {f.shape} and {c.shape}"
        )
    if not np.isfinite(f).all():
        raise ValueError("every item needs a prediction; leave out items that the machine could not rate")
    if power is not None and not 0 <= power <= 1:
        raise ValueError(f"power must lie between 0 and 1; got {power}")
    return y, f, np.unique(c, return_inverse=True)[1].astype(np.intp)


def _parts(y: Floats, f: Floats, sign: Integers) -> tuple[float, float, Floats, Floats] | None:
    """Return the labels' estimate a, what a unit of lambda adds b, and the influence of each item on a and on b.

    Items with one value of `sign` form a mean, which counts with the value's sign.
    """
    known = ~np.isnan(y)
    a = b = 0.0
    on_a, on_b = np.zeros(len(y)), np.zeros(len(y))
    for s in np.unique(sign):
        side = sign == s
        mine = side & known
        if not mine.any():
            return None
        n, total = int(mine.sum()), int(side.sum())
        w = float(np.sign(s))
        a += w * float(y[mine].mean())
        b += w * float(f[side].mean() - f[mine].mean())
        on_a[mine] = w * (y[mine] - y[mine].mean()) / n
        on_b[side] = w * (f[side] - f[side].mean()) / total
        on_b[mine] -= w * (f[mine] - f[mine].mean()) / n
    return a, b, on_a, on_b


def _tuned(on_a: Floats, on_b: Floats, c: Integers, scale: float) -> float:
    """Return the lambda with least clustered error, within 0 to 1."""
    by_a, by_b = np.bincount(c, weights=on_a), np.bincount(c, weights=on_b)
    square = float(by_b @ by_b)
    if square <= 1e-26 * scale**2:  # what is left of rounding is no spread
        return 0.0
    return min(1.0, max(0.0, -float(by_a @ by_b) / square))


def _estimate(
    y: Floats,
    f: Floats,
    c: Integers,
    sign: Integers,
    power: float | None,
    rng: np.random.Generator | None,
    draws: int,
    level: float,
) -> PredictionPowered:
    parts = _parts(y, f, sign)
    if parts is None:
        raise ValueError("each side needs a label")
    a, b, on_a, on_b = parts
    weight = _tuned(on_a, on_b, c, float(np.abs(f).max())) if power is None else power
    known = ~np.isnan(y)
    clusters = len(np.unique(c[known]))
    # a mean for each side whose clusters are its own, and a tuned lambda, cost a degree of freedom each
    means = _apart(c, sign)
    alone = _interval(a, on_a, c, clusters, means, level)
    lost = means + (power is None and weight > 0)
    both = _interval(a + weight * b, on_a + weight * on_b, c, clusters, lost, level)
    if rng is not None and clusters > 1:
        both = _bootstrapped(y, f, c, sign, power, rng, draws, level)
    error, _ = clustered_error(on_b, c)
    imbalance = b / error if error > 1e-12 * float(np.abs(f).max()) else None
    if imbalance is not None and abs(imbalance) > 3:
        told = "predictions of the labelled items differ from the others' beyond chance: were the labels a random draw?"
        both = replace(both, reason=told if both.reason is None else f"{both.reason}; {told}")
    return PredictionPowered(
        interval=both,
        labels_alone=alone,
        power=weight,
        labelled=int(known.sum()),
        items=len(y),
        clusters=clusters,
        imbalance=imbalance,
    )


def _apart(c: Integers, cell: Integers) -> int:
    """Count the sets of means that share no cluster."""
    groups = [set(c[cell == one].tolist()) for one in np.unique(cell)]
    apart: list[set[int]] = []
    for group in groups:
        joined = [one for one in apart if one & group]
        apart = [one for one in apart if not one & group] + [group.union(*joined)]
    return len(apart)


def _interval(
    estimate: float, influence: Floats, c: Integers, clusters: int, lost: int, level: float
) -> Interval:
    if clusters <= lost:
        reason = f"needs more than {lost} clusters with a label; got {clusters}"
        return Interval(estimate=estimate, level=level, reason=reason)
    sums = np.bincount(c, weights=influence)
    se = sqrt(clusters / (clusters - lost) * float(sums @ sums))
    half = float(scipy_stats.t.ppf((1 + level) / 2, clusters - lost)) * se
    return Interval(
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        level=level,
        method=f"t, errors clustered ({clusters} labelled clusters)",
    )


def _bootstrapped(
    y: Floats,
    f: Floats,
    c: Integers,
    sign: Integers,
    power: float | None,
    rng: np.random.Generator,
    draws: int,
    level: float,
) -> Interval:
    order = np.argsort(c, kind="stable")
    scale = float(np.abs(f).max())
    members = np.split(order, np.cumsum(np.bincount(c))[:-1])

    def statistic(drawn: Integers) -> float:
        items = np.concatenate([members[int(i)] for i in drawn])
        label = np.repeat(np.arange(len(drawn)), [len(members[int(i)]) for i in drawn])
        if len(np.unique(sign[items])) < len(np.unique(sign)):
            return float("nan")
        parts = _parts(y[items], f[items], sign[items])
        if parts is None:
            return float("nan")
        a, b, on_a, on_b = parts
        return a + (_tuned(on_a, on_b, label, scale) if power is None else power) * b

    return cluster_bootstrap(statistic, len(members), rng=rng, draws=draws, level=level)
