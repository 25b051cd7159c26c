"""`sensitivity`: a study held again with redrawn coefficients or another voice, to see whether its sign holds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from io import StringIO
from pathlib import Path

from rich.console import Console

from therapyarc import __version__
from therapyarc.analysis.halves import Halves
from therapyarc.analysis.sensitivity import ASKED, changes
from therapyarc.analysis.table import Table
from therapyarc.cli.conducting import courses, failed_calls, single_replies
from therapyarc.cli.progress import Progress
from therapyarc.cli.rating import excerpts_of, rate_all
from therapyarc.cli.run import RunIncompleteError
from therapyarc.domain import Study
from therapyarc.domain.design import Design
from therapyarc.domain.sensitivity import SimulatorDraws, VariantEstimate
from therapyarc.files.artefact import locked_run
from therapyarc.files.results import write_draws
from therapyarc.files.run import RunFolder, open_allocation
from therapyarc.files.study import load_design
from therapyarc.measures import from_ratings, measure_excerpts, measure_items
from therapyarc.tasks.embedded.engine import stop_engines
from therapyarc.tasks.reach import named_models, require

__all__ = ["SensitivityError", "rerun"]


class SensitivityError(Exception):
    """The study cannot be held again to any purpose; the message says what it lacks."""


def rerun(
    study_file: Path, *, draws: int, voices: Sequence[str], out: Path | None, console: Console
) -> SimulatorDraws:
    """Hold every variant in a folder of its own beside the run, and keep its carry-over.

    A killed rerun goes on where it was: a variant is a run. The next `run` of the study shows the result in its report.
    Therapists who are models are called anew in every variant.

    Raises
    ------
    SensitivityError
        If the study holds no courses or declares no estimand of carry-over, people are among its therapists, or nothing is
        asked for.
    RunIncompleteError
        If calls failed after all retries.
    """
    design = load_design(study_file)
    folder = out or Path("runs") / design.study.id
    if design.study.courses is None or not any(e.contrast == "carry_over" for e in design.study.estimands):
        raise SensitivityError(f"{study_file}: declares no carry-over, so there is no sign that could change")
    if any(actor.kind == "human" for arm in design.study.arms for actor in arm.actors):
        raise SensitivityError(
            f"{study_file}: people are among the therapists, and they cannot be asked to hold their courses again; take "
            "their arms out of a copy of the study"
        )
    if draws < 1 and not voices:
        raise SensitivityError("nothing to vary: ask for --draws of 1 or more, or a --voice")
    found: list[VariantEstimate] = []
    for over, name, variant in _variants(design, draws, voices):
        found += _held(variant, folder / "sensitivity" / name, over, name)
        told = "; ".join(
            f"{one.finding} {one.value:+.2f}" if one.value is not None else f"{one.finding} undefined"
            for one in found
            if one.variant == name
        )
        console.print(f"{name}: {told}", soft_wrap=True, highlight=False)
    result = SimulatorDraws(estimates=tuple(found), version=__version__)
    write_draws(folder, result)
    for line in _signs(found):
        console.print(line, soft_wrap=True, highlight=False)
    console.print(
        f"wrote {folder / 'sensitivity.json'}; the next run of the study says in its report whether the sign holds in "
        f"{ASKED:.0%} of them",
        soft_wrap=True,
        highlight=False,
    )
    return result


def _signs(found: Sequence[VariantEstimate]) -> Iterator[str]:
    """Say by finding and kind of variant how many have which sign; the report holds them against the run's own."""
    for finding, over in dict.fromkeys((one.finding, one.over) for one in found):
        known = [
            one.value for one in found if (one.finding, one.over) == (finding, over) and one.value is not None
        ]
        below = sum(value < 0 for value in known)
        yield f"{finding}, {over}: below 0 in {below} of {len(known)}, above in {sum(value > 0 for value in known)}"


def _variants(design: Design, draws: int, voices: Sequence[str]) -> Iterator[tuple[str, str, Design]]:
    plan = design.study.courses
    assert plan is not None
    for draw in range(1, draws + 1):
        changed = replace(design.study, courses=replace(plan, redraw=draw))
        yield "simulator coefficients", f"draw-{draw:02d}", _with(design, changed, f"redraw {draw}")
    for voice in voices:
        changed = replace(design.study, courses=replace(plan, voice=voice))
        name = "voice-" + "".join(one if one.isalnum() else "-" for one in voice)
        yield "client voice", name, _with(design, changed, f"voice {voice}")


def _with(design: Design, study: Study, what: str) -> Design:
    return replace(design, study=study, digest=sha256(f"{design.digest} {what}".encode()).hexdigest())


def _held(design: Design, place: Path, over: str, name: str) -> Iterator[VariantEstimate]:
    """Hold one variant as far as it is not there yet, and yield its carry-over; nothing else of it is analysed."""
    folder = RunFolder(place)
    require(named_models(design.study), design.study.limits)
    with locked_run(folder.path):
        assignments = open_allocation(folder, design)
        with Progress(Console(file=StringIO())) as progress:
            sessions = single_replies(folder, design, assignments, progress, None)
            ongoing = courses(folder, design, progress, None)
            excerpts = excerpts_of(design, sessions, ongoing.spoken)
            ratings = rate_all(
                folder,
                design,
                assignments,
                sessions,
                ongoing.assignments,
                ongoing.spoken,
                excerpts,
                (),
                progress,
            )
        stop_engines()
    if failed := failed_calls(sessions, ratings, ()) + len(ongoing.failed):
        raise RunIncompleteError(
            f"{name}: {failed} calls failed after all retries. The errors are in {folder.logs}; run the same command to try "
            "them again."
        )
    rows = [
        *measure_items(sessions, design.instruments),
        *measure_excerpts(ongoing.spoken, excerpts),
        *from_ratings(ratings, design.rubrics),
    ]
    halves = Halves(Table(design, assignments, rows), ongoing.assignments, excerpts)
    for finding, one in changes(halves).items():
        yield VariantEstimate(
            over=over, variant=name, finding=finding, value=one.value, low=one.low, high=one.high
        )
