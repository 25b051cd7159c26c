"""What happens around problem-solving at a turn of feeling: three exchanges before and after, beside turns without it."""

from collections.abc import Sequence

import numpy as np

from therapyarc.analysis.estimates import estimate
from therapyarc.domain import SHARE, Estimate
from therapyarc.domain.assignment import CourseAssignment
from therapyarc.domain.client import ClientCase
from therapyarc.domain.course import Trace, TraceTurn
from therapyarc.domain.design import Design
from therapyarc.domain.trajectory import EventFinding
from therapyarc.stats import event_study

__all__ = ["events"]

SOLVING = frozenset({"advice_with_permission", "advice_without_permission", "plan"})
EVENT = "advice or a plan in answer to a feeling"
REACH = 3
FEWEST = 10
"""Events below which nothing is shown."""
_SIGNALS = (
    ("told", "share of exchanges in which the client tells a fact"),
    ("resistance", "share of exchanges in which the client resists"),
    ("bond", "change of the client's bond in the exchange, 0 to 1"),
)


def events(
    design: Design, courses: Sequence[CourseAssignment], traces: Sequence[Trace]
) -> tuple[EventFinding, ...]:
    """Follow three signals around exchanges in which the therapist answers a feeling with advice or a plan.

    The client's turn before held a feeling: it told a fact that hurts, or spoke of its mood. Events and signals are read
    from the sealed trace of simulated clients. Courses are drawn in the bands. Empty where there are no courses.
    """
    of = {name: course for course in courses for name in course.sessions}
    held = [trace for trace in traces if trace.session in of and len(trace.turns) > 2 * REACH]
    at = [
        [
            place
            for place, (before, turn) in enumerate(zip(trace.turns, trace.turns[1:], strict=False), start=1)
            if _feeling(design.cases[of[trace.session].case], before) and SOLVING & set(turn.acts)
        ]
        for trace in held
    ]
    if not held:
        return ()
    count = sum(map(len, at))
    clusters = [of[trace.session].course for trace in held]
    found = []
    for name, label in _SIGNALS:
        if count < FEWEST:
            reason = f"{count} such events, fewer than {FEWEST}"
            nothing = Estimate(name=f"around_{name}", label=label, reason=reason)
            found.append(
                EventFinding(event=EVENT, signal=name, label=label, events=count, difference=(nothing,))
            )
            continue
        series = [[_signal(name, turn) for turn in trace.turns] for trace in held]
        rng = np.random.default_rng([design.study.seed, *name.encode()])
        result = event_study(series, at, clusters, rng=rng, reach=REACH, draws=300)
        bands = [
            tuple(
                estimate(f"{what}_{name}", f"{offset:+d}", one, "" if name == "bond" else SHARE)
                for offset, one in zip(result.offsets, band, strict=True)
            )
            for what, band in (
                ("around", result.around),
                ("placebo", result.placebo),
                ("difference", result.difference),
            )
        ]
        found.append(
            EventFinding(
                event=EVENT,
                signal=name,
                label=label,
                events=result.events,
                unmatched=result.unmatched,
                offsets=result.offsets,
                around=bands[0],
                placebo=bands[1],
                difference=bands[2],
            )
        )
    return tuple(found)


def _feeling(case: ClientCase, turn: TraceTurn) -> bool:
    if turn.intent == "mood":
        return True
    fact = next((one for one in case.facts if one.id == turn.fact), None)
    return fact is not None and bool(fact.feels)


def _signal(name: str, turn: TraceTurn) -> float:
    if name == "told":
        return float(turn.fact is not None)
    if name == "resistance":
        return float(turn.resistance is not None)
    return turn.causes.get("bond", 0.0)
