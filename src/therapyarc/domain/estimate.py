"""Estimates: a number with its interval, or the reason why it has none."""

from therapyarc.domain.record import record

__all__ = ["COEFFICIENT", "SHARE", "Estimate"]

SHARE = "share"
"""Unit of a share of something, 0 to 1, and of a difference of two shares."""
COEFFICIENT = "coefficient"
"""Unit of a correlation, an agreement or another index that cannot exceed 1."""


@record
class Estimate:
    """A number with its interval, or the reason why it has none."""

    name: str
    """Machine name (`rank_biserial`, `a12`, `hodges_lehmann`, `mean_difference`, `length_adjusted_difference`, ...)."""
    label: str
    """Name in tables."""
    value: float | None = None
    """The estimate; none where undefined."""
    low: float | None = None
    """Lower end of the interval; none where undefined or unbounded."""
    high: float | None = None
    """Upper end of the interval."""
    level: float = 0.95
    """Level of the interval."""
    unit: str = ""
    """Unit of the value, `share` or `coefficient` where it cannot exceed 1; empty for any other pure number."""
    method: str = ""
    """How estimate and interval were had."""
    reason: str | None = None
    """Why the value or its interval is not there, or what was done instead."""
