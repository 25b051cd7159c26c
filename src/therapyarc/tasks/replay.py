"""Replies of a run, kept line by line as they come, so that a killed run makes no finished call again.

One line of `logs/.replies.jsonl` is one reply under the digest of what was asked. It is written before the reply is used
and handed to the system at once, so that it outlives the process; a line that a kill cut short is passed over.
"""

from hashlib import sha256
from pathlib import Path

from inspect_ai.model import ChatMessage, GenerateConfig, ModelOutput

__all__ = ["Replies", "request_key"]

_KEY = 32
"""Letters of a key; 128 bits of the digest."""


def request_key(
    model: str, messages: list[ChatMessage], config: GenerateConfig, session: str, purpose: str
) -> str:
    """Return the key of a request: 32 letters that differ when any of what is given does.

    Session and purpose are part of it, since equal prompts of two sessions must not share one reply.
    """
    schema = config.response_schema
    settings = (
        model, session, purpose, config.seed, config.temperature, config.max_tokens,
        None if schema is None else schema.model_dump_json(),
    )  # fmt: skip
    digest = sha256(repr(settings).encode())
    for message in messages:
        text = message.text.encode("utf-8", "surrogatepass")
        digest.update(f"\x00{message.role}\x00{len(text)}\x00".encode())
        digest.update(text)
    return digest.hexdigest()[:_KEY]


class Replies:
    """The replies of one run: those of earlier processes are found again, those of this one are added."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it; what earlier processes left is indexed by its place and not kept in memory."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._places: dict[str, tuple[int, int]] = {}
        self._file = path.open("a+b", buffering=0)
        self._file.seek(0)
        at, whole = 0, True
        with path.open("rb") as lines:
            for line in lines:
                whole = line.endswith(b"\n")
                if whole and line[_KEY : _KEY + 1] == b"\t":
                    self._places[line[:_KEY].decode("ascii", "replace")] = (at, len(line))
                at += len(line)
        if not whole:
            self._file.write(b"\n")

    def find(self, key: str) -> ModelOutput | None:
        """Return the reply that an earlier process kept for this request; none where there is none."""
        place = self._places.get(key)
        if place is None:
            return None
        self._file.seek(place[0])
        return ModelOutput.model_validate_json(self._file.read(place[1])[_KEY + 1 :])

    def keep(self, key: str, output: ModelOutput) -> None:
        """Add a reply."""
        self._file.write(f"{key}\t{output.model_dump_json(exclude_none=True)}\n".encode("utf-8", "replace"))

    def close(self) -> None:
        """Close the file."""
        self._file.close()
