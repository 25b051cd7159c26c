"""Faults of raters, against published output of another package, dummy regression and planted faults."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from therapyarc.stats import (
    Interval,
    bang_index,
    halo,
    james_index,
    length_effect,
    leniency,
    position_effect,
    self_preference,
)

Floats = NDArray[np.float64]
NAN = float("nan")


def figures(interval: Interval) -> tuple[float, float, float]:
    assert interval.estimate is not None
    assert interval.low is not None
    assert interval.high is not None
    return interval.estimate, interval.low, interval.high


def test_bang_by_hand() -> None:
    """82 right, 25 wrong, 170 unsure: 57 / 277; the difference of two cells of a multinomial."""
    right, wrong, n = 82 / 277, 25 / 277, 277
    half = 1.959964 * np.sqrt((right + wrong - (right - wrong) ** 2) / n)
    low, high = 57 / n - half, 57 / n + half
    assert figures(bang_index(82, 25, 170)) == pytest.approx((57 / n, low, high))


def test_blinding_example_of_blindingindex() -> None:
    """BlindingIndex.jl, readme, after R BI: James .896 (.875, .918); Bang .115 (.08, .15) and .022 (-.016, .06)."""
    assert figures(james_index([[48, 22], [4, 30], [330, 319]])) == pytest.approx(
        (0.896, 0.875, 0.918), abs=6e-4
    )
    assert figures(bang_index(48, 4, 330)) == pytest.approx((0.115, 0.080, 0.150), abs=6e-4)
    assert figures(bang_index(30, 22, 319)) == pytest.approx((0.022, -0.016, 0.060), abs=6e-4)


@given(st.lists(st.integers(1, 40), min_size=6, max_size=6))
def test_james_by_his_own_formula_and_numerical_slopes(cells: list[int]) -> None:
    counts = np.array(cells, dtype=float).reshape(3, 2)

    def index(p: Floats) -> float:
        unknown = p[2].sum()
        observed = 0.5 * (p[0, 1] + p[1, 0]) / (1 - unknown)
        expected = 0.5 * (p[0].sum() * p[:2, 1].sum() + p[1].sum() * p[:2, 0].sum()) / (1 - unknown) ** 2
        return float((1 + unknown + (1 - unknown) * (observed - expected) / expected) / 2)

    p = counts / counts.sum()
    estimate, low, high = figures(james_index(counts))
    assert estimate == pytest.approx(index(p))
    slopes = np.zeros((3, 2))
    for i in range(3):
        for j in range(2):
            step = np.zeros((3, 2))
            step[i, j] = 1e-6
            slopes[i, j] = (index(p + step) - index(p - step)) / 2e-6
    variance = ((p * slopes**2).sum() - (p * slopes).sum() ** 2) / counts.sum()
    assert (high - low) / 2 / 1.959964 == pytest.approx(np.sqrt(variance), rel=1e-4)


def test_blinding_at_the_ends() -> None:
    assert james_index([[10, 0], [0, 10], [0, 0]]).estimate == 0
    assert james_index([[0, 0], [0, 0], [5, 5]]).estimate == 1
    assert james_index([[5, 5], [5, 5], [0, 0]]).estimate == pytest.approx(0.5)
    assert james_index(np.zeros((3, 2))).estimate is None
    assert (
        james_index([[3, 0], [0, 0], [0, 4]]).reason
        == "no guess could be wrong: one arm's people alone guessed"
    )
    assert bang_index(7, 0).estimate == 1
    assert bang_index(0, 7).estimate == -1
    assert bang_index(7, 0).low is None
    assert bang_index(0, 0).reason == "nobody answered"


def panel(rng: np.random.Generator, impression: float) -> Floats:
    """5 raters, 80 targets, 3 dimensions that the targets share to .3 of their variance."""
    true = rng.normal(0, np.sqrt(0.3), (80, 1)) + rng.normal(0, np.sqrt(0.7), (80, 3))
    return true + impression * rng.normal(0, 1, (5, 80, 1)) + rng.normal(0, 0.5, (5, 80, 3))


def test_halo_by_brute_force_and_planted() -> None:
    rng = np.random.default_rng(1)
    x = panel(rng, 0.8)
    found = halo(x, rng=rng, draws=120)
    within = [np.corrcoef(x[r, :, d], x[r, :, e])[0, 1] for r in range(5) for d in range(3) for e in range(d)]
    between = [
        np.corrcoef(x[r, :, d], x[s, :, e])[0, 1]
        for r in range(5)
        for s in range(5)
        for d in range(3)
        for e in range(3)
        if r != s and d != e
    ]
    assert found.within.estimate == pytest.approx(np.mean(within))
    assert found.between.estimate == pytest.approx(np.mean(between))
    assert figures(found.excess)[0] == pytest.approx(np.mean(within) - np.mean(between))
    assert figures(found.excess)[1] > 0.1
    none = figures(halo(panel(rng, 0.0), rng=rng, draws=120).excess)
    assert abs(none[0]) < 0.05


def test_halo_with_gaps() -> None:
    rng = np.random.default_rng(2)
    x = panel(rng, 0.5)
    x[0, :10] = NAN
    x[1, 5, 2] = NAN
    found = halo(x, rng=rng, draws=30)
    seen = np.corrcoef(x[0, 10:, 0], x[0, 10:, 1])[0, 1]
    two = halo(x[:, :, :2], rng=rng, draws=30)
    others = [np.corrcoef(x[r, :, 0], x[r, :, 1])[0, 1] for r in range(1, 5)]
    assert two.within.estimate == pytest.approx(np.mean([seen, *others]))
    assert found.within.estimate is not None


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_slopes_are_those_of_dummy_regression(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = rng.integers(0, 5, 40)
    words = rng.integers(1, 300, 40)
    y = rng.normal(0, 1, 40) + items + 0.4 * np.log2(words)
    design = np.column_stack([np.log2(words), items[:, None] == np.arange(5)])
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    assert length_effect(y, words, items, np.arange(40)).estimate == pytest.approx(beta[0])


def test_position_of_choices() -> None:
    """20 pairs, each shown once: the first is chosen 15 times; second less first is (5 - 15) / 20."""
    chosen = np.array([[1, 0]] * 15 + [[0, 1]] * 5, dtype=float)
    pair = np.repeat(np.arange(20), 2)
    found = figures(position_effect(chosen.ravel(), np.tile([0, 1], 20), pair, pair))
    assert found[0] == pytest.approx(-0.5)
    assert found[2] < 0


def test_leniency_of_a_complete_panel_and_with_gaps() -> None:
    rng = np.random.default_rng(3)
    severity = np.array([0.5, 0.0, -0.5, 0.0])
    target = rng.normal(0, 2, (30, 1))
    y = target + severity + rng.normal(0, 0.2, (30, 4))
    found = leniency(y, rng=rng, draws=200)
    assert [i.estimate for i in found] == pytest.approx((y.mean(axis=0) - y.mean()).tolist())
    # rater 0 meets the better half alone: its mean is high, its leniency is not
    gapped = y.copy()
    gapped[(target[:, 0] < 0), 0] = NAN
    own = figures(leniency(gapped, rng=rng, draws=200)[0])
    assert own[0] == pytest.approx(0.5, abs=0.15)
    assert np.nanmean(gapped[:, 0]) - np.nanmean(gapped) > 0.9
    apart = np.array([[1.0, 2, NAN, NAN], [NAN, NAN, 1, 2]])
    assert leniency(apart, rng=rng)[0].reason == "undefined on the data"


def test_self_preference_planted_and_not() -> None:
    rng = np.random.default_rng(4)
    raters = ["a", "a", "b", "human"]
    families = ["a"] * 30 + ["b"] * 30 + ["human"] * 30
    actors = np.arange(90) // 5
    y = rng.normal(0, 1, (90, 1)) + np.array([0.5, 0.2, 0, -0.4]) + rng.normal(0, 0.5, (90, 4))
    without = figures(self_preference(y, raters, families, "b", clusters=actors))
    assert without[1] < 0 < without[2]
    y[:30, :2] += 0.8
    found = figures(self_preference(y, raters, families, "a", clusters=actors))
    by_hand = y[:30, :2].mean() - y[:30, 2:].mean() - y[30:, :2].mean() + y[30:, 2:].mean()
    assert found[0] == pytest.approx(by_hand)
    assert found[1] < 0.8 < found[2]
    assert found[1] > 0
    y[3, 1] = NAN
    gapped = self_preference(y, raters, families, "a", clusters=actors)
    assert gapped.reason == "1 targets with a missing rating are left out"
    assert self_preference(y, raters, families, "c", clusters=actors).estimate is None


def test_bad_input() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="raters, targets, dimensions"):
        halo(np.zeros((2, 3)), rng=rng)
    with pytest.raises(ValueError, match="above 0"):
        length_effect([1.0, 2], [0, 3], [0, 0], [0, 1])
    with pytest.raises(ValueError, match="one length"):
        position_effect([1.0, 2], [0], [0, 0], [0, 1])
    with pytest.raises(ValueError, match="finite"):
        position_effect([1.0, NAN], [0, 1], [0, 0], [0, 1])
    assert (
        position_effect([1.0, 2], [1, 1], [0, 0], [0, 1]).reason == "it does not vary within what is compared"
    )
    with pytest.raises(ValueError, match="rater families"):
        self_preference([[1.0, 2]], ["a"], ["a"], "a", clusters=[0])
    with pytest.raises(ValueError, match="shape"):
        james_index([[1, 2]])
    with pytest.raises(ValueError, match="0 or more"):
        bang_index(-1, 2)
