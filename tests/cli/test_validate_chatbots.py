"""`therapyarc validate mibot|mindeval`: conversations with chatbots in their published formats. All rows are invented."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from therapyarc.cli import app
from therapyarc.files.chatbot import read_mibot
from therapyarc.files.errors import FaultyFileError
from therapyarc.files.rated import read_mindeval

HEAD = (
    "ParticipantID,Speaker,Volley#,Utterance#,CumulativeVolley,Utterance,AutoMISCLabel,AutoMISCExplanation\n"
)


def mibot(folder: Path) -> None:
    rows, answers = [], []
    for person in range(6):
        said = [
            ("counsellor", "What brings you here today?", "Q"),
            ("client", "I want to stop smoking.", "C"),
            (
                "counsellor",
                "So you feel ready to stop." if person > 2 else "How many a day?",
                "R" if person > 2 else "Q",
            ),
            ("client", "It rained on Monday.", "N"),
        ]
        rows += [f"P{person},{who},{n},{n},x,{text},{label},x" for n, (who, text, label) in enumerate(said)]
        care = ",".join(["4" if person > 2 else "2"] * 10)
        answers.append(f"P{person},{person},{care},{person + 1}")
    (folder / "conversations.csv").write_text(HEAD + "\n".join(rows) + "\n")
    asked = ",".join(f"CAREQ{n}" for n in range(1, 11))
    head = f"ParticipantID,PreRulerConfidence,{asked},WeekLaterRulerConfidence\n"
    (folder / "data.csv").write_text(head + "\n".join(answers) + "\n")


def figures(*words: str) -> dict[str, dict[str, float | None]]:
    result = CliRunner().invoke(app, ["validate", *words, "--format", "json", "--coder", "fast"])
    assert result.exit_code == 0, result.output
    found: dict[str, dict[str, float | None]] = json.loads(result.output)
    return found


def test_mibot_is_measured_beside_labels_and_answers(tmp_path: Path) -> None:
    mibot(tmp_path)
    found = figures("mibot", str(tmp_path))
    assert found["mibot_therapist_f1_question"]["value"] == 1.0
    assert {"value", "low", "high", "ceiling", "bar"} == found["mibot_client_macro_f1"].keys()
    care = found["mibot_care_by_reflections"]["value"]
    assert care is not None
    assert care > 0.8
    # The change of confidence is one point for all, so there is nothing to rank.
    assert found["mibot_confidence_by_change_talk"]["value"] is None


def test_mibot_s_labels_and_answers_are_read(tmp_path: Path) -> None:
    mibot(tmp_path)
    data, answers = read_mibot(tmp_path)
    assert data[0].labels == ("question", "change", "question", "neutral")
    assert answers["P5"].care == 4.0
    assert answers["P5"].confidence_change == 1.0
    alone, none = read_mibot(tmp_path / "conversations.csv")
    assert alone == data
    assert none == answers


def test_what_is_no_mibot_is_told(tmp_path: Path) -> None:
    with pytest.raises(FaultyFileError, match=r"conversations\.csv"):
        read_mibot(tmp_path)
    (tmp_path / "conversations.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FaultyFileError, match="columns are absent"):
        read_mibot(tmp_path)


def mindeval(path: Path, *, nested: bool) -> None:
    lines = []
    for number in range(6):
        good = number > 2
        scores = {"Therapeutic Relationship & Alliance": 5 if good else 2, "Overall score": 9}
        more = (
            {"annotations": [scores, {"therapeutic_relationship_alliance": 6 if good else 1}]}
            if nested
            else scores
        )
        said = [
            {"role": "system", "content": "x"},
            {"role": "assistant", "content": "So you feel alone." if good else "You should exercise daily."},
            {"role": "user", "content": "Yes."},
        ]
        lines.append(json.dumps({"member_profile": {"age": 40}, "interaction": said, **more}))
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("nested", [False, True])
def test_mindeval_s_ratings_are_ranked_beside_shares(tmp_path: Path, nested: bool) -> None:
    mindeval(tmp_path / "human.jsonl", nested=nested)
    read = read_mindeval(tmp_path)
    assert [turn.role for turn in read[0].turns] == ["therapist", "client"]
    assert read[5].ratings == {"relationship": (5.0, 6.0) if nested else (5.0,)}
    found = figures("mindeval", str(tmp_path))
    value = found["mindeval_relationship_by_reflection"]["value"]
    assert value is not None
    assert value > 0.8
    ceiling = found["mindeval_relationship_by_reflection"]["ceiling"]
    assert ceiling == pytest.approx(1.0) if nested else ceiling is None
    told = found["mindeval_relationship_by_therapist_input"]["value"]
    assert told is not None
    assert told < -0.8


def test_what_is_no_mindeval_is_told(tmp_path: Path) -> None:
    with pytest.raises(FaultyFileError, match="no conversation"):
        read_mindeval(tmp_path)
    (tmp_path / "x.jsonl").write_text(
        '{"interaction": []}\n{broken\n{"interaction": [{"role": "user", "content": "Hi"}]}\n'
    )
    with pytest.raises(FaultyFileError) as told:
        read_mindeval(tmp_path)
    assert {fault.line for fault in told.value.faults} == {1, 2, 3}
