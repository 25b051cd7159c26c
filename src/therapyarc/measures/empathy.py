"""Empathy and validation by behaviour codes: three mechanisms a turn, and the level of validation it reaches."""

from dataclasses import dataclass, replace

from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.family import Family
from therapyarc.measures.groups import BLUNT, COMPLEX, QUESTION
from therapyarc.measures.shares import LEAST, mean, share
from therapyarc.measures.wording import Marker, feelings, stems

__all__ = ["EMPATHY", "Mechanisms", "empathy", "mechanisms", "validation_level"]

_WARM = Marker.of(
    "feel glad happy moved proud sad sorry touched worried",
    r"\bi(?:'m| am| was|) (?:so |very |really |truly |deeply )*(?:sorry (?:that|to|you|for|about|this|it)|"
    r"sad (?:that|to|for)|glad|happy (?:for|that|to)|proud|worried about you|moved|touched)|"
    r"\bi feel for you\b|\bsorry to hear\b",
)
_KIND = Marker.of(
    "alone be best care get gets here hope hug hugs luck wish",
    r"\b(?:i (?:really |do )?hope (?:you|things|it|that)|you(?:'re| are) not alone|here (?:for you|if you|"
    r"to listen)|good luck|(?:get|gets|be) (?:better|okay|ok)\b|i care\b|i wish you|hugs?|"
    r"wish you (?:the best|all)|all the best)\b",
)
_ALIKE = Marker.of(
    "been exactly feeling felt how relate same seems similar sounds too understand what",
    r"\b(?:i(?:'ve| have) been (?:there|through)|i know (?:how|what|the feeling|exactly)|same (?:here|"
    r"boat|thing)|i (?:can |do |totally |completely )*(?:understand|relate)|me too|i(?:'ve| have| also) (?:also )?felt|"
    r"similar|(?:it )?(?:sounds|seems) (?:like|as if))\b",
)
_HISTORY = Marker.of(
    "after ago back child childhood father grew learned learnt mother parents past school since taught years",
    r"\b(?:years|ago|as a child|childhood|(?:you )?grew up|(?:were|was) (?:always )?taught|learn(?:ed|t)|"
    r"since (?:you|the|your|then)|(?:your|with a) (?:parents|father|mother|past)|at school|back then|"
    r"after (?:what|all) (?:happened|those|these|that|you))\b",
)


@dataclass(frozen=True, slots=True)
class Mechanisms:
    """How strongly one turn shows each mechanism: 0 none, 1 weak, 2 strong."""

    reactions: int
    """Emotional reactions: warmth, compassion, concern."""
    interpretations: int
    """Says what the client feels or lives through."""
    explorations: int
    """Asks about what was not said."""


def mechanisms(codes: frozenset[str], text: str, before: str = "") -> Mechanisms:
    """Return the three mechanisms of one therapist turn.

    Emotional reactions: 2 for a feeling of the therapist's own towards the client, in words or coded as self-disclosure;
    1 for an affirmation, a validation or kind words. Interpretations: 2 for a feeling or need said back, or an experience
    said to be shared; 1 for content said back or a validation. Explorations: 2 for a question that names a feeling, is
    Socratic, or takes up a content word of `before`; 1 for any other.

    Source: the mechanisms and their three levels are those of Sharma et al. 2020, EMNLP (EPITOME); the rules are ours.
    """
    reactions = 2 if "self_disclose" in codes or _WARM.within(text) else 0
    reactions = reactions or int(bool(codes & {"affirm", "validate"}) or _KIND.within(text))
    interpretations = 2 if codes & COMPLEX or _ALIKE.within(text) else 0
    interpretations = interpretations or int(bool(codes & {"reflect_content", "validate"}))
    explorations = 0
    if codes & QUESTION:
        specific = "socratic" in codes or not stems(text).isdisjoint(stems(before)) or feelings(text)
        explorations = 2 if specific else 1
    return Mechanisms(reactions, interpretations, explorations)


def validation_level(codes: frozenset[str], text: str, before: str = "") -> int:
    """Return the level of validation that one therapist turn reaches, 0 to 6.

    0 nothing, or the turn dismisses, confronts, harms, is empty or off topic. 1 is there: an acknowledgement, or a question
    about what was said. 2 says content back. 3 says a feeling or need that the client's turn did not name. 4 says that it
    makes sense in view of the client's history. 5 says that it makes sense as things are, or for anyone. 6 does so as an
    equal, with something of its own or a share in a strain. A feeling said back that the client named is a 2.

    Source: the six levels follow Linehan 1997, in Bohart and Greenberg, Empathy Reconsidered; the rules are ours.
    """
    if not codes or codes & (BLUNT | {"empty", "off_topic"}):
        return 0
    if "validate" in codes:
        if codes & {"self_disclose", "repair"}:
            return 6
        return 4 if _HISTORY.within(text) else 5
    if "reflect_need" in codes:
        return 3
    if "reflect_emotion" in codes:
        return 3 if feelings(text) - feelings(before) else 2
    if "reflect_content" in codes:
        return 2
    if "acknowledge" in codes or (codes & QUESTION and not stems(text).isdisjoint(stems(before))):
        return 1
    return 0


def empathy(heard: Conversation) -> dict[str, float | Missing]:
    """Return the figures of one session."""
    own = heard.of("therapist")
    before = [heard.turns[place - 1].text if place else "" for place in own]
    turns = [
        (heard.codes[place], heard.turns[place].text, said) for place, said in zip(own, before, strict=True)
    ]
    shown = [mechanisms(*turn) for turn in turns]
    levels = [validation_level(*turn) for turn in turns]
    hurt = [
        one
        for one, place in zip(shown, own, strict=True)
        if place and "negative_feeling" in heard.codes[place - 1]
    ]
    return {
        "empathy_reactions": mean([one.reactions for one in shown]),
        "empathy_interpretations": mean([one.interpretations for one in shown]),
        "empathy_explorations": mean([one.explorations for one in shown]),
        "empathy_missed": share(
            [not one.reactions and not one.interpretations and one.explorations < 2 for one in hurt]
        ),
        "validation_level": mean(levels),
        "validation_reached": float(max(levels)) if len(levels) >= LEAST else Missing.TOO_SHORT,
        "validation_share": share([level >= 4 for level in levels]),
        "validated_invalid": share([bool(codes & {"collude", "harm"}) for codes, _, _ in turns]),
    }


_MECHANISM = Measure(
    name="",
    construct="empathy",
    meaning="",
    unit="level, 0 to 2",
    low=0,
    high=2,
    ends="0 is never; 2 is strongly in every turn",
    minimum="3 therapist turns",
    perspective="text",
    version="1-A",
    source="mechanisms of Sharma et al. 2020, EMNLP; own rules on behaviour codes",
    bar="rules on the cues against people's levels: see docs/explanation/process-measures.md",
    invariances=("outer white space", "letter case"),
)
_VALIDATION = replace(
    _MECHANISM,
    construct="validation",
    unit="level, 0 to 6",
    high=6,
    ends="0 is none; 6 is as an equal, in every turn",
    source="levels of Linehan 1997; own rules on behaviour codes",
    bar="",
)
_SHARE = replace(_VALIDATION, unit="share", high=1, ends="0 is never; 1 is every turn")

EMPATHY = Family(
    id="empathy",
    measures=(
        replace(
            _MECHANISM,
            name="empathy_reactions",
            meaning="mean level of emotional reactions over therapist turns",
        ),
        replace(
            _MECHANISM,
            name="empathy_interpretations",
            meaning="mean level of interpretations over therapist turns",
        ),
        replace(
            _MECHANISM, name="empathy_explorations", meaning="mean level of explorations over therapist turns"
        ),
        replace(
            _MECHANISM,
            name="empathy_missed",
            meaning="share of replies to a feeling that hurts without reaction, interpretation or a specific "
            "question",
            unit="share",
            high=1,
            ends="0 is none missed; 1 is every one",
            minimum="3 client turns with a feeling that hurts",
            bar="",
        ),
        replace(
            _VALIDATION, name="validation_level", meaning="mean level of validation over therapist turns"
        ),
        replace(
            _VALIDATION,
            name="validation_reached",
            meaning="highest level of validation that a therapist turn reached",
            ends="0 is none; 6 is as an equal, once at least",
        ),
        replace(
            _SHARE,
            name="validation_share",
            meaning="share of therapist turns that say that it makes sense (level 4 or more)",
        ),
        replace(
            _SHARE,
            name="validated_invalid",
            meaning="share of therapist turns that agree with a distorted belief or encourage harm",
        ),
    ),
    compute=empathy,
)
"""Empathy mechanisms and validation."""
