"""The instrument check finds what is planted, and fails where the instrument is broken."""

import json
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from therapyarc.analysis.calibration import CourseOutcome, null_rate, targets
from therapyarc.cli import calibrate as module
from therapyarc.cli.calibrate import CalibrationFailedError, Job, calibrate, simulate
from therapyarc.dialogue.client.dynamics import Coefficients, coefficients


def heard() -> Console:
    return Console(file=StringIO(), width=200)


def test_planted_truths_are_recovered(tmp_path: Path) -> None:
    result = calibrate(heard(), courses=40, seed=1, sensitivity=4, out=tmp_path)
    assert not result.missed
    assert len(result.truths) == 13
    assert json.loads((tmp_path / "calibration.json").read_text())["courses"] == result.courses


def test_targets_of_people_s_courses_are_met_in_the_middle_of_three_seeds() -> None:
    """One seed's 40 courses a condition hold few ruptures, and r over them moves by some .15 from seed to seed."""
    found = [calibrate(heard(), courses=40, seed=seed, sensitivity=0, out=None).targets for seed in (1, 2, 3)]
    for own in zip(*found, strict=True):
        middle = sorted(own, key=lambda target: target.measured or 0.0)[1]
        assert middle.met, middle


def test_a_client_that_nothing_moves_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    table = coefficients()
    dead = Coefficients(
        {act: dict.fromkeys(row, 0.0) for act, row in table.effects.items()},
        table.turn,
        table.week,
        table.sources,
        table.meanings,
    )
    monkeypatch.setitem(module._TABLES, None, dead)
    with pytest.raises(CalibrationFailedError, match="sycophant's bond"):
        calibrate(heard(), courses=13, seed=1, sensitivity=0)


def test_a_nothing_that_is_found_is_a_failure() -> None:
    """Replies to another client that yet move this one by skill; two arms of one policy that always differ."""

    def outcome(q: float, end: float, case: int = 0) -> CourseOutcome:
        return CourseOutcome(
            condition="x", q=q, case=f"case {case}", alliance=(0.4, end), bond=end, conviction=0.0, told=0.2, ruptures=0,
            distress=(60, 60 - 20 * end, 50 - 20 * end), repairs=0, socratic=(0, 0), planned=2,
        )  # fmt: skip

    rng = np.random.default_rng(1)
    moved = {
        q: [outcome(q, 0.4 + 0.3 * q + 0.01 * rng.random(), n) for n in range(12)] for q in (0.0, 0.5, 1.0)
    }
    assert not any(truth.recovered for truth in module._no_slopes(moved, rng))
    still = {q: [outcome(q, 0.4 + 0.1 * rng.random(), n) for n in range(12)] for q in (0.0, 0.5, 1.0)}
    assert all(truth.recovered for truth in module._no_slopes(still, rng))

    def apart(jobs: Iterable[Job]) -> list[CourseOutcome]:
        return [
            outcome(0.5, 0.4 + 0.2 * (place // 10 % 2) + 0.01 * rng.random()) for place, _ in enumerate(jobs)
        ]

    assert not module._nothing(apart, 1, comparisons=20).recovered


def test_a_course_is_the_same_each_time() -> None:
    job = Job(policy="skilled", q=0.5, case="aiko", seed=4, sessions=2, exchanges=6)
    assert simulate(job) == simulate(job)


def test_the_interval_of_a_rate_is_exact() -> None:
    """Clopper-Pearson: 0 of 10 at 99% ends at 1 - .005 ** (1 / 10)."""
    rate, low, high = null_rate([0.5] * 10)
    assert (rate, low) == (0.0, 0.0)
    assert high == pytest.approx(1 - 0.005 ** (1 / 10))


def test_targets_without_ruptures_say_that_they_are_undefined() -> None:
    one = CourseOutcome(
        condition="x", q=0.5, case="a", alliance=(0.4, 0.5, 0.5, 0.6), distress=(60, 58, 55, 50, 48), bond=0.5,
        conviction=0.0, told=0.2, ruptures=0, repairs=0, socratic=(0, 0, 0, 0), planned=4,
    )  # fmt: skip
    by_name = {target.name: target for target in targets([one] * 12)}
    assert by_name["share of ruptures repaired with relief, r"].measured is None
    assert not by_name["share of ruptures repaired with relief, r"].met
