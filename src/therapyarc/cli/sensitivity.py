"""`sensitivity`: a study held again with redrawn coefficients or another voice, to see whether its sign holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
from therapyarc.files.results import read_draws, write_draws
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
    """Hold every variant in a folder of its own beside the run, and keep its carry-over as soon as it is known.

    A killed rerun goes on where it was: a variant is a run. A later one adds to what is there and takes nothing away: 20
    draws asked for after 5 hold 15, and voices stand beside draws. What was found under other estimands, or by another
    version of TherapyArc, is estimated again from the sessions that are there. The next `run` of the study shows the result
    in its report. Therapists who are models are called anew in every variant.

    Raises
    ------
    SensitivityError
        If the study holds no courses or declares no estimand of carry-over, people are among its therapists, nothing or the
        study's own voice is asked for, or the folder holds reruns of another version of the study; these stay as they are.
    RunIncompleteError
        If calls failed after all retries.
    RunLockedError
        If another process holds variants there.
    """
    design = load_design(study_file)
    folder = out or Path("runs") / design.study.id
    declared = tuple(one for one in design.study.estimands if one.contrast == "carry_over")
    if design.study.courses is None or not declared:
        raise SensitivityError(f"{study_file}: declares no carry-over, so there is no sign that could change")
    if any(actor.kind == "human" for arm in design.study.arms for actor in arm.actors):
        raise SensitivityError(
            f"{study_file}: people are among the therapists, and they cannot be asked to hold their courses again; take "
            "their arms out of a copy of the study"
        )
    if draws < 1 and not voices:
        raise SensitivityError("nothing to vary: ask for --draws of 1 or more, or a --voice")
    if design.study.courses.voice in voices:
        raise SensitivityError(
            f"--voice {design.study.courses.voice}: is the study's own voice, so nothing would be varied; name another"
        )
    with locked_run(folder / "sensitivity"):
        before = _before(folder, design)
        known: dict[str, list[VariantEstimate]] = {}
        for one in before.estimates:
            known.setdefault(one.variant, []).append(one)
        as_now = before.version == __version__ and before.estimands == declared
        kept: dict[str, list[VariantEstimate]] = {}
        for variant in _variants(design, draws, voices, before):
            name = variant.name
            if name in known and as_now:
                kept[name] = known[name]
            else:
                kept[name] = list(_held(variant, folder / "sensitivity" / name, reach=name not in known))
            told = "; ".join(
                f"{one.finding} {one.value:+.2f}" if one.value is not None else f"{one.finding} undefined"
                for one in kept[name]
            )
            here = " (was there)" if name in known else ""
            console.print(f"{name}{here}: {told}", soft_wrap=True, highlight=False)
            found = [one for row in kept.values() for one in row]
            result = SimulatorDraws(
                estimates=tuple(found), design=design.digest, estimands=declared, version=__version__
            )
            if kept.keys() >= known.keys():
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


def _before(folder: Path, design: Design) -> SimulatorDraws:
    """Return what earlier reruns of the same study left in a folder."""
    found = read_draws(RunFolder(folder))
    if found is None:
        return SimulatorDraws(estimates=(), design=design.digest)
    if found.design != design.digest:
        raise SensitivityError(
            f"{folder / 'sensitivity.json'}: holds reruns of another version of the study (arms, conditions, items, "
            "raters, materials, courses or seed differ, or a file it refers to changed). They stay as they are. Restore the "
            "study, or give a new folder with --out."
        )
    return found


@dataclass(frozen=True, slots=True)
class _Variant:
    """The study with one thing changed in its simulated clients."""

    over: str
    name: str
    design: Design
    voice: str = ""


def _signs(found: Sequence[VariantEstimate]) -> Iterator[str]:
    """Say by finding and kind of variant how many have which sign; the report holds them against the run's own."""
    for finding, over in dict.fromkeys((one.finding, one.over) for one in found):
        known = [
            one.value for one in found if (one.finding, one.over) == (finding, over) and one.value is not None
        ]
        below = sum(value < 0 for value in known)
        yield f"{finding}, {over}: below 0 in {below} of {len(known)}, above in {sum(value > 0 for value in known)}"


def _variants(
    design: Design, draws: int, voices: Sequence[str], before: SimulatorDraws
) -> Iterator[_Variant]:
    """Yield those that are there first, so that what is written after a new one misses none of them."""
    plan = design.study.courses
    assert plan is not None
    there = {one.variant for one in before.estimates}
    asked = []
    for draw in range(1, max(draws, sum(one.startswith("draw-") for one in there)) + 1):
        changed = replace(design.study, courses=replace(plan, redraw=draw))
        own = _with(design, changed, f"redraw {draw}")
        asked.append(_Variant("simulator coefficients", f"draw-{draw:02d}", own))
    for voice in dict.fromkeys([*(one.voice for one in before.estimates if one.voice), *voices]):
        changed = replace(design.study, courses=replace(plan, voice=voice))
        letters = "".join(one if one.isalnum() else "-" for one in voice)
        name = f"voice-{letters}-{sha256(voice.encode()).hexdigest()[:6]}"
        own = _with(design, changed, f"voice {voice}")
        asked.append(_Variant("client voice", name, own, voice))
    yield from sorted(asked, key=lambda one: one.name not in there)


def _with(design: Design, study: Study, what: str) -> Design:
    return replace(design, study=study, digest=sha256(f"{design.digest} {what}".encode()).hexdigest())


def _held(variant: _Variant, place: Path, *, reach: bool) -> Iterator[VariantEstimate]:
    """Hold one variant as far as it is not there yet, and yield its carry-over; nothing else of it is analysed.

    `reach` asks first whether its models answer; one that was held to its end calls none.
    """
    folder, design = RunFolder(place), variant.design
    if reach:
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
            f"{variant.name}: {failed} calls failed after all retries. The errors are in {folder.logs}; run the same "
            "command to try them again."
        )
    rows = [
        *measure_items(sessions, design.instruments),
        *measure_excerpts(ongoing.spoken, excerpts),
        *from_ratings(ratings, design.rubrics),
    ]
    halves = Halves(Table(design, assignments, rows), ongoing.assignments, excerpts)
    for finding, one in changes(halves).items():
        yield VariantEstimate(
            over=variant.over,
            variant=variant.name,
            voice=variant.voice,
            finding=finding,
            value=one.value,
            low=one.low,
            high=one.high,
        )
