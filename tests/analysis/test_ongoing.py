"""Process measures, recovery and trajectories over a run of scripts: what must hold of their findings."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import yaml
from rich.console import Console

from therapyarc.analysis.process import halo, process, recovery
from therapyarc.analysis.trajectory import trajectories
from therapyarc.cli.run import run_study
from therapyarc.domain import Arc, ArcCourse, Estimate, Findings, Measure, Measurement, Missing
from therapyarc.domain.assignment import CourseAssignment
from therapyarc.domain.course import Trace
from therapyarc.domain.design import Design
from therapyarc.files.run import RunFolder, open_courses, open_traces
from therapyarc.files.study import load_design

STUDY = Path(__file__).parents[2] / "studies" / "scripted-arc" / "study.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hold 48 short courses of two policies, with nothing of single replies but one case."""
    data = yaml.safe_load(STUDY.read_text(encoding="utf-8"))
    for place, (policy, count) in enumerate((("harmful", 6), ("skilled", 6))):
        data["arms"][place]["actors"] = [
            {"id": f"{policy}-{n}", "kind": "script", "policy": policy} for n in range(count)
        ]
    data["administrations"][0]["cases"] = ["v01"]
    data["courses"] |= {"cases": data["courses"]["cases"][:5], "sessions": 3, "exchanges": 6}
    path = tmp_path_factory.mktemp("ongoing")
    (path / "study.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def found(folder: Path) -> Findings:
    return run_study(folder / "study.yaml", folder / "run", Console(file=StringIO()))


@pytest.fixture(scope="module")
def design(folder: Path) -> Design:
    return load_design(folder / "study.yaml")


@pytest.fixture(scope="module")
def courses(folder: Path, design: Design, found: Findings) -> tuple[CourseAssignment, ...]:
    del found  # the run that writes them
    return open_courses(RunFolder(folder / "run"), design)


MEASURE = Measure(
    name="planted", construct="c", meaning="m", unit="u", low=None, high=None, ends="e", minimum="1", perspective="text",
    version="1-A", source="s",
)  # fmt: skip


def row(session: str, value: float | None, name: str = "planted") -> Measurement:
    missing = Missing.TOO_SHORT if value is None else None
    return Measurement(session=session, measure=name, version="1-A", value=value, missing=missing)


def test_every_measure_of_the_sessions_stands_by_arm(found: Findings) -> None:
    families = {row.family for row in found.process}
    assert families > {"talk", "alliance", "fidelity", "rupture", "synchrony", "rating", "form"}
    for one in found.process:
        assert [arm.arm for arm in one.arms] == ["charmers", "steady"]
        for arm in one.arms:
            if arm.mean.low is not None and arm.mean.high is not None and arm.mean.value is not None:
                assert arm.mean.low <= arm.mean.value <= arm.mean.high


def test_harm_shows_in_the_process(found: Findings) -> None:
    advice = next(row for row in found.process if row.measure.name == "alliance_therapist")
    harmful, skilled = (arm.mean for arm in advice.arms)
    assert harmful.high is not None
    assert skilled.low is not None
    assert harmful.high < skilled.low


def test_an_arms_mean_is_over_courses_and_missing_has_its_reason(
    design: Design, courses: tuple[CourseAssignment, ...]
) -> None:
    arm = {course.course: 3.0 if course.arm == "charmers" else 1.0 for course in courses}
    rows = [row(c.sessions[0], arm[c.course] + n % 3) for n, c in enumerate(courses)]
    rows += [row(c.sessions[1], None) for c in courses]
    (one,) = process(design, courses, rows, {"planted": ("mine", MEASURE)})
    for place, level in enumerate((3.0, 1.0)):
        mine = [n % 3 for n, c in enumerate(courses) if arm[c.course] == level]
        assert one.arms[place].mean.value == pytest.approx(level + np.mean(mine))
        assert one.arms[place].missing == {"too_short": 30}
        assert one.arms[place].courses == 30


def test_synchrony_stands_beside_three_nulls(found: Findings) -> None:
    """Scripts say back what was said, so uptake lies above every null; the cosine over all knows no order."""
    by_name = {row.measure.name: row for row in found.process}
    steady = by_name["uptake_therapist"].arms[1]
    assert set(steady.beside) == {"shuffle", "pseudo", "length"}
    assert all(z.low is not None and z.low > 0 for z in steady.beside.values())
    assert set(by_name["lsm"].arms[0].beside) == {"pseudo", "length"}
    assert set(by_name["nclid_wordllama_client"].arms[0].beside) == {"shuffle"}
    assert not by_name["turns"].arms[0].beside


def test_a_value_without_a_null_is_not_shown(design: Design, courses: tuple[CourseAssignment, ...]) -> None:
    alone = replace(MEASURE, chance=True)
    rows = [row(name, 0.8) for course in courses for name in course.sessions]
    (one,) = process(design, courses, rows, {"planted": ("mine", alone)})
    for arm in one.arms:
        assert arm.mean.value is None
        assert arm.at_equal_length.value is None
        assert arm.mean.reason == "not shown: no null stands beside it"


def test_at_equal_length_what_is_length_alone_does_not_tell_arms_apart(
    design: Design, courses: tuple[CourseAssignment, ...]
) -> None:
    """The second arm speaks longer, and the value is the log of the words; a true difference of 2 on top stays."""
    rng = np.random.default_rng(4)
    rows = []
    for course in courses:
        longer = course.arm == "steady"
        for name in course.sessions:
            said = np.exp(rng.normal(5 + 0.5 * longer, 0.6, 2))
            value = float(np.log1p(said).sum()) + 2 * longer
            rows += [row(name, float(said[0]), "words_client"), row(name, float(said[1]), "words_therapist")]
            rows.append(row(name, value))
    (one,) = process(design, courses, rows, {"planted": ("mine", MEASURE)})
    first, second = one.arms
    assert first.mean.value is not None
    assert second.mean.value is not None
    assert first.at_equal_length.value is not None
    assert second.at_equal_length.value is not None
    assert second.mean.value - first.mean.value > 2.5
    assert second.at_equal_length.value - first.at_equal_length.value == pytest.approx(2.0, abs=1e-6)
    (length,) = process(design, courses, rows, {"planted": ("mine", replace(MEASURE, construct="length"))})
    assert length.arms[0].at_equal_length.reason == "is length itself"


def test_a_mean_length_that_an_arm_never_has_is_called_extrapolated(
    design: Design, courses: tuple[CourseAssignment, ...]
) -> None:
    rng = np.random.default_rng(5)
    rows = []
    for course in courses:
        for name in course.sessions:
            said = rng.uniform(10, 20, 2) * (20 if course.arm == "steady" else 1)
            rows += [row(name, float(said[0]), "words_client"), row(name, float(said[1]), "words_therapist")]
            rows.append(row(name, float(rng.normal())))
    (one,) = process(design, courses, rows, {"planted": ("mine", MEASURE)})
    assert [arm.at_equal_length.reason for arm in one.arms] == ["extrapolated", "extrapolated"]


def test_what_is_the_true_state_itself_recovers_it_whole(
    folder: Path, design: Design, courses: tuple[CourseAssignment, ...]
) -> None:
    with open_traces(RunFolder(folder / "run"), design) as journal:
        traces: list[Trace] = list(journal.records)
    rows = [row(trace.session, trace.end.bond, "alliance_therapist") for trace in traces]
    rng = np.random.default_rng(1)
    rows += [row(trace.session, float(rng.normal()), "lsm:z_pseudo") for trace in traces]
    by_name = {one.measure: one.rho for one in recovery(design, courses, traces, rows)}
    assert by_name["alliance_therapist"].value == pytest.approx(1.0)
    noise = by_name["lsm:z_pseudo"]
    assert noise.low is not None
    assert noise.high is not None
    assert noise.low < 0 < noise.high
    together = halo(courses, rows)
    assert together is not None
    assert together.measures == ("alliance_therapist", "lsm:z_pseudo")
    assert together.rho[0][0] == pytest.approx(1.0)


def arcs_with(design: Design, slope: float, *, leave: bool) -> list[Arc]:
    """Plant courses of 12 dyads a side that change by `slope` a session on the first side and not on the second."""
    rng = np.random.default_rng(3)
    found = []
    for arm, own in (("charmers", slope), ("steady", 0.0)):
        courses = tuple(
            ArcCourse(
                course=f"{arm}{n}",
                actor=f"{arm}{n % 6}",
                case=design.study.courses.cases[n % 4] if design.study.courses else "",
                values=tuple(
                    None if leave and n % 3 == 0 and t == 2 else 10 + own * t + float(rng.normal(0, 0.3))
                    for t in range(3)
                ),
                left=leave and n % 3 == 0,
            )
            for n in range(12)
        )
        change = Estimate(name="mean", label="mean")
        found.append(
            Arc(
                measure="depression_symptoms", unit="sum of 9 items", arm=arm, label=arm, points=(), courses=courses,
                change=change, dyads=12,
            )
        )  # fmt: skip
    return found


@pytest.mark.parametrize("leave", [False, True])
def test_a_planted_difference_is_found_with_and_without_those_who_left(design: Design, leave: bool) -> None:
    (one,) = trajectories(design, arcs_with(design, -3.0, leave=leave))
    by_name = {e.name: e for e in one.estimates}
    for name in ("model_final", "model_change"):
        estimate = by_name[name]
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low <= -6 + 0.3
        assert estimate.high < 0
    assert one.attended == ((12, 12, 8 if leave else 12),) * 2
    tipping = by_name["tipping_point"]
    assert (tipping.value is None) == (tipping.reason is not None)
    assert by_name["worse_first"].value == 0


def test_a_side_without_courses_or_a_design_without_sides_gives_nothing(design: Design) -> None:
    arcs = arcs_with(design, 0.0, leave=False)
    assert trajectories(design, arcs[:1]) == ()
    bare = replace(design, study=replace(design.study, estimands=()))
    assert trajectories(bare, arcs) == ()
