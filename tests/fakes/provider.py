"""A model provider without a model, for tests: what it answers follows from the request, and it can fail or kill.

Environment variables steer it, since the tests that kill need another process:
`FAKE_CALLS`: a file that gets one line for each call that began; `FAKE_FAIL`: fail every n-th call of this process;
`FAKE_KILL`: kill the process, hard, in the n-th call.
"""

import os
import signal
from hashlib import sha256
from pathlib import Path
from typing import Any

from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, ModelUsage, modelapi
from inspect_ai.tool import ToolChoice, ToolInfo

__all__ = ["FakeAPI", "fake"]


class ProviderDownError(Exception):
    """What the fake raises where it was told to fail."""


class FakeAPI(ModelAPI):
    """Inspect's view of the fake."""

    calls = 0
    """Calls begun in this process."""
    unreadable_every = 0
    """Answer every n-th choice with what no parser may guess from."""

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
        """Answer "B" or a sentence, by the digest of the request."""
        del tools, tool_choice
        FakeAPI.calls += 1
        asked = "\n".join(message.text for message in input)
        digest = sha256(f"{self.model_name}/{asked}/{config.seed}".encode()).hexdigest()
        if path := os.environ.get("FAKE_CALLS"):
            with Path(path).open("a", encoding="utf-8") as log:
                log.write(f"{digest}\n")
        if FakeAPI.calls == int(os.environ.get("FAKE_KILL", "0")):
            os.kill(os.getpid(), signal.SIGKILL)
        every = int(os.environ.get("FAKE_FAIL", "0"))
        if every and FakeAPI.calls % every == 0:
            raise ProviderDownError(f"call {FakeAPI.calls} failed as it was told to")
        text = f"You sound worn out. What happened on day {int(digest[:4], 16)}?"
        if "letter" in asked:
            unreadable = FakeAPI.unreadable_every and FakeAPI.calls % FakeAPI.unreadable_every == 0
            text = "Either A or B, I would say." if unreadable else "ABCD"[int(digest[0], 16) % 4]
        output = ModelOutput.from_content(self.model_name, text)
        output.usage = ModelUsage(input_tokens=len(asked) // 4, output_tokens=9, total_tokens=9)
        return output

    def should_retry(self, ex: BaseException) -> bool:
        """Never."""
        del ex
        return False

    async def count_text_tokens(self, text: str) -> int:
        """Four characters a token."""
        return len(text) // 4


@modelapi(name="fake")
def fake() -> type[ModelAPI]:
    """Return the provider's class."""
    return FakeAPI
