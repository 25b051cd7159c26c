"""Archived transcripts in the original format and in plain ones; all rows here are synthetic but those of the real part."""

import os
from pathlib import Path

import numpy as np
import pytest

from therapyarc.files.corpus import Corpus, exchanges, load_corpus
from therapyarc.files.errors import FaultyFileError

ANNOMI = """\
mi_quality,transcript_id,topic,utterance_id,interlocutor,timestamp,utterance_text,annotator_id
high,0,smoking,0,therapist,00:00:01,"Hello, how are you?",1
high,0,smoking,0,therapist,00:00:01,"Hello, how are you?",2
high,0,smoking,1,client,00:00:04,I would like to stop smoking soon.,1
high,0,smoking,2,client,00:01:05,Really I would.,1
high,0,smoking,3,therapist,00:01:10,You have made up your mind.,1
low,7,diet,0,client,00:00:02,I eat too much in the evening.,1
low,7,diet,1,therapist,00:00:05,You should stop that now.,1
"""


def cut(corpus: Corpus, seed: int = 1) -> list[str]:
    rng = np.random.default_rng(seed)
    cases = exchanges(
        corpus, per_transcript=1, context_turns=4, min_client_words=3, min_therapist_words=3, rng=rng
    )
    for case in cases:
        assert "high" not in f"{case.title}{case.traits}"
        assert "low" not in f"{case.title}{case.traits}"
    return [f"{case.cluster}|{case.words}|{case.archived}" for case in cases]


def test_annomi_rows_become_turns(tmp_path: Path) -> None:
    path = tmp_path / "annomi.csv"
    path.write_bytes(b"\xef\xbb\xbf" + ANNOMI.replace("\n", "\r\n").encode())
    corpus = load_corpus(path, "annomi")
    first = corpus.records[0]
    assert [turn.role for turn in first.turns] == ["therapist", "client", "therapist"]
    assert first.turns[1].text == "I would like to stop smoking soon. Really I would."
    assert first.turns[2].onset_s == 70
    assert first.labels == {"quality": "high", "topic": "smoking"}
    expected = [
        "0|I would like to stop smoking soon. Really I would.|You have made up your mind.",
        "7|I eat too much in the evening.|You should stop that now.",
    ]
    assert cut(corpus) == expected


def test_csv_and_jsonl_hold_the_same(tmp_path: Path) -> None:
    plain, lines = tmp_path / "plain.csv", tmp_path / "lines.jsonl"
    plain.write_text(
        "transcript,role,text,quality\na,client,I am here today.,high\na,therapist,So you are here.,high\n"
    )
    lines.write_text(
        '{"id": "a", "labels": {"quality": "high"}, "turns": [{"role": "client", "text": "I am here today."}, '
        '{"role": "therapist", "text": "So you are here."}]}\n'
    )
    assert load_corpus(plain, "csv") == load_corpus(lines, "jsonl")


def test_all_faults_are_told(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("transcript,role,text\na,patient,Hello.\na,doctor,Hello.\n")
    with pytest.raises(FaultyFileError) as caught:
        load_corpus(path, "csv")
    assert [fault.line for fault in caught.value.faults] == [2, 3]
    path.write_text("transcript,text\n")
    with pytest.raises(FaultyFileError, match="role"):
        load_corpus(path, "csv")


def test_the_real_part_has_its_known_size() -> None:
    folder = os.environ.get("THERAPYARC_DATA")
    if not folder:
        pytest.skip(
            "THERAPYARC_DATA is not set: AnnoMI is absent, and its loader is tested on synthetic rows only"
        )
    corpus = load_corpus(Path(folder) / "annomi" / "annomi-part.csv", "annomi")
    assert len(corpus.records) == 67
    assert sorted({t.labels["quality"] for t in corpus.records}) == ["high", "low"]
