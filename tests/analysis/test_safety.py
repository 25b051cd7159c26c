"""Safety of single replies: planted shares, gaps and biases are found as planted."""

import json
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from fakes import provider
from therapyarc.analysis.labels import label_effects
from therapyarc.analysis.safety import people_on, safety
from therapyarc.analysis.shares import share
from therapyarc.analysis.stigma import stigma_rates, stigma_swaps
from therapyarc.analysis.table import Table
from therapyarc.cli.run import run_study
from therapyarc.domain import LABELS, Measurement, Missing, RaterSpec, Rating
from therapyarc.domain.assignment import Assignment, allocate
from therapyarc.domain.design import Design
from therapyarc.domain.safety import SafetyFindings, SafetyRate
from therapyarc.files.results import read_published_rates
from therapyarc.files.study import load_design
from therapyarc.stats import clopper_pearson, rule_of_three

assert provider.fake

STUDY = """\
schema: therapyarc/study/1
id: safety-test
title: A synthetic study of safety
seed: 5
arms:
  - {id: one, label: One, actors: [{id: a, kind: script, policy: guarded}]}
administrations:
  - {instrument: appropriateness}
  - {instrument: stigma}
rubrics: [check-granted, check-agreed, check-addressed]
raters:
  - {id: rules, kind: baseline, variant: safety}
"""


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Design:
    path = tmp_path_factory.mktemp("safety") / "study.yaml"
    path.write_text(STUDY)
    return load_design(path)


def probes(design: Design, *, danger: bool) -> list[Assignment]:
    instrument = design.instrument("appropriateness")
    found = [a for a in allocate(design) if a.instrument == "appropriateness"]
    return [a for a in found if (p := instrument.case(a.case or "").probe) and p.danger == danger]


def verdict(session: str, measure: str, value: float | Missing) -> Measurement:
    gone = isinstance(value, Missing)
    return Measurement(
        session=session,
        measure=measure,
        version="1-A",
        rater=None if measure == "words" else "rules",
        value=None if gone else float(value),
        missing=value if isinstance(value, Missing) else None,
    )


def of(design: Design, values: Mapping[str, float | Missing], *, unchecked: str = "") -> SafetyFindings:
    """Analyse probes with these verdicts by session; a reason is a reply that is missing, except for `unchecked`."""
    rows = [verdict(session, "appropriateness", value) for session, value in values.items()]
    rows += [
        verdict(s, "words", v if isinstance(v, Missing) and s != unchecked else 9.0)
        for s, v in values.items()
    ]
    found = safety(Table(design, allocate(design), rows), [], read_published_rates())
    assert found is not None
    return found


def row(found: SafetyFindings, symptom: str = "", measure: str = "appropriateness") -> SafetyRate:
    return next(r for r in found.rates if r.symptom == symptom and r.measure == measure)


def test_empty_replies_are_apart_from_failures_and_both_readings_stand_side_by_side(design: Design) -> None:
    """The shape of a published case: of 54 replies 27 are empty, and 14 of the others appropriate."""
    sessions = [a.session for a in probes(design, danger=True)]
    values: dict[str, float | Missing] = dict.fromkeys(sessions, 0.0)
    values |= dict.fromkeys(sessions[:14], 1.0) | dict.fromkeys(sessions[27:], Missing.EMPTY)
    whole = row(of(design, values))
    assert (whole.planned, whole.known, whole.count, whole.missing) == (54, 27, 14, {"empty": 27})
    assert whole.rate.value == pytest.approx(14 / 27)
    assert whole.counted.value == pytest.approx(14 / 54)
    exact = clopper_pearson(14, 27)
    assert (whole.rate.low, whole.rate.high) == (exact.low, exact.high)
    assert whole.people == 0.938


def test_a_check_that_could_not_be_read_is_told_apart_from_a_reply_that_is_missing(design: Design) -> None:
    sessions = [a.session for a in probes(design, danger=True)]
    values: dict[str, float | Missing] = dict.fromkeys(sessions, 1.0)
    values |= {sessions[0]: Missing.UNREADABLE, sessions[1]: Missing.TRUNCATED}
    assert row(of(design, values, unchecked=sessions[0])).missing == {"check unreadable": 1, "truncated": 1}


def test_no_failure_gives_the_rule_of_three(design: Design) -> None:
    whole = row(of(design, dict.fromkeys((a.session for a in probes(design, danger=True)), 1.0)))
    limit = rule_of_three(54).high
    assert limit is not None
    assert (whole.rate.value, whole.rate.low, whole.rate.high) == (1.0, 1 - limit, 1.0)
    assert "rule of three" in whole.rate.method


def test_symptoms_are_counted_apart(design: Design) -> None:
    instrument = design.instrument("appropriateness")
    values = {
        a.session: float(instrument.case(a.case or "").traits["symptom"] != "mania")
        for a in probes(design, danger=True)
    }
    found = of(design, values)
    assert row(found, "mania").count == 0
    assert row(found, "delusion").count == row(found, "delusion").planned == 6
    assert row(found, "delusion").people == 0.812
    assert row(found, "eating").people is None


def test_replicates_of_a_probe_stay_together() -> None:
    """Three answers to each of ten probes, all alike within a probe: as wide as ten answers, and not as thirty."""
    values = [value for value in [True] * 6 + [False] * 4 for _ in range(3)]
    clusters = [str(n) for n in range(10) for _ in range(3)]
    together = share("s", "", values, clusters, 1, count_failures=True)
    apart = share("s", "", values, [str(n) for n in range(30)], 1, count_failures=True)
    assert together.low is not None and together.high is not None  # noqa: PT018  # for the types
    assert apart.low is not None and apart.high is not None  # noqa: PT018  # for the types
    assert together.value == apart.value == 0.6
    assert together.high - together.low > 1.3 * (apart.high - apart.low)
    same = share("s", "", [True] * 30, clusters, 1, count_failures=True)
    assert same.low == 1 - (rule_of_three(10).high or 0)
    assert share("s", "", [], [], 1, count_failures=True).reason == "no value"


def test_people_are_those_of_the_published_table() -> None:
    people = people_on(read_published_rates())
    assert people == {"": 0.938, "obsession": 0.938, "delusion": 0.812, "hallucination": 1.0, "mania": 1.0,
                      "suicidal_ideation": 0.938}  # fmt: skip


def survey(design: Design, biased: bool) -> Table:
    """Plant views: all keyed on schizophrenia, none on the control, some questions without a view; men, if biased."""
    instrument = design.instrument("stigma")
    rows = []
    for a in allocate(design):
        if a.instrument != "stigma" or not any(o.keyed for o in instrument.item(a.item).options):
            continue
        traits = instrument.case(a.case or "").traits
        keyed = traits["condition"] == "schizophrenia" or (
            biased and traits["gender"] == "man" and traits["condition"] != "ordinary"
        )
        view: float | Missing = float(keyed)
        if a.item in {"friend", "weak"}:
            view = Missing.DECLINED
        elif a.item == "others":
            view = Missing.EMPTY
        rows += [replace(verdict(a.session, "stigma", view), rater=None)]
    return Table(design, allocate(design), rows)


def test_stigma_and_abstention_stand_side_by_side_with_bounds(design: Design) -> None:
    rates = {(r.by, r.group): r for r in stigma_rates(survey(design, biased=False))}
    whole = rates["all", ""]
    assert (whole.planned, whole.views, whole.count, whole.abstained) == (720, 504, 168, 144)
    assert whole.missing == {"empty": 72}
    assert whole.rate.value == pytest.approx(1 / 3)
    assert whole.abstention.value == pytest.approx(144 / 648)
    assert whole.low == pytest.approx(168 / 720)
    assert whole.high == pytest.approx((168 + 216) / 720)
    control = rates["condition", "ordinary troubles"]
    assert control.control
    assert control.count == 0
    assert rates["condition", "schizophrenia"].rate.value == 1.0
    assert [group for by, group in rates if by == "topic"] == ["social distance", "danger", "attribution"]


def test_a_planted_swap_is_found_and_no_other(design: Design) -> None:
    swaps = {(s.trait, s.first, s.second): s.difference for s in stigma_swaps(survey(design, biased=True))}
    gender = swaps["gender", "woman", "man"]
    assert gender.value == pytest.approx(-2 / 3)
    assert gender.high is not None
    assert gender.high < -0.4
    assert all(d.value == 0 for (trait, *_), d in swaps.items() if trait != "gender")
    even = [s.difference.value for s in stigma_swaps(survey(design, biased=False))]
    assert even == [0] * len(even)


def labelled(kind: str, bias: float, answers: int = 60) -> tuple[RaterSpec, list[Rating]]:
    """Make ratings of a rater who is `bias` points harder on machines, with noise of its own for each rating."""
    rng = np.random.default_rng(3)
    ratings = []
    for n in range(answers):
        true = rng.normal(3)
        for label in LABELS if kind == "within" else (LABELS[rng.integers(3)],):
            value = true + rng.normal(0, 0.3) - bias * (label == "machine")
            ratings.append(
                Rating(
                    session=f"s{n}",
                    rater="r",
                    rubric="rubric-empathy",
                    version="1-A",
                    label=label,
                    value=value,
                )
            )
    return RaterSpec(id="r", kind="model", labels=kind), ratings  # type: ignore[arg-type]  # one of two


@pytest.mark.parametrize("kind", ["within", "randomised"])
@pytest.mark.parametrize("bias", [0.0, 1.0])
def test_a_planted_label_bias_is_found_and_nothing_where_none_is(
    design: Design, kind: str, bias: float
) -> None:
    rater, ratings = labelled(kind, bias, 60 if kind == "within" else 300)
    planned = replace(
        design,
        study=replace(design.study, raters=(rater,)),
        rubrics=(replace(design.rubrics[0], id="rubric-empathy", construct="empathy"),),
    )
    effects = {(e.first, e.second): e for e in label_effects(planned, ratings)}
    assert len(effects) == 3
    for (first, _), effect in effects.items():
        low, high = effect.difference.low, effect.difference.high
        assert low is not None and high is not None  # noqa: PT018  # for the types
        planted = -bias if first == "machine" else 0.0
        assert effect.difference.value == pytest.approx(planted, abs=(high - low) * 0.75)
        if first == "machine" and bias:
            assert high < 0
    if kind == "within":
        assert effects["machine", "person"].answers == 60


def test_intervals_of_labels_draw_sessions_with_all_their_windows(design: Design) -> None:
    """Windows that all repeat their session's value say no more than the session: the interval stays as wide."""
    rater, ratings = labelled("within", 1.0, 30)
    planned = replace(
        design,
        study=replace(design.study, raters=(rater,)),
        rubrics=(replace(design.rubrics[0], id="rubric-empathy", construct="empathy"),),
    )
    repeated = [replace(one, turn=turn) for one in ratings for turn in (0, 6, 12)]
    once, thrice = (next(label_effects(planned, given)) for given in (ratings, repeated))
    assert (once.answers, thrice.answers) == (30, 90)
    assert thrice.difference.low == pytest.approx(once.difference.low)
    assert thrice.difference.high == pytest.approx(once.difference.high)


def test_a_label_study_runs_from_the_file_to_the_report(tmp_path: Path) -> None:
    """A rater with a planted bias of two points against machines, in a run of its own."""
    study = tmp_path / "study.yaml"
    study.write_text(
        """\
schema: therapyarc/study/1
id: labels
title: A synthetic label study
seed: 5
arms:
  - {id: one, label: One, actors: [{id: a, kind: script, policy: reflector}]}
administrations:
  - {instrument: ba-vignettes, items: [respond]}
rubrics: [rubric-empathy]
raters:
  - {id: biased, kind: model, model: fake/biased, labels: within}
  - {id: words, kind: baseline}
"""
    )
    run_study(study, tmp_path / "run", Console(file=StringIO()))
    data = json.loads((tmp_path / "run" / "findings.json").read_text())
    found = {(e["first"], e["second"]): e for e in data["safety"]["labels"]}
    assert found["machine", "person"]["difference"]["value"] == -2
    assert found["person", "unlabelled"]["difference"]["value"] == 0
    flow = next(r for r in data["rating_flow"] if r["rater"] == "biased")
    assert (flow["planned"], flow["done"], flow["missing"]) == (30, 30, {})
    rows = (tmp_path / "run" / "measurements.csv").read_text().splitlines()
    assert sum(",biased," in line and ",empathy," in line for line in rows) == 10, "labels enter no value"
    assert "What a label does to raters" in (tmp_path / "run" / "report.html").read_text()


def test_people_who_have_not_answered_are_missing_and_no_failures(design: Design) -> None:
    whole = row(of(design, {}))
    assert (whole.known, whole.missing) == (0, {"not_administered": 54})
    assert whole.rate.value is None
    assert whole.rate.reason == "no value"
