"""The alliance as behaviour: what each side does for and against agreement on goals, on tasks, and the bond."""

from dataclasses import dataclass, replace

from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.family import Family
from therapyarc.measures.groups import resists
from therapyarc.measures.shares import LEAST, difference, mean
from therapyarc.measures.wording import Marker

__all__ = ["ALLIANCE", "alliance"]


@dataclass(frozen=True, slots=True)
class _Signs:
    """What counts for and against one part of the alliance, of one side."""

    good: frozenset[str]
    """Codes for it."""
    bad: frozenset[str]
    """Codes against it."""
    words: Marker | None = None
    """Words for it."""

    def of(self, codes: frozenset[str], text: str) -> int:
        """Return 1 for a turn with signs for it alone, -1 for one with signs against it, 0 for neither."""
        if codes & self.bad:
            return -1
        return int(bool(codes & self.good) or (self.words is not None and self.words.within(text)))


_AIM = (
    r"goals?|aims?|what (?:would )?you(?:'d)? (?:like|want|hope)|hope to get|want to work on|"
    r"like to (?:work on|talk about|change)"
)
_THERAPIST = {
    "goal": _Signs(
        frozenset({"reflect_need", "autonomy"}),
        frozenset({"off_topic", "empty"}),
        Marker.of(
            "agenda aim aims change goal goals hope most talk what where work",
            rf"\b(?:{_AIM}|most important to you|what matters|agenda|where (?:do|would) you (?:want|like))\b",
        ),
    ),
    "task": _Signs(
        frozenset({"advice_with_permission", "feasibility", "homework_review"}),
        frozenset({"advice_without_permission", "confront"}),
        Marker.of(
            "all allright fit mind okay sense sound think together useful",
            r"\b(?:does (?:that|this|it) (?:make sense|fit|sound)|work (?:on it |on this )?together|"
            r"how does that sound|(?:is|would) (?:it|that) (?:be )?(?:okay|all ?right|useful)|(?:do|"
            r"would) you mind|what do you think (?:of|about) (?:that|this))\b",
        ),
    ),
    "bond": _Signs(
        frozenset({"reflect_emotion", "validate", "affirm", "repair", "recall", "self_disclose"}),
        frozenset({"dismiss", "confront", "harm"}),
    ),
}
_CLIENT = {
    "goal": _Signs(
        frozenset({"change"}),
        frozenset({"sustain", "change_topic"}),
        Marker.of(
            "aim aims goal goals hope like want",
            rf"\b(?:my (?:{_AIM})|i(?:'d| would)? (?:like|want|hope) to)\b",
        ),
    ),
    "task": _Signs(
        frozenset({"insight"}),
        frozenset({"argue", "yes_but", "hopeless", "appease", "intellectualise"}),
        Marker.of(
            "can could did helped helpful helps idea ll makes will",
            r"\b(?:i(?:'ll| will| can| could) (?:try|do|give)|i did (?:it|that|what)|makes sense|"
            r"good idea|(?:that|this|it)(?:'s| is|) (?:really )?help(?:s|ed|ful)|could work)\b",
        ),
    ),
    "bond": _Signs(
        frozenset({"negative_feeling", "positive_feeling", "disclose", "risk_cue"}),
        frozenset({"rupture_withdrawal", "rupture_confrontation", "appease"}),
        Marker.of(
            "get glad listening thank thanks trust understand",
            r"\b(?:thank(?:s| you)|you (?:really )?understand|for listening|glad (?:that )?i|i trust you|"
            r"you get (?:it|me))\b",
        ),
    ),
}


def alliance(heard: Conversation) -> dict[str, float | Missing]:
    """Return the index of each part for each side, the side's mean over parts, and the therapist's less the client's.

    A turn counts +1 for a part if it has a sign for it and none against it, -1 if it has one against it, 0 otherwise; the
    index is the mean over the side's turns, from -1 to 1. A client's short reply to a closed question is no resistance.
    """
    found: dict[str, float | Missing] = {}
    for side, parts in (("therapist", _THERAPIST), ("client", _CLIENT)):
        own = heard.of(side)
        for part, signs in parts.items():
            counts = [signs.of(heard.codes[place], heard.turns[place].text) for place in own]
            if side == "client" and part == "task":
                counts = [
                    -1 if resists(heard, place) else one for one, place in zip(counts, own, strict=True)
                ]
            found[f"alliance_{part}_{side}"] = mean(counts)
        values = [one for part in parts if not isinstance(one := found[f"alliance_{part}_{side}"], Missing)]
        found[f"alliance_{side}"] = mean(values, LEAST)
    for name in ("goal", "task", "bond"):
        found[f"alliance_gap_{name}"] = difference(
            found[f"alliance_{name}_therapist"], found[f"alliance_{name}_client"]
        )
    found["alliance_gap"] = difference(found["alliance_therapist"], found["alliance_client"])
    return found


_BASE = Measure(
    name="",
    construct="alliance",
    meaning="",
    unit="index",
    low=-1,
    high=1,
    ends="-1 is a sign against it in every turn; 0 is none or as many for as against; 1 is one for it in every turn",
    minimum="3 turns of the side",
    perspective="text",
    version="1-A",
    source="parts of the alliance after Bordin 1979, Psychother Theory Res Pract 16:252; own rules on behaviour "
    "codes",
    bar="not validated against alliance ratings; see docs/explanation/process-measures.md",
    invariances=("outer white space", "letter case"),
)
_GAP = replace(
    _BASE,
    low=-2,
    high=2,
    ends="-2 is only the client for it; 0 is both alike; 2 is only the therapist",
    minimum="3 turns of each side",
)
_PARTS = {"goal": "agreement on goals", "task": "agreement on tasks", "bond": "the bond"}

ALLIANCE = Family(
    id="alliance",
    measures=(
        *(
            replace(
                _BASE,
                name=f"alliance_{part}_{side}",
                meaning=f"what the {side} does for {named}, less against it",
            )
            for side in ("therapist", "client")
            for part, named in _PARTS.items()
        ),
        *(
            replace(
                _BASE,
                name=f"alliance_{side}",
                meaning=f"mean of the {side}'s index of goal, task and bond",
            )
            for side in ("therapist", "client")
        ),
        *(
            replace(
                _GAP, name=f"alliance_gap_{part}", meaning=f"therapist's index of {named} less the client's"
            )
            for part, named in _PARTS.items()
        ),
        replace(_GAP, name="alliance_gap", meaning="therapist's mean index less the client's"),
    ),
    compute=alliance,
)
"""The alliance as behaviour, by side."""
