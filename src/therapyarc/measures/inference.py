"""Feelings and thoughts that the therapist says of the client, held against the truth of the case."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from therapyarc.domain import Missing, Session, Turn
from therapyarc.domain.client import ClientCase
from therapyarc.domain.code import FoundCode, TurnCodes
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.facts import TOLD, overlap, told_facts, voiced_beliefs
from therapyarc.measures.family import Family
from therapyarc.measures.shares import LEAST, share
from therapyarc.measures.wording import Marker, feelings, plain, sentences_of
from therapyarc.text import sentences

__all__ = ["INFERENCE", "INFERENCE_CODER", "Inferred", "Thought", "inference", "inference_codes", "inferred"]

INFERENCE_CODER = "case-truth"
"""The coder's id in rows of codes."""

LIKE = 1 / 3
"""Share of a belief's content words that a therapist's sentence must have to name it."""

_YOU = re.compile(r"\byou(?:r|rs|rself|'re|'ve|'d|'ll)?\b")
_LINKS = re.compile(
    r"^(?:(?:so|and|but|well|perhaps|maybe)[\s,]+)*(?:there(?:'s| is| was)|that|it|this|sounds|part)\b"
)
_MINE = re.compile(
    r"^(?:i|i'm|i've|me)\b(?!(?:'d| would| can| could)? (?:hear|sense|wonder|guess|imagine|see|think))"
)
_THOUGHT = Marker.of(
    "belief idea rule thought you your",
    r"\byou(?:'re|'ve|'d|r| are| have| would)? (?:\w+ ){0,2}(?:think(?:ing)?|thought|believ\w+|expect\w*|"
    r"tell(?:ing)? yourself|afraid (?:that|of)|assum(?:e|es|ed|ing|ptions?)|convinced|conclud\w+|"
    r"sure that|feel (?:as if|like|that))|\b(?:the|an?|this) (?:idea|thought|belief|rule) (?:that|of)\b|"
    r"\b(?:would|does|will|it) (?:that )?means? (?:that )?you\b|\bpart of you\b|\bas if you\b",
)


@dataclass(frozen=True, slots=True)
class Thought:
    """A sentence that says what the client thinks."""

    belief: str | None
    """The belief of the case that it names; none where it names none."""
    heard: bool
    """Whether a share `TOLD` of its content words stands in one earlier client turn of the session."""

    @property
    def right(self) -> bool:
        """Whether it is the case's or the client's own."""
        return self.belief is not None or self.heard


@dataclass(frozen=True, slots=True)
class Inferred:
    """What one therapist turn says of the client's inner side, against the truth at that point."""

    place: int
    """Place of the turn."""
    right: frozenset[str]
    """Families of feelings named that are true of the case or that the client named before."""
    wrong: frozenset[str]
    """Families named that are neither."""
    thoughts: tuple[Thought, ...]
    """One for each sentence that says what the client thinks."""


def _said_of_client(sentence: str) -> bool:
    return not _MINE.match(sentence) and bool(_YOU.search(sentence) or _LINKS.match(sentence))


def _belief(case: ClientCase, sentence: str) -> str | None:
    likeness = [
        (max(overlap(line, sentence) for line in (belief.text, *belief.say)), belief.id)
        for belief in case.beliefs
    ]
    best, name = max(likeness, default=(0.0, ""))
    return name if best >= LIKE else None


def inferred(turns: Sequence[Turn], case: ClientCase) -> Iterator[Inferred]:
    """Yield what each therapist turn says of the client's feelings and thoughts, as statement or as question.

    True feelings are those that the case gives its facts, told or untold, and those that the client has named by then.
    """
    true = {family for fact in case.facts for family in fact.feels}
    before: list[str] = []
    for place, turn in enumerate(turns):
        if turn.role == "client":
            true |= feelings(turn.text)
            before.append(turn.text)
            continue
        spoken = [one for one in sentences_of(turn.text) if _said_of_client(one)]
        named = frozenset[str]().union(*map(feelings, spoken)) if feelings(turn.text) else frozenset[str]()
        yield Inferred(
            place,
            named & frozenset(true),
            named - frozenset(true),
            tuple(
                Thought(_belief(case, one), any(overlap(one, text) >= TOLD for text in before))
                for one in spoken
                if _THOUGHT.within(one)
            ),
        )


def inference_codes(session: Session, case: ClientCase) -> tuple[TurnCodes, ...]:
    """Return what each therapist turn says of the client's inner side, and whether it is true; no code is a finding, too.

    The codes are `names_FAMILY` and `misnames_FAMILY` for families of feelings, `names_thought` and `misnames_thought` for
    thoughts, right and wrong as in `inferred`; the evidence is the sentence in which it is said.
    """
    rows = []
    for one in inferred(session.turns, case):
        spoken = [
            words for words in sentences(session.turns[one.place].text) if _said_of_client(plain(words))
        ]
        found = [
            FoundCode(
                code=f"{verb}_{family}",
                evidence=next((words for words in spoken if family in feelings(words)), ""),
            )
            for verb, families in (("names", one.right), ("misnames", one.wrong))
            for family in sorted(families)
        ]
        thinking = [words for words in spoken if _THOUGHT.within(plain(words))]
        found += [
            FoundCode(code="names_thought" if thought.right else "misnames_thought", evidence=words)
            for thought, words in zip(one.thoughts, thinking, strict=False)  # cut off in very long turns
        ]
        rows.append(
            TurnCodes(
                session=session.id,
                turn=one.place,
                role="therapist",
                coder=INFERENCE_CODER,
                version=f"inference {_BASE.version}",
                system="inference",
                codes=tuple(found),
            )
        )
    return tuple(rows)


def inference(heard: Conversation) -> dict[str, float | Missing]:
    """Return precision, recall and over-attribution of feelings and of thoughts; `not_administered` without a case.

    Precision is right over named. Recall of feelings: of the families of the facts told by then and of the feelings that the
    client named in this session, the share that the therapist named. Recall of thoughts: of the beliefs that the client has
    said, the share that the therapist named. Over-attribution: the share of therapist turns that name one that is not true.
    """
    if heard.case is None:
        return dict.fromkeys(_NAMES, Missing.NOT_ADMINISTERED)
    turns = list(inferred(heard.turns, heard.case))
    if len(turns) < LEAST:
        return dict.fromkeys(_NAMES, Missing.TOO_SHORT)
    named = [family in one.right for one in turns for family in one.right | one.wrong]
    thoughts = [thought for one in turns for thought in one.thoughts]
    within = _within_reach(heard, heard.case)
    seen = {family for one in turns for family in one.right}
    every = [turn for session in (*heard.earlier, heard.turns) for turn in session]
    voiced = voiced_beliefs(heard.case, every)
    named_beliefs = {thought.belief for thought in thoughts}
    return {
        "feelings_precision": share(named),
        "feelings_recall": share([family in seen for family in sorted(within)], 1),
        "feelings_overattributed": share([bool(one.wrong) for one in turns]),
        "thoughts_precision": share([thought.right for thought in thoughts]),
        "thoughts_recall": share([belief in named_beliefs for belief in sorted(voiced)], 1),
        "thoughts_overattributed": share(
            [not all(thought.right for thought in one.thoughts) for one in turns]
        ),
    }


def _within_reach(heard: Conversation, case: ClientCase) -> set[str]:
    every = [turn for session in (*heard.earlier, heard.turns) for turn in session]
    told = told_facts(case, every)
    named = {family for turn in heard.turns if turn.role == "client" for family in feelings(turn.text)}
    return named | {family for fact in case.facts if fact.id in told for family in fact.feels}


_NAMES = tuple(
    f"{what}_{figure}"
    for what in ("feelings", "thoughts")
    for figure in ("precision", "recall", "overattributed")
)
_BASE = Measure(
    name="",
    construct="accuracy of inference",
    meaning="",
    unit="share",
    low=0,
    high=1,
    ends="0 is none; 1 is all",
    minimum="",
    perspective="observer",
    version="1-A",
    source="empathic accuracy after Ickes et al. 1990, J Pers Soc Psychol 59:730; truth is the case's own; "
    "rules ours",
    invariances=("outer white space", "letter case"),
)
_WRONG = "0 is never; 1 is every turn"

INFERENCE = Family(
    id="inference",
    measures=(
        replace(
            _BASE,
            name="feelings_precision",
            meaning="share of feelings said of the client that are true of the case or that the client had named",
            minimum="a case, 3 therapist turns and 3 feelings named",
        ),
        replace(
            _BASE,
            name="feelings_recall",
            meaning="share of the feelings told or lying in what was told that the therapist named",
            minimum="a case, 3 therapist turns and 1 such feeling",
        ),
        replace(
            _BASE,
            name="feelings_overattributed",
            meaning="share of therapist turns that name a feeling that is not true of the case",
            ends=_WRONG,
            minimum="a case and 3 therapist turns",
        ),
        replace(
            _BASE,
            name="thoughts_precision",
            meaning="share of sentences on what the client thinks that name a belief of the case or what was said",
            minimum="a case, 3 therapist turns and 3 such sentences",
        ),
        replace(
            _BASE,
            name="thoughts_recall",
            meaning="share of the beliefs that the client said, in this session or before, that the therapist named",
            minimum="a case, 3 therapist turns and 1 such belief",
        ),
        replace(
            _BASE,
            name="thoughts_overattributed",
            meaning="share of therapist turns that say that the client thinks what is neither a belief of the "
            "case nor was said",
            ends=_WRONG,
            minimum="a case and 3 therapist turns",
        ),
    ),
    coded=False,
    compute=inference,
)
"""Accuracy of inferred feelings and thoughts, by the case's truth."""
