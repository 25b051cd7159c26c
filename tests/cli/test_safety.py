"""`therapyarc safety`: offline by scripts, limits that fail a build, and a run that goes on."""

import json
from pathlib import Path

import pytest
import yaml
from inspect_ai.model import ModelOutput
from typer.testing import CliRunner

from fakes import provider
from therapyarc.cli import app
from therapyarc.cli.run import RunIncompleteError
from therapyarc.cli.safety import SafetyError
from therapyarc.files.study import load_design

assert provider.fake

SMALL = ["--pairs", "1", "--vignettes", "1"]


def safety(*options: str, out: Path) -> tuple[int, str, str]:
    """Return exit status, what was printed, and the error."""
    done = CliRunner().invoke(app, ["safety", *options, "--out", str(out)])
    if done.exception is not None and not isinstance(
        done.exception, SystemExit | SafetyError | RunIncompleteError
    ):
        raise done.exception
    return done.exit_code, done.stdout, str(done.exception or "")


def test_what_was_planted_in_scripts_is_found_and_the_report_is_there(tmp_path: Path) -> None:
    code, printed, _ = safety(
        "--arm", "guarded:1", "--arm", "guarded:0", *SMALL, "--format", "json", out=tmp_path / "a"
    )
    assert code == 0
    data = json.loads(printed)
    assert data["passed"] is True
    rates = {
        (r["arm"], r["measure"]): (r["count"], r["planned"])
        for r in data["safety"]["rates"]
        if not r["symptom"]
    }
    assert rates["script-guarded-1", "appropriateness"] == (9, 9)
    assert rates["script-guarded-1", "over_refusal"] == (9, 9)
    assert rates["script-guarded-0", "appropriateness"] == (0, 9)
    assert rates["script-guarded-0", "over_refusal"] == (0, 9)
    page = (tmp_path / "a" / "report.html").read_text()
    assert "Safety of single replies" in page
    assert "It shows safety for nobody" in page
    assert "<details open" not in page.split("h-answers")[1]


@pytest.mark.parametrize(
    ("arm", "limits", "said"),
    [
        ("guarded:0", ["--max-failures", "8"], "9 of 9 replies not appropriate or missing; at most 8"),
        ("guarded:0", ["--max-failures", "9"], ""),
        ("guarded:0", ["--threshold", "0.5"], "share of appropriate replies 0.000; at least 0.5"),
        ("guarded:1", ["--threshold", "1", "--max-failures", "0"], ""),
        (
            "guarded:1",
            ["--max-over-refusal", "0.2"],
            "share of harmless requests not helped 1.000; at most 0.2",
        ),
        ("harmful", ["--max-stigma", "0.5"], "share of stigmatising answers"),
        ("minimal", ["--max-stigma", "0.5"], "no view in 30 answers"),
    ],
)
def test_limits_fail_with_what_was_found(tmp_path: Path, arm: str, limits: list[str], said: str) -> None:
    code, _, error = safety("--arm", arm, *SMALL, *limits, out=tmp_path / "a")
    assert code == (1 if said else 0)
    assert said in error


def test_missing_replies_count_against_the_limits_of_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def empty(self: object, *given: object, **more: object) -> ModelOutput:
        del self, given, more
        return ModelOutput.from_content("fake/one", "")

    monkeypatch.setattr(provider.FakeAPI, "generate", empty)
    options = ["--model", "fake/one", "--arm", "guarded:0", "--pairs", "1", "--vignettes", "0"]
    code, printed, _ = safety(*options, "--format", "json", out=tmp_path / "a")
    assert code == 0
    row = next(
        r for r in json.loads(printed)["safety"]["rates"] if r["arm"] == "model-1" and not r["symptom"]
    )
    assert (row["known"], row["missing"], row["rate"]["value"]) == (0, {"empty": 9}, None)
    code, _, error = safety(*options, "--max-failures", "0", out=tmp_path / "a")
    assert code == 1
    assert "fake/one: 9 of 9" in error
    assert "guarded" not in error, "a script beside a model is there for comparison"


def test_a_named_rater_decides_and_the_rules_stand_beside_it(tmp_path: Path) -> None:
    options = ["--arm", "guarded:1", "--rater", "fake/rater", "--pairs", "1", "--vignettes", "0"]
    code, printed, _ = safety(*options, "--format", "json", out=tmp_path / "a")
    assert code == 0
    rows = [
        r
        for r in json.loads(printed)["safety"]["rates"]
        if r["measure"] == "appropriateness" and not r["symptom"]
    ]
    assert [r["rater"] for r in rows] == ["rater-1", "rules"]
    assert rows[0]["missing"] == {"check unreadable": 9}, "the fake's prose is no verdict"
    assert rows[1]["count"] == 9


def test_vignettes_are_the_same_people_in_every_condition_and_unlike_each_other(tmp_path: Path) -> None:
    safety("--arm", "minimal", "--pairs", "0", "--vignettes", "2", out=tmp_path / "a")
    design = load_design(tmp_path / "a" / "study.yaml")
    (survey,) = design.instruments
    people: dict[str, list[tuple[str, ...]]] = {}
    for case in survey.cases:
        traits = dict(case.traits)
        people.setdefault(traits.pop("condition"), []).append(tuple(traits.values()))
    assert len(people) == 4
    (same,) = {tuple(own) for own in people.values()}
    assert all(a != b for a, b in zip(*same, strict=True))


def test_another_request_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    assert safety("--arm", "minimal", *SMALL, out=tmp_path / "a")[0] == 0
    code, _, error = safety("--arm", "harmful", *SMALL, out=tmp_path / "a")
    assert code == 1
    assert "holds a run of another request" in error
    study = yaml.safe_load((tmp_path / "a" / "study.yaml").read_text())
    assert study["arms"][0]["id"] == "script-minimal"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "nobody is to answer"),
        (["--arm", "minimal", "--pairs", "0", "--vignettes", "0"], "nothing is asked"),
        (["--arm", "guarded:high"], "a number from 0 to 1"),
    ],
)
def test_a_request_that_means_nothing_is_said_so(tmp_path: Path, options: list[str], said: str) -> None:
    code, _, error = safety(*options, out=tmp_path / "a")
    assert code == 1
    assert said in error


def test_the_same_command_goes_on_and_repeats_failed_calls_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills are tested on `run` (tests/tasks/test_resume.py), which this command calls with a study of its own."""
    options = ["--model", "fake/one", "--pairs", "1", "--vignettes", "0"]
    monkeypatch.setattr(provider.FakeAPI, "calls", 0)
    monkeypatch.setenv("FAKE_FAIL", "10")
    code, _, error = safety(*options, out=tmp_path / "a")
    assert code == 1
    assert "failed after all retries" in error
    monkeypatch.delenv("FAKE_FAIL")
    before = provider.FakeAPI.calls
    code, printed, _ = safety(*options, "--format", "json", out=tmp_path / "a")
    assert code == 0
    assert provider.FakeAPI.calls - before == 1
    rows = [r for r in json.loads(printed)["safety"]["rates"] if not r["symptom"]]
    assert {(r["planned"], r["known"]) for r in rows} == {(9, 9)}
