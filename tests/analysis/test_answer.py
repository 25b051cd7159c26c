"""The answer from planted studies: the unit, the margin, the course of an advantage, what it rests on, and what it needs."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes.synthetic import Planted, Synthetic, study_file, synthetic
from therapyarc.analysis.carry_over import carry_over
from therapyarc.analysis.contrast import between
from therapyarc.analysis.events import events
from therapyarc.analysis.gap import knowledge_execution_gaps
from therapyarc.analysis.halves import Halves
from therapyarc.analysis.sensitivity import sensitivity, with_draws
from therapyarc.analysis.table import Table
from therapyarc.domain import Estimand, Estimate, Finding
from therapyarc.domain.course import TraceTurn
from therapyarc.domain.sensitivity import SimulatorDraws, VariantEstimate
from therapyarc.report.numbers import interval


def table_of(study: Synthetic) -> Table:
    return Table(study.design, study.assignments, study.rows)


def halves_of(study: Synthetic) -> Halves:
    return Halves(table_of(study), study.courses, study.excerpts)


def estimand_of(study: Synthetic, contrast: str) -> Estimand:
    return next(one for one in study.design.study.estimands if one.contrast == contrast)


def by_name(finding: Finding) -> Mapping[str, Estimate]:
    return {one.name: one for one in finding.estimates}


@pytest.fixture(scope="module")
def fading_study(tmp_path_factory: pytest.TempPathFactory) -> Synthetic:
    path = study_file(
        tmp_path_factory.mktemp("fading"), constructs=("empathy",), cases=("nadia", "walter", "jerome")
    )
    return synthetic(path, Planted(single=3.0, ongoing=2.0, fade=-0.8))


def test_the_exchange_at_which_an_advantage_is_gone_is_found(fading_study: Synthetic) -> None:
    """2.0 less .8 a session is 0 at 2.5 sessions after the first one's middle: exchange 1.5 + 6 x 2.5 = 16.5."""
    _, beside = carry_over(halves_of(fading_study), estimand_of(fading_study, "carry_over"))
    assert beside is not None
    trend = {one.name: one for one in beside.trend}
    gone, slope = trend["exchange_gone"], trend["slope"]
    assert gone.low is not None
    assert gone.high is not None
    assert gone.low <= 16.5 <= gone.high
    assert slope.low is not None
    assert slope.high is not None
    assert slope.low <= -0.8 <= slope.high


def test_an_advantage_that_stays_is_not_said_to_go(tmp_path: Path) -> None:
    study = synthetic(study_file(tmp_path, constructs=("empathy",)), Planted(single=2.0, ongoing=2.0))
    _, beside = carry_over(halves_of(study), estimand_of(study, "carry_over"))
    assert beside is not None
    gone = next(one for one in beside.trend if one.name == "exchange_gone")
    assert gone.value is None
    assert gone.reason


@pytest.mark.parametrize(
    ("families", "margin", "said"),
    [(1, None, "a side holds 1 of them"), (3, None, None)],
)
def test_too_few_families_are_refused_for_a_claim_about_models_as_a_class(
    tmp_path: Path, families: int, margin: float | None, said: str | None
) -> None:
    path = study_file(
        tmp_path, families=families, margin=margin, claim="models_as_class", constructs=("empathy",)
    )
    study = synthetic(path, Planted())
    for finding in (
        between(table_of(study), estimand_of(study, "between"), None),
        carry_over(halves_of(study), estimand_of(study, "carry_over"))[0],
    ):
        assert (said or "") in (finding.undefined or "")
        assert (finding.undefined is None) == (said is None)
        check = next(one for one in finding.checks if one.name == "unit of analysis")
        assert check.passed is False
        if said is None:
            assert finding.first.units == families  # not the six models


def test_a_family_on_both_sides_is_refused(fading_study: Synthetic) -> None:
    estimand = replace(
        estimand_of(fading_study, "between"), claim="models_as_class", second=("models",), first=("models",)
    )
    finding = between(table_of(fading_study), estimand, None)
    assert "stands on both sides" in (finding.undefined or "")


def test_models_that_share_a_family_are_named_where_the_claim_is_about_these_models(tmp_path: Path) -> None:
    study = synthetic(study_file(tmp_path, families=2, constructs=("empathy",), sessions=1), Planted())
    finding = between(table_of(study), estimand_of(study, "between"), None)
    assert finding.undefined is None
    assert "family-0 (3)" in next(one for one in finding.checks if one.name == "unit of analysis").text


@pytest.mark.parametrize(
    ("single", "ongoing", "said", "inferior"),
    [(2.0, 2.0, "equivalent:", False), (4.0, 1.0, "different:", True), (1.0, 4.0, "not inferior:", False)],
)
def test_carry_over_is_held_against_its_margin(
    tmp_path: Path, single: float, ongoing: float, said: str, inferior: bool
) -> None:
    path = study_file(tmp_path, margin=1.0, constructs=("empathy",), sessions=2)
    study = synthetic(path, Planted(single=single, ongoing=ongoing))
    finding, _ = carry_over(halves_of(study), estimand_of(study, "carry_over"))
    held = by_name(finding)
    assert held["within_margin"].method.startswith(said)
    assert held["not_inferior"].method.startswith("inferiority" if inferior else "not inferior")
    assert held["not_inferior"].high is None
    assert interval(held["not_inferior"]).endswith(", open)")
    single_replies = by_name(between(table_of(study), estimand_of(study, "between"), None))
    assert single_replies["within_margin"].method.startswith(("not inferior", "different", "undecided"))


def test_what_carry_over_rests_on_is_left_out_in_turn(fading_study: Synthetic) -> None:
    halves, estimand = halves_of(fading_study), estimand_of(fading_study, "carry_over")
    found = sensitivity(halves, estimand)
    assert found is not None
    groups = {group.over: group for group in found.groups}
    assert groups["clients"].counted == 3
    assert groups["actors"].counted == 14
    assert groups["raters"].counted == 2
    assert groups["actors"].holds
    assert groups["simulator coefficients"].holds is None
    without = next(one for one in groups["actors"].variants if one.label == "without model-0")
    values = [v for v in halves.values(estimand) if v.unit != "model-0"]
    assert {v.unit for v in values} == {v.unit for v in halves.values(estimand)} - {"model-0"}
    assert without.value is not None


@pytest.mark.parametrize(("against", "holds"), [(0, True), (2, True), (3, False)])
def test_the_sign_must_hold_in_nine_of_ten_redrawn_clients(
    fading_study: Synthetic, against: int, holds: bool
) -> None:
    design, estimand = fading_study.design, estimand_of(fading_study, "carry_over")
    design = replace(design, study=replace(design.study, estimands=(estimand,)))
    found = sensitivity(halves_of(fading_study), estimand)
    assert found is not None
    draws = SimulatorDraws(
        design=design.digest,
        estimands=(estimand,),
        estimates=tuple(
            VariantEstimate(
                over="simulator coefficients",
                variant=f"draw-{n:02d}",
                finding=found.finding,
                value=1.0 if n < against else -1.0,
            )
            for n in range(20)
        ),
    )
    group = next(g for g in with_draws(found, draws, design).groups if g.over == "simulator coefficients")
    assert (group.same, group.counted, group.holds) == (20 - against, 20, holds)


def test_who_knows_and_does_not_do_has_the_largest_gap(fading_study: Synthetic) -> None:
    known = {a.session: a.actor for a in fading_study.assignments if a.instrument == "ba-knowledge"}
    rows = tuple(
        replace(
            row, value=100.0 if known[row.session] == "other-0" else 50.0 + 10 * (int(row.session, 16) % 2)
        )
        if row.session in known
        else row
        for row in fading_study.rows
    )
    study = replace(fading_study, rows=rows)
    gaps = knowledge_execution_gaps(halves_of(study), study.courses, "before")
    assert len(gaps) == 14
    top = max(gaps, key=lambda gap: gap.gap.value or 0)
    assert top.actor == "other-0"
    assert top.gap.value == pytest.approx((top.knowledge.value or 0) - (top.execution.value or 0))
    assert sum(gap.knowledge.value or 0 for gap in gaps) == pytest.approx(0, abs=1e-9)


def test_events_are_exchanges_that_answer_a_feeling_with_advice(fading_study: Synthetic) -> None:
    """In every session a fact with a feeling is told, advice follows, and the client resists for two exchanges."""
    design = fading_study.design
    case_of = {name: course.case for course in fading_study.courses for name in course.sessions}

    def turns(session: str) -> tuple[TraceTurn, ...]:
        fact = next(one.id for one in design.cases[case_of[session]].facts if one.feels)
        made = [TraceTurn(exchange=n + 1, acts=(), intent="answer") for n in range(16)]
        made[8] = replace(made[8], intent="tell", fact=fact)
        made[9] = replace(made[9], acts=("advice_without_permission",), resistance="minimal_reply")
        made[10] = replace(made[10], resistance="minimal_reply")
        return tuple(made)

    traces = [replace(trace, turns=turns(trace.session)) for trace in fading_study.traces]
    found = {one.signal: one for one in events(design, fading_study.courses, traces)}
    resisted = found["resistance"]
    assert resisted.events == len(traces)
    assert resisted.offsets == (-3, -2, -1, 0, 1, 2, 3)
    assert [round(one.value or 0) for one in resisted.around] == [0, 0, 0, 1, 1, 0, 0]
    assert resisted.difference[3].value == 1.0
    few = events(design, fading_study.courses, traces[:3])
    assert all("fewer than 10" in (one.difference[0].reason or "") for one in few)
    assert np.isclose(found["told"].around[2].value or 0, 1.0)
