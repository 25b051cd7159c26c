"""Courses with dropout, against lmerTest, sandwich (scripts and output beside), published figures and hand computation."""

import csv
import json
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from therapyarc.stats import (
    Interval,
    clopper_pearson,
    clustered_error,
    delta_adjusted,
    reliable_change,
    rubin,
    same_dyad_change,
    session_means,
    tipping_point,
    trajectory_model,
)

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
HERE = Path(__file__).parent
NAN = float("nan")


def arc() -> tuple[Floats, Integers, Integers, Integers]:
    """Values (48 dyads, 4 sessions), arms, actors, cases of the data that lme4 was given."""
    with (HERE / "mixed" / "arc.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    values = np.full((48, 4), NAN)
    for row in rows:
        values[int(row["course"]), int(row["session"])] = float(row["y"])
    dyad = np.arange(48)
    return values, dyad // 6 % 2, dyad // 6, dyad % 6


def ends(interval: Interval) -> tuple[float, float]:
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.high


def test_model_equals_lmertest() -> None:
    values, arms, actors, cases = arc()
    found = trajectory_model(values, arms, actors=actors, cases=cases)
    their = json.loads((HERE / "mixed" / "lme4.json").read_text(encoding="utf-8"))["arc"]
    assert found.final.interval.estimate == pytest.approx(their["final"]["estimate"], rel=1e-5)
    assert ends(found.final.interval) == pytest.approx(
        (their["final"]["low"], their["final"]["high"]), rel=1e-4
    )
    assert found.change.interval.estimate == pytest.approx(their["coefficients"][7], rel=1e-5)
    assert found.change.df == pytest.approx(their["df"][7], rel=1e-4)
    changes = [change.interval.estimate or NAN for change in found.changes]
    assert changes[0] == pytest.approx(their["coefficients"][4], rel=1e-5)
    assert changes[1] - changes[0] == pytest.approx(found.change.interval.estimate)


def test_same_dyad_change_equals_sandwich() -> None:
    values, arms, _, cases = arc()
    found = same_dyad_change(values, arms, cases)
    their = json.loads((HERE / "trajectory" / "sandwich.json").read_text(encoding="utf-8"))
    t = scipy_stats.t.ppf(0.975, 5)
    assert sum(found.dyads) == their["dyads"] == 48 - found.left_out
    assert found.difference.estimate == pytest.approx(their["difference"])
    assert np.ptp(ends(found.difference)) == pytest.approx(2 * t * their["difference_se"])
    assert found.changes[0].estimate == pytest.approx(their["first"])
    assert np.ptp(ends(found.changes[0])) == pytest.approx(2 * t * their["first_se"])


def test_session_means_by_hand() -> None:
    """Clusters of one: the ordinary t interval of a mean."""
    values = np.array([[1, NAN], [2, 4], [3, 8], [5, 6]])
    found = session_means(values, [0, 0, 0, 1], range(4))
    assert [(m.arm, m.session, m.attended, m.dyads) for m in found] == [
        (0, 0, 3, 3),
        (0, 1, 2, 3),
        (1, 0, 1, 1),
        (1, 1, 1, 1),
    ]
    theirs = scipy_stats.ttest_1samp([1, 2, 3], 0).confidence_interval(0.95)
    assert ends(found[0].mean) == pytest.approx((theirs.low, theirs.high))
    assert found[1].mean.estimate == 6
    assert found[2].mean.low is None
    nobody = session_means(np.array([[1, NAN], [2, 3]]), [0, 1], [0, 1])[1]
    assert nobody.mean.reason == "nobody came"


def simulated(
    rng: np.random.Generator, *, effect: float, at_random: bool = True, actors: int = 10
) -> tuple[Floats, Integers, Integers, Integers]:
    """Ten actors in two arms x six cases x four sessions; who fares badly at a session leaves after it."""
    dyad = np.arange(actors * 6)
    arms, actor, case = dyad // 6 % 2, dyad // 6, dyad % 6
    own = rng.normal(0, 0.5, actors)[actor] + rng.normal(0, 1, 6)[case] + rng.normal(0, 1, len(dyad))
    values = own[:, None] + effect * arms[:, None] * np.arange(4) / 3 + rng.normal(0, 1, (len(dyad), 4))
    seen = values.copy()
    for t in range(1, 4):
        badly = values[:, t - 1 if at_random else t] < -0.8
        gone = (badly & (rng.random(len(dyad)) < (0.7 if at_random else 0.9))) | np.isnan(seen[:, t - 1])
        seen[gone, t] = NAN
    return seen, arms, actor, case


def test_dropout_moves_session_means_and_not_the_model() -> None:
    """60 studies without any change, in which those who fare badly leave."""
    rng, naive, model = np.random.default_rng(21), [], []
    for _ in range(60):
        values, arms, actors, cases = simulated(rng, effect=0.0)
        means = session_means(values, arms, cases)
        naive.append((means[3].mean.estimate or NAN) - (means[0].mean.estimate or NAN))
        model.append(
            trajectory_model(values, arms, actors=actors, cases=cases).changes[0].interval.estimate or 0.0
        )
    assert np.mean(naive) > 0.25
    assert abs(np.mean(model)) < 3 * np.std(model) / sqrt(60) + 0.02


def test_imputation_at_random_covers_as_the_model_does() -> None:
    """60 studies whose true difference is 1: coverage within 3 binomial standard errors of 60 (.084) of .95."""
    rng, covered, estimates = np.random.default_rng(22), 0, []
    for _ in range(60):
        values, arms, _, _ = simulated(rng, effect=1.0, actors=20)
        found = delta_adjusted(values, arms, np.arange(len(arms)), rng=rng, imputations=12)
        low, high = ends(found)
        covered += low <= 1 <= high
        estimates.append(found.estimate or NAN)
    assert covered / 60 >= 0.95 - 0.084
    assert np.mean(estimates) == pytest.approx(1.0, abs=float(3 * np.std(estimates) / sqrt(60) + 0.02))


def test_nothing_missing_is_the_plain_difference() -> None:
    rng = np.random.default_rng(2)
    values, arms, clusters = rng.normal(0, 1, (40, 3)), np.arange(40) % 2, np.arange(40) // 4
    found = delta_adjusted(values, arms, clusters, rng=rng, delta=(5.0, -5.0), imputations=2)
    d = values[:, 2] - values[:, 0]
    assert found.estimate == pytest.approx(d[arms == 1].mean() - d[arms == 0].mean())
    same = same_dyad_change(values, arms, clusters).difference
    # Barnard and Rubin's degrees of freedom for 9 without anything missing: 9 (9 + 1) / (9 + 3)
    se = np.ptp(ends(same)) / 2 / scipy_stats.t.ppf(0.975, 9)
    assert np.ptp(ends(found)) / 2 == pytest.approx(se * scipy_stats.t.ppf(0.975, 7.5))


def test_delta_shifts_by_the_share_that_left() -> None:
    values, arms, _, cases = simulated(np.random.default_rng(5), effect=1.0)
    shares = [np.isnan(values[arms == a, -1]).mean() for a in (0, 1)]

    def at(first: float, second: float) -> float:
        rng = np.random.default_rng(9)
        found = delta_adjusted(values, arms, cases, rng=rng, delta=(first, second), imputations=5)
        return found.estimate or NAN

    assert at(0, 2) - at(0, 0) == pytest.approx(2 * shares[1])
    assert at(3, 0) - at(0, 0) == pytest.approx(-3 * shares[0])


@pytest.mark.parametrize("arm", [0, 1])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_at_the_tipping_point_the_interval_touches_zero(arm: int, sign: float) -> None:
    values, arms, _, _ = simulated(np.random.default_rng(6), effect=4.0)
    found = tipping_point(
        sign * values,
        arms,
        np.arange(60),
        limit=30.0,
        rng=np.random.default_rng(1),
        arm=1 if arm else 0,
        imputations=10,
    )
    assert found.delta is not None
    assert found.at_delta is not None
    assert np.sign(found.delta) == (-sign if arm else sign)
    assert min(abs(end) for end in ends(found.at_delta)) == pytest.approx(0, abs=1e-6)
    assert found.shifted == np.isnan(values[arms == arm, -1]).sum()
    with_delta = delta_adjusted(
        sign * values,
        arms,
        np.arange(60),
        rng=np.random.default_rng(1),
        delta=(0.0, found.delta) if arm else (found.delta, 0.0),
        imputations=10,
    )
    assert with_delta == found.at_delta


def test_no_tipping_point() -> None:
    values, arms, _, _ = simulated(np.random.default_rng(6), effect=0.0)
    rng = np.random.default_rng(1)
    none = tipping_point(values, arms, np.arange(60), limit=5, rng=rng, imputations=5)
    assert none.delta is None
    assert "no conclusion to flip" in (none.reason or "")
    strong = values + 40.0 * arms[:, None] * np.arange(4)
    held = tipping_point(strong, arms, np.arange(60), limit=1, rng=rng, imputations=5)
    assert held.reason == "the conclusion holds at every shift up to -1"
    stayed = np.where(np.isnan(strong) & (arms[:, None] == 1), 100.0, strong)
    assert "nobody of arm 1 left" in (
        tipping_point(stayed, arms, np.arange(60), limit=1, rng=rng, imputations=5).reason or ""
    )


def test_donors_decide_what_is_imputed() -> None:
    """Those who stay gain 2 at the end; those who leave a session later lose 2; and so are the drawn values."""
    rng, n = np.random.default_rng(8), 40
    first = rng.normal(0, 1, (2 * n, 1))
    values = first + np.array([0.0, 0, 0, 2]) + rng.normal(0, 0.01, (2 * n, 4))
    arms = np.repeat([0, 1], n)
    values[:10, 2:] = NAN  # leave after the second session
    values[10:20, 2] -= 2  # leave after the third, having lost 2
    values[10:20, 3] = NAN

    def gain(donors: str) -> float:
        by = delta_adjusted(
            values,
            arms,
            np.arange(2 * n),
            rng=np.random.default_rng(3),
            donors="complete" if donors == "complete" else "available",
            imputations=20,
        )
        return 2 - (by.estimate or NAN)  # arm 1 gains 2 for certain

    assert gain("complete") > gain("available")
    two_short = delta_adjusted(values, arms, np.arange(2 * n), rng=rng, donors="neighbouring")
    assert two_short.estimate is not None
    few = values.copy()
    few[12:20, 2:] = NAN
    told = delta_adjusted(few, arms, np.arange(2 * n), rng=rng, donors="neighbouring")
    assert told.estimate is None
    assert told.reason == "session 2 of arm 0 has 2 donors (neighbouring); imputation needs five"


def test_rubin_by_hand() -> None:
    """Barnard and Rubin 1999, equations 3 to 5, worked out for m = 3, U = .04, B = .04, v = 20."""
    found = rubin([1.0, 1.2, 0.8], [0.04] * 3, complete_df=20)
    total = 0.04 + 4 / 3 * 0.04
    share = 4 / 3 * 0.04 / total
    df = 1 / (share**2 / 2 + 1 / (21 / 23 * 20 * (1 - share)))
    assert found.estimate == pytest.approx(1.0)
    assert np.ptp(ends(found)) / 2 == pytest.approx(sqrt(total) * scipy_stats.t.ppf(0.975, df))
    large = rubin([1.0, 1.2, 0.8], [0.04] * 3)
    assert np.ptp(ends(large)) / 2 == pytest.approx(sqrt(total) * scipy_stats.t.ppf(0.975, 2 / share**2))
    same = rubin([2.0, 2.0], [0.25, 0.25])
    assert ends(same) == pytest.approx((2 - 1.959964 / 2, 2 + 1.959964 / 2))
    assert rubin([2.0, 2.0], [0.0, 0.0]).low is None
    with pytest.raises(ValueError, match="two estimates"):
        rubin([1.0], [1.0])


def test_jacobson_and_truax() -> None:
    """1991, their example: SD 7.5, r .80, from 32.5 to 47.5: S_diff 4.74, RC 3.16."""
    found = reliable_change([32.5], [47.5], reliability=0.8, sd=7.5, higher_is_better=True)
    s_diff = found.threshold / 1.959964
    assert s_diff == pytest.approx(4.74, abs=0.005)
    assert 15 / s_diff == pytest.approx(3.16, abs=0.005)
    assert found.counts == (1, 0, 0)


def test_reliable_change_counts_missing_at_worst() -> None:
    first, last = [20.0, 21, 19, 22, 18, NAN], [5.0, 20, 40, 21, NAN, 3]
    found = reliable_change(first, last, reliability=0.8, sd=5.0)
    assert found.counts == (1, 2, 1)
    assert (found.known, found.missing) == (4, 2)
    assert found.deteriorated == clopper_pearson(1, 4)
    assert found.deteriorated_at_worst == clopper_pearson(3, 6)
    turned = reliable_change(first, last, reliability=0.8, sd=5.0, higher_is_better=True)
    assert turned.improved == found.deteriorated
    own = reliable_change(first, last, reliability=0.8)
    assert own.threshold / found.threshold == pytest.approx(np.std([20, 21, 19, 22, 18], ddof=1) / 5)


def test_clustered_error_of_equal_clusters() -> None:
    y = np.random.default_rng(1).normal(0, 1, (6, 5))
    se, count = clustered_error(((y - y.mean()) / 30).ravel(), np.repeat(np.arange(6), 5))
    assert se == pytest.approx(y.mean(axis=1).std(ddof=1) / sqrt(6))
    assert count == 6
    assert np.isnan(clustered_error([1.0, -1.0], [0, 0])[0])


def test_bad_input() -> None:
    good, rng = np.ones((4, 2)), np.random.default_rng(0)
    with pytest.raises(ValueError, match="an arm and a cluster a dyad"):
        session_means(good, [0, 1], [0, 1])
    with pytest.raises(ValueError, match="arms must be 0 or 1"):
        session_means(good, [0, 1, 2, 1], range(4))
    with pytest.raises(ValueError, match="each dyad needs a value"):
        same_dyad_change(np.array([[NAN, NAN], [1, 2]]), [0, 1], [0, 1])
    with pytest.raises(ValueError, match="needs two sessions"):
        trajectory_model(good[:, :1], [0, 1, 0, 1], actors=None, cases=None)
    with pytest.raises(ValueError, match="first session"):
        delta_adjusted(np.array([[NAN, 1], [1, 2]]), [0, 1], [0, 1], rng=rng)
    with pytest.raises(ValueError, match="two imputations"):
        delta_adjusted(good, [0, 1, 0, 1], range(4), rng=rng, imputations=1)
    with pytest.raises(ValueError, match="limit must be above 0"):
        tipping_point(good, [0, 1, 0, 1], range(4), limit=0, rng=rng)
    for r in (-0.1, 1.0):
        with pytest.raises(ValueError, match="reliability"):
            reliable_change([1.0, 2], [1.0, 2], reliability=r)
    with pytest.raises(ValueError, match="standard deviation"):
        reliable_change([1.0, 1], [1.0, 2], reliability=0.8)
    with pytest.raises(ValueError, match="before and one after"):
        reliable_change([1.0], [1.0, 2], reliability=0.8)
