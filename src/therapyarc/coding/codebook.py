"""Codebooks: what counts as which act, in words, with examples, borderlines and cues."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from therapyarc.domain import record

__all__ = ["Code", "Codebook", "codebook"]


@record
class Code:
    """One behaviour code."""

    id: str
    """Its name in traces and measurements."""
    definition: str
    """What counts."""
    examples: tuple[str, ...]
    """What is it."""
    not_examples: tuple[str, ...]
    """What is near and is not it, with the reason."""
    maps: Mapping[str, str]
    """Nearest codes of published systems."""
    cues: tuple[re.Pattern[str], ...] = ()
    """What the cue coder looks for in one sentence; empty where it needs more than that."""
    unless: tuple[re.Pattern[str], ...] = ()
    """What takes a cue back where it stands in the same sentence: a denial, advice against."""

    def words(self, sentence: str) -> str | None:
        """Return the words of a sentence that a cue fits; none where nothing fits or it is taken back."""
        found = next((match for cue in self.cues if (match := cue.search(sentence))), None)
        if found is None or any(cue.search(sentence) for cue in self.unless):
            return None
        return found.group()


@record
class Codebook:
    """The codes of one role."""

    id: str
    """`therapist`, `client`, `harms`, `claims` (of the therapist), `crisis` (of both), `safety` (replies to probes)."""
    version: str
    """Rises when codes stop being comparable."""
    codes: tuple[Code, ...]
    """In the file's order."""


@cache
def codebook(role: Literal["therapist", "client", "harms", "claims", "crisis", "safety"]) -> Codebook:
    """Read a codebook of the library."""
    source = files("therapyarc") / "library" / "codebooks" / f"{role}.yaml"
    data: Mapping[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return Codebook(
        id=data["id"],
        version=data["version"],
        codes=tuple(
            Code(
                id=code["id"],
                definition=code["definition"],
                examples=tuple(code["examples"]),
                not_examples=tuple(code["not"]),
                maps=dict(code["maps"]),
                cues=_patterns(code.get("cues", ())),
                unless=_patterns(code.get("unless", ())),
            )
            for code in data["codes"]
        ),
    )


def _patterns(cues: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(cue, re.IGNORECASE) for cue in cues)
