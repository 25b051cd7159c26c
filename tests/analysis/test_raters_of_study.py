"""Faults of raters and correction by people, from a synthetic study in which every fault was planted."""

from pathlib import Path

import numpy as np
import pytest

from fakes.synthetic import Planted, Synthetic, study_file, synthetic
from therapyarc.analysis import analyse
from therapyarc.analysis.answers import rated_answers
from therapyarc.analysis.raters import rater_findings
from therapyarc.analysis.table import Table
from therapyarc.domain import Estimate, Findings, Rating
from therapyarc.domain.raters import GUESS, CorrectedFinding, RaterDiagnosis, RaterFindings
from therapyarc.report import render

RATERS = (
    {"id": "kin", "kind": "model", "model": "none/kin", "family": "family-0"},
    {"id": "long", "kind": "model", "model": "none/long"},
    {"id": "blind"},
    {"id": "anna", "kind": "human", "share": 0.4},
)
PLANTED = Planted(
    single=2.0,
    ongoing=1.0,
    leniency={"kin": 0.8},
    length={"long": 1.0},
    kin={"kin": 1.5},
    blind=frozenset({"blind"}),
    noise={"anna": 0.3},
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Synthetic:
    path = study_file(
        tmp_path_factory.mktemp("raters"),
        raters=RATERS,
        families=1,
        sessions=2,
        actors=(8, 10),
        constructs=("empathy",),
    )
    return synthetic(path, PLANTED)


@pytest.fixture(scope="module")
def findings(study: Synthetic) -> Findings:
    return analyse(
        study.design,
        study.assignments,
        study.rows,
        courses=study.courses,
        excerpts=study.excerpts,
        traces=study.traces,
    )


@pytest.fixture(scope="module")
def raters(findings: Findings) -> RaterFindings:
    assert findings.raters is not None
    return findings.raters


def diagnosis(raters: RaterFindings, rater: str) -> dict[str, Estimate]:
    one = next(row for row in raters.diagnoses if row.rater == rater)
    assert isinstance(one, RaterDiagnosis)
    return {estimate.name: estimate for estimate in one.estimates}


def within(estimate: Estimate, truth: float) -> bool:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low <= truth <= estimate.high


def test_planted_faults_are_found_where_they_were_planted(raters: RaterFindings) -> None:
    long, kin, anna = (diagnosis(raters, name) for name in ("long", "kin", "anna"))
    assert within(long["length_effect"], 1.0)
    assert within(kin["length_effect"], 0.0)
    assert within(anna["length_effect"], 0.0)
    assert kin["self_preference"].value == pytest.approx(
        1.5 + 2.0 / 3, abs=0.5
    )  # the blind rater is in the panel
    assert (kin["self_preference"].low or 0) > 0.5
    assert "no therapist is of its family" in (long["self_preference"].reason or "")
    assert "no model" in (anna["self_preference"].reason or "")
    assert (kin["leniency"].low or 0) > (anna["leniency"].high or 0)


def test_a_rater_that_says_nothing_of_the_answers_is_marked_unusable(
    findings: Findings, raters: RaterFindings
) -> None:
    usable = {(row.rater, row.construct): row.usable for row in raters.people}
    assert usable["blind", "empathy"] is False
    assert usable["kin", "empathy"] is not False
    assert "blind: empathy" in raters.unusable
    for finding in findings.findings:
        assert any(c.name == "raters against people" and "blind" in c.text for c in finding.checks)
    group = next(g for g in findings.sensitivity[0].groups if g.over == "raters")
    assert "without raters that people find unusable" in {one.label for one in group.variants}


def corrected(raters: RaterFindings, half: str) -> dict[str, Estimate]:
    one = next(r for r in raters.corrected if r.finding == "carry_over-empathy" and r.half == half)
    assert isinstance(one, CorrectedFinding)
    assert 0 < one.labelled < one.answers
    return {estimate.name: estimate for estimate in one.estimates}


@pytest.mark.parametrize(("half", "truth"), [("single", 2.0), ("ongoing", 1.0), ("change", -1.0)])
def test_people_correct_what_machines_get_wrong(raters: RaterFindings, half: str, truth: float) -> None:
    by = corrected(raters, half)
    assert within(by["prediction_powered"], truth)
    people = by["people_alone"]
    both = by["prediction_powered"]
    assert people.low is not None
    assert people.high is not None
    assert both.low is not None
    assert both.high is not None
    assert both.high - both.low <= 1.1 * (people.high - people.low)
    if half == "change":  # on each half alone the blind rater and the rater of its kin nearly cancel
        assert not within(by["machines_alone"], truth)
    assert by["design_based"].value == pytest.approx(truth, abs=0.6)


def judged(study: Synthetic, ratings: tuple[Rating, ...] = ()) -> RaterFindings:
    table = Table(study.design, study.assignments, study.rows)
    answers = rated_answers(table, study.courses, study.excerpts)
    result = rater_findings(table, answers, ratings, study.design.study.estimands)
    assert result is not None
    return result


def test_ratings_of_a_share_of_the_answers_enter_no_mean(study: Synthetic) -> None:
    """A severe person who rates some answers must not pull these answers down beside the others."""
    table = Table(study.design, study.assignments, study.rows)
    rated = [row for row in study.rows if row.rater == "anna" and row.measure == "empathy"]
    assert rated
    for row in rated[:50]:
        others = [
            r.value
            for r in study.rows
            if (r.session, r.turn, r.measure) == (row.session, row.turn, row.measure) and r.rater != "anna"
        ]
        assert table.value(row.session, "empathy", turn=row.turn) == pytest.approx(
            np.mean([one for one in others if one is not None])
        )
        assert table.value(row.session, "empathy", "anna", row.turn) == row.value


def test_without_people_nothing_is_corrected(tmp_path: Path) -> None:
    found = judged(synthetic(study_file(tmp_path, sessions=1, actors=(3, 3), cases=("nadia",)), Planted()))
    assert (found.people, found.corrected, found.unusable) == ((), (), ())


def test_place_in_the_order_and_guess_of_the_source(study: Synthetic) -> None:
    single = {row.session: row for row in study.rows if row.rater == "anna" and row.measure == "empathy"}
    rng = np.random.default_rng(3)
    placed = tuple(
        Rating(session=row.session, turn=row.turn, rater="anna", rubric="rubric-empathy", version="1", position=place,
               value=5.0 + 0.02 * place + float(rng.normal(0, 0.2)))
        for place, row in enumerate(r for r in study.rows if r.rater == "anna" and r.measure == "empathy")
    )  # fmt: skip
    guesses = tuple(
        Rating(session=session, rater="anna", rubric=GUESS, version="1", value=float(place % 4 != 0))
        for place, session in enumerate(sorted(single)[:80])
    )
    found = judged(study, (*placed, *guesses))
    anna = diagnosis(found, "anna")
    assert within(anna["position_effect"], 0.2)
    assert anna["bang_program"].value == pytest.approx(0.5)  # three of four guesses name a program
    assert "one source" in (anna["james"].reason or "")
    assert "nothing has a place" in (diagnosis(found, "kin")["position_effect"].reason or "")


def test_the_report_shows_raters_beside_people(findings: Findings) -> None:
    page = render(findings, (), (), ())
    assert 'aria-label="Raters beside people"' in page
    assert '<span class="stamp">unusable</span>' in page
    assert 'aria-label="Corrected by people"' in page
