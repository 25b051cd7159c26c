"""What is wrong with raters, how far they agree with people, and findings corrected by people's ratings."""

from typing import Literal

from therapyarc.domain.estimate import Estimate
from therapyarc.domain.record import record

__all__ = ["GUESS", "CorrectedFinding", "PeopleAgreement", "RaterDiagnosis", "RaterFindings"]

GUESS = "guess-source"
"""Rubric of the question who spoke: value 1 for a program, 0 for a person, missing where the rater does not know."""


@record
class RaterDiagnosis:
    """Faults of one rater, each with an interval or the reason why it cannot be had."""

    rater: str
    """Rater id."""
    kind: Literal["baseline", "model", "human"]
    """Fixed rules, a model, or a person."""
    family: str
    """Model family; `rules` or `people` for the others."""
    ratings: int
    """Values that it gave."""
    estimates: tuple[Estimate, ...]
    """Leniency, effect of length, of place in the order, preference for its own family, guess of the source."""
    demonstration: bool = False
    """Whether its ratings can only ever be a demonstration."""


@record
class PeopleAgreement:
    """How far one rater agrees with people on one rubric, and whether that is enough."""

    rater: str
    """Rater id."""
    rubric: str
    """Rubric id."""
    construct: str
    """What the rubric rates."""
    answers: int
    """Answers that the rater and one person or more rated."""
    people: tuple[str, ...]
    """Ids of the people."""
    estimates: tuple[Estimate, ...]
    """Same value, within one point, quadratic kappa, mean difference from people; intervals draw actors."""
    usable: bool | None
    """Whether the interval of kappa lies above the bar (true) or below (false); none where it holds
    the bar or is not there."""
    verdict: str
    """The same in words."""


@record
class CorrectedFinding:
    """One difference from all answers, as people would have rated them."""

    finding: str
    """Id of the finding."""
    construct: str
    """The construct."""
    half: Literal["single", "ongoing", "change"]
    """Single replies, ongoing sessions, or the second less the first."""
    labelled: int
    """Answers that people rated."""
    answers: int
    """All answers of the two sides with a rating of a machine."""
    estimates: tuple[Estimate, ...]
    """By machines alone, by people alone, prediction-powered, and design-based for these very answers."""
    notes: tuple[str, ...] = ()
    """What a reader must know, such as labels that are hardly a random draw."""


@record
class RaterFindings:
    """All about the raters of a study."""

    bar: float
    """Quadratic kappa with people below which a rater's findings are marked unusable."""
    diagnoses: tuple[RaterDiagnosis, ...]
    """One a rater."""
    halo: tuple[Estimate, ...] = ()
    """How far the dimensions of one rater go together, beside those of two raters, and the excess."""
    people: tuple[PeopleAgreement, ...] = ()
    """One a machine rater and rubric; empty where no person rated."""
    corrected: tuple[CorrectedFinding, ...] = ()
    """Findings corrected by people's ratings; empty where no person rated."""
    unusable: tuple[str, ...] = ()
    """`rater: construct` of those below the bar."""
