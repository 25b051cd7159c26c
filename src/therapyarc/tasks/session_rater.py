"""A language model as rater of whole sessions, or windows of turns; what cannot be read is missing."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig, Model
from inspect_ai.solver import TaskState
from inspect_ai.util import JSONSchema

from therapyarc.coding.session_rater import SessionRatingTask, read_session_verdict
from therapyarc.domain import Limits, Missing, RaterSpec, Rating
from therapyarc.domain.call import Call
from therapyarc.tasks.host import Batch, Unit, carry, generate, json_answer, outcome
from therapyarc.tasks.prompts import prompt

__all__ = ["ModelSessionRater", "rate_sessions"]


def rate_sessions(
    raters: Sequence[RaterSpec],
    due: Mapping[str, Sequence[SessionRatingTask]],
    *,
    logs: Path,
    limits: Limits,
    on_rating: Callable[[Rating], None],
    on_call: Callable[[Call], None],
) -> None:
    """Rate sessions by every rater that is a model; parameters as in `rate`. Others have no rules for sessions."""
    batches = [
        Batch(
            name=f"rate-sessions-{spec.id}",
            role="rater",
            model=spec.model or "",
            units=tuple(_unit(spec, task, on_rating, on_call) for task in due.get(spec.id, ())),
        )
        for spec in raters
        if spec.kind == "model"
    ]
    carry(batches, logs=logs, limits=limits)


def _unit(
    spec: RaterSpec,
    task: SessionRatingTask,
    on_rating: Callable[[Rating], None],
    on_call: Callable[[Call], None],
) -> Unit:
    async def work(state: TaskState, model: Model) -> None:
        on_rating(await ModelSessionRater(spec, model, state, on_call).rate(task))

    return Unit(
        id=f"{task.session.id}/{_purpose(spec.id, task)}",
        shown="\n".join(turn.text for _, turn in task.turns),
        work=work,
    )


def _purpose(rater: str, task: SessionRatingTask) -> str:
    """Return what tells this call apart from all others on the session."""
    label = "" if task.label is None else f"/{task.label}"
    return f"{rater}/{task.rubric.id}/{task.first}-{task.last}/{task.replicate}{label}"


class ModelSessionRater:
    """A model that rates sessions."""

    def __init__(
        self, spec: RaterSpec, model: Model, state: TaskState | None, on_call: Callable[[Call], None] | None
    ) -> None:
        """Make a rater of a model; see `ModelSpeaker` for the parameters."""
        self._spec = spec
        self._model = model
        self._state = state
        self._on_call = on_call

    async def rate(self, task: SessionRatingTask) -> Rating:
        """Rate a session or a window; one in which nobody speaks is not sent, and too short."""
        if not task.turns:
            return self._rating(task, Missing.TOO_SHORT)
        values = tuple(anchor.value for anchor in task.rubric.anchors)
        schema = json_answer(
            str(self._model),
            "rating",
            {
                "evidence": JSONSchema(type="array", items=JSONSchema(type="integer")),
                "value": JSONSchema(type="integer", enum=list(values)),
            },
        )
        output, call = await generate(
            self._model,
            [
                ChatMessageSystem(
                    content=prompt(
                        "session-rater-system", rubric=task.rubric, values=values, label=task.label
                    )
                ),
                ChatMessageUser(content=prompt("session-rater-user", turns=task.turns)),
            ],
            GenerateConfig(
                max_tokens=400, temperature=self._spec.temperature, seed=task.seed, response_schema=schema
            ),
            session=task.session.id,
            purpose=_purpose(self._spec.id, task),
            replay=self._on_call is not None,
            state=self._state,
        )
        if output is not None and self._on_call is not None:
            self._on_call(call)
        text, missing = outcome(output)
        return self._rating(task, missing or read_session_verdict(text, task))

    def _rating(self, task: SessionRatingTask, verdict: tuple[float, tuple[int, ...]] | Missing) -> Rating:
        window = task.rubric.window > 0
        return Rating(
            session=task.session.id,
            turn=task.first if window else None,
            until=task.last if window else None,
            rater=self._spec.id,
            rubric=task.rubric.id,
            version=task.rubric.version,
            replicate=task.replicate,
            label=task.label,
            value=None if isinstance(verdict, Missing) else verdict[0],
            missing=verdict if isinstance(verdict, Missing) else None,
            evidence_turns=() if isinstance(verdict, Missing) else verdict[1],
        )
