"""From the invitation to the report: a human arm stands beside a script in the same ratings, measures and tables."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from fakes.visitors import House
from therapyarc.cli import app
from therapyarc.domain import Missing, Session
from therapyarc.domain.assignment import allocate
from therapyarc.domain.design import Design
from therapyarc.files.errors import FaultyFileError
from therapyarc.files.run import RunFolder, open_allocation, open_ratings, open_sessions
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.store import sqlite_url
from therapyarc.web.store.tables import RatingTask


def _sessions(run: Path, design: Design) -> dict[str, Session]:
    with open_sessions(RunFolder(run), design) as journal:
        return {session.id: session for session in journal.records}


def test_people_s_answers_are_rated_measured_and_reported_as_a_script_s(study: Path, tmp_path: Path) -> None:
    design, run = load_design(study), tmp_path / "run"
    run.mkdir()
    with Store(sqlite_url(run / "people.db")) as store, House(design, store, tmp_path) as house:
        house.person().finish()
        house.answering()
    result = CliRunner().invoke(app, ["run", str(study), "--out", str(run)])
    assert result.exit_code == 0, result.output
    sessions = _sessions(run, design)
    own = [a for a in open_allocation(RunFolder(run), design) if a.arm == "people"]
    replies = [sessions[a.session] for a in own if sessions[a.session].reply is not None]
    assert len(own) == 14
    assert len(replies) == 7
    assert {sessions[a.session].missing for a in own} == {None, Missing.NOT_ADMINISTERED}
    findings = json.loads((run / "findings.json").read_text())
    text = json.dumps(findings)
    assert "Secret human arm" in text
    assert "Secret human arm" in (run / "report.html").read_text()
    with open_ratings(RunFolder(run), design) as ratings:
        rated = {r.session for r in ratings.records if r.value is not None}
    assert {a.session for a in own if a.item == "respond"} & rated
    before = (run / "sessions.jsonl").read_bytes()
    assert CliRunner().invoke(app, ["run", str(study), "--out", str(run)]).exit_code == 0
    assert (run / "sessions.jsonl").read_bytes() == before, "nothing new was answered"


def test_who_finishes_after_a_run_is_rated_by_the_next_and_who_takes_answers_back_is_rated_no_more(
    study: Path, tmp_path: Path
) -> None:
    design, run = load_design(study), tmp_path / "run"
    run.mkdir()
    with Store(sqlite_url(run / "people.db")) as store, House(design, store, tmp_path) as house:
        person = house.answering()
        (reply,) = [step for step in person.items() if step.item == "respond"]
        reasons = []
        for act in (lambda: None, person.finish, lambda: person.post("/withdraw", {"answers": "delete"})):
            act()
            assert CliRunner().invoke(app, ["run", str(study), "--out", str(run)]).exit_code == 0
            with open_ratings(RunFolder(run), design) as ratings:
                mine = [r for r in ratings.records if r.session == reply.id]
            reasons.append(
                {(r.value is not None, r.missing) for r in {(r.rater, r.rubric): r for r in mine}.values()}
            )
    assert reasons == [{(False, Missing.NOT_ADMINISTERED)}, {(True, None)}, {(False, Missing.DROPPED_OUT)}]


RATED = """\
schema: therapyarc/study/1
id: rated
title: A synthetic study, rated by people
seed: 5
arms:
  - {id: script, label: Script, actors: [{id: s1, kind: script, policy: skilled}]}
administrations:
  - {instrument: ba-vignettes, items: [respond], cases: [v01]}
rubrics: [rubric-empathy]
raters:
  - {id: words, kind: baseline, variant: lexical}
  - {id: people, kind: human, panel: {places: 1, overlap: 1}}
"""


def test_the_first_run_puts_tasks_to_raters_who_are_invited_later(tmp_path: Path) -> None:
    study, run = tmp_path / "study.yaml", tmp_path / "run"
    study.write_text(RATED, encoding="utf-8")
    done = CliRunner().invoke(app, ["run", str(study), "--out", str(run)])
    assert done.exit_code == 0, (done.output, done.exception)
    with Store(sqlite_url(run / "people.db")) as store:
        kinds = store.read(lambda c: c.scalars(select(RatingTask.kind)).all())
    assert "real" in kinds


def test_invitations_from_the_command_line_and_the_trail(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    absent = runner.invoke(app, ["audit", "verify", str(study)])
    assert "there is no database" in str(absent.exception)
    made = runner.invoke(
        app, ["invite", str(study), "--role", "therapist", "--count", "2", "--url", "https://x.example"]
    )
    assert made.exit_code == 0, made.output
    assert made.output.count("https://x.example/join#") == 2
    full = runner.invoke(app, ["invite", str(study), "--role", "therapist"])
    assert "no free place" in str(full.exception)
    assert runner.invoke(app, ["invite", str(study), "--role", "researcher"]).exit_code == 0
    verified = runner.invoke(app, ["audit", "verify", str(study)])
    assert "4 events, unbroken" in verified.output


def test_serving_in_clear_to_other_machines_is_refused(study: Path, tmp_path: Path) -> None:
    for options in (["--host", "0.0.0.0"], ["--url", "http://study.example.org"]):
        refused = CliRunner().invoke(app, ["serve", str(study), "--db", str(tmp_path / "a.db"), *options])
        assert refused.exit_code == 1
        assert "https" in str(refused.exception)


def test_people_s_words_leave_the_machine_only_if_the_study_says_so(study: Path) -> None:
    text = study.read_text()
    model = text.replace(
        "{id: form, kind: baseline, variant: structural}", "{id: judge, kind: model, model: openai/x}"
    )
    study.write_text(model)
    with pytest.raises(FaultyFileError, match="text_to_models"):
        load_design(study)
    study.write_text(model.replace('contact: "study@example.org"', "text_to_models: true"))
    assert load_design(study).study.people.text_to_models


def test_people_answer_once_whatever_the_replicates_of_models(study: Path) -> None:
    study.write_text(study.read_text().replace("seed: 7", "seed: 7\nreplicates: 3"))
    design = load_design(study)
    planned = allocate(design)
    assert {a.replicate for a in planned if a.arm == "people"} == {1}
    assert {a.replicate for a in planned if a.arm == "scripts"} == {1, 2, 3}
