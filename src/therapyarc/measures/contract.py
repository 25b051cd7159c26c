"""What every family of measures must hold; for the tests of this package and of packages that add their own."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isfinite

from therapyarc.domain import Missing, Role, Turn
from therapyarc.measures.conversation import conversation
from therapyarc.measures.family import Family

__all__ = ["AWKWARD", "violations"]

_BOTH: tuple[Role, Role] = ("client", "therapist")

AWKWARD: Mapping[str, tuple[Turn, ...]] = {
    "empty": (),
    "one word": (Turn(role="client", text="Hm."),),
    "one-sided": tuple(Turn(role="client", text=f"And then {n} more things happened.") for n in range(9)),
    "emoji only": tuple(Turn(role=r, text="🙂 🙁") for _ in range(6) for r in _BOTH),
    "other scripts": tuple(
        Turn(role=r, text=text)
        for _ in range(6)
        for r, text in zip(_BOTH, ("ما حالم خوب نیست", "それはつらいですね"), strict=True)
    ),
    "control characters": tuple(
        Turn(role=r, text="\x00\x1b[31m \u202e a\ud7ff") for _ in range(6) for r in ("client", "therapist")
    ),
    "the same line": tuple(Turn(role=r, text="I see.") for _ in range(40) for r in _BOTH),
    "one huge turn": (
        Turn(role="client", text="I just felt so tired and sad. " * 30_000),
        Turn(role="therapist", text="What was that like for you?"),
    ),
}
"""Sessions that a measure must survive, by what is awkward in them."""

_LINES = (
    "I have felt so low since March, and I never go out any more.",
    "It sounds as if you feel worn out. What was the hardest part of this week for you?",
    "My sister rang on Sunday and I did not pick up. I felt ashamed of that.",
    "You felt ashamed. Would it help to plan one small thing with her, say a walk on Friday at ten?",
    "Yes, but I will only let her down again.",
    "Part of you expects to let her down. What makes you think that you would?",
)
_PLAIN = tuple(
    Turn(role=role, text=text) for _ in range(3) for role, text in zip(_BOTH * 3, _LINES, strict=True)
)


def violations(family: Family) -> list[str]:
    """Return what the family fails to hold, a sentence each; empty where it holds all.

    It must give each of its measures and no other; the same value for the same session; a finite value within the
    range that the measure states, or a reason; a reason for a session without turns; the same value after a change
    that the measure says leaves it as it is; and the same value under other codes, where it says that codes do not matter.
    It must do so on `AWKWARD` sessions without an error.
    """
    return [*_on(family, {"plain": _PLAIN, **AWKWARD}), *_changed(family), *_recoded(family)]


def _on(family: Family, sessions: Mapping[str, tuple[Turn, ...]]) -> Iterator[str]:
    for kind, turns in sessions.items():
        heard = conversation(turns)
        found = family.compute(heard)
        names = {one.name for one in family.measures}
        if found.keys() != names:
            yield f"{family.id} on {kind}: gives {sorted(found)}, states {sorted(names)}"
            continue
        if family.compute(heard) != found:
            yield f"{family.id} on {kind}: gives another value the second time"
        for one in family.measures:
            value = found[one.name]
            if isinstance(value, Missing):
                continue
            low = one.low if one.low is not None else float("-inf")
            high = one.high if one.high is not None else float("inf")
            if kind == "empty":
                yield f"{one.name}: gives {value} for a session without turns; must give a reason"
            elif not (isfinite(value) and low <= value <= high):
                yield f"{one.name} on {kind}: gives {value}, outside {one.low} to {one.high}"


def _changed(family: Family) -> Iterator[str]:
    plain = family.compute(conversation(_PLAIN))
    for invariance, change in (
        ("outer white space", lambda text: f"\n  {text} \t"),
        ("letter case", str.upper),
    ):
        changed = family.compute(conversation([replace(turn, text=change(turn.text)) for turn in _PLAIN]))
        for one in family.measures:
            if invariance in one.invariances and changed[one.name] != plain[one.name]:
                yield f"{one.name}: changes with {invariance} from {plain[one.name]} to {changed[one.name]}"


def _recoded(family: Family) -> Iterator[str]:
    if family.coded:
        return
    heard = conversation(_PLAIN)
    plain = family.compute(heard)
    for other in (tuple(frozenset[str]() for _ in heard.codes), heard.codes[2:] + heard.codes[:2]):
        changed = family.compute(replace(heard, codes=other))
        for one in family.measures:
            if changed[one.name] != plain[one.name]:
                yield f"{one.name}: depends on the codes of turns; its family must say coded=True"
