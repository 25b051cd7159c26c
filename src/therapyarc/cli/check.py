"""`check`: what a study will do, before it does it."""

from collections import Counter
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from therapyarc.cli.coding import coding_calls, coding_table
from therapyarc.cli.session_rating import session_rating_calls
from therapyarc.dialogue.script import script_speaker
from therapyarc.domain import LABELS, Estimand, Study
from therapyarc.domain.assignment import Assignment, CourseAssignment, allocate, allocate_courses
from therapyarc.domain.design import Design
from therapyarc.files.study import load_design
from therapyarc.stats import Power, power_between, power_change
from therapyarc.tasks.reach import named_models, unreachable

__all__ = ["check_study", "expected_calls"]

_REPLY_TOKENS = 150
_RATING_TOKENS = 120
_TOKENS_PER_WORD = 1.4
_SECONDS_PER_CALL = 4.0
_DIFFERENCES = (0.5, 1.0, 1.5, 2.0)


def check_study(path: Path, console: Console, draws: int) -> Design:
    """Validate a study file and print its design, its calls and cost, and the power of its contrasts.

    Raises
    ------
    FaultyFileError
        With every fault found.
    """
    design = load_design(path)
    for arm in design.study.arms:
        for actor in arm.actors:
            if actor.kind == "script":
                script_speaker(actor.policy or "", actor.parameters)
    assignments = allocate(design)
    console.print(_cells(design, assignments))
    if courses := allocate_courses(design):
        console.print(_courses(design, courses))
    console.print(_calls(design, assignments, courses))
    if design.study.coders:
        console.print(coding_table(design))
    console.print(_power(design, assignments, draws))
    if any(actor.kind == "human" for arm in design.study.arms for actor in arm.actors):
        console.print(
            "Human actors have their place in the allocation; their sessions are missing until people have answered."
        )
    practice = design.study.people.practice
    named = {*named_models(design.study), *([] if practice is None else [practice.voice])} - {"scripted"}
    for fault in unreachable(sorted(named), design.study.limits):
        console.print(f"not ready on this machine: {fault}", highlight=False, soft_wrap=True, markup=False)
    ongoing = f" and {len(courses)} courses" if courses else ""
    console.print(
        f"{path} is a valid study: {len(assignments)} sessions{ongoing} planned.",
        highlight=False,
        soft_wrap=True,
    )
    return design


def _cells(design: Design, assignments: tuple[Assignment, ...]) -> Table:
    table = Table(title=f"{design.study.title}: sessions planned")
    keys = [(c.id, i.id) for c in design.study.conditions for i in design.instruments]
    counts = Counter((a.arm, a.condition, a.instrument) for a in assignments)
    keys = [key for key in keys if any(counts[arm.id, *key] for arm in design.study.arms)]
    table.add_column("arm")
    table.add_column("actors", justify="right")
    for condition, instrument in keys:
        table.add_column(f"{condition}\n{instrument}", justify="right")
    for arm in design.study.arms:
        actors = len({a.actor for a in assignments if a.arm == arm.id})
        table.add_row(arm.label, str(actors), *(str(counts[arm.id, *key] or "") for key in keys))
    return table


def _courses(design: Design, courses: tuple[CourseAssignment, ...]) -> Table:
    plan = design.study.courses
    assert plan is not None
    table = Table(title=f"Courses planned: at most {plan.sessions} sessions of {plan.exchanges} exchanges")
    for heading in ("arm", "courses", "cases", "memory"):
        table.add_column(heading, justify="right" if heading == "courses" else "left")
    for arm in design.study.arms:
        mine = [course for course in courses if course.arm == arm.id]
        if mine:
            met = ", ".join(sorted({course.case for course in mine}))
            table.add_row(arm.label, str(len(mine)), met, mine[0].memory)
    return table


def _course_calls(
    design: Design, courses: tuple[CourseAssignment, ...], found: dict[str, list[float]]
) -> None:
    """Add the calls of courses in which nobody leaves: the whole session so far is sent with every turn."""
    plan = design.study.courses
    if plan is None:
        return
    actors = {(arm.id, actor.id): actor for arm in design.study.arms for actor in arm.actors}
    kept = {"none": 0.0, "notes": 150.0, "summary": 150.0, "transcripts": 100.0 * plan.exchanges}
    for course in courses:
        model = actors[course.arm, course.actor].model
        if model is None and plan.voice == "scripted":
            continue
        for number in range(plan.sessions):
            memory = kept[course.memory] * number
            for exchange in range(plan.exchanges):
                sent = (180 + memory + 100 * exchange) * _TOKENS_PER_WORD
                if model is not None:
                    _add(found, model, 1, sent, plan.turn_tokens or 100)
                if plan.voice != "scripted":
                    _add(found, plan.voice, 1, 350, 80)


def _excerpt_calls(
    design: Design, courses: tuple[CourseAssignment, ...], found: dict[str, list[float]]
) -> None:
    """Add the calls of raters on the exchanges drawn from ongoing sessions."""
    plan = design.study.courses
    if plan is None:
        return
    raters = {rater.id: rater for rater in design.study.raters}
    for rater in (raters[name] for course in courses for session in course.raters for name in session):
        for rubric in (r for r in design.rubrics if "reply" in r.rates and rater.rates(r)):
            if rater.model is not None:
                size = sum(len(a.text.split()) + len(a.example.split()) for a in rubric.anchors) + 300
                _add(
                    found,
                    rater.model,
                    plan.excerpts * rater.repeats,
                    size * _TOKENS_PER_WORD,
                    _RATING_TOKENS,
                )


def expected_calls(
    design: Design, assignments: tuple[Assignment, ...], courses: tuple[CourseAssignment, ...] = ()
) -> dict[str, tuple[int, float, float]]:
    """Return, by model, the expected number of calls and of tokens sent and received.

    Words are counted as 1.4 tokens, a reply as 150 tokens and a rating as 120: rules of thumb for a cost estimate.
    """
    actors = {(arm.id, actor.id): actor for arm in design.study.arms for actor in arm.actors}
    found: dict[str, list[float]] = {}
    items = {(i.id, item.id): item for i in design.instruments for item in i.items}
    raters = {rater.id: rater for rater in design.study.raters}
    for assignment in assignments:
        actor = actors[assignment.arm, assignment.actor.split("/", 1)[0]]
        case = design.instrument(assignment.instrument).case(assignment.case) if assignment.case else None
        said = (
            120
            if case is None
            else 120 + len(case.words.split()) + sum(len(t.text.split()) for t in case.prior)
        )
        if actor.model is not None:
            material = len(design.materials.get(assignment.condition, "").split())
            _add(found, actor.model, 1, (said + material) * _TOKENS_PER_WORD, _REPLY_TOKENS)
        asks = items[assignment.instrument, assignment.item].asks
        for rater in (raters[name] for name in assignment.raters):
            for rubric in (r for r in design.rubrics if asks in r.rates and rater.rates(r)):
                if rater.model is not None and case is not None and rubric.concerns(case):
                    size = sum(len(a.text.split()) + len(a.example.split()) for a in rubric.anchors) + 100
                    times = rater.repeats * (len(LABELS) if rater.labels == "within" else 1)
                    _add(found, rater.model, times, (said + size) * _TOKENS_PER_WORD, _RATING_TOKENS)
    _course_calls(design, courses, found)
    _excerpt_calls(design, courses, found)
    for model, calls, sent in session_rating_calls(design, sum(len(course.sessions) for course in courses)):
        _add(found, model, calls, sent * _TOKENS_PER_WORD, _RATING_TOKENS)
    for spec, (calls, sent, received) in coding_calls(design).items():
        sessions = sum(len(course.sessions) for course in courses)
        if spec.model is not None and calls:
            _add(found, spec.model, calls * sessions, sent / calls, received / calls)
    return {model: (int(calls), sent, received) for model, (calls, sent, received) in sorted(found.items())}


def _add(found: dict[str, list[float]], model: str, calls: int, sent: float, received: float) -> None:
    total = found.setdefault(model, [0.0, 0.0, 0.0])
    for place, value in enumerate((1.0, sent, received)):
        total[place] += calls * value


def _calls(
    design: Design, assignments: tuple[Assignment, ...], courses: tuple[CourseAssignment, ...]
) -> Table:
    study = design.study
    table = Table(title="Model calls expected (tokens and minutes by rule of thumb)")
    for heading in ("model", "calls", "tokens sent", "tokens received", f"cost, {study.currency}", "minutes"):
        table.add_column(heading, justify="left" if heading == "model" else "right")
    for model, (calls, sent, received) in expected_calls(design, assignments, courses).items():
        price = study.prices.get(model)
        cost = (
            "no price given"
            if price is None
            else f"{(sent * price.input + received * price.output) / 1e6:.2f}"
        )
        lanes = 1 if model.startswith("embedded/") else study.limits.max_connections
        minutes = calls * _SECONDS_PER_CALL / lanes / 60
        table.add_row(model, f"{calls:,}", f"{sent:,.0f}", f"{received:,.0f}", cost, f"{minutes:.1f}")
    if not table.row_count:
        table.add_row("no model takes part", "0", "0", "0", "0", "0")
    return table


def _power(design: Design, assignments: tuple[Assignment, ...], draws: int) -> Table:
    table = Table(
        title=f"Power at alpha .05 by the true difference, in SD between units ({draws} simulated studies each)"
    )
    for heading in ("estimand", "units", *(f"{d:g} SD" for d in _DIFFERENCES), "smallest p"):
        table.add_column(heading, justify="left" if heading == "estimand" else "right")
    rng = np.random.default_rng(design.study.seed)
    for estimand in design.study.estimands:
        sizes = _units(design.study, estimand, assignments)
        powers = [_simulated(estimand, sizes, difference, rng, draws) for difference in _DIFFERENCES]
        shown = [f"{p.power:.2f} ± {p.error:.2f}" for p in powers]
        table.add_row(estimand.id, " + ".join(map(str, sizes)), *shown, f"{powers[0].smallest_p:.2g}")
    return table


def _units(study: Study, estimand: Estimand, assignments: tuple[Assignment, ...]) -> tuple[int, ...]:
    if estimand.contrast == "paired":
        first, second = (
            {a.cluster or a.case for a in assignments if a.arm in side}
            for side in (estimand.first, estimand.second)
        )
        return (len(first & second),)
    if estimand.claim == "models_as_class":
        sides = [
            {
                actor.family or actor.model or actor.id
                for arm in study.arms
                if arm.id in side
                for actor in arm.actors
            }
            for side in (estimand.first, estimand.second)
        ]
    else:
        sides = [
            {a.actor for a in assignments if a.arm in side} for side in (estimand.first, estimand.second)
        ]
    return tuple(len(side) for side in sides if side)


def _simulated(
    estimand: Estimand, sizes: tuple[int, ...], difference: float, rng: np.random.Generator, draws: int
) -> Power:
    if estimand.contrast in {"change", "paired"} or len(sizes) < 2:
        return power_change(sizes[0], difference, rng=rng, draws=draws)
    return power_between(sizes[0], sizes[1], difference, rng=rng, draws=draws)
