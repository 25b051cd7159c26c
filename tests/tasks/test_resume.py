"""Model calls that fail, and runs killed around them: nothing is lost, and no more than the calls in flight repeated."""

import json
import signal
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes import provider
from fakes.child import child
from therapyarc.cli.run import RunIncompleteError, run_study
from therapyarc.tasks import host

STUDY = """\
schema: therapyarc/study/1
id: fakes
title: A synthetic study of a provider without a model
seed: 11
conditions: [{id: before}]
arms:
  - {id: one, label: One, actors: [{id: a, kind: model, model: fake/one}]}
  - {id: two, label: Two, actors: [{id: b, kind: script, policy: minimal}, {id: c, kind: script, policy: reflector}]}
administrations:
  - {instrument: ba-knowledge, items: [k01, k02, k03]}
  - {instrument: ba-vignettes, cases: [v01, v02]}
rubrics: [rubric-empathy, rubric-cognition, rubric-emotion]
raters:
  - {id: words, kind: baseline, variant: lexical}
  - {id: model, kind: model, model: fake/rater, temperature: 0, rubrics: [rubric-empathy]}
limits: {max_connections: CAP, max_retries: 0, timeout_s: 30}
estimands:
  - {id: empathy, question: "Warmer?", construct: empathy, contrast: between, first: [one], second: [two]}
"""
PLANNED = (
    3 + 2 * 3 + 2 * 3
)  # knowledge, three open items of two vignettes, and the replies of three actors rated


def study_file(folder: Path, cap: int = 1) -> Path:
    path = folder / "study.yaml"
    path.write_text(STUDY.replace("CAP", str(cap)))
    return path


def run(study: Path, out: Path) -> str:
    heard = StringIO()
    run_study(study, out, Console(file=heard, width=200))
    return heard.getvalue()


def comparable(out: Path) -> dict[str, object]:
    """Return the findings without the seconds that calls took."""
    data = json.loads((out / "findings.json").read_text())
    for row in data["usage"]:
        row.pop("seconds", None)
    return dict(data)


@pytest.mark.parametrize(("cap", "call"), [(1, 5), (1, 11), (4, 6)])
def test_a_kill_in_a_call_repeats_the_calls_in_flight_alone(tmp_path: Path, cap: int, call: int) -> None:
    study, whole, out = study_file(tmp_path, cap), tmp_path / "whole", tmp_path / "killed"
    run(study, whole)
    log = tmp_path / "calls"
    assert child(study, out, log, FAKE_KILL=str(call)) == -signal.SIGKILL
    assert not (out / "findings.json").exists()
    assert child(study, out, log) == 0
    made = log.read_text().splitlines()
    assert len(set(made)) == PLANNED
    assert len(made) <= PLANNED + cap
    assert comparable(out) == comparable(whole)


@pytest.mark.parametrize("write", [14, 24])
def test_a_kill_between_reply_and_record_replays_the_reply(tmp_path: Path, write: int) -> None:
    """The provider had answered; the answer was in the cache and not yet in the run's own files."""
    study, whole, out = study_file(tmp_path), tmp_path / "whole", tmp_path / "killed"
    run(study, whole)
    log = tmp_path / "calls"
    assert child(study, out, log, KILL_BEFORE_WRITE=str(write)) == -signal.SIGKILL
    assert child(study, out, log) == 0
    assert len(log.read_text().splitlines()) == PLANNED, "a call was made twice, or not at all"
    assert comparable(out) == comparable(whole)


def test_failed_calls_are_missing_with_their_reason_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, whole, out = study_file(tmp_path), tmp_path / "whole", tmp_path / "out"
    run(study, whole)
    monkeypatch.setattr(provider.FakeAPI, "calls", 0)
    monkeypatch.setenv("FAKE_FAIL", "3")
    with pytest.raises(RunIncompleteError, match=r"^(\d+) calls failed.*run the same command") as told:
        run(study, out)
    unanswered = provider.FakeAPI.calls // 3
    assert str(told.value).startswith(f"{unanswered} calls failed"), "ratings of absent replies are no calls"
    first = json.loads((out / "findings.json").read_text())
    assert sum(row["missing"].get("failed", 0) for row in first["flow"]) >= 2
    assert "failed" in (out / "report.html").read_text()
    monkeypatch.delenv("FAKE_FAIL")
    run(study, out)
    assert comparable(out) == comparable(whole)


def test_a_failed_run_ends_with_exit_status_one(tmp_path: Path) -> None:
    study = study_file(tmp_path)
    assert child(study, tmp_path / "out", tmp_path / "calls", FAKE_FAIL="4") == 1


def test_a_model_that_refuses_a_schema_is_asked_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GPT-4 and Claude 3 Opus, both in the published design, answer a schema with an error and not with a letter."""
    monkeypatch.setattr(host, "_STRUCTURED", frozenset({"fake"}))
    monkeypatch.setattr(host, "_unheld", set())
    monkeypatch.setattr(provider.FakeAPI, "refuses_schema", True)
    monkeypatch.setenv("FAKE_CALLS", str(tmp_path / "calls"))
    run(study_file(tmp_path), out := tmp_path / "out")
    data = json.loads((out / "findings.json").read_text())
    assert not any(row["missing"].get("failed") for row in [*data["flow"], *data["rating_flow"]])
    refused = len((tmp_path / "calls").read_text().splitlines()) - PLANNED
    assert refused == 2, "each of the two models is asked with a schema once, and never again"
