"""A study from its file to its report, killed, resumed, edited and damaged."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from therapyarc.cli.run import run_study
from therapyarc.files.errors import ArtefactError, EditedStudyError, FaultyFileError, UnwritableError
from therapyarc.files.study import load_design

ARTEFACTS = (
    "allocation.jsonl",
    "sessions.jsonl",
    "ratings.jsonl",
    "measurements.parquet",
    "findings.json",
    "report.html",
)


def run(study: Path, out: Path) -> str:
    heard = StringIO()
    run_study(study, out, Console(file=heard, width=200))
    return heard.getvalue()


def findings(out: Path) -> str:
    return (out / "findings.json").read_text()


def test_a_run_writes_everything_and_a_second_run_does_nothing(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(study, out)
    assert all((out / name).is_file() for name in ARTEFACTS)
    data = json.loads(findings(out))
    assert sum(row["planned"] for row in data["flow"]) == 3 * 3 * 2 + 3 * 3 * 2 == 36
    for row in [*data["flow"], *data["rating_flow"]]:
        assert row["planned"] == row["done"] + sum(row["missing"].values())
    assert data["headline"]["carry_over"]["value"] is None
    assert "single replies" in data["headline"]["carry_over"]["reason"]
    before = {name: (out / name).read_bytes() for name in ARTEFACTS}
    assert "no model call" in run(study, out)
    assert {name: (out / name).read_bytes() for name in ARTEFACTS} == before


def test_the_planted_order_is_found(study: Path, tmp_path: Path) -> None:
    run(study, tmp_path / "out")
    empathy = json.loads(findings(tmp_path / "out"))["findings"][0]
    assert empathy["estimates"][0]["value"] == 1.0
    assert empathy["first"]["mean"] > 3 > 2 > empathy["second"]["mean"]


def test_nothing_that_raters_see_names_arm_actor_or_condition(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(study, out)
    for name in ("sessions.jsonl", "ratings.jsonl"):
        text = (out / name).read_text()
        for secret in ("Secret", "actor-", '"high"', '"low"', "skilled", "minimal", '"before"', '"after"'):
            assert secret not in text, f"{name} holds {secret}"
    table = pq.read_table(out / "measurements.parquet")
    assert set(table.column_names).isdisjoint({"arm", "actor", "condition"})
    ids = [json.loads(line)["session"] for line in (out / "allocation.jsonl").read_text().splitlines()[1:]]
    assert all(re.fullmatch(r"[0-9a-f]{16}", name) for name in ids)
    assert ids == sorted(ids)


@pytest.mark.parametrize("after_s", [1.6, 2.2, 2.8, 3.4])
def test_kill_at_any_moment_and_resume(study: Path, tmp_path: Path, after_s: float) -> None:
    whole, out = tmp_path / "whole", tmp_path / "killed"
    run(study, whole)
    command = [sys.executable, "-m", "therapyarc", "run", str(study), "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)
    time.sleep(after_s)
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    run(study, out)
    assert findings(out) == findings(whole)


@pytest.mark.parametrize("artefact", ["allocation.jsonl", "sessions.jsonl", "ratings.jsonl"])
@pytest.mark.parametrize("kept", [0.0, 0.02, 0.4, 0.97])
def test_half_written_artefacts_are_completed(
    study: Path, tmp_path: Path, artefact: str, kept: float
) -> None:
    """A kill can stop a write at any byte; whatever stands then, the next run ends with the same findings."""
    out = tmp_path / "out"
    run(study, out)
    expected = findings(out)
    content = (out / artefact).read_bytes()
    (out / artefact).write_bytes(content[: int(len(content) * kept)])
    run(study, out)
    assert findings(out) == expected
    assert sorted((out / artefact).read_bytes().splitlines()) == sorted(content.splitlines())


def test_an_edited_study_is_refused_and_nothing_is_lost(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(study, out)
    sessions = (out / "sessions.jsonl").read_bytes()
    text = study.read_text()
    study.write_text(text.replace("seed: 7", "seed: 8"))
    with pytest.raises(EditedStudyError, match="--out"):
        run(study, out)
    assert (out / "sessions.jsonl").read_bytes() == sessions
    study.write_text(text.replace("A synthetic study of scripts", "Another title"))
    run(study, out)
    assert "Another title" in (out / "report.html").read_text()


def test_another_format_version_and_a_malformed_line_are_told(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(study, out)
    path = out / "sessions.jsonl"
    good = path.read_text()
    path.write_text(good.replace('"schema": 1', '"schema": 99', 1))
    with pytest.raises(ArtefactError, match="format version 99"):
        run(study, out)
    broken = good.splitlines()
    broken[2] = broken[2][:40]
    path.write_text("\n".join(broken) + "\n")
    with pytest.raises(ArtefactError, match=r"sessions\.jsonl:3"):
        run(study, out)
    assert path.read_text() == "\n".join(broken) + "\n"


def test_an_unwritable_folder_is_told(study: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnwritableError, match="cannot write"):
        run(study, tmp_path / "file" / "out")


def test_a_full_disk_loses_nothing(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    run(study, out)
    expected = findings(out)
    (out / "ratings.jsonl").unlink()
    written = 0

    def fsync(descriptor: int) -> None:
        nonlocal written
        written += 1
        if written > 5:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("therapyarc.files.artefact.os.fsync", fsync)
        with pytest.raises(UnwritableError, match="No space left"):
            run(study, out)
    assert len((out / "ratings.jsonl").read_text().splitlines()) >= 5
    run(study, out)
    assert findings(out) == expected


def test_all_faults_of_a_study_are_told_at_once(study: Path) -> None:
    text = study.read_text()
    text = text.replace("seed: 7", "seed: seven").replace("policy: minimal", "policy: minimall")
    text = text.replace("first: [high], second: [low]", "first: [hihg], second: [low]").replace(
        "variant: form", "variant: frm"
    )
    study.write_text(text.replace("kind: baseline, variant: lexical", "kin: baseline, variant: lexical"))
    with pytest.raises(FaultyFileError) as caught:
        load_design(study)
    told = str(caught.value)
    for expected in (
        "study.yaml:4: seed: must be a whole number",
        "minimall",
        "hihg",
        "did you mean 'kind'",
        "kind: is required",
    ):
        assert expected in told, told
    assert all(fault.line is not None for fault in caught.value.faults)
