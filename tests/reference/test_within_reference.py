"""Associations within clients and around events, against dummy regression and planted effects."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from therapyarc.stats import Interval, event_study, lagged_within, person_means

Floats = NDArray[np.float64]
NAN = float("nan")


def estimate(interval: Interval) -> float:
    assert interval.estimate is not None
    return interval.estimate


def covers(interval: Interval, value: float) -> bool:
    assert interval.low is not None
    assert interval.high is not None
    return interval.low <= value <= interval.high


@given(st.integers(0, 10_000))
def test_parts_add_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.where(rng.random((5, 4)) < 0.2, NAN, rng.normal(0, 1, (5, 4)))
    parts = person_means(x)
    known = ~np.isnan(x)
    assert np.allclose((parts.between[:, None] + parts.within)[known], x[known])
    sums = np.where(known, parts.within, 0).sum(axis=1)
    assert np.allclose(sums, 0)
    assert parts.share_between is None or 0 <= parts.share_between <= 1


def test_share_between_at_the_ends() -> None:
    assert person_means(np.array([[1.0, 1], [4, 4]])).share_between == 1
    assert person_means(np.array([[1.0, 3], [3, 1]])).share_between == 0
    assert person_means(np.array([[2.0, 2], [2, 2]])).share_between is None
    assert np.isnan(person_means(np.array([[NAN, NAN], [1, 2]])).between[0])


def series(rng: np.random.Generator, clients: int, sessions: int, effect: float) -> tuple[Floats, Floats]:
    """y follows x a session later; x and y of a client have means of their own that go together."""
    own = rng.normal(0, 2, clients)[:, None]
    x = own + rng.normal(0, 1, (clients, sessions))
    y = np.empty_like(x)
    y[:, 0] = rng.normal(0, 1, clients)
    for t in range(1, sessions):
        y[:, t] = 0.3 * y[:, t - 1] + effect * (x[:, t - 1] - own[:, 0]) + rng.normal(0, 1, clients)
    return x, y + own


def test_slope_is_that_of_dummy_regression() -> None:
    rng = np.random.default_rng(1)
    x, y = series(rng, 8, 7, 0.5)
    x[2, 3] = y[5, 0] = NAN
    rows, target = [], []
    for i in range(8):
        for t in range(6):
            row = [x[i, t], y[i, t], *np.eye(8)[i]]
            if not np.isnan([*row, y[i, t + 1]]).any():
                rows.append(row)
                target.append(y[i, t + 1])
    beta = np.linalg.lstsq(np.array(rows), np.array(target), rcond=None)[0]
    found = lagged_within(x, y, rng=rng, draws=50)
    assert estimate(found.slope) == pytest.approx(beta[0])
    assert found.pairs == len(rows)
    assert found.clients == 8


def test_planted_effect_is_found_and_its_absence_too() -> None:
    rng = np.random.default_rng(2)
    x, y = series(rng, 60, 12, 0.5)
    found = lagged_within(x, y, rng=rng, draws=199)
    assert covers(found.slope, 0.5)
    assert not covers(found.control, estimate(found.slope))
    assert covers(found.control, 0.0)
    assert found.p == 1 / 200


def hanging(rng: np.random.Generator, clients: int, sessions: int) -> Floats:
    """Return values of which each session keeps .9 of the one before."""
    values = rng.normal(0, 1, (clients, sessions))
    for t in range(1, sessions):
        values[:, t] = 0.9 * values[:, t - 1] + 0.44 * values[:, t]
    return values


@pytest.mark.parametrize("together", [False, True])
def test_nothing_is_found_where_nothing_is_whether_sessions_hang_together_or_not(*, together: bool) -> None:
    """150 studies of 30 clients x 8 sessions without an effect: .05 and 3 binomial standard errors (.053) reject."""
    rng, rejected = np.random.default_rng(12), 0
    for _ in range(150):
        x, y = (hanging(rng, 30, 8), hanging(rng, 30, 8)) if together else series(rng, 30, 8, 0.0)
        p = lagged_within(x, y, rng=rng, draws=99).p
        assert p is not None
        rejected += p <= 0.05
    assert rejected / 150 <= 0.05 + 0.053


def test_a_common_course_is_taken_off() -> None:
    rng = np.random.default_rng(3)
    rise = np.arange(10.0) ** 1.5
    x, y = rise + rng.normal(0, 1, (25, 10)), rise + rng.normal(0, 1, (25, 10))
    plain = lagged_within(x, y, rng=rng, draws=99)
    apart = lagged_within(x, y, rng=rng, draws=99, common_course=True)
    assert not covers(plain.slope, 0.0)
    assert covers(apart.slope, 0.0)


def test_lagged_where_undefined() -> None:
    rng = np.random.default_rng(0)
    two = np.array([[1.0, 2], [2, 1]])
    short = lagged_within(two, two, rng=rng)
    assert short.slope.reason == "needs two clients with two pairs of sessions"
    assert short.p is None
    flat = lagged_within(np.ones((3, 5)), rng.normal(0, 1, (3, 5)), rng=rng)
    assert flat.slope.reason == "x does not vary beside y"
    with pytest.raises(ValueError, match="one shape"):
        lagged_within([[1.0, 2]], [[1.0, 2, 3]], rng=rng)
    with pytest.raises(ValueError, match="clients, sessions"):
        person_means([1.0, 2])


def test_event_study_by_hand() -> None:
    """One event in the middle of each session; only turn 0 lies far enough from it to serve."""
    signals = [[1.0, 2, 3, 9, 4], [3.0, 2, 5, 7, NAN]]
    found = event_study(signals, [[3], [3]], ["a", "b"], rng=np.random.default_rng(0), reach=2, draws=50)
    assert found.offsets == (-2, -1, 0, 1, 2)
    assert [i.estimate for i in found.around] == [2.0, 4.0, 8.0, 4.0, None]
    assert [i.estimate for i in found.placebo] == [None, None, 2.0, 2.0, 4.0]
    assert [i.estimate for i in found.difference] == [None, None, 6.0, 2.0, None]
    assert (found.events, found.unmatched) == (2, 0)
    assert found.around[1].low == 3
    assert found.around[1].high == 5


def test_event_study_finds_a_planted_rise_and_not_a_trend() -> None:
    rng = np.random.default_rng(5)
    signals, events = [], []
    for _ in range(60):
        at = sorted(rng.choice(np.arange(5, 45), 2, replace=False).tolist())
        signal = rng.normal(0, 1, 50) + 0.05 * np.arange(50) + rng.normal(0, 1)
        for turn in at:
            signal[turn + 1] += 1.5
        signals.append(signal)
        events.append(at)
    found = event_study(signals, events, np.arange(60) // 2, rng=rng, draws=300)
    assert not covers(found.difference[4], 0.0)
    assert covers(found.difference[4], 1.5)
    assert sum(covers(found.difference[i], 0.0) for i in (0, 1, 2, 3, 5, 6)) >= 4
    assert found.events + found.unmatched == 120


def test_event_study_without_room_and_bad_input() -> None:
    rng = np.random.default_rng(0)
    none = event_study([[1.0, 2, 3]], [[1]], ["a"], rng=rng)
    assert none.unmatched == 1
    assert none.around[3].estimate is None
    with pytest.raises(ValueError, match="lie in their session"):
        event_study([[1.0, 2]], [[2]], ["a"], rng=rng)
    with pytest.raises(ValueError, match="a cluster each session"):
        event_study([[1.0, 2]], [[1]], ["a", "b"], rng=rng)
