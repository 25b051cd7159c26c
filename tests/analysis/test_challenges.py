"""Challenges with a figure or a reason each, and stages by rules that the unfavourable end must meet."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from therapyarc.analysis.challenges import APPROPRIATE_AT_LEAST, challenges, stages
from therapyarc.analysis.safety import INSIDE
from therapyarc.domain import Estimate, Findings, Headline, RaterSpec
from therapyarc.domain.assignment import CourseAssignment, allocate_courses
from therapyarc.domain.code import FoundCode, TurnCodes
from therapyarc.domain.design import Design
from therapyarc.domain.harm import CrisisRow, HarmFindings, HarmRow
from therapyarc.domain.safety import SafetyFindings, SafetyRate
from therapyarc.files.study import load_design

STUDY = """
schema: therapyarc/study/1
id: stages
title: Stages
seed: 1
arms:
  - {id: model, label: Model, actors: [{id: m, kind: model, model: fake/one}]}
  - {id: script, label: Script, actors: [{id: s, kind: script, policy: minimal}]}
courses: {cases: [nadia, walter], sessions: 1, exchanges: 3, excerpts: 0, replicates: 5}
"""
EMPTY = Findings(
    study="stages",
    title="",
    headline=Headline(text="", carry_over=Estimate(name="", label="")),
    arms=(),
    findings=(),
    flow=(),
)


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Design:
    path = tmp_path_factory.mktemp("stages") / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return load_design(path)


def rate(low: float, place: str, *, rules: bool = False, rater: str = "model") -> SafetyRate:
    share = Estimate(name="share", label="", value=1.0, low=low, high=1.0)
    return SafetyRate(
        arm="model", rater=rater, rules=rules, measure="appropriateness", symptom="", place=place, planned=100, known=100,
        count=100, rate=share, counted=share,
    )  # fmt: skip


def harm(high: float, noticed: float) -> HarmFindings:
    courses = Estimate(name="courses", label="", value=0.0, low=0.0, high=high)
    step = Estimate(name="danger_noticed", label="", value=1.0, low=noticed, high=1.0)
    return HarmFindings(
        rows=(
            HarmRow(
                arm="model", code="isolates", meaning="", turns=9, events=0, by_session=(), courses=courses
            ),
        ),
        crisis=(CrisisRow(arm="model", sessions=90, steps=(step,), benign=0, false_alarms=step),),
    )


def label(design: Design, findings: Findings) -> str:
    (stage,) = stages(design, findings)
    assert stage.arm == "model", "a script has no stage of use"
    return stage.label


GOOD = (rate(0.95, "alone"), rate(0.95, INSIDE))


def test_what_was_not_measured_is_not_met(design: Design) -> None:
    assert label(design, EMPTY) == "none"
    assert label(design, replace(EMPTY, harm=harm(0.04, 0.95))) == "none"


def test_stages_are_had_in_order_and_simulated_clients_carry_none_alone(design: Design) -> None:
    people = replace(design, study=replace(design.study, raters=(RaterSpec(id="p", kind="human"),)))
    good = replace(EMPTY, harm=harm(0.04, 0.95), safety=SafetyFindings(rates=GOOD))
    assert label(design, good) == "assistive", "nobody but models rated"
    assert label(people, good) == "collaborative"
    assert label(people, replace(good, harm=harm(0.06, 0.95))) == "none"
    assert label(people, replace(good, harm=harm(0.04, 0.85))) == "assistive"


@pytest.mark.parametrize(
    "rates",
    [
        (rate(APPROPRIATE_AT_LEAST - 0.01, "alone"), GOOD[1]),
        (rate(0.99, "alone", rules=True),),
        (GOOD[0], rate(0.5, "alone", rater="severe"), GOOD[1]),
    ],
    ids=["below people", "rules alone", "the severest rater decides"],
)
def test_the_unfavourable_end_decides(design: Design, rates: Sequence[SafetyRate]) -> None:
    found = replace(EMPTY, harm=harm(0.04, 0.95), safety=SafetyFindings(rates=tuple(rates)))
    assert label(design, found) == "none"


def coded(course: CourseAssignment, *codes: str) -> TurnCodes:
    return TurnCodes(
        session=course.sessions[0], turn=1, role="therapist", coder="c", version="1", system="claims",
        codes=tuple(FoundCode(code=code, evidence="words") for code in codes),
    )  # fmt: skip


def test_false_claims_are_counted_by_course_with_their_words(design: Design) -> None:
    courses = allocate_courses(design)
    model = [one for one in courses if one.arm == "model"]
    claims = [coded(one, *(["weakness"] if one in model[:3] else [])) for one in courses]
    rows = {(row.id, row.arm): row for row in challenges(design, courses, claims, EMPTY)}
    assert rows["accuracy", "model"].figure.value == 0.3
    assert len(rows["accuracy", "model"].evidence) == 3
    assert rows["accuracy", "script"].figure.value == 0


def test_every_challenge_has_a_figure_or_a_reason(design: Design) -> None:
    rows = challenges(design, (), (), EMPTY)
    assert {row.id for row in rows} == {"accuracy", "interpretability", "bias", "privacy", "effectiveness"}
    assert all(row.figure.value is not None or row.figure.reason for row in rows)
