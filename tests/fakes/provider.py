"""A model provider without a model, for tests: what it answers follows from the request, and it can fail or kill.

Environment variables steer it, since the tests that kill need another process:
`FAKE_CALLS`: a file that gets one line for each call that began; `FAKE_FAIL`: fail every n-th call of this process;
`FAKE_KILL`: kill the process, hard, in the n-th call.
"""

import json
import os
import re
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
    refuses_schema = False
    """Refuse a request that holds the answer to a schema, as older models do."""
    codes_at_most: int | None = None
    """Answer a request to code more turns than this with prose."""

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
        if FakeAPI.refuses_schema and config.response_schema is not None:
            raise ProviderDownError(
                "'response_format' of type 'json_schema' is not supported with this model"
            )
        if FakeAPI.calls == int(os.environ.get("FAKE_KILL", "0")):
            os.kill(os.getpid(), signal.SIGKILL)
        every = int(os.environ.get("FAKE_FAIL", "0"))
        if every and FakeAPI.calls % every == 0:
            raise ProviderDownError(f"call {FakeAPI.calls} failed as it was told to")
        text = f"You sound worn out. What happened on day {int(digest[:4], 16)}?"
        if asked.startswith("You code what a"):
            text = _codes(asked, FakeAPI.codes_at_most)
        elif self.model_name == "biased" and asked.startswith("You rate"):
            text = _biased(asked)
        elif asked.startswith("You rate a therapist over"):
            text = json.dumps({"evidence": [1], "value": 1 + int(digest[0], 16) % 5})
        elif "letter" in asked:
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


def _biased(asked: str) -> str:
    """Rate by the words alone, 3 to 5, and two points lower where they are said to be a machine's."""
    reply = asked.rsplit("<<<", 1)[-1] if asked.startswith("You rate one answer") else asked.split("{", 1)[1]
    value = 3 + int(sha256(reply.encode()).hexdigest()[0], 16) % 3 - 2 * ("a computer program" in asked)
    return json.dumps({"evidence": [], "value": value})


def _codes(asked: str, at_most: int | None) -> str:
    """Code each turn by its own words: questions as such, all else by its first word's length; quote that word."""
    turns = re.findall(r"^CODE +\[(\d+)\] (Therapist|Client): (.*)$", asked, re.MULTILINE)
    if at_most is not None and len(turns) > at_most:
        return "I would rather speak about these turns than code them."
    return json.dumps({number: _found(role, said) for number, role, said in turns})


def _found(role: str, said: str) -> list[dict[str, str]]:
    names = ("open_question", "acknowledge") if role == "Therapist" else ("event", "sustain")
    if "?" not in said and len(said) % 3 == 0:
        return []
    return [{"code": names["?" not in said], "evidence": said.split()[0]}]


@modelapi(name="fake")
def fake() -> type[ModelAPI]:
    """Return the provider's class."""
    return FakeAPI
