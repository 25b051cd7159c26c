"""Codes: which acts a coder found in a turn, and how far coders agree on them."""

from typing import Literal

from therapyarc.domain.finding import Estimate
from therapyarc.domain.missing import Missing
from therapyarc.domain.record import record

__all__ = ["CodeAgreement", "CodeSystem", "FoundCode", "TurnCodes"]

CodeSystem = Literal["acts", "annomi"]
"""`acts`: the library's codebooks, several codes a turn. `annomi`: AnnoMI's labels, one a turn."""


@record
class FoundCode:
    """One code that was found in a turn."""

    code: str
    """Its id in the code system."""
    evidence: str = ""
    """The words of the turn that it rests on, to the letter; empty where the coder quotes none."""


@record
class TurnCodes:
    """What one coder found in one turn, once; or the reason why that is not known. No codes is a finding, too."""

    session: str
    """The session."""
    turn: int
    """Place of the turn in its session, from 0."""
    role: Literal["therapist", "client"]
    """Whose turn it is."""
    coder: str
    """Id of the coder."""
    version: str
    """What the coder was: codebook, and for a model its name, batch size, temperature and the digest of its instructions."""
    system: CodeSystem = "acts"
    """What the codes mean."""
    replicate: int = 1
    """Which of the coder's repeats this is, from 1."""
    codes: tuple[FoundCode, ...] = ()
    """The codes found."""
    missing: Missing | None = None
    """Why it is not known what the turn holds; none where it is known."""
    why: str = ""
    """For an answer that could not be read, what was wrong with it."""


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
