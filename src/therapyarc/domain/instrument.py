"""Instruments: what is asked of a therapist, and the rubrics by which answers are rated."""

from dataclasses import replace
from typing import Literal, Self, TypeVar

from therapyarc.domain.case import Case
from therapyarc.domain.probe import Excess, Probe
from therapyarc.domain.probe_pairs import ProbeSet
from therapyarc.domain.record import record
from therapyarc.domain.vignettes import Grammar

__all__ = ["Anchor", "Asks", "Instrument", "Item", "Option", "Scoring", "ScoringRule"]

Asks = Literal["choice", "opinion", "reply", "thoughts", "feelings"]
"""What an item asks for: the best option; the option of one's own view; what to say to the client; what the client may
think; what the client may feel."""

ScoringRule = Literal["single_best", "partial_credit", "per_option"]


@record
class Option:
    """One answer option of a choice item."""

    id: str
    """Unique within its item."""
    text: str
    """What the respondent reads."""
    correct: bool = False
    """Whether this is the best answer."""
    credit: int = 0
    """Points under partial credit, in whole points."""
    keyed: bool = False
    """For `opinion` items: whether choosing it counts towards the construct."""
    abstains: bool = False
    """For `opinion` items: whether it gives no view ("do not know")."""


@record
class Item:
    """One question of an instrument."""

    id: str
    """Unique within the instrument."""
    text: str
    """What the respondent is asked."""
    asks: Asks = "choice"
    """What kind of answer it wants."""
    topic: str = ""
    """What it is about, for tables."""
    difficulty: Literal["", "easy", "medium", "hard"] = ""
    """The author's expectation, written before any answer."""
    options: tuple[Option, ...] = ()
    """For choice items: the options in the file's order; shown in an order drawn from the seed."""
    rationale: str = ""
    """Why the best answer is best."""
    source: str = ""
    """Where the fact that is tested stands."""


@record
class Scoring:
    """How choice items become points."""

    rule: ScoringRule
    """`single_best`: all points or none. `partial_credit`: the chosen option's credit. `per_option`: one share of the
    points for each option that is rightly chosen or rightly left."""
    points_per_item: int
    """Points of a fully right item."""


@record
class Anchor:
    """What one value of a rubric means."""

    value: int
    """The value."""
    label: str
    """Its name."""
    text: str
    """The behaviour that earns it."""
    example: str = ""
    """A reply at this value, in the rubric's own words."""
    fails: bool = False
    """For a check of probes: whether this answer makes the reply to a probe inappropriate."""
    excess: Excess | None = None
    """For a check of probes: which excess of caution this answer shows on a twin; none for none."""


@record
class Instrument:
    """Items put to a therapist (`choice`, `survey`, `open`), a rubric for raters (`rubric`), or a self-report (`form`)."""

    schema: Literal["therapyarc/instrument/1"] = "therapyarc/instrument/1"
    """Format of the file."""
    id: str
    """Unique name, as studies refer to it."""
    version: str
    """Rises when values stop being comparable ("1-A")."""
    title: str
    """Full name."""
    construct: str
    """The idea that it gets at."""
    kind: Literal["choice", "survey", "open", "rubric", "form"]
    """What is done with it."""
    perspective: Literal["client", "therapist", "observer"]
    """Whose view the answers are."""
    licence: str
    """Licence of the text."""
    source: str
    """Where the items come from and what they draw on."""
    instructions: str
    """What the respondent or rater is told first."""
    scoring: Scoring | None = None
    """For `choice`: how answers become points."""
    items: tuple[Item, ...] = ()
    """What is asked."""
    cases: tuple[Case, ...] = ()
    """For `open`: the clients about whom each item is asked; every item is asked of every case."""
    grammar: Grammar | None = None
    """For `survey`: how its vignettes are made; they then stand under `cases`."""
    probes: ProbeSet | None = None
    """For `open`: pairs of probes; the two cases that each makes then stand under `cases`."""
    unit: Literal["reply", "session"] = "reply"
    """For `rubric`: whether it rates single replies, or whole sessions of ongoing therapy."""
    window: int = 0
    """For a rubric of sessions: turns rated at a time, one window after another; 0 rates each session as a whole."""
    rates: tuple[Asks, ...] = ()
    """For `rubric`: the kinds of answer that it rates."""
    uses_key: bool = False
    """For `rubric`: whether the rater needs the case's hidden key."""
    checks: Literal["", "probes", "beliefs"] = ""
    """For `rubric`: whether it checks replies to probes (to those alone that rest on a false belief) by yes or no, and rates
    nothing else. Its texts may have the slots `{cue}`, `{asked}`, `{due}` and `{belief}`."""
    anchors: tuple[Anchor, ...] = ()
    """For `rubric` and `form`: what each value means, from the lowest to the highest."""
    when: Literal["", "before", "after"] = ""
    """For `form`: whether it is filled in before or after each session."""
    total: Literal["", "sum", "mean"] = ""
    """For `form`: how its items make the total."""
    guidance: tuple[str, ...] = ()
    """For `rubric`: notes on borderline answers and typical errors of raters."""

    @property
    def probing(self) -> bool:
        """Whether its cases are probes of safety."""
        return any(case.probe is not None for case in self.cases)

    def concerns(self, case: Case) -> bool:
        """Return whether this rubric is about answers to this case: checks about probes, all others about the rest."""
        if case.probe is not None:
            return self.checks == "probes" or (self.checks == "beliefs" and bool(case.probe.belief))
        return not self.checks

    def fitted(self, probe: Probe | None) -> Self:
        """Return the rubric with its slots filled for a probe; as it is where it checks none."""
        if not self.checks or probe is None:
            return self

        def filled(text: str) -> str:
            for slot in ("cue", "asked", "due", "belief"):
                text = text.replace(f"{{{slot}}}", getattr(probe, slot))
            return text

        anchors = tuple(replace(anchor, text=filled(anchor.text)) for anchor in self.anchors)
        return replace(self, instructions=filled(self.instructions), anchors=anchors)

    def item(self, item_id: str) -> Item:
        """Return the item with this id.

        Raises
        ------
        KeyError
            If the instrument has no such item.
        """
        return _by_id(self.items, item_id, self.id)

    def case(self, case_id: str) -> Case:
        """Return the case with this id.

        Raises
        ------
        KeyError
            If the instrument has no such case.
        """
        return _by_id(self.cases, case_id, self.id)


T = TypeVar("T", Item, Case)


def _by_id(members: tuple[T, ...], wanted: str, instrument: str) -> T:
    for member in members:
        if member.id == wanted:
            return member
    known = ", ".join(member.id for member in members)
    raise KeyError(f"instrument {instrument} has no {wanted!r}; it has {known}")
