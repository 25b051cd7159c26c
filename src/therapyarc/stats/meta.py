"""Random-effects meta-analysis: REML, Hartung-Knapp, prediction interval, meta-regression, small-study checks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize
from scipy import stats as scipy_stats

from therapyarc.stats.interval import Interval

__all__ = [
    "MetaAnalysis",
    "MetaRegression",
    "SmallStudies",
    "TrimAndFill",
    "combined",
    "least_variance",
    "meta_regression",
    "random_effects",
    "small_studies",
    "trim_and_fill",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaAnalysis:
    """What k studies say together."""

    k: int
    """Number of studies."""
    estimate: Interval
    """Mean effect with the interval of Hartung and Knapp."""
    normal: Interval
    """The same mean with the interval that takes tau2 as known, for comparison."""
    prediction: Interval
    """Where the true effect of a further study would lie."""
    tau2: Interval
    """Variance of true effects between studies, with its Q-profile interval."""
    i2: float | None
    """Share of the variability of effects that is between studies, 0 to 100 percent; none with one study."""
    q: float | None
    """Cochran's Q; none with one study."""
    q_df: int
    """Its degrees of freedom."""
    q_p: float | None
    """Its p; none with one study."""
    weights: tuple[float, ...]
    """Weight of each study in the mean, in percent."""
    p: float | None
    """Two-sided p of a mean of 0, by Hartung and Knapp; with one study, normal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaRegression:
    """How effects go with properties of studies."""

    k: int
    """Number of studies."""
    names: tuple[str, ...]
    """Names of the columns."""
    coefficients: tuple[Interval, ...]
    """One for each column, with Hartung and Knapp's interval."""
    p: tuple[float, ...]
    """Two-sided p of each coefficient."""
    tau2: float
    """Variance between studies that the columns leave."""
    f: float | None
    """F of all columns but the first (the intercept); none without one."""
    f_df: tuple[int, int]
    """Its degrees of freedom."""
    f_p: float | None
    """Its p."""
    r2: float | None
    """Share of tau2 that the columns take away, in percent, not below 0; none where there was no tau2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallStudies:
    """Whether small studies show other effects than large ones."""

    egger: Interval
    """Intercept of Egger's regression: 0 where small studies are like large ones."""
    egger_p: float | None
    """Its two-sided p."""
    rank_tau: float | None
    """Kendall's tau of standardised effect and variance."""
    rank_p: float | None
    """Its two-sided p: exact without ties, else normal."""
    reason: str | None
    """Why there is none, or what weakens it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimAndFill:
    """The mean with the studies that would make the funnel symmetric."""

    filled: int
    """Studies added (L0)."""
    side: str
    """Where they were added, `left` or `right`."""
    analysis: MetaAnalysis
    """The analysis with them."""


def random_effects(effects: ArrayLike, variances: ArrayLike, *, level: float = 0.95) -> MetaAnalysis:
    """Return the mean of effects whose true values differ between studies, y_i ~ N(mu, v_i + tau2).

    tau2 by restricted maximum likelihood, not below 0. With w_i = 1 / (v_i + tau2), mu = sum w y / sum w and

        Var(mu) = [sum w (y - mu)^2 / (k - 1)] / sum w,    mu +- t_{k-1} sqrt(Var(mu))       (Hartung, Knapp, Sidik, Jonkman)

    without the truncation at 1 that some add; `normal` has mu +- z / sqrt(sum w). The prediction interval is that of
    Higgins, Thompson and Spiegelhalter: mu +- t_{k-2} sqrt(tau2 + 1 / sum w). I2 = tau2 / (tau2 + s2) in percent, with
    s2 = (k - 1) sum(1/v) / [(sum 1/v)^2 - sum 1/v^2] the typical variance within studies. The interval of tau2 holds all
    values at which Q has a chi-squared p within the level (Viechtbauer 2007).

    One study is given back with its own normal interval, and no tau2. Two studies have no prediction interval, and an
    interval on one degree of freedom that is as wide as that says.

    Parameters
    ----------
    effects, variances
        y and v, shape (k,); v above 0.
    level
        Of all intervals.

    Raises
    ------
    ValueError
        If there is no study, shapes differ, a value is not finite, or a variance is not above 0.

    References
    ----------
    Viechtbauer 2005, J Educ Behav Stat 30:261; Hartung and Knapp 2001, Stat Med 20:3875; Sidik and Jonkman 2002, Stat Med
    21:3153; Higgins, Thompson and Spiegelhalter 2009, J R Stat Soc A 172:137; Higgins and Thompson 2002, Stat Med 21:1539;
    Viechtbauer 2007, Stat Med 26:37.

    Examples
    --------
    >>> found = random_effects([-0.9, -1.6, -1.3, -0.2], [0.3, 0.2, 0.1, 0.1])
    >>> round(found.estimate.estimate, 3), found.k
    (-0.973, 4)
    """
    y, v = _checked(effects, variances)
    k, z = len(y), float(scipy_stats.norm.ppf((1 + level) / 2))
    if k == 1:
        return _single(float(y[0]), float(v[0]), level, z)
    x = np.ones((k, 1))
    tau2 = _reml(y, v, x)
    w = 1 / (v + tau2)
    mu = float(w @ y / w.sum())
    spread = float(w @ (y - mu) ** 2 / (k - 1))
    fixed = 1 / v
    q = float(fixed @ (y - fixed @ y / fixed.sum()) ** 2)
    typical = (k - 1) * fixed.sum() / (fixed.sum() ** 2 - (fixed**2).sum())
    se, plain = sqrt(spread / w.sum()), sqrt(1 / w.sum())
    knapp = Interval(estimate=mu, level=level, reason="all effects are equal")
    p = None
    if se > 0:
        half = float(scipy_stats.t.ppf((1 + level) / 2, k - 1)) * se
        p = float(2 * scipy_stats.t.sf(abs(mu) / se, k - 1))
        knapp = Interval(
            estimate=mu, low=mu - half, high=mu + half, level=level, method="REML, Hartung-Knapp, t on k - 1",
            reason="two studies leave one degree of freedom" if k == 2 else None,
        )  # fmt: skip
    return MetaAnalysis(
        k=k,
        estimate=knapp,
        normal=Interval(
            estimate=mu,
            low=mu - z * plain,
            high=mu + z * plain,
            level=level,
            method="REML, normal, tau2 taken as known",
        ),
        prediction=_prediction(mu, tau2, plain, k, level),
        tau2=_profiled(y, v, tau2, level),
        i2=float(100 * tau2 / (tau2 + typical)),
        q=q,
        q_df=k - 1,
        q_p=float(scipy_stats.chi2.sf(q, k - 1)),
        weights=tuple(float(one) for one in 100 * w / w.sum()),
        p=p,
    )


def combined(effects: ArrayLike, variances: ArrayLike, correlation: float = 0.5) -> tuple[float, float]:
    """Return the mean of several effects of one study and its variance, at an assumed correlation r between them.

    The plain mean of m effects, with variance [sum v_i + sum_{i != j} r sqrt(v_i v_j)] / m^2. r is hardly ever known: 1
    makes the mean no better than its parts, 0 takes them for different people.

    Raises
    ------
    ValueError
        As in `random_effects`, or if r lies outside 0 to 1.

    References
    ----------
    Borenstein, Hedges, Higgins and Rothstein 2009, Introduction to Meta-Analysis, chapter 24.

    Examples
    --------
    >>> effect, variance = combined([0.4, 0.6], [0.04, 0.04])
    >>> effect, round(variance, 3)
    (0.5, 0.03)
    """
    y, v = _checked(effects, variances)
    if not 0 <= correlation <= 1:
        raise ValueError(f"correlation must lie from 0 to 1; got {correlation}")
    root = np.sqrt(v)
    together = float((1 - correlation) * v.sum() + correlation * root.sum() ** 2)
    return float(y.mean()), together / len(y) ** 2


def meta_regression(
    effects: ArrayLike,
    variances: ArrayLike,
    design: ArrayLike,
    names: Sequence[str],
    *,
    level: float = 0.95,
) -> MetaRegression:
    """Regress effects on properties of studies, y_i ~ N(x_i b, v_i + tau2), tau2 by REML, t and F by Knapp and Hartung.

    The first column of X is the intercept. Var(b) = s2 (X'WX)^-1 with s2 = sum w (y - xb)^2 / (k - p), t on k - p degrees of
    freedom; F tests all columns but the first. R2 is how much less tau2 is than without the columns; with few studies it
    is mostly noise.

    Parameters
    ----------
    effects, variances
        As in `random_effects`.
    design
        X, shape (k, p), of full column rank, with p below k.
    names
        Names of the columns.
    level
        Of the intervals.

    Raises
    ------
    ValueError
        As in `random_effects`; if X has another number of rows, a value that is not finite, less than full rank, or as many
        columns as there are studies.

    References
    ----------
    Knapp and Hartung 2003, Stat Med 22:2693; Raudenbush 2009, in The Handbook of Research Synthesis and Meta-Analysis.
    """
    y, v = _checked(effects, variances)
    x = np.asarray(design, dtype=np.float64)
    if x.ndim != 2 or len(x) != len(y) or x.shape[1] != len(names) or not np.isfinite(x).all():
        raise ValueError(
            f"design must be finite, with a row a study and a name a column; got shape {x.shape}"
        )
    k, p = x.shape
    if p >= k:
        raise ValueError(f"{p} coefficients need more than {p} studies; there are {k}")
    if np.linalg.matrix_rank(x) < p:
        raise ValueError(f"the columns {', '.join(names)} cannot be told apart in these {k} studies")
    tau2 = _reml(y, v, x)
    w = 1 / (v + tau2)
    inverse = np.linalg.inv(x.T @ (w[:, None] * x))
    b = inverse @ (x.T @ (w * y))
    covariance = float(w @ (y - x @ b) ** 2 / (k - p)) * inverse
    se = np.sqrt(np.diag(covariance))
    half = float(scipy_stats.t.ppf((1 + level) / 2, k - p)) * se
    f = f_p = None
    if p > 1 and (se > 0).all():
        f = float(b[1:] @ np.linalg.solve(covariance[1:, 1:], b[1:]) / (p - 1))
        f_p = float(scipy_stats.f.sf(f, p - 1, k - p))
    whole = _reml(y, v, np.ones((k, 1)))
    return MetaRegression(
        k=k,
        names=tuple(names),
        coefficients=tuple(
            Interval(
                estimate=float(one), low=float(one - h), high=float(one + h), level=level,
                method="REML, Knapp-Hartung, t on k - p",
            )
            for one, h in zip(b, half, strict=True)
        ),
        p=tuple(
            float(2 * scipy_stats.t.sf(abs(one) / s, k - p)) if s > 0 else 1.0
            for one, s in zip(b, se, strict=True)
        ),
        tau2=tau2,
        f=f,
        f_df=(p - 1, k - p),
        f_p=f_p,
        r2=None if whole == 0 else max(0.0, 100 * (whole - tau2) / whole),
    )  # fmt: skip


def small_studies(effects: ArrayLike, variances: ArrayLike, *, level: float = 0.95) -> SmallStudies:
    """Test whether effects go with the size of studies: Egger's regression, and Begg and Mazumdar's rank test.

    Egger: y_i / s_i = a + b / s_i by least squares, a tested by t on k - 2. Rank test: Kendall's tau of
    (y_i - mu) / sqrt(v_i - 1 / sum(1/v)) and v_i, mu the mean with weights 1 / v_i. Neither says why: small studies may
    also be of other people, or better. Below ten studies they find little; that is said. Undefined below three studies, and
    where all variances are equal.

    Raises
    ------
    ValueError
        As in `random_effects`.

    References
    ----------
    Egger, Davey Smith, Schneider and Minder 1997, BMJ 315:629; Begg and Mazumdar 1994, Biometrics 50:1088; Sterne et al.
    2011, BMJ 343:d4002 (ten studies).
    """
    y, v = _checked(effects, variances)
    k = len(y)
    if k < 3 or len(np.unique(v)) == 1:
        reason = (
            f"needs three studies of different size; there {'is' if k == 1 else 'are'} {k}"
            if k < 3
            else "all variances are equal"
        )
        return SmallStudies(
            egger=Interval(estimate=None, level=level, reason=reason),
            egger_p=None,
            rank_tau=None,
            rank_p=None,
            reason=reason,
        )
    s = np.sqrt(v)
    x = np.column_stack([np.ones(k), 1 / s])
    inverse = np.linalg.inv(x.T @ x)
    a = inverse @ (x.T @ (y / s))
    left = float(((y / s - x @ a) ** 2).sum()) / (k - 2)
    se = sqrt(left * inverse[0, 0])
    half = float(scipy_stats.t.ppf((1 + level) / 2, k - 2)) * se
    w = 1 / v
    standard = (y - w @ y / w.sum()) / np.sqrt(v - 1 / w.sum())
    tau, rank_p = scipy_stats.kendalltau(standard, v)
    return SmallStudies(
        egger=Interval(
            estimate=float(a[0]),
            low=float(a[0] - half),
            high=float(a[0] + half),
            level=level,
            method="Egger's regression, t on k - 2",
        ),
        egger_p=float(2 * scipy_stats.t.sf(abs(a[0]) / se, k - 2)) if se > 0 else None,
        rank_tau=float(tau),
        rank_p=float(rank_p),
        reason="fewer than ten studies: these tests find little" if k < 10 else None,
    )


def trim_and_fill(effects: ArrayLike, variances: ArrayLike, *, level: float = 0.95) -> TrimAndFill | None:
    """Add the studies that a symmetric funnel would have, by Duval and Tweedie's estimator L0.

    The side is that on which small studies are missing by the sign of the slope of effect on standard error (weights of a
    random-effects regression). In turn, the n0 most extreme studies of the other side are taken away, the mean mu is taken
    of the rest, and with S the sum of ranks of |y - mu| over studies above it, n0 = [4 S - k (k + 1)] / (2 k - 1), rounded,
    until it stays. Then the n0 extreme studies are mirrored at mu. A sensitivity analysis, not a correction. None below
    three studies.

    Raises
    ------
    ValueError
        As in `random_effects`.

    References
    ----------
    Duval and Tweedie 2000, Biometrics 56:455.
    """
    y, v = _checked(effects, variances)
    k = len(y)
    if k < 3 or len(np.unique(v)) == 1:
        return None
    slope = meta_regression(y, v, np.column_stack([np.ones(k), np.sqrt(v)]), ["1", "se"]).coefficients[1]
    side = "right" if (slope.estimate or 0.0) < 0 else "left"
    turned = -y if side == "right" else y
    order = np.argsort(turned, kind="stable")
    turned, sorted_v = turned[order], v[order]
    added, mu = 0, 0.0
    for _ in range(100):
        kept = slice(0, k - added)
        mu = _mean(turned[kept], sorted_v[kept])
        ranks = scipy_stats.rankdata(np.abs(turned - mu))
        signed = ranks[turned - mu > 0].sum()
        estimate = max(0, round((4 * signed - k * (k + 1)) / (2 * k - 1)))
        if estimate == added:
            break
        added = min(estimate, k - 1)
    mirrored = 2 * mu - turned[k - added :]
    whole = np.concatenate([turned, mirrored])
    if side == "right":
        whole = -whole
    return TrimAndFill(
        filled=added,
        side=side,
        analysis=random_effects(whole, np.concatenate([sorted_v, sorted_v[k - added :]]), level=level),
    )


def _checked(effects: ArrayLike, variances: ArrayLike) -> tuple[Floats, Floats]:
    y, v = np.asarray(effects, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if y.ndim != 1 or y.shape != v.shape or not y.size:
        raise ValueError(
            f"needs an effect and a variance for each of one or more studies; got {y.shape} and {v.shape}"
        )
    if not (np.isfinite(y).all() and np.isfinite(v).all()):
        raise ValueError("effects and variances must be finite")
    if not (v > 0).all():
        raise ValueError(f"variances must be above 0; got {float(v.min())}")
    return y, v


def _single(y: float, v: float, level: float, z: float) -> MetaAnalysis:
    reason = "one study says nothing of how studies differ"
    own = Interval(
        estimate=y,
        low=y - z * sqrt(v),
        high=y + z * sqrt(v),
        level=level,
        method="the study's own, normal",
        reason="one study",
    )
    none = Interval(estimate=None, level=level, reason=reason)
    return MetaAnalysis(
        k=1, estimate=own, normal=own, prediction=none, tau2=none, i2=None, q=None, q_df=0, q_p=None, weights=(100.0,),
        p=float(2 * scipy_stats.norm.sf(abs(y) / sqrt(v))),
    )  # fmt: skip


def _prediction(mu: float, tau2: float, se: float, k: int, level: float) -> Interval:
    if k < 3:
        return Interval(estimate=mu, level=level, reason="needs three studies: t on k - 2 degrees of freedom")
    half = float(scipy_stats.t.ppf((1 + level) / 2, k - 2)) * sqrt(tau2 + se**2)
    return Interval(
        estimate=mu,
        low=mu - half,
        high=mu + half,
        level=level,
        method="Higgins-Thompson-Spiegelhalter, t on k - 2",
    )


def _mean(y: Floats, v: Floats) -> float:
    if len(y) == 1:
        return float(y[0])
    w = 1 / (v + _reml(y, v, np.ones((len(y), 1))))
    return float(w @ y / w.sum())


def _reml(y: Floats, v: Floats, x: Floats) -> float:
    """Return tau2 at the maximum of the restricted likelihood, found on a grid first, since it can have two maxima."""

    def criterion(tau2: float) -> float:
        w = 1 / (v + tau2)
        information = x.T @ (w[:, None] * x)
        b = np.linalg.solve(information, x.T @ (w * y))
        return float(
            np.log(v + tau2).sum() + np.linalg.slogdet(information)[1] + (w * (y - x @ b) ** 2).sum()
        )

    return least_variance(criterion, float(np.var(y)) + float(v.max()))


def least_variance(criterion: Callable[[float], float], scale: float) -> float:
    """Return where a criterion of a variance is least, from 0 up."""
    grid = scale * np.concatenate([[0.0], np.geomspace(1e-6, 1e3, 60)])
    values = [criterion(one) for one in grid]
    best = int(np.argmin(values))
    low, high = grid[max(0, best - 1)], grid[min(len(grid) - 1, best + 1)]
    found = optimize.minimize_scalar(
        criterion, bounds=(low, high), method="bounded", options={"xatol": 1e-12 * scale}
    )
    at = float(found.x)
    return 0.0 if criterion(0.0) <= float(found.fun) else at


def _profiled(y: Floats, v: Floats, tau2: float, level: float) -> Interval:
    """Return the values of tau2 at which Q is neither too large nor too small."""
    df = len(y) - 1

    def q(at: float) -> float:
        w = 1 / (v + at)
        return float(w @ (y - w @ y / w.sum()) ** 2)

    ends = []
    for share in ((1 + level) / 2, (1 - level) / 2):
        wanted = float(scipy_stats.chi2.ppf(share, df))
        if q(0.0) <= wanted:
            ends.append(0.0)
            continue
        high = float(np.var(y)) + 1.0
        while q(high) > wanted and high < inf:
            high *= 2
        ends.append(float(optimize.brentq(lambda at, wanted=wanted: q(at) - wanted, 0.0, high, xtol=1e-12)))
    return Interval(estimate=tau2, low=ends[0], high=ends[1], level=level, method="REML; Q-profile")
