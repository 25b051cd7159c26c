"""Linear mixed models with crossed and nested random effects, by profiled REML or maximum likelihood."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf, isfinite, log, pi, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, optimize, sparse
from scipy import stats as scipy_stats
from scipy.sparse import linalg as sparse_linalg

from therapyarc.stats.bootstrap import percentile_interval
from therapyarc.stats.interval import Interval

__all__ = [
    "Contrast",
    "Grouping",
    "JointTest",
    "MixedFit",
    "RandomEffect",
    "SingularDesignError",
    "mixed_model",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Method = Literal["REML", "ML"]

LARGEST = 1e4
"""The largest ratio of a random effect's standard deviation to that of error that the search allows."""
DENSE = 120
"""Random effects up to which A is factored as a dense matrix, which then is faster."""
ZERO = 1e-3
"""Ratio from which on it is tried whether the criterion is as good at zero."""


class SingularDesignError(ValueError):
    """The design cannot tell apart what is to be estimated; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """One random factor: an intercept a level, and a slope a level where a column is given."""

    name: str
    """Its name, for messages."""
    codes: ArrayLike
    """Level of each observation, whole numbers, shape (n,)."""
    slope: ArrayLike | None = None
    """Column whose slope differs from level to level, correlated with the intercept, shape (n,); none for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomEffect:
    """Variance of one random factor, in squared units of the response."""

    name: str
    """Name of the grouping."""
    levels: int
    """Number of its levels."""
    intercept: float
    """Variance of the intercepts, where the slope's column is 0."""
    slope: float | None
    """Variance of the slopes; none without a slope."""
    correlation: float | None
    """Correlation of intercept and slope; none without a slope, or where one of the two variances is 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One linear combination of the fixed effects."""

    interval: Interval
    """Estimate and t interval."""
    se: float
    """Standard error."""
    df: float
    """Satterthwaite's degrees of freedom."""
    t: float
    """Estimate by standard error."""
    p: float
    """Two-sided p of the hypothesis that it is 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointTest:
    """F test of several linear combinations at once."""

    f: float
    """F."""
    numerator: int
    """Degrees of freedom of the numerator: how many combinations are independent."""
    denominator: float
    """Satterthwaite's degrees of freedom of the denominator."""
    p: float
    """p of the hypothesis that all are 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedFit:
    """A fitted model."""

    names: tuple[str, ...]
    """Names of the fixed effects."""
    coefficients: Floats
    """Fixed effects, shape (p,)."""
    covariance: Floats
    """Their covariance, shape (p, p)."""
    effects: tuple[RandomEffect, ...]
    """Variances of the random factors, in the order given."""
    residual: float
    """Variance of what is left."""
    log_likelihood: float
    """Log-likelihood, restricted under REML: comparable between models with the same fixed effects alone."""
    method: Method
    """Which likelihood was maximised."""
    observations: int
    """Number of observations."""
    converged: bool
    """Whether the search ended at a minimum: no slope is left there, and it curves upwards."""
    boundary: tuple[str, ...]
    """What lies at the limit of its range: variances of 0, correlations of -1 or 1. Their factors' share in the intervals
    of the fixed effects is taken as known."""
    reason: str | None
    """What is to be known before the fit is used; none where nothing is."""
    _criterion: "_Criterion" = field(repr=False)
    _theta: Floats = field(repr=False)

    def coefficient(self, name: str, level: float = 0.95) -> Contrast:
        """Return one fixed effect by name.

        Raises
        ------
        KeyError
            If there is none of this name.
        """
        if name not in self.names:
            raise KeyError(f"no fixed effect is named {name!r}; there are {', '.join(self.names)}")
        return self.contrast(np.eye(len(self.names))[self.names.index(name)], level)

    def contrast(self, weights: ArrayLike, level: float = 0.95) -> Contrast:
        """Return the combination L'b with t interval.

        With g the gradient of L'C L in the variance parameters and A their asymptotic covariance, its degrees of freedom
        are 2 (L'C L)^2 / (g'A g) (Satterthwaite); infinite where g is 0.

        Raises
        ------
        ValueError
            If `weights` has not one finite number a fixed effect, or all are 0.
        """
        w = np.asarray(weights, dtype=np.float64)
        if w.shape != (len(self.names),) or not np.isfinite(w).all() or not w.any():
            raise ValueError(
                f"a contrast needs {len(self.names)} finite weights, not all 0 ({', '.join(self.names)}); "
                f"got {weights!r}"
            )
        slopes, spread = self._criterion.information(self._theta)
        variance = float(w @ self.covariance @ w)
        df = _satterthwaite(w, variance, slopes, spread)
        estimate, se = float(w @ self.coefficients), sqrt(variance)
        half = _t_quantile((1 + level) / 2, df) * se
        return Contrast(
            interval=Interval(
                estimate=estimate,
                low=estimate - half,
                high=estimate + half,
                level=level,
                method=f"mixed model, {self.method}, t with Satterthwaite's degrees of freedom",
                reason=self.reason,
            ),
            se=se,
            df=df,
            t=estimate / se,
            p=_t_two_sided(estimate / se, df),
        )

    def joint(self, weights: ArrayLike) -> JointTest:
        """Test several combinations at once, shape (combinations, p).

        The combinations are turned into uncorrelated ones with t_i on v_i degrees of freedom; F = sum t_i^2 / r, and with
        E = sum v_i / (v_i - 2) the denominator has 2 E / (E - r), or 2 where a v_i is 2 or less.

        Raises
        ------
        ValueError
            If the shape does not fit, or all combinations are 0.

        References
        ----------
        Fai and Cornelius 1996, J Stat Comput Simul 54:363; Kuznetsova et al. 2017, J Stat Softw 82(13).
        """
        rows = np.atleast_2d(np.asarray(weights, dtype=np.float64))
        if rows.ndim != 2 or rows.shape[1] != len(self.names) or not rows.any():
            raise ValueError(
                f"a joint test needs combinations of {len(self.names)} weights, not all 0; got {weights!r}"
            )
        values, vectors = np.linalg.eigh(rows @ self.covariance @ rows.T)
        kept = values > 1e-8 * values.max()
        apart = vectors[:, kept].T @ rows
        slopes, spread = self._criterion.information(self._theta)
        squares = (apart @ self.coefficients) ** 2 / values[kept]
        degrees = [
            _satterthwaite(w, float(v), slopes, spread) for w, v in zip(apart, values[kept], strict=True)
        ]
        r = len(degrees)
        f = float(squares.mean())
        df = _joint_df(degrees)
        p = float(scipy_stats.chi2.sf(r * f, r) if df == inf else scipy_stats.f.sf(f, r, df))
        return JointTest(f=f, numerator=r, denominator=df, p=p)

    def parametric_bootstrap(
        self,
        statistic: "Callable[[MixedFit], float]",
        *,
        rng: np.random.Generator,
        draws: int = 500,
        level: float = 0.95,
    ) -> Interval:
        """Percentile interval of a statistic of the fit when responses are drawn from the fitted model.

        Each draw has new random effects and new error; the model is fitted to it anew. For variances and their shares,
        whose estimates are skewed or at 0, and as a check of Satterthwaite's intervals.

        Parameters
        ----------
        statistic
            From a fit to a number; `nan` marks a draw without a value.
        rng
            Randomness.
        draws
            Number of draws; each costs one fit.
        level
            Confidence level.

        References
        ----------
        Davison and Hinkley 1997, section 2.1; Bates et al. 2015, J Stat Softw 67(1).
        """
        estimate = float(statistic(self))
        if not isfinite(estimate):
            return Interval(estimate=None, level=level, reason="undefined on the data")
        values = np.array(
            [
                statistic(
                    _fit(self._criterion.with_response(self._draw(rng)), self.names, self.method, self._theta)
                )
                for _ in range(draws)
            ]
        )
        return percentile_interval(estimate, values, level, f"parametric bootstrap, {draws} draws")

    def _draw(self, rng: np.random.Generator) -> Floats:
        """Return a response drawn from the model."""
        criterion = self._criterion
        spherical = rng.standard_normal(criterion.z.shape[1])
        random = criterion.z @ sum(
            theta * (part @ spherical) for theta, part in zip(self._theta, criterion.parts, strict=True)
        )
        error = rng.standard_normal(self.observations)
        drawn: Floats = criterion.design @ self.coefficients + sqrt(self.residual) * (random + error)
        return drawn


def mixed_model(
    response: ArrayLike,
    design: ArrayLike,
    names: Sequence[str],
    groupings: Sequence[Grouping],
    *,
    method: Method = "REML",
) -> MixedFit:
    """Fit y = X b + Z u + e with independent random factors, crossed or nested in any way.

    With u = L(theta) s, s and e normal with the variance of error, A = L'Z'Z L + I and C = X'V^-1 X (V the covariance of
    y by the variance of error), it minimises over theta alone

        log|A| + log|C| + (n - p) (1 + log(2 pi r^2 / (n - p)))        (REML; ML leaves log|C| out and takes n for n - p)

    where r^2 is the penalised sum of squares at the best b and u. A is factored as a sparse matrix with the finest factor
    first, so that factors nested in one another fill nothing in; the cost is that of the crossed ones.

    Parameters
    ----------
    response
        y, shape (n,).
    design
        X, shape (n, p), with its column of ones if there is to be an intercept.
    names
        Names of the columns of X.
    groupings
        The random factors, at least one. A factor nested in another has codes of its own a level (a course has one code,
        whatever its actor's).
    method
        `REML` for variances and intervals; `ML` to compare models whose fixed effects differ.

    Returns
    -------
    The fit. Where a variance ends at 0 or a correlation at -1 or 1, `boundary` and `reason` say so; where the search does
    not end at a minimum, `converged` and `reason` do.

    Raises
    ------
    SingularDesignError
        If X has not full column rank or no fewer columns than rows, a factor has one level or a level for each observation
        (its intercepts are error), two factors are the same partition, a factor lies within the span of X, or nothing is
        left for error.
    ValueError
        If shapes do not fit, a value is not finite, or codes are not whole numbers.

    References
    ----------
    Bates, Maechler, Bolker and Walker 2015, J Stat Softw 67(1) (profiling); Satterthwaite 1946, Biometrics Bulletin
    2:110; Kuznetsova, Brockhoff and Christensen 2017, J Stat Softw 82(13) (its use in mixed models).

    Examples
    --------
    >>> fit = mixed_model([1.0, 2.1, 2.9, 4.2, 5.1, 5.8], np.ones((6, 1)), ["mean"],
    ...                   [Grouping(name="case", codes=[0, 0, 1, 1, 2, 2])])
    >>> round(fit.coefficient("mean").df, 3), fit.boundary
    (2.0, ())
    """
    y, x, z = _checked(response, design, names, groupings)
    _refuse(y, x, names, z)
    criterion = _Criterion(y, x, z, method)
    return _fit(criterion, tuple(names), method, None)


@dataclass(frozen=True, slots=True)
class _Factor:
    """A checked grouping: codes from 0 to levels - 1, and the slope divided by its root mean square."""

    name: str
    codes: Integers
    levels: int
    slope: Floats | None
    scale: float

    @property
    def width(self) -> int:
        return 1 if self.slope is None else 2

    @property
    def parameters(self) -> int:
        return 1 if self.slope is None else 3

    def indicator(self) -> sparse.csr_array:
        """Return the columns of Z: the levels' intercepts, each followed by its slope."""
        n = len(self.codes)
        rows, columns, values = np.arange(n), self.codes * self.width, np.ones(n)
        if self.slope is not None:
            rows = np.concatenate([rows, rows])
            columns = np.concatenate([columns, columns + 1])
            values = np.concatenate([values, self.slope])
        return sparse.csr_array((values, (rows, columns)), shape=(n, self.levels * self.width))


def _checked(
    response: ArrayLike, design: ArrayLike, names: Sequence[str], groupings: Sequence[Grouping]
) -> tuple[Floats, Floats, tuple[_Factor, ...]]:
    y, x = np.asarray(response, dtype=np.float64), np.asarray(design, dtype=np.float64)
    if y.ndim != 1 or x.ndim != 2 or len(x) != len(y) or x.shape[1] != len(names) or not len(names):
        raise ValueError(
            f"needs a response (n,) and a design (n, p) with p names; got shapes {y.shape} and {x.shape} "
            f"and {len(names)} names"
        )
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise ValueError("response and design must be finite; leave out observations without a value")
    if not groupings:
        raise ValueError("needs at least one random factor; without one use least squares")
    factors = []
    for grouping in groupings:
        codes = np.asarray(grouping.codes)
        if codes.shape != y.shape or not np.issubdtype(codes.dtype, np.integer):
            raise ValueError(
                f"{grouping.name}: codes must be whole numbers of shape {y.shape}; got {codes.dtype} {codes.shape}"
            )
        slope = None if grouping.slope is None else np.asarray(grouping.slope, dtype=np.float64)
        scale = 1.0
        if slope is not None:
            if slope.shape != y.shape or not np.isfinite(slope).all() or not slope.any():
                raise ValueError(
                    f"{grouping.name}: the slope's column must have {len(y)} finite values, not all 0"
                )
            scale = float(np.sqrt(np.mean(slope**2)))
            slope = slope / scale
        found, place = np.unique(codes, return_inverse=True)
        factors.append(_Factor(grouping.name, place.astype(np.intp), len(found), slope, scale))
    return y, x, tuple(factors)


def _refuse(y: Floats, x: Floats, names: Sequence[str], factors: tuple[_Factor, ...]) -> None:
    """Raise where the design is singular."""
    n, p = x.shape
    if p >= n:
        raise SingularDesignError(f"{p} fixed effects need more than {n} observations")
    norms = np.sqrt((x**2).sum(axis=0))
    if not norms.all():
        raise SingularDesignError(f"the column {names[int(np.argmin(norms))]} of the design is 0 throughout")
    _, r, pivot = linalg.qr(x / norms, mode="economic", pivoting=True)
    loose = np.abs(np.diag(r)) < 1e-9
    if loose.any():
        which = ", ".join(names[int(i)] for i in pivot[loose])
        raise SingularDesignError(f"columns of the design follow from the others: {which}; leave them out")
    q = linalg.qr(x, mode="economic")[0]
    for place, factor in enumerate(factors):
        if factor.levels < 2:
            raise SingularDesignError(f"{factor.name} has one level; its variance cannot be estimated")
        if factor.levels * factor.width >= n:
            raise SingularDesignError(
                f"{factor.name} has {factor.levels * factor.width} effects for {n} observations, so that they "
                "cannot be told from error"
            )
        for other in factors[:place]:
            pairs = len(np.unique(factor.codes * other.levels + other.codes))
            if factor.levels == other.levels == pairs:
                raise SingularDesignError(
                    f"{other.name} and {factor.name} group the observations alike; leave one out"
                )
        z = factor.indicator()
        inside = q.T @ z
        if float((z.multiply(z)).sum() - (inside**2).sum()) <= 1e-9 * n:
            raise SingularDesignError(
                f"{factor.name} lies within the fixed effects; its variance cannot be estimated"
            )
    left = y - q @ (q.T @ y)
    if float(left @ left) <= 1e-20 * float(y @ y):
        raise SingularDesignError(
            "the fixed effects fit exactly; nothing is left for random effects and error"
        )


@dataclass(frozen=True, slots=True)
class _State:
    """The criterion at one theta."""

    logs: float  # log|A|, and log|C| under REML
    rest: float  # r^2
    coefficients: Floats
    inverse: Floats  # C^-1


class _Criterion:
    """The profiled deviance of one design and response as a function of theta, and what hangs on it."""

    def __init__(self, y: Floats, x: Floats, factors: tuple[_Factor, ...], method: Method) -> None:
        self.design, self.factors, self.reml = x, factors, method == "REML"
        n, p = x.shape
        self.df = n - p if self.reml else n
        # The finest factor first; in X an orthonormal basis, so that its cross-products are well conditioned.
        order = sorted(range(len(factors)), key=lambda i: -factors[i].levels)
        self.q, self.r = linalg.qr(x, mode="economic")
        self.log_r = 2 * float(np.log(np.abs(np.diag(self.r))).sum())
        self.z = sparse.hstack([factors[i].indicator() for i in order], format="csc")
        starts = np.concatenate([[0], np.cumsum([f.parameters for f in factors])])
        self.slices = [slice(int(a), int(b)) for a, b in pairwise(starts)]
        self.zq = self.z.T @ self.q
        self._pattern(order)
        self._take(y)

    def _pattern(self, order: list[int]) -> None:
        """Lay out L, which is the sum of theta_k E_k, and A, whose entries are sums of products theta_k theta_l."""
        width = self.z.shape[1]
        rows: list[list[Integers]] = [[] for _ in range(self.slices[-1].stop)]
        columns: list[list[Integers]] = [[] for _ in rows]
        offset = 0
        for i in order:
            factor, start = self.factors[i], self.slices[i].start
            first = offset + np.arange(factor.levels) * factor.width
            for row, column, parameter in ((0, 0, 0), (1, 0, 1), (1, 1, 2))[: factor.parameters]:
                rows[start + parameter].append(first + row)
                columns[start + parameter].append(first + column)
            offset += factor.levels * factor.width
        self.parts = []
        for at, to in zip(rows, columns, strict=True):
            entries = (np.concatenate(at), np.concatenate(to))
            self.parts.append(sparse.csc_array((np.ones(len(entries[0])), entries), shape=(width, width)))
        zz = (self.z.T @ self.z).tocsc()
        products = [(a.T @ zz @ b).tocoo() for a in self.parts for b in self.parts]
        diagonal = np.arange(width)
        keys = [part.col.astype(np.int64) * width + part.row for part in products]
        found, place = np.unique(np.concatenate([diagonal * np.int64(width + 1), *keys]), return_inverse=True)
        self.places = found
        self.indices = (found % width).astype(np.int32)
        self.indptr = np.searchsorted(found, np.arange(width + 1) * np.int64(width)).astype(np.int32)
        self.ones = np.bincount(place[:width], minlength=len(found)).astype(np.float64)
        self.terms = np.zeros((len(found), len(products)))
        end = width
        for term, part in enumerate(products):
            self.terms[place[end : end + part.nnz], term] = part.data
            end += part.nnz

    def _take(self, y: Floats) -> None:
        self._known: tuple[Floats, list[Floats], Floats] | None = None
        # What the fixed effects fit is taken off first and put back at the end: fewer digits are lost.
        self.start = self.q.T @ y
        left = y - self.q @ self.start
        zb = np.column_stack([self.zq, self.z.T @ left])
        self.right = np.stack([part.T @ zb for part in self.parts])
        p = self.q.shape[1]
        self.bb = np.zeros((p + 1, p + 1))
        self.bb[:p, :p] = np.eye(p)
        self.bb[p, :p] = self.bb[:p, p] = self.q.T @ left
        self.bb[p, p] = left @ left

    def with_response(self, y: Floats) -> "_Criterion":
        """Return the same design with another response."""
        other = object.__new__(_Criterion)
        other.__dict__.update(self.__dict__)
        other._take(y)
        return other

    def at(self, theta: Floats) -> _State:
        """Return logs, penalised sum of squares, fixed effects and C^-1, all in the basis Q."""
        right = np.tensordot(theta, self.right, axes=1)
        logs, solved = self._solve(self.ones + self.terms @ np.outer(theta, theta).ravel(), right)
        cross = self.bb - right.T @ solved
        p = self.q.shape[1]
        chol = linalg.cho_factor(cross[:p, :p], lower=True, check_finite=False)
        shift = linalg.cho_solve(chol, cross[:p, p], check_finite=False)
        rest = float(cross[p, p] - cross[:p, p] @ shift)
        if self.reml:
            logs += 2 * float(np.log(np.diag(chol[0])).sum()) + self.log_r
        inverse = linalg.cho_solve(chol, np.eye(p), check_finite=False)
        return _State(logs=logs, rest=rest, coefficients=self.start + shift, inverse=inverse)

    def _solve(self, data: Floats, right: Floats) -> tuple[float, Floats]:
        """Return log|A| and A^-1 times the right side, from the entries of A."""
        width = self.z.shape[1]
        if width <= DENSE:
            inner = np.zeros(width * width)
            inner[self.places] = data
            chol = linalg.cho_factor(
                inner.reshape(width, width), lower=True, overwrite_a=True, check_finite=False
            )
            solved: Floats = linalg.cho_solve(chol, right, check_finite=False)
            return 2 * float(np.log(np.diag(chol[0])).sum()), solved
        lu = sparse_linalg.splu(
            sparse.csc_array((data, self.indices, self.indptr), shape=(width, width)),
            permc_spec="NATURAL",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
        return float(np.log(np.abs(lu.U.diagonal())).sum()), lu.solve(right)

    def deviance(self, theta: Floats) -> float:
        """Return the profiled deviance, or infinity where rounding has eaten the sum of squares."""
        return self.of(self.at(theta))

    def of(self, state: _State) -> float:
        """Return the profiled deviance of a state."""
        if state.rest <= 0:
            return inf
        return float(state.logs + self.df * (1 + log(2 * pi * state.rest / self.df)))

    def bounds(self) -> list[tuple[float | None, float]]:
        """Return the range of each theta: what stands on the diagonal of L is not negative."""
        return [
            bound
            for factor in self.factors
            for bound in (
                [(0.0, LARGEST)]
                if factor.slope is None
                else [(0.0, LARGEST), (None, LARGEST), (0.0, LARGEST)]
            )
        ]

    def gradient(self, theta: Floats) -> Floats:
        """Return the slopes of the deviance; it is even in a diagonal theta, so that 0 is no edge."""
        result = np.empty(len(theta))
        for i in range(len(theta)):
            step = 1e-4 * max(1.0, abs(theta[i]))
            up, down = theta.copy(), theta.copy()
            up[i] += step
            down[i] -= step
            result[i] = (self.deviance(up) - self.deviance(down)) / (2 * step)
        return result

    def information(self, theta: Floats) -> tuple[list[Floats], Floats]:
        """Return the slopes of the fixed effects' covariance in (theta, sigma) and the covariance of these."""
        if self._known is None or not np.array_equal(self._known[0], theta):
            self._known = (theta, *self._information(theta))
        return self._known[1:]

    def _information(self, theta: Floats) -> tuple[list[Floats], Floats]:
        m = len(theta)
        steps = 1e-3 * np.maximum(np.abs(theta), 0.1)
        middle = self.at(theta)

        def moved(*moves: tuple[int, float]) -> _State:
            other = theta.copy()
            for i, times in moves:
                other[i] += times * steps[i]
            return self.at(other)

        up = [moved((i, 1.0)) for i in range(m)]
        down = [moved((i, -1.0)) for i in range(m)]
        variance = middle.rest / self.df
        sigma = sqrt(variance)

        def score(state: _State) -> float:
            return float(state.logs + state.rest / variance)

        hessian = np.zeros((m + 1, m + 1))
        for i in range(m):
            hessian[i, i] = (score(up[i]) - 2 * score(middle) + score(down[i])) / steps[i] ** 2
            slope = (up[i].rest - down[i].rest) / (2 * steps[i])
            hessian[i, m] = hessian[m, i] = -2 * slope / sigma**3
            for j in range(i):
                corners = [
                    moved((i, a), (j, b)) for a, b in ((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0))
                ]
                pp, pm, mp, mm = (score(corner) for corner in corners)
                hessian[i, j] = hessian[j, i] = (pp - pm - mp + mm) / (4 * steps[i] * steps[j])
        hessian[m, m] = 4 * self.df / variance
        back = np.linalg.inv(self.r)
        slopes = [
            variance * back @ ((a.inverse - b.inverse) / (2 * step)) @ back.T
            for a, b, step in zip(up, down, steps, strict=True)
        ]
        slopes.append(2 * sigma * back @ middle.inverse @ back.T)
        values, vectors = np.linalg.eigh(hessian)
        kept = values > 1e-8 * max(1.0, float(values.max()))
        spread: Floats = 2 * (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
        return slopes, spread


def _search(criterion: _Criterion, start: Floats) -> tuple[Floats, float]:
    fit = optimize.minimize(
        criterion.deviance,
        start,
        jac=criterion.gradient,
        method="L-BFGS-B",
        bounds=criterion.bounds(),
        options={"ftol": 1e-11, "gtol": 1e-6},
    )
    return np.asarray(fit.x, dtype=np.float64), float(fit.fun)


def _minimise(criterion: _Criterion, warm: Floats | None) -> Floats:
    """Return the best theta; where the search has ended at zero it is looked whether it is better to leave it."""
    diagonal = np.array([low == 0.0 for low, _ in criterion.bounds()])
    start = np.where(diagonal, 1.0, 0.0) if warm is None else np.where(diagonal & (warm < ZERO), 0.1, warm)
    theta, value = _search(criterion, start)
    for _ in range(3):
        theta, value = _to_zero(criterion, theta, value, diagonal)
        away = [
            other
            for i in np.flatnonzero(diagonal & (theta == 0))
            for size in (0.03, 0.3)
            if criterion.deviance(other := _with(theta, int(i), size)) < value - 1e-7
        ]
        if not away:
            return theta
        theta, value = _search(criterion, away[-1])
    return theta


def _with(theta: Floats, place: int, value: float) -> Floats:
    other = theta.copy()
    other[place] = value
    return other


def _to_zero(
    criterion: _Criterion, theta: Floats, value: float, diagonal: NDArray[np.bool_]
) -> tuple[Floats, float]:
    for i in np.flatnonzero(diagonal & (np.abs(theta) < ZERO)):
        other = _with(theta, int(i), 0.0)
        at_zero = criterion.deviance(other)
        if at_zero <= value + 1e-7:
            theta, value = other, at_zero
    return theta, value


def _polish(criterion: _Criterion, theta: Floats) -> tuple[Floats, bool]:
    """Take Newton's steps on what is not at a limit; say whether they end at a minimum."""
    low = np.array([-inf if end is None else end for end, _ in criterion.bounds()])
    free = np.flatnonzero((theta > low) & (theta < LARGEST))
    if not len(free):
        return theta, True
    value = criterion.deviance(theta)
    for _ in range(6):
        gradient = criterion.gradient(theta)[free]
        steps = 1e-3 * np.maximum(np.abs(theta[free]), 0.1)
        hessian = np.empty((len(free), len(free)))
        for row, (i, step) in enumerate(zip(free, steps, strict=True)):
            up, down = _with(theta, int(i), theta[i] + step), _with(theta, int(i), theta[i] - step)
            hessian[row] = (criterion.gradient(up)[free] - criterion.gradient(down)[free]) / (2 * step)
        values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
        if values.min() <= 0:
            return theta, False
        move = -(vectors / values) @ (vectors.T @ gradient)
        if np.all(np.abs(move) <= 1e-5 * np.maximum(np.abs(theta[free]), 0.1)):
            return theta, True
        other = theta.copy()
        other[free] = np.maximum(other[free] + move, low[free])
        better = criterion.deviance(other)
        if better > value + 1e-9 * abs(value):
            return theta, False
        theta, value = other, better
    return theta, False


def _fit(criterion: _Criterion, names: tuple[str, ...], method: Method, warm: Floats | None) -> MixedFit:
    """Fit; from a known theta (a bootstrap draw) without the Newton steps, whose digits a draw does not need."""
    theta = _minimise(criterion, warm)
    converged = True
    if warm is None:
        theta, converged = _polish(criterion, theta)
    state = criterion.at(theta)
    residual = state.rest / criterion.df
    back = np.linalg.inv(criterion.r)
    effects, boundary = [], []
    for factor, part in zip(criterion.factors, criterion.slices, strict=True):
        effect, at_limit = _effect(factor, theta[part], residual)
        effects.append(effect)
        boundary += at_limit
    reasons = [f"at the limit: {'; '.join(boundary)}"] if boundary else []
    if (theta >= LARGEST * (1 - 1e-6)).any():
        reasons.append("error is next to nothing beside the random effects, whose variances are lower limits")
    if not converged:
        reasons.append("the search did not end at a minimum")
    return MixedFit(
        names=names,
        coefficients=back @ state.coefficients,
        covariance=residual * back @ state.inverse @ back.T,
        effects=tuple(effects),
        residual=residual,
        log_likelihood=-criterion.of(state) / 2,
        method=method,
        observations=len(criterion.design),
        converged=converged,
        boundary=tuple(boundary),
        reason="; ".join(reasons) or None,
        _criterion=criterion,
        _theta=theta,
    )


def _effect(factor: _Factor, theta: Floats, residual: float) -> tuple[RandomEffect, list[str]]:
    intercept = residual * float(theta[0]) ** 2
    limits = [] if intercept else [f"variance of {factor.name} is 0"]
    if factor.slope is None:
        return RandomEffect(
            name=factor.name, levels=factor.levels, intercept=intercept, slope=None, correlation=None
        ), limits
    slope = residual * float(theta[1] ** 2 + theta[2] ** 2) / factor.scale**2
    correlation = None
    if intercept and slope:
        correlation = float(theta[1] / np.hypot(theta[1], theta[2]))
        if theta[2] == 0:
            limits.append(f"correlation of intercept and slope of {factor.name} is {correlation:+.0f}")
    elif not slope:
        limits.append(f"variance of the slope of {factor.name} is 0")
    return RandomEffect(
        name=factor.name, levels=factor.levels, intercept=intercept, slope=slope, correlation=correlation
    ), limits


def _satterthwaite(weights: Floats, variance: float, slopes: list[Floats], spread: Floats) -> float:
    gradient = np.array([weights @ slope @ weights for slope in slopes])
    bottom = float(gradient @ spread @ gradient)
    return 2 * variance**2 / bottom if bottom > 0 else inf


def _joint_df(degrees: list[float]) -> float:
    r = len(degrees)
    if r == 1 or max(degrees) - min(degrees) <= 1e-8 * max(degrees):
        return degrees[0]
    if min(degrees) <= 2:
        return 2.0
    total = sum(1.0 if df == inf else df / (df - 2) for df in degrees)
    return 2 * total / (total - r) if total > r else inf


def _t_quantile(share: float, df: float) -> float:
    return float(scipy_stats.norm.ppf(share) if df == inf else scipy_stats.t.ppf(share, df))


def _t_two_sided(t: float, df: float) -> float:
    return float(2 * (scipy_stats.norm.sf(abs(t)) if df == inf else scipy_stats.t.sf(abs(t), df)))
