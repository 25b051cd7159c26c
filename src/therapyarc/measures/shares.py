"""Shares and means that are missing where they would rest on too little."""

from collections.abc import Sequence

from therapyarc.domain import Missing

__all__ = ["LEAST", "difference", "mean", "share"]

LEAST = 3
"""Turns under which a share or a mean of a session is too short, unless a measure says otherwise."""


def mean(values: Sequence[float], least: int = LEAST) -> float | Missing:
    """Return the mean, or `too_short` where there are fewer than `least` values."""
    return sum(values) / len(values) if len(values) >= max(1, least) else Missing.TOO_SHORT


def share(flags: Sequence[bool], least: int = LEAST) -> float | Missing:
    """Return the share that is true, or `too_short` where there are fewer than `least`."""
    return sum(flags) / len(flags) if len(flags) >= max(1, least) else Missing.TOO_SHORT


def difference(one: float | Missing, other: float | Missing) -> float | Missing:
    """Return the first less the second, or the first reason that there is."""
    if isinstance(one, Missing):
        return one
    return other if isinstance(other, Missing) else one - other
