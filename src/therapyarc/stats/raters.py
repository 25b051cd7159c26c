"""Faults of raters: halo, length, position, leniency, preference for their own kind, and knowing what is masked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as scipy_stats

from therapyarc.stats.bootstrap import cluster_bootstrap
from therapyarc.stats.influence import clustered_interval
from therapyarc.stats.interval import Interval
from therapyarc.stats.ratings import rating_matrix

__all__ = [
    "Halo",
    "bang_index",
    "halo",
    "james_index",
    "length_effect",
    "leniency",
    "position_effect",
    "self_preference",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Halo:
    """How far a rater's dimensions go together, beside how far they do between raters."""

    within: Interval
    """Mean correlation of two dimensions of one rater."""
    between: Interval
    """Mean correlation of two dimensions of two raters: what the targets themselves bring about."""
    excess: Interval
    """Within less between: 0 without halo."""


def halo(ratings: ArrayLike, *, rng: np.random.Generator, draws: int = 1000, level: float = 0.95) -> Halo:
    """Mean correlation over targets of different dimensions, within raters and between raters.

    One rater's ratings of several dimensions of one target share that rater's impression of it; two raters' do not. The
    interval draws targets with replacement. Pairs of ratings with a gap, or that do not vary, are left out.

    Parameters
    ----------
    ratings
        Shape (raters, targets, dimensions), NaN where missing; two or more of each, and targets that differ.
    rng, draws, level
        Randomness; bootstrap draws; confidence level.

    Raises
    ------
    ValueError
        If `ratings` has another shape.

    References
    ----------
    Thorndike 1920, J Appl Psychol 4:25; Campbell and Fiske 1959, Psychol Bull 56:81 (one method and several).
    """
    x = np.asarray(ratings, dtype=np.float64)
    if x.ndim != 3 or min(x.shape) < 2:
        raise ValueError(f"ratings must be (raters, targets, dimensions), two or more of each; got {x.shape}")
    raters, targets, dimensions = x.shape
    flat = x.transpose(1, 0, 2).reshape(targets, raters * dimensions)
    rater, dimension = np.divmod(np.arange(raters * dimensions), dimensions)
    other = dimension[:, None] != dimension
    same = rater[:, None] == rater

    def means(drawn: Integers) -> tuple[float, float]:
        r = _correlations(flat[drawn])
        return _mean(r[other & same]), _mean(r[other & ~same])

    # the three come from the same draws
    seed = int(rng.integers(2**63))

    def interval(which: int) -> Interval:
        def statistic(drawn: Integers) -> float:
            within, between = means(drawn)
            return (within, between, within - between)[which]

        return cluster_bootstrap(
            statistic, targets, rng=np.random.default_rng(seed), draws=draws, level=level
        )

    return Halo(within=interval(0), between=interval(1), excess=interval(2))


def length_effect(
    ratings: ArrayLike, words: ArrayLike, items: ArrayLike, clusters: ArrayLike, level: float = 0.95
) -> Interval:
    """Change of the rating for a reply twice as long, among replies to the same item.

    Slope of the rating on log2(words) with a mean of its own for each item. It is an effect of length on the rater only
    where longer replies are not better ones: compare raters, of whom people are one, on the same replies.

    Parameters
    ----------
    ratings, words
        One rating of one rater, and the words of what was rated, above 0, shape (ratings,).
    items
        What the reply answers; replies to different items are not compared.
    clusters
        What varies independently (actor, or item).
    level
        Of the t interval with errors clustered.

    Returns
    -------
    Undefined where words do not vary within items.

    Raises
    ------
    ValueError
        If shapes differ or a value is not finite, or words are not above 0.

    References
    ----------
    Dubois et al. 2024, arXiv:2404.04475 (length and judging models).
    """
    length = np.asarray(words, dtype=np.float64)
    if not (length > 0).all():
        raise ValueError("words must be above 0; leave out empty replies")
    return _within_slope(ratings, np.log2(length), items, clusters, level)


def position_effect(
    ratings: ArrayLike, positions: ArrayLike, targets: ArrayLike, clusters: ArrayLike, level: float = 0.95
) -> Interval:
    """Change of the rating for one place later in the order of presentation, for the same target.

    Slope of the rating on position with a mean of its own for each target, which must have been shown at several places.
    For choices between two, give 1 for chosen and 0 for not, and the pair's target at both places: the slope is then the
    share of choices of the second place less that of the first.

    Parameters
    ----------
    ratings, positions, targets, clusters, level
        As in `length_effect`, with the place, from 0, for the words and the target for the item.

    References
    ----------
    Wang et al. 2024, ACL, "Large language models are not fair evaluators".
    """
    return _within_slope(ratings, np.asarray(positions, dtype=np.float64), targets, clusters, level)


def leniency(
    ratings: ArrayLike, *, rng: np.random.Generator, draws: int = 1000, level: float = 0.95
) -> tuple[Interval, ...]:
    """How much higher than the panel each rater rates the same targets, in units of the rating.

    Rater effects of the least squares fit rating_tr = target_t + rater_r, which sum to 0: who met better targets is not
    called lenient. The interval draws targets with replacement, the panel is as it is.

    Parameters
    ----------
    ratings
        Shape (targets, raters), NaN where missing.
    rng, draws, level
        As in `halo`.

    Returns
    -------
    One interval a rater; undefined for all where gaps leave raters unconnected.

    References
    ----------
    Myford and Wolfe 2003, J Appl Meas 4:386.
    """
    y = rating_matrix(ratings)
    known = ~np.isnan(y)
    m = known.astype(np.float64)
    count = np.maximum(m.sum(axis=1), 1)
    mean = np.where(known, y, 0.0).sum(axis=1) / count
    left = np.where(known, y - mean[:, None], 0.0)
    raters = y.shape[1]
    normal = np.einsum("tr,rs->trs", m, np.eye(raters)) - m[:, :, None] * m[:, None, :] / count[:, None, None]

    def effect(drawn: Integers, rater: int) -> float:
        matrix = normal[drawn].sum(axis=0)
        if np.linalg.matrix_rank(matrix, tol=1e-9 * len(drawn)) < raters - 1:
            return float("nan")
        found = np.linalg.pinv(matrix, rcond=1e-10, hermitian=True) @ left[drawn].sum(axis=0)
        return float(found[rater] - found.mean())

    seed = int(rng.integers(2**63))  # the same draws for every rater

    def interval(rater: int) -> Interval:
        return cluster_bootstrap(
            lambda drawn: effect(drawn, rater),
            len(y),
            rng=np.random.default_rng(seed),
            draws=draws,
            level=level,
        )

    return tuple(interval(rater) for rater in range(raters))


def self_preference(
    ratings: ArrayLike,
    rater_families: Sequence[str],
    target_families: Sequence[str],
    family: str,
    *,
    clusters: ArrayLike,
    level: float = 0.95,
) -> Interval:
    """How much more raters of a family favour targets of it than the other raters do.

    With g_t the mean rating of the family's raters less that of the others for target t: mean of g over the family's targets
    less mean of g over the rest. Severity of raters and quality of targets cancel; without preference it is 0.
    A difference in what the families value, which is no preference for kin, is in it too.

    Parameters
    ----------
    ratings
        Shape (targets, raters); targets with a gap are left out and counted in the reason.
    rater_families, target_families
        Family of each rater and target; people are a family of their own.
    family
        Which one.
    clusters
        What varies independently (actor), a label a target.
    level
        Of the t interval with errors clustered.

    Returns
    -------
    Undefined where one of the four cells is empty.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    References
    ----------
    Panickssery, Bowman and Feng 2024, NeurIPS, "LLM evaluators recognize and favor their own generations".
    """
    y, cluster = rating_matrix(ratings), np.asarray(clusters)
    own_rater = np.array([name == family for name in rater_families], dtype=bool)
    own = np.array([name == family for name in target_families], dtype=bool)
    if y.shape != (len(own), len(own_rater)) or cluster.shape != own.shape:
        raise ValueError(
            f"ratings {y.shape} need {y.shape[0]} target families and clusters and {y.shape[1]} rater families; "
            f"got {len(own)}, {len(cluster)} and {len(own_rater)}"
        )
    kept = ~np.isnan(y).any(axis=1)
    y, own, cluster = y[kept], own[kept], cluster[kept]
    if not (own.any() and (~own).any() and own_rater.any() and (~own_rater).any()):
        reason = f"needs raters and targets of {family} and others, rated without gaps"
        return Interval(estimate=None, level=level, reason=reason)
    g = y[:, own_rater].mean(axis=1) - y[:, ~own_rater].mean(axis=1)
    means = g[~own].mean(), g[own].mean()
    influence = np.where(own, (g - means[1]) / own.sum(), -(g - means[0]) / (~own).sum())
    # two means were taken off
    found = clustered_interval(float(means[1] - means[0]), influence, cluster, level, lost=2)
    lost = int((~kept).sum())
    if not lost:
        return found
    told = f"{lost} targets with a missing rating are left out"
    return replace(found, reason=told if found.reason is None else f"{found.reason}; {told}")


def bang_index(correct: int, wrong: int, unknown: int = 0, level: float = 0.95) -> Interval:
    """Bang's index of one arm: share who guess their arm rightly less share who guess wrongly.

    From -1 (all believe the opposite) through 0 (guesses as by chance) to 1 (all know). "Do not know" counts in the whole.
    se^2 = (p_r (1 - p_r) + p_w (1 - p_w) + 2 p_r p_w) / n. Give it for each arm, since two arms can be unmasked in
    ways that cancel. Undefined without answers; no ends where all answers are alike.

    Raises
    ------
    ValueError
        If a count is below 0.

    References
    ----------
    Bang, Ni and Davis 2004, Control Clin Trials 25:143.

    Examples
    --------
    >>> round(bang_index(82, 25, 170).estimate, 3)
    0.206
    """
    if min(correct, wrong, unknown) < 0:
        raise ValueError(f"counts must be 0 or more; got {correct}, {wrong} and {unknown}")
    n = correct + wrong + unknown
    if not n:
        return Interval(estimate=None, level=level, reason="nobody answered")
    right, amiss = correct / n, wrong / n
    variance = (right * (1 - right) + amiss * (1 - amiss) + 2 * right * amiss) / n
    return _normal(right - amiss, variance, level, "Bang, normal")


def james_index(guesses: ArrayLike, level: float = 0.95) -> Interval:
    """James's index over both arms: from 0 (all know) through .5 (guesses as by chance) to 1 (all say they do not know).

    With P the shares of the table, A = 1 - share of "do not know", W the share of wrong guesses, R_i the share of guesses of
    arm i, q_j the share of guessers in arm j and D = R_1 q_2 + R_2 q_1: index = 1 - A + A^2 W / (2 D), the form that
    1 + P_DK + (1 - P_DK) K_D, halved, takes with weights 0, .5 and 1 for right, wrong and "do not know". The error is that
    of the delta method over the six multinomial cells. Undefined where all guesses name one arm of one arm's people.

    Parameters
    ----------
    guesses
        Counts, shape (3, 2): guessed arm 1, arm 2, do not know; by true arm.

    Raises
    ------
    ValueError
        If it has another shape, or a count is below 0.

    References
    ----------
    James et al. 1996, Stat Med 15:1421.
    """
    counts = np.asarray(guesses, dtype=np.float64)
    if counts.shape != (3, 2) or not (counts >= 0).all():
        raise ValueError(f"guesses must be counts of shape (3, 2), 0 or more; got {counts.tolist()}")
    n = float(counts.sum())
    if not n:
        return Interval(estimate=None, level=level, reason="nobody answered")
    p = counts / n
    guessed, known = p[:2].sum(axis=1), p[:2].sum(axis=0)
    a, wrong = float(p[:2].sum()), float(p[0, 1] + p[1, 0])
    d = float(guessed[0] * known[1] + guessed[1] * known[0])
    if a == 0:
        return Interval(estimate=1.0, level=level, reason="all say they do not know")
    if d == 0:
        return Interval(
            estimate=None, level=level, reason="no guess could be wrong: one arm's people alone guessed"
        )
    index = 1 - a + a**2 * wrong / (2 * d)
    slope = np.ones((3, 2))  # of the index in each cell
    across = 1 - np.eye(2)
    slope[:2] = (
        a * wrong / d
        + a**2 * across / (2 * d)
        - a**2 * wrong * (known[::-1][:, None] + guessed[::-1][None, :]) / (2 * d**2)
    )
    variance = float((p * slope**2).sum() - (p * slope).sum() ** 2) / n
    return _normal(index, variance, level, "James, delta method")


def _normal(estimate: float, variance: float, level: float, method: str) -> Interval:
    if variance <= 1e-15:
        return Interval(
            estimate=estimate, level=level, reason="all answers are alike, so there is no error to go by"
        )
    half = float(scipy_stats.norm.ppf((1 + level) / 2)) * sqrt(variance)
    return Interval(estimate=estimate, low=estimate - half, high=estimate + half, level=level, method=method)


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _correlations(x: Floats) -> Floats:
    """Correlate columns over the rows that both have; NaN where one does not vary."""
    known = ~np.isnan(x)
    m = known.astype(np.float64)
    centre = np.where(known, x, 0.0).sum(axis=0) / np.maximum(m.sum(axis=0), 1)
    v = np.where(known, x - centre, 0.0)
    n = np.maximum(m.T @ m, 1)
    sums, squares = v.T @ m, (v**2).T @ m
    spread = squares - sums**2 / n
    product = v.T @ v - sums * sums.T / n
    bottom = np.sqrt(np.maximum(spread, 0.0) * np.maximum(spread.T, 0.0))
    result: Floats = np.divide(
        product, bottom, out=np.full_like(product, np.nan), where=bottom > 1e-12 * (1 + squares)
    )
    return result


def _within_slope(
    ratings: ArrayLike, by: Floats, strata: ArrayLike, clusters: ArrayLike, level: float
) -> Interval:
    y, cluster = np.asarray(ratings, dtype=np.float64), np.asarray(clusters)
    stratum = np.asarray(strata)
    if y.ndim != 1 or not y.shape == by.shape == stratum.shape == cluster.shape or not len(y):
        raise ValueError(
            f"needs lists of one length; got {y.shape}, {by.shape}, {stratum.shape} and {cluster.shape}"
        )
    if not (np.isfinite(y).all() and np.isfinite(by).all()):
        raise ValueError("values must be finite; leave out what was not rated")
    _, place = np.unique(stratum, return_inverse=True)
    size = np.bincount(place)
    x, v = (part - (np.bincount(place, weights=part) / size)[place] for part in (by, y))
    square = float(x @ x)
    if square <= 1e-12 * max(1.0, float(by @ by)):
        return Interval(estimate=None, level=level, reason="it does not vary within what is compared")
    slope = float(x @ v) / square
    return clustered_interval(slope, x * (v - slope * x) / square, cluster, level)
