"""Socratic questioning: steps, chains of them, what the client makes of them, and answers given in their place."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.family import Family
from therapyarc.measures.groups import OPEN, PUSH, QUESTION, REFLECTION, kind_of, resists
from therapyarc.measures.shares import mean, share
from therapyarc.measures.wording import Marker, count, stems

__all__ = ["SOCRATIC", "Step", "chains", "question_step", "socratic"]

_BELIEF = Marker.of(
    "another assume assumed assumes assuming assumption assumptions belief believe conclude "
    "conclusion conclusions convinced evidence expect friend how idea make makes mean proof rule say "
    "speak speaks think thinking thought thoughts true truth",
    r"\b(?:think(?:ing)?|thoughts?|believe|belief|true|truth|evidence|proof|(?:how|"
    r"what makes you) (?:so )?(?:sure|certain)|convinced|conclusions?|conclude|assum(?:e|es|ed|ing|"
    r"ptions?)|expect|(?:does|would|did|might) (?:it|that|this) (?:mean|say)|what do you make of|"
    r"idea that|rule|another way|if a friend|a friend (?:said|told)|how do you know|speaks? (?:for|"
    r"against))\b",
)
_LEADS = Marker.of(
    "surely t",
    r"(?:^|[,.;!?]\s*|\band |\bbut |\bso |\bwell )(?:don't you|isn't (?:it|that|this)|wouldn't (?:you|it)|"
    r"aren't you|won't you|doesn't (?:it|that)|can't you|shouldn't you)\b|\bsurely\b",
)
_UPTAKE_WORDS = 4


@dataclass(frozen=True, slots=True)
class Step:
    """Which of the five marks of a Socratic step a question has."""

    question: bool
    """It asks."""
    open: bool
    """It cannot be answered with yes, no or a fact."""
    belief: bool
    """It is aimed at what the client thinks or takes to be so."""
    builds: bool
    """It takes up a content word of the client's last turn, or says that turn back first."""
    leaves: bool
    """It leaves the conclusion to the client: no leading form, advice, explanation or contradiction beside it."""

    @property
    def marks(self) -> int:
        """How many of the five it has."""
        return sum(getattr(self, one.name) for one in fields(self))

    @property
    def whole(self) -> bool:
        """Whether it has all five."""
        return self.marks == len(fields(self))


def question_step(codes: frozenset[str], text: str, before: str = "") -> Step:
    """Return the marks of one therapist turn; `socratic` counts as open and as aimed at a belief."""
    return Step(
        question=bool(codes & QUESTION),
        open=bool(codes & OPEN),
        belief="socratic" in codes or _BELIEF.within(text),
        builds=bool(codes & REFLECTION) or not stems(text).isdisjoint(stems(before)),
        leaves=not _gives(codes, text),
    )


def _gives(codes: frozenset[str], text: str) -> bool:
    return bool(codes & PUSH) or _LEADS.within(text)


def chains(heard: Conversation, steps: Sequence[int]) -> list[list[int]]:
    """Return runs of steps in neighbouring therapist turns; a turn between that only says back or acknowledges breaks none.

    Parameters
    ----------
    heard
        The session.
    steps
        Places of the steps.
    """
    wanted = set(steps)
    found: list[list[int]] = []
    open_chain = False
    for place in heard.of("therapist"):
        if place in wanted:
            if open_chain:
                found[-1].append(place)
            else:
                found.append([place])
            open_chain = True
        elif kind_of(heard.codes[place]) not in {"say back", "other", "accept"}:
            open_chain = False
    return found


def socratic(heard: Conversation) -> dict[str, float | Missing]:
    """Return the figures of one session.

    The change of a belief's conviction is no figure of the words; it comes from forms or from the sealed trace.
    """
    own = heard.of("therapist")
    marks = {
        place: question_step(
            heard.codes[place], heard.turns[place].text, heard.turns[place - 1].text if place else ""
        )
        for place in own
    }
    steps = [place for place in own if marks[place].whole]
    runs = chains(heard, steps)
    long = [run for run in runs if len(run) >= 2]
    answered = [place for place in steps if place + 1 < len(heard.turns)]
    adapted = [
        kind_of(heard.codes[place + 1]) != kind_of(heard.codes[place - 1])
        for place in heard.of("client")
        if 0 < place < len(heard.turns) - 1 and resists(heard, place)
    ]
    return {
        "socratic_steps": share([place in set(steps) for place in own]),
        "socratic_marks": mean([one.marks for one in marks.values() if one.question]),
        "socratic_chain": float(max((len(run) for run in runs), default=0))
        if len(own) >= 3
        else Missing.TOO_SHORT,
        "socratic_uptake": share([_taken_up(heard, place) for place in answered]),
        "socratic_adaptation": share(adapted),
        "socratic_answers_given": share([_gives(heard.codes[p], heard.turns[p].text) for p in own]),
        "socratic_conclusions": share([_concluded(heard, run) for run in long], 1),
    }


def _taken_up(heard: Conversation, place: int) -> bool:
    """Say whether the client's answer to a step works with it: four words or more, no resistance, a content word of the
    question taken up, or a turn for insight or change.
    """
    answer = place + 1
    text = heard.turns[answer].text
    if resists(heard, answer) or count(text) < _UPTAKE_WORDS:
        return False
    return bool(heard.codes[answer] & {"insight", "change"}) or not stems(text).isdisjoint(
        stems(heard.turns[place].text)
    )


def _concluded(heard: Conversation, run: Sequence[int]) -> bool:
    """Say whether the client draws a conclusion from the second step of a chain to two client turns after its last."""
    return any(
        "insight" in heard.codes[place] for place in range(run[1] - 1, min(run[-1] + 4, len(heard.turns)))
    )


_BASE = Measure(
    name="",
    construct="Socratic questioning",
    meaning="",
    unit="share",
    low=0,
    high=1,
    ends="0 is none; 1 is every one",
    minimum="3 therapist turns",
    perspective="text",
    version="1-A",
    source="marks after Padesky 1993 and Overholser 1993, Psychotherapy 30:67; own rules on behaviour codes",
    invariances=("outer white space", "letter case"),
)

SOCRATIC = Family(
    id="socratic",
    measures=(
        replace(
            _BASE,
            name="socratic_steps",
            meaning="share of therapist turns with all five marks: asks, openly, at a belief, builds on the "
            "last reply, "
            "leaves the conclusion to the client",
        ),
        replace(
            _BASE,
            name="socratic_marks",
            meaning="mean number of the five marks over therapist turns that ask",
            unit="marks, 0 to 5",
            low=1,
            high=5,
            ends="1 is bare questions; 5 is whole steps alone",
            minimum="3 therapist turns that ask",
        ),
        replace(
            _BASE,
            name="socratic_chain",
            meaning="longest run of steps in neighbouring therapist turns, over turns that only say back",
            unit="steps",
            high=None,
            ends="0 is no step; more is longer guided discovery",
        ),
        replace(
            _BASE,
            name="socratic_uptake",
            meaning="share of steps whose answer has four words or more, does not resist, and takes up the "
            "question or turns to "
            "insight or change",
            minimum="3 steps with an answer",
        ),
        replace(
            _BASE,
            name="socratic_adaptation",
            meaning="share of resistant client turns after which the therapist's move is of another kind than "
            "before them",
            ends="0 is the same again each time; 1 is another move each time",
            minimum="3 resistant client turns between therapist turns",
        ),
        replace(
            _BASE,
            name="socratic_answers_given",
            meaning="share of therapist turns that give the answer: contradict, advise unasked, explain, or lead",
            ends="0 is never; 1 is every turn",
        ),
        replace(
            _BASE,
            name="socratic_conclusions",
            meaning="share of chains of two or more steps in or after which the client draws a conclusion",
            minimum="1 chain of two steps",
        ),
    ),
    compute=socratic,
)
"""Socratic questioning."""
