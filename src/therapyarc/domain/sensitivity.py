"""Does the sign of a finding hold when what it rests on is changed?"""

from therapyarc.domain.estimand import Estimand
from therapyarc.domain.estimate import Estimate
from therapyarc.domain.record import record

__all__ = ["SensitivityFinding", "SensitivityGroup", "SimulatorDraws", "VariantEstimate"]


@record
class SensitivityGroup:
    """One thing that was changed, and what came of it."""

    over: str
    """What was changed: raters, clients, actors, client turns, the simulator's coefficients, or the client's voice."""
    variants: tuple[Estimate, ...]
    """The finding under each change."""
    same: int
    """Variants with the sign of the finding itself."""
    counted: int
    """Variants that have an estimate."""
    holds: bool | None
    """Whether the sign holds in at least 90% of them; none without any."""
    reason: str | None = None
    """Why there are no variants."""
    share: Estimate | None = None
    """Share of variants with the sign, with its exact interval; only where variants are a random draw (coefficients)."""


@record
class SensitivityFinding:
    """One finding of carry-over under every change."""

    finding: str
    """Id of the finding."""
    construct: str
    """The construct."""
    value: float
    """The finding itself."""
    groups: tuple[SensitivityGroup, ...]
    """One for each thing that was changed."""


@record
class VariantEstimate:
    """One finding of one rerun of the study with another simulated client."""

    over: str
    """`simulator coefficients` or `client voice`."""
    variant: str
    """Which draw of the coefficients, or which voice; the name of its folder."""
    finding: str
    """Id of the finding."""
    value: float | None
    """Carry-over; none where it could not be estimated."""
    low: float | None = None
    """Lower end of its interval."""
    high: float | None = None
    """Upper end."""
    voice: str = ""
    """The model that worded the client's turns; empty for redrawn coefficients."""


@record
class SimulatorDraws:
    """What `therapyarc sensitivity` found: the study held again with other simulated clients."""

    estimates: tuple[VariantEstimate, ...]
    """One a variant and finding."""
    design: str = ""
    """Digest of the study's design; draws of two designs are never mixed."""
    estimands: tuple[Estimand, ...] = ()
    """The estimands of carry-over as they were estimated."""
    version: str = ""
    """Version of TherapyArc that ran it."""
