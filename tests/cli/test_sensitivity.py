"""A study held again with other simulated clients, and what its report then says."""

from io import StringIO
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from therapyarc.cli.run import run_study
from therapyarc.cli.sensitivity import SensitivityError, rerun

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
