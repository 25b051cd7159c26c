"""Figures over a session: by thirds and by sliding windows of turns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from therapyarc.domain import Missing
from therapyarc.measures.synchrony.clid import CLID_NAMES, nclid
from therapyarc.measures.synchrony.figures import SEMANTIC, STYLE, figures_of
from therapyarc.measures.synchrony.style import Style

__all__ = ["EVERY", "Window", "by_thirds", "by_windows"]

EVERY = (*STYLE, *SEMANTIC, *CLID_NAMES)
"""Every figure of synchrony."""


@dataclass(frozen=True, slots=True)
class Window:
    """Figures of a part of a session."""

    first: int
    """Its first merged turn, from 0."""
    last: int
    """The turn after its last."""
    figures: dict[str, float | Missing]
    """By name, or why there is none."""


def by_thirds(style: Style, names: Collection[str] = EVERY) -> tuple[Window, ...]:
    """Return the figures of each third of a session's merged turns; thirds differ by a turn at most."""
    size = len(style.texts)
    return _parts(style, [(size * k // 3, size * (k + 1) // 3) for k in range(3)], names)


def by_windows(
    style: Style, *, size: int = 20, step: int = 10, names: Collection[str] = EVERY
) -> tuple[Window, ...]:
    """Return the figures of windows of `size` merged turns, each `step` turns after the one before.

    Windows are whole: turns after the last whole one are in none, and a shorter session is one window.

    Raises
    ------
    ValueError
        If `size` or `step` is under 1.
    """
    if min(size, step) < 1:
        raise ValueError(f"windows of {size} turns, {step} apart; both must be 1 or more")
    whole = len(style.texts)
    starts = range(0, max(1, whole - size + 1), step)
    return _parts(style, [(start, min(start + size, whole)) for start in starts], names)


def _parts(style: Style, bounds: Sequence[tuple[int, int]], names: Collection[str]) -> tuple[Window, ...]:
    cheap = [name for name in names if name not in CLID_NAMES]
    result = []
    for first, last in bounds:
        part = style.part(first, last)
        found = figures_of(part, cheap)
        if len(cheap) < len(names):
            found |= nclid(part)
        result.append(Window(first, last, {name: found[name] for name in names}))
    return tuple(result)
