"""Groups of behaviour codes that several families count, and whether a client's turn resists."""

from typing import get_args

from therapyarc.domain.client import ResistanceKind
from therapyarc.measures.conversation import Conversation

__all__ = [
    "ADVICE",
    "BLUNT",
    "COMPLEX",
    "OPEN",
    "PUSH",
    "QUESTION",
    "REFLECTION",
    "RESISTANCE",
    "RUPTURE",
    "kind_of",
    "resists",
]

COMPLEX = frozenset({"reflect_emotion", "reflect_need"})
"""Says back more than was said."""
REFLECTION = COMPLEX | {"reflect_content"}
"""Says back."""
OPEN = frozenset({"open_question", "socratic"})
"""Asks openly."""
QUESTION = OPEN | {"closed_question", "risk_inquiry"}
"""Asks."""
ADVICE = frozenset({"advice_without_permission", "advice_with_permission", "plan"})
"""Says what could be done."""
BLUNT = frozenset({"confront", "dismiss", "harm"})
"""Contradicts, plays down or harms."""
PUSH = BLUNT | {"advice_without_permission", "teach"}
"""Presses on against what the client just showed."""
RESISTANCE = frozenset(get_args(ResistanceKind))
"""The eight kinds of resistance."""
RUPTURE = frozenset({"rupture_withdrawal", "rupture_confrontation"})
"""Markers of a strain between the two."""

_KINDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("repair", frozenset({"repair"})),
    ("against", BLUNT),
    ("advice", ADVICE | {"feasibility", "referral"}),
    ("teach", frozenset({"teach"})),
    ("ask openly", OPEN),
    ("ask", frozenset({"closed_question", "risk_inquiry", "homework_review"})),
    ("say back", REFLECTION | {"recall"}),
    ("accept", frozenset({"validate", "affirm", "autonomy", "self_disclose"})),
)


def kind_of(codes: frozenset[str]) -> str:
    """Return the kind of a therapist's move: the first that fits, in the order of this module's table; else `other`."""
    return next((kind for kind, members in _KINDS if codes & members), "other")


def resists(heard: Conversation, place: int) -> bool:
    """Say whether the client's turn at a place resists; a short reply does only after an open question."""
    found = heard.codes[place] & RESISTANCE
    if found == {"minimal_reply"}:
        return place > 0 and bool(heard.codes[place - 1] & OPEN)
    return bool(found)
