"""Transcripts as people have them: read as far as they can be, and told by line where they cannot."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from therapyarc.files.spoken import Heard, Speakers, read_spoken

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


def said(heard: Heard, place: int = 0) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in heard.transcripts[place].turns]


def test_plain_text_with_marks(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PLAIN)
    heard = read_spoken([tmp_path / "a.txt"])
    assert said(heard) == [
        ("therapist", "What brought you here?"),
        ("client", "I am tired. and it goes on."),
        ("therapist", "You feel alone."),
        ("client", "Yes."),
    ]
    assert [fault.line for fault in heard.faults] == [1, 7]
    assert "--speaker 'Mum=client'" in heard.faults[1].advice


@pytest.mark.parametrize(
    "mark",
    [
        "T:",
        "therapist:",
        "THERAPIST 2:",
        "[T1]:",
        "**Therapist:**",
        "(00:01:15) Therapist:",
        "[00:01:15] T:",
        "00:01:15 - Therapist:",
        "Therapist (00:01:15):",
        "Therapeutin:",
        "Thérapeute :",
        "assistant:",
        "T：",  # a full-width colon
    ],
)
def test_marks_as_people_write_them(tmp_path: Path, mark: str) -> None:
    (tmp_path / "a.txt").write_text(f"{mark} How was it?\nC: Bad.\n", encoding="utf-8")
    heard = read_spoken([tmp_path / "a.txt"])
    assert said(heard) == [("therapist", "How was it?"), ("client", "Bad.")]
    assert heard.transcripts[0].turns[0].onset_s == (75.0 if "15" in mark else None)
    assert not heard.faults


def test_a_colon_within_speech_is_no_mark(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("C: I know\none thing: it hurts.\nat 10:30 I left\nT: Yes.\n")
    heard = read_spoken([tmp_path / "a.txt"])
    assert said(heard) == [
        ("client", "I know one thing: it hurts. at 10:30 I left"),
        ("therapist", "Yes."),
    ]
    assert not heard.faults


def test_others_are_left_out_without_a_note_once_they_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ana: Hm?\nBo: Well.\nMum: Hello.\nshe came in\nBo: Sorry.\n")
    heard = read_spoken([tmp_path / "a.txt"], {"ana": "therapist", "BO": "client", "Mum": "other"})
    assert said(heard) == [("therapist", "Hm?"), ("client", "Well. Sorry.")]
    assert not heard.faults


def test_a_told_name_goes_before_the_usual_ones() -> None:
    told = Speakers({"user": "therapist", "Assistant": "client"})
    assert (told.role("User"), told.role("assistant"), told.role("Client 3"), told.role("Mum")) == (
        "therapist",
        "client",
        "client",
        None,
    )


def test_subtitles_with_times_and_names(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_text(VTT)
    (tmp_path / "b.srt").write_text(SRT)
    heard = read_spoken([tmp_path], {"Dr Weber": "therapist", "Anna": "client"})
    first, second = heard.transcripts
    assert [(t.role, t.text, t.onset_s, t.offset_s) for t in first.turns] == [
        ("therapist", "How was it?", 1.0, 3.0),
        ("client", "Bad.", 4.5, 6.0),
    ]
    assert [(t.role, t.text) for t in second.turns] == [("therapist", "Hello."), ("client", "Hi, you.")]
    assert not heard.faults


def test_neighbouring_cues_of_a_speaker_are_one_turn_from_first_to_last_time(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nT: So\n\n2\n00:00:02,500 --> 00:00:04,000\nyou left.\n\n"
        "3\n00:00:05,000 --> 00:00:06,000\nC: Yes.\n"
    )
    turn = read_spoken([tmp_path / "a.srt"]).transcripts[0].turns[0]
    assert (turn.text, turn.onset_s, turn.offset_s) == ("So you left.", 1.0, 4.0)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_windows_encodings_and_line_ends(tmp_path: Path, ends: str) -> None:
    (tmp_path / "a.txt").write_bytes(f"T: Wie geht’s, Jürgen?{ends}C: Ä…{ends}".encode("cp1252"))
    heard = read_spoken([tmp_path / "a.txt"])
    assert said(heard) == [("therapist", "Wie geht’s, Jürgen?"), ("client", "Ä…")]
    assert "Windows-1252" in heard.faults[0].advice
    assert heard.faults[0].line == 1


def test_mixed_line_ends(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"T: One?\r\nC: Two.\rT: Three?\nC: Four.")
    assert [text for _, text in said(read_spoken([tmp_path / "a.txt"]))] == [
        "One?",
        "Two.",
        "Three?",
        "Four.",
    ]


def test_the_line_of_the_first_bad_byte_is_told_in_a_long_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"T: Yes?\nC: No.\n" * 100_000 + "C: Köln\n".encode("latin-1"))
    (fault,) = read_spoken([tmp_path / "a.txt"]).faults
    assert fault.line == 200_001


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a.vtt"])
def test_unicode_encodings(tmp_path: Path, encoding: str, name: str) -> None:
    text = {
        "a.txt": "T: Çok mu yorgunsun?\nC: Hm.\n",
        "a.csv": "role,text\ntherapist,Çok mu yorgunsun?\nclient,Hm.\n",
        "a.jsonl": '{"role": "therapist", "text": "Çok mu yorgunsun?"}\n{"role": "client", "text": "Hm."}\n',
        "a.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v T>Çok mu yorgunsun?\n\n00:03.000 --> 00:04.000\n<v C>Hm.\n",
    }[name]
    (tmp_path / name).write_bytes(text.encode(encoding))
    heard = read_spoken([tmp_path / name])
    assert said(heard) == [("therapist", "Çok mu yorgunsun?"), ("client", "Hm.")]
    assert bool(heard.faults) == (
        encoding in {"utf-16-le", "utf-16-be"}
    )  # no byte-order mark: a guess, and said


@pytest.mark.parametrize("text", ["", "\n\n", "no marks at all\nnone\n", "\x00\x00"])
def test_a_file_without_turns_is_told_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    heard = read_spoken([tmp_path / "a.txt"])
    assert not heard.transcripts
    assert "--speaker NAME=client" in heard.faults[-1].advice


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("T: only one side", [("therapist", "only one side")]),
        ("C: Hm", [("client", "Hm")]),
        ("C: 🙂🙂\nT: 🙁", [("client", "🙂🙂"), ("therapist", "🙁")]),
        ("C: 我很累\nT: 嗯", [("client", "我很累"), ("therapist", "嗯")]),
        ("C: أنا متعب\nT: نعم", [("client", "أنا متعب"), ("therapist", "نعم")]),
        ("T: x\nC: " + "w " * 600_000, [("therapist", "x"), ("client", ("w " * 600_000).strip())]),
        ("C: Yes.\nC: Yes.\nT: Yes.", [("client", "Yes. Yes."), ("therapist", "Yes.")]),
    ],
)
def test_odd_transcripts_are_read(tmp_path: Path, text: str, turns: list[tuple[str, str]]) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    assert said(read_spoken([tmp_path / "a.txt"])) == turns


def test_a_folder_of_any_mix_is_read_in_depth_and_in_order(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "one.txt").write_text("T: 1?\nC: 1.")
    (tmp_path / "b" / "one.txt").write_text("T: 2?\nC: 2.")
    (tmp_path / "a.CSV").write_text("role,text\nclient,3.\ntherapist,3?\n")
    (tmp_path / "a.txt").write_text("T: 4?\nC: 4.")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / ".hidden.txt").write_text("T: 5?\nC: 5.")
    heard = read_spoken([tmp_path])
    assert [one.id for one in heard.transcripts] == ["a.CSV", "a.txt", "b/c/one", "b/one"]
    assert not heard.faults


def test_a_copy_of_a_file_is_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("T: 1?\nC: 1.")
    (tmp_path / "b.txt").write_text("T: 1?\nC: 1.")
    heard = read_spoken([tmp_path])
    assert [one.id for one in heard.transcripts] == ["a"]
    assert f"the same as {tmp_path / 'a.txt'}" in heard.faults[0].advice


def test_equal_names_in_different_folders_get_ids_of_their_own(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.txt").write_text(f"T: {folder}?\nC: {folder}.")
    heard = read_spoken([tmp_path / "x" / "one.txt", tmp_path / "y" / "one.txt"])
    assert len({one.id for one in heard.transcripts}) == 2


def test_what_is_not_there_or_of_no_known_type_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"PK")
    heard = read_spoken([tmp_path / "a.docx", tmp_path / "absent.txt"])
    assert ["no known type" in heard.faults[0].advice, "no such file" in heard.faults[1].advice] == [
        True,
        True,
    ]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=300),
    name=st.sampled_from(["a.txt", "a.vtt", "a.csv", "a.jsonl", "a.json", "a.eval"]),
)
def test_no_bytes_make_it_fail(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    heard = read_spoken([tmp_path / name])
    assert heard.transcripts or heard.faults


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20),
        min_size=1,
        max_size=12,
    )
)
def test_what_is_written_is_read_from_every_form(tmp_path: Path, texts: list[str]) -> None:
    roles = [("client", "therapist")[place % 2] for place in range(len(texts))]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(["transcript", "role", "text"])
        rows.writerows(["s", role, text] for role, text in zip(roles, texts, strict=True))
    turns = [{"role": role, "text": text} for role, text in zip(roles, texts, strict=True)]
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "s", "turns": turns}) + "\n", encoding="utf-8")
    wanted = list(zip(roles, texts, strict=True))
    assert said(read_spoken([tmp_path / "a.csv"])) == wanted
    assert said(read_spoken([tmp_path / "a.jsonl"])) == wanted


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        pytest.param(
            "C: I went out today.\nC: I went out today.\nT: Okay, and how was it?\n" * 4,
            "stands twice",
            id="twice",
        ),
        pytest.param(
            "C: Mir geht es heute wirklich gar nicht gut, leider.\nT: Das klingt schwer für dich.\n" * 4,
            "hardly in English",
            id="German",
        ),
        pytest.param(
            "C: ما حالم خوب نیست و خیلی خسته هستم\nT: それはつらいですね、 どう しましたか\n" * 6,
            "hardly in English",
            id="other scripts",
        ),
        pytest.param(
            "C: I went out today, and it was no good at all.\nT: That was hard for you.\n" * 4, "", id="plain"
        ),
        pytest.param("C: No, no.\nT: Okay, okay.\n" * 12, "", id="short words said twice"),
    ],
)
def test_what_is_measured_and_doubtful_is_told(tmp_path: Path, text: str, doubt: str) -> None:
    (tmp_path / "one.txt").write_text(text, encoding="utf-8")
    found = read_spoken([tmp_path / "one.txt"])
    assert len(found.transcripts) == 1
    assert [doubt in fault.advice for fault in found.faults] == ([True] if doubt else [])
