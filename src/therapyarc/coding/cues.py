"""The cue coder: acts of an utterance by fixed patterns, a sentence at a time. The floor that a trained coder must beat.

It reads English. It knows neither case nor arm, and gives every act a strength of 1: what it finds is there or not.
"""

import re
from dataclasses import dataclass, field

from therapyarc.coding.codebook import codebook
from therapyarc.text import content_stems, feeling_words, sentences, words
from therapyarc.text.words import is_content

__all__ = ["Coded", "code_client", "code_therapist"]

_OPEN = re.compile(
    r"^(?:(?:and|so|but|well|okay|then|now)[\s,]+)*(?:what|how|why|where|who|which|in what|tell me|"
    r"(?:can|could) you (?:say|tell)|would you (?:say|tell|describe)|when (?:you|does|do|did|was|is))\b|"
    r"\b(?:what|how) (?:was|is|would|does|did|do|might|could)\b[^?]*\?$",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:(?:and|so|but|well|okay)[\s,]+)*(?:do|does|did|is|are|was|were|have|has|had|can|could|would|will|should|may|might)\s+"
    r"(?:you|it|that|there|he|she|they|we|this|the|your)\b",
    re.IGNORECASE,
)
_SAYS = re.compile(r"\byou(?:r|'re|'ve|'d)?\b", re.IGNORECASE)
_OWN = re.compile(
    r"^(?:i|i'm|i've|i'd|me)\b(?!(?:'d| would| can| could)? (?:hear|sense|wonder|guess|imagine|see))",
    re.IGNORECASE,
)
_LINKS = re.compile(r"^(?:so|there(?:'s| is)|that(?:'s| is| must)|it)\b", re.IGNORECASE)
_LONGEST = 400
"""Words of an utterance that are read; what follows is cut off, so that no reply can stall a course."""


@dataclass(frozen=True, slots=True)
class Coded:
    """What was done in one utterance."""

    acts: dict[str, float]
    """Code to strength."""
    named: frozenset[str] = field(default_factory=frozenset)
    """Families of the feelings that were said back."""


def code_therapist(text: str, heard: str = "") -> Coded:
    """Code one therapist turn.

    Parameters
    ----------
    text
        The turn; any Unicode.
    heard
        The client's turn before it, for uptake.

    Returns
    -------
    The acts. `empty` alone where there are no words; `off_topic` alone where eight or more words hold no English
    function word, as in another language or in noise.
    """
    plain = text.replace("’", "'")
    said = words(plain[: 20 * _LONGEST])[:_LONGEST]
    if not any(any(letter.isalpha() for letter in word) for word in said):
        return Coded({"empty": 1.0})
    if len(said) >= 8 and sum(not is_content(word) for word in said) / len(said) < 0.12:
        return Coded({"off_topic": 1.0})
    acts: dict[str, float] = {}
    named: set[str] = set()
    for sentence in sentences(plain[: 20 * _LONGEST]):
        if sentence.endswith("?") or _ASKS.match(sentence):
            acts["open_question" if _OPEN.search(sentence) else "closed_question"] = 1.0
        elif feelings := _said_back(sentence):
            acts["reflect_emotion"] = 1.0
            named |= feelings
        for code in codebook("therapist").codes:
            if code.id not in acts and any(cue.search(sentence) for cue in code.cues):
                acts[code.id] = 1.0
    if acts.keys() & {"plan", "advice_with_permission"}:
        acts.pop("advice_without_permission", None)
    if heard and len(content_stems(plain) & content_stems(heard)) >= 1:
        acts["uptake"] = 1.0
    if not acts:
        acts["acknowledge"] = 1.0
    return Coded(acts, frozenset(named))


def _said_back(sentence: str) -> set[str]:
    """Return the families of feelings that a statement says of the client."""
    if _OWN.match(sentence) or not (_SAYS.search(sentence) or _LINKS.match(sentence)):
        return set()
    return {word.family for word in feeling_words(sentence)}


def code_client(text: str) -> frozenset[str]:
    """Code one client turn by cues; without words it has no code."""
    plain = text.replace("’", "'")[: 20 * _LONGEST]
    found = {
        code.id
        for sentence in sentences(plain)
        for code in codebook("client").codes
        if any(cue.search(sentence) for cue in code.cues)
    }
    if any(word.family not in {"joy", "relief"} for word in feeling_words(plain)):
        found.add("negative_feeling")
    return frozenset(found)
