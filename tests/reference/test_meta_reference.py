"""Meta-analysis against metafor's output on two published tables, and against figures printed elsewhere."""

import json
from pathlib import Path

import numpy as np
import pytest

from therapyarc.stats import (
    MetaRegression,
    combined,
    meta_regression,
    network_meta_analysis,
    random_effects,
    small_studies,
    trim_and_fill,
)

REFERENCE = json.loads((Path(__file__).parent / "meta" / "meta.json").read_text(encoding="utf-8"))
BCG, SENN = REFERENCE["bcg"], REFERENCE["senn"]
Y, V = np.array(BCG["effect"]), np.array(BCG["variance"])


def test_the_bcg_table_as_metafor_has_it() -> None:
    """Mean -.7145 and tau2 .3132 also stand in Viechtbauer 2010, J Stat Softw 36(3)."""
    found, theirs = random_effects(Y, V), BCG["random"]
    assert found.estimate.estimate == pytest.approx(-0.7145, abs=5e-5)
    assert found.tau2.estimate == pytest.approx(0.3132, abs=5e-5)
    assert (found.estimate.low, found.estimate.high) == pytest.approx(
        (theirs["low"], theirs["high"]), abs=1e-5
    )
    assert found.p == pytest.approx(theirs["p"], abs=1e-6)
    assert found.i2 == pytest.approx(theirs["i2"], abs=1e-3)
    assert found.q == pytest.approx(theirs["q"])
    assert found.q_df == 12
    assert (found.normal.low, found.normal.high) == pytest.approx(BCG["normal"], abs=1e-5)
    assert (found.prediction.low, found.prediction.high) == pytest.approx(BCG["prediction"], abs=1e-5)
    assert (found.tau2.low, found.tau2.high) == pytest.approx(BCG["tau2_interval"], abs=1e-4)
    assert found.weights == pytest.approx(BCG["weights"], abs=1e-4)


def _same(found: MetaRegression, theirs: dict[str, object]) -> None:
    for name, at in (("b", "estimate"), ("low", "low"), ("high", "high")):
        assert [getattr(one, at) for one in found.coefficients] == pytest.approx(theirs[name], abs=1e-4)
    assert found.p == pytest.approx(theirs["p"], abs=1e-4)
    assert found.tau2 == pytest.approx(theirs["tau2"], abs=1e-4)
    assert (found.f, found.f_p) == pytest.approx((theirs["f"], theirs["f_p"]), abs=1e-3)
    assert found.r2 == pytest.approx(theirs["r2"], abs=0.01)


def test_meta_regression_as_metafor_has_it() -> None:
    latitude = np.array(BCG["latitude"], dtype=float)
    _same(
        meta_regression(Y, V, np.column_stack([np.ones(13), latitude]), ["1", "latitude"]),
        BCG["latitude_fit"],
    )
    kinds = np.array(BCG["allocation"])
    columns = [np.ones(13), latitude, kinds == "random", kinds == "systematic"]
    names = ["1", "latitude", "random", "systematic"]
    _same(meta_regression(Y, V, np.column_stack(columns).astype(float), names), BCG["mixed_fit"])


def test_small_study_checks_as_metafor_has_them() -> None:
    found, filled = small_studies(Y, V), trim_and_fill(Y, V)
    assert found.egger_p == pytest.approx(BCG["egger"]["p"], abs=1e-6)
    assert np.sign(found.egger.estimate or 0.0) == np.sign(BCG["egger"]["t"])
    assert (found.rank_tau, found.rank_p) == pytest.approx((BCG["begg"]["tau"], BCG["begg"]["p"]), abs=1e-6)
    assert filled is not None
    assert (filled.filled, filled.side) == (BCG["filled"]["k0"], BCG["filled"]["side"])
    assert filled.analysis.estimate.estimate == pytest.approx(BCG["filled"]["b"], abs=1e-5)
    assert filled.analysis.tau2.estimate == pytest.approx(BCG["filled"]["tau2"], abs=1e-4)


def test_the_glucose_network_as_metafor_and_as_printed() -> None:
    """Q 96.98 on 18 and tau2 .109 (moments) stand in Schwarzer, Carpenter and Rücker 2015, Meta-Analysis with R, ch. 8."""
    found = network_meta_analysis(
        SENN["study"], SENN["treatment"], SENN["comparator"], SENN["effect"], SENN["variance"],
        reference="placebo",
    )  # fmt: skip
    ours = dict(zip(found.treatments, found.common, strict=True))
    for name, effect, se in zip(SENN["treatments"], SENN["common"], SENN["common_se"], strict=True):
        one = ours[name]
        assert one.estimate == pytest.approx(effect, abs=1e-6)
        assert one.high is not None
        assert one.high - effect == pytest.approx(1.959964 * se, abs=1e-5)
    assert found.q == pytest.approx(SENN["q"], abs=1e-4)
    assert found.q_df == SENN["q_df"]
    assert found.q == pytest.approx(96.98, abs=0.005)
    assert found.tau2 == pytest.approx(0.109, abs=5e-4)
    assert found.tau2_reml == pytest.approx(SENN["reml_tau2"], abs=1e-5)
    assert found.q_within + found.q_between == pytest.approx(found.q)
    assert found.q_within_df + found.q_between_df == found.q_df == 18


def test_two_studies_by_hand() -> None:
    """Equal variances 1 and effects 0 and 4: tau2 = s2 - v = 8 - 1; Hartung-Knapp variance s2 / 2 = 4, t on 1 is 12.706."""
    found = random_effects([0.0, 4.0], [1.0, 1.0])
    assert (found.estimate.estimate, found.tau2.estimate) == pytest.approx((2.0, 7.0), abs=1e-5)
    assert found.estimate.high == pytest.approx(2 + 12.7062 * 2, abs=1e-3)
    assert found.prediction.low is None
    assert "three" in (found.prediction.reason or "")
    assert combined([1.0, 3.0], [1.0, 4.0], 0.5) == (2.0, (1 + 4 + 2 * 0.5 * 2) / 4)


def test_one_study_and_what_is_refused() -> None:
    one = random_effects([0.3], [0.04])
    assert (one.k, one.tau2.estimate, one.i2) == (1, None, None)
    assert one.estimate.high == pytest.approx(0.3 + 1.959964 * 0.2)
    for effects, variances in (([], []), ([1.0], [0.0]), ([1.0, 2.0], [1.0]), ([np.nan], [1.0])):
        with pytest.raises(ValueError, match=r"above 0|finite|one or more"):
            random_effects(effects, variances)
    assert small_studies([1.0, 2.0], [1.0, 2.0]).egger.estimate is None
    assert small_studies([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]).reason == "all variances are equal"


def test_equal_effects_leave_nothing_between() -> None:
    found = random_effects([0.5, 0.5, 0.5], [0.1, 0.2, 0.3])
    assert found.tau2.estimate == 0.0
    assert found.estimate.low is None
    assert found.normal.low is not None


@pytest.mark.parametrize("scale", [0.01, 1.0, 250.0])
def test_another_unit_gives_the_same_result_in_that_unit(scale: float) -> None:
    plain, scaled = random_effects(Y, V), random_effects(scale * Y, scale**2 * V)
    for at in ("estimate", "low", "high"):
        assert getattr(scaled.estimate, at) == pytest.approx(scale * getattr(plain.estimate, at), rel=1e-4)
    assert scaled.i2 == pytest.approx(plain.i2, rel=1e-3)


def test_a_network_does_not_care_which_way_a_contrast_is_written() -> None:
    turned = network_meta_analysis(
        SENN["study"], SENN["comparator"], SENN["treatment"], -np.array(SENN["effect"]), SENN["variance"]
    )
    straight = network_meta_analysis(
        SENN["study"], SENN["treatment"], SENN["comparator"], SENN["effect"], SENN["variance"]
    )
    assert [one.estimate for one in turned.random] == pytest.approx([one.estimate for one in straight.random])


def test_a_network_tells_what_it_cannot_do() -> None:
    cases = {
        "falls apart": (["1", "2"], ["a", "c"], ["b", "d"]),
        "twice": (["1", "1"], ["a", "b"], ["b", "a"]),
        "no row for": (["1", "1"], ["a", "a"], ["b", "c"]),
        "with itself": (["1", "2"], ["a", "a"], ["a", "b"]),
    }
    for told, (studies, first, second) in cases.items():
        with pytest.raises(ValueError, match=told):
            network_meta_analysis(studies, first, second, [0.1, 0.2], [0.1, 0.1])
    with pytest.raises(ValueError, match="cannot be those of one trial"):
        network_meta_analysis(["1"] * 3, ["a", "a", "b"], ["b", "c", "c"], [0.1, 0.2, 0.1], [0.01, 0.01, 9.0])
    with pytest.raises(ValueError, match="none of the treatments"):
        network_meta_analysis(["1"], ["a"], ["b"], [0.1], [0.1], reference="z")


def test_indirect_comparison_is_the_sum_of_its_paths() -> None:
    found = network_meta_analysis(
        ["1", "2"], ["CBT", "CBT"], ["waitlist", "usual care"], [-0.8, -0.3], [0.04, 0.09]
    )
    place = {name: at for at, name in enumerate(found.treatments)}
    indirect = found.league[place["usual care"]][place["waitlist"]]
    assert indirect.estimate == pytest.approx(-0.5)
    assert indirect.high == pytest.approx(-0.5 + 1.959964 * np.sqrt(0.13))
