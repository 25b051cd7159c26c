"""Sessions become ratings. Nothing here can reach the key: raters see what `RatingTask` holds and no more."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from inspect_ai.model import Model
from inspect_ai.solver import TaskState

from therapyarc.coding.baseline import BaselineRater
from therapyarc.coding.rater import Rater, RatingTask
from therapyarc.coding.safety_rules import SafetyRules
from therapyarc.domain import Limits, RaterSpec, Rating
from therapyarc.domain.call import Call
from therapyarc.tasks.host import Batch, Unit, carry
from therapyarc.tasks.rater import ModelRater

__all__ = ["rate"]

_TOGETHER = 200
"""Ratings by fixed rules that are written at once: a kill costs no more than their repetition, which costs nothing."""


def rate(
    raters: Sequence[RaterSpec],
    due: Mapping[str, Sequence[RatingTask]],
    *,
    logs: Path,
    limits: Limits,
    on_ratings: Callable[[Sequence[Rating]], None],
    on_call: Callable[[Call], None],
) -> None:
    """Rate; ratings are handed to `on_ratings` as soon as they are there, those of fixed rules some hundred at a time.

    Parameters
    ----------
    raters
        Who rates. People rate in the browser and are passed over here.
    due
        By rater id, what is still to be rated, in the order in which the rater meets it.
    logs
        Folder of Inspect's logs.
    limits
        How hard providers may be driven.
    on_ratings
        Told of every rating, once.
    on_call
        Told of every finished call.
    """
    batches = []
    for spec in raters:
        tasks = due.get(spec.id, ())
        if spec.kind == "baseline":
            baseline = (
                SafetyRules(spec.id) if spec.variant == "safety" else BaselineRater(spec.id, spec.variant)
            )
            for start in range(0, len(tasks), _TOGETHER):
                on_ratings(asyncio.run(_all(baseline, tasks[start : start + _TOGETHER])))
        elif spec.kind == "model":
            units = tuple(_unit(spec, task, on_ratings, on_call) for task in tasks)
            batches.append(Batch(name=f"rate-{spec.id}", role="rater", model=spec.model or "", units=units))
    carry(batches, logs=logs, limits=limits)


async def _all(rater: Rater, tasks: Sequence[RatingTask]) -> list[Rating]:
    return [await rater.rate(task) for task in tasks]


def _unit(
    spec: RaterSpec,
    task: RatingTask,
    on_ratings: Callable[[Sequence[Rating]], None],
    on_call: Callable[[Call], None],
) -> Unit:
    async def work(state: TaskState, model: Model) -> None:
        on_ratings([await ModelRater(spec, model, state, on_call).rate(task)])

    turn = "" if task.turn is None else f"/{task.turn}"
    label = "" if task.label is None else f"/{task.label}"
    name = f"{task.session.id}{turn}/{task.rubric.id}/{task.replicate}{label}"
    return Unit(id=name, shown=task.session.reply or "", work=work)
