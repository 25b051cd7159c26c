"""Measures: what a reader must know of one before its values mean anything."""

from typing import Literal

from therapyarc.domain.record import record

__all__ = ["NULLS", "ActsCoder", "Invariance", "Measure", "Null", "Perspective", "beside"]

Perspective = Literal["client", "therapist", "observer", "text"]
"""Whose view it is."""

ActsCoder = Literal["cues", "fast", "better", "best"]
"""Who finds the acts of a turn that measures rest on: fixed patterns, or a trained coder that ships with the package."""

Invariance = Literal["outer white space", "letter case"]
"""What may change in the words without changing the value."""

Null = Literal["shuffle", "pseudo", "length"]
"""What stands in the place of the client's turns where chance is asked for: the same turns in another order; another
client's, in theirs; others' of like length."""

NULLS: tuple[Null, ...] = ("shuffle", "pseudo", "length")
"""Every null, in the order of tables."""


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
    chance: bool = False
    """Whether it means nothing without its nulls, so that a report shows it beside them or not at all."""


def beside(measure: str, null: Null) -> str:
    """Return the name under which a measure's z against a null stands in the tidy table.

    >>> beside("lsm", "pseudo")
    'lsm:z_pseudo'
    """
    return f"{measure}:z_{null}"
