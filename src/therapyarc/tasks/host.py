"""Inspect AI as the carrier of calls: batches of work, each on one model, in one log a batch.

One sample is one session (or one rating). Inspect brings providers, retries, rate limits, the scoped cache and the
logs; nothing of its scoring or metrics is used. What a sample finds is written to the run's own artefacts by the
work itself, before the sample ends.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    Model,
    ModelOutput,
    ResponseSchema,
    get_model,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import JSONSchema

from therapyarc.domain import Limits, Missing, record
from therapyarc.domain.call import Call
from therapyarc.tasks.reach import reached
from therapyarc.tasks.replay import Replies, request_key

__all__ = [
    "Batch",
    "CallFailedError",
    "KeptReplies",
    "Unit",
    "carry",
    "generate",
    "json_answer",
    "outcome",
]

_STRUCTURED = frozenset({"anthropic", "embedded", "google", "mistral", "ollama", "openai", "sglang", "vllm"})
"""Providers that hold a model to a JSON schema; elsewhere the prompt asks and the parser decides."""

_REFUSES_SCHEMA = re.compile(
    r"response.?(?:format|schema)|json.?schema|output.?format|structured.?output", re.IGNORECASE
)
"""What providers say of a model that cannot be held to a schema, such as GPT-4 of 2023 or Claude 3."""

_unheld: set[str] = set()
"""Models of this process that refused a schema; they are asked without one from then on."""


_replies: Replies | None = None
"""Replies of the run under way; none outside one. A process carries one run at a time."""


class CallFailedError(Exception):
    """A call failed after all retries, in work that cannot go on without it; the provider's error is its cause."""


class KeptReplies(Protocol):
    """Replies that were had already, by the digest of what was asked (see `request_key`)."""

    def find(self, key: str) -> ModelOutput | None:
        """Return the reply that was kept for this request; none where there is none."""
        ...

    def keep(self, key: str, output: ModelOutput) -> None:
        """Keep a reply before it is used."""
        ...


@record
class Unit:
    """One sample: the work that one model call (or its retries) serves."""

    id: str
    """Sample id in the log: the session id, with rubric and replicate for ratings."""
    shown: str
    """What a reader of the log sees as the sample's input."""
    work: Callable[[TaskState, Model], Awaitable[None]]
    """Calls the model and writes what came to the run's artefacts."""


@record
class Batch:
    """Units that go to one model in one role."""

    name: str
    """Name of the log."""
    role: str
    """`therapist`, `client` or `rater`."""
    model: str
    """Inspect model name."""
    client: str | None = None
    """Inspect model name of the client's voice; none where the voice is scripted."""
    units: tuple[Unit, ...]
    """The work."""


def carry(batches: Sequence[Batch], *, logs: Path, limits: Limits) -> None:
    """Do all work of all batches, side by side under the connection cap of each provider.

    Raises
    ------
    ModelUnavailableError
        If a model cannot be reached as it is named.
    Exception
        Whatever a unit raised (a full disk, say), once calls under way have ended. A failed model call is no
        exception: it is a reply that is missing.
    KeyboardInterrupt
        If the run was interrupted.
    """
    live = [batch for batch in batches if batch.units]
    if not live:
        return
    global _replies  # what Inspect hands to a sample holds no place for it
    _replies = Replies(logs / ".replies.jsonl")
    try:
        _carry(live, logs, limits)
    finally:
        _replies.close()
        _replies = None


def _carry(live: Sequence[Batch], logs: Path, limits: Limits) -> None:
    raised: list[Exception] = []
    done = inspect_eval(
        [_task(batch, raised, limits) for batch in live],
        model="none",  # so that a missing role is an error and never falls back in silence
        display="none",
        log_level="error",
        log_dir=str(logs),
        log_realtime=True,
        max_tasks=len(live),
        max_samples=limits.max_connections,
        max_connections=limits.max_connections,
        max_retries=limits.max_retries,
        timeout=limits.timeout_s * (limits.max_retries + 1),
        attempt_timeout=limits.timeout_s,
        fail_on_error=True,
    )
    if raised:
        raise raised[0]
    if any(log.status == "cancelled" for log in done):
        raise KeyboardInterrupt
    for log in done:
        if log.error is not None:
            raise RuntimeError(
                f"Inspect ended {log.eval.task} with an error; see {log.location}\n{log.error.message}"
            )


def _task(batch: Batch, raised: list[Exception], limits: Limits) -> Task:
    units = {unit.id: unit for unit in batch.units}

    @solver(name="therapyarc_unit")
    def unit_solver() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            del generate
            try:
                await units[str(state.sample_id)].work(state, get_model(role=batch.role, required=True))
            except Exception as error:
                raised.append(error)
                raise
            return state

        return solve

    return Task(
        name=batch.name,
        dataset=[Sample(id=unit.id, input=unit.shown) for unit in batch.units],
        solver=unit_solver(),
        model_roles={
            role: reached(name, limits)
            for role, name in ((batch.role, batch.model), ("client", batch.client))
            if name is not None
        },
    )


async def generate(
    model: Model,
    messages: list[ChatMessage],
    config: GenerateConfig,
    *,
    session: str,
    purpose: str,
    replay: bool,
    state: TaskState | None = None,
    replies: KeptReplies | None = None,
    on_error: Callable[[Exception], None] | None = None,
) -> tuple[ModelOutput | None, Call]:
    """Call a model once; with `replay`, a reply that an earlier process was given is taken instead.

    Such replies are looked for in `replies`; without these, among those of the run under way.

    Returns
    -------
    The output, or none where the call failed after all retries (`on_error` is told the error, and it is kept in the
    sample's metadata), and the record of the call.
    """
    name = str(model)
    kept: KeptReplies | None = (replies or _replies) if replay else None
    key = "" if kept is None else request_key(name, messages, config, session, purpose)
    found = None if kept is None else kept.find(key)
    try:
        output = found or await _answered(model, messages, config)
    except Exception as error:  # noqa: BLE001  # providers raise anything; the reply is then missing, with the reason
        if on_error is not None:
            on_error(error)
        if state is not None:
            state.metadata["error"] = f"{type(error).__name__}: {error}"
        return None, Call(session=session, role=model.role or "", model=name, purpose=purpose)
    if kept is not None and found is None and output.error is None:
        kept.keep(key, output)
    if state is not None:
        state.messages = [*messages, output.message]
        state.output = output
    usage, cached = output.usage, found is not None
    return output, Call(
        session=session,
        role=model.role or "",
        model=name,
        served=output.model or None,
        purpose=purpose,
        input_tokens=0 if usage is None else usage.input_tokens,
        output_tokens=0 if usage is None else usage.output_tokens,
        seconds=None if cached else output.time,
        cached=cached,
    )


async def _answered(model: Model, messages: list[ChatMessage], config: GenerateConfig) -> ModelOutput:
    """Call the model, held to the schema where it can be; the prompt asks for the same form in any case."""
    name, free = str(model), config.model_copy(update={"response_schema": None})
    if config.response_schema is None or name in _unheld:
        return await model.generate(messages, config=free, cache=False)
    try:
        return await model.generate(messages, config=config, cache=False)
    except Exception as error:
        if not _REFUSES_SCHEMA.search(str(error)):
            raise
    _unheld.add(name)
    return await model.generate(messages, config=free, cache=False)


def outcome(output: ModelOutput | None) -> tuple[str, Missing | None]:
    """Return a reply's text and why it cannot be used, if it cannot.

    A reply that hit its token limit is truncated, also where text came; a content filter's stop is a refusal; an
    over-long prompt is overlong; no text is empty. Nothing is inferred from the wording of a reply.
    """
    if output is None or output.error is not None:
        return "", Missing.FAILED
    text = output.completion.strip()
    reason = output.stop_reason
    if reason == "content_filter":
        return text, Missing.REFUSED
    if reason == "model_length":
        return text, Missing.OVERLONG
    if reason == "max_tokens":
        return text, Missing.TRUNCATED
    return text, None if text else Missing.EMPTY


def json_answer(model: str, name: str, properties: dict[str, JSONSchema]) -> ResponseSchema | None:
    """Return a schema that holds the model to a JSON object, where its provider can."""
    if model.split("/", 1)[0] not in _STRUCTURED:
        return None
    schema = JSONSchema(
        type="object", properties=properties, required=list(properties), additionalProperties=False
    )
    return ResponseSchema(name=name, json_schema=schema, strict=True)
