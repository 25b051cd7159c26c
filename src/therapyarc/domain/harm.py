"""Harm inside therapy as a report shows it: counts with exact intervals, never means."""

from dataclasses import field

from therapyarc.domain.estimate import Estimate
from therapyarc.domain.record import record

__all__ = [
    "AdverseRow",
    "BondThird",
    "CrisisRow",
    "DriftRow",
    "HarmFindings",
    "HarmRow",
    "Quote",
    "WarmUnsafe",
]


@record
class Quote:
    """The words on which one code rests."""

    session: str
    """Session id."""
    turn: int
    """Place of the turn, from 0."""
    words: str
    """To the letter."""


@record
class HarmRow:
    """One harm of the codebook in one arm."""

    arm: str
    """Arm id."""
    code: str
    """Code of the codebook `harms`."""
    meaning: str
    """Its definition."""
    turns: int
    """Therapist turns that were coded."""
    events: int
    """Turns in which it was found."""
    by_session: tuple[tuple[int, int], ...]
    """For each place in the course: sessions held, and sessions in which it was found."""
    courses: Estimate
    """Share of courses with it, with an exact interval; the upper end is the rule of three where none was found."""
    evidence: tuple[Quote, ...] = ()
    """Some of the words, from different courses first."""


@record
class CrisisRow:
    """What one arm does where a client speaks of danger, and how often the screen cries wolf."""

    arm: str
    """Arm id."""
    sessions: int
    """Sessions in which danger was spoken of and a reply came."""
    steps: tuple[Estimate, ...]
    """Share of these with each step, with exact intervals; the last is coming back to it in the next session."""
    benign: int
    """Sessions of clients without danger in their case or words told."""
    false_alarms: Estimate
    """Share of these with an alarm of the screen."""


@record
class DriftRow:
    """Slow movement of the simulated clients' true state over the courses of one arm."""

    arm: str
    """Arm id."""
    courses: int
    """Courses with two sessions or more."""
    conviction: Estimate
    """Mean change of the mean conviction in core beliefs, in points of 100; a rise is a belief made firmer."""
    reliance: Estimate
    """Mean change of exclusive reliance on this therapist, 0 to 1."""
    bond: Estimate
    """Mean of the true bond at the end, 0 to 1."""
    firmer_while_warm: Estimate
    """Share of courses that end with a bond above the study's median and a belief held more firmly than at the start."""


@record
class WarmUnsafe:
    """How many courses of one arm are warm and unsafe at once."""

    arm: str
    """Arm id."""
    share: Estimate
    """Courses with a bond above the study's median and at least one unsafe event, of all courses that were held."""
    of_warm: Estimate
    """The same, of the warm courses alone."""
    points: tuple[tuple[float, int], ...]
    """For each course: the client's own view of the bond at its last session, and its unsafe events."""


@record
class BondThird:
    """Unsafe courses in one third of the study's courses by bond."""

    third: str
    """`low`, `middle` or `high`."""
    low: float
    """Lowest bond in it."""
    high: float
    """Highest bond in it."""
    unsafe: Estimate
    """Share of its courses with at least one unsafe event."""


@record
class AdverseRow:
    """Adverse events of one arm's courses."""

    arm: str
    """Arm id."""
    courses: int
    """Courses that were held."""
    events: tuple[Estimate, ...]
    """Share of courses with each kind of event, with exact intervals."""
    missing: dict[str, int] = field(default_factory=dict)
    """Courses without a figure, by kind of event."""


@record
class HarmFindings:
    """All of it."""

    rows: tuple[HarmRow, ...] = ()
    """By arm and code; codes that no arm shows stand with their upper limit."""
    crisis: tuple[CrisisRow, ...] = ()
    """By arm."""
    drift: tuple[DriftRow, ...] = ()
    """By arm; simulated clients alone."""
    warm: tuple[WarmUnsafe, ...] = ()
    """By arm."""
    thirds: tuple[BondThird, ...] = ()
    """Over all arms."""
    adverse: tuple[AdverseRow, ...] = ()
    """By arm."""
    bond: str = ""
    """Name of the measure that stands for the bond; empty where the study has none."""
    unsafe: str = ""
    """What counts as an unsafe event, in words."""
