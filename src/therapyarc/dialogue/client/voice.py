"""Voices: who words what the mechanism decided. The scripted voice is offline, seeded and never says a line twice."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from random import Random
from typing import Any, Protocol

import yaml

from therapyarc.dialogue.client.answer import Answer
from therapyarc.dialogue.client.dynamics import Mind
from therapyarc.domain.client import ClientCase, ResistanceKind
from therapyarc.text import sentences, words

__all__ = ["ScriptedVoice", "Spoken", "Voice"]

_SLOT = re.compile(r"<(\w+)>")
_NOUNS = frozenset(  # what may be echoed
    """
    anger business choir concert daughter doctor door evening evenings family father fear feedback garden guilt house job
    kitchen letter letters loneliness marriage medication mirror money morning mornings mother music night nights pain
    phone practice pressure sadness school shame shift sister sleep son street stress tears telephone tiredness walk ward
    weekend wife winter workshop worry
    """.split()  # noqa: SIM905  # a list of sixty short words reads worse
)
"""Nouns that can be taken up from what was heard, after "the", without breaking a sentence."""
_FELT = frozenset(
    """
    afraid angry anxious ashamed bereft bitter disappointed empty exhausted frightened frustrated guilty helpless hopeless
    hurt lonely overwhelmed sad tired worried
    """.split()  # noqa: SIM905  # as above
)
"""Adjectives for feelings that can be answered by repeating them."""
_NUMBER = re.compile(r"\bhow (?:many|long|often|much)\b|\b(?:nought|zero|0|one) to ten\b", re.IGNORECASE)
_DAY = re.compile(r"\b(?:which|what) day\b|^(?:and )?when\b", re.IGNORECASE)
_CHOICE = re.compile(r"\b(?:item|column|first|one) \w* ?or\b", re.IGNORECASE)
_REMARKABLE = 18
"""Letters from which a sentence is noticed when it comes again; "I don't know." is not."""


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
_HESITANT = frozenset({"tell", "answer", "mood", "stay", "change", "news"})
_RUNS_ON = frozenset({"answer", "mood", "stay", "belief", "change", "news"})
_BRIEF = frozenset({"withdraw", "bye", "leave", "puzzled"})
_TAILED = frozenset({"tell", "stay", "change", "belief", "news", "mood", "answer", "open", "resist"})
"""Intents after which a sentence may be added; which one depends on the intent, so that it follows."""
_TRIES = 10


class ScriptedVoice:
    """Lines from the case's own bank first, then from the general one; varied by lead, lists, echo and hesitation.

    No line of a bank comes twice in a course while others are left, no sentence of more than a few words where it can be
    helped, and no whole turn at all.
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
        self._sentences = {one for text in earlier for one in _noticed(text)}
        self._used: set[str] = set()

    async def word(self, answer: Answer, mind: Mind, heard: str, rng: Random, said: Sequence[str]) -> Spoken:
        """Return the client's turn."""
        return Spoken(self.compose(answer, mind, heard, rng))

    def compose(self, answer: Answer, mind: Mind, heard: str, rng: Random) -> str:
        """Return a turn that was not said before: of ten tries the first that repeats no sentence, or the best."""
        lines, fill = self._lines(answer, mind, heard, rng)
        best: tuple[int, str, tuple[str, ...]] | None = None
        for attempt in range(_TRIES):
            text, taken = self._turn(answer, mind, lines, fill, heard, rng, spare=attempt > 4)
            again = sum(one in self._sentences for one in _noticed(text)) + 10 * (text in self._said)
            if best is None or again < best[0]:
                best = again, text, taken
            if not again:
                break
        assert best is not None
        again, text, taken = best
        while text in self._said:
            text = f"{text} {_sentence(self._expanded('<when> <low>.', rng))}"
        self._said.add(text)
        self._sentences.update(_noticed(text))
        self._used.update(taken)
        return text

    def _turn(
        self,
        answer: Answer,
        mind: Mind,
        lines: Sequence[str],
        fill: Mapping[str, str],
        heard: str,
        rng: Random,
        *,
        spare: bool,
    ) -> tuple[str, tuple[str, ...]]:
        """Return a turn and the lines of banks that it takes."""
        fresh = [line for line in lines if line not in self._used] or list(lines)
        line = rng.choice(fresh)
        taken = [line]
        terse = answer.intent in _BRIEF or answer.resistance == "minimal_reply"
        lead = ""
        if answer.intent in _LED and not terse and "{asked}" not in line:
            lead = self._lead(answer, mind, heard, rng)
        body = self._expanded(line.removeprefix("<soft> ") if lead else line, rng)
        for name, value in fill.items():
            body = body.replace(f"{{{name}}}", value).replace(f"{{{name.capitalize()}}}", _upper(value))
        if answer.intent in _HESITANT and len(body) > 30 and rng.random() < 0.16:
            body = self._hesitant(body, rng)
        parts = [lead, _sentence(body)]
        if terse and spare:  # two curt lines are still curt
            other = rng.choice(fresh)
            parts.append(
                self._expanded(other, rng) if other != line else rng.choice(self._general["lists"]["soft"])
            )
        talk = mind.case.traits.talkativeness
        more = answer.intent in _TAILED and rng.random() < 0.12 + 0.55 * talk and len(parts[-1]) < 110
        if more or (spare and not terse):
            parts += self._tail(answer, mind, rng, taken)
        if self._runs_on(answer, mind, rng):
            parts.append(
                self._unsaid([one for one in self._general["ramble"] if not self._has_said(one)], rng)
            )
        habits = self._case.bank.habits
        if habits and not terse and rng.random() < 0.10:
            parts.append(rng.choice(habits))
        return " ".join(part for part in parts if part), tuple(taken)

    def _lines(
        self, answer: Answer, mind: Mind, heard: str, rng: Random
    ) -> tuple[Sequence[str], dict[str, str]]:
        bank, general = self._case.bank, self._general
        fill = {"word": _echo(heard, rng), "probe": answer.probe}
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
                own, common = self._resisting(answer.resistance)
            case "report" if answer.promise is not None:
                activity = self._activity(answer.promise.activity)
                fill |= {"activity": activity[0], "own": activity[1] if answer.promise.done else activity[2]}
                own = general["done" if answer.promise.done else "undone"]
            case "accept" if answer.promise is not None:
                fill["activity"], own = self._activity(answer.promise.activity)[0], general["accept"]
            case "belief" | "doubt":
                held = next(b for b in self._case.beliefs if b.id == answer.belief)
                sayings = held.say if answer.intent == "belief" else held.doubt
                fresh = [text for text in sayings if text not in self._used and not self._has_said(text)]
                chosen = rng.choice(fresh or list(sayings))
                self._used.add(chosen)
                fill[answer.intent], own = chosen, general[answer.intent]
                if answer.intent == "belief" and not fresh:
                    own = general["belief_again"]
            case "change" | "stay" | "wish":
                own, common = getattr(bank, answer.intent), general[answer.intent]
            case "mood":
                better = self._better(mind)
                own = bank.better if better else bank.low
                common = general["mood"]["better" if better else "low"]
            case "answer":
                own = self._answering(mind, heard, fill, rng)
            case _:
                own = general[answer.intent]
        fresh_own = [line for line in own if line not in self._used and not self._has_said(line)]
        lines = fresh_own or common or own
        fitting = [line for line in lines if fill["word"] or "{word}" not in line]
        return fitting or list(lines), fill

    def _has_said(self, line: str) -> bool:
        """Say whether a line of a bank was said in the course, by its sentences."""
        noticed = _noticed(line)
        return bool(noticed) and all(one in self._sentences for one in noticed)

    def _answering(self, mind: Mind, heard: str, fill: dict[str, str], rng: Random) -> Sequence[str]:
        """Return lines that answer what was asked: a word for a closed question, something for an open one."""
        answers: dict[str, Sequence[str]] = self._general["answer"]
        if not heard.rstrip().endswith("?"):
            return answers["none"]
        if not _wants_a_word(mind, heard):
            return answers["open"]
        fill["asked"] = self._asked(heard, rng)
        return answers["closed"]

    def _asked(self, heard: str, rng: Random) -> str:
        last = sentences(heard)[-1]
        kind = next((name for name, asks in (("number", _NUMBER), ("day", _DAY), ("choice", _CHOICE)) if asks.search(last)),
                    "closed")  # fmt: skip
        return str(rng.choice(self._general["asked"][kind]))

    def _better(self, mind: Mind) -> bool:
        return mind.values["distress"] < 100 * self._case.traits.severity - 6

    def _resisting(self, kind: ResistanceKind) -> tuple[Sequence[str], Sequence[str]]:
        return self._case.bank.resist.get(kind, ()), self._general["resist"][kind]

    def _activity(self, name: str) -> tuple[str, str, str]:
        for activity in self._case.activities:
            if activity.id == name:
                return activity.text, activity.done, activity.undone
        return name, "It was all right, in the end.", "It wasn't the right moment."

    def _lead(self, answer: Answer, mind: Mind, heard: str, rng: Random) -> str:
        """Return a few words that take up what was heard, or nothing."""
        leads, values = self._general["lead"], mind.values
        if mind.took("risk_inquiry") and answer.fact is None:
            known = any(fact.risk and fact.id in mind.told for fact in self._case.facts)
            kind = "no_risk" if mind.risk < 1 else "open_risk" if known else "hidden_risk"
            return str(rng.choice(self._general["asked"][kind]))
        if heard.rstrip().endswith("?") and _wants_a_word(mind, heard) and answer.intent != "resist":
            return self._asked(heard, rng) if rng.random() < 0.7 else ""
        felt = (
            next((word for word in words(heard) if word in _FELT), "") if mind.took("reflect_emotion") else ""
        )
        wrong = (
            next((word for word in words(heard) if word in _FELT), "")
            if mind.took("reflect_emotion_wrong")
            else ""
        )
        if (felt or wrong) and answer.intent != "resist" and rng.random() < 0.4:
            word = felt or wrong
            line = rng.choice(leads["felt" if felt else "not_felt"])
            return str(line.replace("{felt}", word).replace("{Felt}", _upper(word)))
        if rng.random() > 0.60 + 0.15 * (answer.intent == "tell"):
            return ""
        if answer.intent == "resist":
            return "" if answer.resistance == "appease" else str(rng.choice(leads["resist"]))
        if values["resistance"] > 0.5 or mind.rupture != "none":
            return str(rng.choice(leads["wary"]))
        said_back = mind.took("reflect_content") or mind.took("reflect_need") or mind.took("validate") or felt
        if said_back and values["bond"] > 0.55 and rng.random() < 0.4:
            return str(rng.choice(leads["warm"]))
        return str(rng.choice(leads["heard" if said_back else "plain"]))

    def _runs_on(self, answer: Answer, mind: Mind, rng: Random) -> bool:
        """Say whether the client talks on: the talkative do, who trust a little and are not in the way of it."""
        easy = mind.values["resistance"] < 0.55 and mind.rupture == "none" and answer.intent in _RUNS_ON
        return easy and rng.random() < 0.30 * self._case.traits.talkativeness * (0.6 + mind.values["trust"])

    def _tail(self, answer: Answer, mind: Mind, rng: Random, taken: list[str]) -> list[str]:
        """Return a sentence or two that follow on from what was said; none after a deep fact."""
        tails = self._general["tail"]
        match answer.intent:
            case "tell" if answer.fact is not None:
                if answer.fact.depth >= 2:
                    return []
                return [self._unsaid(tails["shallow" if answer.fact.depth == 0 else "near"], rng)]
            case "resist" if answer.resistance not in {"yes_but", "hopeless", "argue"}:
                return []  # who plays it down or looks away names no feeling
            case "stay" | "change" | "belief" | "news" | "resist":
                return [self._unsaid(tails[answer.intent], rng)]
            case "open" if taken[0] in self._case.bank.opening:
                return []  # the first words of all stand alone
            case "mood" | "answer" | "open":
                return self._mood_tail(mind, rng, taken, more=answer.intent == "mood")
        return []

    def _mood_tail(self, mind: Mind, rng: Random, taken: list[str], *, more: bool) -> list[str]:
        better = self._better(mind)
        bank = self._case.bank.better if better else self._case.bank.low
        own = [
            line
            for line in bank
            if line not in self._used and line not in self._sentences and line not in taken
        ]
        if own and rng.random() < 0.35:
            taken.append(rng.choice(own))
            return [taken[-1]]
        lines = ["<when> <light>.", "<light>, for a change."] if better else ["<when> <low>.", "And <low>."]
        line = rng.choice(lines[: 1 + more])
        return [_sentence(self._expanded(line, rng))]

    def _unsaid(self, lines: Sequence[str], rng: Random) -> str:
        left = [line for line in lines if line not in self._sentences]
        return rng.choice(left) if left else ""

    def _hesitant(self, body: str, rng: Random) -> str:
        """Return the words with a hesitation before them."""
        first = body.split(None, 1)[0]
        keep = first in {"I", "I'm", "I've", "I'd", "I'll"} or first not in _SMALL_STARTS
        if keep and not first.startswith("I"):
            return body  # a name, a day or an interjection: better left alone
        return str(rng.choice(self._general["hesitation"])) + (body if keep else body[0].lower() + body[1:])

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
            return chosen[0].lower() + chosen[1:] if inside and found[1] == "when" else chosen

        return _SLOT.sub(drawn, line)


_SMALL_STARTS = frozenset(
    """
    A An And As At Before Between Every Everything He If In It It's Last My Nobody Nothing On Other She So Some Sometimes
    That That's The There There's They This We We've What When Yesterday You
    """.split()  # noqa: SIM905  # as above
)
"""First words that lose their capital when something is put before them."""


def _wants_a_word(mind: Mind, heard: str) -> bool:
    """Say whether a turn that ends in a question asks for yes, no, a number or a day."""
    last = sentences(heard)[-1]
    return mind.took("closed_question") or bool(_NUMBER.search(last) or _DAY.search(last))


@lru_cache(maxsize=8192)  # lines of banks are looked at in every turn
def _noticed(text: str) -> tuple[str, ...]:
    """Return the sentences of a turn that would be noticed if they came again."""
    return tuple(one for one in sentences(text) if len(one) >= _REMARKABLE)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    """Return the text with a capital at its start and after each full stop."""
    text = re.sub(r"([.!?…]\s+)([a-z])", lambda m: m[1] + m[2].upper(), text.strip())
    return text[:1].upper() + text[1:]


def _echo(heard: str, rng: Random) -> str:
    """Return a noun-like content word of what was heard, or nothing."""
    nouns = [word for word in words(heard) if word in _NOUNS]
    return rng.choice(nouns) if nouns else ""
