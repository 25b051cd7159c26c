"""The learned coder: probabilities, the same each time, and learning where there is something to learn."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from therapyarc.cli import app
from therapyarc.coding.features import features, hashed
from therapyarc.coding.learned import fit_role, learned_coder, read_coder
from therapyarc.domain import Turn

DATA = Path(os.environ.get("THERAPYARC_DATA", "absent")) / "annomi" / "annomi-part.csv"
HEADER = "mi_quality,transcript_id,utterance_id,interlocutor,utterance_text,main_therapist_behaviour,client_talk_type\n"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["client", "therapist"]), st.text(max_size=60)), max_size=8))
def test_any_session_has_probabilities(said: list[tuple[str, str]]) -> None:
    turns = [Turn(role="client" if role == "client" else "therapist", text=text) for role, text in said]
    coded = learned_coder().code(turns)
    assert len(coded) == len(turns)
    for one in coded:
        assert sum(one.values()) == pytest.approx(1.0)
    assert coded == learned_coder().code(turns)


def test_plain_cases_are_told_apart() -> None:
    turns = [
        Turn(role="client", text="I have not been sleeping, and I drink every evening."),
        Turn(role="therapist", text="What have you tried so far?"),
        Turn(role="client", text="I want to stop. I could try it this week."),
        Turn(role="therapist", text="So you feel ready, and you are looking for a way to begin."),
    ]
    coded = learned_coder().code(turns)
    assert max(coded[1], key=lambda name: coded[1][name]) == "question"
    assert max(coded[3], key=lambda name: coded[3][name]) == "reflection"
    assert max(coded[2], key=lambda name: coded[2][name]) == "change"


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
    assert set(read_coder(out).therapist.labels) == {"question", "reflection"}


def test_a_file_that_is_no_coder_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"no archive")
    with pytest.raises(ValueError, match="train-coder"):
        read_coder(tmp_path / "x.npz")


def test_one_label_cannot_be_told_apart() -> None:
    counts = hashed([features([Turn(role="client", text="a")], 0)])
    with pytest.raises(ValueError, match="two labels"):
        fit_role(counts, ["only"])


@pytest.mark.skipif(
    not DATA.is_file(), reason="AnnoMI is absent; set THERAPYARC_DATA to the folder that holds annomi/"
)
def test_what_it_was_trained_on_is_named_and_can_be_left_out() -> None:
    result = CliRunner().invoke(app, ["validate", "annomi", str(DATA), "--format", "json"])
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    assert {"value", "low", "high", "ceiling", "bar"} <= data["therapist_macro_f1"].keys()
    assert len(data["trained_on"]) == 67
    left = json.loads(
        CliRunner()
        .invoke(app, ["validate", "annomi", str(DATA), "--format", "json", "--leave-out-trained"])
        .output
    )
    assert "therapist_macro_f1" not in left
