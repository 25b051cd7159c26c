"""Fidelity to behavioural activation, an own scale: which of twelve elements were done, and which were done well.

Adherence and competence stay apart: a session can do much and little of it well. The elements are those of the library's
handbook; the scale is no published one and its values are not comparable with any.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.family import Family
from therapyarc.measures.groups import ADVICE, BLUNT, QUESTION, REFLECTION, resists
from therapyarc.measures.shares import LEAST
from therapyarc.measures.wording import Marker, count, stems

__all__ = ["ELEMENTS", "FIDELITY", "Element", "fidelity"]

_SOON = 2
"""Therapist turns after one in which what belongs to it may still come."""
_TELLING = 5
"""Words from which a client's answer tells something."""

_RATIONALE = Marker.of(
    "act acting action activation affects changes downward less mood moves outside shapes vicious "
    "wait waiting",
    r"\b(?:when (?:we|you|people|i) (?:do|did|are doing) less|doing less|behaviou?ral activation|"
    r"what (?:we|you) do (?:affects|changes|shapes|moves) (?:how|your|our)|mood (?:often )?(?:follows|"
    r"comes after)|(?:vicious|downward) (?:circle|cycle|spiral)|act(?:ion|ing)? (?:first|before)|"
    r"from the outside in|wait(?:ing)? (?:until|for) (?:you|we|the) (?:feel|mood|want))\b",
)
_MOOD = Marker.of(
    "better brighter energy feel feeling felt lighter low lower mood worse",
    r"\b(?:(?:mood|feel|felt|feeling|energy|better|worse|brighter|low(?:er)?|lighter)\b[^.?!]*\b(?:when|"
    r"while|after|before|during|once|on (?:the )?days) you(?:'d|'ve|'re)?\b|(?:when|while|after|once|"
    r"days) you(?:'d|'ve|'re)?\b[^.?!]*\b(?:mood|feel|felt|energy|better|worse|brighter|low(?:er)?|"
    r"lighter)\b|mood\b[^.?!]*\b(?:activit(?:y|ies)|what you (?:do|did)|doing))",
)
_TRIGGER = Marker.of(
    "before going happening led set start started trigger triggered triggers",
    r"\b(?:(?:just|right|happened|was going on|going on) before|set (?:it|that|this|things) off|"
    r"led (?:up )?to (?:it|that|this)|trigger(?:s|ed)?|what was (?:going on|happening) when|how did (?:it|"
    r"that) start|started it)\b",
)
_RESPONSE = Marker.of(
    "did do then",
    r"\b(?:what did you do|what do you do|how did you (?:respond|react)|and then you|what you did (?:then|next))\b",
)
_CONSEQUENCE = Marker.of(
    "after afterward afterwards came cost costs do dos give gives happened later relief run save "
    "saves spare spared spares term",
    r"\b(?:what (?:happened|came) (?:next|after)|afterwards?|(?:that|it) (?:spare|save|give|do|"
    r"cost)s? you|spared you|relief|in the (?:short|long) (?:run|term)|later on|what did (?:it|"
    r"that) (?:cost|give|spare|save|do)|how was it after)\b",
)
_VALUE = Marker.of(
    "care father friend important life man matter matters mother parent partner person value values woman",
    r"\b(?:matters?(?: most| a lot| so much)? to you|what matters|important to you|your values?|"
    r"values? (?:that|you|behind)|you care about|(?:kind|sort) of (?:person|friend|father|mother|parent|"
    r"partner|man|woman|life) you)\b",
)
_GRADED = Marker.of(
    "break corner drawer easier half minute minutes page small smaller smallest start step thing tiny",
    r"\b(?:small(?:er|est)?|first step|one step|tiny|break (?:it|that|this) (?:down|into|up)|minutes?|"
    r"half (?:of )?(?:it|that|an)|start with|one (?:thing|corner|page|drawer)|easier)\b",
)
_AMOUNT = Marker.of(
    "block call corner day days drawer hour hours minute minutes once page pages person room song "
    "step steps thing time times twice",
    r"\b(?:(?:one|two|three|four|five|ten|fifteen|twenty|thirty|\d+)[ -](?:\w+ )?(?:minutes?|times?|"
    r"hours?|pages?|steps?|days?|corner|drawer|thing|person|call|song|block|room)|half an hour|once|"
    r"twice)\b",
)
_DAY = Marker.of(
    "daily each every friday fridays monday mondays saturday saturdays sunday sundays thursday "
    "thursdays today tomorrow tonight tuesday tuesdays wednesday wednesdays weekend",
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|tomorrow|today|tonight|weekend|(?:each|every) day|daily)\b",
)
_CLOCK = Marker.of(
    "10am 10pm 11am 11pm 12am 12pm 1am 1pm 2am 2pm 3am 3pm 4am 4pm 5am 5pm 6am 6pm 7am 7pm 8am 8pm "
    "9am 9pm after afternoon am at before clock evening morning mornings noon pm tonight",
    r"\b(?:at (?:about |around )?(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|"
    r"twelve|noon|half|quarter)|o'clock|\d{1,2}(?::\d\d)? (?:am|pm)|(?:1|2|3|4|5|6|7|8|9|10|11|12)(?:am|"
    r"pm)|mornings?|afternoon|evening|tonight|noon|(?:after|before) (?:breakfast|lunch|dinner|supper|work|"
    r"school|bed|coffee))\b",
)
_WHERE = Marker.of(
    "around at from in on round to with",
    r"\b(?:(?:at|in|to|on|from|around|round) (?:the|your|a|my) (?!morning|afternoon|evening|week|end)\w+|"
    r"at home|to bed|with (?:your|her|him|them|the|a|my|\w{3,}))\b",
)
_BARRIER = Marker.of(
    "barrier barriers between hard harder hurdle hurdles if keep obstacle obstacles stop way wrong",
    r"\b(?:(?:get|gets|come|stand) in (?:the|your) way|(?:could|might|would) (?:stop|keep) you|(?:could|"
    r"might|can) go wrong|make it hard(?:er)?|obstacles?|barriers?|hurdles?|what if (?:it|you|she|he|they|"
    r"the)|come between)\b",
)
_FALLBACK = Marker.of(
    "b fallback if instead otherwise",
    r"\b(?:if\b[^.?!]*\b(?:then|you (?:could|can|will|would)|could you|we (?:could|can))|instead|fallback|"
    r"plan b|otherwise)\b",
)
_MONITOR = Marker.of(
    "activity chart diary jot log note notes rate record track write",
    r"\b(?:write (?:it |that |this |them |things )?down|(?:keep|make|take) (?:a |some )?(?:notes?|record|"
    r"diary|log|track)|note (?:down|it|what|how|when)|jot|diary|chart|activity (?:log|record|schedule)|"
    r"record (?:what|your|how)|rate (?:your|how|it|the|each))\b",
)
_MEASURED = Marker.of(
    "10 each evening every mastery mood once pleasure ten times",
    r"\b(?:each|every|evening|(?:times|once) a day|(?:nought|zero|0|one|1) to (?:ten|10)|out of (?:ten|"
    r"10)|mood|pleasure|mastery)\b",
)
_AVOIDS = Marker.of(
    "avoid avoidance avoided avoiding avoids cancel canceled canceling cancelled cancelling escape "
    "hide hiding off shut stay stayed staying withdraw withdrawing withdrew",
    r"\b(?:avoid(?:s|ed|ing|ance)?|put(?:ting)? (?:\w+ )?off|stay(?:ed|ing)? (?:in bed|home|at home|away)|"
    r"withdr(?:aw|ew|awing)|hide|hiding|cancel(?:l?ed|l?ing)?|escape|shut (?:yourself )?(?:in|away))\b",
)
_INSTEAD = Marker.of(
    "approach approaching different face facing instead rather toward towards",
    r"\b(?:instead|rather than|approach(?:ing)?|towards?|fac(?:e|ing) (?:it|that|them|her|him)|"
    r"something different)\b",
)


def _then(heard: Conversation, place: int, turns: int = _SOON) -> list[int]:
    """Return a therapist turn and the next ones, up to `turns` after it."""
    return list(range(place, min(place + 2 * turns + 1, len(heard.turns)), 2))


def _with(heard: Conversation, marker: Marker) -> list[int]:
    return [place for place in heard.of("therapist") if marker.within(heard.turns[place].text)]


def _coded(heard: Conversation, codes: Iterable[str]) -> list[int]:
    wanted = frozenset(codes)
    return [place for place in heard.of("therapist") if heard.codes[place] & wanted]


def _answered(heard: Conversation, place: int, words: int = 1) -> bool:
    """Say whether the client answers with so many words or more and does not resist."""
    after = place + 1
    return after < len(heard.turns) and count(heard.turns[after].text) >= words and not resists(heard, after)


def _level(places: Sequence[int], well: Callable[[int], bool]) -> int:
    return 0 if not places else 2 if any(map(well, places)) else 1


def _asks(heard: Conversation, place: int) -> bool:
    return bool(heard.codes[place] & QUESTION) or "?" in heard.turns[place].text


def _rationale(heard: Conversation) -> int:
    taught = [place for place in _coded(heard, {"teach"}) if _MOOD.within(heard.turns[place].text)]

    def well(place: int) -> bool:
        before = heard.turns[place - 1].text if place else ""
        own = not stems(heard.turns[place].text).isdisjoint(stems(before))
        return (own or _asks(heard, place)) and _answered(heard, place)

    return _level(sorted({*_with(heard, _RATIONALE), *taught}), well)


def _mood_activity(heard: Conversation) -> int:
    return _level(_with(heard, _MOOD), lambda place: _answered(heard, place, _TELLING))


def _functional_analysis(heard: Conversation) -> int:
    parts = [set(_with(heard, marker)) for marker in (_TRIGGER, _RESPONSE, _CONSEQUENCE)]
    if sum(map(bool, parts)) < 2:
        return 0
    starts = sorted(set().union(*parts))
    return _level(starts, lambda place: all(part & set(_then(heard, place, 3)) for part in parts))


def _values(heard: Conversation) -> int:
    valued = sorted({*_with(heard, _VALUE), *_coded(heard, {"reflect_need"})})
    plans = set(_coded(heard, {"plan"}))
    return _level(valued if plans else [], lambda place: bool(plans & set(_then(heard, place))))


def _graded(heard: Conversation) -> int:
    steps = [
        place for place in _coded(heard, ADVICE | {"feasibility"}) if _GRADED.within(heard.turns[place].text)
    ]
    return _level(steps, lambda place: _AMOUNT.within(heard.turns[place].text))


def _scheduled(heard: Conversation) -> int:
    def has(place: int, marker: Marker) -> bool:
        return marker.any_of(turn.text for turn in heard.turns[place : place + 2])

    timed = [place for place in _coded(heard, {"plan"}) if has(place, _DAY) or has(place, _CLOCK)]
    return _level(timed, lambda place: all(has(place, one) for one in (_DAY, _CLOCK, _WHERE)))


def _feasibility(heard: Conversation) -> int:
    return _level(_coded(heard, {"feasibility"}), lambda place: _answered(heard, place))


def _barriers(heard: Conversation) -> int:
    def well(place: int) -> bool:
        return any(
            _FALLBACK.within(heard.turns[one].text) or (one > place and "plan" in heard.codes[one])
            for one in _then(heard, place)
        )

    return _level(_with(heard, _BARRIER), well)


def _monitoring(heard: Conversation) -> int:
    return _level(_with(heard, _MONITOR), lambda place: _MEASURED.within(heard.turns[place].text))


def _homework(heard: Conversation) -> int:
    follows = REFLECTION | QUESTION | {"validate", "affirm"}

    def well(place: int) -> bool:
        near = _then(heard, place, 1)
        return (
            len(near) > 1
            and bool(heard.codes[near[1]] & follows)
            and not any(heard.codes[one] & BLUNT for one in near)
        )

    return _level(_coded(heard, {"homework_review"}), well)


def _approach(heard: Conversation) -> int:
    def turned(place: int) -> list[int]:
        return [
            one
            for one in _then(heard, place)
            if heard.codes[one] & ADVICE or _INSTEAD.within(heard.turns[one].text)
        ]

    named = [place for place in _with(heard, _AVOIDS) if turned(place)]
    return _level(
        named,
        lambda place: (
            not heard.codes[place] & BLUNT
            and any(_asks(heard, one) and not heard.codes[one] & BLUNT for one in turned(place))
        ),
    )


def _risk(heard: Conversation) -> int:
    cues = [place for place in heard.of("client") if "risk_cue" in heard.codes[place]]
    stays = REFLECTION | {"risk_inquiry", "referral", "validate"}

    def well(place: int) -> bool:
        late = bool(cues) and cues[0] < place - 1
        said_yes = place + 1 in cues
        stayed = place + 2 < len(heard.turns) and bool(heard.codes[place + 2] & stays)
        return not late and _answered(heard, place) and (stayed or not said_yes)

    return _level(_coded(heard, {"risk_inquiry"}), well)


@dataclass(frozen=True, slots=True)
class Element:
    """One element of behavioural activation."""

    done: str
    """What counts as done."""
    well: str
    """What counts as done well, once at least."""
    level: Callable[[Conversation], int]
    """0 not done, 1 done, 2 done well."""


ELEMENTS: dict[str, Element] = {
    "rationale": Element(
        "says how doing less keeps mood low, or that doing can come before feeling",
        "takes up the client's words or asks for their view, and the client does not resist",
        _rationale,
    ),
    "mood_activity": Element(
        "links a mood with what the client did at the time",
        f"the client answers with {_TELLING} words or more and does not resist",
        _mood_activity,
    ),
    "functional_analysis": Element(
        "asks for or names two of trigger, response and what followed",
        "all three within four therapist turns",
        _functional_analysis,
    ),
    "values": Element(
        "names or asks what matters to the client, and plans something",
        f"a plan in the same turn or the next {_SOON} of the therapist",
        _values,
    ),
    "graded_step": Element("plans or suggests a small step", "the step has an amount", _graded),
    "scheduled": Element(
        "plans something with a day or a time, said by either",
        "with a day, a time, and a place or company",
        _scheduled,
    ),
    "feasibility": Element(
        "checks whether a plan can be done", "the client answers and does not resist", _feasibility
    ),
    "barriers": Element(
        "asks for or names what could get in the way",
        f"a fallback in the same turn, or it or a plan in the next {_SOON} of the therapist",
        _barriers,
    ),
    "monitoring": Element(
        "asks the client to record what they do", "says how often, or asks for a rating", _monitoring
    ),
    "homework_review": Element(
        "comes back to what was agreed",
        "follows it in the next turn, and neither blames nor plays down",
        _homework,
    ),
    "approach": Element(
        f"names avoidance, and in that turn or the next {_SOON} another way",
        "asks rather than tells, and does not blame",
        _approach,
    ),
    "risk_check": Element(
        "asks about suicide or another danger",
        "in the reply to the first hint at the latest; the client answers, and a yes is stayed with",
        _risk,
    ),
}
"""The twelve elements, by the last part of their measure's name."""


def fidelity(heard: Conversation) -> dict[str, float | Missing]:
    """Return each element's level; adherence, the share of the twelve done; competence, the share of these done well.

    A first session has no homework to review, so 11/12 is its highest adherence.
    """
    if len(heard.of("therapist")) < LEAST:
        return dict.fromkeys((one.name for one in FIDELITY.measures), Missing.TOO_SHORT)
    levels = {name: element.level(heard) for name, element in ELEMENTS.items()}
    done = sum(level > 0 for level in levels.values())
    return {
        "ba_adherence": done / len(levels),
        "ba_competence": sum(level == 2 for level in levels.values()) / done if done else Missing.TOO_SHORT,
        **{f"ba_{name}": float(level) for name, level in levels.items()},
    }


_BASE = Measure(
    name="",
    construct="fidelity to behavioural activation",
    meaning="",
    unit="level",
    low=0,
    high=2,
    ends="0 is not done; 1 is done; 2 is done well",
    minimum="3 therapist turns",
    perspective="text",
    version="1-A",
    source="own scale; elements of the library's handbook `ba-handbook`",
    invariances=("outer white space", "letter case"),
)

FIDELITY = Family(
    id="fidelity",
    measures=(
        replace(
            _BASE,
            name="ba_adherence",
            construct="adherence",
            meaning="share of the twelve elements that were done",
            unit="share",
            high=1,
            ends="0 is none; 1 is all twelve",
        ),
        replace(
            _BASE,
            name="ba_competence",
            construct="competence",
            meaning="share of the elements done that were done well",
            unit="share",
            high=1,
            ends="0 is none done well; 1 is all",
            minimum="3 therapist turns and 1 element done",
        ),
        *(
            replace(_BASE, name=f"ba_{name}", meaning=f"1: {one.done}; 2: {one.well}")
            for name, one in ELEMENTS.items()
        ),
    ),
    compute=fidelity,
)
"""Fidelity to behavioural activation."""
