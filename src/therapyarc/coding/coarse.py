"""Codes of the library's codebooks read in AnnoMI's coarser labels, so that they can be held against people's.

The reading follows the codebooks' own `maps`. A mapping is not an identity: AnnoMI gives each turn of a therapist its main
behaviour and no other, and a coder that finds a question and a reflection in one turn has both here.
"""

from collections.abc import Iterable
from typing import Literal

from therapyarc.coding.codebook import Code, codebook

__all__ = ["in_annomi"]

_INPUT = frozenset({"problem-solving", "planning", "psychoeducation"})


def in_annomi(role: Literal["therapist", "client"], codes: Iterable[str]) -> frozenset[str]:
    """Return AnnoMI's labels for a turn's codes.

    A therapist's reflections, questions, and advice, planning and teaching (`therapist_input`), or `other` where there is
    none of them; a client's `change` and `sustain`, or `neutral`. A code that the codebook lacks counts for nothing.
    """
    own = set(codes)
    found = {_label(role, code) for code in codebook(role).codes if code.id in own} - {""}
    return frozenset(found or {"other" if role == "therapist" else "neutral"})


def _label(role: Literal["therapist", "client"], code: Code) -> str:
    if role == "client":
        return code.maps.get("annomi", "")
    bolt = code.maps.get("bolt", "none")
    if bolt.startswith("reflection"):
        return "reflection"
    if bolt == "question":
        return "question"
    return "therapist_input" if bolt in _INPUT else ""
