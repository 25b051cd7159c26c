"""`code`: one's own transcripts from file to codes, beside people's labels, and what a batch loses."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from fakes import provider
from therapyarc.cli.app import app
from therapyarc.cli.check import check_study
from therapyarc.cli.code import CodingError, CodingRequest, code_files
from therapyarc.files.errors import FaultyFileError

TEXT = "\n".join(f"T: Is this question {n} to you?\nC: I want to do a thing about {n}." for n in range(9))
ANNOMI = "mi_quality,transcript_id,utterance_id,interlocutor,utterance_text,main_therapist_behaviour,client_talk_type\n"


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    path = tmp_path / "mine.txt"
    path.write_text(TEXT)
    return path


def coded(paths: list[Path], request: CodingRequest) -> str:
    heard = StringIO()
    code_files(paths, request, (), Console(file=heard, width=250))
    return heard.getvalue()


def test_a_model_codes_a_transcript_and_the_same_command_asks_nothing_again(
    transcript: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider.FakeAPI, "calls", 0)
    request = CodingRequest(coder="fake/coder", out=tmp_path / "codes.jsonl", batch=4, repeats=3)
    said = coded([transcript], request)
    assert provider.FakeAPI.calls == 3 * (3 + 3)
    assert "Before anything is sent" in said.split("codes: 0 of")[0]
    coded([transcript], request)
    assert provider.FakeAPI.calls == 18
    with (tmp_path / "codes.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert {int(row["turn"]) for row in rows} == set(range(18))
    assert {(row["readable"], row["repeats"]) for row in rows} == {("3", "3")}
    assert {row["code"] for row in rows if row["role"] == "therapist"} == {"open_question"}


def test_the_batch_test_sets_a_batch_beside_single_turns_and_single_turns_beside_themselves(
    transcript: Path, tmp_path: Path
) -> None:
    out = tmp_path / "codes.jsonl"
    said = coded([transcript], CodingRequest(coder="fake/coder", out=out, batch=5, batch_test=True))
    coders = {json.loads(line)["coder"] for line in out.read_text().splitlines()[1:]}
    assert coders == {"batch-1", "batch-1-again", "batch-5"}
    assert "batch-1, batch-1-again" in said
    assert "batch-1, batch-5" in said
    assert "batch-1-again, batch-5" not in said


def test_people_stand_beside_the_coder(tmp_path: Path) -> None:
    path = tmp_path / "annomi.csv"
    turns = [
        f"high,1,{n},therapist,How was day {n}?,question,n/a"
        if n % 2
        else f"high,1,{n},client,Fine.,n/a,neutral"
        for n in range(20)
    ]
    path.write_text(ANNOMI + "\n".join(turns))
    said = coded([path], CodingRequest(coder="cues", out=tmp_path / "c.jsonl", annomi=True, turns=16))
    assert "therapist: question" in said
    assert "cues, people" in said
    assert len((tmp_path / "c.jsonl").read_text().splitlines()) == 17


def test_failed_calls_are_told_and_tried_again(
    transcript: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = CodingRequest(coder="fake/coder", out=tmp_path / "codes.jsonl", batch=3)
    monkeypatch.setattr(provider.FakeAPI, "calls", 0)
    monkeypatch.setenv("FAKE_FAIL", "2")
    with pytest.raises(CodingError, match="run the same command"):
        coded([transcript], request)
    monkeypatch.delenv("FAKE_FAIL")
    assert "0 of them missing" in coded([transcript], request)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"coder": "gpt"}, "neither cues, learned, nor a model"),
        ({"coder": "cues", "batch_test": True}, "needs a model"),
        ({"batch": 0}, "1 or more"),
        ({"batch": 1, "batch_test": True}, "2 or more"),
    ],
)
def test_requests_that_mean_nothing_are_refused(
    transcript: Path, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    request = CodingRequest(**({"coder": "fake/coder", "out": tmp_path / "c.jsonl"} | change))  # type: ignore[arg-type]
    with pytest.raises(CodingError, match=message):
        coded([transcript], request)
    assert not (tmp_path / "c.jsonl").exists()


def test_codes_of_other_transcripts_are_left_alone(transcript: Path, tmp_path: Path) -> None:
    request = CodingRequest(coder="cues", out=tmp_path / "c.jsonl")
    coded([transcript], request)
    before = (tmp_path / "c.jsonl").read_bytes()
    transcript.write_text(TEXT + "\nT: More?")
    with pytest.raises(CodingError, match="other transcripts"):
        coded([transcript], request)
    assert (tmp_path / "c.jsonl").read_bytes() == before


def test_the_command_itself(transcript: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "c.jsonl")
    assert CliRunner().invoke(app, ["code", str(transcript), "--coder", "cues", "--out", out]).exit_code == 0


STUDY = """\
schema: therapyarc/study/1
id: coders
title: A synthetic study of coders
seed: 5
arms:
  - {id: one, label: One, actors: [{id: a, kind: script, policy: reflector}]}
COURSES
coders:
  - {id: cues, kind: cues}
  - {id: model, kind: model, model: fake/coder, batch: 4, repeats: 2}
rubrics: [rubric-collaboration]
raters: [{id: judge, kind: model, model: fake/judge, repeats: 2}]
prices: {fake/coder: {input: 1000, output: 0}}
"""
COURSES = "courses: {cases: [lotte], sessions: 3, exchanges: 6, forms: []}"


def test_check_shows_calls_tokens_and_cost_of_a_session(tmp_path: Path) -> None:
    path, heard = tmp_path / "study.yaml", StringIO()
    path.write_text(STUDY.replace("COURSES", COURSES))
    check_study(path, Console(file=heard, width=200), 20)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in heard.getvalue().splitlines()]
    (one,) = [row for row in rows if row and row[0] == "model (fake/coder)"]
    assert one[1:4] == ["4", "2", "8"], "two roles, six turns in batches of four, twice"
    assert float(one[6]) == pytest.approx(int(one[4].replace(",", "")) / 1000, abs=1e-3)
    (whole,) = [row for row in rows if row and row[0] == "fake/coder"]
    assert whole[1] == "24"
    (judge,) = [row for row in rows if row and row[0] == "fake/judge"]
    assert judge[1] == "6", "three sessions, twice"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (COURSES, "", "add courses"),
        ("batch: 4", "batch: 0", "between 1 and 100"),
        ("model: fake/coder, ", "", "needs 'model'"),
        ("id: model", "id: cues", "must be unique"),
        ("kind: cues", "kind: cues, roles: []", "must not be empty"),
    ],
)
def test_faults_of_coders_are_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.replace("COURSES", COURSES).replace(old, new, 1))
    with pytest.raises(FaultyFileError, match=message):
        check_study(path, Console(file=StringIO()), 20)
