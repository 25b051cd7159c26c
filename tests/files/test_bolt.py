"""BOLT's utterances: one with several labels comes in several rows, and is one. All rows are invented."""

from pathlib import Path

from therapyarc.coding.utterances import written_utterances
from therapyarc.files.labelled import read_bolt


def test_an_utterance_with_several_labels_is_one(tmp_path: Path) -> None:
    head = "prompt,completion\n"
    (tmp_path / "therapist_train.csv").write_text(
        head + "You feel lost. What happened?,Reflections on Emotions\nRest more.,Problem-Solving\n"
    )
    (tmp_path / "therapist_valid.csv").write_text(
        head + "you feel lost.  What happened?,Questions on Experiences\nRest more.,Problem-Solving\n"
    )
    (tmp_path / "client_train.csv").write_text(head + "Rest more.,Sharing Experiences\n")
    read = read_bolt(tmp_path)
    given = {(one.turns[0].role, one.turns[0].text.lower()[:4]): one.given[0] for one in read}
    assert len(read) == 3
    assert given["therapist", "you "] == ("reflection_emotion", "question_experience")
    assert given["therapist", "rest"] == ("problem_solving",)
    assert given["client", "rest"] == ("event",)


def test_the_project_s_own_utterances_cover_every_code_of_bolt() -> None:
    counted: dict[str, dict[str, int]] = {"therapist": {}, "client": {}}
    for role, counts in counted.items():
        own = written_utterances("client" if role == "client" else "therapist")
        assert len({one.turns[0].text for one in own}) == len(own)
        assert all(one.turns[0].role == role for one in own)
        for one in own:
            code = one.answers[0]["bolt"][0]
            counts[code] = counts.get(code, 0) + 1
    assert len(counted["therapist"]) == 13
    assert len(counted["client"]) == 6
    assert all(15 <= number <= 40 for counts in counted.values() for number in counts.values())
