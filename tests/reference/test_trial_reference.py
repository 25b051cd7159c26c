"""The model of a virtual trial against R's nlme on a synthetic table, and against arithmetic."""

import csv
from pathlib import Path

import numpy as np
import pytest

from therapyarc.stats import SingularDesignError, trial_model

HERE = Path(__file__).parent / "trial"


def table() -> tuple[np.ndarray, np.ndarray]:
    with (HERE / "trial.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    dyads, weeks = max(int(row["dyad"]) for row in rows), max(int(row["week"]) for row in rows) + 1
    values, arms = np.full((dyads, weeks), np.nan), np.zeros(dyads, dtype=int)
    for row in rows:
        if row["y"] != "NA":
            values[int(row["dyad"]) - 1, int(row["week"])] = float(row["y"])
        arms[int(row["dyad"]) - 1] = int(row["arm"])
    return values, arms


def test_differences_at_the_end_are_those_of_nlme() -> None:
    values, arms = table()
    model = trial_model(values, arms, cases=None)
    with (HERE / "nlme.csv").open() as handle:
        for row in csv.DictReader(handle):
            first, second = map(int, row["contrast"].split("-"))
            found = model.difference(first, second)
            assert found.interval.estimate == pytest.approx(float(row["estimate"]), abs=1e-5)
            assert found.se == pytest.approx(float(row["se"]), abs=1e-5)


def test_the_inflation_is_the_effect_of_the_control() -> None:
    values, arms = table()
    model = trial_model(values, arms, cases=None)
    whole, against, control = (model.difference(*pair).interval.estimate for pair in ((1, 0), (1, 2), (2, 0)))
    assert whole is not None
    assert against is not None
    assert whole - against == pytest.approx(control)
    assert model.difference(0, 1).interval.estimate == pytest.approx(-whole)


def test_a_planted_effect_is_covered_and_a_planted_nothing_is_not_found() -> None:
    """Twenty synthetic trials: of the 95% intervals at least 16 must hold the planted effect (binomial, p < .01 below)."""
    rng = np.random.default_rng(3)
    held = falsely = 0
    for _ in range(20):
        arms = np.repeat([0, 1, 2], 16)
        course = rng.normal(14, 3, 48)[:, None] + rng.normal(0, 1.5, (48, 4))
        course[:, 1:] += np.where(arms == 1, -3.0, 0.0)[:, None] * np.array([0.3, 0.7, 1.0])
        model = trial_model(course, arms, cases=np.tile(np.arange(16), 3))
        effect, nothing = model.difference(1, 0).interval, model.difference(2, 0).interval
        assert effect.low is not None
        assert effect.high is not None
        assert nothing.low is not None
        assert nothing.high is not None
        held += effect.low <= -3.0 <= effect.high
        falsely += not nothing.low <= 0 <= nothing.high
    assert held >= 16
    assert falsely <= 4


def test_what_cannot_be_compared_is_told() -> None:
    values, arms = table()
    model = trial_model(values, arms, cases=None)
    with pytest.raises(ValueError, match="no arm 3"):
        model.difference(3, 0)
    with pytest.raises(ValueError, match="from itself"):
        model.difference(1, 1)
    with pytest.raises(ValueError, match="without a gap"):
        trial_model(values, 2 * arms, cases=None)
    with pytest.raises(ValueError, match="two occasions"):
        trial_model(values[:, :1], arms, cases=None)
    with pytest.raises(ValueError, match="leave out those"):
        trial_model(np.vstack([values, np.full((1, 4), np.nan)]), [*arms, 0], cases=None)
    gone = values.copy()
    gone[arms == 1, 3] = np.nan
    with pytest.raises(SingularDesignError):
        trial_model(gone, arms, cases=None)
