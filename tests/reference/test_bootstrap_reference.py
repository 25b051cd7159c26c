"""BCa and two-way bootstrap intervals against scipy and closed forms."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from therapyarc.stats import Interval, bca_interval, cluster_bootstrap, two_way_bootstrap

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
LSAT = np.array([576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594], dtype=float)
GPA = np.array([3.39, 3.3, 2.81, 3.03, 3.44, 3.07, 3, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96])


def law_school(drawn: Indices) -> float:
    return float(np.corrcoef(LSAT[drawn], GPA[drawn])[0, 1])


def ends(interval: Interval) -> tuple[float, float]:
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.high


def test_bca_of_the_law_schools_equals_scipy() -> None:
    """Data of Efron and Tibshirani 1993, table 3.1, r = .776. With the same stream scipy draws the same schools."""
    ours = bca_interval(law_school, 15, rng=np.random.default_rng(3), draws=2000)
    theirs = scipy_stats.bootstrap(
        (LSAT, GPA),
        lambda x, y: np.corrcoef(x, y)[0, 1],
        paired=True,
        vectorized=False,
        n_resamples=2000,
        batch=1,
        method="BCa",
        rng=np.random.default_rng(3),
    ).confidence_interval
    assert ours.estimate == pytest.approx(0.776, abs=5e-4)
    assert ends(ours) == pytest.approx((theirs.low, theirs.high))
    plain = ends(cluster_bootstrap(law_school, 15, rng=np.random.default_rng(3), draws=2000))
    assert ends(ours)[0] < plain[0] - 0.05
    assert ours.method.startswith("BCa")


def test_bca_of_clusters_of_unequal_size_is_near_scipy_on_their_means() -> None:
    rng = np.random.default_rng(21)
    means = rng.lognormal(0, 1, 40)
    ours = bca_interval(lambda drawn: float(means[drawn].mean()), 40, rng=rng, draws=6000)
    theirs = scipy_stats.bootstrap(
        (means,), np.mean, n_resamples=6000, method="BCa", rng=rng
    ).confidence_interval
    assert ends(ours) == pytest.approx((theirs.low, theirs.high), rel=0.05)


CEILING = np.array([5, 5, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7], dtype=float)


@pytest.mark.parametrize(
    ("statistic", "why"),
    [
        (lambda drawn: float(np.median(CEILING[drawn])), "leaving out a cluster changes nothing"),
        (lambda drawn: float(len(np.unique(drawn))), "beyond all draws"),
        (lambda drawn: float(drawn.mean()) if 0 in drawn else float("nan"), "no value when a cluster"),
    ],
)
def test_bca_falls_back_and_says_so(statistic: Callable[[Indices], float], why: str) -> None:
    result = bca_interval(statistic, 12, rng=np.random.default_rng(0))
    plain = cluster_bootstrap(statistic, 12, rng=np.random.default_rng(0))
    assert ends(result) == ends(plain)
    assert result.reason is not None
    assert "percentile in place of BCa" in result.reason
    assert why in result.reason
    assert plain.reason is None or plain.reason in result.reason
    assert result.method.startswith("percentile")


def test_bca_where_undefined() -> None:
    rng = np.random.default_rng(0)
    assert bca_interval(lambda drawn: 7.0, 5, rng=rng).reason == "the same in every bootstrap draw"
    assert bca_interval(lambda drawn: 7.0, 1, rng=rng).reason == "one cluster has no interval"
    assert bca_interval(lambda drawn: float("nan"), 5, rng=rng).estimate is None


@given(
    st.lists(st.integers(1, 7), min_size=4, max_size=9).filter(lambda values: len(set(values)) > 1),
    st.sampled_from([0.5, 3.0, -2.0]),
)
@settings(max_examples=30)
def test_bca_follows_a_change_of_unit(values: list[int], unit: float) -> None:
    data = np.array(values, dtype=float)
    first = bca_interval(lambda d: float(data[d].mean()), len(data), rng=np.random.default_rng(1), draws=200)
    second = bca_interval(
        lambda d: float(unit * data[d].mean() - 4), len(data), rng=np.random.default_rng(1), draws=200
    )
    moved = [unit * end - 4 for end in ends(first)]
    assert ends(second) == pytest.approx((min(moved), max(moved)))
    assert first.reason == second.reason


def test_bca_follows_a_monotone_transformation_up_to_the_jackknife() -> None:
    """Exact only as the acceleration is: with 400 clusters the ends differ by less than 2 % of the width."""
    data = np.random.default_rng(2).exponential(1, 400)
    plain = ends(bca_interval(lambda d: float(data[d].mean()), 400, rng=np.random.default_rng(1)))
    logs = ends(bca_interval(lambda d: float(np.log(data[d].mean())), 400, rng=np.random.default_rng(1)))
    assert np.exp(logs) == pytest.approx(plain, abs=0.02 * (plain[1] - plain[0]))


def test_two_way_variance_of_a_mean_is_the_closed_form() -> None:
    """Multinomial weights give sum a_i^2 / R^2 + sum b_j^2 / C^2 + sum g_ij^2 / (R C)^2 of the two-way effects."""
    rng = np.random.default_rng(9)
    rows, columns = 24, 16
    cells = rng.normal(0, 1, (rows, 1)) + rng.normal(0, 0.7, (1, columns)) + rng.normal(0, 2, (rows, columns))
    a, b = cells.mean(axis=1) - cells.mean(), cells.mean(axis=0) - cells.mean()
    g = cells - cells.mean() - a[:, None] - b[None, :]
    variance = (a**2).sum() / rows**2 + (b**2).sum() / columns**2 + (g**2).sum() / (rows * columns) ** 2

    def mean(drawn_rows: Indices, drawn_columns: Indices) -> float:
        return float(cells[np.ix_(drawn_rows, drawn_columns)].mean())

    low, high = ends(two_way_bootstrap(mean, rows, columns, rng=rng, draws=8000))
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.05)


def test_two_way_bootstrap_is_conservative_without_row_and_column_effects() -> None:
    """Owen 2007: the variance of cells alone is counted about three times."""
    rng = np.random.default_rng(10)
    widths = []
    for _ in range(10):
        cells = rng.normal(0, 1, (20, 20))
        low, high = ends(
            two_way_bootstrap(lambda i, j: float(cells[np.ix_(i, j)].mean()), 20, 20, rng=rng, draws=800)  # noqa: B023  # called at once
        )
        widths.append(high - low)
    ratio = float(np.mean(widths)) / (2 * 1.96 / 20)
    assert ratio == pytest.approx(np.sqrt(3), rel=0.1)


def test_two_way_bootstrap_where_undefined() -> None:
    rng = np.random.default_rng(0)
    assert (
        two_way_bootstrap(lambda i, j: 1.0, 5, 1, rng=rng).reason
        == "needs two rows and two columns; got 5 and 1"
    )
    assert two_way_bootstrap(lambda i, j: 1.0, 5, 5, rng=rng).reason == "the same in every bootstrap draw"
    assert two_way_bootstrap(lambda i, j: float("nan"), 5, 5, rng=rng).estimate is None
