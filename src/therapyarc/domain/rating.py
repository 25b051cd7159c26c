"""Ratings: raw and append-only."""

from typing import Literal

from therapyarc.domain.missing import Missing
from therapyarc.domain.record import record

__all__ = ["LABELS", "Label", "Rating"]

Label = Literal["machine", "person", "unlabelled"]
"""What a rater is told of who speaks. It is drawn, and says nothing of who spoke."""

LABELS: tuple[Label, ...] = ("machine", "person", "unlabelled")


@record
class Rating:
    """One value that one rater gave to one session (or turn) on one rubric, or the reason why there is none."""

    session: str
    """The rated session."""
    turn: int | None = None
    """The rated turn, from 0; none for the session (or single reply) as a whole."""
    until: int | None = None
    """For a window of turns, the last of them, `turn` being the first; none otherwise."""
    rater: str
    """The rater's id in the study."""
    rubric: str
    """Id of the rubric or codebook."""
    version: str
    """Version of the rubric."""
    replicate: int = 1
    """Which of the rater's repeats this is, from 1."""
    label: Label | None = None
    """In a label study, what the rater was told of who speaks; none outside one."""
    item: str | None = None
    """For a form of several items, the item answered; none for a rubric."""
    value: float | None = None
    """The raw value; none where missing."""
    missing: Missing | None = None
    """Why there is no value; none where there is one."""
    evidence: tuple[str, ...] = ()
    """What the rater quoted from the reply before giving the value."""
    evidence_turns: tuple[int, ...] = ()
    """For a session or a window, places of the turns that the rater named before giving the value."""
    verbatim: bool | None = None
    """Whether every quotation stands in the reply to the letter (white space and case aside); none without quotations."""
    position: int | None = None
    """Place of this rating in the order in which a person gave theirs, from 0; none where each was given alone."""
