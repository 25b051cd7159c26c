"""Measurements: the one tidy table, one value a row."""

from therapyarc.domain.missing import Missing
from therapyarc.domain.record import record

__all__ = ["Measurement"]


@record
class Measurement:
    """One value of one measure on one session, or the reason why there is none."""

    session: str
    """The measured session."""
    turn: int | None = None
    """The measured turn, from 0; none for the session as a whole."""
    measure: str
    """Name of the measure."""
    version: str
    """Version of the measure."""
    rater: str | None = None
    """Whose rating it is; none where computed from the text."""
    replicate: int = 1
    """The rater's repeat."""
    value: float | None = None
    """The value in the measure's unit; none where missing."""
    missing: Missing | None = None
    """Why there is no value."""
