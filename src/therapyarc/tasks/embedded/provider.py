"""The embedded model as an Inspect provider: `embedded/smollm2-135m`, or `embedded/PATH.gguf`."""

import asyncio
from typing import Any

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    StopReason,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from therapyarc.tasks.embedded.engine import Completion, engine_for
from therapyarc.tasks.embedded.weights import locate

__all__ = ["EmbeddedAPI", "embedded"]

DEFAULT_SEED = 20260101
"""Seed of a request that names none, so that it too gives the same reply every time."""


class EmbeddedAPI(ModelAPI):
    """Inspect's view of the embedded engine."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        **model_args: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        self._engine = engine_for(locate(model_name.removeprefix("embedded/")))
        del model_args

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002  # the name is Inspect's
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Answer one chat request; tools are not supported and are passed over."""
        del tools, tool_choice
        completion = await asyncio.to_thread(self._engine.complete, request(input, config))
        return self._output(completion)

    def max_connections(self) -> int:
        """One: the engine answers one request at a time, so that replies do not depend on their neighbours."""
        return 1

    async def count_text_tokens(self, text: str) -> int:
        """Estimate the tokens of a text at four characters each; nothing is fetched for it."""
        return max(1, len(text) // 4)

    def should_retry(self, ex: BaseException) -> bool:
        """Never: what the engine refuses once it refuses again."""
        del ex
        return False

    def _output(self, completion: Completion) -> ModelOutput:
        reasons: dict[str, StopReason] = {"stop": "stop", "length": "max_tokens", "context": "model_length"}
        message = ChatMessageAssistant(content=completion.text, model=self.model_name, source="generate")
        return ModelOutput(
            model=self.model_name,
            choices=[ChatCompletionChoice(message=message, stop_reason=reasons[completion.stop])],
            usage=ModelUsage(
                input_tokens=completion.input_tokens,
                output_tokens=completion.output_tokens,
                total_tokens=completion.input_tokens + completion.output_tokens,
            ),
        )


def request(messages: list[ChatMessage], config: GenerateConfig) -> dict[str, Any]:
    """Return the engine's request for Inspect's messages and settings."""
    made: dict[str, Any] = {
        "messages": [{"role": message.role, "content": message.text} for message in messages],
        "seed": DEFAULT_SEED if config.seed is None else config.seed,
        "temperature": 0.7 if config.temperature is None else config.temperature,
        "max_tokens": config.max_tokens or 512,
    }
    if config.top_p is not None:
        made["top_p"] = config.top_p
    if config.stop_seqs:
        made["stop"] = config.stop_seqs
    if config.response_schema is not None:
        schema = config.response_schema.json_schema.model_dump(exclude_none=True)
        made["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    return made | (config.extra_body or {})


@modelapi(name="embedded")
def embedded() -> type[ModelAPI]:
    """Return the provider's class, as Inspect asks of a provider."""
    return EmbeddedAPI
