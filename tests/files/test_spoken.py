"""Transcripts as people have them: read as far as they can be, and told by line where they cannot."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from therapyarc.cli import app
from therapyarc.files.spoken import read_spoken

PLAIN = """\
Session 4
T: What brought you here?
C: I am tired.
and it goes on.

Therapist: You feel alone.
Mum: hello
[Client 1]: Yes.
"""
VTT = "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Dr Weber>How <b>was</b> it?\n\n00:00:04.500 --> 00:00:06.000\n<v Anna>Bad.\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\nT: Hello.\n\n2\n00:00:03,000 --> 00:00:04,000\nC: Hi,\nyou.\n"


def test_plain_text_with_marks(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PLAIN)
    heard = read_spoken([tmp_path / "a.txt"])
    (one,) = heard.transcripts
    assert [(turn.role, turn.text) for turn in one.turns] == [
        ("therapist", "What brought you here?"),
        ("client", "I am tired. and it goes on."),
        ("therapist", "You feel alone."),
        ("client", "Yes."),
    ]
    assert [fault.line for fault in heard.faults] == [1, 7]
    assert "--speaker 'Mum=client'" in heard.faults[1].advice


def test_subtitles_with_times_and_names(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_text(VTT)
    (tmp_path / "b.srt").write_text(SRT)
    heard = read_spoken([tmp_path], {"Dr Weber": "therapist", "Anna": "client"})
    first, second = heard.transcripts
    assert [(t.role, t.text, t.onset_s) for t in first.turns] == [
        ("therapist", "How was it?", 1.0),
        ("client", "Bad.", 4.5),
    ]
    assert [(t.role, t.text) for t in second.turns] == [("therapist", "Hello."), ("client", "Hi, you.")]
    assert not heard.faults


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_windows_encodings_and_mixed_line_ends(tmp_path: Path, ends: str) -> None:
    (tmp_path / "a.txt").write_bytes(f"T: Wie geht’s, Jürgen?{ends}C: Ä…{ends}".encode("cp1252"))
    heard = read_spoken([tmp_path / "a.txt"])
    assert heard.transcripts[0].turns[0].text == "Wie geht’s, Jürgen?"
    assert "Windows-1252" in heard.faults[0].advice


@pytest.mark.parametrize(
    "text",
    ["", "no marks at all", "T: only one side", "C: 🙂🙂", "T: x\nC: " + "w " * 200_000, "C: 我很累\nT: 嗯"],
)
def test_odd_files_give_values_or_reasons(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.txt").write_text(text)
    (tmp_path / "good.txt").write_text("T: How was it?\nC: Bad.\n" * 5)
    out = tmp_path / "out.parquet"
    files = [str(tmp_path / name) for name in ("odd.txt", "good.txt", "absent.txt")]
    result = CliRunner().invoke(app, ["measure", *files, "--out", str(out), "--surrogates", "5"])
    assert result.exit_code == 0, result.output
    assert out.is_file()
    assert "there is no such file" in result.output
