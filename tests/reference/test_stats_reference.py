"""Every statistic against a published table or another package's output."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from therapyarc.stats import (
    cluster_bootstrap,
    exact_agreement,
    from_u,
    hodges_lehmann,
    holm,
    icc,
    krippendorff_alpha,
    length_adjusted_difference,
    mann_whitney,
    over_targets,
    paired_change,
    power_between,
    rank_biserial,
    smallest_attainable_p,
    vargha_delaney,
    weighted_kappa,
)

SAMPLES = st.lists(st.integers(1, 5), min_size=2, max_size=6)


@pytest.mark.parametrize(
    ("u", "r", "p", "printed", "exact"),
    [
        (2.0, 0.917, 0.00451, 0.005, 0.00266),
        (2.5, 0.896, 0.00551, 0.006, None),
        (0.0, 1.0, 0.00195, 0.002, 0.00067),
    ],
)
def test_published_rows_of_the_behavioural_activation_study(
    u: float, r: float, p: float, printed: float, exact: float | None
) -> None:
    """Napiwotzki, Laue et al. 2025, doi 10.2196/78138: U, p and rank-biserial of six models against eight people."""
    result = from_u(u, 6, 8)
    assert 1 - 2 * result.u / (6 * 8) == pytest.approx(r, abs=5e-4)
    assert result.p["asymptotic"] == pytest.approx(p, abs=5e-6)
    assert round(result.p["asymptotic"], 3) == printed
    if exact is None:
        assert "exact" not in result.p
    else:
        assert result.p["exact"] == pytest.approx(exact, abs=5e-6)


def test_untied_samples_equal_scipy() -> None:
    rng = np.random.default_rng(7)
    for n1, n2 in ((3, 3), (6, 8), (12, 9), (25, 30)):
        x, y = rng.normal(0.4, 1, n1), rng.normal(0, 1, n2)
        ours = mann_whitney(x, y)
        exact = scipy_stats.mannwhitneyu(x, y, method="exact")
        assert ours.u1 == exact.statistic
        assert ours.p["exact"] == pytest.approx(exact.pvalue, rel=1e-9)
        assert ours.p["exact_permutation"] == pytest.approx(exact.pvalue, rel=1e-9)
        for correct, name in ((True, "asymptotic_continuity"), (False, "asymptotic")):
            other = scipy_stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=correct)
            assert ours.p[name] == pytest.approx(other.pvalue, rel=1e-9)


@given(SAMPLES, SAMPLES)
def test_tied_permutation_p_equals_brute_force(x: list[int], y: list[int]) -> None:
    ours = mann_whitney(x, y)
    ranks = scipy_stats.rankdata(x + y)
    mean = len(x) * ranks.mean()
    observed = abs(ranks[: len(x)].sum() - mean)
    sums = [ranks[list(chosen)].sum() for chosen in combinations(range(len(ranks)), len(x))]
    brute = np.mean([abs(total - mean) >= observed - 1e-9 for total in sums])
    assert ours.p["exact_permutation"] == pytest.approx(brute, rel=1e-9)
    if len(set(x + y)) < len(x + y):
        assert "exact" not in ours.p
        assert "ties" in ours.undefined["exact"]


@given(SAMPLES, SAMPLES)
def test_effect_sizes_are_antisymmetric_and_blind_to_monotone_transforms(x: list[int], y: list[int]) -> None:
    forward, backward = rank_biserial(x, y), rank_biserial(y, x)
    assert forward.estimate is not None
    assert backward.estimate is not None
    assert forward.estimate == pytest.approx(-backward.estimate)
    assert rank_biserial(np.exp(x), np.exp(y)).estimate == pytest.approx(forward.estimate)
    assert vargha_delaney(x, y).estimate == pytest.approx((forward.estimate + 1) / 2)
    result = mann_whitney(x, y)
    assert forward.estimate == pytest.approx(2 * result.u1 / (len(x) * len(y)) - 1)
    assert all(0 < p <= 1 for p in result.p.values())
    if forward.low is not None and forward.high is not None:
        assert -1 <= forward.low <= forward.estimate <= forward.high <= 1


def test_complete_separation_has_a_limit_and_says_so() -> None:
    result = rank_biserial([6, 7, 8, 9, 9, 9], [1, 1, 2, 2, 3, 3, 4, 5])
    assert result.estimate == 1.0
    assert result.low == pytest.approx(2 * 0.025 ** (1 / 6) - 1)
    assert result.reason is not None
    assert "separation" in result.reason


def test_hodges_lehmann_covers_the_true_shift() -> None:
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(400):
        interval = hodges_lehmann(rng.normal(1, 1, 7), rng.normal(0, 1, 9))
        assert interval.low is not None
        assert interval.high is not None
        covered += interval.low <= 1 <= interval.high
    assert covered / 400 > 0.925
    too_few = hodges_lehmann([1.0, 2.0], [3.0, 4.0])
    assert too_few.low is None
    assert too_few.reason is not None


def test_rank_biserial_interval_covers_a_large_effect() -> None:
    """The usual formula covers 82 % here; Brunner-Munzel on the logit is to keep its level."""
    rng, shift, covered = np.random.default_rng(5), 1.812, 0  # P(X > Y) = .9, r = .8
    for _ in range(600):
        interval = rank_biserial(rng.normal(shift, 1, 15), rng.normal(0, 1, 15))
        assert interval.low is not None
        assert interval.high is not None
        covered += interval.low <= 0.8 <= interval.high
    assert covered / 600 > 0.925


def test_holm_worked_example_and_missing() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([None, 0.02, None, 0.03]) == (None, 0.04, None, 0.04)


SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


@pytest.mark.parametrize(
    ("form", "printed"),
    [("1,1", 0.17), ("2,1", 0.29), ("3,1", 0.71), ("1,k", 0.44), ("2,k", 0.62), ("3,k", 0.91)],
)
def test_icc_of_shrout_and_fleiss(form: str, printed: float) -> None:
    """Shrout and Fleiss 1979, table 4."""
    result = icc(SHROUT_FLEISS, form)  # type: ignore[arg-type]  # the six forms are literals
    assert result.estimate == pytest.approx(printed, abs=0.005)
    assert result.low is not None
    assert result.high is not None
    assert result.low < printed < result.high


def test_icc_intervals_equal_those_of_other_software() -> None:
    """R psych::ICC and pingouin print these limits for the same table: (.02, .76) for 2,1 and (.34, .95) for 3,1."""
    two, three = icc(SHROUT_FLEISS, "2,1"), icc(SHROUT_FLEISS, "3,1")
    assert (two.low, two.high) == pytest.approx((0.02, 0.76), abs=0.005)
    assert (three.low, three.high) == pytest.approx((0.34, 0.95), abs=0.005)


def test_icc_of_two_raters_in_full_disagreement_has_no_interval() -> None:
    """Both targets and both raters have the same mean: the single-rater form divides by zero."""
    found = icc(np.array([[1.0, 5.0], [5.0, 1.0]]), "2,1")
    assert found.low is None
    assert found.high is None
    assert found.estimate is None or found.estimate < 0


def test_icc_without_variation_says_why() -> None:
    result = icc([[3, 3], [3, 3]], "2,1")
    assert result.estimate is None
    assert result.reason is not None


NAN = float("nan")
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
).T


@pytest.mark.parametrize(
    ("level", "printed"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_of_krippendorff(level: str, printed: float) -> None:
    """Krippendorff 2011, four observers and twelve units."""
    assert krippendorff_alpha(KRIPPENDORFF, level) == pytest.approx(printed, abs=5e-4)  # type: ignore[arg-type]


def test_kappa_worked_example() -> None:
    """Two raters, 50 yes-or-no judgements, 20 and 15 on the diagonal: observed .7, expected .5, kappa .4."""
    a = [1] * 25 + [0] * 25
    b = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    for weights in ("unweighted", "linear", "quadratic"):
        assert weighted_kappa(a, b, weights) == pytest.approx(0.4)
    assert exact_agreement(np.column_stack([a, b])) == pytest.approx(0.7)
    assert np.isnan(weighted_kappa([3, 3], [3, 3]))


def test_agreement_interval_by_targets() -> None:
    rng = np.random.default_rng(3)
    interval = over_targets(krippendorff_alpha, KRIPPENDORFF, rng=rng, draws=300)
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low < 0.849 < interval.high
    undefined = over_targets(krippendorff_alpha, [[2, 2], [2, 2]], rng=rng)
    assert undefined.estimate is None
    assert undefined.reason is not None


def test_paired_change_is_exact() -> None:
    """Six rises of six: sign and permutation p are both 2/64."""
    rng = np.random.default_rng(1)
    change = paired_change([1, 2, 3, 4, 5, 6], rng=rng)
    assert change.p == pytest.approx({"sign": 2 / 64, "permutation": 2 / 64})
    assert change.smallest_p == 2 / 64
    assert paired_change([5.0, 5.0], rng=rng).p["permutation"] == 0.5
    flat = paired_change([0.0, 0.0], rng=rng)
    assert flat.p == {}
    assert flat.reason is not None


def test_paired_change_equals_scipy_permutation() -> None:
    d = np.array([1.5, -0.3, 2.2, 0.7, -1.1, 0.9, 1.8])
    other = scipy_stats.permutation_test([d], np.sum, permutation_type="samples", n_resamples=1000)
    assert paired_change(d, rng=np.random.default_rng(0)).p["permutation"] == pytest.approx(other.pvalue)
    long = np.random.default_rng(2).normal(0.5, 1, 40)
    drawn = paired_change(long, rng=np.random.default_rng(0)).p["monte_carlo_permutation"]
    assert drawn == pytest.approx(scipy_stats.ttest_1samp(long, 0).pvalue, abs=0.01)


def test_length_adjustment_removes_an_effect_that_is_length_alone() -> None:
    rng = np.random.default_rng(4)
    first = np.repeat([1, 0], 40)
    words = np.exp(rng.normal(3 + first, 0.5))
    values = 2 * np.log1p(words) + rng.normal(0, 0.2, 80)
    adjusted = length_adjusted_difference(values, first, words)
    assert adjusted.low is not None
    assert adjusted.high is not None
    assert values[:40].mean() - values[40:].mean() > 1
    assert adjusted.low < 0 < adjusted.high
    assert length_adjusted_difference([1, 2, 3, 4, 5], [1, 1, 0, 0, 0], [9] * 5).estimate is None


def test_bootstrap_interval_of_a_mean_is_near_normal_theory() -> None:
    data = np.random.default_rng(8).normal(0, 1, 200)
    result = cluster_bootstrap(lambda drawn: float(data[drawn].mean()), 200, rng=np.random.default_rng(0))
    assert result.low is not None
    assert result.high is not None
    assert result.high - result.low == pytest.approx(2 * 1.96 * data.std(ddof=1) / np.sqrt(200), rel=0.1)
    constant = cluster_bootstrap(lambda drawn: 7.0, 5, rng=np.random.default_rng(0))
    assert constant.low is None
    assert constant.reason is not None


def test_power_is_alpha_without_a_difference_and_grows() -> None:
    rng = np.random.default_rng(6)
    null, large = power_between(6, 8, 0, rng=rng), power_between(6, 8, 2, rng=rng)
    assert null.power < 0.08
    assert large.power > 0.85
    assert null.smallest_p == smallest_attainable_p(6, 8) == pytest.approx(2 / 3003)
