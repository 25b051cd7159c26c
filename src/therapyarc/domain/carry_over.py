"""Carry-over as a report shows it: what stands beside the headline figure."""

from therapyarc.domain.arc import ArcPoint
from therapyarc.domain.estimate import Estimate
from therapyarc.domain.record import record

__all__ = ["CarryOver", "HalfMeans", "RankCarryOver"]


@record
class HalfMeans:
    """One arm on both halves, on the same anchors."""

    arm: str
    """Arm id."""
    label: str
    """Name in tables."""
    side: str
    """Which side of the contrast it belongs to."""
    single: ArcPoint
    """Single replies (session 0)."""
    ongoing: tuple[ArcPoint, ...]
    """Exchanges of ongoing sessions, by session."""


@record
class CarryOver:
    """Beside one finding of carry-over: how it goes by session, and what the design could see."""

    finding: str
    """Id of the finding."""
    construct: str
    """The construct."""
    scale: str
    """Unit and range."""
    arms: tuple[HalfMeans, ...]
    """Means of every arm on both halves."""
    trend: tuple[Estimate, ...]
    """Advantage at the first and at the last exchange, its change an exchange, and the exchange at which it is gone."""
    planning: tuple[Estimate, ...]
    """The smallest difference that this design detects, and how many actors a side would be needed."""
    dropped: tuple[str, ...] = ()
    """Actors with one half alone, left out of the contrast."""


@record
class RankCarryOver:
    """Whether actors who rank high on single replies rank high on one measure of ongoing sessions."""

    measure: str
    """The measure of ongoing sessions."""
    label: str
    """Its name in tables, with which way is better."""
    units: int
    """Actors with both."""
    estimates: tuple[Estimate, ...]
    """Spearman and Kendall with p, within sides, at equal length, corrected for unreliable measurement, posterior."""
    inverted: tuple[str, ...] = ()
    """Pairs of actors whose order inverts, `A over B, then B over A`."""
    pairs: int = 0
    """Pairs of actors whose order could."""
