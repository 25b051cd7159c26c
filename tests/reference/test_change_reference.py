"""Changes of clusters and at equal length, against brute force and hand computation."""

from itertools import product

import numpy as np
import pytest
from scipy import stats as scipy_stats

from therapyarc.stats import clustered_change, length_adjusted_change, paired_change


def test_clustered_change_by_going_through_all_flips() -> None:
    rng = np.random.default_rng(3)
    clusters = np.array(["a", "a", "a", "b", "c", "c", "d", "d", "d", "d", "e", "f", "f"])
    d = rng.normal(0.6, 1, len(clusters))
    means = np.array([d[clusters == name].mean() for name in "abcdef"])
    flipped = [abs(np.dot(signs, means)) for signs in product((1, -1), repeat=6)]
    change = clustered_change(d, clusters, rng=rng)
    assert change.p["permutation"] == pytest.approx(np.mean(np.array(flipped) >= abs(means.sum()) - 1e-9))
    assert change.n == 6
    assert change.smallest_p == 2 / 64
    assert change.mean.estimate == pytest.approx(means.mean())
    theirs = scipy_stats.ttest_1samp(means, 0).confidence_interval(0.95)
    assert (change.mean.low, change.mean.high) == pytest.approx((theirs.low, theirs.high))


def test_clustered_change_of_more_pairs_in_a_cluster_is_no_smaller() -> None:
    rng = np.random.default_rng(0)
    d, clusters = [2.0, 3.0, 1.0, 4.0], [1, 2, 3, 4]
    once, often = clustered_change(d, clusters, rng=rng), clustered_change(d * 50, clusters * 50, rng=rng)
    assert once == often
    assert once.p["permutation"] == once.smallest_p == 2 / 16
    assert clustered_change(d, clusters, rng=rng) == paired_change(d, rng=rng)


def test_clustered_change_draws_flips_of_many_clusters() -> None:
    d = np.random.default_rng(2).normal(0.4, 1, 22)
    sums = np.zeros(1)
    for value in d:
        sums = np.concatenate([sums + value, sums - value])
    exact = (np.abs(sums) >= abs(d.sum()) - 1e-9).mean()
    first, again = (clustered_change(d, range(22), rng=np.random.default_rng(1)) for _ in range(2))
    assert first == again
    assert first.p["monte_carlo_permutation"] == pytest.approx(exact, abs=4 * np.sqrt(exact / 20_000))


def test_clustered_change_keeps_its_level_where_pairs_do_not() -> None:
    """Eight clusters of six pairs that share most of their variance, and no change."""
    rng, clustered, paired = np.random.default_rng(8), 0, 0
    clusters = np.repeat(np.arange(8), 6)
    for _ in range(400):
        d = np.repeat(rng.normal(0, 1, 8), 6) + rng.normal(0, 0.5, 48)
        clustered += clustered_change(d, clusters, rng=rng).p["permutation"] <= 0.05
        paired += paired_change(d, rng=rng, draws=300).p["monte_carlo_permutation"] <= 0.05
    assert 0.02 < clustered / 400 < 0.08
    assert paired / 400 > 0.3


def test_clustered_change_where_undefined() -> None:
    rng = np.random.default_rng(0)
    cancelled = clustered_change([0.1, 0.2, -0.3, 0.0], ["a", "a", "a", "b"], rng=rng)
    assert cancelled.p == {}
    assert cancelled.reason == "no difference is other than zero"
    single = clustered_change([1.0, 2.0], ["a", "a"], rng=rng)
    assert single.smallest_p == 1.0
    assert single.p["permutation"] == 1.0
    assert single.mean.low is None
    for differences, clusters in (([1.0], ["a", "b"]), ([], []), ([float("nan")], ["a"])):
        with pytest.raises(ValueError, match="one cluster each"):
            clustered_change(differences, clusters, rng=rng)


def test_length_adjusted_change_by_hand() -> None:
    """x = -1, 0, 1, 2 and y = 1, 2, 4, 3: slope 4/5, intercept 2.1, residuals -.3 -.1 1.1 -.7, leverages .7 .3 .3 .7.

    The intercept weighs the values by .4 .3 .2 .1; HC3 divides each residual by 1 - leverage; t has 2 degrees.
    """
    result = length_adjusted_change([1, 2, 4, 3], [-1, 0, 1, 2])
    error = np.sqrt(
        (0.4 * 0.3 / 0.3) ** 2 + (0.3 * 0.1 / 0.7) ** 2 + (0.2 * 1.1 / 0.7) ** 2 + (0.1 * 0.7 / 0.3) ** 2
    )
    assert result.estimate == pytest.approx(2.1)
    assert result.low == pytest.approx(2.1 - 4.302653 * error, abs=1e-6)
    assert result.high == pytest.approx(2.1 + 4.302653 * error, abs=1e-6)
    assert result.reason is None


def test_length_adjusted_change_removes_a_change_that_is_length_alone() -> None:
    rng = np.random.default_rng(4)
    longer = rng.normal(0.5, 0.6, 60)
    raw = 2 * longer + rng.normal(0, 0.3, 60)
    adjusted = length_adjusted_change(raw, longer)
    assert adjusted.low is not None
    assert adjusted.high is not None
    assert raw.mean() > 0.7
    assert adjusted.low < 0 < adjusted.high


def test_length_adjusted_change_covers() -> None:
    """With errors that grow with the word difference, as HC3 is for."""
    rng, covered = np.random.default_rng(6), 0
    for _ in range(500):
        longer = rng.normal(0.2, 0.5, 25)
        result = length_adjusted_change(0.5 + longer + rng.normal(0, 0.2 + np.abs(longer)), longer)
        assert result.low is not None
        assert result.high is not None
        covered += result.low <= 0.5 <= result.high
    assert covered / 500 > 0.925


@pytest.mark.parametrize(
    ("differences", "words", "defined", "why"),
    [
        ([1, 2, 3], [0, 1, 2], False, "four units"),
        ([1, 2, 3, 5], [0.3, 0.3, 0.3, 0.3], False, "the same for all"),
        ([1, 2, 3, 5], [0, 0, 0, 1], True, "one unit alone"),
        ([1, 2, 3, 4], [0, 1, 2, 3], True, "exact"),
        ([1, 2, 4, 3], [1, 2, 3, 4], True, "extrapolates"),
    ],
)
def test_length_adjusted_change_says_why(
    differences: list[float], words: list[float], defined: bool, why: str
) -> None:
    result = length_adjusted_change(differences, words)
    assert (result.estimate is not None) == defined
    assert result.reason is not None
    assert why in result.reason
    assert (result.low is not None) == (why == "extrapolates")


def test_length_adjusted_change_wants_finite_lists_of_one_length() -> None:
    for differences, words in (([1.0, 2.0], [1.0]), ([1.0, float("nan")], [1.0, 2.0])):
        with pytest.raises(ValueError, match="of one length"):
            length_adjusted_change(differences, words)
