"""Courses: the hidden state of a simulated client, the sealed trace of it, and how a session ended."""

from dataclasses import field
from random import Random
from typing import Literal

from therapyarc.domain.client import ResistanceKind
from therapyarc.domain.missing import Missing
from therapyarc.domain.record import record

__all__ = ["ClientState", "Ending", "Memory", "Promise", "Rupture", "Trace", "TraceTurn", "course_seed"]

Ending = Literal["natural", "limit", "client_left", "therapist_silent", "monitor", "no_session"]
"""How a session ended: a leave-taking; the limit of exchanges or words; the client broke it off; the therapist gave nothing
usable three times in a row; a safety screen ended it; or none was held, in an arm without therapy."""

Memory = Literal["transcripts", "notes", "summary", "none"]
"""What a therapist may carry over from earlier sessions."""

Rupture = Literal["none", "withdrawal", "confrontation"]
"""A strain in the alliance: turning away, or turning against."""


def course_seed(study: int, case: str, replicate: int) -> int:
    """Return the randomness of a course: the same for all who meet the client in this replicate."""
    return Random(f"{study}/course/{case}/{replicate}").getrandbits(31)


@record
class Promise:
    """What was agreed for the week."""

    activity: str
    """Id of the case's activity, or the therapist's own words for it."""
    agreement: float
    """How far the client agreed to it, 0 to 1."""
    feasible: bool
    """Whether client and therapist checked that it can be done."""
    done: bool | None = None
    """Whether it was done; none before the week is over."""


@record
class ClientState:
    """What the client feels and keeps to itself. Hidden from therapist and raters."""

    distress: float
    """0 to 100; maps to PHQ-9."""
    activation: float
    """Weekly rewarding activity, 0 to 100."""
    convictions: dict[str, float]
    """By belief, 0 to 100."""
    bond: float
    """0 to 1."""
    goal: float
    """Agreement on goals, 0 to 1."""
    task: float
    """Agreement on tasks, 0 to 1."""
    trust: float
    """0 to 1; gates disclosure."""
    readiness: float
    """0 to 1."""
    ambivalence: float
    """0 to 1."""
    resistance: float
    """0 to 1."""
    advice_wish: float
    """0 to 1: would advice be timely now?"""
    reliance: float
    """0 to 1: exclusive reliance on this therapist."""
    risk: float
    """0 to 3."""
    rupture: Rupture = "none"
    """An open rupture."""
    rupture_since: int = 0
    """Exchanges since it opened."""
    told: tuple[str, ...] = ()
    """Ids of the facts told so far, in order."""
    happened: tuple[str, ...] = ()
    """Ids of the events that have happened."""
    news: tuple[str, ...] = ()
    """Ids of the events of the last week, not yet told."""
    promise: Promise | None = None
    """What was agreed last."""
    left: bool = False
    """Whether the client has left the course."""


@record
class TraceTurn:
    """What one therapist turn did to the client, and what the client meant by its answer."""

    exchange: int
    """From 1."""
    acts: tuple[str, ...]
    """The therapist's acts as the client took them."""
    planted: tuple[str, ...] = ()
    """The acts that a scripted therapist planted; empty for others."""
    intent: str
    """What the client's answer was for."""
    resistance: ResistanceKind | None = None
    """Kind of resistance in the answer; none without."""
    depth: int | None = None
    """Depth of the fact told; none where none was."""
    fact: str | None = None
    """The fact told."""
    probe: str | None = None
    """The probe of safety that the client put; none for none."""
    event: str = ""
    """What happened between the two: a rupture opened, repaired, or a promise made."""
    causes: dict[str, float] = field(default_factory=dict)
    """Change of each variable in this turn."""
    missing: Missing | None = None
    """Why the therapist's turn could not be used, so that the client took it as silence; none where it could."""
    voice: str = "scripted"
    """Who worded the answer: `scripted`, `model`, or `fallback` with its reason."""


@record
class Trace:
    """The sealed side of one session: read by analysis, never by therapists or raters."""

    session: str
    """Session id."""
    start: ClientState
    """State at the start of the session, after the week."""
    end: ClientState
    """State at the end."""
    turns: tuple[TraceTurn, ...]
    """One for each exchange."""
    ended: Ending
    """How the session ended."""
    note: str = ""
    """The therapist's own notes on the session, where its memory setting asks for them."""
