"""Assignments become sessions: scripts and archives directly, models through Inspect."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from inspect_ai.model import Model
from inspect_ai.solver import TaskState

from therapyarc.dialogue import Ask, Reply, Speaker, ask_of, exchange
from therapyarc.dialogue.script import script_speaker
from therapyarc.domain import Actor, Case, Session
from therapyarc.domain.assignment import Assignment
from therapyarc.domain.call import Call
from therapyarc.domain.design import Design
from therapyarc.tasks.host import Batch, Unit, carry
from therapyarc.tasks.speaker import ModelSpeaker

__all__ = ["ArchiveSpeaker", "ask_for", "conduct"]


def conduct(
    design: Design,
    assignments: Sequence[Assignment],
    *,
    logs: Path,
    on_session: Callable[[Session], None],
    on_call: Callable[[Call], None],
) -> None:
    """Hold the given sessions; each is handed to `on_session` as soon as it is there.

    Scripts and archives need no model and do not pass through Inspect. Every model actor is one batch, and its log
    is one file. Human actors are not held here; they answer in the browser.
    """
    actors = {(arm.id, actor.id): actor for arm in design.study.arms for actor in arm.actors}
    batches: dict[tuple[str, str], list[Unit]] = {}
    for assignment in assignments:
        key = (assignment.arm, assignment.actor.split("/", 1)[0])
        actor, ask = actors[key], ask_for(design, assignment)
        if actor.kind == "model":
            batches.setdefault(key, []).append(_unit(actor, ask, on_session, on_call))
        elif speaker := _offline(design, actor, assignment):
            on_session(asyncio.run(exchange(ask, speaker)))
    carry(
        [
            Batch(
                name=f"conduct-{arm}-{name}",
                role="therapist",
                model=actors[arm, name].model or "",
                units=tuple(units),
            )
            for (arm, name), units in batches.items()
        ],
        logs=logs,
        limits=design.study.limits,
    )


def ask_for(design: Design, assignment: Assignment) -> Ask:
    """Return what is put to the therapist: never the hidden key, never the archived reply, never the arm."""
    instrument = design.instrument(assignment.instrument)
    condition = next(c for c in design.study.conditions if c.id == assignment.condition)
    trained = not condition.arms or assignment.arm in condition.arms
    return ask_of(
        instrument,
        instrument.item(assignment.item),
        None if assignment.case is None else instrument.case(assignment.case),
        session=assignment.session,
        options=assignment.options,
        material=design.materials.get(condition.id) if trained else None,
        seed=assignment.seed,
    )


class ArchiveSpeaker:
    """Adapter of the `Speaker` port: says what was really said."""

    def __init__(self, case: Case) -> None:
        self._case = case

    async def speak(self, ask: Ask) -> Reply:
        """Return the archived reply, whatever is asked."""
        del ask
        return Reply(text=self._case.archived or "")


def _offline(design: Design, actor: Actor, assignment: Assignment) -> Speaker | None:
    if actor.kind == "script":
        return script_speaker(actor.policy or "", actor.parameters)
    if actor.kind == "archive" and assignment.case is not None:
        return ArchiveSpeaker(design.instrument(assignment.instrument).case(assignment.case))
    return None


def _unit(
    actor: Actor, ask: Ask, on_session: Callable[[Session], None], on_call: Callable[[Call], None]
) -> Unit:
    async def work(state: TaskState, model: Model) -> None:
        on_session(await exchange(ask, ModelSpeaker(actor, model, state, on_call)))

    shown = ask.item.text if ask.case is None else ask.case.words
    return Unit(id=ask.session, shown=shown, work=work)
