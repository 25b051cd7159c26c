"""Courses of sessions with dropout: from the mean of those who came to what holds whatever the others would have said."""

from dataclasses import dataclass
from math import inf, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize
from scipy import stats as scipy_stats

from therapyarc.stats.exact_counts import clopper_pearson
from therapyarc.stats.influence import clustered_error, clustered_interval
from therapyarc.stats.interval import Interval
from therapyarc.stats.mixed import Contrast, Grouping, MixedFit, mixed_model

__all__ = [
    "Donors",
    "ReliableChange",
    "SameDyadChange",
    "SessionMean",
    "TippingPoint",
    "TrajectoryModel",
    "delta_adjusted",
    "reliable_change",
    "rubin",
    "same_dyad_change",
    "session_means",
    "tipping_point",
    "trajectory_model",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Donors = Literal["available", "complete", "neighbouring"]
"""Whose later sessions stand for those of a dyad that left: all who were still there (missing at random); those who stayed
to the end; those who left one session later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMean:
    """Mean of those who came to one session of one arm."""

    arm: int
    """0 or 1."""
    session: int
    """From 0."""
    attended: int
    """Dyads with a value."""
    dyads: int
    """Dyads of the arm."""
    mean: Interval
    """Their mean."""


def session_means(
    values: ArrayLike, arms: ArrayLike, clusters: ArrayLike, level: float = 0.95
) -> tuple[SessionMean, ...]:
    """Mean of each session over those who came: naive, since those who come late in a course are not those who began.

    Where clients who fare worse leave, these means rise without anyone's change. Shown beside `trajectory_model`, never in
    its place.

    Parameters
    ----------
    values
        A row a dyad and a column a session in order, shape (dyads, sessions), NaN where there was none.
    arms
        0 or 1 a dyad.
    clusters
        What varies independently (cases, or actors), a label a dyad.
    level
        Confidence level; intervals are t with errors clustered.

    Raises
    ------
    ValueError
        If shapes do not fit, an arm is neither 0 nor 1, a dyad has no value, or a value is infinite.
    """
    y, arm, cluster = _checked(values, arms, clusters)
    result = []
    for a in (0, 1):
        for session in range(y.shape[1]):
            here = (arm == a) & ~np.isnan(y[:, session])
            result.append(
                SessionMean(
                    arm=a,
                    session=session,
                    attended=int(here.sum()),
                    dyads=int((arm == a).sum()),
                    mean=_mean(y[here, session], cluster[here], level),
                )
            )
    return tuple(result)


@dataclass(frozen=True, slots=True, kw_only=True)
class SameDyadChange:
    """Change of the same dyads, from their first to their last session."""

    changes: tuple[Interval, Interval]
    """Mean change by arm."""
    difference: Interval
    """Mean change of arm 1 less that of arm 0."""
    dyads: tuple[int, int]
    """Dyads with two sessions or more, by arm."""
    left_out: int
    """Dyads with one session, which have no change."""


def same_dyad_change(
    values: ArrayLike, arms: ArrayLike, clusters: ArrayLike, level: float = 0.95
) -> SameDyadChange:
    """Change from the first to the last attended session, whenever that was; parameters and errors as `session_means`.

    Nobody is compared with another dyad's mean, but a course cut short counts with the change it had by then: the last
    value carried forward. Clusters may hold dyads of both arms (the same cases); the difference then uses that they do.
    """
    y, arm, cluster = _checked(values, arms, clusters)
    known = ~np.isnan(y)
    row = np.arange(len(y))
    first, last = known.argmax(axis=1), y.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    kept = last > first
    d, arm, cluster = (y[row, last] - y[row, first])[kept], arm[kept], cluster[kept]
    return SameDyadChange(
        changes=(
            _mean(d[arm == 0], cluster[arm == 0], level),
            _mean(d[arm == 1], cluster[arm == 1], level),
        ),
        difference=_difference(d, arm, cluster, level),
        dyads=(int((arm == 0).sum()), int((arm == 1).sum())),
        left_out=int((~kept).sum()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryModel:
    """The mixed model of arm, session and their product."""

    fit: MixedFit
    """The fit; its columns are `intercept`, `arm`, `session t` and `arm:session t` for t from 1."""
    final: Contrast
    """Arm 1 less arm 0 at the last session."""
    change: Contrast
    """Change from the first to the last session of arm 1, less that of arm 0."""
    changes: tuple[Contrast, Contrast]
    """Change from the first to the last session, by arm."""


def trajectory_model(
    values: ArrayLike,
    arms: ArrayLike,
    *,
    actors: ArrayLike | None,
    cases: ArrayLike | None,
    level: float = 0.95,
) -> TrajectoryModel:
    """Mixed model y_dt = session_t + arm_d session_t + actor + case + dyad + e_dt with every value that there is.

    Right where values are missing at random: whether a session is missing depends on arm, session and values observed
    earlier, not on the value that is missing. Session is a factor, so that no shape of the course is assumed.

    Parameters
    ----------
    values, arms, level
        As in `session_means`.
    actors, cases
        Random factors crossed with one another, a whole number a dyad; none where the factor is not random (fewer than
        five levels) or is the dyad itself.

    Raises
    ------
    SingularDesignError
        If the design cannot tell the effects apart, for example where nobody of an arm came to a session.
    ValueError
        As `session_means`, or if there is one session alone.

    References
    ----------
    Rubin 1976, Biometrika 63:581; Mallinckrodt et al. 2008, Drug Inf J 42:303 (the contrast at the last session).
    """
    y, arm, _ = _checked(values, arms, np.arange(len(np.asarray(arms))))
    sessions = y.shape[1]
    if sessions < 2:
        raise ValueError("a course needs two sessions; got one")
    dyad, session = np.nonzero(~np.isnan(y))
    later = (session[:, None] == np.arange(1, sessions)).astype(np.float64)
    side = arm[dyad].astype(np.float64)[:, None]
    design = np.hstack([np.ones((len(dyad), 1)), side, later, side * later])
    names = ["intercept", "arm"]
    names += [f"{prefix}session {t}" for prefix in ("", "arm:") for t in range(1, sessions)]
    groupings = [
        Grouping(name=name, codes=np.asarray(codes)[dyad])
        for name, codes in (("actor", actors), ("case", cases))
        if codes is not None
    ]
    fit = mixed_model(y[dyad, session], design, names, [*groupings, Grouping(name="dyad", codes=dyad)])
    unit = np.eye(len(names))
    arm_, last, product = unit[1], unit[sessions], unit[2 * sessions - 1]
    return TrajectoryModel(
        fit=fit,
        final=fit.contrast(arm_ + product, level),
        change=fit.contrast(product, level),
        changes=(fit.contrast(last, level), fit.contrast(last + product, level)),
    )


def rubin(
    estimates: ArrayLike, variances: ArrayLike, *, complete_df: float = inf, level: float = 0.95
) -> Interval:
    """Pool estimates of m imputed data sets.

    With U the mean variance, B the variance of the estimates and T = U + (1 + 1/m) B, share missing l = (1 + 1/m) B / T:
    v_old = (m - 1) / l^2, v_obs = (v + 1) / (v + 3) v (1 - l) for v the degrees of freedom with complete data, and the
    interval is t on 1 / (1 / v_old + 1 / v_obs).

    Raises
    ------
    ValueError
        If there are fewer than two imputations, shapes differ, or a variance is negative.

    References
    ----------
    Rubin 1987, Multiple Imputation for Nonresponse in Surveys; Barnard and Rubin 1999, Biometrika 86:948.

    Examples
    --------
    >>> found = rubin([1.0, 1.2, 0.8], [0.04, 0.04, 0.04], complete_df=20)
    >>> round(found.low, 3), round(found.high, 3)
    (0.094, 1.906)
    """
    q, u = np.asarray(estimates, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    m = len(q)
    if m < 2 or q.shape != u.shape or not np.isfinite(q).all() or not (u >= 0).all():
        raise ValueError(f"needs two estimates or more and a variance each; got {q.shape} and {u.shape}")
    between = (1 + 1 / m) * float(q.var(ddof=1))
    total = float(u.mean()) + between
    estimate = float(q.mean())
    if total == 0:
        return Interval(
            estimate=estimate, level=level, reason="there is no variance within or between imputations"
        )
    share = between / total
    old = inf if share == 0 else (m - 1) / share**2
    observed = (
        inf if complete_df == inf else (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
    )
    lost = 1 / old + (1 / observed if observed > 0 else inf)
    if lost == inf:
        return Interval(estimate=estimate, level=level, reason="all variance is between imputations")
    quantile = (1 + level) / 2
    half = sqrt(total) * float(
        scipy_stats.norm.ppf(quantile) if lost == 0 else scipy_stats.t.ppf(quantile, 1 / lost)
    )
    return Interval(
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        level=level,
        method=f"Rubin's rules, {m} imputations, Barnard-Rubin degrees of freedom",
    )


def delta_adjusted(
    values: ArrayLike,
    arms: ArrayLike,
    clusters: ArrayLike,
    *,
    rng: np.random.Generator,
    delta: tuple[float, float] = (0.0, 0.0),
    donors: Donors = "available",
    imputations: int = 50,
    level: float = 0.95,
) -> Interval:
    """Difference between arms in change from first to last session, with the sessions after dropout imputed by pattern.

    Session by session and arm by arm, a missing value is drawn from the regression on all earlier sessions of the donors of
    its pattern, with its coefficients and variance drawn too. The last session of those who left before it is then shifted
    by `delta` of their arm: they fare by delta otherwise than the donors who had been like them. The change is compared with
    errors clustered, and pooled by `rubin`. A session missed between two attended ones is drawn from all who came to it, and
    is not shifted.

    Parameters
    ----------
    values, arms, clusters, level
        As in `session_means`; the first session must be there for all.
    rng
        Randomness.
    delta
        Shift of arm 0 and of arm 1, in the unit of the values.
    donors
        Whose sessions stand for the missing ones; with `available` and delta 0 this is missing at random.
    imputations
        How many data sets are drawn.

    Returns
    -------
    Without estimate where an arm has too few donors at a session, with the reason.

    Raises
    ------
    ValueError
        As `session_means`, or if a first session is missing, or fewer than two sessions or imputations are asked for.

    References
    ----------
    Little 1993, J Am Stat Assoc 88:125; Thijs et al. 2002, Biostatistics 3:245 (donors); Carpenter and Kenward 2013,
    Multiple Imputation and its Application, chapter 10.
    """
    drawn = _Imputed.draw(values, arms, clusters, donors=donors, imputations=imputations, rng=rng)
    if isinstance(drawn, str):
        return Interval(estimate=None, level=level, reason=drawn)
    return drawn.pooled(delta, level)


@dataclass(frozen=True, slots=True, kw_only=True)
class TippingPoint:
    """How far those who left must differ from expectation before the conclusion is another."""

    at_random: Interval
    """The difference between arms at delta 0."""
    delta: float | None
    """The shift nearest to 0 at which the interval includes 0; none where there is no conclusion to flip, or where it holds
    up to the limit."""
    at_delta: Interval | None
    """The difference at that shift; none where there is none."""
    shifted: int
    """Dyads whose last session was shifted."""
    reason: str | None
    """Why there is no tipping point."""


def tipping_point(
    values: ArrayLike,
    arms: ArrayLike,
    clusters: ArrayLike,
    *,
    limit: float,
    rng: np.random.Generator,
    arm: Literal[0, 1] = 1,
    donors: Donors = "available",
    imputations: int = 50,
    level: float = 0.95,
) -> TippingPoint:
    """Shift the missing last sessions of one arm against the conclusion until it no longer holds.

    The same imputations serve all shifts (see `delta_adjusted`, with its parameters), so that the point is free of the noise
    of new draws. It is read with judgement: a point that no client would reach supports the conclusion.

    Parameters
    ----------
    limit
        The largest shift looked at, above 0, in the unit of the values: for example the range of the instrument.
    arm
        The arm whose missing sessions are shifted; the other's stay at random.

    Raises
    ------
    ValueError
        As `delta_adjusted`, or if `limit` is not above 0.

    References
    ----------
    Yan, Lee and Li 2009, J Biopharm Stat 19:1085; Ratitch, O'Kelly and Tosiello 2013, Pharm Stat 12:337.
    """
    if not limit > 0:
        raise ValueError(f"limit must be above 0; got {limit}")
    drawn = _Imputed.draw(values, arms, clusters, donors=donors, imputations=imputations, rng=rng)
    if isinstance(drawn, str):
        nothing = Interval(estimate=None, level=level, reason=drawn)
        return TippingPoint(at_random=nothing, delta=None, at_delta=None, shifted=0, reason=drawn)

    def pooled(delta: float) -> Interval:
        return drawn.pooled((delta, 0.0) if arm == 0 else (0.0, delta), level)

    start = pooled(0.0)
    shifted = int((drawn.left & (drawn.arm == arm)).sum())

    def without(reason: str) -> TippingPoint:
        return TippingPoint(at_random=start, delta=None, at_delta=None, shifted=shifted, reason=reason)

    if start.low is None or start.high is None or start.low <= 0 <= start.high:
        return without("the arms are not told apart at delta 0, so that there is no conclusion to flip")
    if not shifted:
        return without(f"nobody of arm {arm} left, so that nothing can be shifted")
    above = start.low > 0
    direction = -1.0 if above == (arm == 1) else 1.0

    def apart(size: float) -> float:
        found = pooled(direction * size)
        assert found.low is not None
        assert found.high is not None
        return found.low if above else -found.high

    steps = np.linspace(0.0, limit, 101)
    end = next((float(step) for step in steps[1:] if apart(float(step)) <= 0), None)
    if end is None:
        return without(f"the conclusion holds at every shift up to {direction * limit:g}")
    size = float(optimize.brentq(apart, end - limit / 100, end))
    return TippingPoint(
        at_random=start,
        delta=direction * size,
        at_delta=pooled(direction * size),
        shifted=shifted,
        reason=None,
    )


@dataclass(frozen=True, slots=True)
class _Imputed:
    """Changes of all dyads in each imputed data set."""

    changes: Floats  # (imputations, dyads)
    arm: Integers
    cluster: Integers
    left: NDArray[np.bool_]  # who left before the last session

    @classmethod
    def draw(
        cls,
        values: ArrayLike,
        arms: ArrayLike,
        clusters: ArrayLike,
        *,
        donors: Donors,
        imputations: int,
        rng: np.random.Generator,
    ) -> "_Imputed | str":
        """Impute, or return why it cannot be done."""
        y, arm, cluster = _checked(values, arms, clusters)
        if y.shape[1] < 2 or imputations < 2:
            raise ValueError(f"needs two sessions and two imputations; got {y.shape[1]} and {imputations}")
        if np.isnan(y[:, 0]).any():
            raise ValueError(
                "the first session must be there for every dyad; leave out those who never began"
            )
        known = ~np.isnan(y)
        last = y.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
        plans = _plans(known, arm, last, donors)
        if isinstance(plans, str):
            return plans
        changes = np.empty((imputations, len(y)))
        for i in range(imputations):
            filled = y.copy()
            for plan in plans:
                plan.fill(filled, rng)
            changes[i] = filled[:, -1] - filled[:, 0]
        return cls(changes, arm, cluster, last < y.shape[1] - 1)

    def pooled(self, delta: tuple[float, float], level: float) -> Interval:
        """Shift and pool."""
        shift = np.where(self.left, np.where(self.arm == 1, delta[1], delta[0]), 0.0)
        estimates, variances, count = [], [], 0
        for changes in self.changes:
            estimate, influence = _apart(changes + shift, self.arm)
            error, count = clustered_error(influence, self.cluster)
            estimates.append(estimate)
            variances.append(error**2)
        if count < 2:
            reason = f"needs two clusters; got {count}"
            return Interval(estimate=float(np.mean(estimates)), level=level, reason=reason)
        return rubin(estimates, variances, complete_df=count - 1, level=level)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The missing values of one pattern at one session, and from whom they are drawn."""

    session: int
    missing: Integers
    donors: Integers

    def fill(self, y: Floats, rng: np.random.Generator) -> None:
        """Draw them: the posterior predictive of a normal regression under Jeffreys' prior."""
        before = self.session
        # with too few donors for all earlier sessions: the first and the last before it
        columns = np.unique([0, before - 1]) if len(self.donors) < before + 4 else np.arange(before)
        x = np.column_stack([np.ones(len(self.donors)), y[np.ix_(self.donors, columns)]])
        target = y[self.donors, self.session]
        inverse = np.linalg.pinv(x.T @ x, hermitian=True)
        beta = inverse @ x.T @ target
        df = len(target) - x.shape[1]
        variance = float(((target - x @ beta) ** 2).sum()) / rng.chisquare(df)
        values, vectors = np.linalg.eigh(inverse)
        root = vectors * np.sqrt(np.maximum(values, 0.0) * variance)
        drawn = beta + root @ rng.standard_normal(len(beta))
        new = np.column_stack([np.ones(len(self.missing)), y[np.ix_(self.missing, columns)]])
        y[self.missing, self.session] = new @ drawn + sqrt(variance) * rng.standard_normal(len(self.missing))


def _plans(known: NDArray[np.bool_], arm: Integers, last: Integers, donors: Donors) -> list[_Plan] | str:
    """Lay out who is drawn from whom, session by session."""
    plans = []
    sessions = known.shape[1]
    for t in range(1, sessions):
        for a in (0, 1):
            here = (arm == a) & known[:, t]
            wanting = (arm == a) & ~known[:, t]
            # those who come again are no dropouts: their gap is filled from all who came
            groups = [
                (wanting & (last > t), here),
                (wanting & (last < t), _who(here, last, t, donors, sessions)),
            ]
            for missing, giving in groups:
                if not missing.any():
                    continue
                if giving.sum() < 5:
                    return f"session {t} of arm {a} has {int(giving.sum())} donors ({donors}); imputation needs five"
                plans.append(_Plan(t, np.flatnonzero(missing), np.flatnonzero(giving)))
    return plans


def _who(
    here: NDArray[np.bool_], last: Integers, session: int, donors: Donors, sessions: int
) -> NDArray[np.bool_]:
    if donors == "available":
        return here
    theirs: NDArray[np.bool_] = here & (last == (sessions - 1 if donors == "complete" else session))
    return theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliableChange:
    """Dyads that changed by more than the instrument's error."""

    threshold: float
    """Change beyond which it is reliable, in the unit of the values, above 0."""
    known: int
    """Dyads with both values."""
    improved: Interval
    """Share of these that reliably improved."""
    deteriorated: Interval
    """Share of these that reliably deteriorated."""
    missing: int
    """Dyads without one of the two values."""
    deteriorated_at_worst: Interval
    """Share of all dyads if each missing one deteriorated."""
    counts: tuple[int, int, int]
    """Improved, unchanged, deteriorated."""


def reliable_change(
    first: ArrayLike,
    last: ArrayLike,
    *,
    reliability: float,
    sd: float | None = None,
    higher_is_better: bool = False,
    level: float = 0.95,
) -> ReliableChange:
    """Count reliable change: |last - first| > z s sqrt(2 (1 - r)), z the normal quantile of `level` (1.96 at .95).

    Intervals are exact. No `improved` without `deteriorated` beside it. A mean that improves may hide clients who got worse.

    Parameters
    ----------
    first, last
        Values before and after, shape (dyads,), NaN where missing.
    reliability
        r of the instrument, from its manual or the study's own, in [0, 1).
    sd
        s, standard deviation before therapy; that of `first` where none is given.
    higher_is_better
        Which way is improvement; by default down, as for symptoms.
    level
        Of threshold and intervals.

    Raises
    ------
    ValueError
        If shapes differ, r lies outside [0, 1), or the standard deviation is not above 0.

    References
    ----------
    Jacobson and Truax 1991, J Consult Clin Psychol 59:12.

    Examples
    --------
    >>> found = reliable_change([30, 32, 28, 25], [20, 31, 29, 36], reliability=0.8, sd=7.5)
    >>> found.counts, round(found.threshold, 2)
    ((1, 2, 1), 9.3)
    """
    before, after = np.asarray(first, dtype=np.float64), np.asarray(last, dtype=np.float64)
    if before.ndim != 1 or before.shape != after.shape or not before.size:
        raise ValueError(
            f"needs a value before and one after each dyad; got {before.shape} and {after.shape}"
        )
    if not 0 <= reliability < 1:
        raise ValueError(f"reliability must lie in [0, 1); got {reliability}")
    there = before[~np.isnan(before)]
    s = sd if sd is not None else float(there.std(ddof=1)) if len(there) > 1 else 0.0
    if not s > 0:
        raise ValueError("the standard deviation before therapy must be above 0; give it as sd")
    threshold = float(scipy_stats.norm.ppf((1 + level) / 2)) * s * sqrt(2 * (1 - reliability))
    change = (after - before)[~(np.isnan(before) | np.isnan(after))]
    up, down = int((change > threshold).sum()), int((change < -threshold).sum())
    improved, worse = (up, down) if higher_is_better else (down, up)
    missing = len(before) - len(change)
    return ReliableChange(
        threshold=threshold,
        known=len(change),
        improved=clopper_pearson(improved, len(change), level),
        deteriorated=clopper_pearson(worse, len(change), level),
        missing=missing,
        deteriorated_at_worst=clopper_pearson(worse + missing, len(before), level),
        counts=(improved, len(change) - up - down, worse),
    )


def _checked(values: ArrayLike, arms: ArrayLike, clusters: ArrayLike) -> tuple[Floats, Integers, Integers]:
    y, arm, cluster = np.asarray(values, dtype=np.float64), np.asarray(arms), np.asarray(clusters)
    if y.ndim != 2 or arm.shape != (len(y),) or cluster.shape != (len(y),) or not y.size:
        raise ValueError(
            "needs values (dyads, sessions) and an arm and a cluster a dyad; "
            f"got {y.shape}, {arm.shape} and {cluster.shape}"
        )
    if not np.isin(arm, (0, 1)).all():
        raise ValueError(f"arms must be 0 or 1; got {sorted(set(arm.tolist()))}")
    if np.isinf(y).any() or np.isnan(y).all(axis=1).any():
        raise ValueError("each dyad needs a value, and none may be infinite; leave out those who never began")
    return y, arm.astype(np.intp), np.unique(cluster, return_inverse=True)[1].astype(np.intp)


def _mean(values: Floats, clusters: Integers, level: float) -> Interval:
    if not len(values):
        return Interval(estimate=None, level=level, reason="nobody came")
    mean = float(values.mean())
    return clustered_interval(mean, (values - mean) / len(values), clusters, level)


def _apart(values: Floats, arm: Integers) -> tuple[float, Floats]:
    """Return the difference of the means of arm 1 and arm 0, and the influence of each value."""
    means = [float(values[arm == a].mean()) for a in (0, 1)]
    sizes = np.bincount(arm, minlength=2)
    influence = np.where(arm == 1, (values - means[1]) / sizes[1], -(values - means[0]) / sizes[0])
    return means[1] - means[0], influence


def _difference(values: Floats, arm: Integers, clusters: Integers, level: float) -> Interval:
    if not len(values) or np.bincount(arm, minlength=2).min() == 0:
        return Interval(estimate=None, level=level, reason="an arm has no dyad with a change")
    estimate, influence = _apart(values, arm)
    return clustered_interval(estimate, influence, clusters, level)
