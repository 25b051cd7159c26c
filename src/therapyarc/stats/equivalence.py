"""Whether a difference is small enough: equivalence, non-inferiority, and a word for what was found."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as scipy_stats

from therapyarc.stats.interval import Interval

__all__ = ["Equivalence", "Verdict", "equivalence", "equivalence_from_draws"]


class Verdict(StrEnum):
    """What an interval says against its margin; see `Equivalence.verdict`."""

    EQUIVALENT = "equivalent"
    """The whole interval of the two one-sided tests lies within the margin."""
    NON_INFERIOR = "non-inferior"
    """It lies above the lower margin alone."""
    DIFFERENT = "different"
    """0 lies outside the two-sided interval, and neither of the above holds."""
    UNDECIDED = "undecided"
    """None of these: too little is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """A difference held against a margin."""

    margin: float
    """The largest difference that does not matter, above 0, in the unit of the difference."""
    difference: Interval
    """The difference with its two-sided interval at the level 1 - alpha."""
    narrow: Interval
    """The same at 1 - 2 alpha, whose ends decide the two one-sided tests."""
    p_lower: float
    """One-sided p of the hypothesis that the difference is -margin or less: the test of non-inferiority."""
    p_upper: float
    """One-sided p of the hypothesis that it is margin or more."""
    p: float
    """Of equivalence: the larger of the two."""
    different: bool
    """Whether 0 lies outside the two-sided interval. Can be true of an equivalent difference: it is there, and small."""
    verdict: Verdict
    """Equivalent if p < alpha; else non-inferior if p_lower < alpha; else different; else undecided. A difference that is
    better than the margin is non-inferior, and `different` says the rest."""


def equivalence(
    estimate: float, se: float, margin: float, *, df: float = inf, alpha: float = 0.05
) -> Equivalence:
    """Two one-sided t tests of a difference against -margin and +margin.

    t_lower = (d + margin) / se and t_upper = (d - margin) / se on `df` degrees of freedom, infinite for the normal.
    Higher values are taken as better; for a measure on which less is better turn the sign of the difference.

    Raises
    ------
    ValueError
        If `margin` or `se` is not above 0 and finite, `estimate` is not finite, or alpha does not lie between 0 and .5.

    References
    ----------
    Schuirmann 1987, J Pharmacokinet Biopharm 15:657; Lakens 2017, Soc Psychol Personal Sci 8:355; ICH E9 (margins).

    Examples
    --------
    >>> equivalence(0.1, 0.2, 0.5, df=60).verdict.value
    'equivalent'
    """
    _check(margin, alpha)
    if not (isfinite(estimate) and isfinite(se) and se > 0 and df > 0):
        raise ValueError(f"needs a finite estimate, se > 0 and df > 0; got {estimate}, {se} and {df}")
    p_lower = _upper_tail((estimate + margin) / se, df)
    p_upper = _upper_tail((margin - estimate) / se, df)
    wide, narrow = (_t_interval(estimate, se, df, level) for level in (1 - alpha, 1 - 2 * alpha))
    return _held(margin, wide, narrow, p_lower, p_upper, alpha)


def equivalence_from_draws(
    estimate: float, draws: ArrayLike, margin: float, *, alpha: float = 0.05
) -> Equivalence:
    """The same from bootstrap draws of the difference.

    Percentile intervals; p_lower is the share of draws at -margin or below, the observed one counted among them, so that p
    is never 0: (1 + hits) / (1 + draws). p_upper likewise.

    Raises
    ------
    ValueError
        If there are fewer than 100 draws or one is not finite, or as in `equivalence`.
    """
    _check(margin, alpha)
    values = np.asarray(draws, dtype=np.float64)
    if values.ndim != 1 or len(values) < 100 or not np.isfinite(values).all() or not isfinite(estimate):
        raise ValueError(f"needs a finite estimate and 100 finite draws or more; got shape {values.shape}")
    p_lower = float(1 + (values <= -margin).sum()) / (1 + len(values))
    p_upper = float(1 + (values >= margin).sum()) / (1 + len(values))
    method = f"percentile of {len(values)} bootstrap draws"
    wide, narrow = (
        Interval(
            estimate=estimate,
            low=float(np.quantile(values, (1 - level) / 2)),
            high=float(np.quantile(values, (1 + level) / 2)),
            level=level,
            method=method,
        )
        for level in (1 - alpha, 1 - 2 * alpha)
    )
    return _held(margin, wide, narrow, p_lower, p_upper, alpha)


def _check(margin: float, alpha: float) -> None:
    if not (isfinite(margin) and margin > 0 and 0 < alpha < 0.5):
        raise ValueError(f"needs a margin above 0 and alpha between 0 and .5; got {margin} and {alpha}")


def _upper_tail(t: float, df: float) -> float:
    return float(scipy_stats.norm.sf(t) if df == inf else scipy_stats.t.sf(t, df))


def _t_interval(estimate: float, se: float, df: float, level: float) -> Interval:
    share = (1 + level) / 2
    half = se * float(scipy_stats.norm.ppf(share) if df == inf else scipy_stats.t.ppf(share, df))
    return Interval(estimate=estimate, low=estimate - half, high=estimate + half, level=level, method="t")


def _held(
    margin: float, wide: Interval, narrow: Interval, p_lower: float, p_upper: float, alpha: float
) -> Equivalence:
    different = wide.low is not None and wide.high is not None and not wide.low <= 0 <= wide.high
    p = max(p_lower, p_upper)
    if p < alpha:
        verdict = Verdict.EQUIVALENT
    elif p_lower < alpha:
        verdict = Verdict.NON_INFERIOR
    else:
        verdict = Verdict.DIFFERENT if different else Verdict.UNDECIDED
    return Equivalence(
        margin=margin,
        difference=wide,
        narrow=narrow,
        p_lower=p_lower,
        p_upper=p_upper,
        p=p,
        different=different,
        verdict=verdict,
    )
