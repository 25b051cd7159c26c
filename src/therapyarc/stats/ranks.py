"""Two samples by ranks: Mann-Whitney U under every p variant by name, and its effect sizes.

Sign: effects are positive where `x` tends to be larger than `y`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import comb, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as scipy_stats

from therapyarc.stats.interval import Interval

__all__ = [
    "P_VARIANTS",
    "MannWhitney",
    "from_u",
    "hodges_lehmann",
    "mann_whitney",
    "rank_biserial",
    "smallest_attainable_p",
    "vargha_delaney",
]

P_VARIANTS = (
    "exact",
    "exact_permutation",
    "asymptotic",
    "asymptotic_continuity",
    "asymptotic_tie",
    "asymptotic_tie_continuity",
)
"""`exact`: the distribution of U without ties. `exact_permutation`: all assignments of the observed mid-ranks, so ties are
allowed. `asymptotic`: normal approximation, with or without continuity correction (half a unit) and tie correction."""

EXACT_LIMIT = 4_000_000
"""Cells of the permutation table (group size times doubled rank sum) up to which the exact distribution is enumerated."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MannWhitney:
    """The Mann-Whitney test of one pair of samples."""

    n1: int
    """Size of the first sample."""
    n2: int
    """Size of the second sample."""
    u1: float
    """Pairs in which the first sample's value is larger, ties counted half."""
    u2: float
    """n1 n2 - u1."""
    p: Mapping[str, float]
    """Two-sided p by variant; a variant that is undefined is not in it."""
    undefined: Mapping[str, str] = field(default_factory=dict)
    """Why a variant is undefined."""

    @property
    def u(self) -> float:
        """The smaller of the two U."""
        return min(self.u1, self.u2)


def mann_whitney(x: ArrayLike, y: ArrayLike) -> MannWhitney:
    """Test two independent samples by ranks, with every p variant named.

    The exact permutation p is the share of all assignments of the pooled mid-ranks to the two samples whose rank sum
    lies at least as far from its mean; it is complete enumeration (by dynamic programming over doubled mid-ranks),
    also with ties, and the primary variant for small samples. scipy's `method="auto"` changes variant in silence.

    Parameters
    ----------
    x, y
        Finite values, shapes (n1,) and (n2,).

    Raises
    ------
    ValueError
        If a sample is empty or holds a value that is not finite.

    References
    ----------
    Mann and Whitney 1947, Ann Math Stat 18:50; Streitberg and Roehmel 1986, Stat Softw Newsl 12:10 (ties).

    Examples
    --------
    >>> mann_whitney([1, 2, 3], [4, 5, 6]).u
    0.0
    """
    first, second = _sample("x", x), _sample("y", y)
    n1, n2 = len(first), len(second)
    ranks = scipy_stats.rankdata(np.concatenate([first, second]))
    u1 = float(ranks[:n1].sum() - n1 * (n1 + 1) / 2)
    _, ties = np.unique(ranks, return_counts=True)
    tied = bool((ties > 1).any())
    p, undefined = _asymptotic(u1, n1, n2, ties)
    if tied:
        undefined["exact"] = "the samples hold ties; see exact_permutation"
    else:
        p["exact"] = _exact(ranks, n1)
    if n1 * round(2 * ranks.sum()) > EXACT_LIMIT:
        undefined["exact_permutation"] = "too many assignments to enumerate; see the asymptotic variants"
        undefined.setdefault("exact", "too many assignments to enumerate; see the asymptotic variants")
        p.pop("exact", None)
    else:
        p["exact_permutation"] = _exact(ranks, n1)
    return MannWhitney(n1=n1, n2=n2, u1=u1, u2=n1 * n2 - u1, p=p, undefined=undefined)


def from_u(u: float, n1: int, n2: int) -> MannWhitney:
    """Return what a published U alone determines: the variants that need no knowledge of ties.

    Raises
    ------
    ValueError
        If `u` lies outside 0 to n1 n2.

    Examples
    --------
    The published U = 0 of six against eight, whose exact p is 2 / C(14, 6):

    >>> round(from_u(0, 6, 8).p["exact"], 5)
    0.00067
    >>> from_u(2.5, 6, 8).undefined["exact"]
    'U is no whole number, so there were ties'
    """
    if not 0 <= u <= n1 * n2:
        raise ValueError(f"U must lie between 0 and n1 * n2 = {n1 * n2}; got {u}")
    none = np.ones(n1 + n2, dtype=np.int64)
    p, undefined = _asymptotic(u, n1, n2, none)
    for variant in ("asymptotic_tie", "asymptotic_tie_continuity", "exact_permutation"):
        p.pop(variant, None)
        undefined[variant] = "needs the values, since ties cannot be seen in U"
    if float(u).is_integer():
        ranks = np.arange(1, n1 + n2 + 1, dtype=float)
        p["exact"] = _exact(ranks, n1, observed=u + n1 * (n1 + 1) / 2)
    else:
        undefined["exact"] = "U is no whole number, so there were ties"
    return MannWhitney(n1=n1, n2=n2, u1=u, u2=n1 * n2 - u, p=p, undefined=undefined)


def rank_biserial(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> Interval:
    """Rank-biserial correlation r = 2 U1 / (n1 n2) - 1, from -1 (every y above every x) to 1 (every x above every y).

    The interval is Brunner and Munzel's on the logit of P(X > Y) + P(X = Y)/2, with Satterthwaite's degrees of
    freedom. Under complete separation that variance is zero; then min(n1, n2) disjoint pairs were all won, and the
    exact (Clopper-Pearson) limit for these is given, which is valid and wide. A sample of one has no interval.

    References
    ----------
    Kerby 2014, Compr Psychol 3:11.IT.3.1; Brunner and Munzel 2000, Biom J 42:17; Clopper and Pearson 1934.

    Examples
    --------
    >>> rank_biserial([4, 5, 6], [1, 2, 3]).estimate
    1.0
    >>> rank_biserial([4], [1, 2, 3]).reason
    'a sample of one has no interval'
    """
    a12 = vargha_delaney(x, y, level)
    double = tuple(None if value is None else 2 * value - 1 for value in (a12.estimate, a12.low, a12.high))
    return Interval(
        estimate=double[0], low=double[1], high=double[2], level=level, method=a12.method, reason=a12.reason
    )


def vargha_delaney(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> Interval:
    """A12 = P(X > Y) + P(X = Y)/2, the area under the ROC curve: 0 to 1, .5 where neither is larger.

    See `rank_biserial` for the interval.

    References
    ----------
    Vargha and Delaney 2000, J Educ Behav Stat 25:101.

    Examples
    --------
    >>> vargha_delaney([3, 4], [1, 3]).estimate
    0.875
    """
    first, second = _sample("x", x), _sample("y", y)
    n1, n2 = len(first), len(second)
    pooled = scipy_stats.rankdata(np.concatenate([first, second]))
    placed1 = (pooled[:n1] - scipy_stats.rankdata(first)) / n2  # share of y below each x
    placed2 = (pooled[n1:] - scipy_stats.rankdata(second)) / n1
    estimate = float(placed1.mean())
    if min(n1, n2) < 2:
        return Interval(estimate=estimate, level=level, reason="a sample of one has no interval")
    variance1, variance2 = placed1.var(ddof=1) / n1, placed2.var(ddof=1) / n2
    tail = (1 - level) / 2
    if estimate in {0.0, 1.0}:
        bound = float(tail ** (1 / min(n1, n2)))
        low, high = (bound, 1.0) if estimate == 1.0 else (0.0, 1 - bound)
        reason = "complete separation: exact limit for disjoint pairs, valid and wide"
        return Interval(
            estimate=estimate, low=low, high=high, level=level, method="Clopper-Pearson", reason=reason
        )
    variance = variance1 + variance2
    if variance == 0:
        reason = "no variation of placements (all values are tied), so there is no interval"
        return Interval(estimate=estimate, level=level, reason=reason)
    df = variance**2 / (variance1**2 / (n1 - 1) + variance2**2 / (n2 - 1))
    logit = np.log(estimate / (1 - estimate))
    half = scipy_stats.t.ppf(1 - tail, df) * sqrt(variance) / (estimate * (1 - estimate))
    low, high = (float(1 / (1 + np.exp(-end))) for end in (logit - half, logit + half))
    return Interval(estimate=estimate, low=low, high=high, level=level, method="Brunner-Munzel on the logit")


def hodges_lehmann(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> Interval:
    """Hodges-Lehmann shift: the median of all differences x_i - y_j, in the unit of the values.

    The interval inverts the exact distribution of U without ties: the k-th smallest and largest difference, where k
    is the largest number with P(U < k) at most (1 - level)/2. With ties its true level is at least as high. Where even
    the whole range falls short of the level, there is no interval, and the reason says so.

    References
    ----------
    Hodges and Lehmann 1963, Ann Math Stat 34:598; Hollander and Wolfe 1999, section 4.3.

    Examples
    --------
    >>> shift = hodges_lehmann([11, 12, 13, 14], [1, 2, 3, 4])
    >>> shift.estimate, shift.low, shift.high
    (10.0, 7.0, 13.0)
    """
    first, second = _sample("x", x), _sample("y", y)
    differences = np.sort((first[:, None] - second[None, :]).ravel())
    estimate = float(np.median(differences))
    n1, n2 = len(first), len(second)
    if n1 * (n1 + n2) * (n1 + n2 + 1) > EXACT_LIMIT:
        spread = sqrt(n1 * n2 * (n1 + n2 + 1) / 12)
        k = int(np.floor(n1 * n2 / 2 - scipy_stats.norm.ppf((1 + level) / 2) * spread))
        method = "asymptotic distribution of U"
    else:
        cumulative = np.cumsum(
            _rank_sum_distribution(np.arange(1, n1 + n2 + 1, dtype=float), n1)[n1 * (n1 + 1) :: 2]
        )
        k = int(np.searchsorted(cumulative, (1 - level) / 2 + 1e-12, side="right"))
        method = "exact distribution of U"
    if k < 1:
        reason = f"too few values for an interval at level {level:g}"
        return Interval(estimate=estimate, level=level, reason=reason)
    low, high = float(differences[k - 1]), float(differences[-k])
    return Interval(estimate=estimate, low=low, high=high, level=level, method=method)


def smallest_attainable_p(n1: int, n2: int) -> float:
    """Return the smallest two-sided exact p of two samples of these sizes: 2 / C(n1 + n2, n1).

    Examples
    --------
    Three against three can never fall below .05:

    >>> smallest_attainable_p(3, 3)
    0.1
    """
    return min(1.0, 2 / comb(n1 + n2, n1))


def _sample(name: str, values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
        raise ValueError(
            f"{name} must be a non-empty list of finite numbers; got shape {array.shape}: {values!r}"
        )
    return array


def _asymptotic(
    u1: float, n1: int, n2: int, ties: NDArray[np.int64]
) -> tuple[dict[str, float], dict[str, str]]:
    n = n1 + n2
    distance = abs(u1 - n1 * n2 / 2)
    plain = n1 * n2 * (n + 1) / 12
    corrected = n1 * n2 / 12 * (n + 1 - float((ties**3 - ties).sum()) / (n * (n - 1))) if n > 1 else 0.0
    p: dict[str, float] = {}
    undefined: dict[str, str] = {}
    for name, variance in (("asymptotic", plain), ("asymptotic_tie", corrected)):
        for suffix, shift in (("", 0.0), ("_continuity", 0.5)):
            if variance <= 0:
                undefined[name + suffix] = "all values are tied"
            else:
                z = max(0.0, distance - shift) / sqrt(variance)
                p[name + suffix] = float(2 * scipy_stats.norm.sf(z))
    return p, undefined


def _rank_sum_distribution(ranks: Floats, n1: int) -> Floats:
    """Return P(doubled rank sum of n1 ranks drawn without replacement = s) for s = 0, 1, 2, ..."""
    doubled = np.rint(2 * ranks).astype(int)
    table = np.zeros((n1 + 1, int(np.sort(doubled)[-n1:].sum()) + 1))
    table[0, 0] = 1.0
    for place, rank in enumerate(doubled):
        # Rows hold probabilities of having drawn k of the ranks so far, so that nothing overflows.
        chosen = np.zeros_like(table)
        chosen[1:, rank:] = table[:-1, : table.shape[1] - rank]
        draw = (n1 - np.arange(n1 + 1)) / (len(doubled) - place)
        before = np.concatenate([[0.0], draw[:-1]])
        table = table * np.clip(1 - draw, 0, 1)[:, None] + chosen * np.clip(before, 0, 1)[:, None]
    return np.asarray(table[n1])


def _exact(ranks: Floats, n1: int, observed: float | None = None) -> float:
    probabilities = _rank_sum_distribution(ranks, n1)
    mean = n1 * ranks.sum() / len(ranks)
    at = float(ranks[:n1].sum()) if observed is None else observed
    far = np.abs(np.arange(len(probabilities)) / 2 - mean) >= abs(at - mean) - 1e-9
    return float(min(1.0, probabilities[far].sum()))
