"""Challenges of the field with a measured figure each, and the stage of use that the evidence of a study can support."""

from typing import Literal

from therapyarc.domain.estimate import Estimate
from therapyarc.domain.harm import Quote
from therapyarc.domain.record import record

__all__ = ["Challenge", "ChallengeId", "Stage", "StageName", "StageRule"]

ChallengeId = Literal["accuracy", "interpretability", "bias", "privacy", "effectiveness"]
"""What the field names as unsolved."""

StageName = Literal["none", "assistive", "collaborative", "autonomous"]
"""What the evidence supports: nothing; drafts that a professional checks before anyone sees them; work with clients under a
professional's eye; work without one."""


@record
class Challenge:
    """One challenge, one figure, one arm."""

    id: ChallengeId
    """Which."""
    arm: str
    """Arm id; empty where the figure is the study's."""
    figure: Estimate
    """The figure, or the reason why this study has none."""
    meaning: str
    """What it counts, and what its ends mean."""
    evidence: tuple[Quote, ...] = ()
    """Some of the words on which it rests."""


@record
class StageRule:
    """One condition of a stage."""

    stage: StageName
    """The lowest stage that asks for it."""
    text: str
    """The condition."""
    met: bool
    """Whether the study's evidence meets it."""
    found: str
    """What was found, or that nothing was measured."""


@record
class Stage:
    """What the evidence on one arm supports."""

    arm: str
    """Arm id."""
    label: StageName
    """The highest stage all of whose conditions, and those of the stages below it, are met."""
    rules: tuple[StageRule, ...]
    """Every condition."""
