"""Generalisability studies against mean squares, against Shrout and Fleiss, and against planted components."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from therapyarc.stats import generalisability, icc, welch

Floats = NDArray[np.float64]
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Shrout and Fleiss 1979, table 2: six targets, four judges; ICC(3,4) is .91, ICC(2,4) .62."""


def columns(cube: Floats) -> tuple[Floats, NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    a, c, r = np.indices(cube.shape)
    return cube.ravel(), a.ravel(), c.ravel(), r.ravel()


def test_one_facet_is_shrout_and_fleiss() -> None:
    matrix = np.array(SHROUT_FLEISS, dtype=float)
    actor, case = np.indices(matrix.shape)
    found = generalisability(matrix.ravel(), actor.ravel(), case.ravel())
    assert found.relative == pytest.approx(0.9093, abs=5e-4)
    assert found.absolute == pytest.approx(0.6201, abs=5e-4)
    assert found.relative == pytest.approx(icc(matrix, "3,k").estimate, abs=1e-5)
    assert found.absolute == pytest.approx(icc(matrix, "2,k").estimate, abs=1e-5)


def by_mean_squares(cube: Floats) -> dict[str, float]:
    """Return the components of a complete actor x case x rater design: Brennan 2001, Generalizability Theory, table 3.2."""
    p, i, o = cube.shape
    grand = cube.mean()
    mp, mi, mo = (cube.mean(axis=axes) - grand for axes in ((1, 2), (0, 2), (0, 1)))
    pi = cube.mean(axis=2) - grand - mp[:, None] - mi[None, :]
    po = cube.mean(axis=1) - grand - mp[:, None] - mo[None, :]
    io = cube.mean(axis=0) - grand - mi[:, None] - mo[None, :]
    fitted = grand + mp[:, None, None] + mi[None, :, None] + mo[None, None, :]
    # case x rater is no part of our model, so its squares and degrees of freedom go to the rest
    rest = cube - fitted - pi[:, :, None] - po[:, None, :]
    df_rest = (p - 1) * (i - 1) * (o - 1) + (i - 1) * (o - 1)
    ms_rest = (rest**2).sum() / df_rest
    ms_pi = o * (pi**2).sum() / ((p - 1) * (i - 1))
    ms_po = i * (po**2).sum() / ((p - 1) * (o - 1))
    ms_p = i * o * (mp**2).sum() / (p - 1)
    assert io.shape == (i, o)
    return {
        "rest": ms_rest,
        "actor:case": (ms_pi - ms_rest) / o,
        "actor:rater": (ms_po - ms_rest) / i,
        "actor": (ms_p - ms_pi - ms_po + ms_rest) / (i * o),
    }


def planted(rng: np.random.Generator, sizes: tuple[int, int, int]) -> Floats:
    p, i, o = sizes
    cube: Floats = (
        rng.normal(0, 1.0, p)[:, None, None]
        + rng.normal(0, 0.6, i)[None, :, None]
        + rng.normal(0, 0.5, o)[None, None, :]
        + rng.normal(0, 0.7, (p, i))[:, :, None]
        + rng.normal(0, 0.6, (p, o))[:, None, :]
        + rng.normal(0, 0.5, (p, i, o))
    )
    return cube


def test_two_facets_are_the_mean_squares_of_a_complete_design() -> None:
    """In a complete design with all components above 0 REML equals the estimates from expected mean squares."""
    compared = 0
    for seed in range(6):
        cube = planted(np.random.default_rng(seed), (16, 6, 5))
        expected = by_mean_squares(cube)
        found = generalisability(*columns(cube))
        if found.reason is not None or min(expected.values()) <= 0:
            continue
        compared += 1
        for name, value in expected.items():
            assert found.components[name] == pytest.approx(value, rel=2e-3)
        noise = expected["actor:case"] / 6 + expected["actor:rater"] / 5 + expected["rest"] / 30
        assert found.relative == pytest.approx(expected["actor"] / (expected["actor"] + noise), rel=2e-3)
    assert compared >= 3


def test_planted_components_are_recovered() -> None:
    found = [generalisability(*columns(planted(np.random.default_rng(s), (30, 6, 4)))) for s in range(8)]
    for name, truth in (
        ("actor", 1.0),
        ("actor:case", 0.49),
        ("actor:rater", 0.36),
        ("rest", 0.25),
    ):
        mean = np.mean([one.components[name] for one in found])
        assert mean == pytest.approx(truth, rel=0.3)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.floats(-5, 5), st.floats(0.5, 4))
def test_shift_and_scale_change_no_reliability(seed: int, shift: float, scale: float) -> None:
    cube = planted(np.random.default_rng(seed), (6, 4, 2))
    first, second = generalisability(*columns(cube)), generalisability(*columns(shift + scale * cube))
    assert first.relative == pytest.approx(second.relative, abs=2e-3)
    assert 0 <= (first.relative or 0) <= 1


def test_what_cannot_be_told_says_so() -> None:
    assert generalisability([], [], []).relative is None
    assert generalisability([1.0, 1.0, 1.0, 1.0], [0, 0, 1, 1], [0, 1, 0, 1]).reason == "all values are equal"
    with pytest.raises(ValueError, match="finite values"):
        generalisability([1.0, np.nan, 2.0], [0, 1, 1], [0, 0, 1])


@given(
    st.lists(st.floats(-100, 100), min_size=2, max_size=8),
    st.lists(st.floats(-100, 100), min_size=2, max_size=8),
)
def test_welch_is_scipys(x: list[float], y: list[float]) -> None:
    if np.ptp(x) < 1e-3 or np.ptp(y) < 1e-3:
        return
    difference, se, df = welch(x, y)
    assert se is not None
    assert df is not None
    oracle = scipy_stats.ttest_ind(x, y, equal_var=False)
    assert difference / se == pytest.approx(oracle.statistic, rel=1e-6, abs=1e-9)
    assert df == pytest.approx(oracle.df, rel=1e-6)


def test_welch_without_error() -> None:
    assert welch([1.0], [2.0, 3.0])[1:] == (None, None)
    with pytest.raises(ValueError, match="finite"):
        welch([], [1.0])
