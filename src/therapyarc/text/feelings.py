"""Words for feelings, in families of near synonyms; our own list."""

import re
from dataclasses import dataclass

__all__ = ["FAMILIES", "FeelingWord", "feeling_words"]

FAMILIES: dict[str, tuple[str, ...]] = {
    "shame": (
        "shame",
        "ashamed",
        "embarrassed",
        "embarrassment",
        "humiliated",
        "humiliation",
        "humiliating",
        "fool",
    ),
    "guilt": ("guilt", "guilty", "blame yourself", "remorse"),
    "sadness": ("sad", "sadness", "down", "low", "unhappy", "tearful", "miserable", "heavy"),
    "grief": ("grief", "grieving", "mourning", "loss", "missing"),
    "loneliness": ("lonely", "loneliness", "alone", "isolated", "cut off", "unsupported"),
    "emptiness": ("empty", "emptiness", "numb", "pointless", "flat"),
    "hopelessness": (
        "hopeless",
        "hopelessness",
        "despair",
        "resigned",
        "resignation",
        "giving up",
        "stuck",
        "trapped",
    ),
    "helplessness": ("helpless", "helplessness", "powerless"),
    "fear": (
        "afraid",
        "fear",
        "scared",
        "frightened",
        "anxious",
        "anxiety",
        "worried",
        "worry",
        "nervous",
        "dread",
        "tense",
    ),
    "anger": ("angry", "anger", "furious", "rage", "annoyed", "irritated", "mad"),
    "frustration": ("frustrated", "frustration", "frustrating", "fed up"),
    "resentment": ("resentful", "resentment", "bitter", "bitterness", "cynical"),
    "disappointment": ("disappointed", "disappointment", "disappointing", "let down", "crushed"),
    "hurt": ("hurt", "rejected", "rejection", "wounded", "painful", "pain"),
    "exhaustion": (
        "exhausted",
        "exhaustion",
        "tired",
        "weary",
        "weariness",
        "drained",
        "worn out",
        "overwhelmed",
        "overwhelming",
    ),
    "longing": ("longing", "yearning", "wish you had"),
    "relief": ("relieved", "relief"),
    "joy": ("happy", "glad", "proud", "joy", "pleased", "hopeful"),
}
"""Family to words. Families are broad on purpose: raters count near synonyms."""

_FAMILY_OF = {word: family for family, members in FAMILIES.items() for word in members}
_PATTERN = re.compile(
    r"(?<![^\W_])(?:"
    + "|".join(sorted(map(re.escape, _FAMILY_OF), key=len, reverse=True))
    + r")(?![^\W_])",  # between words as `words` cuts them: an underscore is part of none
    re.IGNORECASE,
)


_FIRST = frozenset(word.split()[0] for word in _FAMILY_OF)
_LETTERS = re.compile(r"[a-z]+")
_RUN = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class FeelingWord:
    """One feeling word where it stands."""

    family: str
    """Its family."""
    text: str
    """The word as written."""
    start: int
    """Offset of its first character."""


def feeling_words(text: str) -> list[FeelingWord]:
    """Return the feeling words of a text in order."""
    if _FIRST.isdisjoint(_LETTERS.findall(text.lower())):  # most texts, at a tenth of the cost
        return []
    found: list[FeelingWord] = []
    end = 0
    for run in _RUN.finditer(text):  # the long pattern is tried only where its first word stands
        if run.start() >= end and run[0].lower() in _FIRST and (m := _PATTERN.match(text, run.start())):
            found.append(FeelingWord(_FAMILY_OF[m[0].casefold()], m[0], m.start()))
            end = m.end()
    return found
