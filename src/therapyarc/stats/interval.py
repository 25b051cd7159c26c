"""An estimate with its interval, or the reason why it has none."""

from dataclasses import dataclass

__all__ = ["Interval"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A point estimate and its confidence interval."""

    estimate: float | None
    """The estimate; none where undefined."""
    low: float | None = None
    """Lower end; none where it could not be had."""
    high: float | None = None
    """Upper end; none where it could not be had."""
    level: float = 0.95
    """Confidence level."""
    method: str = ""
    """How the interval was had."""
    reason: str | None = None
    """Why estimate or interval is not there, or what was done in place of the usual method."""
