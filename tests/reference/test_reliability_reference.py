"""Gwet's coefficients and reliability with gaps, against published tables, brute force and another likelihood."""

from collections.abc import Callable
from itertools import permutations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import optimize

from therapyarc.stats import gwet_ac, icc, icc_reml, krippendorff_alpha, over_targets, variance_components
from therapyarc.stats import weighted_kappa as kappa

Floats = NDArray[np.float64]
NAN = float("nan")
FOUR_BY_TWELVE = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
).T
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
CELL = st.one_of(st.integers(1, 5).map(float), st.just(NAN))
GAPPED = st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=4, max_size=7).map(np.array)


def test_ac1_of_gwets_four_raters() -> None:
    """Gwet 2014 and R irrCAC (data cac.raw4raters): AC1 .775 where Krippendorff's nominal alpha is .743."""
    assert gwet_ac(FOUR_BY_TWELVE) == pytest.approx(0.77544, abs=5e-6)
    assert krippendorff_alpha(FOUR_BY_TWELVE, "nominal") == pytest.approx(0.743, abs=5e-4)


def test_ac1_where_kappa_is_paradoxical() -> None:
    """Table 118, 5, 2, 0: raw agreement .944; 2 pi (1 - pi) with pi = 243/250; kappa is below chance."""
    both = np.array([[1, 1]] * 118 + [[1, 0]] * 5 + [[0, 1]] * 2)
    chance = 2 * 243 / 250 * 7 / 250
    assert gwet_ac(both) == pytest.approx((0.944 - chance) / (1 - chance))
    assert gwet_ac(both) == pytest.approx(0.941, abs=5e-4)
    assert kappa(both[:, 0], both[:, 1], "unweighted") == pytest.approx(-0.023, abs=5e-4)


WEIGHTS: dict[str, Callable[[float, float], float]] = {
    "unweighted": lambda a, b: float(a == b),
    "linear": lambda a, b: 1 - abs(a - b) / 4,
    "quadratic": lambda a, b: 1 - (a - b) ** 2 / 16,
    "ordinal": lambda a, b: 1 - len([1 for x in range(6) for y in range(x) if x <= abs(a - b)]) / 10,
}


@pytest.mark.parametrize("weights", WEIGHTS)
def test_ac_by_going_through_all_pairs_of_raters(weights: str) -> None:
    """On the scale 1 to 5: agreement of ordered pairs, and of a value with one drawn from the other values."""
    weight = WEIGHTS[weights]
    targets = [[value for value in row if value == value] for row in FOUR_BY_TWELVE.tolist()]  # not nan
    observed = np.mean(
        [np.mean([weight(a, b) for a, b in permutations(row, 2)]) for row in targets if len(row) > 1]
    )
    shares = [np.mean([row.count(value) / len(row) for row in targets]) for value in range(1, 6)]
    every = sum(weight(a, b) for a in range(1, 6) for b in range(1, 6))
    chance = every / 20 * sum(share * (1 - share) for share in shares)
    expected = (observed - chance) / (1 - chance)
    assert gwet_ac(FOUR_BY_TWELVE, weights) == pytest.approx(expected)  # type: ignore[arg-type]


def test_ordinal_weights_are_those_of_irrcac() -> None:
    """R irrCAC prints ordinal.weights(1:3) as 1, .667, 0: with one pair one apart, AC2 = (2/3 - pe) / (1 - pe)."""
    chance = (3 + 4 * 2 / 3) / 6 * (2 * 0.25)
    assert gwet_ac([[1, 2]], "ordinal", values=[1, 2, 3]) == pytest.approx((2 / 3 - chance) / (1 - chance))


def test_ac_where_undefined_and_with_a_declared_scale() -> None:
    assert np.isnan(gwet_ac([[3, 3], [3, 3]]))
    assert gwet_ac([[3, 3], [3, 3]], values=range(1, 6)) == 1.0
    assert np.isnan(gwet_ac([[1, NAN], [NAN, 2]]))
    assert np.isnan(gwet_ac([[NAN, NAN]]))
    with pytest.raises(ValueError, match="among the values"):
        gwet_ac([[1, 9]], values=[1, 2, 3])
    interval = over_targets(gwet_ac, FOUR_BY_TWELVE, rng=np.random.default_rng(0), draws=300)
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low < 0.775 < interval.high


@given(GAPPED, st.sampled_from(sorted(WEIGHTS)), st.randoms(use_true_random=False))
def test_ac_is_blind_to_the_order_of_targets_and_raters(
    ratings: Floats, weights: str, random: Random
) -> None:
    rows, columns = list(range(len(ratings))), [0, 1, 2]
    random.shuffle(rows)
    random.shuffle(columns)
    mixed = ratings[rows][:, columns]
    first, second = (gwet_ac(r, weights, values=[1, 2, 3, 4, 5]) for r in (ratings, mixed))  # type: ignore[arg-type]
    assert first == pytest.approx(second, nan_ok=True)
    assert np.isnan(first) or first <= 1 + 1e-12


@pytest.mark.parametrize(("form", "printed"), [("2,1", 0.29), ("3,1", 0.71), ("2,k", 0.62), ("3,k", 0.91)])
def test_reml_on_the_complete_table_equals_mean_squares(form: str, printed: float) -> None:
    """Shrout and Fleiss 1979, table 4."""
    ours, theirs = icc_reml(SHROUT_FLEISS, form), icc(SHROUT_FLEISS, form)  # type: ignore[arg-type]
    assert ours.estimate == pytest.approx(printed, abs=0.005)
    assert ours.estimate == pytest.approx(theirs.estimate, abs=1e-6)
    assert ours.reason is None


def test_the_number_of_raters_in_the_mean_is_asked_for() -> None:
    """Spearman-Brown: k r / (1 + (k - 1) r)."""
    one, six = icc_reml(SHROUT_FLEISS, "2,1").estimate, icc_reml(SHROUT_FLEISS, "2,k", raters=6).estimate
    assert one is not None
    assert six == pytest.approx(6 * one / (1 + 5 * one))
    with pytest.raises(ValueError, match="at least 1"):
        icc_reml(SHROUT_FLEISS, "2,k", raters=0)


def dense_reml(ratings: Floats) -> Floats:
    """Maximise the unprofiled likelihood over standard deviations, with dense matrices and without gradients."""
    target, rater = np.nonzero(~np.isnan(ratings))
    values = ratings[target, rater]
    one, scale = np.ones(len(values)), values.std()
    same_target, same_rater = target[:, None] == target, rater[:, None] == rater

    def criterion(deviations: Floats) -> float:
        a, b, c = (scale * deviations) ** 2
        covariance = a * same_target + b * same_rater + (c + 1e-12) * np.eye(len(values))
        inverse = np.linalg.inv(covariance)
        information = one @ inverse @ one
        rest = values - one @ inverse @ values / information
        return float(np.linalg.slogdet(covariance)[1] + np.log(information) + rest @ inverse @ rest)

    fits = [
        optimize.minimize(
            criterion,
            np.array(start),
            method="Nelder-Mead",
            options={"xatol": 1e-7, "fatol": 1e-11, "maxfev": 4000},
        )
        for start in ((0.7, 0.4, 0.6), (0.05, 0.7, 0.6), (0.7, 0.02, 0.7))
    ]
    best = min(fits, key=lambda fit: float(fit.fun))
    return np.asarray((scale * best.x) ** 2)


@pytest.mark.parametrize("seed", range(8))
def test_reml_with_gaps_equals_a_dense_likelihood(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spread = rng.choice([0.0, 0.4, 1.0]), rng.choice([0.0, 0.5, 2.0])
    ratings = (
        4 + rng.normal(0, spread[0], (9, 1)) + rng.normal(0, spread[1], (1, 4)) + rng.normal(0, 0.8, (9, 4))
    )
    ratings[rng.random(ratings.shape) < 0.3] = NAN
    ours, theirs = variance_components(ratings), dense_reml(ratings)
    assert ours.target == pytest.approx(theirs[0], abs=1e-5)
    assert ours.rater == pytest.approx(theirs[1], abs=1e-5)
    assert ours.error == pytest.approx(theirs[2], abs=1e-5)
    if min(theirs[:2]) < 1e-8:
        assert ours.reason is not None
        assert "limit of zero" in ours.reason


def test_reml_with_gaps_finds_known_variances() -> None:
    """Targets 1, raters .5, error 1, a third of 60 x 8 cells missing: consistency 1/2, agreement 1/2.5."""
    rng = np.random.default_rng(12)
    found = []
    for _ in range(120):
        ratings = rng.normal(0, 1, (60, 1)) + rng.normal(0, np.sqrt(0.5), (1, 8)) + rng.normal(0, 1, (60, 8))
        ratings[rng.random(ratings.shape) < 1 / 3] = NAN
        fit = variance_components(ratings)
        assert fit.target is not None
        assert fit.rater is not None
        assert fit.error is not None
        consistency = fit.icc("3,1").estimate
        assert consistency is not None
        found.append([fit.target, fit.rater, fit.error, consistency])
    means, errors = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    assert (np.abs(means - [1, 0.5, 1, 0.5]) < 3.5 * errors + [0, 0, 0, 0.005]).all()


def test_components_at_the_limit_say_so() -> None:
    level = icc_reml([[1, 5], [5, 1], [2, 4], [4, 2]], "2,1")
    assert level.estimate == 0.0
    assert level.reason is not None
    assert "targets" in level.reason
    exact = np.array([[1, 2], [3, 4], [6, 7]])
    assert icc_reml(exact, "3,1").estimate == 1.0
    assert icc_reml(exact, "2,1").estimate == pytest.approx(icc(exact, "2,1").estimate)
    assert icc_reml(exact, "2,1").reason == "ratings have no error"


@pytest.mark.parametrize(
    ("ratings", "why"),
    [
        ([[1, 2, 3]], "two targets"),
        ([[1, NAN], [2, NAN]], "two raters"),
        ([[4, 4], [4, 4]], "equal"),
        ([[1, 2, NAN], [NAN, 3, 4]], "tied twice"),
        ([[1, 2, NAN, NAN], [2, 3, NAN, NAN], [NAN, NAN, 5, 7], [NAN, NAN, 6, 8]], "unconnected"),
        ([[NAN, NAN], [NAN, NAN]], "got 0 and 0"),
    ],
)
def test_components_where_undefined_say_why(ratings: list[list[float]], why: str) -> None:
    result = icc_reml(ratings, "2,1")
    assert result.estimate is None
    assert result.reason is not None
    assert why in result.reason


def test_reliability_interval_by_targets() -> None:
    rng = np.random.default_rng(5)
    ratings = rng.normal(0, 1, (40, 1)) + rng.normal(0, 1, (40, 4))
    ratings[rng.random(ratings.shape) < 0.25] = NAN

    def consistency(drawn: Floats) -> float:
        estimate = icc_reml(drawn, "3,1").estimate
        return NAN if estimate is None else estimate

    interval = over_targets(consistency, ratings, rng=rng, draws=200)
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low < 0.5 < interval.high


@given(GAPPED, st.randoms(use_true_random=False))
def test_reml_is_blind_to_order_origin_and_unit(ratings: Floats, random: Random) -> None:
    rows, columns = list(range(len(ratings))), [0, 1, 2]
    random.shuffle(rows)
    random.shuffle(columns)
    first, second = (icc_reml(r, "2,1") for r in (ratings, 10 - 3 * ratings[rows][:, columns]))
    assert first.reason == second.reason
    if first.estimate is None:
        assert second.estimate is None
    else:
        assert second.estimate == pytest.approx(first.estimate, abs=1e-5)
        assert 0 <= first.estimate <= 1
