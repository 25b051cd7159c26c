"""Codes: which acts a coder found in a turn."""

from typing import Literal

from therapyarc.domain.missing import Missing
from therapyarc.domain.record import record

__all__ = ["CodeSystem", "FoundCode", "TurnCodes"]

CodeSystem = Literal["acts", "annomi", "harms", "claims", "inference"]
"""`acts`: the library's codebooks of therapist and client, several codes a turn. `annomi`: AnnoMI's labels, one a turn.
`harms`: the library's codebook of what a therapist must not do. `claims`: that of false claims. `inference`: feelings and
thoughts that a therapist says of the client, each right or wrong by the truth of the case."""


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
