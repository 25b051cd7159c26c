"""Trajectories with dropout as a report shows them."""

from therapyarc.domain.estimate import Estimate
from therapyarc.domain.record import record

__all__ = ["EventFinding", "LaggedFinding", "TrajectoryFinding"]


@record
class TrajectoryFinding:
    """One measure over the sessions of two sides, with those who left."""

    measure: str
    """The measure."""
    unit: str
    """Unit of the values."""
    first: str
    """Name of the first side; differences are first less second."""
    second: str
    """Name of the second side."""
    attended: tuple[tuple[int, ...], tuple[int, ...]]
    """Dyads that came to each session, by side."""
    estimates: tuple[Estimate, ...]
    """The same difference under each assumption about those who left, the plainest first."""
    split: Estimate | None = None
    """Share of the variance over sessions that lies between clients; the rest is within them."""
    notes: tuple[str, ...] = ()
    """What a reader must know of the fit."""


@record
class LaggedFinding:
    """Whether one measure at a session goes with another at the next, within clients."""

    earlier: str
    """Measure at session t."""
    later: str
    """Measure at session t + 1, at equal value at t."""
    clients: int
    """Clients with two pairs of sessions or more."""
    pairs: int
    """Pairs of sessions."""
    slope: Estimate
    """Change of the later measure for one unit of the earlier."""
    control: Estimate
    """The same with the sessions of the earlier measure in random order."""
    p: float | None
    """Two-sided, by flipping the signs of whole clients; none where undefined."""


@record
class EventFinding:
    """One signal around one kind of event, beside matched turns without it."""

    event: str
    """What happened."""
    signal: str
    """Name of the signal."""
    label: str
    """What it is, with its unit."""
    events: int
    """Events that count."""
    unmatched: int = 0
    """Events left out, since their session had no turn to stand beside them."""
    offsets: tuple[int, ...] = ()
    """Exchanges from the event, below 0 before it."""
    around: tuple[Estimate, ...] = ()
    """Mean of the signal at each offset."""
    placebo: tuple[Estimate, ...] = ()
    """The same around the matched turns."""
    difference: tuple[Estimate, ...]
    """Event less its matched turn, at each offset; or one estimate with the reason why there is none."""
