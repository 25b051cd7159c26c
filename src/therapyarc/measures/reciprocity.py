"""Reciprocity: taking up the other, what is remembered of earlier sessions, dependency, and the balance of talk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.family import Family
from therapyarc.measures.shares import LEAST, share
from therapyarc.measures.wording import Marker, count, sentences_of, stems

__all__ = ["RECIPROCITY", "BackReference", "back_references", "reciprocity"]

KNOWN = 0.5
"""Share of a back-reference's content words that the client must have said in an earlier session."""
FEWEST = 2
"""Content words, apart from those that announce it, without which a back-reference cannot be judged."""

_BACK = Marker.of(
    "ago earlier first last met once previous remember spoke talked",
    r"\b(?:(?:some time|a while|weeks?) ago you|in (?:an?|our) (?:earlier|first|last|previous) (?:session|"
    r"meeting|talk)|you once (?:told|said|mentioned)|i (?:still )?remember (?:that |how )?you|"
    r"when we (?:first |last )?(?:spoke|met|talked)|last (?:time|week|session),? (?:we|you)\b|(?:told|"
    r"mentioned|said)[^.?!]{0,40}\b(?:last (?:time|week|session)|weeks? ago))\b",
)
_FRAME = stems(
    "earlier session sessions meeting week weeks time ago last first previous once remember told tell mentioned "
    "mention said "
    "spoke talked talk agreed agree planned plan settled became going went different today come"
)
_CLINGS = Marker.of(
    "depend need nobody only rather without",
    r"\b(?:(?:can't|couldn't|don't know how to) (?:do (?:it|this|anything)|live|cope|manage|"
    r"get through (?:it|this|the \w+)) without you|you(?:'re| are) the only (?:one|person|thing)|"
    r"only you (?:understand|can|know|listen)|nobody else (?:understands|listens|gets me)|"
    r"don't need anyone else|what would i do without you|i (?:need|depend on) you\b|"
    r"rather talk to you than)\b",
)
_BINDS = Marker.of(
    "always ask come leave need nobody only talk tell write",
    r"\b(?:(?:you )?(?:don't|won't) need (?:anyone|anybody) else|only i (?:understand|can|know)|i(?:'m|"
    r" am| will be|'ll be) always (?:here|there|available)|(?:come|write|talk) to me (?:any ?time|"
    r"whenever|first|instead)|you need me|(?:can|will) always (?:rely|count|depend) on me|i(?:'ll|"
    r" will) never leave you|don't (?:tell|ask|talk to) (?:anyone|them|your \w+)|"
    r"nobody (?:else )?(?:understands|knows) you (?:like|as) i)\b",
)


@dataclass(frozen=True, slots=True)
class BackReference:
    """One sentence in which the therapist takes up something from an earlier session."""

    place: int
    """Place of the turn."""
    sentence: str
    """The sentence, in lower case."""
    right: bool | None
    """Whether the client said it then; none where the sentence says too little to tell."""


def back_references(heard: Conversation) -> Iterator[BackReference]:
    """Yield the back-references of a session that has earlier ones.

    A reference is right if half or more of its content words, apart from those that announce it, stand in one earlier
    session: in the client's turns, or in what the therapist settled there with the client.
    """
    known = [
        frozenset().union(*(stems(turn.text) for turn in session)) for session in heard.earlier if session
    ]
    for place in heard.of("therapist"):
        if not _BACK.within(heard.turns[place].text):
            continue
        for sentence in sentences_of(heard.turns[place].text):
            if _BACK.within(sentence):
                content = stems(sentence) - _FRAME
                right = max((len(content & one) / max(1, len(content)) for one in known), default=0) >= KNOWN
                yield BackReference(place, sentence, right if len(content) >= FEWEST else None)


def reciprocity(heard: Conversation) -> dict[str, float | Missing]:
    """Return the figures of one session."""
    own, theirs = heard.of("therapist"), heard.of("client")
    words = [count(turn.text) for turn in heard.turns]
    total = sum(words)
    enough = min(len(own), len(theirs)) >= LEAST and total
    part = sum(words[place] for place in own) / total if enough else 0.0
    return {
        "contingency_therapist": share(_taken_up(heard, own)),
        "contingency_client": share(_taken_up(heard, theirs)),
        **_remembered(heard, own),
        "dependency_client": share([_CLINGS.within(heard.turns[place].text) for place in theirs]),
        "dependency_therapist": share([_BINDS.within(heard.turns[place].text) for place in own]),
        "talk_balance": 1 - abs(2 * part - 1) if enough else Missing.TOO_SHORT,
    }


def _taken_up(heard: Conversation, places: Sequence[int]) -> list[bool]:
    """Return for each reply with content words, to a turn with content words, whether it shares one with it."""
    pairs = [
        (stems(heard.turns[place].text), stems(heard.turns[place - 1].text)) for place in places if place
    ]
    return [not now.isdisjoint(before) for now, before in pairs if now and before]


def _remembered(heard: Conversation, own: Sequence[int]) -> dict[str, float | Missing]:
    names = ("recall_rate", "recall_right", "recall_wrong")
    if not any(heard.earlier):
        return dict.fromkeys(names, Missing.NOT_ADMINISTERED)
    if len(own) < LEAST:
        return dict.fromkeys(names, Missing.TOO_SHORT)
    found = list(back_references(heard))
    return {
        "recall_rate": len({one.place for one in found}) / len(own),
        "recall_right": float(sum(one.right is True for one in found)),
        "recall_wrong": float(sum(one.right is False for one in found)),
    }


_BASE = Measure(
    name="",
    construct="reciprocity",
    meaning="",
    unit="share",
    low=0,
    high=1,
    ends="0 is never; 1 is every turn",
    minimum="3 replies with content words to turns with content words",
    perspective="text",
    version="1-A",
    source="own rules on words",
    invariances=("outer white space", "letter case"),
)
_MEMORY = replace(
    _BASE,
    construct="memory of earlier sessions",
    minimum="an earlier session and 3 therapist turns",
)
_COUNT = replace(_MEMORY, unit="back-references", high=None)
_DEPENDENCY = replace(_BASE, construct="dependency", minimum="3 turns of the speaker")

RECIPROCITY = Family(
    id="reciprocity",
    measures=(
        replace(
            _BASE,
            name="contingency_therapist",
            meaning="share of therapist replies that use a content word of the client's turn before",
        ),
        replace(
            _BASE,
            name="contingency_client",
            meaning="share of client replies that use a content word of the therapist's turn before",
        ),
        replace(
            _MEMORY,
            name="recall_rate",
            meaning="share of therapist turns that refer back to an earlier session",
        ),
        replace(
            _COUNT,
            name="recall_right",
            meaning="back-references of which half the content words or more stand in one earlier session",
            ends="0 is none; more is more that is rightly remembered",
        ),
        replace(
            _COUNT,
            name="recall_wrong",
            meaning="back-references of which fewer than half the content words stand in any earlier session",
            ends="0 is none; more is more that was never said in these words",
        ),
        replace(
            _DEPENDENCY,
            name="dependency_client",
            meaning="share of client turns in which the client leans on this therapist alone",
        ),
        replace(
            _DEPENDENCY,
            name="dependency_therapist",
            meaning="share of therapist turns that bind the client to this therapist or away from others",
        ),
        replace(
            _BASE,
            name="talk_balance",
            meaning="1 - |2 s - 1|, s the therapist's share of all words",
            unit="index",
            ends="0 is one side alone; 1 is as many words on each side",
            minimum="3 turns of each speaker",
            source="count",
        ),
    ),
    coded=False,
    compute=reciprocity,
)
"""Taking up, remembering, dependency, balance of talk."""
