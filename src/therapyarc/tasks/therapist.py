"""A language model as therapist in ongoing therapy."""

import re
from collections.abc import Callable

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
)
from inspect_ai.solver import TaskState

from therapyarc.dialogue.therapist import Scene, Utterance
from therapyarc.domain import Actor, Missing
from therapyarc.domain.call import Call
from therapyarc.tasks.host import CallFailedError, generate, outcome
from therapyarc.tasks.prompts import prompt

__all__ = ["ModelTherapist"]


class ModelTherapist:
    """Adapter of the `Therapist` port."""

    def __init__(
        self,
        actor: Actor,
        model: Model,
        state: TaskState | None,
        on_call: Callable[[Call], None],
        turn_tokens: int | None = None,
    ) -> None:
        """Make a therapist of a model; see `ModelSpeaker` for the parameters. `turn_tokens` limits a turn."""
        self._actor = actor
        self._most = turn_tokens or actor.max_tokens
        self._model = model
        self._state = state
        self._on_call = on_call
        self._session = ""
        self._systems: dict[bool, ChatMessageSystem] = {}
        """What is said first in this session, by whether it closes."""
        self._said: list[ChatMessage] = []
        """The session so far; grown turn by turn, since making a message anew costs more than keeping it."""

    async def say(self, scene: Scene) -> Utterance:
        """Return the next turn.

        A reply that hit its token limit is said up to its last whole sentence, as a therapist who is cut short; with no
        whole sentence it is unusable.

        Raises
        ------
        CallFailedError
            If the call failed after all retries. The session is then left for a later run.
        """
        text, missing = await self._ask(self._messages(scene), scene, f"say/{scene.exchange}")
        if missing is Missing.TRUNCATED and (whole := re.match(r".*[.!?…]", text, re.DOTALL)):
            return Utterance(text=whole[0])
        return Utterance(text=text, missing=missing)

    async def note(self, scene: Scene) -> str:
        """Return notes on the session; empty where none came."""
        messages = [*self._messages(scene), ChatMessageUser(content=prompt("course-note"))]
        return (await self._ask(messages, scene, "note"))[0]

    async def _ask(
        self, messages: list[ChatMessage], scene: Scene, purpose: str
    ) -> tuple[str, Missing | None]:
        config = GenerateConfig(max_tokens=self._most, temperature=self._actor.temperature, seed=scene.seed)
        output, call = await generate(
            self._model,
            messages,
            config,
            session=scene.session,
            purpose=purpose,
            replay=True,
            state=self._state,
        )
        if output is None:
            raise CallFailedError(scene.session)
        self._on_call(call)
        return outcome(output)

    def _messages(self, scene: Scene) -> list[ChatMessage]:
        if scene.session != self._session:
            self._session, self._said, self._systems = scene.session, [], {}
        self._said += [
            ChatMessageUser(content=turn.text)
            if turn.role == "client"
            else ChatMessageAssistant(content=turn.text or "(silence)")
            for turn in scene.turns[len(self._said) :]
        ]
        closing = scene.exchange == scene.exchanges
        if closing not in self._systems:
            self._systems[closing] = ChatMessageSystem(
                content=prompt(
                    "course-system",
                    number=scene.number,
                    sessions=scene.sessions,
                    referral=scene.referral,
                    memory=scene.memory,
                    closing=closing,
                )
            )
        return [self._systems[closing], *self._said]
