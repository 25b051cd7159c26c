"""Measures: what a reader must know of one before its values mean anything."""

from typing import Literal

from therapyarc.domain.record import record

__all__ = ["Invariance", "Measure", "Perspective"]

Perspective = Literal["client", "therapist", "observer", "text"]
"""Whose view it is."""

Invariance = Literal["outer white space", "letter case"]
"""What may change in the words without changing the value."""


@record
class Measure:
    """One measure, without the way to it (see `ItemMeasure` and `Family`)."""

    name: str
    """Name in tables; unique over all measures."""
    construct: str
    """The idea that it gets at."""
    meaning: str
    """Definition in one sentence; a formula where there is one."""
    unit: str
    """Unit of the value."""
    low: float | None
    """Lowest possible value; none where unbounded."""
    high: float | None
    """Highest possible value; none where unbounded."""
    ends: str
    """What the lowest and the highest value mean."""
    minimum: str
    """Below what there is no value, only a reason."""
    perspective: Perspective
    """Whose view it is."""
    version: str
    """Rises when values stop being comparable."""
    source: str
    """Where the definition stands."""
    licence: str = "Apache-2.0"
    """Terms of the definition and of what it needs."""
    bar: str = ""
    """What is known of its validity or its noise, with figures; empty where nothing is."""
    invariances: tuple[Invariance, ...] = ()
    """Held by the contract tests."""
