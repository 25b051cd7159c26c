"""Coders that need no model host: the cue coder and the trained coder, as rows of codes."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Literal

from therapyarc.coding.behaviours import CoderName
from therapyarc.coding.codebook import codebook
from therapyarc.coding.cues import code_client, code_therapist
from therapyarc.coding.kept_codes import coded
from therapyarc.domain import CoderSpec, Session, Turn
from therapyarc.domain.code import FoundCode, TurnCodes

__all__ = ["LEARNED", "code_offline", "offline_version", "weights_digest"]

LEARNED: CoderName = "fast"
"""The trained coder that a study means by `learned`: it needs no sentence encoder."""


def code_offline(spec: CoderSpec, session: Session) -> tuple[TurnCodes, ...]:
    """Code every turn of the spec's roles by cues or by the trained coder, which gives a turn the label it decides on.

    Raises
    ------
    ValueError
        If the coder is a model.
    """
    if spec.kind == "cues":
        return _by_cues(spec, session)
    if spec.kind == "learned":
        return _by_weights(spec, session)
    raise ValueError(f"coder {spec.id} is a model and is asked through its host; see tasks.coder")


@cache
def offline_version(kind: Literal["cues", "learned"], role: Literal["therapist", "client"]) -> str:
    """Return what the coder of a role is: version of its codebook, or digest of its weights."""
    if kind == "cues":
        return f"cues {codebook(role).version}"
    return f"learned {LEARNED} {weights_digest(LEARNED)}"


@cache
def weights_digest(name: CoderName) -> str:
    """Return the first 12 digits of the SHA-256 of a shipped coder's weights: the same digits, the same codes."""
    weights = files("therapyarc") / "library" / "coders" / f"{name}.npz"
    return hashlib.sha256(weights.read_bytes()).hexdigest()[:12]


def _by_cues(spec: CoderSpec, session: Session) -> tuple[TurnCodes, ...]:
    rows = []
    for place, turn in enumerate(session.turns):
        for role in spec.roles:
            if turn.role == role:
                found = (
                    code_therapist(turn.text, _heard(session.turns, place)).acts
                    if role == "therapist"
                    else code_client(turn.text)
                )
                rows.append(
                    TurnCodes(
                        session=session.id,
                        turn=place,
                        role=role,
                        coder=spec.id,
                        version=offline_version("cues", role),
                        codes=tuple(FoundCode(code=name) for name in sorted(found)),
                    )
                )
    return tuple(rows)


def _heard(turns: tuple[Turn, ...], place: int) -> str:
    """Return the client's turn before this one, empty where there is none."""
    return next((turn.text for turn in reversed(turns[:place]) if turn.role == "client"), "")


def _by_weights(spec: CoderSpec, session: Session) -> tuple[TurnCodes, ...]:
    if not session.turns:
        return ()
    return tuple(
        TurnCodes(
            session=session.id,
            turn=place,
            role=role,
            coder=spec.id,
            version=offline_version("learned", role),
            system="annomi",
            codes=(FoundCode(code=one.decided),),
        )
        for place, (turn, one) in enumerate(zip(session.turns, coded(LEARNED, session.turns), strict=True))
        for role in spec.roles
        if turn.role == role
    )
