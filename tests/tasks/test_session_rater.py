"""Whole sessions and windows rated by a model in a run: every one, repeat by repeat, and none again after a kill."""

import json
import signal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fakes import provider
from fakes.child import child
from therapyarc.cli.run import run_study
from therapyarc.files.library import library_path

STUDY = """\
schema: therapyarc/study/1
id: raters
title: A synthetic study of raters of sessions
seed: 5
arms:
  - {id: one, label: One, actors: [{id: a, kind: script, policy: reflector}]}
  - {id: two, label: Two, actors: [{id: b, kind: script, policy: minimal}]}
courses: {cases: [lotte], sessions: 2, exchanges: 6, forms: []}
rubrics: [rubric-collaboration, windows.yaml]
raters:
  - {id: model, kind: model, model: fake/rater, repeats: 2}
  - {id: words, kind: baseline}
limits: {max_connections: 1, max_retries: 0, timeout_s: 30}
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(provider.FakeAPI, "calls", 0)
    rubric = library_path("instruments", "rubric-collaboration").read_text()
    rubric = rubric.replace("id: rubric-collaboration", "id: windows").replace(
        "construct: ", "construct: stretch_of_"
    )
    (tmp_path / "windows.yaml").write_text(rubric.replace("unit: session", "unit: session\nwindow: 6"))
    path = tmp_path / "study.yaml"
    path.write_text(STUDY)
    return path


def run(study: Path, out: Path) -> None:
    run_study(study, out, Console(file=StringIO(), width=200))


def ratings(out: Path) -> list[dict[str, Any]]:
    lines = (out / "session-ratings.jsonl").read_text().splitlines()[1:]
    return sorted((json.loads(line) for line in lines), key=str)


def test_sessions_and_windows_are_rated_with_turns_as_evidence(study: Path, tmp_path: Path) -> None:
    run(study, tmp_path / "out")
    rows = ratings(tmp_path / "out")
    whole = [row for row in rows if row["rubric"] == "rubric-collaboration"]
    held = {
        json.loads(line)["id"] for line in (tmp_path / "out" / "sessions.jsonl").read_text().splitlines()[1:]
    }
    assert sorted((row["session"], row["replicate"]) for row in whole) == sorted(
        (h, r) for h in held for r in (1, 2)
    )
    assert {(row["turn"], row["until"]) for row in whole} == {(None, None)}
    assert {row["rater"] for row in rows} == {"model"}
    windows = [row for row in rows if row["rubric"] == "windows"]
    assert len({row["turn"] for row in windows}) == 2
    for row in rows:
        shown = range(row["turn"] or 0, (row["until"] or 99) + 1)
        assert (row["missing"] is None) == (1 in shown), "a turn that was not shown is no evidence"
    run(study, tmp_path / "out")
    assert provider.FakeAPI.calls == len(rows)
    assert "collaboration" in (tmp_path / "out" / "measurements.csv").read_text()


def test_a_kill_repeats_the_call_in_flight_alone(study: Path, tmp_path: Path) -> None:
    whole, out, log = tmp_path / "whole", tmp_path / "out", tmp_path / "calls"
    run(study, whole)
    assert child(study, out, log, FAKE_KILL="7") == -signal.SIGKILL
    assert child(study, out, log) == 0
    made = log.read_text().splitlines()
    assert len(made) == len(ratings(whole)) + 1
    assert ratings(out) == ratings(whole)
