"""The arc of courses as a report shows it."""

from dataclasses import field

from therapyarc.domain.estimate import Estimate
from therapyarc.domain.record import record

__all__ = ["Arc", "ArcCourse", "ArcPoint", "CourseFlow"]


@record
class ArcPoint:
    """One arm's mean at one session."""

    session: int
    """From 1."""
    n: int
    """Dyads that have the value."""
    mean: float | None
    """Their mean; none without any."""
    low: float | None = None
    """Lower end of its interval."""
    high: float | None = None
    """Upper end."""


@record
class ArcCourse:
    """One course in a figure."""

    course: str
    """Course id."""
    actor: str
    """Who was the therapist."""
    case: str
    """Case id."""
    values: tuple[float | None, ...]
    """By planned session; none where there was no session."""
    left: bool
    """Whether the course ended before its time."""


@record
class Arc:
    """One measure over the sessions of one arm's courses."""

    measure: str
    """Name of the measure."""
    unit: str
    """Unit of the values."""
    arm: str
    """Arm id."""
    label: str
    """Name of the arm in tables."""
    points: tuple[ArcPoint, ...]
    """Means by session, over the dyads that still meet."""
    courses: tuple[ArcCourse, ...]
    """The courses behind them."""
    change: Estimate
    """Change from the first to the last planned session, in the same dyads."""
    dyads: int
    """Dyads behind the change."""


@record
class CourseFlow:
    """Courses of one arm; planned is completed plus all missing."""

    arm: str
    """Arm id."""
    label: str
    """Name in tables."""
    planned: int
    """Courses in the allocation."""
    completed: int
    """Courses with all planned sessions."""
    missing: dict[str, int] = field(default_factory=dict)
    """Courses that ended before, by reason."""
    sessions: int
    """Sessions held."""
    endings: dict[str, int] = field(default_factory=dict)
    """How sessions ended."""
    risk_reports: int = 0
    """Sessions before which the client put more than 0 on a form's item about suicide: safety events, to be counted."""
