"""Rank correlations and the permutation test: against scipy, closed forms and what must hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from therapyarc.stats import (
    Interval,
    correlation_posterior,
    disattenuated,
    inversions,
    partial_rank_correlation,
    permuted_difference,
    permuted_rank_p,
    rank_correlation,
)

RNG = np.random.default_rng(8)
X = RNG.normal(size=14).round(1)
Y = (X + RNG.normal(size=14)).round(1)


def test_equals_scipy() -> None:
    rng = np.random.default_rng(1)
    rho, tau = (rank_correlation(X, Y, kind=kind, rng=rng) for kind in ("spearman", "kendall"))
    assert rho.estimate == pytest.approx(stats.spearmanr(X, Y).statistic)
    assert tau.estimate == pytest.approx(stats.kendalltau(X, Y).statistic)
    assert rho.low is not None
    assert rho.estimate is not None
    assert rho.low < rho.estimate


def test_permutation_p_of_seven_equals_scipys_exact_one() -> None:
    x, y = [1, 2, 3, 4, 5, 6, 7], [2, 1, 4, 3, 7, 5, 6]
    p = permuted_rank_p(x, y, kind="kendall", rng=np.random.default_rng(1))
    assert p == pytest.approx(stats.kendalltau(x, y, method="exact").pvalue)


def test_drawn_permutation_p_is_near_the_asymptotic_one() -> None:
    p = permuted_rank_p(X, Y, kind="spearman", rng=np.random.default_rng(1))
    assert p == pytest.approx(stats.spearmanr(X, Y).pvalue, abs=0.01)


def test_difference_of_means_equals_scipys_exact_permutation() -> None:
    a, b = X[:6], Y[6:]
    found = permuted_difference(a, b, rng=np.random.default_rng(1))
    theirs = stats.permutation_test((a, b), lambda x, y: np.mean(x) - np.mean(y), n_resamples=10_000)
    assert found.exact
    assert found.allocations == len(theirs.null_distribution) == 3003
    assert found.p == pytest.approx(
        np.mean(np.abs(theirs.null_distribution) >= abs(theirs.statistic) - 1e-12)
    )


def test_drawn_permutations_agree_with_all_of_them() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(0.4, 1, 15), rng.normal(0, 1, 20)
    found = permuted_difference(a, b, rng=rng)
    assert not found.exact
    assert found.p == pytest.approx(stats.ttest_ind(a, b).pvalue, abs=0.02)
    assert permuted_difference(a + 99, b, rng=rng).p == pytest.approx(1 / 20_001)


def test_partial_equals_the_residuals_correlation() -> None:
    z = RNG.normal(size=14)
    found = partial_rank_correlation(X, Y, z, rng=np.random.default_rng(1))
    ranks = [stats.rankdata(v) for v in (X, Y, z)]
    left = [r - np.polyval(np.polyfit(ranks[2], r, 1), ranks[2]) for r in ranks[:2]]
    assert found.estimate == pytest.approx(stats.pearsonr(left[0], left[1]).statistic)


def test_the_posterior_is_near_fishers_interval_with_many_units() -> None:
    found = correlation_posterior(0.5, 400)
    z = np.arctanh(0.5) + np.array([-1, 1]) * 1.96 / np.sqrt(397)
    assert (found.low, found.high) == pytest.approx(tuple(np.tanh(z)), abs=0.005)
    few = correlation_posterior(0.5, 5)
    assert few.low is not None
    assert few.low < -0.4
    with pytest.raises(ValueError, match="n be 3"):
        correlation_posterior(0.5, 2)


def test_the_posterior_has_its_coverage_over_the_prior() -> None:
    rng = np.random.default_rng(6)
    hits = 0
    for rho in rng.uniform(-1, 1, 300):
        x, y = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], 10).T
        found = correlation_posterior(float(np.corrcoef(x, y)[0, 1]), 10)
        hits += (found.low or 0) <= rho <= (found.high or 0)
    assert abs(hits / 300 - 0.95) < 0.04


def test_noise_is_put_back_only_where_reliability_allows() -> None:
    r = Interval(estimate=0.4, low=0.1, high=0.6)
    assert disattenuated(r, (0.64, 1.0)).estimate == pytest.approx(0.5)
    assert disattenuated(r, (0.05, 1.0)).estimate is None
    assert disattenuated(r, (None, 1.0)).reason is not None


def test_few_or_constant_units_have_a_reason() -> None:
    rng = np.random.default_rng(1)
    assert rank_correlation([1, 2, 3], [1, 2, 3], kind="kendall", rng=rng).estimate is None
    assert "same" in (rank_correlation([1, 1, 1, 1], [1, 2, 3, 4], kind="spearman", rng=rng).reason or "")
    assert permuted_rank_p([1, 1, 1, 1], [1, 2, 3, 4], kind="spearman", rng=rng) is None
    with pytest.raises(ValueError, match="finite"):
        rank_correlation([1, np.nan, 2, 3], [1, 2, 3, 4], kind="spearman", rng=rng)


@given(
    st.lists(st.integers(0, 5), min_size=2, max_size=8).flatmap(
        lambda x: st.tuples(st.just(x), st.lists(st.integers(0, 5), min_size=len(x), max_size=len(x)))
    )
)
def test_inversions_are_the_discordant_pairs(both: tuple[list[int], list[int]]) -> None:
    x, y = both
    found = inversions(x, y)
    assert len({frozenset(pair) for pair in found}) == len(found)
    assert len(found) == sum((x[i] - x[j]) * (y[i] - y[j]) < 0 for i in range(len(x)) for j in range(i))
