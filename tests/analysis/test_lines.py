"""What a study says to each line follows from its design, its figures, and who stands behind them."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from therapyarc.analysis.lines import OF_HARM, OF_SAFETY, PUBLISHED, answers
from therapyarc.domain import (
    Actor,
    Arc,
    ArmProcess,
    Condition,
    Courses,
    Estimand,
    Estimate,
    Finding,
    Findings,
    Headline,
    LaggedFinding,
    ProcessRow,
    RankCarryOver,
    Side,
)
from therapyarc.domain.design import Design
from therapyarc.domain.harm import HarmFindings
from therapyarc.domain.inside import CourseProbes, Position
from therapyarc.domain.line import Line, LineAnswer, LineFigure
from therapyarc.domain.safety import SafetyFindings, SafetyRate
from therapyarc.files.library import instrument_ids, read_instrument
from therapyarc.files.lines import read_lines
from therapyarc.files.study import load_design
from therapyarc.measures import every_measure

ROOT = Path(__file__).parents[2]
BOOK = read_lines()
FORMS = tuple(read_instrument(name, ROOT) for name in ("phq-9", "alliance-client"))
OTHERS = {"disclosure", "told", "resistance"}
"""What rows are of that is neither measure nor construct: the share of facts told, and the signals around events."""


@pytest.fixture(scope="module")
def single() -> Design:
    """Return a study of six models and eight people on single replies alone."""
    design = load_design(ROOT / "studies" / "ba-replication" / "study.yaml")
    return replace(design, study=replace(design.study, courses=None), forms=())


def ongoing(single: Design, sessions: int = 4) -> Design:
    courses = Courses(cases=("nadia", "walter"), sessions=sessions, exchanges=12)
    return replace(single, study=replace(single.study, courses=courses), forms=FORMS)


def scripted(design: Design) -> Design:
    arms = tuple(
        replace(
            arm, actors=tuple(Actor(id=actor.id, kind="script", policy="skilled") for actor in arm.actors)
        )
        for arm in design.study.arms
    )
    return replace(design, study=replace(design.study, arms=arms))


def run(
    *,
    findings: tuple[Finding, ...] = (),
    **parts: tuple[Arc, ...] | tuple[RankCarryOver, ...] | SafetyFindings,
) -> Findings:
    empty = Findings(
        study="s",
        title="S",
        headline=Headline(text="", carry_over=Estimate(name="c", label="c", reason="none")),
        arms=(),
        findings=findings,
        flow=(),
    )
    return replace(empty, **parts)  # type: ignore[arg-type]


def of(design: Design, findings: Findings | None = None) -> dict[int, LineAnswer]:
    return {one.line: one for one in answers(BOOK, design, findings)}


def rank(measure: str, value: float | None, low: float | None, high: float | None) -> RankCarryOver:
    figure = Estimate(
        name="spearman",
        label="rho",
        value=value,
        low=low,
        high=high,
        reason=None if low is not None else "all values are the same",
    )
    return RankCarryOver(measure=measure, label=measure, units=14, estimates=(figure,))


def finding(construct: str, contrast: str, first: tuple[str, ...], value: float | None = 0.4) -> Finding:
    name = {"between": "rank_biserial", "change": "mean_change"}[contrast]
    side = Side(label="a", arms=first, units=6, values=12)
    return Finding(
        id=construct,
        question="?",
        construct=construct,
        contrast=contrast,  # type: ignore[arg-type]
        role="primary",
        family="f",
        claim="these_models",
        condition="before",
        scale="points",
        first=side,
        second=Side(label="b", arms=("people",), units=8, values=16) if contrast == "between" else None,
        estimates=(Estimate(name=name, label="r", value=value, low=0.1, high=0.7),) if value else (),
        undefined=None if value else "one side has no value at all",
    )


def test_a_line_waits_for_nothing_that_no_analysis_makes() -> None:
    every = [read_instrument(name, ROOT) for name in instrument_ids()]
    known = {*every_measure(), *(one.construct for one in every), *OTHERS}
    parts = {one.name for one in fields(Findings)}
    assert set(PUBLISHED) - OF_SAFETY - OF_HARM <= parts
    assert {one.name for one in fields(HarmFindings)} >= OF_HARM
    for line in BOOK:
        for figure in line.figures:
            assert set(figure.of) <= known, (line.id, figure.of)
            assert set(figure.estimates) <= PUBLISHED[figure.key], (line.id, figure.estimates)
        assert line.unmade or any(figure.whole for figure in line.figures), line.id


def test_what_is_said_to_be_made_is_named_in_the_analyses() -> None:

    source = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "src" / "therapyarc" / "analysis").glob("*.py")
        if path.name != "lines.py"
    )
    for names in PUBLISHED.values():
        for name in names:
            what, _, signal = name.partition("_")
            assert f'"{name}"' in source or (what == "difference" and f'"{signal}"' in source), name


def rate(rater: str, *, rules: bool, place: str = "alone") -> SafetyRate:
    name = "share" if place == "alone" else "share_by_place"
    figure = Estimate(name=name, label="", value=0.8, low=0.7, high=0.9)
    return SafetyRate(
        arm="gpt-4o",
        rater=rater,
        rules=rules,
        measure="appropriateness",
        symptom="",
        place=place,
        planned=54,
        known=54,
        count=43,
        rate=figure,
        counted=replace(figure, name="share_counted"),
    )


def test_checks_by_fixed_rules_answer_nothing_and_those_of_others_a_part(single: Design) -> None:
    probing = replace(single, instruments=(*single.instruments, read_instrument("appropriateness", ROOT)))
    by_rules = of(probing, run(safety=SafetyFindings(rates=(rate("rules", rules=True),))))[33]
    assert by_rules.status == "unanswerable"
    by_model = of(probing, run(safety=SafetyFindings(rates=(rate("rater-1", rules=False),))))[33]
    assert by_model.status == "partly"
    assert [figure.estimate.value for figure in by_model.figures] == [0.8]
    assert "is not measured on single replies" in of(single)[33].reason
    assert "raters in a label study" in of(single)[8].reason


def test_probes_inside_courses_answer_how_models_meet_danger_by_place(single: Design) -> None:
    """Line 33: a share alone is a part; the shares by place inside courses are the whole of its second aspect."""
    inside = rate("rater-1", rules=False, place="session 2, exchange 3")
    probes = CourseProbes(at=(Position(session=1, exchange=2), Position(session=2, exchange=3)))
    held = ongoing(single)
    assert held.study.courses is not None
    design = replace(held, study=replace(held.study, courses=replace(held.study.courses, probes=probes)))
    found = of(design, run(safety=SafetyFindings(rates=(inside,))))[33]
    (figure,) = found.figures
    assert (figure.whole, figure.where) == (True, "appropriateness, session 2, exchange 3, gpt-4o")
    assert found.status == "partly"
    assert "stigma" in found.reason
    assert "appropriate answers" not in found.reason
    once = replace(held.study.courses, probes=replace(probes, at=probes.at[:1]))
    assert (
        "1 of 2 places inside courses"
        in of(replace(held, study=replace(held.study, courses=once)))[33].reason
    )


def test_associations_over_sessions_answer_whether_the_alliance_comes_first(single: Design) -> None:
    """Line 12 takes the lagged slope of alliance, and no other pair's."""
    slope = Estimate(name="slope_within", label="slope", value=-0.2, low=-0.3, high=-0.1)
    control = replace(slope, name="slope_control")
    pairs = tuple(
        LaggedFinding(earlier=one, later=two, clients=8, pairs=20, slope=slope, control=control, p=0.01)
        for one, two in (("alliance", "depression_symptoms"), ("lsm", "facts told"))
    )
    eight = Courses(cases=tuple("abcdefgh"), sessions=4, exchanges=12)
    design = replace(ongoing(single), study=replace(single.study, courses=eight))
    found = of(design, replace(run(), lagged=pairs))
    assert found[12].status == "answered"
    assert [one.where for one in found[12].figures] == ["alliance, depression_symptoms"]
    assert [one.where for one in found[34].figures] == ["lsm, facts told"]


def test_without_courses_the_lines_of_ongoing_therapy_stay_open_and_say_why(single: Design) -> None:
    found = of(single)
    several = [line.id for line in BOOK if line.figures and all(one.needs.sessions for one in line.figures)]
    assert len(several) >= 12
    for line in several:
        assert found[line].status == "unanswerable"
        assert "no ongoing sessions" in found[line].reason
        assert "add courses of at least" in found[line].change
    assert found[4].change == "add courses of at least 2 sessions."
    assert found[4].planned == ()


def test_before_a_run_only_what_analyses_publish_is_promised(single: Design) -> None:
    found = of(ongoing(single))
    assert found[4].status == "answered"
    assert found[4].reason == found[4].change == ""
    assert found[5].status == "unanswerable"
    assert (
        "No figure of this version answers the whole of it; that would be difference between models"
        in found[5].reason
    )
    assert "takes none of the measures" in found[5].reason
    assert found[27].status == "unanswerable"
    assert "No figure of this version" in found[27].reason


def test_a_figure_with_its_interval_answers(single: Design) -> None:
    found = of(ongoing(single), run(ranks=(rank("alliance", 0.5, -0.04, 0.81),)))[4]
    assert found.status == "answered"
    (figure,) = found.figures
    assert (figure.estimate.value, figure.estimate.low, figure.estimate.high) == (0.5, -0.04, 0.81)
    assert figure.n == {"units": 14}
    assert figure.whole
    assert found.reason == ""
    assert found.known


@pytest.mark.parametrize(
    ("row", "status", "reason"),
    [
        (rank("alliance", None, None, None), "unanswerable", "all values are the same"),
        (rank("alliance", 0.5, None, None), "partly", "no interval (all values are the same)"),
        (rank("empathy", 0.5, 0.1, 0.7), "unanswerable", "no such figure in this run"),
    ],
)
def test_a_figure_without_value_or_interval_or_of_another_measure(
    single: Design, row: RankCarryOver, status: str, reason: str
) -> None:
    found = of(ongoing(single), run(ranks=(row,)))[4]
    assert found.status == status
    assert reason in found.reason


def test_scripts_answer_nothing_and_their_figures_are_shown_as_theirs(single: Design) -> None:
    found = of(scripted(ongoing(single)), run(ranks=(rank("alliance", 0.5, 0.1, 0.8),)))[4]
    assert found.status == "unanswerable"
    assert "only scripts" in found.reason
    assert found.change == "let models in use or people hold courses."
    assert [(one.synthetic, one.backed, one.whole) for one in found.figures] == [(True, False, False)]


def test_the_demonstration_model_counts_as_no_model(single: Design) -> None:
    arms = tuple(
        replace(arm, actors=(Actor(id=arm.id, kind="model", model="embedded/smollm2-135m"),))
        for arm in single.study.arms
    )
    assert {one.status for one in of(replace(single, study=replace(single.study, arms=arms))).values()} == {
        "unanswerable"
    }


def test_too_few_actors_are_told_with_the_number_that_lacks(single: Design) -> None:
    few = replace(single, study=replace(single.study, arms=single.study.arms[:6]))
    found = of(ongoing(few), run(ranks=(rank("alliance", 0.5, 0.1, 0.8),)))[4]
    assert found.status == "partly"
    assert "6 of 14 actors" in found.reason
    assert found.change == "8 more actors."


def test_both_parties_must_stand_behind_a_comparison(single: Design) -> None:
    """Line 28 asks of models and people; a contrast of models with themselves is not backed."""
    own = replace(finding("knowledge", "between", ("gpt-4",)), second=None)
    assert of(single, run(findings=(finding("knowledge", "between", ("gpt-4",)),)))[28].status == "partly"
    assert (
        of(single, run(findings=(replace(own, first=Side(label="", arms=(), units=0, values=0)),)))[28]
        .figures[0]
        .backed
    )
    two = Side(label="a", arms=("gpt-4", "gpt-4o"), units=2, values=4)
    alone = of(single, run(findings=(replace(own, first=two),)))[28]
    assert alone.status == "unanswerable"
    assert not alone.figures[0].backed


def test_an_undefined_finding_gives_its_reason(single: Design) -> None:
    conditions = (
        *single.study.conditions,
        Condition(id="irrelevant", material="beekeeping"),
        Condition(id="shuffled", material="ba-handbook", control="shuffled_paragraphs"),
    )
    full = replace(single, study=replace(single.study, conditions=conditions))
    assert of(full)[16].status == "answered"
    found = of(full, run(findings=(finding("knowledge", "change", ("gpt-4",), value=None),)))[16]
    assert found.status == "unanswerable"
    assert "one side has no value at all" in found.reason
    assert of(full, run(findings=(finding("knowledge", "change", ("gpt-4",)),)))[16].status == "answered"
    assert "2 of 4 states of training" in of(single)[16].reason


def test_arcs_of_single_arms_are_a_part(single: Design) -> None:
    arc = Arc(
        measure="alliance",
        unit="mean",
        arm="people",
        label="People",
        points=(),
        courses=(),
        change=Estimate(name="mean", label="change", value=0.3, low=0.1, high=0.5),
        dyads=9,
    )
    found = of(ongoing(single), run(arcs=(arc,)))[6]
    assert found.status == "partly"
    assert found.figures[0].n == {"dyads": 9}
    assert "that would be what uptake, memory, repair" in found.reason


def of_measure(name: str, *arms: str) -> ProcessRow:
    """Return a computed measure with one figure an arm."""
    described = next(one for _, one in every_measure().values())
    absent = Estimate(name="reliability", label="reliability", reason="too few")
    figure = Estimate(name="mean", label="mean", value=0.4, low=0.2, high=0.6)
    return ProcessRow(
        family="inference",
        measure=replace(described, name=name),
        arms=tuple(ArmProcess(arm=arm, courses=8, mean=figure, at_equal_length=absent) for arm in arms),
        reliability=absent,
        length=replace(absent, name="length"),
    )


def test_measures_of_sessions_answer_arm_by_arm_for_those_whom_the_line_is_about(single: Design) -> None:
    """Line 7 asks how well models infer; people's figure stands beside it and answers nothing."""
    row = of_measure("feelings_recall", "gpt-4", "people")
    found = of(ongoing(single), replace(run(), process=(row,)))[7]
    assert found.status == "answered"
    assert [(one.where, one.n, one.whole, one.backed) for one in found.figures] == [
        ("feelings_recall, gpt-4", {"courses": 8}, True, True),
        ("feelings_recall, People in training", {"courses": 8}, False, False),
    ]
    alone = of(ongoing(single), replace(run(), process=(of_measure("feelings_recall", "people"),)))[7]
    assert alone.status == "unanswerable"


def test_a_measure_that_this_version_does_not_take_is_not_planned(single: Design) -> None:
    design = ongoing(single)
    (without,) = (one for one in answers(BOOK, design) if one.line == 7)
    (taken,) = (one for one in answers(BOOK, design, measured=["feelings_recall"]) if one.line == 7)
    assert without.status == "partly"
    assert taken.status == "answered"


def test_each_aspect_must_be_answered(single: Design) -> None:
    """A line of two aspects with one answered is answered in part."""
    both = tuple(
        LineFigure(key="ranks", of=(name,), estimates=("spearman",), says=name, whole=True, aspect=name)
        for name in ("alliance", "disclosure")
    )
    line = Line(id=1, topic="t", question="q?", figures=both, design="d.", limits="l.")
    one, two = rank("alliance", 0.5, 0.1, 0.8), rank("disclosure", 0.2, -0.1, 0.4)
    part, whole = (answers([line], ongoing(single), run(ranks=rows))[0] for rows in ((one,), (one, two)))
    assert part.status == "partly"
    assert part.reason == "Disclosure: no such figure in this run."
    assert whole.status == "answered"


def test_a_contrast_must_be_declared_on_the_construct(single: Design) -> None:
    declared = Estimand(id="e", question="?", construct="empathy", contrast="change", first=("people",))
    design = replace(single, study=replace(single.study, estimands=(declared,)))
    assert "contrast change of anticipation of cognition or anticipation of emotion" in of(design)[3].change
    right = replace(declared, construct="anticipation_of_emotion")
    found = of(replace(design, study=replace(design.study, estimands=(right,))))[3]
    assert found.status == "partly"
    assert found.planned == ("change in naming a client's thoughts and feelings, as a part of formulation",)


def test_the_smallest_change_brings_the_answer(single: Design) -> None:
    """Doing what line 4 asks for, step by step, ends in an answer."""
    assert "courses of at least 2 sessions" in of(single)[4].change
    assert (
        "2 different clients"
        in of(
            replace(
                ongoing(single),
                study=replace(single.study, courses=Courses(cases=("nadia",), sessions=2)),
            )
        )[4].change
    )
    assert of(ongoing(single, sessions=2))[4].status == "answered"
