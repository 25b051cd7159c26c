"""The model coder without its model: what is put to one, many turns a call, and how its answer is read.

A batch holds turns of one role of one session. What stands between them, and the two turns before each, is shown as
context. Speakers are therapist and client and nothing else: neither arm, nor actor, nor session number is told.

An answer is read or it is missing. A code that the codebook lacks, a quotation that does not stand in the turn, a turn
left out: each makes that turn missing with its reason. A turn that was not asked for makes the whole answer unreadable,
since its numbers may then be shifted.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Literal

from therapyarc.coding.codebook import Code, codebook
from therapyarc.domain import Missing, Turn, record
from therapyarc.domain.code import FoundCode
from therapyarc.text import words

__all__ = [
    "CONTEXT_TURNS",
    "CodingBatch",
    "CodingLine",
    "Unread",
    "batches",
    "codes_for",
    "has_words",
    "lines",
    "read_codes",
]

CONTEXT_TURNS = 2
"""Turns before a coded turn that are shown with it."""

_LEFT_OUT = frozenset({"empty"})
"""Codes that no model is asked for: a turn without words is not sent."""

CodedRole = Literal["therapist", "client"]

_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'}
)
_FENCED = re.compile(r"^```(?:json)?\s*(?P<body>.*?)\s*```$", re.DOTALL)


@record
class CodingBatch:
    """Turns that are coded in one call."""

    session: str
    """The session."""
    role: CodedRole
    """Whose turns are coded."""
    turns: tuple[int, ...]
    """Their places in the session, rising."""
    replicate: int = 1
    """Which repeat this is, from 1."""
    seed: int = 0
    """Randomness of this one call, and the order in which codes stand."""

    @property
    def purpose(self) -> str:
        """What tells the call apart from all others of the coder on the session."""
        return f"{self.role}/{'-'.join(map(str, self.turns))}/{self.replicate}"

    def part(self, turns: Iterable[int]) -> "CodingBatch":
        """Return a smaller batch with some of the turns, with the same seed and order of codes."""
        kept = tuple(sorted(turns))
        return CodingBatch(
            session=self.session, role=self.role, turns=kept, replicate=self.replicate, seed=self.seed
        )


@record
class CodingLine:
    """One turn as the model sees it."""

    turn: int
    """Its number."""
    role: str
    """`Therapist` or `Client`."""
    text: str
    """What was said, on one line."""
    coded: bool
    """Whether it is to be coded, or context."""


@record
class Unread:
    """Why a turn's codes are not known."""

    missing: Missing
    """The reason."""
    why: str
    """What was wrong with the answer."""


def has_words(turn: Turn) -> bool:
    """Say whether there is anything to code: a word with a letter in it."""
    return any(any(letter.isalpha() for letter in word) for word in words(turn.text))


def batches(
    session: str,
    turns: Sequence[Turn],
    role: CodedRole,
    *,
    size: int,
    replicate: int = 1,
    seed: str,
) -> tuple[CodingBatch, ...]:
    """Cut a session into batches.

    Parameters
    ----------
    session
        Id of the session.
    turns
        All its turns.
    role
        Whose turns are coded; those without words are left out.
    size
        The most turns of a batch, 1 or more.
    replicate
        Which repeat this is.
    seed
        Of the coder in its study. Each batch draws its own from it.

    Raises
    ------
    ValueError
        If `size` is below 1.
    """
    if size < 1:
        raise ValueError(f"a batch needs at least one turn; got a size of {size}")
    own = [place for place, turn in enumerate(turns) if turn.role == role and has_words(turn)]
    return tuple(
        CodingBatch(
            session=session,
            role=role,
            turns=tuple(own[start : start + size]),
            replicate=replicate,
            seed=Random(f"{seed}/{session}/{role}/{own[start]}/{replicate}").getrandbits(31),
        )
        for start in range(0, len(own), size)
    )


def codes_for(batch: CodingBatch) -> tuple[Code, ...]:
    """Return the codes that a model chooses from, in the batch's own order, so that no place in a list favours a code."""
    codes = [code for code in codebook(batch.role).codes if code.id not in _LEFT_OUT]
    Random(f"{batch.seed}/codes").shuffle(codes)
    return tuple(codes)


def lines(batch: CodingBatch, turns: Sequence[Turn]) -> tuple[CodingLine, ...]:
    """Return what the model sees of a session: the batch's turns, and the two turns before each.

    An examiner's turn is left out of the context. Line breaks become spaces, so that one line is one turn.
    """
    shown = {near for place in batch.turns for near in range(max(0, place - CONTEXT_TURNS), place + 1)}
    return tuple(
        CodingLine(
            turn=place,
            role=turns[place].role.capitalize(),
            text=" ".join(turns[place].text.split()),
            coded=place in batch.turns,
        )
        for place in sorted(shown)
        if turns[place].role in {"therapist", "client"}
    )


def read_codes(
    text: str, batch: CodingBatch, turns: Sequence[Turn]
) -> dict[int, tuple[FoundCode, ...] | Unread]:
    """Read a model's answer: one JSON object from turn number to a list of `{"code": ..., "evidence": ...}`.

    A code fence around the object is taken off; nothing else is repaired. Evidence must stand in its turn to the letter;
    white space, typographic quotation marks and the composition of accents are set aside. An empty list says that
    none of the codes was found.

    Returns
    -------
    For every turn of the batch its codes, or why they are not known.
    """
    answer = _parsed(text)
    if isinstance(answer, Unread):
        return dict.fromkeys(batch.turns, answer)
    known = {str(place) for place in batch.turns}
    if strange := [name for name, _ in answer if name not in known]:
        unread = Unread(missing=Missing.UNREADABLE, why=f"turn {strange[0]!r} was not asked for")
        return dict.fromkeys(batch.turns, unread)
    ids = {code.id for code in codes_for(batch)}
    result: dict[int, tuple[FoundCode, ...] | Unread] = {}
    for place in batch.turns:
        given = [found for name, found in answer if name == str(place)]
        if len(given) != 1:
            why = "the turn was left out" if not given else "the turn was answered twice"
            result[place] = Unread(missing=Missing.UNREADABLE, why=why)
        else:
            result[place] = _codes(given[0], turns[place].text, ids)
    return result


def _parsed(text: str) -> list[tuple[str, object]] | Unread:
    stripped = text.strip()
    if not stripped:
        return Unread(missing=Missing.EMPTY, why="the answer was empty")
    if fenced := _FENCED.match(stripped):
        stripped = fenced["body"]
    try:
        data: object = json.loads(stripped, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return Unread(missing=Missing.UNREADABLE, why="the answer was no JSON")
    if not isinstance(data, _Pairs):
        return Unread(missing=Missing.UNREADABLE, why="the answer was no JSON object")
    return list(data)


class _Pairs(list[tuple[str, object]]):
    """A JSON object with its keys as they stand, so that a key given twice is seen."""

    def mapping(self) -> Mapping[str, object] | None:
        """Return it as a mapping, or nothing where a key stands twice."""
        found = dict(self)
        return found if len(found) == len(self) else None


def _codes(given: object, said: str, ids: set[str]) -> tuple[FoundCode, ...] | Unread:
    if isinstance(given, _Pairs) or not isinstance(given, list):
        return Unread(missing=Missing.UNREADABLE, why="the turn's codes were no list")
    found: list[FoundCode] = []
    for entry in given:
        pair = entry.mapping() if isinstance(entry, _Pairs) else None
        code, evidence = (None, None) if pair is None else (pair.get("code"), pair.get("evidence"))
        if not isinstance(code, str) or not isinstance(evidence, str):
            return Unread(missing=Missing.UNREADABLE, why="an entry was no code with its evidence")
        if code not in ids:
            return Unread(missing=Missing.UNREADABLE, why=f"the codebook has no code {code!r}")
        if not _folded(evidence) or _folded(evidence) not in _folded(said):
            return Unread(
                missing=Missing.UNREADABLE, why=f"the evidence for {code} does not stand in the turn"
            )
        found.append(FoundCode(code=code, evidence=evidence))
    return tuple(dict.fromkeys(found))


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).translate(_QUOTES).split())
