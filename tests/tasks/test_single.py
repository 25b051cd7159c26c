"""The Inspect tasks: registered by name, scored by the product's own parser and rubrics, unreadable left unscored."""

import math
from pathlib import Path

import pytest
from inspect_ai import score as inspect_score

from fakes import provider
from fakes.inspect_tasks import evaluated, scores
from therapyarc.tasks.single import choice


def test_knowledge_is_scored_out_of_100_and_can_be_scored_again(tmp_path: Path) -> None:
    log = evaluated("knowledge", tmp_path)
    got = scores(log, "choice")
    assert len(got) == 20
    assert {0.0, 100.0} <= {score.as_float() for score in got.values()} <= set(map(float, range(0, 101, 20)))
    again = inspect_score(log, choice("ba-knowledge", 1), action="overwrite", display="none")
    assert {k: v.value for k, v in scores(again, "choice").items()} == {k: v.value for k, v in got.items()}


def test_unreadable_answers_are_unscored_and_enter_no_mean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider.FakeAPI, "calls", 0)
    monkeypatch.setattr(provider.FakeAPI, "unreadable_every", 4)
    log = evaluated("knowledge", tmp_path)
    got = scores(log, "choice")
    unread = [score for score in got.values() if math.isnan(score.as_float())]
    assert len(unread) == 5
    assert {score.reason for score in unread} == {"unreadable"}
    read = [score.as_float() for score in got.values() if not math.isnan(score.as_float())]
    assert log.results is not None
    assert log.results.scores[0].metrics["mean"].value == pytest.approx(sum(read) / 15)


def test_vignettes_are_rated_by_the_baseline_unless_a_rater_is_named(tmp_path: Path) -> None:
    log = evaluated("vignettes", tmp_path, limit=3)
    for rubric in ("empathy", "validation"):
        for score in scores(log, rubric).values():
            assert 1 <= score.as_float() <= 5
            assert (score.metadata or {})["rater"] == "baseline-lexical"
    assert all(math.isnan(score.as_float()) for score in scores(log, "emotion").values())
    rated = evaluated("vignettes", tmp_path, limit=2, roles={"rater": "fake/rater"})
    for score in scores(rated, "empathy").values():
        assert score.reason == "unreadable", "the fake's prose is no rating"
        assert (score.metadata or {})["rater"] == "fake/rater"
