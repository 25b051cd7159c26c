"""What identifies a client and was given by them: full name, address, telephone, mail, date of birth, insurance number; and
where a therapist says it again.

By rule, in English and German spellings. A first name alone, a place without a house number, an age and a birthday without
its year identify nobody here. What is written in another way, or with a slip, is not found.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from therapyarc.coding.crisis import help_lines
from therapyarc.text.masking import ADDRESS, EMAIL, PHONE, SPOKEN_DIGITS, YEARS
from therapyarc.text.words import is_content

__all__ = ["Identifier", "Kind", "echoed", "identifiers"]

Kind = Literal["name", "address", "phone", "mail", "birth", "insurance"]
"""What it is: a full name, a street with its number or a postcode, a telephone number, a mail address, a date of birth, a
number of an insurance or of social security."""

_LONGEST = 12_000
"""Characters of a turn that are read."""
_WORD = r"[^\W\d_]+(?:['-][^\W\d_]+)*"
_NAME = re.compile(
    r"(?:\b(?:full |whole |real )?name(?: is|'s|:)"
    r"|(?-i:\b(?:I am|I'm|i am|i'm|This is|this is)(?= [A-ZÄÖÜ][^\W\d_]+ [A-ZÄÖÜ])))"
    rf" ({_WORD}(?: {_WORD}){{1,3}})",
    re.IGNORECASE,
)
"""A name after its cue, one word more than may belong to it; after nothing but "I'm" both words are capital."""
_BORN = re.compile(r"\b(?:born|date of birth|birth ?date|d\.?o\.?b\b|birthday)", re.IGNORECASE)
_INSURANCE = re.compile(
    r"\b(?:(?:insurance|insured|policy|member(?:ship)?|nhs|social security|health card|medicare|medicaid)\b[^.?!\n]{0,20}?"
    r"\b(?:number|no|nr|id|code)\b|ssn\b)[^.?!\n\d]{0,20}?\b([A-Za-z]{0,3}[ ./-]?\d(?:[ ./-]?\d){5,14}[A-Za-z]?)\b",
    re.IGNORECASE,
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_DATE = re.compile(
    rf"\b(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\.?(?: of)? (?P<m>{_MONTH})\.?,? (?P<y>(?:19|20)\d\d)"
    rf"|(?P<m2>{_MONTH})\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y2>(?:19|20)\d\d)"
    r"|(?P<n1>\d{1,2})[./-](?P<n2>\d{1,2})[./-](?P<y3>(?:19|20)?\d\d)|(?P<y4>(?:19|20)\d\d)-(?P<n3>\d\d)-(?P<n4>\d\d))\b",
    re.IGNORECASE,
)
_DIGITS = {
    "oh": "0", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
}  # fmt: skip
_LEAST_DIGITS = 7
"""Digits of a telephone number; the last so many are compared, since the code of the country may be left out."""
_STREETS = {
    "street": "st",
    "road": "rd",
    "avenue": "ave",
    "lane": "ln",
    "boulevard": "blvd",
    "strasse": "str",
    "straße": "str",
}
_LIVES = re.compile(
    r"\b(?:live (?:at|on|in)|living at|address(?: is|'s|:)?|staying at|moved to|i'm at)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """One thing that identifies a person."""

    kind: Kind
    """What it is."""
    value: str
    """As it is compared: small letters and digits, without marks."""


@lru_cache(maxsize=4096)  # each turn is looked at again in every later session of its course
def identifiers(text: str) -> frozenset[Identifier]:
    """Return what a client's words give that identifies a person."""
    text = _plain(text)
    return frozenset(one for one, _ in (*_anywhere(text), *_cued(text)))


def echoed(text: str, given: Sequence[Identifier] | frozenset[Identifier]) -> dict[Identifier, str]:
    """Return which of these a therapist's words say again, each with the words, as they stand there.

    A name is said again where its first and last word stand together; an address with its number, or a postcode; a number or
    a date whatever its marks. Numbers of help lines are nobody's.
    """
    if not given:
        return {}
    text = _plain(text)
    found: dict[Identifier, str] = {}
    told = dict([*_anywhere(text), *_dates(text, "birth")])
    for one in sorted(given, key=lambda one: (one.kind, one.value)):
        if one in told:
            found[one] = told[one]
        elif (pattern := _said_again(one)) and (match := pattern.search(text)):
            found[one] = match[0]
    return found


def _plain(text: str) -> str:
    return text[:_LONGEST].replace("’", "'")


def _anywhere(text: str) -> Iterator[tuple[Identifier, str]]:
    """Yield what is known by its form alone."""
    for match in EMAIL.finditer(text):
        yield Identifier("mail", _mail(match[0])), match[0]
    for match in ADDRESS.finditer(text):
        yield Identifier("address", _address(match[0])), match[0]
    for match in (*PHONE.finditer(text), *SPOKEN_DIGITS.finditer(text)):
        digits = _spoken(match[0]) if match[0][:1].isalpha() else re.sub(r"\D", "", match[0])
        if len(digits) >= _LEAST_DIGITS and not _is_date(match[0]) and digits not in _public():
            yield Identifier("phone", digits[-_LEAST_DIGITS:]), match[0]


def _cued(text: str) -> Iterator[tuple[Identifier, str]]:
    """Yield what is known by the words before it."""
    for match in _NAME.finditer(text):
        if value := _name(match[1]):
            yield Identifier("name", value), match[1]
    for match in _INSURANCE.finditer(text):
        yield Identifier("insurance", _compact(match[1])), match[1]
    for born in _BORN.finditer(text):
        yield from _dates(text[born.start() : born.end() + 40], "birth")
    for lives in _LIVES.finditer(text):
        near = text[lives.end() : lives.end() + 60]
        for match in ADDRESS.finditer(_titled(near)):
            yield Identifier("address", _address(match[0])), near[match.start() : match.end()]


def _dates(text: str, kind: Kind) -> Iterator[tuple[Identifier, str]]:
    """Yield dates with day, month and year; which of two numbers is the day is left open."""
    for match in _DATE.finditer(text):
        part = match.groupdict()
        month = part["m"] or part["m2"]
        year = part["y"] or part["y2"] or part["y3"] or part["y4"]
        if month:
            pair = (int(part["d"] or part["d2"]), 1 + [name[:3] for name in _MONTHS].index(month[:3].lower()))
        else:
            pair = (int(part["n1"] or part["n3"]), int(part["n2"] or part["n4"]))
        yield Identifier(kind, f"{min(pair)}-{max(pair)}-{year[-2:]}"), match[0]


def _name(said: str) -> str | None:
    """Return first and last word of a full name; none where it is one word, or no name."""
    capital = said[:1].isupper()
    kept: list[str] = []
    for word in said.split():
        if not is_content(word.casefold()) or (capital and not word[:1].isupper()):
            break
        kept.append(word.casefold())
    if not capital:
        kept = kept[:2]
    return f"{kept[0]} {kept[-1]}" if len(kept) > 1 else None


def _said_again(one: Identifier) -> re.Pattern[str] | None:
    return _AGAIN[one.kind](one.value) if one.kind in _AGAIN else None


def _name_again(value: str) -> re.Pattern[str]:
    first, last = map(re.escape, value.split(" "))
    return re.compile(rf"\b{first}(?: {_WORD})? {last}(?:'s)?\b|\b{last}, {first}\b", re.IGNORECASE)


def _insurance_again(value: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)" + r"[ ./-]?".join(map(re.escape, value)) + r"(?!\d)", re.IGNORECASE)


def _address_again(value: str) -> re.Pattern[str]:
    long = {short: name for name, short in _STREETS.items() if name not in {"strasse", "straße"}}
    parts = [
        rf"(?:{re.escape(word)}|{long[word]})" if word in long else re.escape(word)
        for word in value.split(" ")
    ]
    return re.compile(r"\b" + r"[ ,.]+".join(parts) + r"\b", re.IGNORECASE)


_AGAIN: dict[Kind, Callable[[str], re.Pattern[str]]] = {
    "name": _name_again,
    "insurance": _insurance_again,
    "address": _address_again,
}


def _compact(said: str) -> str:
    return re.sub(r"[\W_]", "", said).casefold()


def _mail(said: str) -> str:
    folded = re.sub(r" dot ", ".", re.sub(r" at ", "@", said.casefold()))
    return folded.rstrip(".")


def _address(said: str) -> str:
    words = re.sub(r"[^\w]+", " ", said.casefold()).split()
    return " ".join(_STREETS.get(word, word) for word in words)


def _is_date(said: str) -> bool:
    return bool(_DATE.search(said) or YEARS.match(said.strip()))


def _titled(text: str) -> str:
    return re.sub(r"\b[a-zäöü]", lambda match: match[0].upper(), text)


def _spoken(said: str) -> str:
    digits, times = "", 1
    for word in re.findall(r"[a-z]+", said.casefold()):
        if word in {"double", "triple"}:
            times = 2 if word == "double" else 3
        else:
            digits, times = digits + _DIGITS[word] * times, 1
    return digits


@cache
def _public() -> frozenset[str]:
    """Return the numbers of help lines."""
    return frozenset(number for row in help_lines().values() for number in row.numbers())
