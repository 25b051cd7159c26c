"""A virtual trial as a report shows it."""

from typing import Literal

from therapyarc.domain.estimate import Estimate
from therapyarc.domain.record import record

__all__ = ["Inflation", "TrialArm", "TrialContrast", "TrialFinding"]


@record
class TrialArm:
    """One arm of a virtual trial."""

    arm: str
    """Arm id."""
    label: str
    """Name in tables."""
    role: Literal["therapy", "control", "untreated"]
    """Its place in the trial."""
    planned: int
    """Courses planned."""
    attended: tuple[int, ...]
    """Courses with a value, by occasion."""
    means: tuple[float | None, ...]
    """Their mean, by occasion."""
    improved: Estimate
    """Share of those with both values who improved reliably."""
    worse: Estimate
    """Share of those with both values who got reliably worse."""
    worse_at_worst: Estimate
    """Share of all who began, if everyone without a last value got worse."""


@record
class TrialContrast:
    """One therapy or control against another arm at the last occasion."""

    first: str
    """Arm id."""
    second: str
    """Arm id."""
    kind: Literal["against_untreated", "against_control", "control_against_untreated"]
    """What is compared."""
    difference: Estimate
    """First less second in raw units; below 0 the first did better."""
    standardised: Estimate
    """The same in standard deviations of the first occasion."""


@record
class Inflation:
    """How much larger a therapy looks against no therapy than against an active control."""

    therapy: str
    """Arm id."""
    control: str
    """Arm id of the active control."""
    untreated: str
    """Arm id without therapy."""
    difference: Estimate
    """Effect against no therapy less effect against the control: what the control itself does. Below 0 it flatters."""
    share: Estimate
    """The same as a share of the effect against no therapy; none where that is not told apart from 0."""


@record
class TrialFinding:
    """A virtual trial."""

    outcome: str
    """Construct of the form."""
    unit: str
    """Unit of the values; lower is better."""
    arms: tuple[TrialArm, ...]
    """The arms."""
    contrasts: tuple[TrialContrast, ...] = ()
    """Differences at the last occasion, all from one model."""
    inflation: tuple[Inflation, ...] = ()
    """By therapy and control."""
    threshold: float | None = None
    """Change of the form beyond which it is reliable, in raw units; none where the form's reliability is not known."""
    margin: float | None = None
    """Smallest difference that matters, as the study says."""
    sd: float | None = None
    """Standard deviation at the first occasion over all clients."""
    method: str = ""
    """How it was had."""
    notes: tuple[str, ...] = ()
    """What a reader must know."""
    synthetic: bool = False
    """Whether scripts stand in it as therapists."""
