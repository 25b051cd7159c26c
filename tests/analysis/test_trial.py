"""A virtual trial of scripts: who has no therapy lives the same weeks, and the report says what the comparator does."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from rich.console import Console

from therapyarc.cli.run import run_study
from therapyarc.dialogue.client.dynamics import coefficients
from therapyarc.dialogue.course import CoursePlan, live_alone
from therapyarc.domain import Findings
from therapyarc.files.cases import read_case
from therapyarc.files.errors import FaultyFileError
from therapyarc.files.study import load_design
from therapyarc.report.exports import exports
from therapyarc.report.tables import tables

STUDY = """\
schema: therapyarc/study/1
id: small-trial
title: A synthetic trial of scripts
seed: 4
arms:
  - {id: skilled, label: Skilled, actors: [{id: s, kind: script, policy: skilled, parameters: {q: 0.9}}]}
  - {id: booklet, label: Booklet, actors: [{id: b, kind: script, policy: booklet}]}
  - {id: waiting, label: No therapy, actors: [{id: n, kind: none}]}
administrations:
  - {instrument: ba-knowledge, items: [k01]}
courses: {cases: [nadia, walter, jerome, aiko, carmen], sessions: 3, exchanges: 3, excerpts: 0}
trial: {therapies: [skilled], controls: [booklet], untreated: [waiting], margin: 5}
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trial")
    (folder / "study.yaml").write_text(STUDY)
    run_study(folder / "study.yaml", folder / "out", Console(file=StringIO(), width=200))
    return folder / "out"


def read(ran: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ran / "findings.json").read_text())
    return found


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


def test_who_has_no_therapy_fills_in_symptoms_and_nothing_is_said(ran: Path) -> None:
    courses = rows(ran / "courses.jsonl")
    alone = {name for one in courses if one["arm"] == "waiting" for name in one["sessions"]}
    assert len(alone) == 15
    sessions = [one for one in rows(ran / "sessions.jsonl") if one["id"] in alone]
    assert len(sessions) == 15
    assert all(one["turns"] == [] and one["ended"] == "no_session" for one in sessions)
    reports = [one for one in rows(ran / "reports.jsonl") if one["session"] in alone]
    for one in reports:
        assert (one["value"] is None) == (one["rubric"] == "alliance-client")
        assert (one["missing"] == "not_administered") == (one["rubric"] == "alliance-client")
    assert {one["rubric"] for one in reports} == {"phq-9", "alliance-client"}
    assert not [one for one in rows(ran / "allocation.jsonl") if one["arm"] == "waiting"]


def test_the_weeks_are_the_same_for_all_and_nobody_leaves_what_was_never_begun() -> None:
    case, table = read_case("nadia", Path()), coefficients()
    plan = CoursePlan(course="c", sessions=("1", "2", "3", "4"), exchanges=3, memory="none", seed=9)
    whole = live_alone(plan, case, table)
    assert len(whole) == 4
    assert not any(one.trace.end.left for one in whole)
    assert live_alone(plan, case, table, earlier=whole[:2])[2:] == whole[2:]
    bonds = {one.trace.end.bond for one in whole}
    assert len(bonds) == 1
    assert len({one.trace.end.distress for one in whole}) == 4


def test_the_trial_stands_in_findings_and_report(ran: Path) -> None:
    trial = read(ran)["trial"]
    assert [arm["role"] for arm in trial["arms"]] == ["therapy", "control", "untreated"]
    assert trial["margin"] == 5
    kinds = {one["kind"]: one["difference"]["value"] for one in trial["contrasts"]}
    assert kinds["against_untreated"] - kinds["against_control"] == pytest.approx(
        kinds["control_against_untreated"]
    )
    assert trial["inflation"][0]["difference"]["value"] == pytest.approx(kinds["control_against_untreated"])
    for arm in trial["arms"]:
        assert re.search(r"^\d+ of \d+; Clopper-Pearson$", arm["worse"]["method"])
    page = (ran / "report.html").read_text()
    assert re.search(r"\(difference −?\d+\.\d\d \[−?\d+\.\d\d, −?\d+\.\d\d\] points at the last week\)", page)
    assert "no therapist" in page
    flow = next(one for one in read(ran)["course_flow"] if one["arm"] == "waiting")
    assert (flow["planned"], flow["completed"], flow["sessions"]) == (5, 5, 0)


def test_the_report_has_contents_tables_figures_and_checklists_for_all_it_shows(ran: Path) -> None:
    page = (ran / "report.html").read_text()
    contents = page[page.index('<nav class="contents"') : page.index("</nav>")]
    headings = re.findall(r'<h2 id="([^"]+)"', page[page.index("</nav>") :])
    assert re.findall(r'href="#([^"]+)"', contents) == headings
    order = [
        headings.index(name) for name in ("h-arms", "h-no-plan", "h-trial", "h-arc", "h-harm", "h-limits")
    ]
    assert order == sorted(order)
    assert len(tables(page)) == page.count("<table>")
    assert {path.name for path in (ran / "tables").iterdir()} == set(tables(page))
    arms = (ran / "tables" / "arms-of-the-trial.csv").read_text().splitlines()
    assert arms[1].startswith("Skilled,therapy,5,")
    findings = TypeAdapter(Findings).validate_json((ran / "findings.json").read_text())
    drawn = [name for name in exports(findings) if name.endswith(".svg")]
    assert len(drawn) == page.count("<svg")
    assert "trial.svg" in drawn
    lists = (ran / "checklist.html").read_text()
    links = re.findall(r'href="report\.html#([^"]+)"', lists)
    assert links
    assert all(f'id="{name}"' in page for name in links)
    assert "<b>absent</b>. Freeze a plan before the first answer." in lists
    assert "GRRAS" in lists[lists.index("Not listed") :]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("controls: [booklet]", "controls: [leaflet]", "there is no such arm"),
        ("controls: [booklet]", "controls: [skilled]", "stands twice"),
        ("controls: [booklet]", "controls: [waiting]", "list it under untreated"),
        ("untreated: [waiting]", "untreated: [booklet]", "has a therapist"),
        ("therapies: [skilled]", "therapies: []", "must not be empty"),
        ("margin: 5", "outcome: happiness", "no form of courses asks for it"),
        ("controls: [booklet], untreated: [waiting], ", "", "nothing to compare with"),
        ("excerpts: 0}", "excerpts: 0, arms: [skilled, booklet]}", "holds no course"),
    ],
)
def test_a_trial_that_means_nothing_is_told(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert before in STUDY
    (tmp_path / "study.yaml").write_text(STUDY.replace(before, after))
    with pytest.raises(FaultyFileError, match=told):
        load_design(tmp_path / "study.yaml")
