"""Intervals of counts, against Newcombe's tables, scipy and the definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from therapyarc.stats import Interval, clopper_pearson, newcombe_difference, rule_of_three, wilson


def ends(interval: Interval) -> tuple[float, float]:
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.high


@pytest.mark.parametrize(
    ("count", "n", "exact", "score"),
    [
        (81, 263, (0.2527, 0.3676), (0.2553, 0.3662)),
        (15, 148, (0.0578, 0.1617), (0.0624, 0.1605)),
        (0, 20, (0.0000, 0.1684), (0.0000, 0.1611)),
        (1, 29, (0.0009, 0.1776), (0.0061, 0.1718)),
    ],
)
def test_newcombes_single_proportions(
    count: int, n: int, exact: tuple[float, float], score: tuple[float, float]
) -> None:
    """Newcombe 1998, Stat Med 17:857, table I: methods 5 (Clopper-Pearson) and 3 (Wilson)."""
    assert ends(clopper_pearson(count, n)) == pytest.approx(exact, abs=5.1e-5)
    assert ends(wilson(count, n)) == pytest.approx(score, abs=5.1e-5)


@pytest.mark.parametrize(
    ("counts", "interval"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((0, 10, 0, 10), (-0.2775, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0000)),
        ((10, 10, 0, 10), (0.6075, 1.0000)),
    ],
)
def test_newcombes_differences(counts: tuple[int, int, int, int], interval: tuple[float, float]) -> None:
    """Newcombe 1998, Stat Med 17:873, table II, method 10."""
    assert ends(newcombe_difference(*counts)) == pytest.approx(interval, abs=5.1e-5)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_as_scipy(drawn: tuple[int, int]) -> None:
    count, n = drawn
    test = scipy_stats.binomtest(count, n)
    theirs = test.proportion_ci(method="exact")
    assert ends(clopper_pearson(count, n)) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    theirs = test.proportion_ci(method="wilson")
    assert ends(wilson(count, n)) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize("p", [0.01, 0.1, 0.37])
def test_exact_interval_never_covers_less(p: float) -> None:
    covered = sum(
        float(scipy_stats.binom.pmf(count, 40, p))
        for count in range(41)
        if ends(clopper_pearson(count, 40))[0] <= p <= ends(clopper_pearson(count, 40))[1]
    )
    assert covered >= 0.95


def test_rule_of_three_leaves_a_twentieth() -> None:
    for n in (1, 7, 300):
        _, high = ends(rule_of_three(n))
        assert (1 - high) ** n == pytest.approx(0.05)
    assert ends(rule_of_three(300))[1] == pytest.approx(3 / 300, rel=0.01)


@given(st.integers(0, 12), st.integers(0, 9))
def test_difference_turns_its_sign(first: int, second: int) -> None:
    low, high = ends(newcombe_difference(first, 12, second, 9))
    back = ends(newcombe_difference(second, 9, first, 12))
    assert np.array(back) == pytest.approx([-high, -low])
    assert -1 <= low <= first / 12 - second / 9 <= high <= 1


def test_of_none_and_bad_input() -> None:
    for interval in (clopper_pearson(0, 0), wilson(0, 0), rule_of_three(0), newcombe_difference(1, 2, 0, 0)):
        assert interval.estimate is None
        assert interval.reason == "of none there is no proportion"
    for count, n in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="between 0 and n"):
            clopper_pearson(count, n)
        with pytest.raises(ValueError, match="between 0 and n"):
            newcombe_difference(1, 2, count, n)
