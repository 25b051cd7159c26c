"""Where models are asked for the words of clients: one event loop beside the server's, so that no page waits for them."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

__all__ = ["Speaking", "aside"]

T = TypeVar("T")

_WORKERS = 4
"""Threads in which sessions are gone through; more than there are cores would only wait for each other."""


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return the loop, which runs as long as the process: providers' connections belong to the loop that opened them."""
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(_WORKERS, thread_name_prefix="therapyarc-speaking"))
    threading.Thread(target=loop.run_forever, name="therapyarc-speaking", daemon=True).start()
    return loop


async def aside(work: Callable[..., T], *given: object) -> T:
    """Run what blocks or computes in a thread of the loop."""
    return await asyncio.get_running_loop().run_in_executor(None, work, *given)


class Speaking:
    """The answers that are being worked out now: one for a course, however many ask for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: dict[str, Future[None]] = {}

    def answer(self, course: str, work: Callable[[], Coroutine[Any, Any, None]]) -> Future[None]:
        """Begin to work out an answer, or join the one that is being worked out; it goes on whoever stops listening."""
        with self._lock:
            there = self._now.get(course)
            if there is not None and not there.done():
                return there
            future = asyncio.run_coroutine_threadsafe(work(), _loop())
            self._now[course] = future
        future.add_done_callback(lambda done: self._forget(course, done))
        return future

    def _forget(self, course: str, done: Future[None]) -> None:
        with self._lock:
            if self._now.get(course) is done:
                del self._now[course]
