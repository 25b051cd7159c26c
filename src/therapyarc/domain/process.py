"""Process measures of ongoing sessions as a report shows them."""

from dataclasses import field

from therapyarc.domain.estimate import Estimate
from therapyarc.domain.measure import Measure, Null
from therapyarc.domain.record import record

__all__ = ["ArmProcess", "Halo", "ProcessRow", "Recovery"]


@record
class ArmProcess:
    """One measure in one arm."""

    arm: str
    """Arm id."""
    courses: int
    """Courses with a value."""
    mean: Estimate
    """Mean over courses of their sessions' means."""
    at_equal_length: Estimate
    """The same mean at the words of both sides that sessions have over all arms."""
    beside: dict[Null, Estimate] = field(default_factory=dict)
    """Mean z by null, over courses; empty for a measure without nulls."""
    missing: dict[str, int] = field(default_factory=dict)
    """Sessions without a value, by reason."""


@record
class ProcessRow:
    """One measure over the sessions of all courses."""

    family: str
    """Family that gives it; `rating` or `form` for what raters or clients filled in."""
    measure: Measure
    """What it is."""
    arms: tuple[ArmProcess, ...]
    """By arm."""
    reliability: Estimate
    """How well an actor's mean over cases tells actors apart."""
    length: Estimate
    """Rank correlation with the words of the session."""


@record
class Recovery:
    """A measure beside the simulated client's true state."""

    truth: str
    """What is true of the client, from the sealed trace."""
    measure: str
    """The measure."""
    sessions: int
    """Sessions that have both."""
    rho: Estimate
    """Spearman's rho, with an interval by drawing courses."""


@record
class Halo:
    """Rank correlations between measures over sessions."""

    measures: tuple[str, ...]
    """Names, in order."""
    rho: tuple[tuple[float | None, ...], ...]
    """Spearman's rho, a row a measure; none where two have fewer than ten sessions in common."""
    sessions: int
    """Sessions."""
