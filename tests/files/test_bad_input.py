"""Every kind of bad input in every form that is read: what comes of it, to the turn, and what is told, to the line."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path

import pytest

from therapyarc.domain import Missing
from therapyarc.files.spoken import read_spoken
from therapyarc.measures import families
from therapyarc.measures.transcripts import How, measure_transcripts
from therapyarc.measures.transcripts import Said as Given

Said = Sequence[tuple[str, str]]

FORMS = ("csv", "jsonl", "chat", "txt", "vtt", "srt", "convokit", "json", "eval")
"""`chat` is JSON lines of whole sessions, `json` and `eval` are Inspect's logs."""
ROLES = {"T": "assistant", "C": "user"}


def _csv(said: Said) -> str:
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(["role", "text"])
    table.writerows(said)
    return buffer.getvalue()


def _cues(said: Said, mark: str) -> str:
    return "".join(
        f"{number}\n00:00:{number:02d}{mark}000 --> 00:00:{number + 1:02d}{mark}000\n{_marked(who, text)}\n\n"
        for number, (who, text) in enumerate(said)
    )


def _marked(who: str, text: str) -> str:
    return f"{who}: {text}" if who else text


def _sample(said: Said) -> dict[str, object]:
    messages = [{"role": ROLES.get(who, who), "content": text} for who, text in said]
    return {"id": "s", "epoch": 1, "messages": messages}


def _lines(rows: Sequence[object]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


WRITTEN: dict[str, Callable[[Said], str]] = {
    "csv": _csv,
    "jsonl": lambda said: _lines([{"role": who, "text": text} for who, text in said]),
    "chat": lambda said: _lines([{"id": "s", "turns": [{"role": who, "text": text} for who, text in said]}]),
    "txt": lambda said: "".join(f"{_marked(who, text)}\n" for who, text in said),
    "vtt": lambda said: "WEBVTT\n\n" + _cues(said, "."),
    "srt": lambda said: _cues(said, ","),
    "convokit": lambda said: _lines(
        [
            {"id": str(place), "conversation_id": "s", "speaker": who, "text": text}
            for place, (who, text) in enumerate(said)
        ]
    ),
    "json": lambda said: json.dumps({"eval": {}, "samples": [_sample(said)]}, ensure_ascii=False, indent=1),
    "eval": lambda said: json.dumps(_sample(said), ensure_ascii=False, indent=1),
}


def write(folder: Path, form: str, content: bytes, name: str = "a") -> Path:
    """Write a file's content in its form and return what is given to be read."""
    if form == "convokit":
        path = folder / name
        path.mkdir(parents=True)
        (path / "utterances.jsonl").write_bytes(content)
        (path / "corpus.json").write_text("{}")
        return path
    path = folder / f"{name}.{'jsonl' if form == 'chat' else form}"
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "eval":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("samples/s.json", content)
    else:
        path.write_bytes(content)
    return path


BASE = (
    ("T", "What brought you here?"),
    ("C", "I drink – too much, café."),
    ("T", "You want to stop."),
    ("C", "Yes."),
)
MEGABYTE = "word " * 200_000

WORDS: dict[str, Said] = {
    "one-sided": [("C", "I drink."), ("C", "Yes.")],
    "one word": [("T", "Yes?"), ("C", "No.")],
    "emoji": [("T", "🙂"), ("C", "👩‍👩‍👧 🎉")],
    "a megabyte": [("T", "What?"), ("C", MEGABYTE)],
    "Arabic and Chinese": [("T", "كيف حالك اليوم؟"), ("C", "我很难过，不想出门。")],
    "Devanagari and Thai": [("T", "आप कैसे हैं?"), ("C", "ฉันเหนื่อยมาก")],
    "every line twice": [one for one in BASE for _ in range(2)],
    "no speaker marks": [("", "What brought you here?"), ("", "I drink too much.")],
    "unknown speakers": [("Anna", "What brought you here?"), ("Bob", "I drink too much.")],
}
"""Kinds of words."""


def _ends(text: str) -> bytes:
    lines = text.split("\n")
    return "".join(line + ("\r\n", "\n", "\r")[n % 3] for n, line in enumerate(lines)).encode()


BYTES: dict[str, Callable[[str], bytes]] = {
    "Windows-1252": lambda text: text.encode("cp1252"),
    "UTF-16 with mark": lambda text: text.encode("utf-16"),
    "mixed line ends": _ends,
    "zero bytes": lambda text: text.replace("too", "t\0oo").encode(),
    "an empty file": lambda text: b"",
    "half a file": lambda text: text.encode()[: text.encode().index("é".encode()) + 1],
}
"""Kinds of bytes, from a whole file of `BASE`."""

WHOLE = [("therapist", BASE[0][1]), ("client", BASE[1][1]), ("therapist", BASE[2][1]), ("client", BASE[3][1])]
NO_TURN = "holds no turn of client or therapist"
NOT_UTF_8 = "is not UTF-8 and was read as Windows-1252"
ZEROS = "holds zero bytes, from this line on, which were left out"
UNKNOWN = "is no known speaker and is left out; say who it is"
UNMARKED = "stands before the first speaker mark and was left out"
NO_COLUMN = "which column holds the speaker cannot be told"
NAMES_NONE = "names no speaker and is left out"
LACKS = "lacks conversation_id (or root), speaker or text, and was left out"
TWICE = "in 3 of 4 turns everything stands twice"
CUT = "ends within a character; it was probably cut off"
LONG = "has 1 of 2 turns of more than 8,000 characters"
NO_JSON = "is no JSON"
UNREAD = "samples/s.json cannot be read"
SECOND = {"csv": 3, "jsonl": 2, "chat": 1, "txt": 2, "vtt": 9, "srt": 7, "convokit": 2, "json": 14}
"""Line of the second utterance of `BASE` in each form."""
FIRST = {
    "csv": 2,
    "jsonl": 1,
    "chat": 1,
    "txt": 1,
    "vtt": 5,
    "srt": 3,
    "convokit": 1,
    "json": None,
    "eval": None,
}
"""Line at which the first utterance is told of; logs are told of by sample, without lines."""
NEXT = {**SECOND, "json": None, "eval": None}

Turns = list[tuple[str, str]]
Notes = list[tuple[int | None, str]]


def expected(kind: str, form: str) -> tuple[Turns, Notes]:
    """Return what must come of a kind of input in a form: its turns, and each note's line and beginning."""
    if kind in {"no speaker marks", "unknown speakers"}:
        return [], _unmarked(form) if kind == "no speaker marks" else _unknown(form)
    if kind == "half a file":
        return _half(form)
    if kind == "an empty file":
        told = {"csv": "holds no row", "json": NO_JSON, "eval": UNREAD}
        empty = "holds no transcript" if form in {"jsonl", "chat", "convokit"} else NO_TURN
        return [], [(1 if form == "json" else None, told.get(form, empty))]
    if kind in {"Windows-1252", "zero bytes"} and form == "eval":
        return [], [(None, UNREAD)]
    if kind in BYTES:
        told_of = {"Windows-1252": NOT_UTF_8, "zero bytes": ZEROS}
        return WHOLE, [(SECOND[form], told_of[kind])] if kind in told_of else []
    if kind == "one-sided":
        return [("client", "I drink. Yes.")], []
    if kind == "every line twice":
        return [(role, f"{text} {text}") for role, text in WHOLE], [(None, TWICE)]
    turns = [("therapist" if who == "T" else "client", text.strip()) for who, text in WORDS[kind]]
    return turns, [(None, LONG)] if kind == "a megabyte" else []


def _unknown(form: str) -> Notes:
    return [(FIRST[form], UNKNOWN), (NEXT[form], UNKNOWN), (None, NO_TURN)]


def _unmarked(form: str) -> Notes:
    if form in {"csv", "jsonl"}:
        return [(1, NO_COLUMN)]
    if form == "convokit":
        return [(1, LACKS), (2, LACKS)]
    return [(FIRST[form], UNMARKED if form in {"txt", "vtt", "srt"} else NAMES_NONE), (None, NO_TURN)]


def _half(form: str) -> tuple[Turns, Notes]:
    """The file ends in the middle of the é of the second utterance."""
    cut = [WHOLE[0], ("client", "I drink – too much, caf\N{REPLACEMENT CHARACTER}")]
    if form == "eval":
        return [], [(None, UNREAD)]
    notes: Notes = [(SECOND[form], CUT)]
    if form in {"txt", "vtt", "srt"}:
        return cut, notes
    if form == "csv":
        return cut, [*notes, (3, "ends within quotation marks")]
    left = WHOLE[:1] if form in {"jsonl", "convokit"} else []
    return left, [*notes, (SECOND[form], NO_JSON)]


KINDS = (*WORDS, *BYTES)


def content(kind: str, form: str) -> bytes:
    return WRITTEN[form](WORDS[kind]).encode() if kind in WORDS else BYTES[kind](WRITTEN[form](BASE))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_and_what_is_told(tmp_path: Path, kind: str, form: str) -> None:
    heard = read_spoken([write(tmp_path, form, content(kind, form))])
    turns, notes = expected(kind, form)
    assert [(one.role, one.text) for whole in heard.transcripts for one in whole.turns] == turns
    assert [fault.line for fault in heard.faults] == [line for line, _ in notes]
    for fault, (_, told) in zip(heard.faults, notes, strict=True):
        assert told in fault.advice


@pytest.mark.parametrize("form", FORMS)
def test_a_broken_file_among_good_ones_is_told_and_they_are_read(tmp_path: Path, form: str) -> None:
    good = [
        write(tmp_path / "in", form, WRITTEN[form]([*BASE, ("T", f"Session {name}.")]).encode(), name)
        for name in "ac"
    ]
    broken = write(tmp_path / "in", form, b"\xff\xfe\x00\xd8broken" if form != "eval" else b"{", "b")
    heard = read_spoken([tmp_path / "in"])
    said = [[(one.role, one.text) for one in whole.turns] for whole in heard.transcripts]
    assert said == [[*WHOLE, ("therapist", f"Session {name}.")] for name in "ac"]
    assert heard.faults
    assert {fault.file.startswith(str(broken)) for fault in heard.faults} == {True}
    assert all(not fault.file.startswith(str(one)) for fault in heard.faults for one in good)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if expected(kind, "txt")[0]])
def test_every_measure_gives_a_value_or_a_reason(tmp_path: Path, kind: str) -> None:
    whole = read_spoken([write(tmp_path, "txt", content(kind, "txt"))]).transcripts[0]
    rows, failed = measure_transcripts(
        [Given(id="a", turns=whole.turns), Given(id="b", turns=whole.turns)], How(surrogates=2)
    )
    assert failed == []
    found = {one.measurement.measure: one.measurement for one in rows if one.measurement.session == "a"}
    assert found.keys() == {one.name for family in families() for one in family.measures}
    limits = {one.name: one for family in families() for one in family.measures}
    for name, one in found.items():
        assert (one.value is None) != (one.missing is None), name
        assert one.missing is not Missing.FAILED, name
        if one.value is not None:
            assert isfinite(one.value), name
            low, high = limits[name].low, limits[name].high
            assert low is None or one.value >= low - 1e-9, name
            assert high is None or one.value <= high + 1e-9, name
    for beside in rows:
        assert all(isfinite(null.mean) and isfinite(null.sd) for null in beside.chance.values())
    if kind == "one-sided":
        assert {found[name].missing for name in ("lsm", "nclid_wordllama_client")} == {Missing.TOO_SHORT}
    if kind == "a megabyte":
        assert found["session_words"].value == 200_001


def test_halves_of_characters_in_json_become_the_replacement_character(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"role": "T", "text": "What?"}\n{"role": "C", "text": "I \\ud83d am\\u0000 sad."}\n'
        '{"role": "C", "text": "\\u0000"}\n'
    )
    heard = read_spoken([path])
    assert [one.text for one in heard.transcripts[0].turns] == [
        "What?",
        "I \N{REPLACEMENT CHARACTER} am sad.",
    ]


def test_one_accent_at_the_end_of_a_windows_file_is_no_cut(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("T: What?\nC: café".encode("cp1252"))
    heard = read_spoken([tmp_path / "a.txt"])
    assert heard.transcripts[0].turns[1].text == "café"
    assert [fault.line for fault in heard.faults] == [2]
