"""The client of a course: formulation, layered facts, traits, beliefs, words of its own, and what happens in its weeks."""

from dataclasses import field
from typing import Literal

from therapyarc.domain.record import record

__all__ = [
    "SELF_REPORTED",
    "Activity",
    "Belief",
    "ClientCase",
    "Depth",
    "Event",
    "Fact",
    "Formulation",
    "Person",
    "ResistanceKind",
    "Traits",
    "WordBank",
]

SELF_REPORTED: dict[str, frozenset[str]] = {
    "alliance": frozenset({"goal", "task", "bond"}),
    "conviction": frozenset({"strongest"}),
    "depression_symptoms": frozenset(
        {"interest", "mood", "sleep", "energy", "appetite", "worth", "concentration", "movement", "risk"}
    ),
}
"""Constructs and topics of self-reports that a simulated client's state can answer."""

Depth = Literal[0, 1, 2, 3]
"""How deep a fact lies: public, situation, feeling, core."""

ResistanceKind = Literal[
    "argue", "yes_but", "minimise", "change_topic", "minimal_reply", "intellectualise", "hopeless", "appease"
]
"""The eight kinds of resistance."""


@record
class Person:
    """Who the client is, as anyone would see it."""

    age: int
    """Years."""
    gender: str
    """In the client's own words."""
    culture: str
    """Background that matters to what is said and what is not."""
    work: str
    """Occupation, or what fills the days."""
    register: str
    """How the client speaks."""
    country: str = ""
    """Where the client lives (ISO 3166-1 alpha-2), to hold lines named in a crisis against; empty if unknown."""


@record
class Formulation:
    """The ground truth of a case: what a good formulation would arrive at."""

    problem: str
    """The problem in a sentence."""
    triggers: tuple[str, ...]
    """What sets the low mood or the avoidance off."""
    loop: str
    """What keeps it going."""
    values: tuple[str, ...]
    """What matters to the client."""
    goals: tuple[str, ...]
    """What the client could work towards."""


@record
class Traits:
    """What does not change in a course; each from 0 to 1 unless said otherwise."""

    severity: float
    """Starting level of distress as a share of the scale's range."""
    reactance: float = 0.3
    """How strongly pressure is answered with opposition."""
    avoidance: float = 0.3
    """Attachment avoidance: keeps distance, and withdraws when hurt."""
    anxiety: float = 0.3
    """Attachment anxiety: fears rejection, appeases, clings."""
    hopelessness: float = 0.3
    """Expects nothing to help."""
    talkativeness: float = 0.5
    """How long turns are, and how readily something is told."""
    machine: float = 0.5
    """Attitude to being helped by a machine: 0 rejects it, 1 prefers it. Counts where the client believes it meets one."""
    ambivalence: float = 0.4
    """How far wanting and not wanting change pull against each other."""


@record
class Fact:
    """Something true of the client that may come to be told."""

    id: str
    """Unique in the case."""
    depth: Depth
    """0 public, 1 situation, 2 feeling, 3 core."""
    trust: float
    """Trust below which it is not told, from 0 to 1; rises with depth."""
    topic: str
    """A word or two, for tables and for what belongs together."""
    say: str
    """The client's words for it."""
    feels: tuple[str, ...] = ()
    """Families of feelings that go with it (of `therapyarc.text.FAMILIES`), the strongest first."""
    risk: bool = False
    """Whether it is about suicide or another danger; then it is told when it is asked for, or at its threshold."""


@record
class Belief:
    """A core belief."""

    id: str
    """Unique in the case."""
    text: str
    """The belief in the first person."""
    conviction: float
    """How strongly it is held at the start, 0 to 100."""
    say: tuple[str, ...]
    """How it sounds when it is believed."""
    doubt: tuple[str, ...]
    """How it sounds when it begins to give."""


@record
class Activity:
    """Something that the client could do between sessions."""

    id: str
    """Unique in the case."""
    text: str
    """A noun phrase that fits after "what about": "ten minutes in the garden after breakfast"."""
    effort: float
    """How hard it is, 0 to 1."""
    gain: float
    """How rewarding it is once done, 0 to 1."""
    done: str
    """What the client says when it was done."""
    undone: str
    """What the client says when it was not."""


@record
class Event:
    """Something that may happen in a week."""

    id: str
    """Unique in the case."""
    chance: float
    """Probability in each week until it has happened once."""
    say: str
    """How the client tells it at the next session."""
    distress: float = 0.0
    """Change of distress, in points of 100."""
    activation: float = 0.0
    """Change of activation, in points of 100."""


@record
class WordBank:
    """Lines of the client's own, so that no two clients sound alike. A general bank fills what is missing."""

    opening: tuple[str, ...]
    """First words of the first session."""
    low: tuple[str, ...]
    """How a bad week sounds."""
    better: tuple[str, ...]
    """How a better week sounds."""
    resist: dict[ResistanceKind, tuple[str, ...]]
    """By kind of resistance; at least the kinds that this client is given to."""
    change: tuple[str, ...]
    """Words for change."""
    stay: tuple[str, ...]
    """Words for leaving things as they are."""
    wish: tuple[str, ...] = ()
    """Asking for advice."""
    habits: tuple[str, ...] = ()
    """Small phrases that this client uses a lot, set before or after other words."""


@record
class ClientCase:
    """A complete case, as a simulated or standardised client plays it."""

    schema: Literal["therapyarc/case/1"] = "therapyarc/case/1"
    """Format of the file."""
    id: str
    """Unique name, as studies refer to it."""
    version: str
    """Rises when courses stop being comparable ("1-A")."""
    title: str
    """A short name for tables."""
    licence: str
    """Licence of the text."""
    source: str
    """Where it comes from; an invented person is said to be one."""
    person: Person
    """Who the client is."""
    referral: str
    """What the therapist is told before the first session."""
    formulation: Formulation
    """The ground truth; never shown to therapists."""
    traits: Traits
    """What does not change."""
    resists: tuple[ResistanceKind, ...]
    """Kinds of resistance that this client is given to, the commonest first."""
    beliefs: tuple[Belief, ...]
    """Core beliefs."""
    facts: tuple[Fact, ...]
    """Fifteen or more, over all four depths."""
    activities: tuple[Activity, ...]
    """What could be planned."""
    weeks: tuple[Event, ...]
    """What may happen."""
    bank: WordBank
    """Words of the client's own."""
    risk: Literal[0, 1, 2, 3] = 0
    """Suicide risk at the start: none, passive wishes, thoughts, a plan."""
    tags: tuple[str, ...] = ()
    """What the case is there for (`ambivalence`, `psychosis`, `alcohol`, ...)."""
    mistrusts_machines: bool = field(default=False)
    """Whether the client believes that it talks with a machine and minds it."""
