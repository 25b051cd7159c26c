"""A language model as rater: evidence quoted first, then the value; what cannot be read is missing."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig, Model
from inspect_ai.solver import TaskState
from inspect_ai.util import JSONSchema

from therapyarc.coding.rater import RatingTask
from therapyarc.dialogue import question
from therapyarc.domain import Missing, RaterSpec, Rating
from therapyarc.domain.call import Call
from therapyarc.tasks.host import generate, json_answer, outcome
from therapyarc.tasks.prompts import prompt

__all__ = ["ModelRater", "read_verdict"]

_FENCED = re.compile(r"^```(?:json)?\s*(?P<body>.*?)\s*```$", re.DOTALL)


def read_verdict(text: str, values: tuple[int, ...]) -> tuple[float, tuple[str, ...]] | Missing:
    """Read a rater's reply: one JSON object with `value`, one of the anchors, and `evidence`, a list of texts.

    A code fence around the object is taken off. Nothing else is repaired: a value outside the anchors, a number in
    words, two objects or prose around one are unreadable, and an unreadable rating is missing, never a middle value.
    """
    stripped = text.strip()
    if not stripped:
        return Missing.EMPTY
    if fenced := _FENCED.match(stripped):
        stripped = fenced["body"]
    try:
        data: Any = json.loads(stripped)
    except ValueError:
        return Missing.UNREADABLE
    if not isinstance(data, Mapping):
        return Missing.UNREADABLE
    value, evidence = data.get("value"), data.get("evidence", [])
    if isinstance(value, bool) or not isinstance(value, int) or value not in values:
        return Missing.UNREADABLE
    if not isinstance(evidence, list) or not all(isinstance(quote, str) for quote in evidence):
        return Missing.UNREADABLE
    return float(value), tuple(quote for quote in evidence if quote.strip())


class ModelRater:
    """Adapter of the `Rater` port."""

    def __init__(
        self, spec: RaterSpec, model: Model, state: TaskState | None, on_call: Callable[[Call], None] | None
    ) -> None:
        """Make a rater of a model; see `ModelSpeaker` for the parameters."""
        self._spec = spec
        self._model = model
        self._state = state
        self._on_call = on_call

    async def rate(self, task: RatingTask) -> Rating:
        """Rate one session; a session without a usable reply is not sent and keeps its reason."""
        if task.session.missing is not None:
            return self._rating(task, task.session.missing)
        values = tuple(anchor.value for anchor in task.rubric.anchors)
        schema = json_answer(
            str(self._model),
            "rating",
            {
                "evidence": JSONSchema(type="array", items=JSONSchema(type="string")),
                "value": JSONSchema(type="integer", enum=list(values)),
            },
        )
        user = prompt(
            "rater-user", case=task.case, question=question(task.item, ()), reply=task.session.reply or ""
        )
        output, call = await generate(
            self._model,
            [
                ChatMessageSystem(
                    content=prompt("rater-system", rubric=task.rubric, values=values, label=task.label)
                ),
                ChatMessageUser(content=user),
            ],
            GenerateConfig(
                max_tokens=400, temperature=self._spec.temperature, seed=task.seed, response_schema=schema
            ),
            session=task.session.id,
            purpose="/".join(_purpose(self._spec.id, task)),
            replay=self._on_call is not None,
            state=self._state,
        )
        if output is not None and self._on_call is not None:
            self._on_call(call)
        text, missing = outcome(output)
        return self._rating(task, missing or read_verdict(text, values))

    def _rating(self, task: RatingTask, verdict: tuple[float, tuple[str, ...]] | Missing) -> Rating:
        evidence = () if isinstance(verdict, Missing) else verdict[1]
        reply = _folded(task.session.reply or "")
        return Rating(
            session=task.session.id,
            turn=task.turn,
            rater=self._spec.id,
            rubric=task.rubric.id,
            version=task.rubric.version,
            replicate=task.replicate,
            label=task.label,
            value=None if isinstance(verdict, Missing) else verdict[0],
            missing=verdict if isinstance(verdict, Missing) else None,
            evidence=evidence,
            verbatim=all(_folded(quote) in reply for quote in evidence) if evidence else None,
        )


def _purpose(rater: str, task: RatingTask) -> list[str]:
    """Return what tells this call apart from all others on the session."""
    turn = [] if task.turn is None else [str(task.turn)]
    label = [] if task.label is None else [task.label]
    return [rater, *turn, task.rubric.id, str(task.replicate), *label]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
