"""Models that cannot be reached are told before anything is sent, all at once, and never as a traceback."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes import provider
from therapyarc.cli.check import check_study
from therapyarc.cli.run import run_study
from therapyarc.tasks.reach import ModelUnavailableError

assert provider.fake

STUDY = """\
schema: therapyarc/study/1
id: reach
title: A synthetic study of models that are not there
seed: 3
arms:
  - {id: one, label: One, actors: [{id: a, kind: model, model: nosuch/one}]}
  - {id: two, label: Two, actors: [{id: b, kind: model, model: embedded/absent.gguf}]}
  - {id: three, label: Three, actors: [{id: c, kind: model, model: fake/one}]}
administrations: [{instrument: ba-vignettes, items: [respond], cases: [v01]}]
rubrics: [rubric-empathy]
raters: [{id: words, kind: baseline, variant: lexical}, {id: m, kind: model, model: nosuch/rater}]
estimands:
  - {id: empathy, question: "Warmer?", construct: empathy, contrast: between, first: [one], second: [two]}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY)
    return path


def test_all_are_told_at_once_and_nothing_is_sent(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider.FakeAPI, "calls", 0)
    with pytest.raises(ModelUnavailableError) as caught:
        run_study(study, tmp_path / "out", Console(file=StringIO()))
    told = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in told if line.startswith("- ")] == [
        "- embedded/absent.gguf",
        "- nosuch/one",
        "- nosuch/rater",
    ]
    assert "docs/how-to/models.md" in told[-1]
    assert provider.FakeAPI.calls == 0
    assert not (tmp_path / "out").exists()


def test_check_accepts_the_study_and_says_what_is_not_ready(study: Path) -> None:
    heard = StringIO()
    check_study(study, Console(file=heard, width=200), draws=20)
    assert heard.getvalue().count("not ready on this machine: ") == 3
    assert "is a valid study" in heard.getvalue()


def test_a_finished_run_is_reported_again_without_its_models(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = STUDY.replace("nosuch/one", "fake/two").replace("embedded/absent.gguf", "fake/three")
    study.write_text(text.replace("nosuch/rater", "fake/rater"))
    run_study(study, out := tmp_path / "out", Console(file=StringIO()))
    (out / "report.html").unlink()

    def absent(*_: object, **__: object) -> None:
        raise RuntimeError("no key")

    monkeypatch.setattr("therapyarc.tasks.reach.get_model", absent)
    run_study(study, out, Console(file=StringIO()))
    assert (out / "report.html").is_file()
