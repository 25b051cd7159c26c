"""Disclosure: how deep the client goes turn by turn, whether it deepens, and whether depth is met."""

from dataclasses import dataclass, replace

import numpy as np

from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.facts import told_facts
from therapyarc.measures.family import Family
from therapyarc.measures.groups import COMPLEX
from therapyarc.measures.shares import LEAST, difference, mean, share
from therapyarc.measures.wording import Marker, count, feelings, said

__all__ = ["DISCLOSURE", "Disclosed", "disclosed", "disclosure"]

_OWN = frozenset({"i", "i'm", "i've", "i'd", "i'll", "me", "my", "mine", "myself", "we", "our", "us"})
_SPECIFIC = Marker.of(
    "ago boss boyfriend brother children dad daughter doctor father friday friend girlfriend husband "
    "job kids mom monday month months morning mother mum night partner saturday sister son sunday "
    "thursday today tuesday wednesday week weeks when wife year years yesterday",
    r"\b(?:yesterday|today|(?:mon|tues|wednes|thurs|fri|satur|sun)day|weeks?|months?|years?|ago|night|"
    r"morning|when i|husband|wife|mother|father|mom|mum|dad|sister|brother|son|daughter|friend|boss|"
    r"boyfriend|girlfriend|partner|kids|children|doctor|my job)\b",
)
_THINKS = Marker.of(
    "believe don feel guess hope should shouldn suppose think thought wish wonder worry",
    r"\bi(?:'ve| have| just| really|'d| always| never|)* (?:think|thought|guess|believe|wonder|suppose|"
    r"wish|hope|worry|don't know (?:if|why|whether|what)|feel (?:like|as if|that)|should(?:n't)?)\b",
)
_CORE = Marker.of(
    "broken burden coward dead deserve die enough failure fault fraud hate never nobody secret stupid "
    "unlovable useless weak worthless",
    r"\b(?:worthless|unlovable|(?:a|such a) (?:failure|burden|coward|fraud)|useless|i(?:'m| am) (?:weak|"
    r"stupid|broken)|not good enough|nobody (?:would|could|can|really|ever|knows|loves|likes|cares|needs)|"
    r"never told|my (?:secret|own fault)|i (?:don't )?deserve|i hate (?:myself|who)|hate myself|"
    r"(?:everything|all) (?:is )?my fault|(?:want(?:ed)?|better) to die|better off dead)\b",
)
_STRONG = frozenset(
    {"shame", "guilt", "grief", "loneliness", "emptiness", "hopelessness", "helplessness", "hurt", "fear"}
)
_LONG = 8
"""Words from which a turn about oneself tells something."""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What one client turn tells of the client, each 0 none, 1 some, 2 much."""

    information: int
    """What happened or how things stand: 1 of oneself in eight words or more, 2 with a time, an occasion or a person."""
    thoughts: int
    """1 a thought of one's own, 2 what one takes oneself, others or the world to be at heart."""
    feelings: int
    """1 a feeling, 2 one that exposes, or any with the client's own hurt in it."""

    @property
    def depth(self) -> int:
        """0 nothing of oneself; 1 situation; 2 feeling, or a thought with its situation; 3 what is at the core."""
        if self.thoughts == 2 or (self.feelings == 2 and self.thoughts):
            return 3
        if self.feelings or (self.thoughts and self.information == 2):
            return 2
        return int(bool(self.information or self.thoughts))


def disclosed(codes: frozenset[str], text: str) -> Disclosed:
    """Return what one client turn tells, by its codes and its words.

    Source: the three kinds, each in three levels, after Barak and Gluck-Ofri 2007, CyberPsychol Behav 10:407; rules ours.
    """
    own = bool(said(text) & _OWN)
    information = 0
    if own and (count(text) >= _LONG or "event" in codes or "disclose" in codes):
        information = 2 if codes & {"event", "disclose"} or _SPECIFIC.within(text) else 1
    thoughts = 0
    if _CORE.within(text) or "risk_cue" in codes:
        thoughts = 2
    elif own and (_THINKS.within(text) or "insight" in codes):
        thoughts = 1
    families = feelings(text) if own else frozenset[str]()
    shown = 2 if families & _STRONG else 1 if families or (own and "negative_feeling" in codes) else 0
    return Disclosed(information, thoughts, shown)


def disclosure(heard: Conversation) -> dict[str, float | Missing]:
    """Return the figures of one session.

    The slope is that of the least-squares line of depth on place, times the number of steps: the change from the first turn
    to the last. Reciprocity is P(the reply says a feeling or need back, validates or tells something of its own | depth of 2
    or more) - P(the same | less).
    """
    own = heard.of("client")
    told = [disclosed(heard.codes[place], heard.turns[place].text) for place in own]
    depths = [one.depth for one in told]
    met: dict[bool, list[bool]] = {True: [], False: []}
    for place, depth in zip(own, depths, strict=True):
        if place + 1 < len(heard.turns):
            met[depth >= 2].append(
                bool(heard.codes[place + 1] & (COMPLEX | {"validate", "affirm", "self_disclose"}))
            )
    return {
        "disclosure_depth": mean(depths),
        "disclosure_deepest": float(max(depths)) if len(depths) >= LEAST else Missing.TOO_SHORT,
        "disclosure_slope": _change(depths),
        "disclosure_information": mean([one.information for one in told]),
        "disclosure_thoughts": mean([one.thoughts for one in told]),
        "disclosure_feelings": mean([one.feelings for one in told]),
        "disclosure_reciprocity": difference(share(met[True]), share(met[False])),
        **_by_truth(heard),
    }


def _change(depths: list[int]) -> float | Missing:
    if len(depths) < 2 * LEAST:
        return Missing.TOO_SHORT
    places = np.arange(len(depths)) - (len(depths) - 1) / 2
    return float(places @ np.array(depths, dtype=float) / (places @ places) * (len(depths) - 1))


def _by_truth(heard: Conversation) -> dict[str, float | Missing]:
    if heard.case is None:
        return dict.fromkeys(("facts_told", "facts_depth"), Missing.NOT_ADMINISTERED)
    if not heard.of("client"):
        return dict.fromkeys(("facts_told", "facts_depth"), Missing.TOO_SHORT)
    before = told_facts(heard.case, (turn for session in heard.earlier for turn in session))
    now = told_facts(heard.case, heard.turns)
    every = {fact.id: fact.depth for fact in heard.case.facts}
    new = [float(every[fact]) for fact in now if fact not in before]
    return {
        "facts_told": len({*before, *now}) / len(every) if every else Missing.NOT_ADMINISTERED,
        "facts_depth": mean(new, 1),
    }


_BASE = Measure(
    name="",
    construct="disclosure",
    meaning="",
    unit="level, 0 to 3",
    low=0,
    high=3,
    ends="0 is nothing of oneself; 3 is the core in every turn",
    minimum="3 client turns",
    perspective="text",
    version="1-A",
    source="kinds after Barak and Gluck-Ofri 2007, CyberPsychol Behav 10:407; own rules on codes and words",
    invariances=("outer white space", "letter case"),
)
_KIND = replace(_BASE, unit="level, 0 to 2", high=2, ends="0 is none; 2 is much in every turn")

DISCLOSURE = Family(
    id="disclosure",
    measures=(
        replace(
            _BASE,
            name="disclosure_depth",
            meaning="mean depth of client turns: 0 nothing of oneself, 1 situation, 2 feeling, 3 core",
        ),
        replace(
            _BASE,
            name="disclosure_deepest",
            meaning="depth of the deepest client turn",
            ends="0 is nothing of oneself; 3 is the core, once at least",
        ),
        replace(
            _BASE,
            name="disclosure_slope",
            meaning="change of depth from the first client turn to the last, on the least-squares line",
            unit="levels",
            low=-6,
            high=6,
            ends="below 0 is ever shallower; 0 is as it began; above 0 is ever deeper",
            minimum="6 client turns",
        ),
        *(
            replace(_KIND, name=f"disclosure_{kind}", meaning=f"mean level of {kind} told in client turns")
            for kind in ("information", "thoughts", "feelings")
        ),
        replace(
            _BASE,
            name="disclosure_reciprocity",
            meaning="share of replies that meet a client turn of depth 2 or more, less the share that do so "
            "after others",
            unit="difference of shares",
            low=-1,
            high=1,
            ends="-1 is only what is shallow met; 0 is no difference; 1 is all depth met, and only depth",
            minimum="3 replies to turns of depth 2 or more and 3 to others",
        ),
        replace(
            _BASE,
            name="facts_told",
            meaning="share of the case's facts told by the end of this session, earlier sessions counted",
            unit="share",
            high=1,
            ends="0 is none; 1 is all",
            minimum="a case and 1 client turn",
            perspective="observer",
            source="facts of the case; a fact is told when .6 of its content words stand in one client turn",
        ),
        replace(
            _BASE,
            name="facts_depth",
            meaning="mean depth of the case's facts told for the first time in this session",
            ends="0 is public facts alone; 3 is core facts alone",
            minimum="a case and 1 new fact",
            perspective="observer",
            source="facts of the case; a fact is told when .6 of its content words stand in one client turn",
        ),
    ),
    compute=disclosure,
)
"""What clients tell, how deep, and whether it is met."""
