"""Two sides compared on two halves, the same actors in both: an advantage on each, its difference, and what is retained."""

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from therapyarc.stats.interval import Interval

__all__ = ["TwoHalves", "Variances", "fieller", "two_halves"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variances:
    """Where the noise of a design comes from, in squared units of the values."""

    actors: Floats
    """Between actors of a side: covariance of their true means on the two halves, shape (2, 2); noise of the cells taken
    off, which may leave 0."""
    cases: tuple[float, float]
    """Of a case's own advantage, by half: how far the advantage differs from case to case beyond the noise of the cells."""
    cells: tuple[float, float]
    """Of a cell (one actor, one case), by half: what neither actor nor case explains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoHalves:
    """What `two_halves` finds."""

    single: Interval
    """Advantage on the first half: mean of the first side less mean of the second."""
    ongoing: Interval
    """Advantage on the second half."""
    difference: Interval
    """Second advantage less first: below 0 where the advantage shrinks."""
    retention: Interval
    """Second advantage divided by first; none, with its reason, unless the first is told apart from 0."""
    difference_se: float | None
    """Standard error of the difference."""
    difference_df: float | None
    """Its degrees of freedom."""
    variances: Variances | None
    """Estimated components; none where they could not be had."""
    means: tuple[Floats, Floats]
    """Actor means at equal cases, a row an actor and a column a half, by side."""


def two_halves(
    single: tuple[ArrayLike, ArrayLike],
    ongoing: tuple[ArrayLike, ArrayLike],
    *,
    fixed: tuple[bool, bool] = (False, False),
    level: float = 0.95,
) -> TwoHalves:
    """Compare two sides on two halves.

    In each half y_ic = actor_i + case_c + (side x case)_sc + e_ic. Actor means are those at equal cases, from a least
    squares fit of actors and cases, so that an actor who met other cases is not judged by their difficulty. For a linear
    combination w of the two advantages

        V(w) = sum over sides of w' S_s w / n_s  +  sum over halves of w_h^2 max(0, s_h^2 / C_h - r_h)

    with S_s the covariance of the actor means of a side, s_h^2 the variance over cases of the case's own advantage, C_h the
    number of cases and r_h what of it is noise of the cells. Actors and cases are thus both drawn; case effects of the
    two halves are independent, since their cases are others. Intervals are t with Satterthwaite's degrees of freedom.

    Parameters
    ----------
    single, ongoing
        By side, values of shape (actors, cases), NaN where there is none; the actors of a side are the same, in the same
        order, in both halves. The cases of a half are the same columns on both sides.
    fixed
        Sides whose actors are the whole population of interest and not a draw: only the noise of their cells counts.
    level
        Of the intervals.

    Returns
    -------
    All of it; an interval that is undefined says why. A single actor on a side that is not fixed, or a single case,
    leaves the estimates without intervals.

    Raises
    ------
    ValueError
        If the shapes do not fit, or an actor lacks all values in a half.

    Notes
    -----
    Source of the two-way variance: Searle, Casella and McCulloch 1992, Variance Components; of the degrees of freedom:
    Satterthwaite 1946, Biometrics Bulletin 2:110; of the ratio's set: Fieller 1954, JRSS B 16:175.
    """
    halves = [_Half(*_checked(both)) for both in (single, ongoing)]
    if halves[0].sizes != halves[1].sizes:
        raise ValueError(
            f"the halves hold {halves[0].sizes} and {halves[1].sizes} actors; they must be the same"
        )
    first_means, second_means = (
        np.column_stack([half.actor_means[side] for half in halves]) for side in (0, 1)
    )
    means = first_means, second_means
    advantage = np.array([half.advantage for half in halves])
    try:
        noise = _Noise(halves, means, fixed)
    except _UndefinedError as error:
        return _without_intervals(advantage, means, level, str(error))
    first, second, change = (
        noise.interval(np.array(w, dtype=float), advantage, level) for w in ([1, 0], [0, 1], [-1, 1])
    )
    variance, df = noise.of(np.array([-1.0, 1.0]))
    return TwoHalves(
        single=first,
        ongoing=second,
        difference=change,
        retention=_retention(advantage, noise, first, level),
        difference_se=sqrt(variance),
        difference_df=df,
        variances=noise.components(),
        means=means,
    )


class _UndefinedError(Exception):
    """The noise cannot be estimated."""


class _Half:
    """One half, fitted."""

    def __init__(self, first: Floats, second: Floats) -> None:
        values = np.vstack([first, second])
        self.sizes = len(first), len(second)
        self.cases = values.shape[1]
        side = np.repeat([0, 1], self.sizes)
        actor, case = np.nonzero(~np.isnan(values))
        y = values[actor, case]
        n, c = values.shape
        if len(y) == n * c:  # no gaps: least squares are the means, without solving for them
            levels = values.mean(axis=1)
            case_means = values.mean(axis=0)
            residuals = values - levels[:, None] - case_means + case_means.mean()
        else:
            levels, residuals = self._solved(values, actor, case)
        self.actor_means = levels[: self.sizes[0]], levels[self.sizes[0] :]
        self.advantage = float(self.actor_means[0].mean() - self.actor_means[1].mean())
        self._decompose(residuals, side)
        self.cells_per_actor = (~np.isnan(values)).sum(axis=1)
        self.actor_noise = tuple(
            float((self.noise / self.cells_per_actor[side == s]).mean()) if self.noise_df > 0 else 0.0
            for s in (0, 1)
        )

    @staticmethod
    def _solved(values: Floats, actor: NDArray[np.intp], case: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return actor means at equal cases and residuals, by least squares over the cells that are there."""
        y = values[actor, case]
        n, c = values.shape
        design = np.zeros((len(y), n + c - 1))
        design[np.arange(len(y)), actor] = 1
        later = case > 0
        design[np.flatnonzero(later), n + case[later] - 1] = 1
        fit, *_ = np.linalg.lstsq(design, y, rcond=None)
        case_effects = np.concatenate([[0.0], fit[n:]])
        residuals = np.full(values.shape, np.nan)
        residuals[actor, case] = y - design @ fit
        return np.asarray(fit[:n] + case_effects.mean()), residuals

    def _decompose(self, residuals: Floats, side: NDArray[np.intp]) -> None:
        """Split what actors and cases leave into each case's own advantage and the noise of the cells."""
        own: list[float] = []
        shares: list[float] = []
        left, lost = [], 0
        for column in residuals.T:
            cells = [column[(side == s) & ~np.isnan(column)] for s in (0, 1)]
            left += [cell - cell.mean() for cell in cells if len(cell)]
            lost += sum(bool(len(cell)) for cell in cells)
            if all(len(cell) for cell in cells):
                own.append(float(cells[0].mean() - cells[1].mean()))
                shares.append(sum(1 / len(cell) for cell in cells))
        squares = float(sum((cell**2).sum() for cell in left))
        known = int((~np.isnan(residuals)).sum())
        # actors beyond one a side take their own degrees of freedom; within a side and case one mean was taken off
        self.noise_df = known - lost - (len(residuals) - 2)
        self.noise = squares / self.noise_df if self.noise_df > 0 else 0.0
        self.paired_cases = len(own)
        # the fit has taken the mean advantage out of the residuals, so that their mean square is a variance with n - 1
        self.case_variance = float(np.sum(np.square(own)) / (len(own) - 1)) if len(own) > 1 else 0.0
        self.case_noise = self.noise * float(np.mean(shares)) if shares else 0.0


def _beyond(half: _Half) -> float:
    return max(0.0, half.case_variance - half.case_noise)


class _Noise:
    """Variance of any combination of the two advantages."""

    def __init__(self, halves: list[_Half], means: tuple[Floats, Floats], fixed: tuple[bool, bool]) -> None:
        self._halves = halves
        self._sizes = halves[0].sizes
        self._fixed = fixed
        for half in halves:
            if half.paired_cases < 2:
                raise _UndefinedError(
                    "a half has fewer than two cases that both sides met, so cases cannot be drawn"
                )
        for side in (0, 1):
            if self._sizes[side] < 2 and not fixed[side]:
                raise _UndefinedError("a side has one actor alone, so actors cannot be drawn")
        if any(fixed) and any(half.noise_df <= 0 for half in halves):
            raise _UndefinedError("actors held fixed need more cells than actors and cases")
        self._covariances = [
            np.diag([half.actor_noise[side] for half in halves])
            if fixed[side]
            else np.cov(means[side], rowvar=False)
            for side in (0, 1)
        ]

    def of(self, w: Floats) -> tuple[float, float]:
        """Return the variance of a combination and its degrees of freedom."""
        parts: list[tuple[float, float]] = []
        for side, covariance in enumerate(self._covariances):
            df = (
                float(min(h.noise_df for h in self._halves)) if self._fixed[side] else self._sizes[side] - 1.0
            )
            parts.append((float(w @ covariance @ w) / self._sizes[side], df))
        for weight, half in zip(w, self._halves, strict=True):
            if weight and _beyond(half) > 0:
                scale = weight**2 / half.paired_cases
                parts.append((scale * half.case_variance, half.paired_cases - 1.0))
                parts.append((-scale * half.case_noise, max(1.0, float(half.noise_df))))
        total = sum(value for value, _ in parts)
        lost = sum(value**2 / df for value, df in parts)
        return max(total, 0.0), (total**2 / lost if lost > 0 else inf)

    def interval(self, w: Floats, advantage: Floats, level: float) -> Interval:
        """Return the combination with its interval."""
        variance, df = self.of(w)
        reach = _quantile(level, df) * sqrt(variance)
        value = float(w @ advantage)
        return Interval(estimate=value, low=value - reach, high=value + reach, level=level, method=_METHOD)

    def covariance(self) -> Floats:
        """Return variance and covariance of the two advantages, shape (2, 2)."""
        one, two, both = (self.of(np.array(w, dtype=float))[0] for w in ([1, 0], [0, 1], [1, 1]))
        shared = (both - one - two) / 2
        return np.array([[one, shared], [shared, two]])

    def components(self) -> Variances:
        """Return where the noise comes from."""
        degrees = [size - 1 for size in self._sizes]
        drawn = [
            (d, c)
            for d, c, is_fixed in zip(degrees, self._covariances, self._fixed, strict=True)
            if not is_fixed
        ]
        pooled = sum((d * c for d, c in drawn), np.zeros((2, 2))) / max(1, sum(d for d, _ in drawn))
        noise = np.diag([float(np.mean(half.actor_noise)) for half in self._halves])
        return Variances(
            actors=_positive(pooled - noise),
            cases=(_beyond(self._halves[0]), _beyond(self._halves[1])),
            cells=(self._halves[0].noise, self._halves[1].noise),
        )


_METHOD = "actors and cases drawn; t with Satterthwaite's degrees of freedom"


def _positive(matrix: Floats) -> Floats:
    """Return the nearest covariance: negative variances to 0."""
    values, vectors = np.linalg.eigh(matrix)
    result: Floats = (vectors * np.maximum(values, 0)) @ vectors.T
    return result


def _quantile(level: float, df: float) -> float:
    return float(stats.norm.ppf(0.5 + level / 2) if df == inf else stats.t.ppf(0.5 + level / 2, max(df, 1.0)))


def _checked(both: tuple[ArrayLike, ArrayLike]) -> tuple[Floats, Floats]:
    first, second = (np.asarray(side, dtype=float) for side in both)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(
            f"sides must be (actors, cases) with the same cases, got {first.shape} and {second.shape}"
        )
    if not len(first) or not len(second):
        raise ValueError("each side needs an actor")
    for side in (first, second):
        if np.isnan(side).all(axis=1).any():
            raise ValueError("an actor has no value in one half; leave it out of both")
    keep = ~np.isnan(np.vstack([first, second])).all(axis=0)
    return first[:, keep], second[:, keep]


def _retention(advantage: Floats, noise: _Noise, single: Interval, level: float) -> Interval:
    if single.low is None or single.high is None or single.low <= 0 <= single.high:
        return Interval(
            estimate=None, level=level, reason="the advantage on single replies is not told apart from 0"
        )
    ratio = float(advantage[1] / advantage[0])
    _, df = noise.of(np.array([-ratio, 1.0]))
    return fieller(
        float(advantage[1]), float(advantage[0]), noise.covariance()[::-1, ::-1], df=df, level=level
    )


def fieller(
    numerator: float, denominator: float, covariance: ArrayLike, *, df: float = inf, level: float = 0.95
) -> Interval:
    """Return a ratio with Fieller's set.

    The set holds every R with (a - R b)^2 <= t^2 Var(a - R b). It is an interval only where b is told apart from 0 at the
    level; else it is the outside of an interval, or the whole line, and the reason says which.

    Parameters
    ----------
    numerator, denominator
        a and b.
    covariance
        Of (a, b), shape (2, 2).
    df
        Degrees of freedom of t; infinite for the normal.
    level
        Confidence level.

    Examples
    --------
    >>> found = fieller(2.0, 4.0, [[0.04, 0.0], [0.0, 0.04]])
    >>> round(found.low, 3), round(found.high, 3)
    (0.395, 0.615)
    """
    (vaa, vab), (_, vbb) = np.asarray(covariance, dtype=float)
    if denominator == 0:
        return Interval(estimate=None, level=level, reason="the denominator is 0")
    t2 = _quantile(level, df) ** 2
    ratio = numerator / denominator
    a, b, c = denominator**2 - t2 * vbb, numerator * denominator - t2 * vab, numerator**2 - t2 * vaa
    method = "Fieller's set"
    if a <= 0:
        shape = "the whole line" if b**2 - a * c <= 0 else "unbounded, the outside of an interval"
        return Interval(
            estimate=ratio,
            level=level,
            method=method,
            reason=f"Fieller's set is {shape}: the denominator is not told apart from 0 at this level",
        )
    root = sqrt(max(0.0, b**2 - a * c))
    return Interval(
        estimate=ratio, low=float((b - root) / a), high=float((b + root) / a), level=level, method=method
    )


def _without_intervals(
    advantage: Floats, means: tuple[Floats, Floats], level: float, reason: str
) -> TwoHalves:
    first, second = (Interval(estimate=float(value), level=level, reason=reason) for value in advantage)
    return TwoHalves(
        single=first,
        ongoing=second,
        difference=Interval(estimate=float(advantage[1] - advantage[0]), level=level, reason=reason),
        retention=Interval(estimate=None, level=level, reason=reason),
        difference_se=None,
        difference_df=None,
        variances=None,
        means=means,
    )
