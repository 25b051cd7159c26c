"""A scripted therapist in ongoing therapy: what it hears and remembers, which moves it makes, and the words for them."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random

from therapyarc.coding.crisis import alarm
from therapyarc.dialogue.script.listening import can_be_given_back, heard_feelings, heard_risk, reflections
from therapyarc.dialogue.script.speaker import ScriptSpeaker, script_speaker
from therapyarc.dialogue.therapist import Scene, Utterance
from therapyarc.text import sentences, words

__all__ = ["ScriptTherapist", "script_therapist"]

_RUPTURE = re.compile(
    r"not (?:really )?listening|easy for you to say|isn't helping|not helping me|leaflet|didn't hear what|feel like a case|"
    r"annoyed me|got me wrong|came here to talk|what i come here for|as if you knew me|being told off|it just drops|"
    r"let me finish|taken seriously|say that to everyone|say that to a friend|^fine(?=[.!]|$)|"
    r"^(?:whatever you think|it's (?:okay|fine|all right|not important)|nothing, really|"
    r"no\. it's nothing|if you (?:like|think so)|doesn't matter|let's just go on|not much to say|"
    r"can we talk about something else|as you say|leave it|you decide|not today|i've said what there is|there isn't more|"
    r"ask me something else|forget i said|we can move on|i don't want to make a thing)\b",
)
_RESIST = re.compile(
    r"\b(?:yes,? but|i know, i know|sure, in theory|tried that|what's the use|won't change|not that bad|real problems|"
    r"just how i am|i disagree|not right|says who|don't know|anyway|by the way|classic pattern|statistically|"
    r"you know best|no point|hardly worth|everyone has days|i manage|can't see (?:myself|that happening|it getting)|"
    r"not this week|let you down|another time|i'm saying no|i wouldn't do it|too much for me|rather not|not like that|"
    r"that's your opinion|too neat|nothing left of me|in practice|ends the same way|train has left|difficult|"
    r"didn't mean to complain)\b",
)
_BELIEF = re.compile(
    r"\b(?:always|never|nobody|no one|everyone|i'm (?:a|just|only|not|too)|i am (?:a|just|only|not|too)|useless|worthless|"
    r"failure|burden|can't trust|my fault|not good enough|doesn't matter what i)\b",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"what (?:would|should|do) (?:you|i) do|tell me what to do|some advice|a tip\b|something people do",
)
_AGREED = re.compile(
    r"^(?:Agreed: )?.*?(?:I could do that\. (?P<a>.+?), all right|I'll try: (?P<b>.+?)\.|doing that\. (?P<c>.+?), then|"
    r"Fine, (?P<d>.+?)\. If it|Let's say (?P<e>.+?)\. No promises|Okay\. (?P<f>.+?)\. I'll put)",
    re.MULTILINE,
)
_TOLD = re.compile(r"^(?:Client(?: said)?): (?P<line>.+)$", re.MULTILINE)


@dataclass(slots=True)
class _Session:
    """What the therapist keeps in mind during one session."""

    homework: str = ""
    facts: tuple[str, ...] = ()
    danger: bool = False
    done: set[str] = field(default_factory=set)
    said: deque[str] = field(default_factory=lambda: deque(maxlen=24))
    notes: list[str] = field(default_factory=list)


class Heard:
    """What holds at this moment and what the slots stand for, found out when a move asks for it and not before.

    Conditions: `rupture`, `risk`, `resist`, `belief`, `wish`, `agreed`, `feeling`, `words` (of what was heard); `owed`,
    `fact`, `danger_before` (of what is remembered); `asked_risk` (asked about, and no help named yet); `early`, `middle`,
    `later`, `planning`, `unplanned`, `close` (of the session).
    """

    def __init__(self, text: str, scene: Scene, mind: _Session, rng: Random) -> None:
        self._text = text
        self._lower = text.lower()
        self._scene = scene
        self._mind = mind
        self._rng = rng
        self._known: dict[str, bool] = {}
        self._fill: dict[str, str] = {}

    def holds(self, condition: str) -> bool:
        """Say whether a condition holds."""
        if condition not in self._known:
            self._known[condition] = self._find(condition)
        return self._known[condition]

    def fill(self, slot: str) -> str:
        """Return what a slot stands for; empty where there is nothing to fill it."""
        if slot not in self._fill:
            self._fill[slot] = self._found(slot)
        return self._fill[slot]

    def _find(self, condition: str) -> bool:
        scene, mind = self._scene, self._mind
        at = scene.exchange / scene.exchanges
        match condition:
            case "rupture":
                return bool(_RUPTURE.search(self._lower))
            case "resist":
                return bool(_RESIST.search(self._lower))
            case "wish":
                return bool(_WISH.search(self._lower))
            case "agreed":
                return "plan" in mind.done and bool(_AGREED.search(self._text))
            case "risk":
                return bool(self.fill("risk")) and "risk_inquiry" not in mind.done
            case "asked_risk":
                return "risk_inquiry" in mind.done and "referral" not in mind.done
            case "danger_before":
                return mind.danger and "risk_inquiry" not in mind.done
            case "planning":
                return 0.6 < at < 0.95 or scene.exchange == scene.exchanges - 1
            case "unplanned":
                return "plan" not in mind.done
        slots = {
            "belief": "phrase",
            "feeling": "feeling",
            "words": "reflection",
            "owed": "homework",
            "fact": "fact",
        }
        if condition in slots:
            return bool(self.fill(slots[condition]))
        return {"early": scene.exchange <= 2, "middle": 0.15 < at < 0.8, "later": at > 0.3,
                "close": scene.exchange == scene.exchanges}[condition]  # fmt: skip

    def _found(self, slot: str) -> str:
        match slot:
            case "feeling" | "second":
                feelings = heard_feelings(self._text)
                self._fill |= dict(zip(("feeling", "second"), [*feelings, "", ""], strict=False))
                return self._fill[slot]
            case "reflection":
                return next(iter(reflections(self._text)), "")
            case "risk":
                return heard_risk(self._text)
            case "phrase":
                held = (
                    s
                    for s in reversed(sentences(self._text))
                    if _BELIEF.search(s) and len(words(s)) <= 14 and can_be_given_back(s)
                )
                return next(held, "").rstrip(".!?… ")
            case "homework":
                return self._mind.homework
            case "fact":
                return self._rng.choice(self._mind.facts) if self._mind.facts else ""
        raise KeyError(f"no slot is called {slot!r}")


class ScriptTherapist:
    """Adapter of the `Therapist` port.

    It knows what anyone in its chair would know: the referral, this session, and what the arm's memory setting lets it
    carry over. It never sees the client's state.
    """

    def __init__(self, speaker: ScriptSpeaker, elsewhere: Callable[[int], str] | None = None) -> None:
        """Make a therapist.

        Parameters
        ----------
        speaker
            The policy and its skill.
        elsewhere
            From a seed to words of another client, for the policy `shuffled`.
        """
        self._speaker = speaker
        self._policy = speaker.policy.conversation
        self._elsewhere = elsewhere
        self._name = ""
        self._mind = _Session()

    async def say(self, scene: Scene) -> Utterance:
        """Return the next turn."""
        return self.compose(scene)

    async def note(self, scene: Scene) -> str:
        """Return notes on the session: what was agreed and some of what was said."""
        lines = [turn.text for turn in scene.turns if turn.role == "client"]
        agreed = [f"Agreed: {line}" for line in lines if _AGREED.search(line)][-1:]
        longest = sorted(lines, key=len)[-4:]
        return "\n".join([*agreed, *(f"Client said: {line}" for line in longest)])

    def compose(self, scene: Scene) -> Utterance:
        """Return the next turn with the acts that were planted in it."""
        rng = Random(scene.seed)
        heard = scene.turns[-1].text if scene.turns else ""
        if self._policy.single_replies:
            text, planted = self._speaker.reply_to(heard, scene.seed)
            return Utterance(text=text, planted=planted)
        if self._policy.for_another_client and self._elsewhere is not None:
            heard = self._elsewhere(scene.seed)
        if scene.session != self._name:
            self._name = scene.session
            self._mind = _Session(
                homework=_agreement_in(scene.memory),
                facts=_facts_in(scene.memory),
                danger=any(map(alarm, scene.memory.splitlines())),
            )
        text, planted, activity = self._moves(Heard(heard, scene, self._mind, rng), rng)
        if self._policy.for_another_client:
            planted = ("off_topic",)
        return Utterance(text=text, planted=planted, activity=activity)

    def _moves(self, heard: Heard, rng: Random) -> tuple[str, tuple[str, ...], str | None]:
        said: list[str] = []
        planted: list[str] = []
        activity: str | None = None
        for move in self._policy.moves:
            low, high = move.chance
            done = rng.random() < low + (high - low) * self._speaker.q
            if not done and not move.otherwise:
                continue  # before anything is looked for, which costs more than drawing
            if (move.once and move.act in self._mind.done) or not all(map(heard.holds, move.when)):
                continue
            fits = [line for line in move.say if all(map(heard.fill, _slots(line)))] if done else []
            if fits:
                line = self._fresh(fits, rng)
                said.append(_filled(line, heard))
                planted += [move.act, *move.also, *(["uptake"] if move.uptake else [])]
                self._mind.done.add(move.act)
                if move.act == "plan" and "feasibility" not in move.also:
                    activity = re.sub(r"^.*?(?:how about|let's say you|let's say) ", "", line).rstrip(".")
                if move.stops:
                    break
            elif move.otherwise:
                said.append(self._fresh(list(move.otherwise), rng))
                planted.append(move.instead)
                if move.stops:
                    break
            if len(said) == self._policy.most:
                break
        if not said:
            said, planted = [rng.choice(["Mm.", "Okay.", "I see."])], ["acknowledge"]
        return " ".join(said), tuple(dict.fromkeys(code for code in planted if code)), activity

    def _fresh(self, lines: list[str], rng: Random) -> str:
        """Return a line, one that was not said lately where there is one."""
        line = rng.choice([line for line in lines if line not in self._mind.said] or lines)
        self._mind.said.append(line)
        return line


@cache
def _slots(line: str) -> frozenset[str]:
    return frozenset(name.casefold() for name in re.findall(r"\{(\w+)\}", line))


def _filled(line: str, heard: Heard) -> str:
    for name in _slots(line):
        value = heard.fill(name)
        line = line.replace(f"{{{name}}}", value).replace(
            f"{{{name.capitalize()}}}", value[:1].upper() + value[1:]
        )
    return line[:1].upper() + line[1:]


def _agreement_in(memory: str) -> str:
    """Return what a client agreed to last, or nothing."""
    found = list(_AGREED.finditer(memory))
    agreed = next((text for text in found[-1].groups() if text), "")[:120] if found else ""
    first = re.escape(agreed.split(" ", 1)[0])
    named = re.search(rf"[a-z,] {first}\b", memory) or re.match(r"\w+day\b", agreed)
    return agreed if named else agreed[:1].lower() + agreed[1:]  # its capital may only be that of a sentence


def _facts_in(memory: str) -> tuple[str, ...]:
    lines = [found["line"].strip() for found in _TOLD.finditer(memory)]
    telling = [
        s
        for line in lines
        for s in sentences(line)
        if 6 <= len(words(s)) <= 16 and re.search(r"\b(?:I|my)\b", s) and can_be_given_back(s)
    ]
    return tuple(dict.fromkeys(telling))


def script_therapist(
    policy: str, parameters: Mapping[str, float], elsewhere: Callable[[int], str] | None = None
) -> ScriptTherapist:
    """Return the scripted therapist of a policy for ongoing therapy; see `script_speaker` for the errors.

    Its skill is the parameter `ongoing`, or `q` where there is none: with both, what it shows on single replies and what it
    does in sessions are planted apart, so that the truth about its carry-over is known.

    `elsewhere` gives the policy `shuffled` words of another client; without it that policy answers the right one, so a
    host that offers it must bring them.
    """
    speaker = script_speaker(policy, parameters)
    return ScriptTherapist(ScriptSpeaker(speaker.policy, parameters.get("ongoing", speaker.q)), elsewhere)
