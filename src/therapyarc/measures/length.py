"""Text confounds: how much was said and asked. They stand beside every effect, since raters reward length."""

import re

from therapyarc.domain import Instrument, Missing, Session

__all__ = ["questions", "words"]

_WORD = re.compile(r"\w+(?:['’\-]\w+)*")


def words(session: Session, instrument: Instrument | None) -> float | Missing:
    """Return the number of words in the last therapist turn: runs of letters and digits, joined by ' or -."""
    del instrument
    if session.missing is not None:
        return session.missing
    return float(len(_WORD.findall(session.reply or "")))


def questions(session: Session, instrument: Instrument | None) -> float | Missing:
    """Return the number of question marks that end something in the last therapist turn (a run counts once)."""
    del instrument
    if session.missing is not None:
        return session.missing
    return float(len(re.findall(r"[?？]+", session.reply or "")))
