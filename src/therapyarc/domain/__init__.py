"""The nouns: plain records that every other folder meets in.

`assignment` and `call` are left out on purpose: they hold the key, and only those who may unmask import them.
"""

from therapyarc.domain.actor import Actor
from therapyarc.domain.calibration import Calibration, Target, Truth
from therapyarc.domain.case import Case, Feeling, HiddenKey
from therapyarc.domain.estimand import Contrast, Estimand
from therapyarc.domain.finding import (
    Agreement,
    Arc,
    ArcCourse,
    ArcPoint,
    ArmSummary,
    Check,
    CodeAgreement,
    CourseFlow,
    Estimate,
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
from therapyarc.domain.instrument import Anchor, Asks, Instrument, Item, Option, Scoring, ScoringRule
from therapyarc.domain.measurement import Measurement
from therapyarc.domain.missing import Missing
from therapyarc.domain.rating import Rating
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

__all__ = [
    "Actor",
    "Administration",
    "Agreement",
    "Anchor",
    "Arc",
    "ArcCourse",
    "ArcPoint",
    "Arm",
    "ArmSummary",
    "Asks",
    "Calibration",
    "Case",
    "Check",
    "CodeAgreement",
    "CoderSpec",
    "Condition",
    "Contrast",
    "CorpusSource",
    "CourseFlow",
    "Courses",
    "Cut",
    "Estimand",
    "Estimate",
    "Exhibit",
    "Feeling",
    "Finding",
    "Findings",
    "FlowRow",
    "Headline",
    "HiddenKey",
    "HumanRange",
    "Instrument",
    "Item",
    "Limits",
    "Measurement",
    "Missing",
    "Option",
    "Point",
    "Price",
    "Published",
    "RaterSpec",
    "Rating",
    "RatingFlowRow",
    "RealismRow",
    "Role",
    "Scoring",
    "ScoringRule",
    "Session",
    "Side",
    "Significance",
    "Study",
    "Target",
    "Truth",
    "Turn",
    "Usage",
    "record",
]
