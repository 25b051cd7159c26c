"""Whether who ranks high in one place ranks high in another: rank correlations of few units, and what noise took away."""

from collections.abc import Callable
from itertools import permutations
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from therapyarc.stats.bootstrap import bca_interval
from therapyarc.stats.interval import Interval

__all__ = [
    "correlation_posterior",
    "disattenuated",
    "inversions",
    "partial_rank_correlation",
    "permuted_rank_p",
    "rank_correlation",
]

Floats = NDArray[np.float64]
Kind = Literal["spearman", "kendall"]
EXACT = 8
"""Units up to which all orders are gone through."""


def rank_correlation(
    x: ArrayLike, y: ArrayLike, *, kind: Kind, rng: np.random.Generator, draws: int = 2_000
) -> Interval:
    """Return Spearman's rho or Kendall's tau-b with a bootstrap interval over units (BCa).

    Undefined, with the reason, below 4 units or where one side is constant.

    Raises
    ------
    ValueError
        If the two differ in length or hold a value that is not finite.
    """
    a, b = _pair(x, y)
    if (reason := _why_not(a, b)) is not None:
        return Interval(estimate=None, reason=reason)
    of = _coefficient(kind)

    def drawn(units: NDArray[np.intp]) -> float:
        return of(a[units], b[units])

    return bca_interval(drawn, len(a), rng=rng, draws=draws)


def permuted_rank_p(
    x: ArrayLike, y: ArrayLike, *, kind: Kind, rng: np.random.Generator, draws: int = 10_000
) -> float | None:
    """Return the two-sided permutation p of a rank correlation; all orders up to 8 units; none where it is undefined."""
    a, b = _pair(x, y)
    if _why_not(a, b) is not None:
        return None
    x_marks, y_marks = _marks(a, kind), _marks(b, kind)
    if len(a) <= EXACT:
        orders = np.array(list(permutations(range(len(b)))))
    else:
        orders = np.vstack([np.arange(len(b)), rng.permuted(np.tile(np.arange(len(b)), (draws, 1)), axis=1)])
    if kind == "spearman":
        found = y_marks[orders] @ x_marks
    else:
        found = np.array([(x_marks * y_marks[np.ix_(order, order)]).sum() for order in orders])
    observed = abs(float((x_marks * y_marks).sum())) - 1e-9
    return float(np.mean(np.abs(found) >= observed))


def partial_rank_correlation(
    x: ArrayLike, y: ArrayLike, given: ArrayLike, *, rng: np.random.Generator
) -> Interval:
    """Return Spearman's rho of x and y with ranks of `given` taken out of both, with a bootstrap interval over units.

    (r_xy - r_xz r_yz) / sqrt((1 - r_xz^2)(1 - r_yz^2)) on ranks. Undefined below 5 units, where one is constant, or where
    `given` fixes x or y.
    """
    a, b = _pair(x, y)
    z = np.asarray(given, dtype=float)
    if len(a) < 5:
        return Interval(estimate=None, reason="fewer than 5 units")

    def of(units: NDArray[np.intp]) -> float:
        ranked = [_ranks(values[units]) for values in (a, b, z)]
        if any(np.ptp(one) == 0 for one in ranked):
            return float("nan")
        r = np.asarray(np.corrcoef(ranked))
        scale = (1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2)
        return float((r[0, 1] - r[0, 2] * r[1, 2]) / sqrt(scale)) if scale > 1e-9 else float("nan")

    if np.isnan(of(np.arange(len(a)))):
        return Interval(estimate=None, reason="one of the three is constant, or one fixes another")
    return bca_interval(of, len(a), rng=rng)


def disattenuated(r: Interval, reliability: tuple[float | None, float | None]) -> Interval:
    """Return a correlation with what unreliable measurement took from it put back: r / sqrt(rel_x rel_y).

    The ends are scaled by the same factor, which takes the reliabilities as known; below about 80 units the interval is
    too narrow (coverage .88 at 20 by simulation). A value beyond 1 is left as it is: it says that the reliabilities are too
    low for the correction. Source: Spearman 1904, Am J Psychol 15:72.
    """
    low, high = reliability
    if r.estimate is None:
        return r
    if low is None or high is None or low <= 0.1 or high <= 0.1:
        return Interval(
            estimate=None,
            level=r.level,
            reason="a reliability is unknown or .1 or lower, too low to correct by",
        )
    scale = 1 / sqrt(low * high)
    return Interval(
        estimate=r.estimate * scale,
        low=None if r.low is None else r.low * scale,
        high=None if r.high is None else r.high * scale,
        level=r.level,
        method="divided by the root of both reliabilities, taken as known",
        reason="few units: the interval is too narrow",
    )


def correlation_posterior(r: float, n: int, level: float = 0.95) -> Interval:
    """Return posterior mean and central interval of a correlation, given that r was found in n units.

    Prior uniform on -1 to 1; likelihood the exact density of r for two normal variables (Hotelling 1953),

        p(r | rho, n) proportional to (1 - rho^2)^((n-1)/2) (1 - rho r)^-(n-3/2) 2F1(1/2, 1/2; n - 1/2; (1 + rho r)/2),

    on a grid. For Spearman's rho it is an approximation. At n = 3 it says little, and it says so by its width.

    Raises
    ------
    ValueError
        If r is outside -1 to 1 or n is below 3.

    Examples
    --------
    >>> found = correlation_posterior(0.6, 14)
    >>> round(found.estimate, 2), round(found.low, 2), round(found.high, 2)
    (0.5, 0.05, 0.81)
    """
    if not -1 <= r <= 1 or n < 3:
        raise ValueError(f"r must lie between -1 and 1 and n be 3 or more, got {r} and {n}")
    seen = float(np.clip(r, -0.999, 0.999))
    rho = np.linspace(-0.9995, 0.9995, 4001)
    log_density = (
        0.5 * (n - 1) * np.log1p(-(rho**2))
        - (n - 1.5) * np.log1p(-rho * seen)
        + np.log(special.hyp2f1(0.5, 0.5, n - 0.5, (1 + rho * seen) / 2))
    )
    weights = np.exp(log_density - log_density.max())
    weights /= weights.sum()
    below = np.cumsum(weights)
    return Interval(
        estimate=float(rho @ weights),
        low=float(np.interp((1 - level) / 2, below, rho)),
        high=float(np.interp((1 + level) / 2, below, rho)),
        level=level,
        method="posterior mean and central interval, uniform prior",
    )


def inversions(x: ArrayLike, y: ArrayLike) -> list[tuple[int, int]]:
    """Return the pairs of units whose order inverts: (i, j) with x_i > x_j and y_i < y_j. Ties invert nothing."""
    a, b = _pair(x, y)
    return [(i, j) for i in range(len(a)) for j in range(len(a)) if a[i] > a[j] and b[i] < b[j]]


def _ranks(values: Floats) -> Floats:
    """Return ranks from 1, ties sharing their mean: by comparing all pairs, which is quickest for the few units here."""
    if len(values) > 200:
        return np.asarray(stats.rankdata(values), dtype=float)
    above = (values[:, None] > values[None, :]).sum(axis=1)
    tied = (values[:, None] == values[None, :]).sum(axis=1)
    return np.asarray(above + (tied + 1) / 2, dtype=float)


def _marks(values: Floats, kind: Kind) -> Floats:
    """Return what is multiplied: centred ranks, shape (n,), or signs of all differences, shape (n, n)."""
    if kind == "spearman":
        ranks = _ranks(values)
        return np.asarray(ranks - ranks.mean())
    return np.sign(values[:, None] - values[None, :])


def _coefficient(kind: Kind) -> Callable[[Floats, Floats], float]:
    def of(a: Floats, b: Floats) -> float:
        x, y = _marks(a, kind), _marks(b, kind)
        scale = sqrt(float((x**2).sum()) * float((y**2).sum()))
        return float((x * y).sum()) / scale if scale else float("nan")

    return of


def _pair(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"both need one value a unit, got shapes {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("values must be finite; leave out units that lack one")
    return a, b


def _why_not(a: Floats, b: Floats) -> str | None:
    if len(a) < 4:
        return f"{len(a)} units are too few for a rank correlation; it needs 4"
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return "one side is the same for all units"
    return None
