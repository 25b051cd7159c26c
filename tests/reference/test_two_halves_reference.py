"""Two sides on two halves: against Welch's interval, by simulation, and what must hold."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from therapyarc.stats import fieller, two_halves

Floats = NDArray[np.float64]


def drawn(
    rng: np.random.Generator,
    actors: tuple[int, int] = (6, 8),
    cases: tuple[int, int] = (10, 12),
    advantages: tuple[float, float] = (1.0, 0.4),
    own: float = 0.2,
) -> list[tuple[Floats, Floats]]:
    """Draw both halves: actors (sd .4, correlation .5 between halves), cases, side by case, cells (sd .5)."""
    covariance = 0.16 * np.array([[1, 0.5], [0.5, 1]])
    true = [
        rng.multivariate_normal(mean, covariance, n)
        for mean, n in zip((advantages, (0, 0)), actors, strict=True)
    ]
    halves = []
    for half, count in enumerate(cases):
        case = rng.normal(0, 0.3, count)
        sides = [
            true[side][:, [half]]
            + case
            + rng.normal(0, own, count)
            + rng.normal(0, 0.5, (actors[side], count))
            for side in (0, 1)
        ]
        halves.append((sides[0], sides[1]))
    return halves


def test_without_own_effects_of_cases_it_is_welchs_interval_on_each_actors_change() -> None:
    rng = np.random.default_rng(3)
    # no side-by-case variance at all: the case's own advantage is 0 by construction
    halves = []
    for count in (4, 5):
        sides = [rng.normal(0, 1, (n, 1)) + np.zeros((n, count)) for n in (6, 8)]
        halves.append((sides[0], sides[1]))
    found = two_halves(halves[0], halves[1])
    changes = [halves[1][side].mean(axis=1) - halves[0][side].mean(axis=1) for side in (0, 1)]
    welch = stats.ttest_ind(*changes, equal_var=False)
    interval = welch.confidence_interval()
    assert found.difference.estimate == pytest.approx(changes[0].mean() - changes[1].mean())
    assert found.difference.low == pytest.approx(interval.low)
    assert found.difference.high == pytest.approx(interval.high)
    assert found.difference_df == pytest.approx(welch.df)


def test_coverage_at_fourteen_actors() -> None:
    rng = np.random.default_rng(11)
    draws, truth = 400, (1.0, 0.4, -0.6, 0.4)
    hits = np.zeros(4)
    known = 0
    for _ in range(draws):
        first, second = drawn(rng)
        found = two_halves(first, second)
        known += found.retention.low is not None
        for place, one in enumerate((found.single, found.ongoing, found.difference, found.retention)):
            if one.low is not None and one.high is not None:
                hits[place] += one.low <= truth[place] <= one.high
    # 95% +- 3 binomial standard errors of 400 draws
    assert (np.abs(hits[:3] / draws - 0.95) < 0.033).all(), hits / draws
    assert known > 0.9 * draws
    assert abs(hits[3] / known - 0.95) < 0.033


def test_no_change_is_found_at_its_level() -> None:
    rng = np.random.default_rng(12)
    found = [two_halves(*drawn(rng, advantages=(0.7, 0.7))).difference for _ in range(400)]
    rejected = np.mean([not (one.low or 0.0) <= 0 <= (one.high or 0.0) for one in found])
    assert 0.017 < rejected < 0.083


def test_a_harder_case_set_of_one_actor_does_not_count_against_it() -> None:
    difficulty = np.array([0.0, 0.0, -3.0, -3.0])
    first = np.array([[1.0, 1, 1, 1], [1, 1, 1, 1]]) + difficulty
    first[0, :2] = np.nan  # meets the hard cases alone
    second = np.zeros((2, 4)) + difficulty
    found = two_halves((first, second), (first, second))
    assert found.single.estimate == pytest.approx(1.0)
    assert found.difference.estimate == pytest.approx(0.0)


def test_components_are_recovered() -> None:
    rng = np.random.default_rng(5)
    first, second = drawn(rng, actors=(60, 60), cases=(60, 60))
    found = two_halves(first, second).variances
    assert found is not None
    assert found.actors[0, 0] == pytest.approx(0.16, abs=0.05)
    assert found.actors[0, 1] == pytest.approx(0.08, abs=0.05)
    assert found.cases[0] == pytest.approx(
        2 * 0.04, abs=0.03
    )  # both sides have an effect of their own in a case
    assert found.cells[1] == pytest.approx(0.25, abs=0.02)


def test_what_cannot_be_drawn_has_no_interval_and_says_so() -> None:
    rng = np.random.default_rng(1)
    first, second = drawn(rng, actors=(1, 8))
    alone = two_halves(first, second)
    assert alone.difference.estimate is not None
    assert alone.difference.low is None
    assert "one actor" in (alone.difference.reason or "")
    held = two_halves(first, second, fixed=(True, False))
    assert held.difference.low is not None
    one_case = two_halves(*drawn(rng, cases=(1, 12)))
    assert "cases" in (one_case.single.reason or "")


def test_an_advantage_that_is_not_there_has_no_retention() -> None:
    found = two_halves(*drawn(np.random.default_rng(2), advantages=(0.0, 0.0)))
    assert found.retention.estimate is None
    assert "not told apart" in (found.retention.reason or "")


def test_shapes_that_do_not_fit_are_refused() -> None:
    ok = np.zeros((2, 3))
    with pytest.raises(ValueError, match="same cases"):
        two_halves((ok, np.zeros((2, 4))), (ok, ok))
    with pytest.raises(ValueError, match="must be the same"):
        two_halves((ok, ok), (np.zeros((3, 3)), ok))
    with pytest.raises(ValueError, match="leave it out"):
        two_halves((np.full((2, 3), np.nan), ok), (ok, ok))


@given(st.floats(-3, 3), st.floats(0.5, 4), st.floats(0.01, 0.2), st.floats(0.01, 0.2), st.floats(-0.9, 0.9))
def test_the_ends_of_fiellers_set_lie_on_its_boundary(
    a: float, b: float, va: float, vb: float, rho: float
) -> None:
    shared = rho * sqrt(va * vb)
    found = fieller(a, b, [[va, shared], [shared, vb]])
    if found.low is None or found.high is None:
        assert b**2 <= stats.norm.ppf(0.975) ** 2 * vb + 1e-9
        return
    assert found.low <= a / b <= found.high
    for end in (found.low, found.high):
        reach = stats.norm.ppf(0.975) * sqrt(va - 2 * end * shared + end**2 * vb)
        assert abs(a - end * b) == pytest.approx(reach, rel=1e-6, abs=1e-7)


def test_fiellers_set_of_a_denominator_near_zero_is_said_to_be_unbounded() -> None:
    assert "outside" in (fieller(3.0, 0.1, np.diag([0.04, 0.04])).reason or "")
    assert "whole line" in (fieller(0.1, 0.1, np.diag([0.04, 0.04])).reason or "")
    assert fieller(1.0, 0.0, np.eye(2)).estimate is None
