"""Courses with models, through Inspect: wave by wave, killed and resumed, and voices that leak, ramble or fall silent."""

import asyncio
import json
import signal
from collections import Counter
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from rich.console import Console

from fakes import provider
from fakes.child import child
from therapyarc.cli.run import RunIncompleteError, run_study
from therapyarc.dialogue.client.answer import Answer
from therapyarc.dialogue.client.begin import first_state
from therapyarc.dialogue.client.dynamics import Mind, coefficients
from therapyarc.dialogue.client.voice import ScriptedVoice
from therapyarc.files.cases import read_case
from therapyarc.tasks.voice import ModelVoice, flaw

STUDY = """\
schema: therapyarc/study/1
id: ongoing
title: A synthetic study of courses
seed: 3
arms:
  - {id: one, label: One, actors: [{id: a, kind: model, model: fake/one}]}
  - {id: two, label: Two, memory: notes, actors: [{id: b, kind: model, model: fake/two}]}
  - {id: three, label: Three, actors: [{id: c, kind: script, policy: skilled}]}
courses: {cases: [nadia, sol], sessions: 3, exchanges: 3, memory: transcripts}
limits: {max_connections: 1, max_retries: 0, timeout_s: 30}
"""
NADIA = read_case("nadia", Path())


def study_file(folder: Path, extra: str = "") -> Path:
    path = folder / "study.yaml"
    path.write_text(STUDY.replace("memory: transcripts}", f"memory: transcripts{extra}}}"))
    return path


def run(study: Path, out: Path) -> str:
    heard = StringIO()
    run_study(study, out, Console(file=heard, width=200))
    return heard.getvalue()


def lines(path: Path) -> list[str]:
    return sorted(path.read_text().splitlines()[1:])


def test_a_course_killed_in_a_turn_goes_on_at_that_turn(tmp_path: Path) -> None:
    study, whole, out, log = study_file(tmp_path), tmp_path / "whole", tmp_path / "killed", tmp_path / "calls"
    run(study, whole)
    for name in ("sessions", "traces"):
        assert lines(whole / f"{name}.jsonl")
    assert child(study, out, log, FAKE_KILL="5") == -signal.SIGKILL
    assert child(study, out, log) == 0
    assert lines(out / "sessions.jsonl") == lines(whole / "sessions.jsonl")
    assert lines(out / "traces.jsonl") == lines(whole / "traces.jsonl")
    made = log.read_text().splitlines()
    assert len(made) - len(set(made)) <= 1, "more than the call in flight was made again"
    first, second = (json.loads((path / "findings.json").read_text()) for path in (out, whole))
    assert first["arcs"] == second["arcs"]
    assert "no model call" in run(study, out)


def test_a_course_of_a_model_with_a_model_as_client_goes_on_at_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_file(tmp_path, ", voice: fake/voice")
    study.write_text(
        study.read_text().replace("memory: transcripts", "memory: summary").replace("[nadia, sol]", "[sol]")
    )
    whole, out = tmp_path / "whole", tmp_path / "killed"
    monkeypatch.setenv("FAKE_CALLS", str(tmp_path / "made"))
    run(study, whole)
    monkeypatch.delenv("FAKE_CALLS")
    log = tmp_path / "calls"
    assert child(study, out, log, FAKE_KILL="29") == -signal.SIGKILL
    assert child(study, out, log) == 0
    for name in ("sessions", "traces"):
        assert lines(out / f"{name}.jsonl") == lines(whole / f"{name}.jsonl")
    made, needed = (Counter(path.read_text().splitlines()) for path in (log, tmp_path / "made"))
    assert (made - needed).total() == 1, "more than the call in flight was made again"
    assert not needed - made
    purposes = {json.loads(line)["purpose"] for line in (out / "calls.jsonl").read_text().splitlines()[1:]}
    assert {"say/1", "voice/1/0", "note"} <= purposes


def test_matched_courses_the_report_and_a_page_for_each(tmp_path: Path) -> None:
    run(study_file(tmp_path), out := tmp_path / "out")
    data = json.loads((out / "findings.json").read_text())
    assert {arc["measure"] for arc in data["arcs"]} == {"depression_symptoms", "alliance", "disclosure"}
    for row in data["course_flow"]:
        assert row["planned"] == 2 == row["completed"] + sum(row["missing"].values())
    first = {
        (arc["arm"], course["case"]): course["values"][0]
        for arc in data["arcs"]
        if arc["measure"] == "depression_symptoms"
        for course in arc["courses"]
    }
    assert len({first[arm, "nadia"] for arm in ("one", "two", "three")}) <= 3
    pages = list((out / "courses").glob("*.html"))
    assert len(pages) == 6
    assert all(f"courses/{page.name}" in (out / "report.html").read_text() for page in pages)
    assert any("case-truth" in page.read_text() for page in pages)
    reports = [json.loads(line) for line in (out / "reports.jsonl").read_text().splitlines()[1:]]
    assert {report["item"] for report in reports} >= {"phq1", "phq9", "goal1", "bond4"}
    text = (out / "sessions.jsonl").read_text()
    assert not any(secret in text for secret in ("fake/", '"one"', '"two"', "distress", "conviction"))


def test_a_failed_call_stops_its_course_and_the_next_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, whole, out = study_file(tmp_path), tmp_path / "whole", tmp_path / "out"
    run(study, whole)
    monkeypatch.setattr(provider.FakeAPI, "calls", 0)
    monkeypatch.setenv("FAKE_FAIL", "3")
    with pytest.raises(RunIncompleteError):
        run(study, out)
    data = json.loads((out / "findings.json").read_text())
    assert sum(row["missing"].get("failed", 0) for row in data["course_flow"]) >= 1
    monkeypatch.delenv("FAKE_FAIL")
    run(study, out)
    assert lines(out / "sessions.jsonl") == lines(whole / "sessions.jsonl")


def test_a_model_words_the_client_and_every_turn_says_which_voice_spoke(tmp_path: Path) -> None:
    run(study_file(tmp_path, ", voice: fake/voice"), out := tmp_path / "out")
    voices = {
        turn["voice"]
        for line in (out / "traces.jsonl").read_text().splitlines()[1:]
        for turn in json.loads(line)["turns"]
    }
    assert "model" in voices
    assert all(voice == "model" or voice.startswith("fallback: ") for voice in voices)


FACT = next(fact for fact in NADIA.facts if fact.id == "child")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I was just tired all week.", None),
        ("", "empty"),
        ("Therapist: and how was that?", "out of role"),
        ("As an AI I cannot feel.", "out of role"),
        ("*sighs* I am tired.", "out of role"),
        ("word " * 200, "too long"),
        (FACT.say, "leak"),
        (
            "We tried for a child, lost it in the tenth week, and I was back on shift three days later.",
            "leak",
        ),
    ],
)
def test_flaws_of_a_worded_turn(text: str, expected: str | None) -> None:
    assert flaw(text, Answer("mood"), NADIA, (), most=40) == expected


def test_what_may_be_told_is_no_leak() -> None:
    assert flaw(FACT.say, Answer("tell", fact=FACT), NADIA, (), most=60) is None
    assert flaw(FACT.say, Answer("mood"), NADIA, ("child",), most=60) is None


def test_a_leaking_model_is_asked_again_and_then_the_script_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    async def leaks(*arguments: object) -> tuple[str, bool]:
        asked.append(arguments[6])  # type: ignore[arg-type]  # what was wrong with the last try
        return FACT.say, False

    monkeypatch.setattr(ModelVoice, "_ask", leaks)
    voice = ModelVoice(NADIA, "s", None, None, lambda call: None, ScriptedVoice(NADIA))  # type: ignore[arg-type]  # never called
    mind = Mind(NADIA, first_state(NADIA), coefficients())
    spoken = asyncio.run(voice.word(Answer("mood"), mind, "How was your week?", Random(1), ()))
    assert spoken.voice == "fallback: leak"
    assert FACT.say not in spoken.text
    assert asked == [None, "leak", "leak"]
