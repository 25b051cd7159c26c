"""The command on open questions."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from therapyarc.cli import app
from therapyarc.cli.lines import UnknownLineError, near_lines
from therapyarc.cli.run import run_study
from therapyarc.files.errors import ArtefactError
from therapyarc.files.lines import read_lines

STUDIES = Path(__file__).parents[2] / "studies"
BOOK = read_lines()


def said(*arguments: str) -> str:
    found = CliRunner().invoke(app, ["lines", *arguments], env={"COLUMNS": "200"})
    assert found.exit_code == 0, found.output
    return found.output


def data(*arguments: str) -> Any:
    return json.loads(said(*arguments, "--format", "json"))


def test_the_list_holds_every_question() -> None:
    assert [one["id"] for one in data()] == list(range(1, 35))
    assert "Do models know more than they do?" in said()


@pytest.mark.parametrize("line", [1, 12, 27, 34])
def test_one_line_is_shown_whole(line: int) -> None:
    one, text = BOOK[line - 1], said(str(line))
    assert all(part in text for part in (one.question, one.design, one.limits, one.evidence[0].says))
    assert data(str(line))["question"] == one.question


def test_what_is_known_from_quotation_is_never_called_published() -> None:
    text = said("12")
    assert "Quoted at second hand" in text
    assert "Published" not in text


def test_a_number_without_a_line() -> None:
    for asked in ("35", "0", "-3"):
        found = CliRunner().invoke(app, ["lines", "--", asked])
        assert isinstance(found.exception, UnknownLineError)
        assert "from 1 to 34" in str(found.exception)


def test_a_run_says_what_it_found(tmp_path: Path, study: Path) -> None:
    out = tmp_path / "out"
    run_study(study, out, Console(file=StringIO()))
    answers = json.loads((out / "findings.json").read_text())["lines"]
    text = said("--run", str(out))
    assert "What this run answers" in text
    found = {one["id"]: one["study"] for one in data("--run", str(out))}
    assert [found[one["line"]] for one in answers] == answers
    one = next(one for one in answers if one["figures"])
    whole = said(str(one["line"]), "--run", str(out))
    assert "This run answers it: no" in whole  # scripts alone answer nothing
    assert f"Found, and no answer: {one['figures'][0]['says']}" in whole
    assert "(scripted)" in whole
    assert "this run answers it" in said("do models know more than they do", "--run", str(out))


def test_a_run_that_is_not_there_or_not_finished_is_told(tmp_path: Path) -> None:
    for folder, told in ((tmp_path, "there are no findings"), (tmp_path / "other", "holds no answers")):
        if folder.name == "other":
            folder.mkdir()
            (folder / "findings.json").write_text("{}")
        found = CliRunner().invoke(app, ["lines", "--run", str(folder)])
        assert isinstance(found.exception, ArtefactError)
        assert told in str(found.exception)
    both = ["lines", "--run", str(tmp_path), "--study", str(STUDIES / "demo" / "study.yaml")]
    assert isinstance(CliRunner().invoke(app, both).exception, UnknownLineError)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("Do chatbots give advice too early?", 20),
        ("do therapists who are good at single replies do well over many sessions", 4),
        ("stigma towards people with schizophrenia", 33),
        ("Does linguistic entrainment differ between humans and LLMs?", 5),
        ("can trainees get better by practising with simulated patients", 3),
        ("is synchrony related to self-disclosure", 34),
        ("how well can Socratic questioning be done by a language model", 14),
    ],
)
def test_a_plain_question_finds_the_obvious_line(asked: str, line: int) -> None:
    assert near_lines(asked, BOOK)[0][0].id == line


def test_ranking_shows_scores_and_the_words_that_matched() -> None:
    text = said("Do chatbots give advice too early?")
    assert "words matched: advice, early" in text
    assert "not relevance" in text
    first = data("Do chatbots give advice too early?")[0]
    assert first["likeness"]["score"] == pytest.approx(
        (first["likeness"]["shared"] + first["likeness"]["about"]) / 2
    )
    assert all("likeness" in paper for paper in first["evidence"])


def test_a_question_of_which_no_word_matches_says_so() -> None:
    assert "No word of the question" in said("xyzzy plugh")


def test_a_study_is_judged_before_it_is_run() -> None:
    path = str(STUDIES / "ba-replication" / "study.yaml")
    found = {one["id"]: one["study"] for one in data("--study", path)}
    assert set(found) == set(range(1, 35))
    assert found[16]["status"] == "partly"
    assert found[28]["planned"] == ["knowledge, models against people"]
    text = said("16", "--study", path)
    assert "This design can answer it: in part" in text
    assert "4 states of training" in text
    assert "in part" in said("--study", path)
    assert "this design can answer it" in said("theory of mind", "--study", path)
