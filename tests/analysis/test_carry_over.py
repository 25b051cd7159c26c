"""Carry-over from file to findings, where the answer was planted."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from therapyarc.analysis import analyse
from therapyarc.analysis.halves import Value, grid, weighted
from therapyarc.cli.rating import excerpts_of
from therapyarc.cli.run import run_study
from therapyarc.domain import Estimand, Estimate, Finding, Findings
from therapyarc.files.errors import FaultyFileError
from therapyarc.files.run import RunFolder, open_allocation, open_courses, open_ratings, open_sessions
from therapyarc.files.study import load_design
from therapyarc.measures import from_ratings, measure_excerpts, measure_items
from therapyarc.report.carry_over import answer

SCRIPTED = Path(__file__).parents[2] / "studies" / "scripted-arc" / "study.yaml"


def study(folder: Path) -> Path:
    """Write a smaller scripted study in which both sides follow the same policy, so that nothing differs but chance."""
    data = yaml.safe_load(SCRIPTED.read_text(encoding="utf-8"))
    for place, count in ((0, 4), (1, 5)):
        data["arms"][place]["actors"] = [
            {"id": f"side{place}-{n}", "kind": "script", "policy": "skilled", "parameters": {"q": 0.5}}
            for n in range(count)
        ]
    data["administrations"][0]["cases"] = ["v01", "v02", "v04", "v05", "v07"]
    data["courses"] |= {"cases": ["nadia", "walter", "jerome"], "sessions": 2, "exchanges": 5}
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("alike")


@pytest.fixture(scope="module")
def alike(folder: Path) -> Findings:
    return run_study(study(folder), folder / "run", Console(file=StringIO()))


def planted(folder: Path, single: float, ongoing: float) -> Findings:
    """Analyse the run again, after points were added to every rating of the first side, by half."""
    design = load_design(folder / "study.yaml")
    run = RunFolder(folder / "run")
    assignments, courses = open_allocation(run, design), open_courses(run, design)
    first = {a.session: single for a in assignments if a.arm == "charmers"}
    first |= {name: ongoing for a in courses if a.arm == "charmers" for name in a.sessions}
    with open_ratings(run, design) as ratings, open_sessions(run, design) as sessions:
        rows = [*from_ratings(ratings.records, design.rubrics)]
        said = [s for s in sessions.records if s.course is None]
        held = [s for s in sessions.records if s.course is not None]
    shifted = [
        replace(row, value=row.value + first.get(row.session, 0.0)) if row.value is not None else row
        for row in rows
    ]
    excerpts = excerpts_of(design, said, held)
    lengths = [*measure_items(said, design.instruments), *measure_excerpts(held, excerpts)]
    return analyse(design, assignments, [*shifted, *lengths], courses=courses, excerpts=excerpts)


def of(findings: Findings, construct: str) -> Finding:
    return next(f for f in findings.findings if f.id == f"carry-over-{construct}")


def named(finding: Finding, name: str) -> Estimate:
    return next(e for e in finding.estimates if e.name == name)


def test_nothing_is_found_where_both_sides_are_alike(alike: Findings) -> None:
    for construct in ("empathy", "validation"):
        change = named(of(alike, construct), "carry_over")
        assert change.low is not None
        assert change.high is not None
        assert change.low <= 0 <= change.high
        retention = named(of(alike, construct), "retention")
        assert retention.value is None
        assert "not told apart" in (retention.reason or "")
    first, second = answer(alike)
    assert "are not told apart in empathy" in first
    assert second.startswith("So no advantage is shown that could carry over or be lost")
    assert alike.headline.carry_over == named(of(alike, "empathy"), "carry_over")


@pytest.mark.parametrize(
    ("single", "ongoing", "said"),
    [(6.0, 1.0, "shrink"), (4.0, 9.0, "grow"), (-6.0, -1.0, "shrink"), (5.0, 5.0, "not settled")],
)
def test_what_was_planted_is_found(
    alike: Findings, folder: Path, single: float, ongoing: float, said: str
) -> None:
    found = planted(folder, single, ongoing)
    before, after = ({e.name: e for e in of(one, "validation").estimates} for one in (alike, found))
    assert (after["single"].value or 0) - (before["single"].value or 0) == pytest.approx(single)
    assert (after["ongoing"].value or 0) - (before["ongoing"].value or 0) == pytest.approx(ongoing)
    shift = (after["carry_over"].value or 0) - (before["carry_over"].value or 0)
    assert shift == pytest.approx(ongoing - single)
    retention = after["retention"]
    assert retention.low is not None
    assert retention.high is not None
    assert retention.low <= ongoing / single <= retention.high
    first, second = answer(replace(found, headline=replace(found.headline, finding="carry-over-validation")))
    assert f"score {'higher' if single > 0 else 'lower'} in validation" in first
    assert said in second
    assert "by −" not in second  # an amount, not a signed change


def test_what_the_design_sees_stands_beside_it(alike: Findings) -> None:
    beside = next(one for one in alike.carry_over if one.construct == "empathy")
    assert [arm.arm for arm in beside.arms] == ["charmers", "steady"]
    assert all(arm.single.session == 0 and [p.session for p in arm.ongoing] == [1, 2] for arm in beside.arms)
    smallest = next(e for e in beside.planning if e.name == "detectable")
    change = named(of(alike, "empathy"), "carry_over")
    assert smallest.value is not None
    assert change.high is not None
    assert change.low is not None
    assert smallest.value > (change.high - change.low) / 2  # power .80 needs more than half the interval
    assert beside.dropped == ()


def test_ranks_hold_every_ongoing_measure(alike: Findings) -> None:
    measures = {"empathy", "validation", "depression_symptoms", "alliance", "disclosure"}
    assert {row.measure for row in alike.ranks} == measures
    for row in alike.ranks:
        assert row.units == 9
        assert row.pairs == 36
        assert len(row.inverted) <= row.pairs


ESTIMAND = Estimand(
    id="e", question="", construct="empathy", contrast="carry_over", first=("a",), second=("b",)
)


def value(arm: str, unit: str, kind: str, number: int, points: float) -> Value:
    return Value(arm=arm, unit=unit, case="c", value=points, words=9, kind=kind, number=number, place=number)


def test_kinds_of_client_turns_are_weighted_as_among_single_replies() -> None:
    values = [
        *(
            value(arm, unit, kind, 0, 3)
            for arm, unit in (("a", "x"), ("b", "y"))
            for kind in ("feeling", "plain")
        ),
        *(value("a", "x", "feeling", 1, 5) for _ in range(9)),
        value("a", "x", "plain", 1, 1),
        value("b", "y", "plain", 1, 2),
        value("b", "y", "strained", 1, 5),  # no single reply answers such a turn
        value("b", "z", "plain", 1, 4),  # has no single replies
    ]
    built = grid(ESTIMAND, values)
    assert built is not None
    assert built.ongoing[0][0, 0] == pytest.approx(3.0)  # (5 + 1) / 2, not 4.6
    assert built.ongoing[1][0, 0] == pytest.approx(2.0)
    assert built.dropped == ("z",)
    assert weighted({"strained": [5.0]}, built.weights) != weighted({"plain": [5.0]}, built.weights)


def test_no_unit_with_both_halves_is_no_grid() -> None:
    assert grid(ESTIMAND, [value("a", "x", "plain", 0, 3), value("b", "y", "plain", 0, 3)]) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"courses": None}, "needs ongoing sessions"),
        ({"estimands": [{"construct": "anticipation_of_emotion"}]}, "is not rated of replies"),
    ],
)
def test_a_study_that_cannot_give_it_is_told_so(tmp_path: Path, change: dict[str, object], said: str) -> None:
    path = study(tmp_path)
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "estimands" in change:
        data["estimands"][0]["construct"] = "anticipation_of_emotion"
    else:
        del data["courses"]
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(FaultyFileError, match=said):
        run_study(path, tmp_path / "run", Console(file=StringIO()))
