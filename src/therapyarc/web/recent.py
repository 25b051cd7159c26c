"""What takes long to work out is worked out seldom: a page may be looked at often."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["Recent"]

T = TypeVar("T")

_CHEAP_S = 0.25
_SHARE = 20
"""A result is used again for so many times as long as it took."""


@dataclass(slots=True)
class Recent(Generic[T]):
    """The last result of one piece of work.

    What took less than a quarter of a second is worked out anew each time. Anything else is used again for twenty times as
    long as it took, so that it takes a twentieth of one processor however many look; who comes meanwhile waits for it.
    """

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _made: tuple[T, float, float] | None = None

    def get(self, work: Callable[[], T], clock: Callable[[], float] = time.monotonic) -> tuple[T, float]:
        """Return the result and how many seconds old it is; 0 where it is fresh."""
        with self._lock:
            if self._made is not None:
                result, ended, took = self._made
                age = clock() - ended
                if took >= _CHEAP_S and age < _SHARE * took:
                    return result, age
            began = clock()
            result = work()
            ended = clock()
            self._made = (result, ended, ended - began)
            return result, 0.0
