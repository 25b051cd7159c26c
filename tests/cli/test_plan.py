"""`therapyarc plan`: frozen once, amended in the open, and every deviation in the report."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from therapyarc import __version__
from therapyarc.analysis.deviations import against_plan
from therapyarc.cli import app
from therapyarc.files.code import code_digest
from therapyarc.files.errors import ArtefactError
from therapyarc.files.preregistration import PlanFrozenError, plan_path, read_plan
from therapyarc.files.study import load_design


def plan(study: Path, *more: str) -> str:
    out = study.parent / "out"
    result = CliRunner().invoke(app, ["plan", str(study), "--out", str(out), *more])
    if result.exception is not None:
        raise result.exception
    return result.output


def checked(study: Path) -> dict[str, Any]:
    out = study.parent / "out"
    result = CliRunner().invoke(app, ["run", str(study), "--out", str(out)])
    if result.exception is not None:
        raise result.exception
    found: dict[str, Any] = json.loads((out / "findings.json").read_text())["plan"]
    return found


def edit(study: Path, before: str, after: str) -> None:
    text = study.read_text()
    assert before in text
    study.write_text(text.replace(before, after))


def test_a_plan_is_frozen_once_and_read_by_people(study: Path) -> None:
    output = plan(study)
    frozen = read_plan(study)
    assert frozen is not None
    assert frozen.held == 0
    assert {one.id for one in frozen.estimands} == {"empathy", "change"}
    text = (study.parent / "plan.md").read_text()
    assert frozen.digest in text
    assert "Margin: none agreed" in text
    assert text in output
    before = plan_path(study).read_bytes()
    (study.parent / "plan.md").unlink()
    assert "says the same" in plan(study)
    assert plan_path(study).read_bytes() == before
    assert (study.parent / "plan.md").read_text() == text


def test_a_run_without_plan_says_so_and_one_as_planned_has_no_deviation(study: Path) -> None:
    assert checked(study)["frozen"] is None
    assert "No plan was frozen" in (study.parent / "out" / "report.html").read_text()
    plan(study)
    found = checked(study)
    assert found["deviations"] == []
    assert found["held"] == 36
    assert "no deviation" in (study.parent / "out" / "report.html").read_text()


def test_every_deviation_is_shown(study: Path) -> None:
    plan(study)
    edit(
        study,
        'question: "Warmer?", construct: empathy',
        'question: "Warmer?", margin: 0.5, construct: empathy',
    )
    edit(
        study,
        '  - {id: change, question: "Does it rise?", construct: knowledge, contrast: change, first: [high, low]}',
        '  - {id: extra, question: "More?", construct: validation, contrast: between, first: [high], second: [low]}\n'
        "exclusions: [Whatever looks odd.]",
    )
    edit(study, "seed: 7", "seed: 8")
    found = checked(study)
    told = {one["what"]: (one["planned"], one["done"]) for one in found["deviations"]}
    assert told["estimand empathy: margin"] == ("none", "0.5")
    assert told["estimand change"][1] == "dropped"
    assert told["estimand extra"] == ("not planned", "added: More?")
    assert told["seed"] == ("7", "8")
    assert told["exclusions"] == ("none", "Whatever looks odd.")
    assert set(told) == {
        "estimand empathy: margin",
        "estimand change",
        "estimand extra",
        "seed",
        "exclusions",
    }
    page = (study.parent / "out" / "report.html").read_text()
    assert all(what in page for what in told)
    assert "These things are not as planned." in page


COURSES = """\
courses: {cases: [nadia], sessions: 2, exchanges: 3, excerpts: 1}
"""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("sessions: 2", "sessions: 1", {"courses: sessions": ("2", "1")}),
        ("{q: 1}", "{q: 0.5}", {"arm high: actor actor-a: parameters: q": ("1.0", "0.5")}),
        (
            "      - {id: actor-c, kind: script, policy: advice-giver}\n",
            "",
            {"arm low: actor actor-c": ("planned", "dropped")},
        ),
        (
            "  - {id: form, kind: baseline, variant: structural}",
            "  - {id: form, kind: baseline, variant: structural}\n  - {id: third, kind: baseline, variant: lexical}",
            {"rater third": ("not planned", "added")},
        ),
        ("rubric-validation, ", "", {"rubrics": ("rubric-empathy, rubric-validation, rubric-cognition, rubric-emotion",
                                                "rubric-empathy, rubric-cognition, rubric-emotion")}),
        ("courses: {", "measure_coder: fast\ncourses: {", {"measure coder": ("cues", "fast")}),
        ("A synthetic study of scripts", "Another title", {"title": ("A synthetic study of scripts", "Another title")}),
        (COURSES, "", {"courses": ("planned", "dropped")}),
    ],
)  # fmt: skip
def test_each_setting_is_named_with_what_it_was(
    study: Path, before: str, after: str, told: dict[str, tuple[str, str]]
) -> None:
    study.write_text(study.read_text() + COURSES)
    plan(study)
    frozen = read_plan(study)
    assert against_plan(frozen, load_design(study), __version__, code_digest()).deviations == ()
    edit(study, before, after)
    found = against_plan(frozen, load_design(study), __version__, code_digest()).deviations
    assert {one.what: (one.planned, one.done) for one in found} == told


def test_a_file_that_the_study_refers_to_is_named_when_it_changes(study: Path) -> None:
    plan(study)
    (study.parent / "ba-page.md").write_text("# Another synthetic material\n\nSleep and mood go together.\n")
    found = against_plan(read_plan(study), load_design(study), __version__, code_digest()).deviations
    assert [one.what for one in found] == ["content of the material of condition after"]


def test_a_changed_line_of_code_is_a_deviation(study: Path) -> None:
    plan(study)
    found = against_plan(read_plan(study), load_design(study), __version__, "0" * 64).deviations
    assert [one.what for one in found] == [f"code of TherapyArc {__version__}"]


def test_a_plan_from_before_there_were_settings_still_holds(study: Path) -> None:
    plan(study)
    path = plan_path(study)
    data = json.loads(path.read_text())
    del data["settings"], data["code"], data["digest"]
    old = {**data, "digest": ""}
    digest = hashlib.sha256(json.dumps(old, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    path.write_text(json.dumps({**data, "digest": digest}))
    assert against_plan(read_plan(study), load_design(study), __version__, code_digest()).deviations == ()
    edit(study, "policy: minimal", "policy: reflector")
    found = against_plan(read_plan(study), load_design(study), __version__, code_digest()).deviations
    assert [one.what for one in found] == ["design (arms, items, cases, raters, materials)"]


def test_a_frozen_plan_is_changed_only_with_a_reason(study: Path) -> None:
    plan(study)
    first = read_plan(study)
    assert first is not None
    edit(study, "seed: 7", "seed: 8")
    with pytest.raises(PlanFrozenError, match="--amend"):
        plan(study)
    with pytest.raises(PlanFrozenError, match="--amend"):
        plan(study, "--amend", "  ")
    assert read_plan(study) == first
    plan(study, "--amend", "The seed of the pilot was taken by mistake.")
    amended = read_plan(study)
    assert amended is not None
    assert amended.seed == 8
    assert [one.before for one in amended.amendments] == [first.digest]
    assert amended.frozen == first.frozen
    assert "pilot was taken by mistake" in (study.parent / "plan.md").read_text()
    assert checked(study)["deviations"] == []
    with pytest.raises(PlanFrozenError, match="nothing to amend"):
        plan(study, "--amend", "Again.")


def test_a_plan_that_was_tampered_with_stops_the_run(study: Path) -> None:
    with pytest.raises(PlanFrozenError, match="no frozen plan to amend"):
        plan(study, "--amend", "Nothing there.")
    plan(study)
    path = plan_path(study)
    good = path.read_text()
    path.write_text(good.replace('"seed": 7', '"seed": 9'))
    with pytest.raises(ArtefactError, match="digest does not fit"):
        checked(study)
    path.write_text("{}")
    with pytest.raises(ArtefactError, match="is no frozen plan"):
        plan(study)
    path.write_text(good)
    assert checked(study)["deviations"] == []


def test_another_version_of_the_code_is_a_deviation(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan(study)
    monkeypatch.setattr("therapyarc.cli.run.__version__", "9.9")
    assert [one["what"] for one in checked(study)["deviations"]] == ["version of TherapyArc"]


def test_a_study_file_of_another_name_has_a_plan_of_its_own(study: Path) -> None:
    other = study.with_name("second.yaml")
    study.rename(other)
    plan(other)
    assert (study.parent / "second.plan.json").exists()
    assert not (study.parent / "plan.json").exists()
