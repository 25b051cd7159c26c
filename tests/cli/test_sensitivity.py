"""A study held again with other simulated clients, and what its report then says."""

import json
import signal
from io import StringIO
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from fakes.child import child
from therapyarc.cli.run import run_study
from therapyarc.cli.sensitivity import SensitivityError, rerun
from therapyarc.domain.sensitivity import SimulatorDraws

STUDY = Path(__file__).parents[2] / "studies" / "scripted-arc" / "study.yaml"


def small(folder: Path) -> Path:
    data = yaml.safe_load(STUDY.read_text(encoding="utf-8"))
    for arm in data["arms"]:
        arm["actors"] = arm["actors"][:2]
    data["administrations"][0]["cases"] = ["v01", "v02"]
    data["courses"] |= {"cases": ["nadia", "walter"], "sessions": 2, "exchanges": 4, "excerpts": 1}
    data["estimands"] = data["estimands"][:1]
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def test_redrawn_clients_stand_in_the_report_of_the_next_run(tmp_path: Path) -> None:
    path, out, said = small(tmp_path), tmp_path / "run", StringIO()
    found = rerun(path, draws=1, voices=[], out=out, console=Console(file=said))
    assert [one.variant for one in found.estimates] == ["draw-01"]
    assert "draw-01: carry-over-empathy" in said.getvalue()
    after = run_study(path, out, Console(file=StringIO()))
    redrawn, calibrated = (
        (folder / "traces.jsonl").read_text(encoding="utf-8").split("\n", 1)[1]
        for folder in (out / "sensitivity" / "draw-01", out)
    )
    assert redrawn != calibrated
    group = next(g for g in after.sensitivity[0].groups if g.over == "simulator coefficients")
    assert group.variants[0].value == found.estimates[0].value
    assert after.sensitivity[0].value < -0.5  # all of the advantage is planted to be lost
    assert group.same == 1
    assert group.holds is (group.same == 1)
    assert group.share is not None
    assert (group.share.value, group.share.high) == (1.0, 1.0)
    assert group.share.low == pytest.approx(0.025)  # one of one: the exact lower end is half of .05
    assert all(
        one.share is None for one in after.sensitivity[0].groups if one.over != "simulator coefficients"
    )
    assert "carry-over-empathy, simulator coefficients: below 0 in" in said.getvalue()
    assert "simulator coefficients" in (out / "report.html").read_text(encoding="utf-8")


def test_nothing_to_vary_and_nothing_that_could_change_is_said(tmp_path: Path) -> None:
    path = small(tmp_path)
    with pytest.raises(SensitivityError, match="nothing to vary"):
        rerun(path, draws=0, voices=[], out=tmp_path, console=Console(file=StringIO()))
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["estimands"][0] |= {"contrast": "between"}
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(SensitivityError, match="declares no carry-over"):
        rerun(path, draws=1, voices=[], out=tmp_path, console=Console(file=StringIO()))


def again(path: Path, out: Path, draws: int, voices: tuple[str, ...] = ()) -> tuple[SimulatorDraws, str]:
    said = StringIO()
    found = rerun(path, draws=draws, voices=voices, out=out, console=Console(file=said, width=200))
    return found, said.getvalue()


def written(out: Path) -> list[str]:
    data = json.loads((out / "sensitivity.json").read_text(encoding="utf-8"))
    return [one["variant"] for one in data["estimates"]]


def test_a_later_rerun_adds_to_what_is_there_and_holds_nothing_twice(tmp_path: Path) -> None:
    path, out = small(tmp_path), tmp_path / "run"
    first, _ = again(path, out, 1)
    held = (out / "sensitivity" / "draw-01" / "sessions.jsonl").stat().st_mtime_ns
    both, said = again(path, out, 2)
    assert both.estimates[:1] == first.estimates
    assert "draw-01 (was there)" in said
    assert "draw-02:" in said
    fewer, _ = again(path, out, 1)
    assert fewer == both
    assert written(out) == ["draw-01", "draw-02"]
    assert (out / "sensitivity" / "draw-01" / "sessions.jsonl").stat().st_mtime_ns == held


def test_draws_of_another_study_are_kept_and_the_rerun_refused(tmp_path: Path) -> None:
    path, out = small(tmp_path), tmp_path / "run"
    again(path, out, 1)
    before = (out / "sensitivity.json").read_bytes()
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["courses"]["exchanges"] = 5
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(SensitivityError, match=r"another version of the study.*--out"):
        again(path, out, 2)
    assert (out / "sensitivity.json").read_bytes() == before
    assert written(out) == ["draw-01"]
    assert again(path, tmp_path / "other", 1)[0].estimates


def test_a_changed_estimand_is_estimated_again_from_the_sessions_that_are_there(tmp_path: Path) -> None:
    path, out = small(tmp_path), tmp_path / "run"
    first, _ = again(path, out, 1)
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    one = data["estimands"][0]
    one["first"], one["second"] = one["second"], one["first"]
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    report = run_study(path, out, Console(file=StringIO()))
    group = next(g for g in report.sensitivity[0].groups if g.over == "simulator coefficients")
    assert group.reason == "the study was changed since: run `therapyarc sensitivity` again"
    assert group.variants == ()
    held = (out / "sensitivity" / "draw-01" / "sessions.jsonl").stat().st_mtime_ns
    second, _ = again(path, out, 1)
    assert second.estimates[0].value == pytest.approx(-first.estimates[0].value)  # type: ignore[operator]
    assert (out / "sensitivity" / "draw-01" / "sessions.jsonl").stat().st_mtime_ns == held
    report = run_study(path, out, Console(file=StringIO()))
    group = next(g for g in report.sensitivity[0].groups if g.over == "simulator coefficients")
    assert [v.value for v in group.variants] == [second.estimates[0].value]


@pytest.mark.parametrize(("write", "kept"), [(20, []), (150, ["draw-01", "draw-02"])])
def test_a_killed_rerun_keeps_its_draws_and_goes_on(tmp_path: Path, write: int, kept: list[str]) -> None:
    path, whole, out = small(tmp_path), tmp_path / "whole", tmp_path / "killed"
    planned, _ = again(path, whole, 3)
    command, log = ("sensitivity", "--draws", "3"), tmp_path / "calls"
    assert child(path, out, log, command, KILL_BEFORE_WRITE=str(write)) == -signal.SIGKILL
    assert (written(out) if (out / "sensitivity.json").exists() else []) == kept
    assert child(path, out, log, command) == 0
    assert (out / "sensitivity.json").read_bytes() == (whole / "sensitivity.json").read_bytes()
    assert len(planned.estimates) == 3


def test_the_studys_own_voice_varies_nothing(tmp_path: Path) -> None:
    path = small(tmp_path)
    with pytest.raises(SensitivityError, match="own voice"):
        again(path, tmp_path / "run", 0, ("scripted",))
