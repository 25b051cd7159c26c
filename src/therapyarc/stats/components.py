"""Reliability with missing ratings: variances of targets, raters and error by REML, and the intraclass correlations."""

from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, optimize

from therapyarc.stats.interval import Interval
from therapyarc.stats.ratings import rating_matrix

__all__ = ["VarianceComponents", "icc_reml", "variance_components"]

Floats = NDArray[np.float64]
Form = Literal["2,1", "3,1", "2,k", "3,k"]

LARGEST = 1 - 1e-7
"""Upper end of the share v / (v + error) that the search allows each component v."""
ZERO = 1e-7
"""Share up to which a component is taken to be zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceComponents:
    """Variances of a crossed design of targets and raters, in squared units of the ratings."""

    target: float | None
    """Variance between targets; none where undefined."""
    rater: float | None
    """Variance between raters (their severity); none where undefined."""
    error: float | None
    """Variance of what is left; none where undefined."""
    targets: int
    """Number of targets with a rating."""
    raters: int
    """Number of raters with a rating."""
    ratings: int
    """Number of ratings."""
    reason: str | None = None
    """Why they are undefined, or which of them is at its limit of zero."""

    def icc(self, form: Form, raters: int | None = None) -> Interval:
        """Return an intraclass correlation without interval; see `icc_reml`.

        Raises
        ------
        ValueError
            If the mean of fewer than one rater is asked for.
        """
        k = 1 if form.endswith(",1") else self.raters if raters is None else raters
        if self.target is None or self.rater is None or self.error is None:
            return Interval(estimate=None, reason=self.reason)
        if k < 1:
            raise ValueError(f"raters must be at least 1; got {k}")
        noise = (self.error + (self.rater if form.startswith("2") else 0.0)) / k
        if self.target + noise <= 0:
            return Interval(estimate=None, reason="targets and error have no variance")
        return Interval(
            estimate=self.target / (self.target + noise),
            method=f"REML, ICC({form}), k = {k}",
            reason=self.reason,
        )


def icc_reml(ratings: ArrayLike, form: Form, raters: int | None = None) -> Interval:
    """Intraclass correlation of ratings with gaps, from variance components.

    With var_t of targets, var_r of raters and var_e of error, and k raters in the mean (1 in the forms `2,1`, `3,1`):
    agreement (2) is var_t / (var_t + (var_r + var_e) / k), consistency (3) var_t / (var_t + var_e / k). From 0, where
    targets do not differ, to 1. On a complete matrix with all components positive it equals Shrout and Fleiss's form
    of that name; where theirs is negative it is 0. Gaps may depend on observed ratings, not on the missing ones.

    Parameters
    ----------
    ratings
        Shape (targets, raters), `nan` where missing.
    form
        Which correlation.
    raters
        k in the forms `2,k` and `3,k`: the raters in the mean asked for; all of them where none.

    Returns
    -------
    The estimate without ends, which `over_targets` gives. Undefined, or with a component at zero, as
    `variance_components` says in the reason.

    References
    ----------
    Shrout and Fleiss 1979, Psychol Bull 86:420; McGraw and Wong 1996, Psychol Methods 1:30; ten Hove, Jorgensen and
    van der Ark 2024, Psychol Methods 29:967 (incomplete designs).

    Examples
    --------
    >>> round(icc_reml([[1, 2], [2, 3], [4, 5], [5, 7]], "3,1").estimate, 2)
    0.97
    """
    return variance_components(ratings).icc(form, raters)


def variance_components(ratings: ArrayLike) -> VarianceComponents:
    """Estimate rating_ij = mean + target_i + rater_j + error_ij by restricted maximum likelihood (REML), gaps allowed.

    Minimises -2 log L_R = (N - 1) log(y'Py) + log|V| + log(1'V^-1 1) over the ratios of the target and rater variance to
    that of error; V is inverted through targets, then raters, so the cost grows with the number of ratings.

    Returns
    -------
    Undefined with fewer than two targets or raters, where all ratings are equal, or where the design has no two
    targets tied twice through raters, so that error cannot be told from the rest. A component at its limit of zero is
    given as zero and named in the reason. Without any error in a connected design the variances of the then known
    targets and raters are given, which is the limit of REML.

    References
    ----------
    Patterson and Thompson 1971, Biometrika 58:545; Bates et al. 2015, J Stat Softw 67(1) (profiling).
    """
    matrix = rating_matrix(ratings)
    known = ~np.isnan(matrix)
    matrix = matrix[known.any(axis=1)][:, known.any(axis=0)]
    known = ~np.isnan(matrix)
    n, k = matrix.shape
    count = int(known.sum())

    def result(
        target: float | None, rater: float | None, error: float | None, reason: str | None
    ) -> VarianceComponents:
        return VarianceComponents(
            target=target, rater=rater, error=error, targets=n, raters=k, ratings=count, reason=reason
        )

    if n < 2 or k < 2:
        return result(None, None, None, f"needs two targets and two raters; got {n} and {k}")
    values = np.where(known, matrix - matrix[known].mean(), 0.0)
    mask = known.astype(np.float64)
    total = float((values**2).sum())
    if total <= 1e-24 * float((matrix[known] ** 2).sum()):
        return result(None, None, None, "all ratings are equal, so nothing can be told apart")
    parts = _parts(known)
    df = count - n - k + parts
    if df < 1:
        reason = (
            "no two targets are tied twice through raters, so error cannot be told from targets and raters"
        )
        return result(None, None, None, reason)
    severity, worth, rss = _additive(values, mask)
    if rss <= 1e-20 * total:
        if parts > 1:
            return result(None, None, None, "no error within each of several unconnected parts")
        return result(float(worth.var(ddof=1)), float(severity.var(ddof=1)), 0.0, "ratings have no error")
    return result(*_reml(values, mask, severity, worth, rss / df))


def _parts(known: NDArray[np.bool_]) -> int:
    """Count the parts of the design that no rater connects."""
    left = np.ones(len(known), dtype=bool)
    parts = 0
    while left.any():
        parts += 1
        reached = np.zeros(len(known), dtype=bool)
        reached[np.argmax(left)] = True
        while True:
            wider = known[:, known[reached].any(axis=0)].any(axis=1)
            if wider.sum() == reached.sum():
                break
            reached = np.asarray(wider)
        left &= ~reached
    return parts


def _additive(values: Floats, mask: Floats) -> tuple[Floats, Floats, float]:
    """Fit targets and raters as fixed; return effects of raters and of targets and the residual sum of squares."""
    per_target = mask.sum(axis=1)
    mean = values.sum(axis=1) / per_target
    crossed = mask / per_target[:, None]
    normal = np.diag(mask.sum(axis=0)) - mask.T @ crossed
    severity = np.linalg.lstsq(normal, values.sum(axis=0) - mask.T @ mean, rcond=1e-10)[0]
    worth = mean - crossed @ severity
    residual = values - mask * (worth[:, None] + severity[None, :])
    return severity, worth, float((residual**2).sum())


class _Likelihood:
    """The profiled REML criterion in the shares s = ratio / (1 + ratio) of targets and raters, with its gradient."""

    def __init__(self, values: Floats, mask: Floats) -> None:
        self.k = mask.shape[1]
        self.count = mask.sum(axis=1)
        self.df = float(self.count.sum()) - 1
        # Columns: each rater, the ratings, the mean; as sums over targets and as cross-products over ratings.
        self.sums = np.column_stack([mask, values.sum(axis=1), self.count])
        self.products = np.zeros((self.k + 2, self.k + 2))
        raters = mask.sum(axis=0)
        self.products[range(self.k), range(self.k)] = raters
        self.products[: self.k, self.k] = self.products[self.k, : self.k] = values.sum(axis=0)
        self.products[: self.k, -1] = self.products[-1, : self.k] = raters
        self.products[self.k, self.k] = (values**2).sum()
        self.products[self.k, -1] = self.products[-1, self.k] = values.sum()
        self.products[-1, -1] = self.df + 1
        self.error = 0.0  # of the last call

    def __call__(self, shares: Floats) -> tuple[float, Floats]:
        k = self.k
        target, rater = (float(share / (1 - share)) for share in shares)
        shrink = 1 / (1 + target * self.count)
        by_target = shrink[:, None] * self.sums  # Zt'H^-1 [Zr, y, 1], H = I + target Zt Zt'
        cross = self.products - target * self.sums.T @ by_target
        inner = np.eye(k) + rater * cross[:k, :k]
        factor = linalg.cho_factor(inner, lower=True, check_finite=False)
        solved = linalg.cho_solve(factor, cross[:k], check_finite=False)  # Zr'V^-1 [Zr, y, 1]
        (yy, y1), (_, one) = cross[k:, k:] - rater * cross[k:, :k] @ solved[:, k:]
        mean = y1 / one
        rest = float(yy - y1 * mean)
        value = (
            self.df * log(rest)
            + float(np.log1p(target * self.count).sum())
            + 2 * float(np.log(np.diag(factor[0])).sum())
            + log(one)
        )
        through = rater * linalg.cho_solve(factor, by_target[:, :k].T, check_finite=False)
        trace_target = float((self.count * shrink).sum() - (through * by_target[:, :k].T).sum())
        ends = by_target[:, k:] - by_target[:, :k] @ (rater * solved[:, k:])  # Zt'V^-1 [y, 1]
        slopes = [
            trace - float((by_one**2).sum() / one + self.df * ((by_y - by_one * mean) ** 2).sum() / rest)
            for trace, by_y, by_one in (
                (trace_target, ends[:, 0], ends[:, 1]),
                (float(np.trace(solved[:, :k])), solved[:, k], solved[:, k + 1]),
            )
        ]
        self.error = rest / self.df
        return value, np.array(slopes) / (1 - shares) ** 2


def _reml(
    values: Floats, mask: Floats, severity: Floats, worth: Floats, error: float
) -> tuple[float, float, float, str | None]:
    """Return the variances of targets, raters and error, and which of them are zero."""
    likelihood = _Likelihood(values, mask)
    start = np.array(
        [
            max(
                0.05,
                1 - error / (float(effect.var(ddof=1)) + 1e-3 * error) / float(mask.sum(axis=axis).mean()),
            )
            for effect, axis in ((worth, 1), (severity, 0))
        ]
    )
    fit = optimize.minimize(
        likelihood,
        np.minimum(start, LARGEST),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, LARGEST)] * 2,
        options={"ftol": 1e-13, "gtol": 1e-7},
    )
    shares = np.where(fit.x <= ZERO, 0.0, fit.x)
    likelihood(shares)
    target, rater = (likelihood.error * float(share / (1 - share)) for share in shares)
    zero = [name for name, share in zip(("targets", "raters"), shares, strict=True) if share == 0]
    reason = f"the variance between {' and between '.join(zero)} is at its limit of zero" if zero else None
    if (shares >= LARGEST - ZERO).any():
        reason = (
            "error is next to nothing beside targets or raters, so the variances are only their lower limits"
        )
    return target, rater, likelihood.error, reason
