"""Progress of a run: phase, done of planned, time left, calls, tokens. Plain lines where there is no terminal."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from therapyarc.domain.call import Call

__all__ = ["Progress"]

_PLAIN_EVERY_S = 10.0


class Progress:
    """What a person sees while a run goes on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Bars(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[spent]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bars.add_task("", total=1, visible=False, spent="")
        self.calls = 0
        """Model calls made in this run."""
        self.tokens = 0
        """Tokens sent and received in this run."""

    def phase(self, name: str, total: int, done: int) -> Callable[[], None]:
        """Begin a phase; the returned function counts one more as done."""
        self._task = self._bars.add_task(name, total=total, completed=done, spent="")
        begun = last = time.monotonic()
        self._plain(f"{name}: {done} of {total} were there already")

        def advance() -> None:
            nonlocal done, last
            done += 1
            self._bars.update(self._task, completed=done)
            now = time.monotonic()
            if now - last >= _PLAIN_EVERY_S or done == total:
                last = now
                self._plain(f"{name}: {done} of {total}, {now - begun:.0f} s, {self._spent()}")

        return advance

    def note(self, call: Call) -> None:
        """Count one finished model call; one that was replayed after a kill was counted when it was made."""
        if call.cached:
            return
        self.calls += 1
        self.tokens += call.input_tokens + call.output_tokens
        self._bars.update(self._task, spent=self._spent())

    def _spent(self) -> str:
        return f"{self.calls} calls, {self.tokens:,} tokens"

    def _plain(self, text: str) -> None:
        if not self._console.is_terminal:
            self._console.print(text, highlight=False)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()
