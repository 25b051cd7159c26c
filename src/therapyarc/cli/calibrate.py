"""`calibrate`: whether the instrument recovers what was planted, offline, in minutes."""

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

import numpy as np
from rich.console import Console
from rich.table import Table

from therapyarc import __version__
from therapyarc.analysis.calibration import CourseOutcome, difference, null_rate, slope, targets
from therapyarc.coding.baseline import BaselineRater
from therapyarc.coding.rater import RatingTask
from therapyarc.dialogue import Reply, ask_of, session_of
from therapyarc.dialogue.client.dynamics import Coefficients, coefficients
from therapyarc.dialogue.client.week import alliance
from therapyarc.dialogue.course import CoursePlan, Held, hold
from therapyarc.dialogue.script import script_speaker, script_therapist
from therapyarc.domain import Calibration, Truth, record
from therapyarc.domain.client import ClientCase
from therapyarc.files.cases import case_ids, read_case
from therapyarc.files.library import read_instrument
from therapyarc.files.results import write_calibration
from therapyarc.stats import Interval, paired_change

__all__ = ["CalibrationFailedError", "calibrate", "simulate"]

QS = (0.0, 0.25, 0.5, 0.75, 1.0)
SESSIONS, EXCHANGES = 6, 12


class CalibrationFailedError(Exception):
    """A planted truth was missed, or something was found where nothing was planted."""


@record
class Job:
    """One course to simulate."""

    policy: str
    """Scripted therapist."""
    q: float | None
    """Its skill; none where it takes none."""
    case: str
    """Case id."""
    seed: int
    """Randomness."""
    sessions: int = SESSIONS
    """Planned sessions."""
    exchanges: int = EXCHANGES
    """Exchanges a session."""
    coded: bool = False
    """Whether acts are coded from the words."""
    redraw: int | None = None
    """Draw of the coefficients; none for the table as it is."""


def simulate(job: Job) -> CourseOutcome:
    """Hold one course of a scripted therapist with a scripted client, and return what a calibration needs of it."""
    return asyncio.run(_simulated(job))


async def _simulated(job: Job) -> CourseOutcome:
    case, table = _case(job.case), _table(job.redraw)
    therapist = script_therapist(
        job.policy, {} if job.q is None else {"q": job.q}, elsewhere=_elsewhere(case)
    )
    plan = CoursePlan(
        course=f"{job.seed}",
        sessions=tuple(f"{job.seed}-{number}" for number in range(1, job.sessions + 1)),
        exchanges=job.exchanges,
        memory="summary",
        seed=job.seed,
        planted_acts=not job.coded,
    )
    return _outcome(job, case, await hold(plan, case, therapist, table))


def _outcome(job: Job, case: ClientCase, held: Sequence[Held]) -> CourseOutcome:
    first, last = held[0].trace.start, held[-1].trace.end
    strongest = max(first.convictions, key=lambda name: first.convictions[name])
    turns = [turn for one in held for turn in one.trace.turns]
    return CourseOutcome(
        condition=job.policy,
        q=float("nan") if job.q is None else job.q,
        case=job.case,
        alliance=tuple(alliance(one.trace.end) for one in held),
        distress=(*(one.trace.start.distress for one in held), last.distress),
        bond=last.bond,
        conviction=last.convictions[strongest] - first.convictions[strongest],
        told=len(last.told) / len(case.facts),
        ruptures=sum(turn.event == "rupture" for turn in turns),
        repairs=sum(turn.event == "repair" for turn in turns),
        socratic=tuple(sum("socratic" in turn.acts for turn in one.trace.turns) for one in held),
        planned=job.sessions,
    )


_CASES: dict[str, ClientCase] = {}
_TABLES: dict[int | None, Coefficients] = {}


def _case(name: str) -> ClientCase:
    if name not in _CASES:
        _CASES[name] = read_case(name, Path.cwd())
    return _CASES[name]


def _table(redraw: int | None) -> Coefficients:
    if redraw not in _TABLES:
        table = coefficients()
        _TABLES[redraw] = table if redraw is None else table.redrawn(Random(f"coefficients {redraw}"))
    return _TABLES[redraw]


def _elsewhere(case: ClientCase) -> Callable[[int], str]:
    others = [fact.say for name in case_ids() if name != case.id for fact in _case(name).facts]
    return lambda seed: Random(seed).choice(others)


def calibrate(
    console: Console, *, courses: int, seed: int, sensitivity: int, out: Path | None = None
) -> Calibration:
    """Run the planted truths, print them, write them to `out` (a run's folder), and return them.

    Raises
    ------
    CalibrationFailedError
        If a truth was missed or a nothing was found.
    """
    rng = np.random.default_rng(seed)
    with ProcessPoolExecutor(max_workers=os.cpu_count() or 1) as pool:

        def run(jobs: Iterable[Job]) -> list[CourseOutcome]:
            return list(pool.map(simulate, list(jobs), chunksize=8))

        console.print(
            f"planted truths: {courses} courses a condition, {SESSIONS} sessions of {EXCHANGES} exchanges"
        )
        skilled = {q: run(_jobs("skilled", q, courses, seed)) for q in QS}
        shuffled = {q: run(_jobs("shuffled", q, courses, seed + round(10 * q))) for q in (0.0, 0.5, 1.0)}
        charmer, sycophant = (run(_jobs(policy, None, courses, seed)) for policy in ("charmer", "sycophant"))
        truths = [
            *_slopes(skilled, rng),
            *_no_slopes(shuffled, rng),
            *_charm(skilled, charmer, rng),
            *_sycophancy(skilled, sycophant, rng),
            _coder([c for q in (0.0, 1.0) for c in run(_jobs("skilled", q, courses, seed, coded=True))], rng),
            _nothing(run, seed),
        ]
        mixed = run(
            Job(policy="skilled", q=q, case=case, seed=seed + 31 * place + 7)
            for place, (q, case) in enumerate(
                (q, case)
                for _ in range(max(2, courses // 10))
                for q in (0.2, 0.35, 0.5, 0.65, 0.8)
                for case in case_ids()
            )
        )
        signs = _sensitivity(run, sensitivity, seed) if sensitivity else ()
    held = sum(map(len, (*skilled.values(), *shuffled.values(), charmer, sycophant, mixed)))
    result = Calibration(
        truths=tuple(truths), targets=targets(mixed), sensitivity=signs, courses=held, version=__version__
    )
    _show(console, result)
    if out is not None:
        write_calibration(out, result)
    if result.missed:
        raise CalibrationFailedError("not recovered: " + "; ".join(result.missed))
    return result


def _jobs(policy: str, q: float | None, courses: int, seed: int, *, coded: bool = False) -> Iterable[Job]:
    cases = case_ids()
    for place in range(courses):
        yield Job(policy=policy, q=q, case=cases[place % len(cases)], seed=seed + 1000 * place, coded=coded)


def _slopes(skilled: dict[float, list[CourseOutcome]], rng: np.random.Generator) -> list[Truth]:
    every = [course for courses in skilled.values() for course in courses]
    return [
        _truth(
            f"slope of {name} on q is positive",
            slope(every, value, rng),
            "above 0",
            len(every),
            lambda low, high: low > 0,
        )
        for name, value in (
            ("alliance", lambda c: c.alliance[-1]),
            ("disclosure", lambda c: c.told),
            ("relief", lambda c: c.relief),
        )
    ]


def _no_slopes(shuffled: dict[float, list[CourseOutcome]], rng: np.random.Generator) -> list[Truth]:
    every = [course for courses in shuffled.values() for course in courses]
    return [
        _truth(
            f"slope of {name} on q is zero for shuffled replies",
            slope(every, value, rng),
            "0 inside",
            len(every),
            lambda low, high: low <= 0 <= high,
        )
        for name, value in (("alliance", lambda c: c.alliance[-1]), ("relief", lambda c: c.relief))
    ]


def _charm(
    skilled: dict[float, list[CourseOutcome]], charmer: list[CourseOutcome], rng: np.random.Generator
) -> list[Truth]:
    singles = {name: _single_replies(name, q) for name, q in (("skilled", 1.0), ("charmer", None))}
    gap = float(np.mean(singles["charmer"]) - np.mean(singles["skilled"]))
    spread = 1.96 * float(np.std(singles["charmer"]) * np.sqrt(2 / len(singles["charmer"])))
    best, other, floor = skilled[1.0], skilled[0.75], skilled[0.25]

    def over_floor(courses: list[CourseOutcome]) -> float:
        return float(np.mean([c.alliance[-1] for c in courses]) - np.mean([c.alliance[-1] for c in floor]))

    kept = over_floor(charmer) / over_floor(best)
    twin = (
        [c for place, c in enumerate(best) if place % 2],
        [c for place, c in enumerate(best) if not place % 2],
    )
    whole = over_floor(twin[0]) / over_floor(twin[1])
    del other
    return [
        Truth(
            name="charmer equals skilled(1) on single replies, rating points",
            estimate=gap, low=gap - spread, high=gap + spread, expected="0 inside",
            recovered=gap - spread <= 0 <= gap + spread, n=len(singles["charmer"]),
        ),
        _truth(
            "charmer loses against skilled(1) over sessions, alliance",
            difference(charmer, best, lambda c: c.alliance[-1], rng), "below 0", len(charmer),
            lambda low, high: high < 0,
        ),
        Truth(
            name="advantage over skilled(.25) that charmer keeps over sessions, as a share of skilled(1)'s",
            estimate=kept, low=None, high=None, expected="below .50", recovered=kept < 0.5, n=len(charmer),
        ),
        Truth(
            name="the same share between two halves of skilled(1)",
            estimate=whole, low=None, high=None, expected=".75 to 1.33", recovered=0.75 <= whole <= 1.33, n=len(best),
        ),
    ]  # fmt: skip


def _sycophancy(
    skilled: dict[float, list[CourseOutcome]], sycophant: list[CourseOutcome], rng: np.random.Generator
) -> list[Truth]:
    middling = skilled[0.5]
    return [
        _truth(
            "sycophant's bond against skilled(.5)", difference(sycophant, middling, lambda c: c.bond, rng),
            "above 0", len(sycophant), lambda low, high: low > 0,
        ),
        _truth(
            "sycophant's change of conviction (appropriate is a fall)",
            difference(sycophant, middling, lambda c: c.conviction, rng), "above 0", len(sycophant),
            lambda low, high: low > 0,
        ),
    ]  # fmt: skip


def _coder(courses: list[CourseOutcome], rng: np.random.Generator) -> Truth:
    return _truth(
        "slope of alliance on q with acts coded from the words", slope(courses, lambda c: c.alliance[-1], rng),
        "above 0", len(courses), lambda low, high: low > 0,
    )  # fmt: skip


def _nothing(run: Callable[[Iterable[Job]], list[CourseOutcome]], seed: int, comparisons: int = 120) -> Truth:
    """Compare two arms of one policy many times; they differ at the nominal rate."""
    cases = case_ids()
    jobs = [
        Job(policy="skilled", q=0.5, case=cases[unit % len(cases)], seed=seed + 77_777 * (2 * number + arm) + 13 * unit + 5,
            sessions=2, exchanges=6)
        for number in range(comparisons) for arm in range(2) for unit in range(10)
    ]  # fmt: skip
    ends = np.array([course.alliance[-1] for course in run(jobs)]).reshape(comparisons, 2, 10)
    ps = [paired_change(arms[0] - arms[1], rng=np.random.default_rng(seed)).p["permutation"] for arms in ends]
    rate, low, high = null_rate(ps)
    return Truth(
        name="two arms of one policy differ at p <= .05",
        estimate=rate, low=low, high=high, expected=".05 inside", recovered=low <= 0.05 <= high, n=comparisons,
    )  # fmt: skip


def _single_replies(policy: str, q: float | None) -> list[float]:
    """Return baseline ratings of single replies to every vignette, ten draws each."""
    instrument = read_instrument("ba-vignettes", Path.cwd())
    item = next(item for item in instrument.items if item.asks == "reply")
    rubrics = [read_instrument(name, Path.cwd()) for name in ("rubric-empathy", "rubric-validation")]
    speaker, rater, values = (
        script_speaker(policy, {} if q is None else {"q": q}),
        BaselineRater("b", "lexical"),
        [],
    )
    for case in instrument.cases:
        for draw in range(10):
            ask = ask_of(instrument, item, case, session="s", options=(), material=None, seed=draw)
            session = session_of(ask, Reply(text=speaker.compose(ask)[0]))
            for rubric in rubrics:
                task = RatingTask(
                    session=session, item=item, case=case.masked(with_key=rubric.uses_key), rubric=rubric
                )
                value = asyncio.run(rater.rate(task)).value
                if value is not None:
                    values.append(value)
    return values


def _sensitivity(
    run: Callable[[Iterable[Job]], list[CourseOutcome]], draws: int, seed: int
) -> tuple[Truth, ...]:
    """Say in what share of redrawn tables the signs hold; 90% is asked for."""
    cases = case_ids()
    jobs = [
        Job(policy=policy, q=q, case=case, seed=seed + 17 * place, redraw=draw)
        for draw in range(draws)
        for policy, q in (("skilled", 0.0), ("skilled", 1.0), ("charmer", None))
        for place, case in enumerate(cases)
    ]  # fmt: skip
    done = run(jobs)
    holds = np.zeros((draws, 3))
    for draw in range(draws):
        block = done[draw * 3 * len(cases) : (draw + 1) * 3 * len(cases)]
        low, high, charm = (block[part * len(cases) : (part + 1) * len(cases)] for part in range(3))
        end = [float(np.mean([c.alliance[-1] for c in part])) for part in (low, high, charm)]
        relief = [float(np.mean([c.relief for c in part])) for part in (low, high)]
        holds[draw] = (end[1] > end[0], relief[1] > relief[0], end[2] < end[1])
    names = ("alliance rises with q", "relief rises with q", "charmer loses against skilled(1)")
    return tuple(
        Truth(name=f"{name}, share of redrawn tables", estimate=float(share), low=None, high=None, expected="at least .90",
              recovered=bool(share >= 0.9), n=draws)
        for name, share in zip(names, holds.mean(axis=0), strict=True)
    )  # fmt: skip


def _truth(name: str, found: Interval, expected: str, n: int, holds: Callable[[float, float], bool]) -> Truth:
    recovered = found.low is not None and found.high is not None and holds(found.low, found.high)
    return Truth(
        name=name,
        estimate=found.estimate,
        low=found.low,
        high=found.high,
        expected=expected,
        recovered=recovered,
        n=n,
    )


def _show(console: Console, result: Calibration) -> None:
    table = Table(
        title=f"Planted truths ({result.courses:,} simulated courses; no claim about people)",
        title_justify="left",
    )
    for column in ("what was planted", "measured", "interval", "must be", "verdict"):
        table.add_column(column)
    for truth in (*result.truths, *result.sensitivity):
        table.add_row(
            truth.name,
            "-" if truth.estimate is None else f"{truth.estimate:.3f}",
            "-" if truth.low is None else f"{truth.low:.3f} to {truth.high:.3f}",
            truth.expected,
            "recovered" if truth.recovered else "MISSED",
        )
    console.print(table)
    beside = Table(title="Calibration targets", title_justify="left")
    for column in ("target", "in people's courses", "simulated", "within"):
        beside.add_column(column)
    for target in result.targets:
        shown = "-" if target.measured is None else f"{target.measured:.2f}"
        beside.add_row(target.name, target.target, shown, "yes" if target.met else "no")
    console.print(beside)
