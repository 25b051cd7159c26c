"""A difference held against the margin that the estimand declares: equivalence and non-inferiority."""

from dataclasses import replace

from scipy import stats as scipy_stats

from therapyarc.analysis.estimates import estimate
from therapyarc.domain import Estimand, Estimate
from therapyarc.stats import Equivalence, Interval, equivalence

__all__ = ["against_margin", "of_interval"]

VERDICTS = {
    "equivalent": "equivalent: the difference lies within the margin",
    "non-inferior": "not inferior: the first side is not lower by the margin or more",
    "different": "different, and not within the margin",
    "undecided": "undecided: too little is known",
}
CARRIED = {
    "equivalent": "equivalent: the advantage is the same in both halves, within the margin",
    "non-inferior": "not inferior: the advantage shrinks by less than the margin",
    "different": "different: the advantage changes, and not within the margin",
    "undecided": "undecided: too little is known",
}


def against_margin(
    estimand: Estimand, difference: float | None, se: float | None, df: float | None, unit: str
) -> tuple[Estimate, ...]:
    """Test a difference against the margin agreed before; nothing where none was agreed.

    Two estimates: the difference with the interval of 90% that decides the two one-sided tests of equivalence, and the same
    with the one-sided interval of 95% that decides non-inferiority. Where less is better on the construct, the second
    tells about the wrong side; it is said in words which side it is about.
    """
    if estimand.margin is None:
        return ()
    what = "carry-over" if estimand.contrast == "carry_over" else "difference"
    names = (
        ("within_margin", f"{what} against a margin of {estimand.margin:g}"),
        ("not_inferior", f"{what} against a loss of {estimand.margin:g}"),
    )
    if difference is None or se is None or not se > 0 or df is None:
        reason = "no standard error, so nothing can be held against the margin"
        return tuple(Estimate(name=name, label=label, unit=unit, reason=reason) for name, label in names)
    held = equivalence(difference, se, estimand.margin, df=df)
    lower_verdict = "not inferior" if held.p_lower < 0.05 else "inferiority is not ruled out"
    both, lower = (estimate(name, label, held.narrow, unit) for name, label in names)
    return (
        replace(
            both, method=f"{_verdict(estimand, held)}; two one-sided tests, p = {held.p:.3f}, interval of 90%"
        ),
        replace(
            lower,
            high=None,
            level=0.95,
            reason="one-sided: the upper end is open",
            method=f"{lower_verdict}; one-sided p = {held.p_lower:.3f}",
        ),
    )


def of_interval(estimand: Estimand, interval: Interval, df: float, unit: str) -> tuple[Estimate, ...]:
    """Test a t interval against the margin: its standard error is half its width over the quantile."""
    se = None
    if interval.low is not None and interval.high is not None and df > 0:
        se = (interval.high - interval.low) / 2 / float(scipy_stats.t.ppf((1 + interval.level) / 2, df))
    return against_margin(estimand, interval.estimate, se, df, unit)


def _verdict(estimand: Estimand, held: Equivalence) -> str:
    return (CARRIED if estimand.contrast == "carry_over" else VERDICTS)[held.verdict.value]
