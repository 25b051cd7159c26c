"""The learned coders: probabilities, the same each time, and learning where there is something to learn."""

import json
import os
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from therapyarc.cli import app
from therapyarc.cli import coder as coder_commands
from therapyarc.coding import CodedTurn, coder
from therapyarc.coding.behaviours import CoderName
from therapyarc.coding.codebook import codebook
from therapyarc.coding.learned import read_coder
from therapyarc.coding.weights import EncoderAbsentError, EncoderName, encoder
from therapyarc.domain import Turn

DATA = Path(os.environ.get("THERAPYARC_DATA", "absent"))
HEADER = "mi_quality,transcript_id,utterance_id,interlocutor,utterance_text,main_therapist_behaviour,client_talk_type\n"
OURS = {role: {code.id for code in codebook(role).codes} | {"uptake"} for role in ("therapist", "client")}

needs_data = pytest.mark.skipif(
    not (DATA / "annomi").is_dir(),
    reason="labels are absent; set THERAPYARC_DATA to the folder that holds annomi/, bolt/ and epitome/",
)

SESSION = [
    Turn(role="client", text="I have not been sleeping, and I drink every evening."),
    Turn(role="therapist", text="What have you tried so far?"),
    Turn(role="client", text="I want to stop. I could try it this week."),
    Turn(role="therapist", text="So you feel ready, and you are looking for a way to begin."),
]


def checked(turns: list[Turn], coded: list[CodedTurn]) -> None:
    assert len(coded) == len(turns)
    for turn, one in zip(turns, coded, strict=True):
        assert sum(one.main.values()) == pytest.approx(1.0, abs=1e-4)
        assert one.decided in one.main
        assert all(0 <= value <= 1.0001 for value in one.codes.values())
        assert one.by_cue <= one.codes.keys()
        assert one.found <= OURS["client" if turn.role == "client" else "therapist"]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["client", "therapist"]), st.text(max_size=60)), max_size=8))
def test_any_session_has_probabilities(said: list[tuple[str, str]]) -> None:
    turns = [Turn(role="client" if role == "client" else "therapist", text=text) for role, text in said]
    coded = coder("fast").code(turns)
    checked(turns, coded)
    assert coded == coder("fast").code(turns)


def test_plain_cases_are_told_apart() -> None:
    coded = coder("fast").code(SESSION)
    assert [one.decided for one in coded[1:]] == ["question", "change", "reflection"]
    assert "open_question" in coded[1].found
    assert coder("fast").codes(SESSION) == [one.found for one in coded]


def test_questions_are_found_without_punctuation() -> None:
    for text in ("how did that make you feel", "so tell me what brings you here today"):
        assert coder("fast").code([Turn(role="therapist", text=text)])[0].decided == "question"


def test_long_sessions_are_coded_as_if_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = SESSION * 5
    whole = coder("fast").learned.heads(turns)
    monkeypatch.setattr("therapyarc.coding.learned.CHUNK", 7)
    parts = coder("fast").learned.heads(turns)
    for role in whole:
        for head, p in whole[role].items():
            np.testing.assert_allclose(p, parts[role][head], atol=1e-5)


@pytest.mark.parametrize(("name", "needed"), [("better", "minilm"), ("best", "mpnet")])
def test_a_coder_with_an_encoder_codes_where_it_is(name: CoderName, needed: EncoderName) -> None:
    try:
        encoder(needed)
    except EncoderAbsentError:
        pytest.skip(f"the sentence encoder is absent; run: therapyarc models fetch {needed}")
    coded = coder(name).code(SESSION)
    checked(SESSION, coded)
    assert coded[1].decided == "question"
    assert coder(name).code([]) == []


def test_there_is_no_other_coder() -> None:
    with pytest.raises(ValueError, match="fast, better, best"):
        coder("worst")


def synthetic(path: Path) -> None:
    rows = []
    for transcript in range(10):
        for place in range(12):
            if place % 2:
                kind = "question" if place % 4 == 1 else "reflection"
                text = "What happened then?" if kind == "question" else "So you felt alone."
                rows.append(f"high,{transcript},{place},therapist,{text},{kind},n/a")
            else:
                kind = "change" if place % 4 else "neutral"
                text = "I want to change." if kind == "change" else "It rained on Monday."
                rows.append(f"high,{transcript},{place},client,{text},n/a,{kind}")
    path.write_text(HEADER + "\n".join(rows) + "\n")


def test_training_on_labels_of_one_s_own(tmp_path: Path) -> None:
    synthetic(tmp_path / "own.csv")
    out = tmp_path / "own.npz"
    result = CliRunner().invoke(app, ["train-coder", str(tmp_path / "own.csv"), "--out", str(out)])
    assert result.exit_code == 0, result.output
    card = json.loads(out.with_suffix(".json").read_text())
    assert card["out_of_fold"]["therapist_macro_f1"]["value"] == pytest.approx(1.0)
    assert card["out_of_fold_without_punctuation"]["question_f1_of_question_mark"]["value"] == 0
    assert set(read_coder(out).labels("therapist")["main"]) == {"question", "reflection"}


def test_a_file_that_is_no_coder_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"no archive")
    with pytest.raises(ValueError, match="train-coder"):
        read_coder(tmp_path / "x.npz")


@needs_data
def test_what_it_was_trained_on_is_named_and_can_be_left_out() -> None:
    file = str(DATA / "annomi" / "annomi-part.csv")
    result = CliRunner().invoke(app, ["validate", "annomi", file, "--format", "json", "--coder", "fast"])
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    for name in ("therapist_macro_f1", "client_macro_f1", "quality_auc"):
        assert {"value", "low", "high", "ceiling", "bar"} <= data[name].keys()
    assert len(data["trained_on"]) == 67
    left = CliRunner().invoke(
        app, ["validate", "annomi", file, "--format", "json", "--coder", "fast", "--leave-out-trained"]
    )
    assert "therapist_macro_f1" not in json.loads(left.output)


def test_without_a_name_the_coder_is_the_better_one_that_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = StringIO()
    notices = Console(file=told, width=200)

    def absent(name: EncoderName) -> tuple[Path, bool]:
        raise EncoderAbsentError(f"cannot download {name}")

    monkeypatch.setattr(coder_commands, "fetch_encoder", absent)
    assert coder_commands.shipped_coder(None, notices) == "fast"
    assert "cannot download minilm" in told.getvalue()
    assert coder_commands.shipped_coder("better", notices) == "better", "what is asked for is never another"
    file = tmp_path / "own.csv"
    synthetic(file)
    result = CliRunner().invoke(app, ["validate", "annomi", str(file), "--format", "json"])
    assert json.loads(result.stdout)["coder"] == "fast", "the notice is beside the figures"

    monkeypatch.setattr(coder_commands, "fetch_encoder", lambda name: (tmp_path, True))
    assert coder_commands.shipped_coder(None, notices) == "better"
    assert f"fetched to {tmp_path}" in told.getvalue()


@needs_data
def test_other_corpora_are_measured() -> None:
    bolt = CliRunner().invoke(
        app, ["validate", "bolt", str(DATA / "bolt"), "--format", "json", "--coder", "fast"]
    )
    assert bolt.exit_code == 0, bolt.output
    assert "bolt_therapist_macro_f1" in json.loads(bolt.output)


def test_sessions_of_two_qualities_are_read(tmp_path: Path) -> None:
    for quality in ("high", "low"):
        for number in range(3):
            text = (
                "T: What brings you here?\nC: I drink.\nT: So you feel torn,\nand tired.\n"
                if quality == "high"
                else "T: Drinking harms the liver.\nC: I know.\nT: You should stop, here is a leaflet.\n"
            )
            (tmp_path / f"{quality}_{number}.txt").write_text(text)
    result = CliRunner().invoke(
        app, ["validate", "hlqc", str(tmp_path), "--format", "json", "--coder", "fast"]
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["quality_auc"]["value"] == 1.0


def test_empathy_mechanisms_are_read_and_measured(tmp_path: Path) -> None:
    head = "sp_id,rp_id,seeker_post,response_post,level,rationales\n"
    (tmp_path / "explorations-part.csv").write_text(
        head + "a,1,I am sad.,What happened?,2,\na,2,I am sad.,The shop is shut.,0,\n"
    )
    result = CliRunner().invoke(
        app, ["validate", "epitome", str(tmp_path), "--format", "json", "--coder", "fast"]
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["explorations_macro_f1"]["value"] == 1.0


def test_heads_with_several_labels_find_both(tmp_path: Path) -> None:
    head = "prompt,completion\n"
    rows = []
    for number in range(12):
        asked, felt = f"What happened on day {number}?", f"You feel sad about day {number}."
        rows.append(f"{asked},Questions on Experiences")
        rows.append(f"{felt},Reflections on Emotions")
        both = f"{felt} {asked}"
        rows += [f"{both},Questions on Experiences", f"{both},Reflections on Emotions"]
    (tmp_path / "therapist_train.csv").write_text(head + "\n".join(rows) + "\n")
    synthetic(tmp_path / "own.csv")
    out = tmp_path / "own.npz"
    words = [
        "train-coder",
        str(tmp_path / "own.csv"),
        "--out",
        str(out),
        "--bolt",
        str(tmp_path / "therapist_train.csv"),
    ]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    card = json.loads(out.with_suffix(".json").read_text())
    assert card["out_of_fold"]["bolt_therapist_f1_reflection_emotion"]["value"] > 0.9
    assert card["out_of_fold"]["bolt_therapist_f1_question_experience"]["value"] > 0.9
    own = read_coder(out)
    turn = [Turn(role="therapist", text="You feel sad about Friday. What happened on Friday?")]
    found = dict(zip(own.labels("therapist")["bolt"], own.heads(turn)["therapist"]["bolt"][0], strict=True))
    assert found["question_experience"] > 0.5
    assert found["reflection_emotion"] > 0.5
    assert found["teaching"] < 0.5
