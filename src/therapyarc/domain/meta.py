"""A meta-analysis as a page or a table shows it."""

from dataclasses import field

from therapyarc.domain.estimate import Estimate
from therapyarc.domain.record import record

__all__ = [
    "MetaFindings",
    "MetaModerator",
    "MetaNetwork",
    "MetaPooled",
    "MetaRow",
    "MetaSmallStudies",
    "MetaStudy",
]


@record
class MetaRow:
    """One row of a table of trials: treatment less comparator."""

    study: str
    """Name of the trial."""
    effect: float
    """Effect, in any one unit for the whole table."""
    variance: float
    """Its variance, above 0."""
    treatment: str = "treatment"
    """What was compared."""
    comparator: str = ""
    """With what; empty where the table does not say."""
    moderators: dict[str, str] = field(default_factory=dict)
    """Other columns by name, as they stand in the table."""


@record
class MetaStudy:
    """One trial in a forest plot."""

    study: str
    """Name of the trial."""
    comparator: str
    """With what it compared; several are joined."""
    effect: Estimate
    """Its effect with its own normal interval."""
    variance: float
    """Variance of the effect."""
    weight: float
    """Weight in the mean over all, in percent."""
    rows: int
    """Rows of the table behind it."""


@record
class MetaPooled:
    """What several trials say together."""

    label: str
    """Which trials."""
    k: int
    """Trials."""
    estimate: Estimate
    """Mean effect with the interval of Hartung and Knapp."""
    normal: Estimate
    """The same mean with the interval that takes tau2 as known."""
    prediction: Estimate
    """Where the true effect of a further trial would lie."""
    tau2: Estimate
    """Variance of true effects between trials."""
    i2: float | None
    """Share of variability between trials, 0 to 100 percent; none with one trial."""
    q: float | None
    """Cochran's Q; none with one trial."""
    q_df: int
    """Its degrees of freedom."""
    q_p: float | None
    """Its p."""
    p: float | None
    """Two-sided p of a mean of 0."""


@record
class MetaModerator:
    """How effects go with one property of trials, or with several at once."""

    name: str
    """The column, or the columns joined by `+`."""
    k: int
    """Trials that have it."""
    coefficients: tuple[Estimate, ...] = ()
    """Intercept first; a slope for a column of numbers, a difference from the first level for one of words."""
    f: float | None = None
    """F of all but the intercept; none where undefined."""
    f_df: tuple[int, int] = (0, 0)
    """Its degrees of freedom."""
    f_p: float | None = None
    """Its p."""
    tau2: float | None = None
    """Variance between trials that is left."""
    r2: float | None = None
    """Share of tau2 that it takes away, in percent."""
    reason: str | None = None
    """Why there is no answer."""


@record
class MetaSmallStudies:
    """Whether small trials show other effects than large ones."""

    egger: Estimate
    """Intercept of Egger's regression."""
    egger_p: float | None
    """Its p."""
    rank_tau: float | None
    """Kendall's tau of Begg and Mazumdar."""
    rank_p: float | None
    """Its p."""
    filled: int | None
    """Trials that trim and fill adds; none where undefined."""
    side: str
    """Where it adds them."""
    adjusted: Estimate
    """The mean with them."""
    reason: str | None
    """What weakens these tests, or why there are none."""


@record
class MetaNetwork:
    """Effects of all treatments and comparators against one another."""

    treatments: tuple[str, ...] = ()
    """Nodes."""
    reference: str = ""
    """Node against which effects are given."""
    studies: int = 0
    """Trials."""
    common: tuple[Estimate, ...] = ()
    """Each node against the reference, one true effect a pair."""
    random: tuple[Estimate, ...] = ()
    """The same with true effects that differ between trials."""
    league: tuple[tuple[Estimate, ...], ...] = ()
    """The row's node against the column's, random effects."""
    tau2: float | None = None
    """Variance between trials, method of moments."""
    tau2_reml: float | None = None
    """The same, REML."""
    i2: float | None = None
    """In percent."""
    q: float | None = None
    """Cochran's Q of the network."""
    q_df: int = 0
    """Its degrees of freedom."""
    q_p: float | None = None
    """Its p."""
    q_between: float | None = None
    """Part of Q between designs: inconsistency."""
    q_between_df: int = 0
    """Its degrees of freedom."""
    q_between_p: float | None = None
    """Its p; none where no two designs can disagree."""
    pairs: tuple[tuple[str, str, int], ...] = ()
    """Pairs that trials compared, and how many did."""
    reason: str | None = None
    """Why there is no network."""


@record
class MetaFindings:
    """All that a meta-analysis says."""

    title: str
    """Name of the table."""
    about: tuple[str, ...] = ()
    """What the table says of itself in lines that begin with #."""
    overall: MetaPooled
    """Over all trials."""
    studies: tuple[MetaStudy, ...]
    """The trials."""
    subgroups: tuple[MetaPooled, ...] = ()
    """By comparator."""
    between: MetaModerator | None = None
    """Whether comparators differ: regression on comparator with one tau2; none with one comparator."""
    moderators: tuple[MetaModerator, ...] = ()
    """Meta-regressions."""
    small: MetaSmallStudies
    """Small-study checks."""
    network: MetaNetwork
    """Network meta-analysis."""
    left_out: tuple[str, ...] = ()
    """Rows without an effect or a variance, with the reason."""
    notes: tuple[str, ...] = ()
    """What a reader must know."""
