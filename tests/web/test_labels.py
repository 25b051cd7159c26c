"""A label study with people: the note that they see, who is given what, the record, and the difference in the report."""

import json
import re
from collections import Counter, defaultdict
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import select

from fakes.visitors import House
from therapyarc.cli.run import run_study
from therapyarc.domain import LABELS
from therapyarc.files.errors import FaultyFileError
from therapyarc.files.run import RunFolder, open_ratings
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.rating.collect import collect_ratings
from therapyarc.web.store import sqlite_url
from therapyarc.web.store.tables import Lease, RatingTask

STUDY = """\
schema: therapyarc/study/1
id: told
title: A synthetic label study with people
seed: 5
people: {contact: "study@example.org"}
arms:
  - {id: one, label: Secret arm, actors: [{id: a, kind: script, policy: reflector}]}
administrations:
  - {instrument: ba-vignettes, items: [respond]}
rubrics: [rubric-empathy, rubric-validation]
raters:
  - {id: panel, kind: human, labels: within, panel: {places: 3, overlap: 1, training: 1, calibration: 0, duplicates: 0,
     attention: 0, guesses: 0}}
  - {id: words, kind: baseline}
"""


def told(page: str) -> str:
    """Return which note a page bears."""
    (found,) = re.findall(r'data-label="(\w+)"', page)
    assert f"Note: the therapist is a {'computer program' if found == 'machine' else 'person'}" in page or (
        found == "unlabelled" and "is not told here" in page
    )
    return str(found)


def biased(page: str) -> str:
    """Rate two points lower what is said to be a machine's; examples bear no note."""
    if "data-label" not in page:
        return "3"
    return "2" if told(page) == "machine" else "4"


def test_people_are_told_by_lot_rate_and_are_told_at_the_end_and_a_planted_bias_is_found(
    tmp_path: Path,
) -> None:
    study = tmp_path / "study.yaml"
    study.write_text(STUDY, encoding="utf-8")
    run = tmp_path / "run"
    run.mkdir()
    design = load_design(study)
    with Store(sqlite_url(run / "people.db")) as store, House(design, store, tmp_path) as house:
        run_study(study, run, Console(file=StringIO()))
        people = [house.person("rater") for _ in range(3)]
        for person in people:
            assert "Beside some texts stands a note" in person.get("/rater").text
            assert "drawn by lot" not in person.get("/rater").text
            assert person.rate_all(biased) > 0
            sent = person.post("/rater/finish", {})
            assert sent.headers["location"] == "/rater/done"
            assert "drawn by lot. It said nothing of who really spoke" in person.get("/rater/done").text
            assert person.get("/withdraw").status_code == 200, "ratings can still be taken back"
        rows = store.read(
            lambda connection: connection.execute(
                select(Lease.participant, RatingTask.session, RatingTask.label, RatingTask.shown)
                .join(RatingTask, RatingTask.id == Lease.task)
                .where(RatingTask.kind == "real", RatingTask.rubric == "rubric-empathy")
            ).all()
        )
        ratings = collect_ratings(store, design.study.raters)
    assert all(json.loads(row.shown)["label"] == row.label for row in rows)
    answers = {row.session for row in rows}
    read: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        read[row.participant].append(row.session)
    assert len(answers) == 10
    assert all(sorted(own) == sorted(answers) for own in read.values()), "everyone reads each answer once"
    assert Counter((row.session, row.label) for row in rows) == {(a, b): 1 for a in answers for b in LABELS}
    for name, own in read.items():
        count = Counter(row.label for row in rows if row.participant == name)
        assert max(count.values()) - min(count.values()) <= 2, count
        assert len(own) == 10
    assert {rating.label for rating in ratings} == set(LABELS)
    assert {rating.rater for rating in ratings} == {"panel/1", "panel/2", "panel/3"}

    run_study(study, run, Console(file=StringIO()))
    with open_ratings(RunFolder(run), design) as journal:
        kept = [one for one in journal.records if one.rater.startswith("panel/")]
    assert Counter(one.label for one in kept) == dict.fromkeys(LABELS, 20)
    data = json.loads((run / "findings.json").read_text())
    found = {
        (e["first"], e["second"]): e
        for e in data["safety"]["labels"]
        if e["rater"] == "panel" and e["rubric"] == "rubric-empathy"
    }
    assert found["machine", "person"]["difference"]["value"] == -2
    assert found["machine", "person"]["answers"] == 10
    assert found["person", "unlabelled"]["difference"]["value"] == 0
    flow = next(r for r in data["rating_flow"] if (r["rater"], r["rubric"]) == ("panel", "rubric-empathy"))
    assert (flow["planned"], flow["done"], flow["missing"]) == (30, 30, {})
    lines = (run / "measurements.csv").read_text().splitlines()
    assert sum(",panel/" in line and ",empathy," in line for line in lines) == 10, "labels enter no value"
    assert "What a label does to raters" in (run / "report.html").read_text()
    before = (run / "ratings.jsonl").read_bytes()
    run_study(study, run, Console(file=StringIO()))
    assert (run / "ratings.jsonl").read_bytes() == before, "nothing new was rated"


def test_who_leaves_before_the_end_is_told_too(tmp_path: Path) -> None:
    study = tmp_path / "study.yaml"
    study.write_text(STUDY, encoding="utf-8")
    run = tmp_path / "run"
    run.mkdir()
    with Store(sqlite_url(run / "people.db")) as store, House(load_design(study), store, tmp_path) as house:
        run_study(study, run, Console(file=StringIO()))
        person = house.person("rater")
        assert person.rate_all(biased, most=4) == 4
        sent = person.post("/withdraw", {"answers": "keep"})
        assert "drawn by lot" in sent.text


def test_by_lot_each_answer_has_one_label_whatever_it_is_rated_by(tmp_path: Path) -> None:
    study = tmp_path / "study.yaml"
    study.write_text(
        STUDY.replace("within", "randomised").replace("places: 3", "places: 1"), encoding="utf-8"
    )
    run = tmp_path / "run"
    run.mkdir()
    design = load_design(study)
    with Store(sqlite_url(run / "people.db")) as store, House(design, store, tmp_path) as house:
        run_study(study, run, Console(file=StringIO()))
        assert house.person("rater").rate_all(biased) == 22
        ratings = collect_ratings(store, design.study.raters)
    labels: dict[str, set[str | None]] = defaultdict(set)
    for one in ratings:
        labels[one.session].add(one.label)
    assert [len(own) for own in labels.values()] == [1] * 10
    assert len({label for own in labels.values() for label in own}) > 1


def test_whole_sessions_are_read_under_labels_too(tmp_path: Path) -> None:
    study = tmp_path / "study.yaml"
    study.write_text(
        STUDY.replace(
            "administrations:\n  - {instrument: ba-vignettes, items: [respond]}\n",
            "courses: {cases: [lotte, nadia], sessions: 2, exchanges: 4, excerpts: 0, forms: []}\n",
        ).replace("[rubric-empathy, rubric-validation]", "[rubric-collaboration]"),
        encoding="utf-8",
    )
    run = tmp_path / "run"
    run.mkdir()
    design = load_design(study)
    with Store(sqlite_url(run / "people.db")) as store, House(design, store, tmp_path) as house:
        run_study(study, run, Console(file=StringIO()))
        for person in [house.person("rater") for _ in range(3)]:
            assert person.rate_all(biased) > 0
        given = Counter((one.session, one.label) for one in collect_ratings(store, design.study.raters))
        read = Counter((one.session, one.rater) for one in collect_ratings(store, design.study.raters))
    held = {session for session, _ in given}
    assert given == {(session, label): 1 for session in held for label in LABELS}
    assert set(read.values()) == {1}, "nobody reads one session under two labels"
    findings = run_study(study, run, Console(file=StringIO()))
    assert findings.safety is not None
    found = {(one.first, one.second): one for one in findings.safety.labels if one.rater == "panel"}
    assert found["machine", "person"].difference.value == -2
    assert found["machine", "person"].answers == len(held) > 2
    assert found["person", "unlabelled"].difference.value == 0


@pytest.mark.parametrize(
    ("old", "new", "advice"),
    [
        ("places: 3", "places: 2", "three times panel.overlap"),
        ("overlap: 1", "overlap: 2", "three times panel.overlap"),
        ("guesses: 0", "guesses: 4", "cannot be asked to guess"),
    ],
)
def test_the_study_file_says_what_keeps_people_from_a_label_study(
    tmp_path: Path, old: str, new: str, advice: str
) -> None:
    (tmp_path / "study.yaml").write_text(STUDY.replace(old, new), encoding="utf-8")
    with pytest.raises(FaultyFileError, match=advice):
        load_design(tmp_path / "study.yaml")
