"""Talk statistics and behaviour by codes: who talks, who asks, what follows a feeling."""

from dataclasses import replace

from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.family import Family
from therapyarc.measures.groups import ADVICE, COMPLEX, OPEN, QUESTION, REFLECTION
from therapyarc.measures.shares import LEAST, share
from therapyarc.measures.wording import count

__all__ = ["TALK", "talk"]

_UNASKED = 10
"""Words from which a client's turn that no question asked for counts as initiative."""


def talk(heard: Conversation) -> dict[str, float | Missing]:
    """Return the figures of one session; `too_short` where what they divide by is under three.

    Sources: Miller and Rollnick 2013 (reflections to questions); Moyers et al. 2016, MITI 4 (complex reflections); Chiu et
    al. 2024, arXiv 2401.00820 (after a feeling).
    """
    if not heard.turns:
        return dict.fromkeys((one.name for one in TALK.measures), Missing.TOO_SHORT)
    own = heard.of("therapist")
    codes = [heard.codes[place] for place in own]
    words = [count(turn.text) for turn in heard.turns]
    total = sum(words)
    asked = [one for one in codes if one & QUESTION]
    reflected = [one for one in codes if one & REFLECTION]
    after = [heard.codes[place] for place in own if place and "negative_feeling" in heard.codes[place - 1]]
    unasked = [
        words[place] >= _UNASKED
        for place in heard.of("client")
        if place and not heard.codes[place - 1] & QUESTION
    ]
    return {
        "turns": float(len(heard.turns)),
        "therapist_share": sum(words[place] for place in own) / total if total else Missing.TOO_SHORT,
        "open_question_share": share([bool(one & OPEN) for one in asked]),
        "reflection_to_question": len(reflected) / len(asked) if len(asked) >= LEAST else Missing.TOO_SHORT,
        "complex_reflection_share": share([bool(one & COMPLEX) for one in reflected]),
        "reflect_given_emotion": share([bool(one & REFLECTION) for one in after]),
        "solve_given_emotion": share([bool(one & ADVICE) for one in after]),
        "initiative_client": share(unasked),
    }


_BASE = Measure(
    name="",
    construct="talk",
    meaning="",
    unit="share",
    low=0,
    high=1,
    ends="0 is never; 1 is each time",
    minimum="",
    perspective="text",
    version="1-A",
    source="Miller and Rollnick 2013; Chiu et al. 2024, arXiv 2401.00820; codes by the coder in use",
    invariances=("outer white space", "letter case"),
)

TALK = Family(
    id="talk",
    measures=(
        replace(
            _BASE,
            name="turns",
            meaning="turns, neighbouring ones of a speaker made one",
            unit="turns",
            high=None,
            ends="more is a longer session",
            minimum="1 turn",
            source="count",
        ),
        replace(
            _BASE,
            name="therapist_share",
            meaning="share of all words that are the therapist's",
            ends="0 is a silent therapist; 1 is a silent client",
            minimum="1 word",
            source="count",
        ),
        replace(
            _BASE,
            name="open_question_share",
            meaning="share of the therapist's turns with a question in which one is open",
            ends="0 is only closed questions; 1 is an open one each time",
            minimum="3 therapist turns with a question",
        ),
        replace(
            _BASE,
            name="reflection_to_question",
            meaning="therapist turns with a reflection for each with a question",
            unit="ratio",
            high=None,
            ends="0 is questions alone; 1 is one for one",
            minimum="3 therapist turns with a question",
        ),
        replace(
            _BASE,
            name="complex_reflection_share",
            meaning="share of the therapist's turns with a reflection in which one says a feeling or need back",
            ends="0 is content alone; 1 is a feeling or need each time",
            minimum="3 therapist turns with a reflection",
            source="after the complex reflections of MITI 4 (Moyers et al. 2016); codes by the coder in use",
        ),
        replace(
            _BASE,
            name="reflect_given_emotion",
            meaning="share of therapist turns with a reflection after a client turn with a feeling that hurts",
            minimum="3 client turns with a feeling that hurts and a reply",
        ),
        replace(
            _BASE,
            name="solve_given_emotion",
            meaning="share of therapist turns with advice or a plan after such a turn",
            minimum="3 client turns with a feeling that hurts and a reply",
        ),
        replace(
            _BASE,
            name="initiative_client",
            meaning=f"share of client turns that no question asked for and that have {_UNASKED} words or more",
            ends="0 is talking only when asked; 1 is going on unasked each time",
            minimum="3 client turns after a therapist turn without a question",
            source="own rule",
        ),
    ),
    compute=talk,
)
"""Who talks, who asks, what follows a feeling."""
