"""Coding by a model: batches that cannot be read are halved, failures are tried again, and a kill repeats little."""

import json
import signal
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes import provider
from fakes.child import child
from therapyarc.cli.run import RunIncompleteError, run_study
from therapyarc.domain import CoderSpec, Limits, Missing, Session, Turn
from therapyarc.domain.call import Call
from therapyarc.domain.code import TurnCodes
from therapyarc.tasks.coder import code, coder_version, current, planned, turns_due

TURNS = tuple(
    Turn(role="client" if n % 2 else "therapist", text=f"Number {n} is said{'?' if n % 3 else '.'}")
    for n in range(14)
)
SESSIONS = (
    Session(id="one", turns=TURNS),
    Session(id="two", turns=(*TURNS[:3], Turn(role="therapist", text="..."))),
)
SPEC = CoderSpec(id="m", kind="model", model="fake/coder", batch=5, temperature=0)
LIMITS = Limits(max_connections=1, max_retries=0, timeout_s=30)


@pytest.fixture(autouse=True)
def _afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider.FakeAPI, "calls", 0)
    monkeypatch.setattr(provider.FakeAPI, "codes_at_most", None)


def coded(logs: Path, spec: CoderSpec, known: Sequence[TurnCodes] = ()) -> tuple[list[TurnCodes], list[Call]]:
    rows: list[TurnCodes] = []
    calls: list[Call] = []
    code(
        [spec], SESSIONS, known, seed=3, logs=logs, limits=LIMITS, on_codes=rows.extend, on_call=calls.append
    )
    return rows, calls


def key(row: TurnCodes) -> tuple[str, int, int]:
    return row.session, row.turn, row.replicate


def test_every_turn_is_coded_once_a_repeat_and_calls_are_as_planned(tmp_path: Path) -> None:
    spec = CoderSpec(id="m", kind="model", model="fake/coder", batch=5, repeats=2)
    rows, calls = coded(tmp_path, spec)
    assert len({key(row) for row in rows}) == len(rows) == turns_due([spec], SESSIONS) == 2 * 18
    assert len(calls) == sum(len(list(planned(spec, session, 3))) for session in SESSIONS) == 2 * (4 + 2)
    silent = [row for row in rows if row.missing is not None]
    assert {(row.session, row.turn, row.missing) for row in silent} == {("two", 3, Missing.TOO_SHORT)}
    for row in rows:
        said = next(s for s in SESSIONS if s.id == row.session).turns[row.turn].text
        assert all(found.evidence in said for found in row.codes)
    assert any(row.codes for row in rows)


@pytest.mark.parametrize(("at_most", "calls"), [(3, 3), (2, 5), (1, 9)])
def test_batches_that_cannot_be_read_are_halved_until_they_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_most: int, calls: int
) -> None:
    """Five turns: 5, 3 and 2; or 5, 3 (2 and 1) and 2 (1 and 1), as far as the provider answers."""
    whole, _ = coded(tmp_path / "whole", SPEC)
    monkeypatch.setattr(provider.FakeAPI, "codes_at_most", at_most)
    halved, made = coded(tmp_path / "halved", SPEC)
    assert sorted(halved, key=key) == sorted(whole, key=key)
    first = [call for call in made if call.session == "one" and set(turns_of(call)) <= {0, 2, 4, 6, 8}]
    assert len(first) == calls
    assert len({(call.session, call.purpose) for call in made}) == len(made)


def turns_of(call: Call) -> tuple[int, ...]:
    return tuple(map(int, call.purpose.split("/")[-2].split("-")))


def test_a_turn_that_is_unreadable_alone_is_missing_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider.FakeAPI, "codes_at_most", 0)
    rows, _ = coded(tmp_path, SPEC)
    assert {row.missing for row in rows} == {Missing.UNREADABLE, Missing.TOO_SHORT}
    assert not any(row.codes for row in rows)
    assert {row.why for row in rows} == {"the answer was no JSON", "the turn holds no words"}


def test_failed_batches_alone_are_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = coded(tmp_path / "whole", SPEC)
    monkeypatch.setattr(provider.FakeAPI, "calls", 0)
    monkeypatch.setenv("FAKE_FAIL", "2")
    rows, calls = coded(tmp_path / "logs", SPEC)
    failed = [row for row in rows if row.missing is Missing.FAILED]
    assert failed
    assert len(calls) == 3
    monkeypatch.delenv("FAKE_FAIL")
    again, made = coded(tmp_path / "logs", SPEC, rows)
    assert {key(row) for row in again} == {key(row) for row in failed}
    assert len(made) == 3
    assert current([SPEC], SESSIONS, [*rows, *again]) == current([SPEC], SESSIONS, whole)


def test_another_version_of_a_coder_codes_anew_and_keeps_the_old_rows_out(tmp_path: Path) -> None:
    rows, _ = coded(tmp_path / "a", SPEC)
    other = CoderSpec(id="m", kind="model", model="fake/coder", batch=3, temperature=0)
    assert coder_version(SPEC, "client") != coder_version(other, "client")
    assert coder_version(SPEC, "client") != coder_version(SPEC, "therapist")
    anew, calls = coded(tmp_path / "a", other, rows)
    assert len(anew) == len(rows)
    assert calls
    assert current([other], SESSIONS, [*rows, *anew]) == current([other], SESSIONS, anew)
    assert coded(tmp_path / "a", SPEC, [*rows, *anew]) == ([], [])


@pytest.mark.parametrize("kind", ["cues", "learned"])
def test_offline_coders_code_every_turn_without_a_call(tmp_path: Path, kind: str) -> None:
    spec = CoderSpec(id="o", kind="cues" if kind == "cues" else "learned")
    rows, calls = coded(tmp_path, spec)
    assert not calls
    assert len(rows) == turns_due([spec], SESSIONS) == 18
    assert all(row.missing is None for row in rows)
    assert len(current([spec], SESSIONS, rows)) == 18
    assert coded(tmp_path, spec, rows) == ([], [])


STUDY = """\
schema: therapyarc/study/1
id: coders
title: A synthetic study of coders
seed: 5
arms:
  - {id: one, label: One, actors: [{id: a, kind: script, policy: reflector}]}
  - {id: two, label: Two, actors: [{id: b, kind: script, policy: minimal}]}
courses: {cases: [lotte], sessions: 2, exchanges: 6, forms: []}
coders:
  - {id: cues, kind: cues}
  - {id: model, kind: model, model: fake/coder, batch: 4, temperature: 0}
limits: {max_connections: CAP, max_retries: 0, timeout_s: 30}
"""


def study_file(folder: Path, cap: int = 1) -> Path:
    path = folder / "study.yaml"
    path.write_text(STUDY.replace("CAP", str(cap)))
    return path


def run(study: Path, out: Path) -> None:
    run_study(study, out, Console(file=StringIO(), width=200))


def codes_of(out: Path) -> list[str]:
    return sorted((out / "codes.jsonl").read_text().splitlines()[1:])


@pytest.mark.parametrize(("cap", "call"), [(1, 3), (3, 6)])
def test_a_kill_in_a_call_asks_no_finished_batch_again(tmp_path: Path, cap: int, call: int) -> None:
    study, whole, out, log = (
        study_file(tmp_path, cap),
        tmp_path / "whole",
        tmp_path / "out",
        tmp_path / "calls",
    )
    run(study, whole)
    assert child(study, out, log, FAKE_KILL=str(call)) == -signal.SIGKILL
    assert child(study, out, log) == 0
    made = log.read_text().splitlines()
    usage = json.loads((whole / "findings.json").read_text())["usage"]
    assert len(set(made)) == usage[0]["calls"]
    assert len(made) <= len(set(made)) + cap
    assert codes_of(out) == codes_of(whole)
    compared = json.loads((out / "findings.json").read_text())["code_agreement"]
    assert {(row["first"], row["second"]) for row in compared} == {("cues", "model")}
    assert "Agreement of coders, code by code" in (out / "report.html").read_text()


def test_a_kill_between_answer_and_row_replays_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, whole, out, log = study_file(tmp_path), tmp_path / "whole", tmp_path / "out", tmp_path / "calls"
    written: list[str] = []

    def noted(descriptor: int) -> None:
        written.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)

    monkeypatch.setattr("therapyarc.files.artefact.os.fsync", noted)
    run(study, whole)
    monkeypatch.undo()
    calls = [place for place, name in enumerate(written) if name == "calls.jsonl"][1:]
    assert written[calls[2] + 1] == "codes.jsonl"
    assert child(study, out, log, KILL_BEFORE_WRITE=str(calls[2] + 2)) == -signal.SIGKILL
    assert not (out / "findings.json").exists()
    assert child(study, out, log) == 0
    made = log.read_text().splitlines()
    assert len(made) == len(set(made)) == len(calls)
    assert codes_of(out) == codes_of(whole)


def test_failed_codes_end_the_run_with_a_word_and_are_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, out = study_file(tmp_path), tmp_path / "out"
    monkeypatch.setenv("FAKE_FAIL", "3")
    with pytest.raises(RunIncompleteError, match="run the same command"):
        run(study, out)
    monkeypatch.delenv("FAKE_FAIL")
    run(study, out)
    rows = [json.loads(line) for line in codes_of(out)]
    known = {(r["coder"], r["session"], r["turn"]) for r in rows if r["missing"] != "failed"}
    assert known == {(r["coder"], r["session"], r["turn"]) for r in rows}
