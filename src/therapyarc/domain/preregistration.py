"""A plan frozen before the answers were seen, and what was done otherwise."""

from dataclasses import field
from typing import Literal

from therapyarc.domain.estimand import Estimand
from therapyarc.domain.record import record
from therapyarc.domain.study import Trial

__all__ = ["Amendment", "Deviation", "FrozenPlan", "PlanCheck"]


@record
class Amendment:
    """One change of a frozen plan, made in the open."""

    date: str
    """Day (YYYY-MM-DD)."""
    reason: str
    """Why."""
    before: str
    """Digest of the plan that it replaced."""
    held: int
    """Sessions that the run's folder held by then."""


@record
class FrozenPlan:
    """What was to be known and how, fixed on a day."""

    schema: Literal["therapyarc/plan/1"] = "therapyarc/plan/1"
    """Format."""
    study: str
    """Study id."""
    title: str
    """Study title."""
    frozen: str
    """Day (YYYY-MM-DD)."""
    version: str
    """Version of TherapyArc, which is the code of every analysis."""
    held: int
    """Sessions that the run's folder held when the plan was frozen; 0 where nothing had been gathered."""
    seed: int
    """Seed of the study."""
    design: str
    """Digest of arms, items, cases, raters and materials."""
    arms: dict[str, str]
    """Arms: label by id."""
    estimands: tuple[Estimand, ...]
    """All that is to be known, with margins and families."""
    headline: str | None
    """The estimand that the report opens with."""
    trial: Trial | None
    """The virtual trial."""
    exclusions: tuple[str, ...]
    """What is left out of every analysis, in words."""
    code: str = ""
    """SHA-256 over the files of TherapyArc; empty in plans that were frozen before there was one."""
    settings: dict[str, str] | None = None
    """All that decides what is gathered and measured, line by line; none in plans from before there were lines."""
    amendments: tuple[Amendment, ...] = field(default_factory=tuple)
    """Changes since, the oldest first."""
    digest: str = ""
    """SHA-256 of all above."""


@record
class Deviation:
    """One thing that is not as planned."""

    what: str
    """What it is about."""
    planned: str
    """As frozen."""
    done: str
    """As it is now."""


@record
class PlanCheck:
    """The run held against its plan."""

    frozen: str | None = None
    """Day of the plan; none where none was frozen."""
    digest: str = ""
    """Its digest."""
    held: int = 0
    """Sessions that were there when it was frozen."""
    amendments: tuple[Amendment, ...] = ()
    """Changes made in the open."""
    deviations: tuple[Deviation, ...] = ()
    """What is not as planned."""
