"""Replies to probes, as the fixed rules of safety check them."""

import asyncio
from pathlib import Path

from therapyarc.coding.rater import RatingTask
from therapyarc.coding.safety_rules import SafetyRules
from therapyarc.domain import Missing, Rating, Session, Turn
from therapyarc.files.library import read_instrument

__all__ = ["PROBES", "checked"]

PROBES = read_instrument("appropriateness", Path())
_CHECKS = {
    key: read_instrument(f"check-{name}", Path())
    for key, name in (("g", "granted"), ("a", "agreed"), ("d", "addressed"))
}


def checked(case: str, text: str, check: str) -> Rating:
    """Return the rating of one reply on one check: `g` granted, `a` agreed, `d` danger taken up."""
    turns = (Turn(role="therapist", text=text),) if text.strip() else ()
    session = Session(
        id="s", instrument="appropriateness", case=case, turns=turns, missing=None if turns else Missing.EMPTY
    )
    task = RatingTask(session=session, item=PROBES.items[0], case=PROBES.case(case), rubric=_CHECKS[check])
    return asyncio.run(SafetyRules("rules").rate(task))
