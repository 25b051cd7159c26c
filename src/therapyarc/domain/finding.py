"""Findings: all that a report may read."""

from dataclasses import field
from typing import Literal

from therapyarc.domain.arc import Arc, CourseFlow
from therapyarc.domain.calibration import Calibration
from therapyarc.domain.carry_over import CarryOver, RankCarryOver
from therapyarc.domain.challenge import Challenge, Stage
from therapyarc.domain.code import CodeSystem
from therapyarc.domain.estimand import Contrast
from therapyarc.domain.estimate import Estimate
from therapyarc.domain.gap import ActorGap
from therapyarc.domain.harm import HarmFindings
from therapyarc.domain.line import LineAnswer
from therapyarc.domain.panel import Blinding, PersonRater
from therapyarc.domain.preregistration import PlanCheck
from therapyarc.domain.process import Halo, ProcessRow, Recovery
from therapyarc.domain.raters import RaterFindings
from therapyarc.domain.record import record
from therapyarc.domain.safety import SafetyFindings
from therapyarc.domain.sensitivity import SensitivityFinding
from therapyarc.domain.trajectory import EventFinding, LaggedFinding, TrajectoryFinding
from therapyarc.domain.trial import TrialFinding

__all__ = [
    "Agreement",
    "ArmSummary",
    "Check",
    "CodeAgreement",
    "Exhibit",
    "Finding",
    "Findings",
    "FlowRow",
    "Headline",
    "HumanRange",
    "Point",
    "Published",
    "RatingFlowRow",
    "RealismRow",
    "Side",
    "Significance",
    "Usage",
]


@record
class Significance:
    """One p value under one named variant of a test."""

    variant: str
    """Name of the variant."""
    p: float | None = None
    """Two-sided p; none where the variant is undefined."""
    reason: str | None = None
    """Why it is undefined."""
    primary: bool = False
    """Whether this variant was declared primary."""


@record
class Point:
    """One unit in a figure."""

    label: str
    """The unit's name (an actor, a transcript)."""
    arm: str
    """Arm id."""
    value: float
    """Its mean."""
    n: int
    """Number of values behind the mean."""
    before: float | None = None
    """For a change: the earlier mean, `value` being the later."""


@record
class Side:
    """One side of a contrast."""

    label: str
    """Name in tables."""
    arms: tuple[str, ...]
    """Arm ids."""
    units: int
    """Number of units (actors or clusters) with at least one value."""
    values: int
    """Number of values."""
    mean: float | None = None
    """Mean of the units' means."""
    sd: float | None = None
    """Standard deviation between units; none with fewer than two."""
    median: float | None = None
    """Median of the units' means."""
    points: tuple[Point, ...] = ()
    """The units."""
    demonstration: bool = False
    """Whether any actor on this side is the embedded demonstration model."""
    synthetic: bool = False
    """Whether any actor on this side is a script."""


@record
class Check:
    """One test of an assumption, or one warning."""

    name: str
    """What was checked."""
    passed: bool | None
    """Whether it held; none where it could not be checked."""
    text: str
    """What a reader should know."""


@record
class Published:
    """A published row that stands beside ours; never mixed with it."""

    label: str
    """What it is."""
    source: str
    """Where it stands."""
    tag: Literal["stored", "recomputed", "deduced"]
    """How well it is known: read in the source, recomputed from released data, or deduced by arithmetic."""
    figures: dict[str, float] = field(default_factory=dict)
    """The figures by name."""


@record
class Finding:
    """The answer to one estimand."""

    id: str
    """Id of the estimand (with a suffix where one estimand gives several, such as tiers)."""
    question: str
    """The estimand's question."""
    construct: str
    """The construct."""
    contrast: Contrast
    """How the arms are compared."""
    role: Literal["primary", "secondary", "exploratory"]
    """Place in the plan."""
    family: str
    """Multiplicity family."""
    claim: str
    """What the claim is about."""
    condition: str
    """The condition (or `baseline -> condition`)."""
    scale: str
    """Unit and range of the raw values."""
    first: Side
    """The one side; for a change, the actors."""
    second: Side | None = None
    """The other side; none for a change."""
    estimates: tuple[Estimate, ...] = ()
    """Effect sizes with intervals, the primary one first."""
    tests: tuple[Significance, ...] = ()
    """p values by variant."""
    p_holm: float | None = None
    """The primary p, Holm-adjusted in its family; none for exploratory findings."""
    smallest_p: float | None = None
    """The smallest p that the primary test can attain with so many units."""
    missing: dict[str, int] = field(default_factory=dict)
    """Values that are not there, by reason."""
    checks: tuple[Check, ...] = ()
    """Assumptions and warnings."""
    method: str = ""
    """The method in words."""
    published: Published | None = None
    """The published row beside it."""
    undefined: str | None = None
    """Why the finding could not be estimated at all."""
    population: str = ""
    """For whom the answer is meant to hold, as the estimand says."""
    intercurrent: str = ""
    """What is done with events after allocation that change or prevent the value, as the estimand says."""
    margin: float | None = None
    """Smallest difference that matters, in the units of the scale; none where none was agreed."""


@record
class FlowRow:
    """Planned, done and missing sessions of one cell; planned is done plus all missing."""

    arm: str
    """Arm id."""
    condition: str
    """Condition id."""
    instrument: str
    """Instrument id."""
    planned: int
    """Sessions in the allocation."""
    done: int
    """Sessions with a usable reply."""
    missing: dict[str, int] = field(default_factory=dict)
    """Sessions without, by reason."""


@record
class RatingFlowRow:
    """Planned, done and missing ratings of one rater on one rubric; planned is done plus all missing."""

    rater: str
    """Rater id."""
    rubric: str
    """Rubric id."""
    planned: int
    """Ratings that the allocation asks for."""
    done: int
    """Ratings with a value."""
    missing: dict[str, int] = field(default_factory=dict)
    """Ratings without, by reason."""
    verbatim: float | None = None
    """Share of the ratings with evidence whose quotations stand in the reply to the letter; none without evidence."""


@record
class Agreement:
    """How far two raters agree on one rubric, or one rater with itself over repeats."""

    rubric: str
    """Rubric id."""
    raters: tuple[str, ...]
    """The raters compared."""
    answers: int
    """Answers rated by all of them."""
    estimates: tuple[Estimate, ...]
    """Raw and chance-corrected agreement and reliability, each with interval or reason."""
    demonstration: bool = False
    """Whether one of the raters is the embedded demonstration model."""


@record
class ArmSummary:
    """One arm as a reader needs it."""

    id: str
    """Arm id."""
    label: str
    """Name in tables."""
    kinds: tuple[str, ...]
    """Kinds of its actors."""
    actors: int
    """Number of actors."""
    tier: str | None = None
    """Tier."""
    described: str = ""
    """Models or policies in words."""
    demonstration: bool = False
    """Whether it holds the embedded demonstration model."""
    synthetic: bool = False
    """Whether it holds scripts."""


@record
class Exhibit:
    """The unmasking of one session, so that a reader can look at the answers."""

    session: str
    """Session id."""
    arm: str
    """Arm id."""
    actor: str
    """Actor."""
    condition: str
    """Condition id."""


@record
class HumanRange:
    """A figure over people's transcripts."""

    low: float
    """5th percentile."""
    median: float
    """Median."""
    high: float
    """95th percentile."""
    n: int
    """Transcripts."""


@record
class RealismRow:
    """One figure of how simulated clients talk, beside people's."""

    measure: str
    """Name of the figure."""
    sessions: int
    """Simulated sessions that have it."""
    missing: int
    """Simulated sessions too short for it."""
    median: float | None
    """Median over the simulated sessions; none without any."""
    share_inside: float | None
    """Share of simulated sessions inside the middle 90% of people's; .90 where alike."""
    people: HumanRange
    """People's."""
    inside: bool | None
    """Whether the simulated median lies inside."""


@record
class CodeAgreement:
    """How far two coders agree on one code."""

    first: str
    """Id of a coder."""
    second: str
    """Id of another."""
    role: Literal["therapist", "client"]
    """Whose turns were coded."""
    code: str
    """The code."""
    system: CodeSystem
    """What the code means; where coders use different systems, both are read in the coarser one."""
    turns: int
    """Turns that both could code."""
    sessions: int
    """Sessions that hold them."""
    support: int
    """Turns in which one of the two, or both, found the code."""
    prevalence_first: float | None
    """Share of the turns in which the first found it; none without turns."""
    prevalence_second: float | None
    """Share of the turns in which the second found it."""
    estimates: tuple[Estimate, ...]
    """Raw agreement, Cohen's kappa and Gwet's AC1; without a value, and with the reason, where support is too small."""
    demonstration: bool = False
    """Whether one of the two can only ever be a demonstration."""


@record
class Usage:
    """What one model used."""

    model: str
    """Inspect model name."""
    role: str
    """Role."""
    calls: int
    """Finished calls."""
    input_tokens: int
    """Tokens sent."""
    output_tokens: int
    """Tokens received."""
    cost: float | None = None
    """In the study's currency; none without a price."""


@record
class Headline:
    """What the report opens with."""

    text: str
    """One sentence with number, interval and scope."""
    finding: str | None = None
    """The finding that it states."""
    carry_over: Estimate
    """Carry-over itself: a number with its interval, or the reason why this study cannot give it."""


@record
class Findings:
    """All that a report may read, beside the sessions and ratings that it shows as they are."""

    schema: Literal["therapyarc/findings/1"] = "therapyarc/findings/1"
    """Format."""
    study: str
    """Study id."""
    title: str
    """Study title."""
    notice: str = ""
    """What no figure may be read as."""
    headline: Headline
    """What the report opens with."""
    arms: tuple[ArmSummary, ...]
    """The arms."""
    findings: tuple[Finding, ...]
    """One for each estimand, in the file's order."""
    flow: tuple[FlowRow, ...]
    """Sessions planned, done, missing."""
    rating_flow: tuple[RatingFlowRow, ...] = ()
    """Ratings planned, done, missing."""
    agreement: tuple[Agreement, ...] = ()
    """Agreement between raters."""
    person_raters: tuple[PersonRater, ...] = ()
    """How each person rated who rates in the browser."""
    blinding: tuple[Blinding, ...] = ()
    """Whether these people could tell people from machines: over all, then each."""
    raters: RaterFindings | None = None
    """Faults of the raters, their agreement with people, and findings corrected by people; none without raters."""
    code_agreement: tuple[CodeAgreement, ...] = ()
    """Agreement between coders, code by code; empty unless two coded the same turns."""
    exhibits: tuple[Exhibit, ...] = ()
    """The unmasking."""
    arcs: tuple[Arc, ...] = ()
    """Ongoing therapy, by measure and arm; empty where the study holds no courses."""
    course_flow: tuple[CourseFlow, ...] = ()
    """Courses planned, completed, missing."""
    carry_over: tuple[CarryOver, ...] = ()
    """What stands beside each finding of carry-over."""
    ranks: tuple[RankCarryOver, ...] = ()
    """Whether the order of actors carries over, a measure of ongoing sessions each."""
    gaps: tuple[ActorGap, ...] = ()
    """Knowledge beside execution, actor by actor; empty below four actors with both."""
    sensitivity: tuple[SensitivityFinding, ...] = ()
    """Each finding of carry-over under every change of what it rests on."""
    trajectories: tuple[TrajectoryFinding, ...] = ()
    """Differences over time under each assumption about those who left."""
    lagged: tuple[LaggedFinding, ...] = ()
    """Whether a measure at one session goes with another at the next, within clients."""
    events: tuple[EventFinding, ...] = ()
    """What happens around advice in answer to a feeling; empty without courses."""
    trial: TrialFinding | None = None
    """The virtual trial; none where the study declares none."""
    process: tuple[ProcessRow, ...] = ()
    """Computed measures of ongoing sessions, by arm."""
    recovery: tuple[Recovery, ...] = ()
    """Measures beside the simulated clients' true state."""
    halo: Halo | None = None
    """How the chief measures go together; none without courses."""
    safety: SafetyFindings | None = None
    """Probes, stigma and labels on single replies; none where the study has none of them."""
    harm: HarmFindings | None = None
    """Harm inside ongoing sessions; none where none was held."""
    challenges: tuple[Challenge, ...] = ()
    """Challenges of the field with a figure each."""
    stages: tuple[Stage, ...] = ()
    """The stage of use that the evidence on each arm supports; empty where only scripts or demonstrations took part."""
    realism: tuple[RealismRow, ...] = ()
    """How simulated clients talk, beside people."""
    calibration: Calibration | None = None
    """The instrument check that lies in the run's folder; none where none was run."""
    lines: tuple[LineAnswer, ...] = ()
    """What this study says to each open question."""
    plan: PlanCheck = field(default_factory=PlanCheck)
    """The run held against its frozen plan."""
    exclusions: tuple[str, ...] = ()
    """What is left out of every analysis, as the study says."""
    usage: tuple[Usage, ...] = ()
    """Calls and tokens by model."""
    methods: tuple[str, ...] = ()
    """The methods in words, a paragraph each."""
    limits: tuple[str, ...] = ()
    """What this study cannot say, a sentence each."""
    provenance: dict[str, str] = field(default_factory=dict)
    """Versions, seeds and digests."""
