"""Processes that keep codes in one file; they stand here, where a process that is started anew finds them."""

import random
from multiprocessing import Queue
from pathlib import Path

from therapyarc.coding.kept_codes import KeptCodes, TurnFound

__all__ = ["keeps_until_killed", "keeps_with_others", "key", "some"]


def some(number: int) -> list[TurnFound]:
    """Return the codes of an invented session."""
    return [
        TurnFound("question", frozenset({"open_question", f"n{number}"})),
        TurnFound("change", frozenset()),
    ]


def key(number: int) -> bytes:
    """Return its key."""
    return number.to_bytes(32, "big")


def keeps_with_others(path: Path, seed: int, sessions: int, said: "Queue[object]") -> None:
    """Ask for sessions in a drawn order; say how many codes were wrong, what befell the file, and how many were there."""
    store, wrong = KeptCodes(path), 0
    for number in random.Random(seed).choices(range(sessions), k=300):
        wrong += store.coded(key(number), lambda number=number: some(number)) != some(number)  # type: ignore[misc]
    store.close()
    said.put((wrong, store.told, store.hits))


def keeps_until_killed(path: Path) -> None:
    """Keep one session after the other."""
    store = KeptCodes(path)
    for number in range(100_000):
        store.coded(key(number), lambda number=number: some(number))  # type: ignore[misc]
