"""The lines of the library are whole, name what there is, and print no figure as better known than it is."""

from pathlib import Path

import pytest
import yaml

from therapyarc.domain.line import Line
from therapyarc.files.errors import FaultyFileError
from therapyarc.files.library import instrument_ids, library_path, read_instrument
from therapyarc.files.lines import LINES, read_lines

ROOT = Path(__file__).parents[2]
SOURCE = library_path("published", "any").parents[1] / "lines.yaml"
BOOK = read_lines()

QUOTED = {0.72, 0.28, 0.278, 0.5, 0.650, 0.659, 0.758, 77.5}
"""Figures that are known from quotation alone; none may stand as published."""


def test_ids_run_from_1_to_34() -> None:
    assert [line.id for line in BOOK] == list(range(1, LINES + 1))
    assert LINES == 34


@pytest.mark.parametrize("line", BOOK, ids=lambda line: str(line.id))
def test_a_line_is_one_question_with_design_and_limits(line: Line) -> None:
    assert line.question.endswith("?")
    assert line.question.count("?") == 1
    assert len(line.question) < 120
    assert line.design.endswith(".")
    assert line.limits.endswith(".")
    assert line.evidence
    assert line.figures or line.unmade or line.topic == "scope"


@pytest.mark.parametrize("line", BOOK, ids=lambda line: str(line.id))
def test_figures_of_others_say_how_they_are_known(line: Line) -> None:
    for effect in line.known:
        assert effect.source
        quoted = QUOTED & set(effect.figures.values())
        assert not quoted or effect.how == "second_hand", effect.says
        assert "quoted" not in effect.source or effect.how == "second_hand"


@pytest.mark.parametrize("line", BOOK, ids=lambda line: str(line.id))
def test_pages_that_bear_on_a_line_are_there(line: Line) -> None:
    for one in line.evidence:
        if one.authors == "TherapyArc":
            assert (ROOT / one.place).is_file(), one.place
            assert (ROOT / one.place).read_text(encoding="utf-8").count(f"# {one.title}") >= 1
        else:
            assert one.year is not None
            assert one.title or one.place or one.link


def test_no_question_is_asked_twice() -> None:
    assert len({line.question for line in BOOK}) == LINES
    assert len({line.design for line in BOOK}) == LINES


def test_published_figures_are_those_of_the_library() -> None:
    rows = yaml.safe_load(library_path("published", "ba_study").read_text(encoding="utf-8"))["rows"]
    effects = {line.id: line.known for line in BOOK}
    assert effects[4][1].figures == rows["empathy"]["figures"]
    assert effects[7][0].figures == rows["anticipation_of_emotion"]["figures"]
    assert list(effects[28][0].figures.values()) == list(rows["knowledge"]["figures"].values())
    change = rows["knowledge_change"]["figures"]
    assert effects[16][0].figures == {
        tier: change[f"{tier}_after"] - change[f"{tier}_before"] for tier in ("proprietary", "open")
    }


def test_forms_and_constructs_that_designs_need_are_in_the_library() -> None:
    every = [read_instrument(name, ROOT) for name in instrument_ids()]
    constructs = {one.construct for one in every if one.kind in {"rubric", "choice", "survey"} or one.probing}
    forms = {one.construct for one in every if one.kind == "form"}
    for line in BOOK:
        for figure in line.figures:
            assert set(figure.needs.constructs) <= constructs, line.id
            assert set(figure.needs.forms) <= forms, line.id


def faults(tmp_path: Path, change: dict[int, dict[str, object]], drop: int | None = None) -> str:
    data = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    data["lines"] = [one | change.get(one["id"], {}) for one in data["lines"] if one["id"] != drop]
    path = tmp_path / "lines.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(FaultyFileError) as caught:
        read_lines(path)
    return str(caught.value)


def test_faults_are_told_with_their_place(tmp_path: Path) -> None:
    assert "absent: [7]" in faults(tmp_path, {}, drop=7)
    told = faults(tmp_path, {8: {"id": 7}})
    assert "absent: [8]; too many: [7]" in told
    assert "order of their ids" in faults(tmp_path, {8: {"id": 9}, 9: {"id": 8}})
    figure = {"key": "arcs", "contrasts": ["between"], "aspect": "x", "says": "none"}
    told = faults(tmp_path, {5: {"figures": [figure]}})
    assert "only findings have contrasts" in told
    assert "only a whole figure" in told
    assert "did you mean 'question'" in faults(tmp_path, {5: {"questions": "Why?"}})
