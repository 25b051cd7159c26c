"""Ruptures and resistance: strains by marker, how soon repair is tried, what is missed, and what resistance is met with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.family import Family
from therapyarc.measures.groups import ADVICE, BLUNT, OPEN, PUSH, REFLECTION, RUPTURE, resists
from therapyarc.measures.shares import LEAST, mean, share

__all__ = [
    "RUPTURES",
    "WITHIN",
    "RuptureEvent",
    "answer_to_resistance",
    "premature",
    "rupture",
    "rupture_events",
]

WITHIN = 3
"""Therapist turns within which a strain counts as repaired or else as missed."""

_ATTEMPT = frozenset({"repair", "validate", "autonomy"})
_ROLL = REFLECTION | OPEN | _ATTEMPT | {"affirm"}
_HEARD_FIRST = 3


@dataclass(frozen=True, slots=True)
class RuptureEvent:
    """One strain, from its first marker."""

    place: int
    """Place of the client's turn in which it shows first."""
    kind: Literal["withdrawal", "confrontation"]
    """Turning away or turning against; against where the turn shows both."""
    latency: int | None
    """Exchanges from the marker to the first attempt at repair (1 is the next reply); none without one."""
    repaired: bool
    """Whether an attempt came within `WITHIN` replies and the client's next turn neither strained nor resisted."""
    answered: int
    """Therapist turns after the marker, at most `WITHIN`."""


def rupture_events(heard: Conversation) -> list[RuptureEvent]:
    """Return the strains of a session in order.

    A strain opens with a client turn that is coded withdrawal or confrontation. Markers within the next `WITHIN` exchanges
    belong to it until it is repaired. An attempt at repair names the strain and owns a part in it (`repair`), or gives the
    client's side its due (`validate`) or the choice back (`autonomy`): direct and indirect strategies.

    Source: markers and strategies after Eubanks, Muran and Safran 2015, manual of the Rupture Resolution Rating System.
    """
    found: list[RuptureEvent] = []
    closed = -1
    for place in heard.of("client"):
        if place <= closed or not heard.codes[place] & RUPTURE:
            continue
        replies = [
            one for one in range(place + 1, len(heard.turns), 2) if heard.turns[one].role == "therapist"
        ]
        tries = [n for n, one in enumerate(replies, 1) if heard.codes[one] & _ATTEMPT]
        mended = [
            n
            for n in tries
            if n <= WITHIN
            and (after := replies[n - 1] + 1) < len(heard.turns)
            and not heard.codes[after] & RUPTURE
            and not resists(heard, after)
        ]
        end = mended[0] if mended else WITHIN
        closed = place + 2 * end - 1
        found.append(
            RuptureEvent(
                place,
                "confrontation" if "rupture_confrontation" in heard.codes[place] else "withdrawal",
                tries[0] if tries else None,
                bool(mended),
                min(WITHIN, len(replies)),
            )
        )
    return found


def answer_to_resistance(codes: frozenset[str]) -> Literal["rolls", "pushes", "neither"]:
    """Return what a reply to resistance does: pushes if it argues, advises unasked or explains; else rolls if it says back,
    accepts, asks openly or gives the choice back.
    """
    if codes & PUSH:
        return "pushes"
    return "rolls" if codes & _ROLL else "neither"


def premature(heard: Conversation, own: Sequence[int]) -> list[bool]:
    """Return for each therapist turn whether it advises too early: unasked and without leave, and before the therapist has
    said back or asked openly in three turns, or straight upon a feeling that hurts or resistance.
    """
    listened, result = 0, []
    for place in own:
        codes = heard.codes[place]
        before = heard.codes[place - 1] if place else frozenset[str]()
        advises = bool(codes & ADVICE) and not codes & {"advice_with_permission", "homework_review"}
        raw = place > 0 and ("negative_feeling" in before or resists(heard, place - 1))
        early = listened < _HEARD_FIRST or (raw and not codes & REFLECTION)
        result.append(advises and "wish_for_advice" not in before and early)
        listened += bool(codes & (REFLECTION | OPEN))
    return result


def rupture(heard: Conversation) -> dict[str, float | Missing]:
    """Return the figures of one session."""
    own = heard.of("therapist")
    events = rupture_events(heard)
    told = len(heard.of("client")) >= LEAST
    due = [one for one in events if one.repaired or one.answered >= WITHIN]
    met = [answer_to_resistance(heard.codes[place]) for place in own if place and resists(heard, place - 1)]
    return {
        "rupture_withdrawals": _number(events, "withdrawal") if told else Missing.TOO_SHORT,
        "rupture_confrontations": _number(events, "confrontation") if told else Missing.TOO_SHORT,
        "rupture_latency": mean([one.latency for one in events if one.latency is not None], 1),
        "rupture_repaired": share([one.repaired for one in due], 1),
        "rupture_missed": share([one.latency is None or one.latency > WITHIN for one in due], 1),
        "resistance_rolled": share([one == "rolls" for one in met]),
        "resistance_pushed": share([one == "pushes" for one in met]),
        "resistance_confronted": share(
            [bool(heard.codes[p] & BLUNT) for p in own if p and resists(heard, p - 1)]
        ),
        "premature_advice": share(premature(heard, own)),
    }


def _number(events: Sequence[RuptureEvent], kind: str) -> float:
    return float(sum(one.kind == kind for one in events))


_BASE = Measure(
    name="",
    construct="rupture and repair",
    meaning="",
    unit="share",
    low=0,
    high=1,
    ends="0 is none; 1 is every one",
    minimum="1 rupture with three replies after it, or repaired before",
    perspective="text",
    version="1-A",
    source="after Eubanks, Muran and Safran 2015 (3RS); own rules on behaviour codes",
    invariances=("outer white space", "letter case"),
)
_COUNT = replace(
    _BASE, unit="ruptures", high=None, ends="0 is none; more is more strain", minimum="3 client turns"
)
_RESISTANCE = replace(
    _BASE,
    construct="resistance",
    minimum="3 replies to resistance",
    source="rolling with resistance: Miller and Rollnick 2013; own rules on behaviour codes",
)

RUPTURES = Family(
    id="rupture",
    measures=(
        replace(_COUNT, name="rupture_withdrawals", meaning="strains that show as turning away"),
        replace(_COUNT, name="rupture_confrontations", meaning="strains that show as turning against"),
        replace(
            _BASE,
            name="rupture_latency",
            meaning="mean exchanges from a strain to the first attempt at repair, where there is one",
            unit="exchanges",
            low=1,
            high=None,
            ends="1 is in the next reply; more is later",
            minimum="1 rupture with an attempt at repair",
        ),
        replace(
            _BASE,
            name="rupture_repaired",
            meaning="share of strains with an attempt within three replies that the client answers without "
            "strain or resistance",
        ),
        replace(
            _BASE,
            name="rupture_missed",
            meaning="share of strains without any attempt at repair within three replies",
        ),
        replace(
            _RESISTANCE,
            name="resistance_rolled",
            meaning="share of replies to resistance that say back, accept, ask openly or leave the choice, and "
            "do not push",
        ),
        replace(
            _RESISTANCE,
            name="resistance_pushed",
            meaning="share of replies to resistance that argue, advise unasked or explain",
        ),
        replace(
            _RESISTANCE,
            name="resistance_confronted",
            meaning="share of replies to resistance that contradict, play down or harm",
        ),
        replace(
            _RESISTANCE,
            name="premature_advice",
            meaning="share of therapist turns that advise unasked before three turns of listening, or straight "
            "upon a "
            "feeling that hurts or resistance",
            minimum="3 therapist turns",
        ),
    ),
    compute=rupture,
)
"""Ruptures, their repair, and answers to resistance."""
