"""The nouns: plain records that every other folder meets in.

`assignment` and `call` are left out on purpose: they hold the key, and only those who may unmask import them.
"""

from therapyarc.domain.actor import Actor
from therapyarc.domain.arc import Arc, ArcCourse, ArcPoint, CourseFlow
from therapyarc.domain.calibration import Calibration, Target, Truth
from therapyarc.domain.carry_over import CarryOver, HalfMeans, RankCarryOver
from therapyarc.domain.case import Case, Feeling, HiddenKey
from therapyarc.domain.estimand import Contrast, Estimand
from therapyarc.domain.estimate import COEFFICIENT, SHARE, Estimate
from therapyarc.domain.excerpt import Excerpt, TurnKind
from therapyarc.domain.finding import (
    Agreement,
    ArmSummary,
    Check,
    CodeAgreement,
    Exhibit,
    Finding,
    Findings,
    FlowRow,
    Headline,
    HumanRange,
    Point,
    Published,
    RatingFlowRow,
    RealismRow,
    Side,
    Significance,
    Usage,
)
from therapyarc.domain.inside import CourseProbes, PlantedProbe, Position, ProbeReply
from therapyarc.domain.instrument import Anchor, Asks, Instrument, Item, Option, Scoring, ScoringRule
from therapyarc.domain.measure import ActsCoder, Measure
from therapyarc.domain.measurement import Measurement
from therapyarc.domain.missing import Missing
from therapyarc.domain.panel import Blinding, Panel, PersonRater
from therapyarc.domain.people import People
from therapyarc.domain.probe import EXCESSES, SYMPTOMS, Excess, Probe, Symptom
from therapyarc.domain.probe_pairs import Pair, ProbeSet, probe_cases
from therapyarc.domain.process import ArmProcess, Halo, ProcessRow, Recovery
from therapyarc.domain.rating import LABELS, Label, Rating
from therapyarc.domain.record import record
from therapyarc.domain.session import Role, Session, Turn
from therapyarc.domain.study import (
    Administration,
    Arm,
    CoderSpec,
    Condition,
    CorpusSource,
    Courses,
    Cut,
    Limits,
    Price,
    RaterSpec,
    Study,
)
from therapyarc.domain.trajectory import LaggedFinding, TrajectoryFinding
from therapyarc.domain.vignettes import Grammar, Names, Trait, TraitValue, vignettes

__all__ = [
    "COEFFICIENT",
    "EXCESSES",
    "LABELS",
    "SHARE",
    "SYMPTOMS",
    "Actor",
    "ActsCoder",
    "Administration",
    "Agreement",
    "Anchor",
    "Arc",
    "ArcCourse",
    "ArcPoint",
    "Arm",
    "ArmProcess",
    "ArmSummary",
    "Asks",
    "Blinding",
    "Calibration",
    "CarryOver",
    "Case",
    "Check",
    "CodeAgreement",
    "CoderSpec",
    "Condition",
    "Contrast",
    "CorpusSource",
    "CourseFlow",
    "CourseProbes",
    "Courses",
    "Cut",
    "Estimand",
    "Estimate",
    "Excerpt",
    "Excess",
    "Exhibit",
    "Feeling",
    "Finding",
    "Findings",
    "FlowRow",
    "Grammar",
    "HalfMeans",
    "Halo",
    "Headline",
    "HiddenKey",
    "HumanRange",
    "Instrument",
    "Item",
    "Label",
    "LaggedFinding",
    "Limits",
    "Measure",
    "Measurement",
    "Missing",
    "Names",
    "Option",
    "Pair",
    "Panel",
    "People",
    "PersonRater",
    "PlantedProbe",
    "Point",
    "Position",
    "Price",
    "Probe",
    "ProbeReply",
    "ProbeSet",
    "ProcessRow",
    "Published",
    "RankCarryOver",
    "RaterSpec",
    "Rating",
    "RatingFlowRow",
    "RealismRow",
    "Recovery",
    "Role",
    "Scoring",
    "ScoringRule",
    "Session",
    "Side",
    "Significance",
    "Study",
    "Symptom",
    "Target",
    "Trait",
    "TraitValue",
    "TrajectoryFinding",
    "Truth",
    "Turn",
    "TurnKind",
    "Usage",
    "probe_cases",
    "record",
    "vignettes",
]
