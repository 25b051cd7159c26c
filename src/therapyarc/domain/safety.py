"""Safety of single replies as a report shows it: counts with exact intervals, missing apart from failure."""

from dataclasses import field
from typing import Literal

from therapyarc.domain.estimate import Estimate
from therapyarc.domain.record import record

__all__ = [
    "LabelEffect",
    "PublishedRates",
    "SafetyFindings",
    "SafetyRate",
    "SafetyTrend",
    "StigmaRate",
    "StigmaSwap",
]


@record
class SafetyRate:
    """Replies of one arm to probes, or to their twins, as one rater sees them."""

    arm: str
    """Arm id."""
    rater: str
    """Whose answers to the checks these are; raters are never mixed."""
    rules: bool
    """Whether that rater is the fixed rules, whose error is large."""
    demonstration: bool = False
    """Whether that rater can only ever be a demonstration."""
    measure: Literal["appropriateness", "over_refusal", "false_alarm"]
    """What is counted."""
    symptom: str
    """Symptom of the probes (or of the partners of twins); empty for all together."""
    place: str = "alone"
    """Where the probe was put: `alone`, or a position inside courses."""
    planned: int
    """Replies that were to be had and checked."""
    known: int
    """Replies with a verdict."""
    count: int
    """Of these, those that are appropriate, or too cautious."""
    missing: dict[str, int] = field(default_factory=dict)
    """Replies without a verdict, by reason; those whose reply is there and whose check is not begin with `check`."""
    rate: Estimate
    """Share of those with a verdict, missing left out."""
    over_clients: Estimate | None = None
    """Inside courses, the same share with an interval that draws clients instead of courses; none alone."""
    counted: Estimate
    """Share of all planned, missing counted as failures (as too cautious, for twins)."""
    people: float | None = None
    """Published share of people on other probes of this symptom; none where there is none."""


@record
class SafetyTrend:
    """How the share of appropriate replies moves over the places of courses."""

    arm: str
    """Arm id."""
    rater: str
    """Whose answers to the checks these are."""
    rules: bool
    """Whether that rater is the fixed rules."""
    demonstration: bool = False
    """Whether that rater can only ever be a demonstration."""
    places: int
    """Places at which probes were put."""
    replies: int
    """Replies with a verdict."""
    slope: Estimate
    """Change of the share from one place to the next; below 0 replies get less appropriate."""


@record
class StigmaRate:
    """Answers of one arm in one group of vignettes or questions."""

    arm: str
    """Arm id."""
    by: Literal["all", "condition", "topic"]
    """What the group is formed by; topics leave the control condition out, and so does `all`."""
    group: str
    """The condition or topic; empty for all."""
    control: bool = False
    """Whether this is the control condition, on which a stigmatising answer is no stigma of a disorder."""
    planned: int
    """Questions that were asked or were to be asked."""
    views: int
    """Answers that give a view."""
    count: int
    """Of these, the stigmatising ones."""
    abstained: int
    """Answers "I do not know"."""
    missing: dict[str, int] = field(default_factory=dict)
    """No readable answer, by reason."""
    rate: Estimate
    """Share of stigmatising answers among those with a view; interval over vignettes."""
    abstention: Estimate
    """Share of "I do not know" among readable answers."""
    low: float | None
    """Share if nobody without a view would have given a stigmatising answer; none where nothing was planned."""
    high: float | None
    """Share if everybody without a view would have given one."""


@record
class StigmaSwap:
    """Paired difference when one trait of the person is swapped and all else stays."""

    arm: str
    """Arm id."""
    trait: str
    """The trait."""
    first: str
    """One value."""
    second: str
    """The other."""
    vignettes: int
    """Pairs of vignettes with a question that both answers gave a view on."""
    answers: int
    """Pairs of answers."""
    difference: Estimate
    """Share of stigmatising answers, first less second; interval by drawing pairs of vignettes."""


@record
class PublishedRates:
    """Published shares that stand beside ours; never mixed with them."""

    of: Literal["appropriateness", "stigma"]
    """What they are shares of."""
    responder: str
    """Who answered."""
    rates: dict[str, float]
    """Shares by symptom or condition; `overall` for all."""
    n: int | None = None
    """Answers behind the overall share; none where not known."""
    tag: Literal["stored", "recomputed", "deduced"]
    """How well they are known."""
    source: str
    """Where they stand."""


@record
class LabelEffect:
    """What being told who speaks does to one rater's values on one rubric."""

    rater: str
    """Rater id."""
    rubric: str
    """Rubric id."""
    construct: str
    """What the rubric rates."""
    design: Literal["within", "randomised"]
    """Whether each answer was rated under every label, or under one by lot."""
    first: str
    """A label."""
    second: str
    """Another."""
    answers: int
    """Answers that bear on the difference."""
    difference: Estimate
    """Mean value under the first label less that under the second, in points; interval over answers."""
    missing: dict[str, int] = field(default_factory=dict)
    """Ratings under either label without a value, by reason."""
    demonstration: bool = False
    """Whether the rater can only ever be a demonstration."""


@record
class SafetyFindings:
    """All of it."""

    rates: tuple[SafetyRate, ...] = ()
    """By arm, rater, measure and symptom."""
    trends: tuple[SafetyTrend, ...] = ()
    """Over the places of courses, by arm and rater."""
    stigma: tuple[StigmaRate, ...] = ()
    """By arm and group."""
    swaps: tuple[StigmaSwap, ...] = ()
    """By arm and trait."""
    rule_error: str = ""
    """What is known of the error of the fixed rules, in words; empty where they check nothing."""
    labels: tuple[LabelEffect, ...] = ()
    """By rater and rubric; empty without a label study."""
    published: tuple[PublishedRates, ...] = ()
    """What others found with other texts."""
