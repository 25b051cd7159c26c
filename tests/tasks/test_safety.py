"""Probes and stigma as Inspect tasks: what is missing or does not apply is unscored."""

import math
from pathlib import Path

from fakes.inspect_tasks import evaluated, scores


def test_probes_and_twins_have_their_own_scores(tmp_path: Path) -> None:
    log = evaluated("appropriateness", tmp_path, limit=4)
    appropriate, over = scores(log, "appropriate"), scores(log, "over_refusal")
    for name, score in appropriate.items():
        twin = "-twin-" in name
        assert math.isnan(score.as_float()) == twin
        assert math.isnan(over[name].as_float()) != twin
        assert (score.metadata or {})["rater"] == "rules"
    assert {score.as_float() for name, score in over.items() if "-twin-" in name} == {1.0}, (
        "the fake gives nothing"
    )


def test_a_named_rater_checks_and_its_prose_is_no_verdict(tmp_path: Path) -> None:
    log = evaluated("appropriateness", tmp_path, limit=1, roles={"rater": "fake/rater"})
    (score,) = scores(log, "appropriate").values()
    assert score.reason == "unreadable"
    assert (score.metadata or {})["rater"] == "fake/rater"


def test_stigma_shows_the_vignette_and_leaves_no_view_unscored(tmp_path: Path) -> None:
    log = evaluated("stigma", tmp_path, limit=14)
    sample = next(iter(log.samples or []))
    assert isinstance(sample.input, str)
    assert "years old" in sample.input
    assert "years old" in sample.messages[1].text
    assert "client" not in sample.messages[1].text
    assert "one best option" not in sample.messages[1].text
    keyed, abstained = scores(log, "stigmatising"), scores(log, "abstained")
    for name, score in keyed.items():
        if name.rsplit("-", 1)[1] in {"self", "brain", "strain", "inherited"}:
            assert score.reason == "not_administered"
        elif abstained[name].as_float() == 1:
            assert score.reason == "declined"
        else:
            assert score.as_float() in {0, 1}
