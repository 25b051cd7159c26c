"""Voices: who words what the mechanism decided. The scripted voice is offline, seeded and never says a line twice."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, Protocol

import yaml

from therapyarc.dialogue.client.answer import Answer
from therapyarc.dialogue.client.dynamics import Mind
from therapyarc.domain.client import ClientCase, ResistanceKind
from therapyarc.text import words

__all__ = ["ScriptedVoice", "Spoken", "Voice"]

_SLOT = re.compile(r"<(\w+)>")
_NOUNS = frozenset(  # what may be echoed
    """
    afternoon anger body bottle boxes business call chair child children choir coffee concert daughter
    day days doctor door evening evenings family father fear feedback feeling flat friend friends garden
    guilt hands home hour house job kitchen letter letters life loneliness machine marriage medication
    mirror money mood morning mornings mother music night nights pain pattern people phone plan practice
    pressure routine sadness school shame shift shop sister sleep son street stress sunday tears
    telephone therapy thing time tiredness tuesday walk ward week weekend wife wine winter work workshop
    worry
    """.split()  # noqa: SIM905  # a list of sixty short words reads worse
)
"""Nouns that can be taken up from what was heard without breaking a sentence."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said and by which voice."""

    text: str
    """The client's turn."""
    voice: str = "scripted"
    """`scripted`, `model`, or `fallback: REASON`."""


class Voice(Protocol):
    """Words an answer."""

    async def word(self, answer: Answer, mind: Mind, heard: str, rng: Random, said: Sequence[str]) -> Spoken:
        """Return the client's turn.

        Parameters
        ----------
        answer
            What it is for, and what may be told.
        mind
            The client.
        heard
            The therapist's last turn; empty at the start.
        rng
            Randomness of this turn.
        said
            The client's earlier turns of this session.
        """
        ...


@cache
def general_bank() -> Mapping[str, Any]:
    """Read the lines that any client may say."""
    source = files("therapyarc") / "library" / "voices" / "general.yaml"
    data: Mapping[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return data


_LED = frozenset({"tell", "answer", "mood", "stay", "belief", "doubt", "wish", "resist"})
"""Intents before which a small word may stand; before others it could say the opposite."""


class ScriptedVoice:
    """Lines from the case's own bank first, then from the general one; varied by lead, lists and echo.

    No line of a bank comes twice in a course while others are left, and no whole turn comes twice at all.
    """

    def __init__(self, case: ClientCase, earlier: Sequence[str] = ()) -> None:
        """Make a voice.

        Parameters
        ----------
        case
            The case.
        earlier
            All that the client has said in the course so far.
        """
        self._case = case
        self._general = general_bank()
        self._said = set(earlier)
        self._used: set[str] = set()

    async def word(self, answer: Answer, mind: Mind, heard: str, rng: Random, said: Sequence[str]) -> Spoken:
        """Return the client's turn."""
        return Spoken(self.compose(answer, mind, heard, rng))

    def compose(self, answer: Answer, mind: Mind, heard: str, rng: Random) -> str:
        """Return a turn that was not said before."""
        lines, fill = self._lines(answer, mind, heard, rng)
        text = ""
        for attempt in range(12):
            text = self._turn(answer, mind, lines, fill, rng, spare=attempt > 3)
            if text not in self._said:
                break
        else:
            text = f"{text} {self._expanded('<when> <low>.', rng)}"
        self._said.add(text)
        return text

    def _turn(
        self,
        answer: Answer,
        mind: Mind,
        lines: Sequence[str],
        fill: Mapping[str, str],
        rng: Random,
        *,
        spare: bool,
    ) -> str:
        fresh = [line for line in lines if line not in self._used] or list(lines)
        line = rng.choice(fresh)
        self._used.add(line)
        body = self._expanded(line, rng)
        for name, value in fill.items():
            body = body.replace(f"{{{name}}}", value)
        parts = [_sentence(body)]
        terse = answer.intent in {"withdraw", "bye", "leave"} or answer.resistance == "minimal_reply"
        talk = mind.case.traits.talkativeness
        if answer.intent in _LED and not terse and rng.random() < 0.30 + 0.3 * (answer.intent == "tell"):
            parts.insert(0, self._lead(mind, rng))
        deep = answer.fact is not None and answer.fact.depth >= 2
        more = rng.random() < 0.20 + 0.55 * talk and answer.intent not in {
            "accept",
            "repaired",
            "puzzled",
            "probe",
        }
        if (more and not terse and not deep) or spare:
            parts.append(self._tail(mind, rng, long=talk > 0.6))
        habits = self._case.bank.habits
        if habits and not terse and rng.random() < 0.12:
            parts.append(rng.choice(habits))
        return " ".join(part for part in parts if part)

    def _lines(
        self, answer: Answer, mind: Mind, heard: str, rng: Random
    ) -> tuple[Sequence[str], dict[str, str]]:
        bank, general, fill = self._case.bank, self._general, {"word": _echo(heard, rng)}
        own: Sequence[str] = ()
        common: Sequence[str] = ()
        match answer.intent:
            case "open":
                own = bank.opening if not self._said else general["reopen"]
            case "tell" if answer.fact is not None:
                own = (answer.fact.say,)
            case "news" if answer.event is not None:
                fill["news"], own = answer.event.say, general["news"]
            case "resist" if answer.resistance is not None:
                own, common = self._resisting(answer.resistance, heard, rng)
            case "report" if answer.promise is not None:
                activity = self._activity(answer.promise.activity)
                fill |= {"activity": activity[0], "own": activity[1] if answer.promise.done else activity[2]}
                own = general["done" if answer.promise.done else "undone"]
            case "accept" if answer.promise is not None:
                fill["activity"], own = self._activity(answer.promise.activity)[0], general["accept"]
            case "probe":
                fill["probe"], own = answer.probe, general["probe"]
            case "decline":
                fill["activity"], own = "that", general["decline"]
            case "belief" | "doubt":
                held = next(b for b in self._case.beliefs if b.id == answer.belief)
                fresh = [
                    text
                    for text in (held.say if answer.intent == "belief" else held.doubt)
                    if text not in self._used
                ]
                chosen = rng.choice(fresh or list(held.say if answer.intent == "belief" else held.doubt))
                self._used.add(chosen)
                fill[answer.intent], own = chosen, general[answer.intent]
            case "change" | "stay" | "wish":
                own, common = getattr(bank, answer.intent), general[answer.intent]
            case "mood":
                better = mind.values["distress"] < 100 * self._case.traits.severity - 6
                own = bank.better if better else bank.low
                common = general["mood"]["better" if better else "low"]
            case _:
                own = general[answer.intent]
        fresh_own = [line for line in own if line not in self._used]
        lines = fresh_own or [line for line in common if fill["word"] or "{word}" not in line] or own
        fitting = [line for line in lines if fill["word"] or "{word}" not in line]
        return fitting or list(lines), fill

    def _resisting(
        self, kind: ResistanceKind, heard: str, rng: Random
    ) -> tuple[Sequence[str], Sequence[str]]:
        return self._case.bank.resist.get(kind, ()), self._general["resist"][kind]

    def _activity(self, name: str) -> tuple[str, str, str]:
        for activity in self._case.activities:
            if activity.id == name:
                return activity.text, activity.done, activity.undone
        return name, "It was all right, in the end.", "It wasn't the right moment."

    def _lead(self, mind: Mind, rng: Random) -> str:
        values = mind.values
        mood = "wary" if values["resistance"] > 0.5 or mind.rupture != "none" else "plain"
        if mood == "plain" and values["bond"] > 0.55 and rng.random() < 0.5:
            mood = "warm"
        return str(rng.choice(self._general["lead"][mood]))

    def _tail(self, mind: Mind, rng: Random, *, long: bool) -> str:
        better = mind.values["distress"] < 100 * self._case.traits.severity - 6
        own = [
            line
            for line in (self._case.bank.better if better else self._case.bank.low)
            if line not in self._used
        ]
        if own and rng.random() < 0.35:
            line = rng.choice(own)
            self._used.add(line)
            return line
        tails = (
            ["<when> <light>.", "<light>, for a change."]
            if better
            else ["<when> <low>.", "And <low>.", "<low>, you know."]
        )
        text = _sentence(self._expanded(rng.choice(tails), rng))
        return f"{text} {_sentence(self._expanded('<low>.', rng))}" if long and rng.random() < 0.3 else text

    def _expanded(self, line: str, rng: Random) -> str:
        lists = self._general["lists"]

        def drawn(found: re.Match[str]) -> str:
            chosen: str = rng.choice(lists[found[1]])
            inside = found.start() > 0 and line[: found.start()].rstrip()[-1:] not in {
                ".",
                "!",
                "?",
                "…",
                ">",
            }
            day = chosen.startswith(("On Sun", "On Tue"))
            return chosen[0].lower() + chosen[1:] if inside and found[1] == "when" and not day else chosen

        return _SLOT.sub(drawn, line)


def _sentence(text: str) -> str:
    """Return the text with a capital at its start and after each full stop."""
    text = re.sub(r"([.!?…]\s+)([a-z])", lambda m: m[1] + m[2].upper(), text.strip())
    return text[:1].upper() + text[1:]


def _echo(heard: str, rng: Random) -> str:
    """Return a noun-like content word of what was heard, or nothing."""
    nouns = [word for word in words(heard) if word in _NOUNS]
    return rng.choice(nouns) if nouns else ""
