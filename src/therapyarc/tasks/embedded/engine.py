"""The engine: llama.cpp in this process, started when first used, one request at a time.

The same request gives the same reply whatever runs beside it or ran before it. That costs speed and is bought by
three settings, each found by trying: one slot (replies that are computed in a batch with others differ in the last
bits, and sampling then differs in words), no reuse of a cached prefix (a prompt that is computed in other pieces
differs in the same way), and a seed in every request.
"""

import atexit
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Completion", "Engine", "EngineError", "engine_for", "stop_engines"]


class EngineError(Exception):
    """The engine cannot be started, or did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What the engine answered."""

    text: str
    """The reply."""
    stop: str
    """`stop`, `length` (token limit) or `context` (the prompt does not fit)."""
    input_tokens: int
    """Tokens of the prompt."""
    output_tokens: int
    """Tokens of the reply."""


class Engine:
    """One weights file, loaded when first asked and freed by `close`."""

    def __init__(self, weights: Path, *, threads: int | None = None, context: int = 8192) -> None:
        """Make an engine; nothing is loaded yet.

        Parameters
        ----------
        weights
            A .gguf file.
        threads
            Threads; none takes all cores but one, and one where the environment variable `CI` is set.
        context
            Tokens of prompt and reply together.
        """
        self.weights = weights
        self.context = context
        self.threads = threads or (1 if os.environ.get("CI") else max(1, (os.cpu_count() or 2) - 1))
        self._server: Any = None
        self._lock = threading.Lock()

    def complete(self, request: dict[str, Any]) -> Completion:
        """Answer one chat request (fields of the chat-completions format).

        Raises
        ------
        EngineError
            If the engine cannot be started or refuses the request.
        """
        with self._lock:
            if self._server is None:
                self._server = self._started()
            answer = self._server.handle_chat_completions({**request, "cache_prompt": False, "stream": False})
        if "error" in answer or "choices" not in answer:
            return _refused(answer)
        choice, usage = answer["choices"][0], answer["usage"]
        return Completion(
            text=choice["message"].get("content") or "",
            stop="length" if choice["finish_reason"] == "length" else "stop",
            input_tokens=usage["prompt_tokens"],
            output_tokens=usage["completion_tokens"],
        )

    def running(self) -> bool:
        """Return whether the weights are loaded."""
        return self._server is not None

    def close(self) -> None:
        """Stop the engine and free its memory; a later request starts it again."""
        with self._lock:
            self._server = None

    def _started(self) -> Any:
        import xllamacpp  # loading it costs a second, and most commands never need it

        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(self.weights)
        parameters.n_ctx = self.context
        parameters.n_parallel = 1
        parameters.n_gpu_layers = 0
        parameters.cpuparams.n_threads = self.threads
        parameters.cpuparams_batch.n_threads = self.threads
        parameters.cache_ram_mib = 0
        parameters.warmup = False
        parameters.verbosity = -1
        try:
            return xllamacpp.Server(parameters)
        except Exception as error:
            raise EngineError(
                f"cannot load {self.weights}: {error}. Is it a .gguf file that llama.cpp reads?"
            ) from error


def _refused(answer: dict[str, Any]) -> Completion:
    error = answer.get("error", answer)
    kind = error.get("type") if isinstance(error, dict) else None
    if kind == "exceed_context_size_error":
        return Completion(
            text="", stop="context", input_tokens=int(error.get("n_prompt_tokens", 0)), output_tokens=0
        )
    raise EngineError(f"the embedded engine refused a request: {error}")


_engines: dict[Path, Engine] = {}


def engine_for(weights: Path) -> Engine:
    """Return the one engine of a weights file in this process; it is stopped when the process ends at the latest."""
    path = weights.resolve()
    if path not in _engines:
        _engines[path] = Engine(path)
        atexit.register(_engines[path].close)
    return _engines[path]


def stop_engines() -> None:
    """Stop every engine that runs and free its memory; a later request starts it again."""
    for engine in _engines.values():
        engine.close()
