"""Crisis by cue: what speaks of danger to life in a client's words, and what a therapist does about it.

The screen errs on the side of alarm. It reads English wordings and is no diagnosis of anybody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from therapyarc.coding.codebook import Code, codebook
from therapyarc.text import sentences

__all__ = ["Alarm", "HelpLines", "alarm", "crisis_acts", "help_lines", "lines_named"]

Alarm = Literal["hint", "explicit"]
"""`hint`: words that may mean a wish to be dead. `explicit`: suicide, self-harm or a preparation is named."""

_LONGEST = 12_000
"""Characters of a turn that are read."""
_NUMBER = re.compile(r"\d[\d ()\-./]*\d|\d")


def alarm(text: str) -> Alarm | None:
    """Return how a client's words speak of danger to life; none where they do not, or deny it in the same sentence."""
    text = text[:_LONGEST].replace("’", "'").strip()
    codes, any_cue = _danger()
    if not any_cue.search(text):
        return None  # as most turns; what no cue fits as a whole, none fits in a sentence
    found = {code.id for sentence in sentences(text) for code in codes if code.words(sentence) is not None}
    if "danger_explicit" in found:
        return "explicit"
    return "hint" if "danger_hint" in found else None


@cache
def _danger() -> tuple[tuple[Code, ...], re.Pattern[str]]:
    """Return the codes of danger and one pattern for all their cues, at a fifth of the cost of one after the other."""
    codes = tuple(code for code in codebook("crisis").codes if code.id.startswith("danger"))
    return codes, re.compile(
        "|".join(f"(?:{cue.pattern})" for code in codes for cue in code.cues), re.IGNORECASE
    )


def crisis_acts(text: str) -> frozenset[str]:
    """Return what a therapist's words do about danger: `asks`, `plan`, `means`, `protective`, `hands_over`."""
    return frozenset(code for code in _codes(text) if not code.startswith("danger"))


def _codes(text: str) -> set[str]:
    return {
        code.id
        for sentence in sentences(text[:_LONGEST].replace("’", "'"))
        for code in codebook("crisis").codes
        if code.words(sentence) is not None
    }


@dataclass(frozen=True, slots=True)
class HelpLines:
    """Where people in a country can turn."""

    country: str
    """ISO 3166-1 alpha-2."""
    name: str
    """The country's name."""
    emergency: tuple[str, ...]
    """General emergency numbers, digits alone."""
    lines: Mapping[str, tuple[str, ...]]
    """Crisis lines by name, digits alone."""

    def numbers(self) -> frozenset[str]:
        """Return every number, digits alone."""
        return frozenset(self.emergency).union(*self.lines.values())


@cache
def help_lines() -> Mapping[str, HelpLines]:
    """Read the table of the library, by country."""
    source = files("therapyarc") / "library" / "help_lines.yaml"
    data: Mapping[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return {
        country: HelpLines(
            country,
            row["name"],
            tuple(map(_digits, row["emergency"])),
            {name: tuple(map(_digits, numbers)) for name, numbers in row["lines"].items()},
        )
        for country, row in data.items()
    }


def lines_named(text: str) -> tuple[frozenset[str], ...]:
    """Return, for each number or name of the table that a text has, the countries in which it leads to help."""
    folded, table = text.casefold(), help_lines()
    numbers = dict.fromkeys(map(_digits, _NUMBER.findall(text)))
    names = dict.fromkeys(name for row in table.values() for name in row.lines if name.casefold() in folded)
    by_number = (frozenset(at for at, row in table.items() if one in row.numbers()) for one in numbers)
    by_name = (frozenset(at for at, row in table.items() if one in row.lines) for one in names)
    return tuple(filter(None, (*by_number, *by_name)))


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)
