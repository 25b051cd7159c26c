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


@pytest.mark.parametrize("design", ["within", "randomised"])
def test_a_label_study_of_sessions_finds_a_planted_bias(study: Path, tmp_path: Path, design: str) -> None:
    """A rater with a planted bias of two points against machines reads whole sessions, and windows, under labels."""
    study.write_text(STUDY.replace("fake/rater, repeats: 2", f"fake/biased, labels: {design}"))
    run(study, tmp_path / "out")
    rows = ratings(tmp_path / "out")
    held = {row["session"] for row in rows}
    told = {
        place: {row["label"] for row in rows if (row["session"], row["rubric"], row["turn"]) == place}
        for place in {(row["session"], row["rubric"], row["turn"]) for row in rows}
    }
    of = {
        name: {label for place, labels in told.items() if place[0] == name for label in labels}
        for name in held
    }
    found = {
        (row["rubric"], row["first"], row["second"]): row
        for row in json.loads((tmp_path / "out" / "findings.json").read_text())["safety"]["labels"]
    }
    if design == "within":
        assert set(map(len, told.values())) == {3}
        for rubric, answers in (("rubric-collaboration", len(held)), ("windows", 2 * len(held))):
            effect = found[rubric, "machine", "person"]
            assert (effect["answers"], effect["difference"]["value"]) == (answers, -2)
            assert found[rubric, "person", "unlabelled"]["difference"]["value"] == 0
    else:
        assert set(map(len, of.values())) == {1}, "a session has one label, whatever it is rated by"
        assert len(set(map(min, of.values()))) > 1
    table = (tmp_path / "out" / "measurements.csv").read_text().splitlines()
    entered = [line for line in table if ",model," in line and ",collaboration," in line]
    assert len(entered) == sum(
        labels == {"unlabelled"} or len(labels) == 3
        for (_, rubric, _), labels in told.items()
        if rubric == "rubric-collaboration"
    )
    assert "What a label does to raters" in (tmp_path / "out" / "report.html").read_text()
    made = provider.FakeAPI.calls
    run(study, tmp_path / "out")
    assert provider.FakeAPI.calls == made == len(rows)


def test_a_kill_repeats_the_call_in_flight_alone(study: Path, tmp_path: Path) -> None:
    whole, out, log = tmp_path / "whole", tmp_path / "out", tmp_path / "calls"
    run(study, whole)
    assert child(study, out, log, FAKE_KILL="7") == -signal.SIGKILL
    assert child(study, out, log) == 0
    made = log.read_text().splitlines()
    assert len(made) == len(ratings(whole)) + 1
    assert ratings(out) == ratings(whole)
