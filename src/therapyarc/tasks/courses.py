"""Courses: scripted ones at once, those with a model wave by wave: all first sessions, a week, all second ones."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random

from inspect_ai.model import Model, get_model
from inspect_ai.solver import TaskState

from therapyarc.dialogue.client.dynamics import Coefficients, coefficients
from therapyarc.dialogue.client.voice import ScriptedVoice, Voice
from therapyarc.dialogue.course import CoursePlan, Held, hold, is_over, live_alone, next_session
from therapyarc.dialogue.monitor import CueScreen, Monitor
from therapyarc.dialogue.script import script_therapist
from therapyarc.dialogue.therapist import Therapist
from therapyarc.domain import Actor, Courses
from therapyarc.domain.assignment import CourseAssignment
from therapyarc.domain.call import Call
from therapyarc.domain.client import ClientCase
from therapyarc.domain.design import Design
from therapyarc.domain.planted import planted
from therapyarc.tasks.host import Batch, CallFailedError, Unit, carry
from therapyarc.tasks.therapist import ModelTherapist
from therapyarc.tasks.voice import ModelVoice

__all__ = ["hold_courses"]


@cache
def _table(redraw: int | None) -> Coefficients:
    table = coefficients()
    return table if redraw is None else table.redrawn(Random(f"coefficients {redraw}"))


def hold_courses(
    design: Design,
    assignments: Sequence[CourseAssignment],
    held: Mapping[str, Sequence[Held]],
    *,
    logs: Path,
    on_held: Callable[[Held], None],
    on_call: Callable[[Call], None],
) -> tuple[str, ...]:
    """Hold all courses as far as they go; each session is handed to `on_held` as soon as it is there.

    Parameters
    ----------
    design
        The study.
    assignments
        The planned courses.
    held
        By course, the sessions that are there already.
    logs
        Folder of Inspect's logs.
    on_held
        Keeps a session and its trace.
    on_call
        Told of every finished model call.

    Returns
    -------
    Ids of the courses in which a call failed after all retries; their sessions so far are kept, and the next run goes on.
    """
    actors = {(arm.id, actor.id): actor for arm in design.study.arms for actor in arm.actors}
    courses = {a.course: list(held.get(a.course, ())) for a in assignments}
    plan = design.study.courses
    if plan is None:
        return ()
    plans = _plans(design, plan, assignments)
    failed: set[str] = set()
    live: list[CourseAssignment] = []
    scripted: list[CourseAssignment] = []
    for assignment in assignments:
        actor, case = actors[assignment.arm, assignment.actor], design.cases[assignment.case]
        if actor.kind == "none":
            mine = courses[assignment.course]
            live_alone(plans[assignment.course], case, _table(plan.redraw), earlier=mine, keep=on_held)
        elif actor.kind == "model" or (actor.kind == "script" and plan.voice != "scripted"):
            live.append(assignment)
        elif actor.kind == "script":
            scripted.append(assignment)

    async def all_scripted() -> None:  # one loop for all, since starting one costs as much as a session
        for assignment in scripted:
            actor, case = actors[assignment.arm, assignment.actor], design.cases[assignment.case]
            therapist = script_therapist(actor.policy or "", actor.parameters, _elsewhere(design, case))
            await hold(
                plans[assignment.course], case, therapist, _table(plan.redraw), earlier=courses[assignment.course],
                keep=on_held, monitor=_screen(plan),
            )  # fmt: skip

    asyncio.run(all_scripted())
    for number in range(1, plan.sessions + 1):
        batches: dict[tuple[str, str], list[Unit]] = defaultdict(list)
        for assignment in live:
            mine, case = courses[assignment.course], design.cases[assignment.case]
            if assignment.course in failed or len(mine) != number - 1:
                continue
            held_by = plans[assignment.course]
            if is_over(held_by, case, _table(plan.redraw), mine):
                continue
            key = (assignment.arm, assignment.actor)
            batches[key].append(_unit(design, held_by, case, actors[key], mine, on_held, on_call, failed))
        carry(
            [
                Batch(
                    name=f"session-{number}-{arm}-{name}",
                    role="therapist",
                    model=actors[arm, name].model or "none",
                    client=None if plan.voice == "scripted" else plan.voice,
                    units=tuple(units),
                )
                for (arm, name), units in batches.items()
            ],
            logs=logs,
            limits=design.study.limits,
        )
    return tuple(sorted(failed))


def _screen(plan: Courses) -> Monitor | None:
    return None if plan.screen == "none" else CueScreen(ends=plan.screen == "end")


def _plans(design: Design, plan: Courses, assignments: Sequence[CourseAssignment]) -> dict[str, CoursePlan]:
    probes = planted(design)
    return {
        one.course: CoursePlan(
            course=one.course,
            sessions=one.sessions,
            exchanges=plan.exchanges,
            memory=one.memory,
            seed=one.seed,
            words=plan.words,
            planted_acts=plan.acts == "planted",
            probes=probes.get((one.case, one.seed), ()),
        )
        for one in assignments
    }


def _elsewhere(design: Design, case: ClientCase) -> Callable[[int], str]:
    """Return another client's words, for the policy `shuffled`; with a single case its own facts out of place."""
    others = [fact.say for other in design.cases.values() if other.id != case.id for fact in other.facts]
    lines = others or [fact.say for fact in case.facts]
    return lambda seed: Random(seed).choice(lines)


def _unit(
    design: Design,
    plan: CoursePlan,
    case: ClientCase,
    actor: Actor,
    mine: list[Held],
    on_held: Callable[[Held], None],
    on_call: Callable[[Call], None],
    failed: set[str],
) -> Unit:
    study = design.study.courses
    assert study is not None
    session = plan.sessions[len(mine)]

    async def work(state: TaskState, model: Model) -> None:
        therapist: Therapist
        if actor.kind == "model":
            therapist = ModelTherapist(actor, model, state, on_call, study.turn_tokens)
        else:
            therapist = script_therapist(actor.policy or "", actor.parameters, _elsewhere(design, case))

        def voice(said: Sequence[str]) -> Voice:
            if study.voice == "scripted":
                return ScriptedVoice(case, said)
            model = get_model(role="client", required=True)
            return ModelVoice(case, session, model, state, on_call, ScriptedVoice(case, said))

        try:
            one = await next_session(plan, case, therapist, _table(study.redraw), mine, voice, _screen(study))
        except CallFailedError:
            failed.add(plan.course)
            return
        if one is not None:
            mine.append(one)
            on_held(one)

    return Unit(id=session, shown=f"session {len(mine) + 1}", work=work)
