"""`run`: all arrows in turn. Each step does only what is not there yet, so a killed run goes on where it was."""

from pathlib import Path

from rich.console import Console

from therapyarc import __version__
from therapyarc.analysis.deviations import against_plan
from therapyarc.cli.coding import code_all
from therapyarc.cli.conducting import courses, failed_calls, single_replies
from therapyarc.cli.people import rated_by_people
from therapyarc.cli.progress import Progress
from therapyarc.cli.rating import excerpts_of, rate_all
from therapyarc.cli.reporting import report
from therapyarc.cli.session_rating import rate_ongoing
from therapyarc.domain import (
    Findings,
)
from therapyarc.domain.design import Design
from therapyarc.domain.preregistration import PlanCheck
from therapyarc.files.artefact import locked_run
from therapyarc.files.code import code_digest
from therapyarc.files.preregistration import read_plan
from therapyarc.files.run import (
    RunFolder,
    open_allocation,
)
from therapyarc.files.study import load_design
from therapyarc.report import (
    summary,
)
from therapyarc.tasks.embedded.engine import stop_engines
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
    return run_design(design, out, console, people, _checked(study_file, design))


def _checked(study_file: Path, design: Design) -> PlanCheck:
    plan = read_plan(study_file)
    return against_plan(plan, design, __version__, "" if plan is None else code_digest())


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
            sessions = single_replies(folder, design, assignments, progress, people)
            ongoing = courses(folder, design, progress, people)
            excerpts = excerpts_of(design, sessions, ongoing.spoken)
            with rated_by_people(folder, design, assignments, ongoing.assignments, people) as by_people:
                ratings = rate_all(
                    folder,
                    design,
                    assignments,
                    sessions,
                    ongoing.assignments,
                    ongoing.spoken,
                    excerpts,
                    ongoing.probes,
                    progress,
                    by_people.rate,
                )
                ratings += rate_ongoing(
                    folder, design, ongoing.spoken, progress, by_people.rate, by_people.drawn()
                )
                persons = by_people.persons()
            codes = code_all(folder, design, ongoing.spoken, progress)
            calls = progress.calls
        stop_engines()  # the analysis needs the memory, and no model
        findings = report(
            folder, design, assignments, sessions, ratings, ongoing, excerpts, codes, persons, plan
        )
    console.print(summary(findings), soft_wrap=True, markup=False, highlight=False)
    failed = failed_calls(sessions, ratings, codes) + len(ongoing.failed)
    none = "no model call was answered" if failed else "no model call was made"
    console.print(f"model calls made now: {calls}" if calls else none)
    console.print(f"report: {folder.report}", soft_wrap=True, highlight=False)
    if failed:
        raise RunIncompleteError(
            f"{failed} calls failed after all retries and are missing as 'failed'. The errors are in {folder.logs}; "
            "run the same command to try them again."
        )
    return findings
