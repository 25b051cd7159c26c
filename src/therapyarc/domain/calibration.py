"""The instrument's own test: what was planted, what was measured, and whether it was recovered."""

from therapyarc.domain.record import record

__all__ = ["Calibration", "Target", "Truth"]


@record
class Truth:
    """One planted truth, and whether it was recovered."""

    name: str
    """What was planted."""
    estimate: float | None
    """What was measured."""
    low: float | None
    """Lower end of its interval."""
    high: float | None
    """Upper end."""
    expected: str
    """What it must be."""
    recovered: bool
    """Whether it was."""
    n: int
    """Courses (or comparisons) behind it."""


@record
class Target:
    """One calibration target."""

    name: str
    """What it is."""
    target: str
    """What people's courses show."""
    measured: float | None
    """What the simulated ones show; none where undefined."""
    met: bool
    """Whether it lies within the tolerance."""
    source: str
    """Where the target comes from."""


@record
class Calibration:
    """What a calibration found."""

    truths: tuple[Truth, ...]
    """Planted truths."""
    targets: tuple[Target, ...]
    """Calibration targets."""
    sensitivity: tuple[Truth, ...] = ()
    """Shares of redrawn tables in which a sign holds."""
    courses: int
    """Courses simulated."""
    version: str = ""
    """Version of TherapyArc that ran it."""

    @property
    def missed(self) -> tuple[str, ...]:
        """Names of the truths that were not recovered."""
        return tuple(truth.name for truth in (*self.truths, *self.sensitivity) if not truth.recovered)
