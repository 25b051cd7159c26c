"""Mixed models, against lme4 1.1-31 and lmerTest 3.1-3 (script and output in the folder beside), and by hand."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest
from numpy.typing import NDArray

from therapyarc.stats import Grouping, MixedFit, SingularDesignError, mixed_model

Floats = NDArray[np.float64]
HERE = Path(__file__).parent / "mixed"


class Part(TypedDict):
    group: str
    one: str | None
    two: str | None
    vcov: float
    sdcor: float


class Fitted(TypedDict):
    coefficients: list[float]
    se: list[float]
    df: list[float]
    p: list[float]
    loglik: float
    variances: list[Part]


def theirs(name: str) -> Fitted:
    fitted: dict[str, Fitted] = json.loads((HERE / "lme4.json").read_text(encoding="utf-8"))
    return fitted[name]


def frame(name: str) -> dict[str, Floats]:
    with (HERE / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {column: np.array([float(row[column]) for row in rows]) for column in rows[0]}


def group(name: str, values: Floats, slope: Floats | None = None) -> Grouping:
    return Grouping(name=name, codes=values.astype(int), slope=slope)


def sleepstudy(method: str = "REML") -> MixedFit:
    d = frame("sleepstudy")
    x = np.column_stack([np.ones(180), d["Days"]])
    grouping = group("Subject", d["Subject"], d["Days"])
    return mixed_model(d["Reaction"], x, ["1", "Days"], [grouping], method="ML" if method == "ML" else "REML")


def penicillin() -> MixedFit:
    d = frame("penicillin")
    factors = [group("plate", d["plate"]), group("sample", d["sample"])]
    return mixed_model(d["diameter"], np.ones((144, 1)), ["1"], factors)


def cake() -> MixedFit:
    d = frame("cake")
    recipe, one = d["recipe"], np.ones(270)
    levels = np.unique(recipe)
    b, c, t = recipe == levels[1], recipe == levels[2], d["temperature"]
    x = np.column_stack([one, b, c, t, b * t, c * t])
    pair = d["replicate"] * 3 + np.searchsorted(levels, recipe)
    factors = [group("replicate", d["replicate"]), group("replicate:recipe", pair)]
    return mixed_model(d["angle"], x, ["1", "b", "c", "t", "bt", "ct"], factors)


def arc(*, slope: bool = False) -> MixedFit:
    d = frame("arc")
    arm, session = d["arm"], d["session"]
    one = np.ones(len(arm))
    if slope:
        x, names = np.column_stack([one, arm, session, arm * session]), ["1", "arm", "session", "arm:session"]
    else:
        s1, s2, s3 = (session == s for s in (1, 2, 3))
        x = np.column_stack([one, arm, s1, s2, s3, arm * s1, arm * s2, arm * s3])
        names = ["1", "arm", "s1", "s2", "s3", "arm:s1", "arm:s2", "arm:s3"]
    factors = [
        group("actor", d["actor"]),
        group("case", d["case"]),
        group("course", d["course"], session if slope else None),
    ]
    return mixed_model(d["y"], x, names, factors)


FITS: dict[str, Callable[[], MixedFit]] = {
    "sleepstudy": sleepstudy,
    "sleepstudy_ml": lambda: sleepstudy("ML"),
    "penicillin": penicillin,
    "cake": cake,
    "arc": arc,
    "arc_slope": lambda: arc(slope=True),
}


@pytest.mark.parametrize("name", FITS)
def test_equal_to_lme4_and_lmertest(name: str) -> None:
    fit, their = FITS[name](), theirs(name)
    found = [fit.coefficient(column) for column in fit.names]
    assert fit.coefficients == pytest.approx(their["coefficients"], rel=1e-5)
    assert [c.se for c in found] == pytest.approx(np.atleast_1d(their["se"]), rel=1e-5)
    assert [c.df for c in found] == pytest.approx(np.atleast_1d(their["df"]), rel=1e-4)
    assert [c.p for c in found] == pytest.approx(np.atleast_1d(their["p"]), rel=1e-3)
    assert fit.log_likelihood == pytest.approx(their["loglik"], abs=1e-6)
    assert fit.converged
    known = {(part["group"], part["one"], part["two"]): part for part in their["variances"]}
    for effect in fit.effects:
        assert effect.intercept == pytest.approx(known[effect.name, "(Intercept)", None]["vcov"], rel=1e-4)
        if effect.slope is not None:
            slope = "Days" if effect.name == "Subject" else "session"
            assert effect.slope == pytest.approx(known[effect.name, slope, None]["vcov"], rel=1e-4)
            assert effect.correlation == pytest.approx(
                known[effect.name, "(Intercept)", slope]["sdcor"], rel=1e-4
            )
    assert fit.residual == pytest.approx(known["Residual", None, None]["vcov"], rel=1e-4)


def test_published_sleepstudy() -> None:
    """Bates et al. 2015, J Stat Softw 67(1): REML 1743.6; SD 24.74, 5.92, correlation .07, residual 25.59."""
    fit = sleepstudy()
    assert -2 * fit.log_likelihood == pytest.approx(1743.6, abs=0.05)
    effect = fit.effects[0]
    assert effect.slope is not None
    assert np.sqrt([effect.intercept, effect.slope, fit.residual]) == pytest.approx(
        [24.74, 5.92, 25.59], abs=0.006
    )
    assert effect.correlation == pytest.approx(0.07, abs=0.005)


def test_contrast_and_joint_test_of_lmertest() -> None:
    fit, their = arc(), json.loads((HERE / "lme4.json").read_text(encoding="utf-8"))["arc"]
    final = fit.contrast([0, 1, 0, 0, 0, 0, 0, 1])
    for name, value in {
        "estimate": final.interval.estimate,
        "low": final.interval.low,
        "high": final.interval.high,
        "se": final.se,
        "df": final.df,
        "p": final.p,
    }.items():
        assert value == pytest.approx(their["final"][name], rel=1e-4), name
    joint = fit.joint(np.hstack([np.zeros((3, 5)), np.eye(3)]))
    assert joint.numerator == their["joint"]["numerator"] == 3
    assert joint.f == pytest.approx(their["joint"]["f"], rel=1e-4)
    assert joint.denominator == pytest.approx(their["joint"]["denominator"], rel=1e-4)
    assert joint.p == pytest.approx(their["joint"]["p"], rel=1e-3)


def test_joint_test_of_one_combination_is_its_t() -> None:
    fit = sleepstudy()
    one, joint = fit.coefficient("Days"), fit.joint([0, 1])
    assert joint.f == pytest.approx(one.t**2)
    assert joint.denominator == pytest.approx(one.df)
    assert joint.p == pytest.approx(one.p)


def test_balanced_one_way_by_mean_squares() -> None:
    """Of k = 4 values in each of 6 groups: (MSB - MSW) / 4 and MSW; the mean has 5 degrees of freedom."""
    rng = np.random.default_rng(4)
    y = (rng.normal(0, 2, (6, 1)) + rng.normal(0, 1, (6, 4))) + 1e6
    fit = mixed_model(y.ravel(), np.ones((24, 1)), ["mean"], [group("g", np.repeat(np.arange(6.0), 4))])
    between = 4 * y.mean(axis=1).var(ddof=1)
    within = y.var(axis=1, ddof=1).mean()
    assert fit.residual == pytest.approx(within, rel=1e-6)
    assert fit.effects[0].intercept == pytest.approx((between - within) / 4, rel=1e-5)
    mean = fit.coefficient("mean")
    assert mean.interval.estimate == pytest.approx(y.mean(), rel=1e-12)
    assert mean.se == pytest.approx(np.sqrt(between / 24), rel=1e-6)
    assert mean.df == pytest.approx(5, rel=1e-4)


def test_variance_at_zero_is_said_and_leaves_least_squares() -> None:
    y = np.array([1.0, 5, 2, 4, 3, 3, 0, 6])  # every group has the mean 3
    codes = np.repeat(np.arange(4.0), 2)
    fit = mixed_model(y, np.ones((8, 1)), ["mean"], [group("g", codes)])
    assert fit.effects[0].intercept == 0
    assert fit.boundary == ("variance of g is 0",)
    assert fit.reason == "at the limit: variance of g is 0"
    mean = fit.coefficient("mean")
    assert mean.interval.reason == fit.reason
    assert mean.se == pytest.approx(y.std(ddof=1) / np.sqrt(8))
    assert mean.df == pytest.approx(7, rel=1e-6)


def test_units_order_and_codes_change_nothing_else() -> None:
    d, fit = frame("arc"), arc(slope=True)
    order = np.random.default_rng(1).permutation(len(d["y"]))
    arm, session = d["arm"][order], d["session"][order]
    x = np.column_stack([np.ones(len(arm)), arm, 100 * session, 100 * arm * session])
    factors = [
        group("course", 7 * d["course"][order], 100 * session),
        group("case", -d["case"][order]),
        group("actor", d["actor"][order]),
    ]
    other = mixed_model(10 * d["y"][order], x, ["1", "arm", "session", "arm:session"], factors)
    assert other.coefficients == pytest.approx(fit.coefficients * [10, 10, 0.1, 0.1], rel=1e-5)
    assert other.residual == pytest.approx(100 * fit.residual, rel=1e-5)
    assert [e.intercept for e in other.effects[::-1]] == pytest.approx(
        [100 * e.intercept for e in fit.effects], rel=1e-4
    )
    assert other.coefficient("arm").df == pytest.approx(fit.coefficient("arm").df, rel=1e-4)


def test_parametric_bootstrap_agrees_with_satterthwaite() -> None:
    fit, rng = penicillin(), np.random.default_rng(7)
    by_draws = fit.parametric_bootstrap(lambda f: float(f.coefficients[0]), rng=rng, draws=150)
    mean = fit.coefficient("1")
    assert by_draws.low is not None
    assert by_draws.high is not None
    # 150 draws of a normal: the range of the middle 95% is 3.92 se, known to about a tenth
    assert (by_draws.high - by_draws.low) / 3.92 == pytest.approx(mean.se, rel=0.25)
    share = fit.parametric_bootstrap(lambda f: f.effects[0].intercept, rng=rng, draws=60)
    assert share.low is not None
    assert share.high is not None
    assert share.low < fit.effects[0].intercept < share.high


def test_type_one_error_of_an_arm_of_few_actors() -> None:
    """200 null studies, 6 actors in 2 arms x 5 cases x 3 sessions: 5% +- 3 binomial standard errors (.046)."""
    rng, rejected, naive, draws = np.random.default_rng(12), 0, 0, 200
    actor, case, session = (v.ravel() for v in np.meshgrid(range(6), range(5), range(3), indexing="ij"))
    arm = actor % 2
    x = np.column_stack([np.ones(90), arm, session])
    factors = [
        Grouping(name="actor", codes=actor),
        Grouping(name="case", codes=case),
        Grouping(name="course", codes=actor * 5 + case),
    ]
    for _ in range(draws):
        y = rng.normal(0, 1, 6)[actor] + rng.normal(0, 1, 5)[case] + rng.normal(0, 1, 30)[actor * 5 + case]
        y += rng.normal(0, 1, 90)
        rejected += mixed_model(y, x, ["1", "arm", "session"], factors).coefficient("arm").p <= 0.05
        alone = mixed_model(y, x, ["1", "arm", "session"], factors[1:])
        naive += alone.coefficient("arm").p <= 0.05
    assert 0.004 <= rejected / draws <= 0.096
    assert naive / draws > 0.2  # without actors the same data reject far too often


@pytest.mark.parametrize(
    ("x", "codes", "message"),
    [
        ([[1, 1]] * 6, [0, 0, 1, 1, 2, 2], "follow from the others"),
        ([[1, 0]] * 6, [0, 0, 1, 1, 2, 2], "b of the design is 0"),
        ([[1, i] for i in range(6)], [0] * 6, "one level"),
        ([[1, i] for i in range(6)], list(range(6)), "cannot be told from error"),
        ([[1, i // 3] for i in range(6)], [0, 0, 0, 1, 1, 1], "lies within the fixed effects"),
    ],
)
def test_singular_designs_are_refused(x: list[list[int]], codes: list[int], message: str) -> None:
    with pytest.raises(SingularDesignError, match=message):
        mixed_model([1.0, 3, 2, 5, 4, 4], x, ["a", "b"], [Grouping(name="g", codes=codes)])


def test_alike_groupings_and_exact_fits_are_refused() -> None:
    one, codes = np.ones((6, 1)), [0, 0, 1, 1, 2, 2]
    twice = [Grouping(name="g", codes=codes), Grouping(name="h", codes=[5, 5, 3, 3, 4, 4])]
    with pytest.raises(SingularDesignError, match="g and h group the observations alike"):
        mixed_model([1.0, 3, 2, 5, 4, 4], one, ["1"], twice)
    with pytest.raises(SingularDesignError, match="fit exactly"):
        mixed_model([2.0] * 6, one, ["1"], twice[:1])
    with pytest.raises(SingularDesignError, match="need more than"):
        mixed_model([1.0, 2.0], np.eye(2), ["a", "b"], [Grouping(name="g", codes=[0, 1])])


def test_bad_input() -> None:
    one, good = np.ones((4, 1)), Grouping(name="g", codes=[0, 0, 1, 1])
    with pytest.raises(ValueError, match="must be finite"):
        mixed_model([1, 2, 3, float("nan")], one, ["1"], [good])
    with pytest.raises(ValueError, match="whole numbers"):
        mixed_model([1, 2, 3, 5], one, ["1"], [Grouping(name="g", codes=[0.0, 0, 1, 1])])
    with pytest.raises(ValueError, match="at least one random factor"):
        mixed_model([1, 2, 3, 5], one, ["1"], [])
    with pytest.raises(ValueError, match="p names"):
        mixed_model([1, 2, 3, 5], one, ["1", "2"], [good])
    with pytest.raises(ValueError, match="slope's column"):
        mixed_model([1, 2, 3, 5], one, ["1"], [Grouping(name="g", codes=[0, 0, 1, 1], slope=[0, 0, 0, 0])])
    fit = mixed_model([1, 2, 3, 5], one, ["1"], [good])
    with pytest.raises(KeyError, match="no fixed effect"):
        fit.coefficient("2")
    for weights in ([0.0], [1.0, 2.0], [float("nan")]):
        with pytest.raises(ValueError, match="a contrast needs"):
            fit.contrast(weights)
    with pytest.raises(ValueError, match="joint test needs"):
        fit.joint([[0.0]])
