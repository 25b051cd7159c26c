"""Network meta-analysis: trials of different pairs of treatments joined into one set of effects, by least squares."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg
from scipy import stats as scipy_stats

from therapyarc.stats.interval import Interval
from therapyarc.stats.meta import least_variance

__all__ = ["NetworkMetaAnalysis", "network_meta_analysis"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMetaAnalysis:
    """Effects of all treatments against one another."""

    treatments: tuple[str, ...]
    """Treatments, sorted."""
    reference: str
    """The treatment against which effects are given."""
    studies: int
    """Trials."""
    common: tuple[Interval, ...]
    """Effect of each treatment against the reference with one true effect a pair; 0 for the reference itself."""
    random: tuple[Interval, ...]
    """The same with true effects that differ between trials by tau2."""
    league: tuple[tuple[Interval, ...], ...]
    """Random effects of the row's treatment against the column's."""
    tau2: float
    """Variance between trials, by the method of moments."""
    tau2_reml: float
    """The same by restricted maximum likelihood."""
    q: float
    """Cochran's Q of the whole network: differences between trials and disagreement between paths."""
    q_df: int
    """Its degrees of freedom."""
    q_p: float | None
    """Its p; none where there is nothing left to disagree."""
    i2: float | None
    """(Q - df) / Q in percent, not below 0; none where there is nothing left to disagree."""
    q_within: float
    """The part of Q between trials of the same design (the same set of treatments)."""
    q_within_df: int
    """Its degrees of freedom."""
    q_between: float
    """The part of Q between designs: inconsistency."""
    q_between_df: int
    """Its degrees of freedom."""
    q_between_p: float | None
    """Its p; none where no two designs can disagree."""
    pairs: tuple[tuple[str, str, int], ...]
    """Compared pairs and in how many trials."""


def network_meta_analysis(
    studies: Sequence[Hashable],
    first: Sequence[str],
    second: Sequence[str],
    effects: ArrayLike,
    variances: ArrayLike,
    *,
    reference: str | None = None,
    level: float = 0.95,
) -> NetworkMetaAnalysis:
    """Join two-treatment contrasts, each `first` less `second`, into effects of all treatments against one another.

    y = X d + noise, X with 1 for the first and -1 for the second treatment (a column a treatment other than the reference).
    A trial of a arms gives all a (a - 1) / 2 contrasts; a - 1 of them enter, with covariance
    (v_ij + v_ik - v_jk) / 2 between i - j and i - k, so that it counts as a - 1 pieces of evidence. Common effects by
    generalised least squares. tau2, the same for all pairs, by the method of moments of Jackson, White and Riley
    (DerSimonian and Laird's for a network): (Q - df) / trace, not below 0; the between-trial covariance of two contrasts of
    one trial is tau2 / 2. Random effects with that tau2, normal intervals. Q is split as by Rücker and Krahn into within and
    between designs.

    A waitlist is a node of its own where it is named so: lumped with other inactive controls it hides what differs most
    between them.

    Parameters
    ----------
    studies
        Trial of each contrast, length n.
    first, second
        The two treatments of each contrast.
    effects, variances
        Effect of first less second, and its variance above 0, shape (n,).
    reference
        Treatment against which effects are given; by default the first by name.
    level
        Of the intervals.

    Raises
    ------
    ValueError
        If shapes differ, a treatment is compared with itself, a trial lacks a contrast of its arms or has one twice, its
        variances fit no set of arms, the network falls apart, or the reference is none of the treatments.

    References
    ----------
    Rücker 2012, Res Synth Methods 3:312; Lu et al. 2011, Res Synth Methods 2:43; Jackson, White and Riley 2012, Stat Med
    31:3805; Krahn, Binder and König 2013, BMC Med Res Methodol 13:35.

    Examples
    --------
    >>> found = network_meta_analysis(["a", "b"], ["CBT", "CBT"], ["waitlist", "usual care"], [-0.8, -0.3], [0.04, 0.04])
    >>> [round(one.estimate, 2) for one in found.common], found.q_df
    ([0.0, 0.3, 0.8], 0)
    """
    y, v = np.asarray(effects, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    _refuse(studies, first, second, y, v)
    treatments = tuple(sorted({*first, *second}))
    base = treatments[0] if reference is None else reference
    if base not in treatments:
        raise ValueError(f"reference {base!r} is none of the treatments: {', '.join(treatments)}")
    trials = _trials(studies, first, second, y, v)
    apart = _parts(treatments, trials)
    if len(apart) > 1:
        told = " | ".join(", ".join(sorted(part)) for part in apart)
        raise ValueError(
            f"the network falls apart into pieces that no trial joins: {told}. Analyse them one by one"
        )
    column = {name: place for place, name in enumerate(name for name in treatments if name != base)}
    x = np.vstack([_rows(trial, column) for trial in trials])
    target = np.concatenate([trial.y for trial in trials])
    within = linalg.block_diag(*[trial.covariance for trial in trials])
    between = linalg.block_diag(*[_halves(len(trial.y)) for trial in trials])
    d, spread, q = _least_squares(x, target, within)
    df = len(target) - len(column)
    tau2 = _moments(x, within, between, q, df) if df else 0.0
    reml = (
        least_variance(lambda at: _reml_criterion(x, target, within + at * between), float(v.max()))
        if df
        else 0.0
    )
    random, random_spread, _ = _least_squares(x, target, within + tau2 * between)
    inside, inside_df = _within_designs(trials)
    z = float(scipy_stats.norm.ppf((1 + level) / 2))

    def interval(mean: Floats, covariance: Floats, one: str, other: str, method: str) -> Interval:
        way = np.zeros(len(column))
        for name, sign in ((one, 1.0), (other, -1.0)):
            if name in column:
                way[column[name]] += sign
        if one == other:
            return Interval(estimate=0.0, low=0.0, high=0.0, level=level, method="itself")
        at, half = float(way @ mean), z * sqrt(float(way @ covariance @ way))
        return Interval(estimate=at, low=at - half, high=at + half, level=level, method=method)

    counts: dict[tuple[str, str], int] = {}
    for trial in trials:
        for pair in combinations(trial.arms, 2):
            counts[pair] = counts.get(pair, 0) + 1
    outside, outside_df = max(0.0, q - inside), df - inside_df
    return NetworkMetaAnalysis(
        treatments=treatments,
        reference=base,
        studies=len(trials),
        common=tuple(interval(d, spread, one, base, "common effects, normal") for one in treatments),
        random=tuple(
            interval(random, random_spread, one, base, "random effects, normal") for one in treatments
        ),
        league=tuple(
            tuple(
                interval(random, random_spread, one, other, "random effects, normal") for other in treatments
            )
            for one in treatments
        ),
        tau2=tau2,
        tau2_reml=reml,
        q=q,
        q_df=df,
        q_p=float(scipy_stats.chi2.sf(q, df)) if df else None,
        i2=max(0.0, 100 * (q - df) / q) if df and q > 0 else None,
        q_within=inside,
        q_within_df=inside_df,
        q_between=outside,
        q_between_df=outside_df,
        q_between_p=float(scipy_stats.chi2.sf(outside, outside_df)) if outside_df else None,
        pairs=tuple((one, other, count) for (one, other), count in sorted(counts.items())),
    )


@dataclass(frozen=True, slots=True)
class _Trial:
    """One trial: its arms, sorted, and each later arm less the first, with their covariance."""

    arms: tuple[str, ...]
    y: Floats
    covariance: Floats


def _refuse(
    studies: Sequence[Hashable], first: Sequence[str], second: Sequence[str], y: Floats, v: Floats
) -> None:
    n = len(studies)
    if not n or len(first) != n or len(second) != n or y.shape != (n,) or v.shape != (n,):
        raise ValueError("needs a study, two treatments, an effect and a variance for each contrast")
    if not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        raise ValueError("effects must be finite and variances finite and above 0")
    for study, one, other in zip(studies, first, second, strict=True):
        if one == other:
            raise ValueError(f"study {study} compares {one!r} with itself")


def _trials(
    studies: Sequence[Hashable], first: Sequence[str], second: Sequence[str], y: Floats, v: Floats
) -> list[_Trial]:
    found: list[_Trial] = []
    for study in dict.fromkeys(studies):
        own: dict[tuple[str, str], tuple[float, float]] = {}
        for place, name in enumerate(studies):
            if name != study:
                continue
            one, other = first[place], second[place]
            key, sign = ((one, other), -1.0) if one < other else ((other, one), 1.0)
            if key in own:
                raise ValueError(
                    f"study {study} compares {key[0]} and {key[1]} twice; give each contrast of a study once"
                )
            own[key] = (sign * y[place], v[place])
        arms = tuple(sorted({name for key in own for name in key}))
        absent = [pair for pair in combinations(arms, 2) if pair not in own]
        if absent:
            told = ", ".join(f"{one} and {other}" for one, other in absent[:3])
            raise ValueError(
                f"study {study} has {len(arms)} arms and no row for {told}; give all {len(arms) * (len(arms) - 1) // 2} "
                "contrasts, since their variances say how they go together"
            )
        later = arms[1:]
        covariance = np.array(
            [[_covariance(own, arms[0], one, other) for other in later] for one in later], dtype=np.float64
        )
        if len(later) > 1 and np.linalg.eigvalsh(covariance).min() <= 0:
            raise ValueError(
                f"study {study}: the variances of its contrasts cannot be those of one trial of {len(arms)} arms; "
                "check them"
            )
        found.append(_Trial(arms, np.array([own[arms[0], one][0] for one in later]), covariance))
    return found


def _covariance(own: dict[tuple[str, str], tuple[float, float]], base: str, one: str, other: str) -> float:
    if one == other:
        return own[base, one][1]
    return (own[base, one][1] + own[base, other][1] - own[min(one, other), max(one, other)][1]) / 2


def _parts(treatments: Sequence[str], trials: Sequence[_Trial]) -> list[set[str]]:
    parts = [{name} for name in treatments]
    for trial in trials:
        touched = [part for part in parts if part & set(trial.arms)]
        parts = [part for part in parts if part not in touched] + [set().union(*touched)]
    return parts


def _rows(trial: _Trial, column: dict[str, int]) -> Floats:
    rows = np.zeros((len(trial.y), len(column)))
    for place, name in enumerate(trial.arms[1:]):
        for treatment, sign in ((name, 1.0), (trial.arms[0], -1.0)):
            if treatment in column:
                rows[place, column[treatment]] += sign
    return rows


def _halves(size: int) -> Floats:
    """Return the covariance of contrasts with one arm in common, where each has variance 1."""
    return 0.5 * (np.ones((size, size)) + np.eye(size))


def _least_squares(x: Floats, y: Floats, covariance: Floats) -> tuple[Floats, Floats, float]:
    weight = np.linalg.inv(covariance)
    spread: Floats = np.linalg.inv(x.T @ weight @ x).astype(np.float64)
    d = spread @ (x.T @ weight @ y)
    left = y - x @ d
    return d, spread, float(left @ weight @ left)


def _moments(x: Floats, within: Floats, between: Floats, q: float, df: int) -> float:
    weight = np.linalg.inv(within)
    middle = weight @ x
    residual = weight - middle @ np.linalg.inv(x.T @ middle) @ middle.T
    return max(0.0, (q - df) / float(np.trace(residual @ between)))


def _reml_criterion(x: Floats, y: Floats, covariance: Floats) -> float:
    _, spread, q = _least_squares(x, y, covariance)
    return float(np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(spread)[1] + q)


def _within_designs(trials: Sequence[_Trial]) -> tuple[float, int]:
    """Return Q between trials of the same set of treatments, and its degrees of freedom."""
    q, df = 0.0, 0
    for arms in {trial.arms for trial in trials}:
        own = [trial for trial in trials if trial.arms == arms]
        if len(own) < 2:
            continue
        size = len(arms) - 1
        _, _, left = _least_squares(
            np.vstack([np.eye(size)] * len(own)),
            np.concatenate([trial.y for trial in own]),
            linalg.block_diag(*[trial.covariance for trial in own]),
        )
        q, df = q + left, df + size * (len(own) - 1)
    return q, df
