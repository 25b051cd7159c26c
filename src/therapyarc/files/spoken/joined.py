"""Utterances into turns: neighbouring utterances of one speaker are one turn."""

from collections.abc import Iterable
from dataclasses import dataclass

from therapyarc.domain import Role, Turn
from therapyarc.text.halves import without_halves

__all__ = ["Utterance", "joined"]


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker said."""

    role: Role
    """Who spoke."""
    text: str
    """What was said."""
    onset_s: float | None = None
    """Seconds from the start of the session to its start, where known."""
    offset_s: float | None = None
    """Seconds from the start of the session to its end, where known."""


def joined(utterances: Iterable[Utterance]) -> tuple[Turn, ...]:
    """Return the turns; utterances without text are left out. A turn lasts from its first onset to its last end.

    What JSON may hold and no text does, zeros and halves of characters, is left out or becomes the replacement character.
    """
    groups: list[list[Utterance]] = []
    for one in utterances:
        if not one.text.replace("\0", "").strip():
            continue
        if groups and groups[-1][0].role == one.role:
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(
        Turn(
            role=group[0].role,
            text=_whole(" ".join(one.text.strip() for one in group)),
            onset_s=group[0].onset_s,
            offset_s=group[-1].offset_s,
        )
        for group in groups
    )


def _whole(text: str) -> str:
    return without_halves(text.replace("\0", ""))
