"""A language model as therapist."""

from collections.abc import Callable

from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig, Model
from inspect_ai.solver import TaskState
from inspect_ai.util import JSONSchema

from therapyarc.dialogue import Ask, Reply, choice_letters, question
from therapyarc.domain import Actor
from therapyarc.domain.call import Call
from therapyarc.tasks.host import generate, json_answer, outcome
from therapyarc.tasks.prompts import prompt

__all__ = ["ModelSpeaker"]


class ModelSpeaker:
    """Adapter of the `Speaker` port: a model answers items as they would be put to a person."""

    def __init__(
        self, actor: Actor, model: Model, state: TaskState | None, on_call: Callable[[Call], None] | None
    ) -> None:
        """Make a speaker of a model.

        Parameters
        ----------
        actor
            Sampling settings.
        model
            Inspect's model, in the role of therapist.
        state
            The sample's state, so that its log shows what was sent and what came; none outside Inspect.
        on_call
            Told of every finished call; none where no run folder keeps calls, and then none is replayed either.
        """
        self._actor = actor
        self._model = model
        self._state = state
        self._on_call = on_call

    async def speak(self, ask: Ask) -> Reply:
        """Answer one item; a call that failed after all retries is a reply that is missing."""
        letters = list(choice_letters(ask.options).values())
        schema = None
        if letters:
            answer = JSONSchema(type="string", enum=letters)
            schema = json_answer(str(self._model), "answer", {"answer": answer})
        system = prompt("therapist-system", instructions=ask.instructions.strip(), material=ask.material)
        user = prompt(
            "therapist-user",
            case=ask.case,
            question=question(ask.item, ask.options),
            asks=ask.item.asks,
            letters=letters,
            json=schema is not None,
        )
        config = GenerateConfig(
            max_tokens=self._actor.max_tokens,
            temperature=self._actor.temperature,
            seed=ask.seed,
            response_schema=schema,
        )
        output, call = await generate(
            self._model,
            [ChatMessageSystem(content=system), ChatMessageUser(content=user)],
            config,
            session=ask.session,
            purpose="reply",
            replay=self._on_call is not None,
            state=self._state,
        )
        if output is not None and self._on_call is not None:
            self._on_call(call)
        text, missing = outcome(output)
        return Reply(text=text, missing=missing)
