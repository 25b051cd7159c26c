"""The last arrows of a run: measure, analyse, render. Each writes its artefact anew; nothing here calls a model."""

import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from therapyarc import __version__
from therapyarc.analysis import analyse
from therapyarc.analysis.challenges import challenges, stages
from therapyarc.analysis.lines import answers
from therapyarc.analysis.sensitivity import with_draws
from therapyarc.cli.coding import compare_coders, cue_codes
from therapyarc.cli.conducting import HeldCourses
from therapyarc.coding.codebook import codebook
from therapyarc.coding.harms import code_courses
from therapyarc.dialogue.client.forms import fill
from therapyarc.domain import (
    Excerpt,
    Findings,
    Measurement,
    PersonRater,
    Rating,
    Session,
)
from therapyarc.domain.assignment import Assignment
from therapyarc.domain.call import Call
from therapyarc.domain.code import TurnCodes
from therapyarc.domain.design import Design
from therapyarc.domain.preregistration import PlanCheck
from therapyarc.files.artefact import digest, write_atomically
from therapyarc.files.checklists import read_checklists
from therapyarc.files.lines import read_lines
from therapyarc.files.results import (
    read_calibration,
    read_draws,
    read_people,
    read_published,
    read_published_rates,
    write_csv,
    write_excerpts,
    write_findings,
    write_measurements,
    write_reports,
)
from therapyarc.files.run import (
    RunFolder,
    open_calls,
)
from therapyarc.measures import (
    beside_chance_rows,
    every_measure,
    families,
    from_checks,
    from_ratings,
    from_reports,
    inference_codes,
    measure_excerpts,
    measure_items,
    measure_sessions,
    rated_measures,
)
from therapyarc.report import (
    checklist_page,
    course_pages,
    exports,
    render,
    render_measures,
    tables,
)
from therapyarc.tasks.embedded.weights import CATALOGUE

__all__ = ["report"]


def report(
    folder: RunFolder,
    design: Design,
    assignments: Sequence[Assignment],
    sessions: Sequence[Session],
    ratings: Sequence[Rating],
    courses: HeldCourses,
    excerpts: Sequence[Excerpt],
    codes: Sequence[TurnCodes],
    persons: Sequence[PersonRater],
    plan: PlanCheck,
) -> Findings:
    """Measure, analyse and write all that a run leaves behind, and return the findings."""
    reports = _self_reports(design, courses)
    rows = [
        *measure_items(sessions, design.instruments),
        *measure_excerpts(courses.spoken, excerpts),
        *from_ratings(ratings, design.rubrics),
        *from_checks(ratings, design.rubrics, sessions, design.instruments, courses.probes, design.probes),
        *from_reports(reports, design.forms),
        *measure_sessions(courses.spoken, families(), cases=design.cases, coder=design.study.measure_coder),
        *_beside_chance(design, courses),
    ]
    inputs = {"sessions": digest(sessions, Session), "ratings": digest(ratings, Rating)}
    if courses.assignments:
        inputs["courses"] = digest(courses.sessions, Session)
        write_reports(folder, design, reports)
    write_excerpts(folder, design, excerpts)
    write_measurements(folder, design, rows, ", ".join(f"{name} {value}" for name, value in inputs.items()))
    write_csv(folder, assignments, courses.assignments, rows)
    with open_calls(folder, design) as journal:
        calls = [*journal.records]
    harm_codes = code_courses(courses.spoken)
    findings = analyse(
        design,
        assignments,
        rows,
        ratings=ratings,
        calls=_distinct(calls),
        published=read_published(),
        published_rates=read_published_rates(),
        courses=courses.assignments,
        probes=courses.probes,
        excerpts=excerpts,
        traces=courses.traces,
        failed_courses=courses.failed,
        people=read_people(),
        persons=persons,
        harm_codes=harm_codes,
        harm_meanings={code.id: code.definition for code in codebook("harms").codes},
        described={one.name: (family.id, one) for family in families() for one in family.measures}
        | rated_measures([*design.rubrics, *design.forms]),
        provenance=_provenance(design, inputs | {"measurements": digest(rows, Measurement)}),
    )
    findings = replace(
        findings,
        calibration=read_calibration(folder),
        code_agreement=compare_coders(design, codes),
        plan=plan,
    )
    claims = code_courses(courses.spoken, "claims")
    findings = replace(
        findings,
        challenges=challenges(design, courses.assignments, claims, findings),
        stages=stages(design, findings),
    )
    if (draws := read_draws(folder)) is not None:
        findings = replace(
            findings, sensitivity=tuple(with_draws(one, draws, design) for one in findings.sensitivity)
        )
    lines = answers(read_lines(), design, findings, measured=every_measure())
    findings = replace(findings, lines=lines)
    write_findings(folder, findings)
    inferred = [
        row
        for session in courses.spoken
        if session.case in design.cases
        for row in inference_codes(session, design.cases[session.case])
    ]
    shown = [*(codes or cue_codes(courses.spoken)), *harm_codes, *inferred]
    for course, text in course_pages(findings, courses.sessions, courses.traces, design.cases, shown).items():
        write_atomically(folder.pages / f"{course}.html", text.encode())
    for name, text in exports(findings).items():
        write_atomically(folder.figures / name, text.encode())
    if measured := render_measures(findings):
        write_atomically(folder.measures_page, measured.encode())
    page = render(findings, sessions, ratings, [*design.instruments, *design.rubrics])
    for name, text in tables(page).items():
        write_atomically(folder.tables / name, text.encode())
    people = any(actor.kind == "human" for arm in design.study.arms for actor in arm.actors)
    people = people or any(rater.kind == "human" for rater in design.study.raters)
    lists = checklist_page(findings, read_checklists(), page, people=people)
    write_atomically(folder.checklist, lists.encode())
    write_atomically(folder.report, page.encode())
    return findings


def _self_reports(design: Design, courses: HeldCourses) -> list[Rating]:
    """Let the clients fill in their forms: an answer follows from state and seed, so it is the same at every run."""
    return [
        answer
        for assignment in courses.assignments
        for one in courses.held[assignment.course]
        for form in design.forms
        for answer in fill(form, design.cases[assignment.case], one.trace, str(assignment.seed))
    ]


def _beside_chance(design: Design, courses: HeldCourses) -> Iterator[Measurement]:
    """Yield the z of synchrony; measures are given the sessions of one arm after another, and never its name."""
    for arm in design.study.arms:
        own = [
            (one.session, a.case)
            for a in courses.assignments
            if a.arm == arm.id
            for one in courses.held[a.course]
            if one.session.ended != "no_session"
        ]
        yield from beside_chance_rows(
            [session for session, _ in own], [case for _, case in own], seed=design.study.seed
        )


def _distinct(calls: Iterable[Call]) -> list[Call]:
    """Count a call that was replayed from the cache after a kill once, as it was made where that was written."""
    ordered = sorted(calls, key=lambda call: not call.cached)
    return list({(call.session, call.role, call.model, call.purpose): call for call in ordered}.values())


def _provenance(design: Design, digests: dict[str, str]) -> dict[str, str]:
    names = {actor.model for arm in design.study.arms for actor in arm.actors} | {
        r.model for r in design.study.raters
    }
    weights = {
        f"weights of {name}": f"sha256 {CATALOGUE[name.removeprefix('embedded/')].sha256}"
        for name in sorted(filter(None, names))
        if name.removeprefix("embedded/") in CATALOGUE
    }
    return {
        "TherapyArc": __version__,
        "Python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "seed": str(design.study.seed),
        "design": f"sha256 {design.digest}",
        **{name: f"sha256 {value}" for name, value in digests.items()},
        **weights,
    }
