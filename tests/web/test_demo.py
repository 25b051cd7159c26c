"""`demo-people`, from the command to the report: programs as therapists, trainees and raters, all named synthetic."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from therapyarc.cli import app
from therapyarc.web.store import Store, sqlite_url
from therapyarc.web.store.tables import Participant, Rating, RatingTask, SourceGuess

STUDY = """\
schema: therapyarc/study/1
id: played
title: A synthetic study, played
seed: 3
people:
  practice: {cases: [nadia], unseen: [ruth], sessions: 1, exchanges: 1, feedback: real}
arms:
  - {id: people, label: People, actors: [{id: p1, kind: human, played: true}, {id: p2, kind: human, played: true}]}
  - {id: script, label: Script, actors: [{id: s1, kind: script, policy: skilled, parameters: {q: 0.7}}]}
administrations:
  - {instrument: ba-vignettes, items: [respond], cases: [v01, v04]}
rubrics: [rubric-empathy]
raters:
  - {id: lexical, kind: baseline, variant: lexical}
  - {id: structural, kind: baseline, variant: structural}
  - {id: people, kind: human, share: 0.6, panel: {places: 3, overlap: 2}}
courses: {cases: [nadia], sessions: 2, exchanges: 2, excerpts: 1}
"""


def test_programs_fill_a_study_in_up_to_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    study = tmp_path / "study.yaml"
    study.write_text(STUDY, encoding="utf-8")
    done = CliRunner().invoke(app, ["demo-people", str(study), "--trainees", "1"])
    assert done.exit_code == 0, (done.output, done.exception)
    assert "2 therapists and 1 trainees" in done.output
    assert "3 raters" in done.output
    with Store(sqlite_url(tmp_path / "runs" / "played" / "people.db")) as store:
        ended = store.read(
            lambda c: c.execute(
                select(Participant.role, func.count())
                .where(Participant.status == "finished")
                .group_by(Participant.role)
            ).all()
        )
        assert {row[0]: row[1] for row in ended} == {"rater": 3, "therapist": 2, "trainee": 1}
        checks = store.read(
            lambda c: c.execute(
                select(Rating.value, RatingTask.expected)
                .join(RatingTask, RatingTask.id == Rating.task)
                .where(RatingTask.kind == "attention")
            ).all()
        )
        assert checks
        assert all(value == expected for value, expected in checks)
        assert store.read(lambda c: c.scalar(select(func.count()).select_from(SourceGuess)))
    report = (tmp_path / "runs" / "played" / "report.html").read_text("utf-8")
    for said in ("People as raters", "people/1", "played by programs", "A synthetic study, played"):
        assert said in report
