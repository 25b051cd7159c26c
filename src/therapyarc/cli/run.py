"""`run`: all arrows in turn. Each step does only what is not there yet, so a killed run goes on where it was."""

import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console

from therapyarc import __version__
from therapyarc.analysis import analyse
from therapyarc.analysis.challenges import challenges, stages
from therapyarc.analysis.deviations import against_plan
from therapyarc.analysis.lines import answers
from therapyarc.analysis.sensitivity import with_draws
from therapyarc.cli.coding import code_all, compare_coders, cue_codes
from therapyarc.cli.people import answered, held_by_people, rated_by_people
from therapyarc.cli.progress import Progress
from therapyarc.cli.rating import excerpts_of, rate_all
from therapyarc.cli.session_rating import rate_ongoing
from therapyarc.coding.codebook import codebook
from therapyarc.coding.harms import code_harms
from therapyarc.dialogue.client.forms import fill
from therapyarc.dialogue.course import Held
from therapyarc.dialogue.probing import probe_replies
from therapyarc.domain import (
    Excerpt,
    Findings,
    Measurement,
    Missing,
    PersonRater,
    ProbeReply,
    Rating,
    Session,
)
from therapyarc.domain.assignment import Assignment, CourseAssignment
from therapyarc.domain.call import Call
from therapyarc.domain.code import TurnCodes
from therapyarc.domain.course import Trace
from therapyarc.domain.design import Design
from therapyarc.domain.preregistration import PlanCheck
from therapyarc.files.artefact import digest, locked_run, write_atomically
from therapyarc.files.checklists import read_checklists
from therapyarc.files.lines import read_lines
from therapyarc.files.preregistration import read_plan
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
    open_allocation,
    open_calls,
    open_courses,
    open_sessions,
    open_traces,
)
from therapyarc.files.study import load_design
from therapyarc.measures import (
    beside_chance_rows,
    every_measure,
    families,
    from_checks,
    from_ratings,
    from_reports,
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
    summary,
    tables,
)
from therapyarc.tasks.conduct import conduct
from therapyarc.tasks.courses import hold_courses
from therapyarc.tasks.embedded.engine import stop_engines
from therapyarc.tasks.embedded.weights import CATALOGUE
from therapyarc.tasks.reach import named_models, require

__all__ = ["RunIncompleteError", "run_design", "run_study"]


NO_PLAN = PlanCheck()
"""What is known of the plan where none was frozen."""


class RunIncompleteError(Exception):
    """The report is written, and calls failed after all retries; run again to try them once more."""


def run_study(study_file: Path, out: Path | None, console: Console, people: str | None = None) -> Findings:
    """Run a study from its file to its report.

    Parameters
    ----------
    study_file
        The study.
    out
        Folder of the run; none takes `runs/STUDY-ID`.
    console
        Where to print.
    people
        Database of the people's answers: a path or a URL; none takes `people.db` in the run's folder, where there is one.

    Raises
    ------
    RunIncompleteError
        If calls failed after all retries; the report is written and counts them as missing.
    ModelUnavailableError
        If models cannot be reached as they are named; nothing was sent.
    """
    design = load_design(study_file)
    return run_design(design, out, console, people, against_plan(read_plan(study_file), design, __version__))


def run_design(
    design: Design,
    out: Path | None,
    console: Console,
    people: str | None = None,
    plan: PlanCheck = NO_PLAN,
) -> Findings:
    """Run a study from its design to its report; the parameters are those of `run_study`.

    Raises
    ------
    RunIncompleteError
        As `run_study`.
    """
    folder = RunFolder(out or Path("runs") / design.study.id)
    if not folder.findings.exists():  # a finished run needs no model
        require(named_models(design.study), design.study.limits)
    with locked_run(folder.path):
        assignments = open_allocation(folder, design)
        with Progress(console) as progress:
            sessions = _conduct(folder, design, assignments, progress, people)
            courses = _courses(folder, design, progress, people)
            excerpts = excerpts_of(design, sessions, courses.spoken)
            with rated_by_people(folder, design, assignments, courses.assignments, people) as by_people:
                ratings = rate_all(
                    folder,
                    design,
                    assignments,
                    sessions,
                    courses.assignments,
                    courses.spoken,
                    excerpts,
                    courses.probes,
                    progress,
                    by_people.rate,
                )
                ratings += rate_ongoing(
                    folder, design, courses.spoken, progress, by_people.rate, by_people.drawn()
                )
                persons = by_people.persons()
            codes = code_all(folder, design, courses.spoken, progress)
            calls = progress.calls
        stop_engines()  # the analysis needs the memory, and no model
        findings = _report(
            folder, design, assignments, sessions, ratings, courses, excerpts, codes, persons, plan
        )
    console.print(summary(findings), soft_wrap=True, markup=False, highlight=False)
    failed = _failed(sessions, ratings, codes) + len(courses.failed)
    none = "no model call was answered" if failed else "no model call was made"
    console.print(f"model calls made now: {calls}" if calls else none)
    console.print(f"report: {folder.report}", soft_wrap=True, highlight=False)
    if failed:
        raise RunIncompleteError(
            f"{failed} calls failed after all retries and are missing as 'failed'. The errors are in {folder.logs}; "
            "run the same command to try them again."
        )
    return findings


def _failed(sessions: Sequence[Session], ratings: Sequence[Rating], codes: Sequence[TurnCodes]) -> int:
    """Count calls that failed; what was not rated because its reply had failed is no call."""
    unsaid = {session.id for session in sessions if session.missing is Missing.FAILED}
    rated = [rating.missing for rating in ratings if rating.session not in unsaid]
    return len(unsaid) + [*rated, *(code.missing for code in codes)].count(Missing.FAILED)


def _conduct(
    folder: RunFolder,
    design: Design,
    assignments: Sequence[Assignment],
    progress: Progress,
    people: str | None,
) -> list[Session]:
    with open_sessions(folder, design) as journal, open_calls(folder, design) as calls:
        latest = _latest_sessions(journal.records)
        waiting = [
            a for a in assignments if a.session not in latest or latest[a.session].missing is Missing.FAILED
        ]
        advance = progress.phase("sessions", len(assignments), len(assignments) - len(waiting))

        def keep(session: Session) -> None:
            journal.append(session)
            advance()

        def note(call: Call) -> None:
            calls.append(call)
            progress.note(call)

        conduct(design, waiting, logs=folder.logs, on_session=keep, on_call=note)
        for session in answered(folder, design, [a.session for a in assignments], people):
            if latest.get(session.id) != session:  # new, finished since the last run, or withdrawn
                keep(session)
        planned = {assignment.session for assignment in assignments}
        found = _latest_sessions(session for session in journal.records if session.id in planned)
        return [latest for _, latest in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class _Courses:
    """What there is of ongoing therapy."""

    assignments: tuple[CourseAssignment, ...] = ()
    held: dict[str, list[Held]] = field(default_factory=dict)
    failed: tuple[str, ...] = ()

    @property
    def sessions(self) -> list[Session]:
        return [one.session for held in self.held.values() for one in held]

    @property
    def probes(self) -> list[ProbeReply]:
        return list(probe_replies(self.sessions, self.traces))

    @property
    def spoken(self) -> list[Session]:
        """Sessions in which something was said: not the weeks of those without therapy."""
        return [session for session in self.sessions if session.ended != "no_session"]

    @property
    def traces(self) -> list[Trace]:
        return [one.trace for held in self.held.values() for one in held]


def _courses(folder: RunFolder, design: Design, progress: Progress, people: str | None) -> _Courses:
    assignments = open_courses(folder, design)
    if not assignments:
        return _Courses()
    with (
        open_sessions(folder, design) as sessions,
        open_traces(folder, design) as traces,
        open_calls(folder, design) as calls,
    ):
        known = _held(assignments, sessions.records, traces.records)
        planned = sum(len(assignment.sessions) for assignment in assignments)
        advance = progress.phase("courses", planned, sum(map(len, known.values())))

        def keep(held: Held) -> None:
            traces.append(
                replace(held.trace, note=held.note)
            )  # first, so that no session is ever without its trace
            sessions.append(held.session)
            advance()

        def note(call: Call) -> None:
            calls.append(call)
            progress.note(call)

        for course, held in held_by_people(folder, design, people).items():
            for one in held[len(known.get(course, ())) :]:
                keep(one)
        failed = hold_courses(design, assignments, known, logs=folder.logs, on_held=keep, on_call=note)
        return _Courses(assignments, _held(assignments, sessions.records, traces.records), failed)


def _held(
    assignments: Iterable[CourseAssignment], sessions: Iterable[Session], traces: Iterable[Trace]
) -> dict[str, list[Held]]:
    said, sealed = {s.id: s for s in sessions}, {t.session: t for t in traces}
    return {
        a.course: [
            Held(said[name], sealed[name], sealed[name].note)
            for name in a.sessions
            if name in said and name in sealed
        ]
        for a in assignments
    }


def _latest_sessions(records: Iterable[Session]) -> dict[str, Session]:
    return {session.id: session for session in records}


def _report(
    folder: RunFolder,
    design: Design,
    assignments: Sequence[Assignment],
    sessions: Sequence[Session],
    ratings: Sequence[Rating],
    courses: _Courses,
    excerpts: Sequence[Excerpt],
    codes: Sequence[TurnCodes],
    persons: Sequence[PersonRater],
    plan: PlanCheck,
) -> Findings:
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
    harm_codes = [row for session in courses.spoken for row in code_harms(session)]
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
    claims = [row for session in courses.spoken for row in code_harms(session, "claims")]
    findings = replace(
        findings,
        challenges=challenges(design, courses.assignments, claims, findings),
        stages=stages(design, findings),
    )
    if (draws := read_draws(folder)) is not None:
        findings = replace(
            findings, sensitivity=tuple(with_draws(one, draws) for one in findings.sensitivity)
        )
    lines = answers(read_lines(), design, findings, measured=every_measure())
    findings = replace(findings, lines=lines)
    write_findings(folder, findings)
    shown = [*(codes or cue_codes(courses.spoken)), *harm_codes]
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


def _self_reports(design: Design, courses: _Courses) -> list[Rating]:
    """Let the clients fill in their forms: an answer follows from state and seed, so it is the same at every run."""
    return [
        answer
        for assignment in courses.assignments
        for one in courses.held[assignment.course]
        for form in design.forms
        for answer in fill(form, design.cases[assignment.case], one.trace, str(assignment.seed))
    ]


def _beside_chance(design: Design, courses: _Courses) -> Iterator[Measurement]:
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
