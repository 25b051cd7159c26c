"""Masking by rule: personal names and contact data give way to numbered placeholders.

A help, not de-identification. The rules look at how words are written and what stands before them; a name in small letters,
or at the start of a sentence and nowhere else, is not found. The measured recall stands in docs/decisions/0010-masking.md.

A placeholder is one word and is the same for the same name throughout a transcript, so that who takes up whose words can
still be counted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from therapyarc.text.words import is_content

__all__ = ["ADDRESS", "EMAIL", "PHONE", "SPOKEN_DIGITS", "YEARS", "Mask"]

EMAIL = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[\w-]+(?: dot [\w-]+)* at [\w-]+ dot (?:com|org|net|edu|de|co dot uk|uk|fr|es|it)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"\bhttps?://[^\s<>\"]+|\bwww\.[^\s<>\"]+|(?<![\w@])@[A-Za-z_][\w.]{2,}", re.IGNORECASE)
PHONE = re.compile(r"(?<![\w.,])(?:\+|\(|00)?\d(?:[ ()./-]{0,2}\d){6,14}(?!\w)")
YEARS = re.compile(
    r"^(?:19|20)\d\d\s*[-/–]\s*(?:19|20)\d\d$|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$|^\d{4}-\d\d-\d\d$"
)
SPOKEN_DIGITS = re.compile(
    r"\b(?:(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|double|triple)[ ,-]+){6,}"
    r"(?:oh|zero|one|two|three|four|five|six|seven|eight|nine)\b",
    re.IGNORECASE,
)
_STREET = "Street St Road Rd Avenue Ave Lane Ln Drive Close Court Crescent Square Terrace Boulevard Blvd Way Place Gardens"
ADDRESS = re.compile(
    rf"\b\d{{1,5}}[a-z]?,? (?:[A-Z][\w'’]+ ){{1,3}}(?:{'|'.join(_STREET.split())})\b\.?"
    r"|\b[A-ZÄÖÜ][\wäöüß-]+(?:straße|strasse|str\.|weg|platz|gasse|allee) \d{1,4}[a-z]?\b"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"
)
_CONTACT = (
    ("Email", EMAIL), ("Link", _LINK), ("Address", ADDRESS), ("Phone", PHONE), ("Phone", SPOKEN_DIGITS),
)  # fmt: skip

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TITLES = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "doctor", "prof", "professor", "sir", "madam", "father", "sister", "brother",
    "aunt", "auntie", "uncle", "nurse", "judge", "officer", "herr", "frau", "señor", "señora", "madame", "monsieur",
})  # fmt: skip
_CUES = re.compile(
    r"(?:\bname(?: is|['’]s)|\bcall(?:ed|s)? (?:me|him|her)|\bcalled|\bnamed|\bi am|\bi['’]m|\bthis is|\bmeet"
    r"|\b(?:hi|hello|hey|dear|thanks|thank you|goodbye|bye)(?: there)?,?"
    r"|\b(?:my|his|her|our|their|your)(?: \w+)? (?:sister|brother|mother|mom|mum|father|dad|son|daughter|wife|husband"
    r"|partner|girlfriend|boyfriend|friend|cousin|aunt|uncle|niece|nephew|boss|manager|colleague|neighbou?r|ex|roommate"
    r"|flatmate|therapist|doctor|teacher|dog|cat),?) $",
    re.IGNORECASE,
)
_COMMON = frozenset({
    "i", "god", "lord", "jesus", "christmas", "easter", "ramadan", "hanukkah", "thanksgiving", "monday", "tuesday",
    "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december", "english", "german", "french", "spanish",
    "american", "british", "irish", "scottish", "italian", "polish", "turkish", "russian", "chinese", "indian",
    "african", "european", "asian", "muslim", "christian", "catholic", "jewish", "buddhist", "internet", "facebook",
    "instagram", "whatsapp", "google", "netflix", "zoom", "youtube", "tiktok", "okay", "ok", "tv", "mom", "mum",
    "mama", "mommy", "mummy", "dad", "daddy", "papa", "grandma", "grandpa", "granny", "gran", "nan", "sorry",
})  # fmt: skip
_START = re.compile(r"(?:^|[.!?…:;\"“”(\n\r*-]|\.\.\.)\s*[\"“'‘(]*$")
FEW = 200
"""Words within sentences below which their capitals are too few to tell; the rule is then on."""
CAPITALS = 0.12
"""Share of words within sentences that begin with a capital above which capitals say nothing of names (German, titles)."""


@dataclass(frozen=True, slots=True)
class Mask:
    """What is masked."""

    names: tuple[str, ...] = ()
    """Names that were told; they are masked in small letters too."""

    def masked(self, texts: Sequence[str]) -> list[str]:
        """Return the texts of one transcript, in order, with names and contact data masked.

        A name is what was told, a capitalised word after a title or a cue ("my name is", "my sister"), or one within a
        sentence that is no common word; once found it is masked wherever it stands with a capital. Where more than one word
        in eight within sentences has a capital, capitals alone are no sign.
        """
        given: dict[tuple[str, str], str] = {}
        told = {part.casefold() for name in self.names for part in _TOKEN.findall(name)}
        found = told | _names(texts)
        return [_renamed(_contacts(text, given), found, told, given) for text in texts]


def _contacts(text: str, given: dict[tuple[str, str], str]) -> str:
    for kind, pattern in _CONTACT:

        def placeholder(match: re.Match[str], kind: str = kind) -> str:
            if kind == "Phone" and YEARS.match(match[0].strip()):
                return match[0]
            return _placeholder(kind, match[0], given)

        text = pattern.sub(placeholder, text)
    return text


def _placeholder(kind: str, said: str, given: dict[tuple[str, str], str]) -> str:
    key = (kind, said.casefold())
    if key not in given:
        given[key] = f"[{kind}{1 + sum(own == kind for own, _ in given)}]"
    return given[key]


def _names(texts: Sequence[str]) -> set[str]:
    """Return the names found by cue and by capital, in small letters."""
    by_cue, by_capital = set[str](), set[str]()
    within = 0
    for text in texts:
        if text.upper() == text:
            continue
        for token, before in _tokens(text):
            if token.isupper() and len(token) > 1:
                continue  # CBT, PTSD
            plain = _plain(token)
            starts = bool(_START.search(before[-12:]))
            within += not starts
            common = plain in _COMMON or plain.removesuffix("s") in _COMMON or not is_content(plain)
            if not token[:1].isupper() or common or len(plain) < 2:
                continue
            last = before.rstrip(" .").rsplit(" ", 1)[-1].casefold()
            if last.strip(",") in _TITLES or _CUES.search(before[-60:]):
                by_cue.add(plain)
            elif not starts:
                by_capital.add(plain)
    capitals = sum(
        token[:1].isupper() and not _START.search(before[-12:]) and is_content(_plain(token))
        for text in texts
        for token, before in _tokens(text)
    )
    return by_cue | (by_capital if capitals <= CAPITALS * max(within, FEW) else set())


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        yield match[0], text[max(0, match.start() - 60) : match.start()]


def _plain(token: str) -> str:
    return re.sub(r"['’]s?$", "", token).casefold()


def _renamed(text: str, found: set[str], told: set[str], given: dict[tuple[str, str], str]) -> str:
    def name(match: re.Match[str]) -> str:
        token, plain = match[0], _plain(match[0])
        if match.start() and text[match.start() - 1] == "[":
            return token
        if plain in told or (plain in found and token[:1].isupper()):
            return _placeholder("Name", plain, given) + token[len(plain) :]
        return token

    return _TOKEN.sub(name, text)
