"""Means from labels and predictions, against closed forms, survey theory by enumeration, and coverage."""

from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from therapyarc.stats import (
    Interval,
    design_based_mean,
    prediction_powered_change,
    prediction_powered_difference,
    prediction_powered_mean,
)

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
NAN = float("nan")


def ends(interval: Interval) -> tuple[float, float]:
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.high


def test_closed_form_with_clusters_of_one() -> None:
    """The estimate with f over all items; the error of the sum of both influences, item by item."""
    rng = np.random.default_rng(1)
    f = rng.normal(0, 1, 50)
    y = np.where(np.arange(50) < 12, f + rng.normal(0, 0.5, 50), NAN)
    found = prediction_powered_mean(y, f, np.arange(50), power=0.7)
    a, n = np.arange(50) < 12, 12
    assert found.interval.estimate == pytest.approx(y[a].mean() + 0.7 * (f.mean() - f[a].mean()))
    on = 0.7 * (f - f.mean()) / 50
    on[a] += ((y - 0.7 * f)[a] - (y - 0.7 * f)[a].mean()) / n
    half = scipy_stats.t.ppf(0.975, 11) * sqrt(12 / 11 * (on**2).sum())
    assert np.ptp(ends(found.interval)) / 2 == pytest.approx(half)
    theirs = scipy_stats.ttest_1samp(y[a], 0).confidence_interval(0.95)
    assert ends(found.labels_alone) == pytest.approx((theirs.low, theirs.high))


def test_tuned_lambda_has_the_least_width() -> None:
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(20), 6)
    f = rng.normal(0, 1, 20)[clusters] + rng.normal(0, 1, 120)
    y = np.where(rng.random(120) < 0.4, 0.5 * f + rng.normal(0, 1, 120), NAN)
    tuned = prediction_powered_mean(y, f, clusters)
    assert 0 < tuned.power < 1
    best = prediction_powered_mean(y, f, clusters, power=tuned.power)
    for power in (0.0, tuned.power - 0.05, tuned.power + 0.05, 1.0):
        other = prediction_powered_mean(y, f, clusters, power=power)
        assert np.ptp(ends(other.interval)) > np.ptp(ends(best.interval))
    assert np.ptp(ends(tuned.interval)) > np.ptp(ends(best.interval))  # it was not given, but found


def test_perfect_and_useless_predictions() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(0, 1, 200)
    y = np.where(np.arange(200) % 5 == 0, truth, NAN)
    perfect = prediction_powered_mean(y, truth + 7, np.arange(200))  # a constant error is taken off
    assert perfect.power > 0.9
    full = prediction_powered_mean(y, truth + 7, np.arange(200), power=1.0)
    assert full.interval.estimate == pytest.approx(truth.mean())
    assert np.ptp(ends(full.interval)) < 0.6 * np.ptp(ends(full.labels_alone))
    constant = prediction_powered_mean(y, np.full(200, 3.3), np.arange(200))
    assert constant.power == 0
    assert constant.imbalance is None
    assert constant.interval == constant.labels_alone
    against = prediction_powered_mean(y, -truth, np.arange(200))
    assert against.power == 0


def test_all_labelled_is_the_plain_mean() -> None:
    rng = np.random.default_rng(4)
    y, f = rng.normal(0, 1, 30), rng.normal(0, 1, 30)
    found = prediction_powered_mean(y, f, np.arange(30))
    assert found.interval.estimate == pytest.approx(y.mean())


def draw(rng: np.random.Generator) -> tuple[Floats, Floats, Integers, Integers]:
    """24 actors in two sides x 8 items; ratings cluster, the machine flatters side 1; labels of a third of the items."""
    actor = np.repeat(np.arange(24), 8)
    truth = rng.normal(0, 0.8, 24)[actor] + rng.normal(0, 1, 192)
    f = 0.8 * truth + 0.5 * (actor % 2) + rng.normal(0, 0.4, 192) + rng.normal(0, 0.3, 24)[actor]
    return np.where(rng.random(192) < 1 / 3, truth, NAN), f, actor, actor % 2


def test_coverage_and_width_where_ratings_cluster() -> None:
    """400 draws; the cluster-level interval must cover .93 or more."""
    rng, mean, difference, widths, naive = np.random.default_rng(5), 0, 0, [], 0
    for _ in range(400):
        y, f, actor, side = draw(rng)
        one = prediction_powered_mean(y, f, actor)
        low, high = ends(one.interval)
        mean += low <= 0 <= high
        widths.append(np.ptp(ends(one.interval)) / np.ptp(ends(one.labels_alone)))
        low, high = ends(prediction_powered_difference(y, f, actor, side).interval)
        difference += low <= 0 <= high
        low, high = ends(prediction_powered_mean(y, f, np.arange(192)).interval)
        naive += low <= 0 <= high
    assert mean / 400 >= 0.93
    assert difference / 400 >= 0.93
    assert naive / 400 < 0.85
    assert np.mean(widths) < 0.95


def test_bootstrap_of_clusters_agrees() -> None:
    y, f, actor, side = draw(np.random.default_rng(6))
    rng = np.random.default_rng(7)
    for by_t, by_draws in (
        (prediction_powered_mean(y, f, actor), prediction_powered_mean(y, f, actor, rng=rng, draws=600)),
        (
            prediction_powered_difference(y, f, actor, side),
            prediction_powered_difference(y, f, actor, side, rng=rng, draws=600),
        ),
    ):
        assert by_draws.interval.estimate == pytest.approx(by_t.interval.estimate)
        assert np.ptp(ends(by_draws.interval)) == pytest.approx(np.ptp(ends(by_t.interval)), rel=0.2)


def test_labels_chosen_by_the_prediction_are_noticed() -> None:
    rng = np.random.default_rng(8)
    f = rng.normal(0, 1, 300)
    y = np.where(f > 0.5, f, NAN)
    found = prediction_powered_mean(y, f, np.arange(300))
    assert found.imbalance is not None
    assert found.imbalance < -3
    assert "random draw" in (found.interval.reason or "")


def test_design_based_by_going_through_all_draws() -> None:
    """All 56 draws of 3 from 8: both estimators are unbiased, and so is the variance of a simple random draw."""
    truth = np.array([1.0, 4, 2, 8, 5, 7, 3, 9])
    f = truth + np.array([1.0, 0, -1, 0, 2, 0, 1, 0])
    t = scipy_stats.t.ppf(0.975, 2)
    for predictions in (None, f):
        estimates, variances = [], []
        for drawn in combinations(range(8), 3):
            y = np.full(8, NAN)
            y[list(drawn)] = truth[list(drawn)]
            found = design_based_mean(y, np.full(8, 3 / 8), predictions)
            estimates.append(found.estimate or 0.0)
            variances.append(0.0 if found.low is None else (np.ptp(ends(found)) / 2 / t) ** 2)
        assert np.mean(estimates) == pytest.approx(truth.mean())
        assert np.mean(variances) == pytest.approx(np.var(estimates))


def test_design_based_with_strata() -> None:
    """By hand: (1/N^2) sum over strata of N_h^2 (1 - n_h / N_h) s_h^2 / n_h."""
    y = np.array([1.0, 3, NAN, NAN, 10, 14, 12, NAN, NAN, NAN])
    strata = np.array([0] * 4 + [1] * 6)
    pi = np.where(strata == 0, 0.5, 0.5)
    found = design_based_mean(y, pi, strata=strata)
    assert found.estimate == pytest.approx((4 * 2 + 6 * 12) / 10)
    variance = (16 * 0.5 * 2 / 2 + 36 * 0.5 * 4 / 3) / 100
    assert np.ptp(ends(found)) / 2 == pytest.approx(scipy_stats.t.ppf(0.975, 3) * sqrt(variance))


def test_where_there_is_no_interval_and_bad_input() -> None:
    one = prediction_powered_mean([1.0, 2, NAN], [1.0, 2, 3], [0, 0, 1])
    assert one.interval.reason == "needs more than 1 clusters with a label; got 1"
    assert design_based_mean([1.0, NAN], [0.5, 0.5]).reason == "a stratum has one drawn unit, so no variance"
    assert design_based_mean([1.0, 2.0], [1.0, 1.0]).estimate == 1.5
    for labels, predictions, message in (
        ([NAN, NAN], [1.0, 2], "some known"),
        ([1.0, NAN], [1.0, NAN], "every item needs a prediction"),
    ):
        with pytest.raises(ValueError, match=message):
            prediction_powered_mean(labels, predictions, [0, 1])
    with pytest.raises(ValueError, match="power must lie"):
        prediction_powered_mean([1.0, 2], [1.0, 2], [0, 1], power=1.5)
    with pytest.raises(ValueError, match="each side needs a label"):
        prediction_powered_difference([1.0, NAN], [1.0, 2], [0, 1], [0, 1])
    with pytest.raises(ValueError, match="needs a side"):
        prediction_powered_difference([1.0, 2], [1.0, 2], [0, 1], [0, 2])
    with pytest.raises(ValueError, match="inclusion probabilities must"):
        design_based_mean([1.0, NAN], [0.0, 0.5])
    with pytest.raises(ValueError, match="some of them drawn"):
        design_based_mean([NAN], [0.5])


def test_change_is_the_difference_of_two_differences() -> None:
    rng = np.random.default_rng(4)
    n = 400
    side, later, cluster = rng.integers(0, 2, n), rng.integers(0, 2, n), rng.integers(0, 10, n)
    cluster = cluster + 100 * side
    f = rng.normal(size=n)
    y = np.where(rng.random(n) < 0.4, f + rng.normal(0, 0.5, n) + side * later, np.nan)
    for power in (0.0, 0.6, 1.0):
        found = prediction_powered_change(y, f, cluster, side, later, power=power)
        halves = [
            prediction_powered_difference(y[later == h], f[later == h], cluster[later == h], side[later == h], power=power)
            for h in (0, 1)
        ]  # fmt: skip
        first, second = (half.interval.estimate for half in halves)
        assert first is not None
        assert second is not None
        assert found.interval.estimate == pytest.approx(second - first)
    assert found.labelled == int((~np.isnan(y)).sum())


def test_change_keeps_its_sign_and_needs_all_four_means() -> None:
    y, f = np.array([1.0, 2, 3, 7, 1, 2, 3, 7]), np.zeros(8)
    side, later, cluster = [0, 0, 1, 1, 0, 0, 1, 1], [0, 1, 0, 1] * 2, [0, 0, 1, 1, 2, 2, 3, 3]
    found = prediction_powered_change(y, f, cluster, side, later, power=0.0)
    assert found.interval.estimate == pytest.approx((7 - 2) - (3 - 1))
    y[[0, 4]] = np.nan
    with pytest.raises(ValueError, match="each side needs a label in each half"):
        prediction_powered_change(y, f, cluster, side, later)
