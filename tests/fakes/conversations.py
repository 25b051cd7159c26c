"""Conversations whose codes are given by hand, so that a figure can be counted without a coder."""

from therapyarc.domain import Turn
from therapyarc.domain.client import ClientCase
from therapyarc.measures import Conversation

__all__ = ["coded"]

_ROLES = {"C": "client", "T": "therapist"}


def coded(
    *lines: tuple[str, str], case: ClientCase | None = None, earlier: tuple[tuple[Turn, ...], ...] = ()
) -> Conversation:
    """Return a conversation of lines `(who and codes, text)`: `("T affirm plan", "...")`, C for client, T for therapist."""
    turns, codes = [], []
    for head, text in lines:
        who, *found = head.split()
        turns.append(Turn(role=_ROLES[who], text=text))  # type: ignore[arg-type]  # both are roles
        codes.append(frozenset(found))
    return Conversation(tuple(turns), tuple(codes), case, earlier)
