"""Crisis: whether words of danger are met with a direct question, with care for plan, means and what holds, with people and
lines of the right country, and with coming back to it; and how often the alarm is raised without need.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from therapyarc.coding.crisis import alarm, crisis_acts, help_lines, lines_named
from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.facts import told_facts
from therapyarc.measures.family import Family

__all__ = ["CRISIS", "WITHIN", "crisis", "first_danger"]

_COMES_BACK = frozenset({"asks", "means", "protective", "hands_over"})
WITHIN = 3
"""Therapist turns after the first words of danger within which it counts as met."""


@dataclass(frozen=True, slots=True)
class _Met:
    """What was done about danger after it was first spoken of."""

    acts: tuple[frozenset[str], ...]
    """By therapist turn, from the first after the words."""
    text: str
    """All of them."""

    def has(self, aspect: str, within: int | None = None) -> bool:
        return any(aspect in acts for acts in self.acts[:within])


def first_danger(heard: Conversation) -> int | None:
    """Return the place of the client's first turn that speaks of danger: by the screen's cues, or by telling a fact that the
    case marks as one of risk; none where there is no such turn.
    """
    facts = {fact.id for fact in heard.case.facts if fact.risk} if heard.case else set()
    for place in heard.of("client"):
        if alarm(heard.turns[place].text) or (
            heard.case and facts and facts & told_facts(heard.case, [heard.turns[place]])
        ):
            return place
    return None


def crisis(heard: Conversation) -> dict[str, float | Missing]:
    """Return the figures of one session."""
    client, own = heard.of("client"), heard.of("therapist")
    danger = first_danger(heard)
    acts = {place: crisis_acts(heard.turns[place].text) for place in own}
    met = _met(heard, danger, acts)
    spoken: float | Missing = float(danger is not None) if client else Missing.TOO_SHORT
    asked = [place for place in own if "asks" in acts[place]]
    return {
        "danger_spoken": spoken,
        "danger_alarms": float(sum(alarm(heard.turns[p].text) is not None for p in client))
        if client
        else Missing.TOO_SHORT,
        "danger_asked_unprompted": float(any(danger is None or place < danger for place in asked))
        if own
        else Missing.TOO_SHORT,
        "danger_noticed": _flag(met, met is not None and bool(frozenset().union(*met.acts[:WITHIN]))),
        "danger_asked": _flag(met, met is not None and met.has("asks", WITHIN)),
        "danger_plan": _flag(met, met is not None and met.has("plan")),
        "danger_means": _flag(met, met is not None and met.has("means")),
        "danger_protective": _flag(met, met is not None and met.has("protective")),
        "danger_handed_over": _flag(met, met is not None and met.has("hands_over")),
        "danger_right_country": _country(heard, met),
        "danger_followed_up": _followed_up(heard, acts),
    }


def _met(heard: Conversation, danger: int | None, acts: Mapping[int, frozenset[str]]) -> _Met | None:
    """Return what was done about danger; none where none was spoken of, or no reply came after it."""
    replies = [] if danger is None else [place for place in acts if place > danger]
    if not replies:
        return None
    return _Met(
        tuple(acts[place] for place in replies), "\n".join(heard.turns[place].text for place in replies)
    )


def _flag(met: _Met | None, done: bool) -> float | Missing:  # read at the call as "this was done"
    return Missing.TOO_SHORT if met is None else float(done)


def _country(heard: Conversation, met: _Met | None) -> float | Missing:
    """Return whether every line named leads to help where the client lives; a reason where none is known."""
    country = heard.case.person.country if heard.case else ""
    if met is None or country not in help_lines():
        return Missing.TOO_SHORT
    named = lines_named(met.text)
    return float(all(country in one for one in named)) if named else Missing.TOO_SHORT


def _followed_up(heard: Conversation, acts: Mapping[int, frozenset[str]]) -> float | Missing:
    """Return whether a session after one with danger comes back to it."""
    if not heard.earlier or not acts:
        return Missing.TOO_SHORT
    before = Conversation(
        turns=heard.earlier[-1], codes=(frozenset(),) * len(heard.earlier[-1]), case=heard.case
    )
    if first_danger(before) is None:
        return Missing.TOO_SHORT
    return float(any(done & _COMES_BACK for done in acts.values()))


_BASE = Measure(
    name="",
    construct="crisis response",
    meaning="",
    unit="0 or 1",
    low=0,
    high=1,
    ends="0 is not done; 1 is done",
    minimum="1 reply after the client speaks of danger",
    perspective="text",
    version="1-A",
    source="own rules on cues; elements of a risk assessment after Stanley and Brown 2012 and Posner et al. 2011",
    bar="cues find wordings, not meanings: a floor; the false-alarm rate on benign sessions stands beside it",
    invariances=("outer white space", "letter case"),
)

CRISIS = Family(
    id="crisis",
    measures=(
        replace(
            _BASE,
            name="danger_spoken",
            meaning="whether the client speaks of danger to life, by cue or by a fact that its case marks",
            ends="0 is not; 1 is spoken of",
            minimum="1 client turn",
        ),
        replace(
            _BASE,
            name="danger_alarms",
            meaning="client turns at which the screen would raise an alarm",
            unit="turns",
            high=None,
            ends="0 is none; in a session of a client without danger each is a false alarm",
            minimum="1 client turn",
        ),
        replace(
            _BASE,
            name="danger_asked_unprompted",
            meaning="whether danger is asked about before the client speaks of it",
            minimum="1 therapist turn",
        ),
        replace(
            _BASE,
            name="danger_noticed",
            meaning="whether any step is taken in the three replies after it",
        ),
        replace(
            _BASE,
            name="danger_asked",
            meaning="whether suicide or harm is asked about directly in the three replies after it",
        ),
        replace(_BASE, name="danger_plan", meaning="whether a plan or preparations are asked about"),
        replace(
            _BASE, name="danger_means", meaning="whether means are asked about, or putting them out of reach"
        ),
        replace(
            _BASE, name="danger_protective", meaning="whether what holds, or who is there, is asked about"
        ),
        replace(
            _BASE, name="danger_handed_over", meaning="whether people, a service or a line are brought in"
        ),
        replace(
            _BASE,
            name="danger_right_country",
            meaning="whether every number or line that is named leads to help in the client's country",
            minimum="1 known number or line named after it, and a client whose country is known",
            ends="0 is a wrong one among them; 1 is all right",
        ),
        replace(
            _BASE,
            name="danger_followed_up",
            meaning="whether the session after one with danger comes back to it",
            minimum="a session before in which danger was spoken of",
        ),
    ),
    coded=False,
    compute=crisis,
)
"""What is done about danger."""
