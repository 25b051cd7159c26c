"""Tables of utterances: columns told by name and by cells, rows in any order, flaws by line."""

import json
import os
import random
import tempfile
from pathlib import Path

import pytest

from therapyarc.files.corpus import load_corpus
from therapyarc.files.spoken import Heard, read_spoken

FOUR = [
    ("therapist", "How was it?"),
    ("client", "It was bad."),
    ("therapist", "Tell me."),
    ("client", "I will."),
]


def said(heard: Heard, place: int = 0) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in heard.transcripts[place].turns]


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "head",
    [
        "role,text",
        "speaker,utterance",
        "Speaker Role,Utterance Text",
        "interlocutor,utterance_text",
        "who,message",
        "person,remark",  # no known name: told by what stands there
        "x,y",
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_are_told_by_name_or_by_cells(tmp_path: Path, head: str, delimiter: str) -> None:
    lines = [head, *(f"{role},{text}" for role, text in FOUR)]
    path = write(tmp_path / "a.csv", *(line.replace(",", delimiter) for line in lines))
    heard = read_spoken([path])
    assert said(heard) == FOUR
    assert heard.transcripts[0].id == "a"
    assert not heard.faults


def test_a_table_without_a_header_is_read_by_its_cells(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", *(f"{role}\t{text}" for role, text in FOUR))
    assert said(read_spoken([path])) == FOUR


def test_transcripts_order_and_times(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        "session_id,turn,start,end,role,text,mood",
        "one,2,5.5,6,client,second,x",
        "two,1,,,therapist,other,y",
        "one,1,0:01,0:03,therapist,first,x",
        "two,2,1,2,client,last,y",
    )
    heard = read_spoken([path])
    assert [one.id for one in heard.transcripts] == ["one", "two"]
    assert [(t.text, t.onset_s, t.offset_s) for t in heard.transcripts[0].turns] == [
        ("first", 1.0, 3.0),
        ("second", 5.5, 6.0),
    ]


@pytest.mark.parametrize("shape", ["csv", "jsonl"])
def test_rows_in_any_order_give_the_same_transcripts(
    tmp_path: Path, shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = [
        {
            "transcript": f"s{s}",
            "order": str(n),
            "role": ("client", "therapist")[n % 2],
            "text": f"words {s} {n}",
        }
        for s in range(20)
        for n in range(30)
    ]

    def read(name: str, some: list[dict[str, str]]) -> dict[str, list[tuple[str, str]]]:
        lines = (
            ["transcript,order,role,text", *(",".join(row.values()) for row in some)]
            if shape == "csv"
            else [json.dumps(row) for row in some]
        )
        heard = read_spoken([write(tmp_path / f"{name}.{shape}", *lines)])
        assert not heard.faults
        return {one.id: [(turn.role, turn.text) for turn in one.turns] for one in heard.transcripts}

    shuffled = random.Random(3).sample(rows, len(rows))
    assert read("mixed", shuffled) == read("sorted", rows)
    assert not list(tmp_path.glob(".sorting-*")), "what was sorted on disk must be gone"


def test_rows_of_several_annotators_count_once_and_repeated_words_stay(tmp_path: Path) -> None:
    coded = write(
        tmp_path / "coded.csv",
        "transcript,utterance_id,role,text,annotator",
        *(
            "1,1,client,Yes.,a",
            "1,1,client,Yes.,b",
            "1,2,therapist,Yes.,a",
            "1,3,client,Yes.,a",
            "1,3,client,Yes.,b",
        ),
    )
    plain = write(tmp_path / "plain.csv", "role,text", "client,Yes.", "client,Yes.", "therapist,Yes.")
    assert said(read_spoken([coded])) == [("client", "Yes."), ("therapist", "Yes."), ("client", "Yes.")]
    assert said(read_spoken([plain])) == [("client", "Yes. Yes."), ("therapist", "Yes.")]


@pytest.mark.parametrize(
    ("lines", "advice"),
    [
        (("a,b", "1,2", "3,4"), "give --column speaker=NAME --column text=NAME, where NAME is one of a, b"),
        (("who,b,c", "Ana,1,2"), "which column holds the text cannot be told; give --column text=NAME"),
    ],
)
def test_what_cannot_be_told_is_asked_for_by_option(
    tmp_path: Path, lines: tuple[str, ...], advice: str
) -> None:
    heard = read_spoken([write(tmp_path / "a.csv", *lines)])
    assert not heard.transcripts
    assert any(advice in fault.advice for fault in heard.faults), heard.faults


def test_told_columns_are_taken(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "text,b,c", "x,client,I am so tired", "y,therapist,Since when?")
    heard = read_spoken([path], columns={"speaker": "b", "text": "c", "transcript": "text"})
    assert [(one.id, one.turns[0].text) for one in heard.transcripts] == [
        ("x", "I am so tired"),
        ("y", "Since when?"),
    ]
    (fault,) = read_spoken([path], columns={"text": "words"}).faults
    assert "no such column as told by --column text=words; it has text, b, c" in fault.advice


def test_blocks_are_taken_for_transcripts_with_a_note_and_not_where_two_columns_could_be(
    tmp_path: Path,
) -> None:
    rows = [(f"m{n // 6}", ("client", "therapist")[n % 2], f"some words here {n}") for n in range(24)]
    one = write(tmp_path / "one.csv", "block,role,text", *(",".join(row) for row in rows))
    heard = read_spoken([one])
    assert [t.id for t in heard.transcripts] == ["m0", "m1", "m2", "m3"]
    assert "--column transcript=" in heard.faults[0].advice
    assert len(read_spoken([one], columns={"transcript": ""}).transcripts) == 1
    two = write(tmp_path / "two.csv", "block,site,role,text", *(f"{row[0]},{','.join(row)}" for row in rows))
    heard = read_spoken([two])
    assert [t.id for t in heard.transcripts] == ["two"]
    assert "block and site" in heard.faults[0].advice


def test_flaws_are_told_by_line_and_the_rest_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        "transcript,role,text",
        "1,therapist,How, then?",
        "1,therapist,How?",
        ",client,nowhere",
        "1,stranger,Hello",
        '1,client,"Two',
        'lines, quoted."',
    )
    heard = read_spoken([path])
    assert said(heard) == [("therapist", "How?"), ("client", "Two\nlines, quoted.")]
    assert [(fault.line, fault.advice.split(" ")[0]) for fault in heard.faults] == [
        (2, "has"),
        (4, "names"),
        (5, "is"),
    ]
    assert "--speaker 'stranger=client'" in heard.faults[2].advice


def test_a_turn_of_a_megabyte_and_an_open_quotation_mark(tmp_path: Path) -> None:
    long = "word " * 250_000
    path = write(
        tmp_path / "a.csv",
        "role,text",
        f'client,"{long}"',
        "therapist,Go on.",
        'client,"never closed',
        "therapist,lost",
    )
    heard = read_spoken([path])
    assert heard.transcripts[0].turns[0].text == long.strip()
    assert said(heard)[1] == ("therapist", "Go on.")


def test_json_lines_of_transcripts_chats_and_flaws(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        json.dumps({"id": "x", "turns": [{"role": "client", "text": "Hi."}, {"role": "therapist", "text": "Hello."}]}),
        "{broken",
        "[1]",
        json.dumps({"id": "y", "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": [{"type": "text", "text": "I am sad."}, {"type": "image", "image": "z"}]},
            {"role": "assistant", "content": "Since when?"}, {"role": "assistant"}]}),
        json.dumps({"id": "x", "turns": [{"role": "client", "text": "Again."}]}),
        json.dumps({"id": "z"}),
    )  # fmt: skip
    heard = read_spoken([path])
    assert [one.id for one in heard.transcripts] == ["x", "y"]
    assert said(heard, 1) == [("client", "I am sad."), ("therapist", "Since when?")]
    assert [fault.line for fault in heard.faults] == [2, 3, 4, None, 6]
    assert "a second time" in heard.faults[3].advice


def test_json_files_of_one_transcript_and_of_lists(tmp_path: Path) -> None:
    turns = [{"speaker": "Client", "utterance": "Hi."}, {"speaker": "Therapist", "utterance": "Hello."}]
    (tmp_path / "one.json").write_text(json.dumps({"dialog": turns}))
    (tmp_path / "many.json").write_text(json.dumps([{"id": 1, "turns": turns}, {"id": 2, "turns": turns}, 3]))
    (tmp_path / "rows.json").write_text(json.dumps([{"conversation_id": "q", **turn} for turn in turns]))
    (tmp_path / "broken.json").write_text('{"turns": [\n')
    heard = read_spoken([tmp_path])
    assert [one.id for one in heard.transcripts] == ["many/1", "many/2", "one", "rows/q"]
    assert all(len(one.turns) == 2 for one in heard.transcripts)
    assert {Path(fault.file).name for fault in heard.faults} == {"many.json", "broken.json"}


def test_annomi_is_read_by_detection_as_its_own_loader_reads_it() -> None:
    folder = os.environ.get("THERAPYARC_DATA")
    if not folder:
        pytest.skip("THERAPYARC_DATA does not name a copy of AnnoMI")
    path = Path(folder) / "annomi" / "annomi-part.csv"
    heard = read_spoken([path])
    own = load_corpus(path, "annomi").records
    assert [(t.role, t.text) for one in heard.transcripts for t in one.turns] == [
        (t.role, t.text) for one in own for t in one.turns
    ]
    assert not heard.faults


def test_flaws_are_told_once_where_rows_must_be_sorted_first(tmp_path: Path) -> None:
    rows = [
        "transcript,role,text",
        "1,client,a",
        "2,client,b",
        "1,therapist,c",
        "too,many,cells,here",
        ",client,d",
    ]
    heard = read_spoken([write(tmp_path / "a.csv", *rows)])
    assert [fault.line for fault in heard.faults] == [5, 6]
    lines = [{"transcript": t, "role": "client", "text": "a b c"} for t in ("1", "2", "1")]
    heard = read_spoken([write(tmp_path / "a.jsonl", *map(json.dumps, lines), "{broken")])
    assert [fault.line for fault in heard.faults] == [4]
