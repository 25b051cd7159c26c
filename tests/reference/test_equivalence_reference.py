"""Equivalence and non-inferiority, against scipy's one-sided tests, a published example and the intervals themselves."""

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from therapyarc.stats import Verdict, equivalence, equivalence_from_draws


def test_lakens_example_of_independent_groups() -> None:
    """Lakens 2017, first example: means 5.25, 5.22, SD .95, .83, n 95, 89, margin d = .48; t by hand from these."""
    n1, n2, s1, s2 = 95, 89, 0.95, 0.83
    pooled = sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2))
    margin = 0.48 * pooled
    se = pooled * sqrt(1 / n1 + 1 / n2)
    found = equivalence(5.25 - 5.22, se, margin, df=n1 + n2 - 2)
    assert found.verdict is Verdict.EQUIVALENT
    assert scipy_stats.t.isf(found.p_lower, 182) == pytest.approx(3.48, abs=0.01)
    assert scipy_stats.t.isf(found.p_upper, 182) == pytest.approx(3.03, abs=0.01)
    assert found.p == pytest.approx(0.0014, abs=1e-4)


def test_as_two_one_sided_tests_of_scipy() -> None:
    x = np.random.default_rng(3).normal(0.2, 1, 25)
    found = equivalence(float(x.mean()), float(x.std(ddof=1) / 5), 0.6, df=24)
    assert found.p_lower == pytest.approx(scipy_stats.ttest_1samp(x, -0.6, alternative="greater").pvalue)
    assert found.p_upper == pytest.approx(scipy_stats.ttest_1samp(x, 0.6, alternative="less").pvalue)
    theirs = scipy_stats.ttest_1samp(x, 0).confidence_interval(0.9)
    assert (found.narrow.low, found.narrow.high) == pytest.approx((theirs.low, theirs.high))
    assert found.difference.level == 0.95


@pytest.mark.parametrize(
    ("estimate", "se", "verdict", "different"),
    [
        (0.0, 0.2, Verdict.EQUIVALENT, False),
        (0.5, 0.2, Verdict.EQUIVALENT, True),
        (0.9, 0.2, Verdict.NON_INFERIOR, True),
        (3.0, 0.2, Verdict.NON_INFERIOR, True),
        (0.5, 0.4, Verdict.NON_INFERIOR, False),
        (-0.9, 0.2, Verdict.DIFFERENT, True),
        (0.0, 2.0, Verdict.UNDECIDED, False),
    ],
)
def test_words(estimate: float, se: float, verdict: Verdict, different: bool) -> None:
    found = equivalence(estimate, se, 1.0)
    assert (found.verdict, found.different) == (verdict, different)


@given(st.floats(-2, 2), st.floats(0.01, 2), st.sampled_from([3.0, 40.0, inf]))
def test_word_follows_from_the_narrow_interval(estimate: float, se: float, df: float) -> None:
    found = equivalence(estimate, se, 1.0, df=df)
    assert found.narrow.low is not None
    assert found.narrow.high is not None
    assert (found.p_lower < 0.05) == (found.narrow.low > -1)
    assert (found.verdict is Verdict.EQUIVALENT) == (found.narrow.low > -1 and found.narrow.high < 1)
    turned = equivalence(-estimate, se, 1.0, df=df)
    assert (turned.p_lower, turned.p_upper) == pytest.approx((found.p_upper, found.p_lower))


def test_draws_agree_with_the_normal() -> None:
    draws = np.random.default_rng(5).normal(0.4, 0.3, 40_000)
    by_draws, by_t = equivalence_from_draws(0.4, draws, 1.0), equivalence(0.4, 0.3, 1.0)
    assert by_draws.p == pytest.approx(by_t.p, abs=0.004)
    assert by_draws.narrow.low == pytest.approx(by_t.narrow.low, abs=0.01)
    assert by_draws.verdict is by_t.verdict
    assert equivalence_from_draws(0.0, np.zeros(199), 1.0).p == 1 / 200


def test_size_at_the_margin() -> None:
    """2,000 studies of 20 whose true difference is the margin: 5% +- 3 binomial standard errors are called equivalent."""
    x = np.random.default_rng(6).normal(2.0, 1, (2000, 20))
    found = [
        equivalence(float(row.mean()), float(row.std(ddof=1) / sqrt(20)), 2.0, df=19).verdict for row in x
    ]
    assert 0.035 <= sum(word is Verdict.EQUIVALENT for word in found) / 2000 <= 0.065


def test_bad_input() -> None:
    for margin, alpha in ((0.0, 0.05), (-1.0, 0.05), (inf, 0.05), (1.0, 0.5)):
        with pytest.raises(ValueError, match="margin above 0"):
            equivalence(0.0, 1.0, margin, alpha=alpha)
    for estimate, se in ((float("nan"), 1.0), (0.0, 0.0)):
        with pytest.raises(ValueError, match="finite estimate"):
            equivalence(estimate, se, 1.0)
    with pytest.raises(ValueError, match="100 finite draws"):
        equivalence_from_draws(0.0, [0.0] * 99, 1.0)
