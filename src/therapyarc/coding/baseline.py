"""The baseline raters: fixed rules for offline use. They are a floor to compare raters with, not a measure of quality.

Two sets of rules look at different evidence, so that their agreement says something. `lexical` looks for words:
feelings named, phrases that validate or dismiss. `structural` looks at form: what is taken up from the client, whether
a question is open, whether reasons are given or orders. Both count presence and not amount, so that more words earn
nothing. They read English only.
"""

import re
from dataclasses import dataclass
from typing import Literal

from therapyarc.coding.rater import RatingTask, rule_rating
from therapyarc.domain import Case, Missing, Rating
from therapyarc.text import FAMILIES, content_stems, feeling_words, sentences, words

__all__ = ["MINIMUM_WORDS", "BaselineRater", "UnknownConstructError"]

MINIMUM_WORDS = 1
"""Words below which a reply is too short to rate."""


class UnknownConstructError(Exception):
    """The baseline raters have no rules for this rubric; leave them out of it or use a model or a person."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What both sets of rules look at."""

    reply: str
    case: Case

    def find(self, pattern: str) -> list[str]:
        """Return what matches, verbatim."""
        plain = self.reply.replace("’", "'")
        return [
            self.reply[match.start() : match.end()] for match in re.finditer(pattern, plain, re.IGNORECASE)
        ]

    @property
    def taken_up(self) -> set[str]:
        """Stems of the client's content words that the reply uses too."""
        return content_stems(self.reply) & content_stems(self.case.words)

    @property
    def named(self) -> list[str]:
        """Feeling words that are said of the client (their sentence has "you" in it), verbatim."""
        return [
            word.text
            for sentence in sentences(self.reply)
            if "you" in (said := words(sentence)) or "your" in said or "client" in said or len(said) < 8
            for word in feeling_words(sentence)
            if word.family != "joy"
        ]


_DISMISS = (
    r"\b(?:at least\b|look on the bright side|calm down|not (?:that|so) bad|no big deal|get over it|cheer up|don't worry|"
    r"could be worse|pull yourself together|you(?:'re| are) overreacting|just (?:stop|relax|start)|simply start|"
    r"that will pass|why (?:didn't|don't) you just)"
)
_ORDER = (
    r"\b(?:you (?:should|must|need to|have to|ought to|better)"
    r"|what you need|the best thing is|try (?:to|that|this)|make sure)\b"
)
_FLATTER = (
    r"\b(?:completely right|wonderful as you are|so honest|put that so well|nobody could say otherwise)\b"
)
_DISTRESS = r"\b(?:hard|difficult|tough|painful|a lot to carry|awful|sorry to hear|heavy)\b"
_MAKES_SENSE = (
    r"\b(?:makes (?:a lot of |perfect |complete )?sense|understandabl[ey]|no wonder|of course you|i can see why|"
    r"naturally|anyone (?:in your place|would)|(?:most|many) (?:people|of us) (?:would|feel|might)|"
    r"not (?:at all )?surpris\w+|you had every reason)\b"
)
_ACCEPT = (
    r"\b(?:thank you for (?:telling|saying|sharing)|that's (?:all right|okay)|it is (?:all right|okay)|"
    r"i hear (?:that )?you|glad you (?:told|came))\b"
)
_TENTATIVE = (
    r"\b(?:it sounds (?:like|as if)|i (?:would guess|wonder|imagine|hear that)|"
    r"perhaps|part of you|is that (?:near|right)|seems? (?:like|as if|to me))\b"
)
_BECAUSE = r"\b(?:because|after|given|since|with (?:all|everything)|when (?:you|someone|people))\b"
_OPEN = r"\b(?:what|how|where|which|tell me|say more)\b[^.?!]*\?|\b(?:tell me|say more)\b"
_BELIEF = r"\b(?:i(?:'m| am)|he|she|they|nobody|nothing|everyone|if i|that)\b"


class BaselineRater:
    """Adapter of the `Rater` port; deterministic, offline, plainly a baseline."""

    def __init__(self, rater_id: str, variant: Literal["lexical", "structural"]) -> None:
        """Make a rater.

        Parameters
        ----------
        rater_id
            The rater's id in the study.
        variant
            Which rules it follows.
        """
        self.id = rater_id
        self._lexical = variant == "lexical"

    async def rate(self, task: RatingTask) -> Rating:
        """Rate one session from 1 to 5.

        A session without a usable reply keeps its reason; a rubric that needs the hidden key is not administered
        where the case has none.

        Raises
        ------
        UnknownConstructError
            If the rubric's construct is none of the four that have rules.
        """
        return rule_rating(self.id, task, self._verdict(task))

    def _verdict(self, task: RatingTask) -> tuple[int, tuple[str, ...]] | Missing:
        if task.session.missing is not None:
            return task.session.missing
        reply = task.session.reply or ""
        if len(words(reply)) < MINIMUM_WORDS:
            return Missing.TOO_SHORT
        if task.rubric.uses_key and task.case.key is None:
            return Missing.NOT_ADMINISTERED
        rules = {
            "empathy": (_empathy_by_words, _empathy_by_form),
            "validation": (_validation_by_words, _validation_by_form),
            "anticipation_of_cognition": (_thoughts_by_words, _thoughts_by_form),
            "anticipation_of_emotion": (_feelings_by_words, _feelings_by_form),
        }.get(task.rubric.construct)
        if rules is None:
            raise UnknownConstructError(
                f"rubric {task.rubric.id}: the baseline raters have no rules for {task.rubric.construct!r}; rate it by a "
                "model or by people"
            )
        value, evidence = rules[0 if self._lexical else 1](_Heard(reply, task.case))
        return min(5, max(1, value)), tuple(dict.fromkeys(quote for quote in evidence if quote))[:4]


def _empathy_by_words(heard: _Heard) -> tuple[int, list[str]]:
    named, tentative = heard.named, heard.find(_TENTATIVE)
    distress, dismissed = heard.find(_DISTRESS), heard.find(_DISMISS)
    value = 4 if named else 2 if distress or tentative else 1
    value += bool(named and tentative) - bool(dismissed) - bool(heard.find(_FLATTER))
    return value, [*named, *tentative, *distress, *dismissed]


def _empathy_by_form(heard: _Heard) -> tuple[int, list[str]]:
    taken, orders = heard.taken_up, heard.find(_ORDER)
    speaks_of_client = heard.find(r"\byou(?:'re|'ve)?\b(?! should| must| need| have to)")
    value = 1 + bool(speaks_of_client) + min(2, len(taken) // 2) + bool(heard.find(_OPEN)) - bool(orders)
    return value, [*speaks_of_client[:1], *orders, *heard.find(_OPEN)]


def _validation_by_words(heard: _Heard) -> tuple[int, list[str]]:
    sense, accept, dismissed = heard.find(_MAKES_SENSE), heard.find(_ACCEPT), heard.find(_DISMISS)
    flatter = heard.find(_FLATTER)
    shared = heard.find(r"\b(?:anyone|many of us|most of us|i would (?:too|feel)|perhaps i)\b")
    value = 4 + bool(shared) if sense else 3 if accept else 2
    return 1 if dismissed or flatter else value, [*sense, *accept, *shared, *dismissed, *flatter]


def _validation_by_form(heard: _Heard) -> tuple[int, list[str]]:
    reasons, orders = heard.find(_BECAUSE), heard.find(_ORDER)
    value = 2 + bool(heard.named) + bool(reasons) + bool(len(heard.taken_up) >= 2) - 2 * bool(orders)
    return value, [*reasons, *orders]


def _thoughts_by_words(heard: _Heard) -> tuple[int, list[str]]:
    said = content_stems(heard.reply)
    thoughts = (
        [] if heard.case.key is None else [content_stems(thought) for thought in heard.case.key.thoughts]
    )
    hit = [bool(thought) and len(said & thought) / len(thought) >= 0.34 for thought in thoughts]
    value = (
        1
        + bool(said & set().union(*thoughts, content_stems(heard.case.words)))
        + min(2, sum(hit))
        + bool(hit and hit[0])
    )
    return value, []


def _thoughts_by_form(heard: _Heard) -> tuple[int, list[str]]:
    belief = heard.find(_BELIEF)
    beyond = content_stems(heard.reply) - content_stems(heard.case.words)
    key = set() if heard.case.key is None else content_stems(" ".join(heard.case.key.thoughts))
    value = 1 + bool(heard.taken_up) + bool(belief and beyond) + min(2, len(beyond & key))
    return value, belief[:2]


def _families(names: list[str]) -> set[str]:
    return {
        family for family, members in FAMILIES.items() if any(name.casefold() in members for name in names)
    }


def _feelings_by_words(heard: _Heard) -> tuple[int, list[str]]:
    named = [word.text for word in feeling_words(heard.reply)]
    keyed = [] if heard.case.key is None else [{f.name, *f.words} for f in heard.case.key.feelings]
    hits = [any(name.casefold() in feeling for name in named) for feeling in keyed]
    wrong = sum(not any(name.casefold() in feeling for feeling in keyed) for name in named)
    value = (
        1 + bool(named) + bool(any(hits)) + bool(hits and hits[0]) + bool(sum(hits) >= 2) - max(0, wrong - 1)
    )
    return value, named


def _feelings_by_form(heard: _Heard) -> tuple[int, list[str]]:
    named = [word.text for word in feeling_words(heard.reply)]
    key = () if heard.case.key is None else heard.case.key.feelings
    families = [_families([feeling.name, *feeling.words]) for feeling in key]
    said = _families(named)
    strength = heard.find(r"\b(?:strongly|above all|mostly|very|deep(?:ly)?|some|a little|beneath|perhaps)\b")
    value = (
        1
        + bool(said)
        + bool(families and said & families[0])
        + bool(said and said <= set().union(*families))
        + bool(strength)
    )
    return value, [*named, *strength]
