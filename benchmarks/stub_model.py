"""A model that is none: it says a fixed sentence with a number of its own, twenty tokens a second, and notes when.

`benchmarks/people.py voice` starts the server with it, so that what the server adds can be told from what a model takes.
`STUB_LOG` names the file that gets one line a call: the number, and the seconds of the machine's clock at which the call
came, its first token was there and its last one was.
"""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, ModelUsage, modelapi
from inspect_ai.tool import ToolChoice, ToolInfo

__all__ = ["TOKENS", "TOKEN_S", "StubAPI", "stub"]

TOKEN_S = 0.05
"""Seconds between two tokens."""
TOKENS = 20
"""Tokens of a reply."""


class StubAPI(ModelAPI):
    """Inspect's view of the stub."""

    calls = 0

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        **model_args: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        del model_args

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002  # the name is Inspect's
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Say the sentence."""
        del tools, tool_choice, input, config
        StubAPI.calls += 1
        number, asked = StubAPI.calls, time.monotonic()
        text = f"Most evenings go like that one, and I never quite know what to make of it, number {number}."
        await asyncio.sleep(TOKEN_S)
        first = time.monotonic()
        await asyncio.sleep(asked + TOKENS * TOKEN_S - first)
        if log := os.environ.get("STUB_LOG"):
            with Path(log).open("a", encoding="ascii") as file:
                file.write(f"{number} {asked} {first} {time.monotonic()}\n")
        output = ModelOutput.from_content(self.model_name, text)
        output.usage = ModelUsage(input_tokens=300, output_tokens=TOKENS, total_tokens=300 + TOKENS)
        return output

    def max_connections(self) -> int:
        """As many as come."""
        return 1000


@modelapi(name="stub")
def stub() -> type[ModelAPI]:
    """Return the provider's class."""
    return StubAPI
