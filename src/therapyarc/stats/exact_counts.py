"""Counts of rare things: exact and near-exact intervals of a proportion and of a difference of two."""

from math import sqrt

from scipy import stats as scipy_stats

from therapyarc.stats.interval import Interval

__all__ = ["clopper_pearson", "newcombe_difference", "rule_of_three", "wilson"]


def clopper_pearson(count: int, n: int, level: float = 0.95) -> Interval:
    """Exact interval of a proportion: all p that neither one-sided binomial test at (1 - level) / 2 rejects.

    The ends are quantiles of Beta(x, n - x + 1) and Beta(x + 1, n - x), 0 at x = 0 and 1 at x = n. It covers at least
    `level` whatever p is, at the price of width; for safety failures. Undefined for n = 0.

    Raises
    ------
    ValueError
        If `count` does not lie between 0 and n.

    References
    ----------
    Clopper and Pearson 1934, Biometrika 26:404.

    Examples
    --------
    >>> found = clopper_pearson(0, 30)
    >>> found.low, round(found.high, 4)
    (0.0, 0.1157)
    """
    if reason := _checked(count, n):
        return Interval(estimate=None, level=level, reason=reason)
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(scipy_stats.beta.ppf(tail, count, n - count + 1))
    high = 1.0 if count == n else float(scipy_stats.beta.ppf(1 - tail, count + 1, n - count))
    return Interval(estimate=count / n, low=low, high=high, level=level, method="Clopper-Pearson")


def wilson(count: int, n: int, level: float = 0.95) -> Interval:
    """Score interval of a proportion: all p with |x / n - p| <= z sqrt(p (1 - p) / n).

    Covers `level` on average over p, not at every p; narrower than the exact one. Undefined for n = 0.

    Raises
    ------
    ValueError
        If `count` does not lie between 0 and n.

    References
    ----------
    Wilson 1927, J Am Stat Assoc 22:209; Brown, Cai and DasGupta 2001, Stat Sci 16:101.
    """
    if reason := _checked(count, n):
        return Interval(estimate=None, level=level, reason=reason)
    low, high = _score(count, n, level)
    return Interval(estimate=count / n, low=low, high=high, level=level, method="Wilson")


def rule_of_three(n: int, level: float = 0.95) -> Interval:
    """Upper limit of a proportion of which none was seen in n: 1 - (1 - level)^(1/n), near 3 / n at the level .95.

    One-sided: with no event seen, a proportion above the limit would have shown one with probability `level` or more.
    Undefined for n = 0.

    Raises
    ------
    ValueError
        If n is negative.

    References
    ----------
    Hanley and Lippman-Hand 1983, JAMA 249:1743.

    Examples
    --------
    >>> round(rule_of_three(100).high, 4)
    0.0295
    """
    if reason := _checked(0, n):
        return Interval(estimate=None, level=level, reason=reason)
    return Interval(
        estimate=0.0,
        low=0.0,
        high=1 - (1 - level) ** (1 / n),
        level=level,
        method="one-sided exact upper limit (rule of three)",
    )


def newcombe_difference(count1: int, n1: int, count2: int, n2: int, level: float = 0.95) -> Interval:
    """Difference p1 - p2 of two independent proportions with Newcombe's hybrid score interval (his method 10).

    With l_i, u_i the ends of Wilson's intervals and d the difference of the shares,

        d - sqrt((p1 - l1)^2 + (u2 - p2)^2)  to  d + sqrt((u1 - p1)^2 + (p2 - l2)^2).

    From -1 to 1; the interval has width even where both counts are 0. Undefined where n1 or n2 is 0.

    Raises
    ------
    ValueError
        If a count does not lie between 0 and its n.

    References
    ----------
    Newcombe 1998, Stat Med 17:873.
    """
    for count, n in ((count1, n1), (count2, n2)):
        if reason := _checked(count, n):
            return Interval(estimate=None, level=level, reason=reason)
    p1, p2 = count1 / n1, count2 / n2
    (l1, u1), (l2, u2) = _score(count1, n1, level), _score(count2, n2, level)
    return Interval(
        estimate=p1 - p2,
        low=p1 - p2 - sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2),
        high=p1 - p2 + sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2),
        level=level,
        method="Newcombe, hybrid score",
    )


def _checked(count: int, n: int) -> str | None:
    """Return why there is no proportion."""
    if not 0 <= count <= n:
        raise ValueError(f"a count must lie between 0 and n; got {count} of {n}")
    return None if n else "of none there is no proportion"


def _score(count: int, n: int, level: float) -> tuple[float, float]:
    z2 = float(scipy_stats.norm.ppf((1 + level) / 2)) ** 2
    middle = (count + z2 / 2) / (n + z2)
    half = sqrt(z2 * (count * (n - count) / n + z2 / 4)) / (n + z2)
    return (0.0 if count == 0 else middle - half), (1.0 if count == n else middle + half)
