"""The arc of courses: each measure by session, individual courses behind the mean, and what changed in the same dyads."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from therapyarc.analysis.estimates import estimate
from therapyarc.domain import Arc, ArcCourse, ArcPoint, CourseFlow, Estimate, Measurement
from therapyarc.domain.assignment import CourseAssignment
from therapyarc.domain.course import Trace
from therapyarc.domain.design import Design
from therapyarc.stats import cluster_bootstrap

__all__ = ["arcs", "course_flow"]

DISCLOSURE = "disclosure"
"""Share of the case's facts that were told by the end of the session; read from the sealed trace."""


def arcs(
    design: Design,
    assignments: Sequence[CourseAssignment],
    traces: Iterable[Trace],
    rows: Iterable[Measurement],
) -> tuple[Arc, ...]:
    """Return, for each measure and arm, means by session with intervals, courses, and the change in the same dyads.

    A mean by session is over the dyads that still meet, and these are fewer and not the same from session to session;
    beside it stands the change from the first to the last planned session in those dyads alone that reached it, with an
    interval by drawing dyads. Fewer than three dyads have no interval.
    """
    by_session = {trace.session: trace for trace in traces}
    values: dict[tuple[str, str], float] = {
        (row.session, row.measure): row.value for row in rows if row.value is not None
    }
    for name, trace in by_session.items():
        case = next((a.case for a in assignments if name in a.sessions), None)
        if case is not None:
            values[name, DISCLOSURE] = len(trace.end.told) / len(design.cases[case].facts)
    measures = [(form.construct, _unit(form.total, len(form.items)), form.when) for form in design.forms]
    measures.append((DISCLOSURE, "share of facts told, 0 to 1", "after"))
    return tuple(
        _arc(
            design,
            arm.id,
            arm.label,
            [a for a in assignments if a.arm == arm.id],
            measure,
            unit,
            values,
            by_session,
        )
        for measure, unit, _ in measures
        for arm in design.study.arms
        if any(a.arm == arm.id for a in assignments)
    )


def _unit(total: str, items: int) -> str:
    return f"sum of {items} items" if total == "sum" else f"mean of {items} items"


def _arc(
    design: Design,
    arm: str,
    label: str,
    assignments: Sequence[CourseAssignment],
    measure: str,
    unit: str,
    values: Mapping[tuple[str, str], float],
    traces: Mapping[str, Trace],
) -> Arc:
    courses = tuple(
        ArcCourse(
            course=a.course,
            actor=a.actor,
            case=a.case,
            values=tuple(values.get((session, measure)) for session in a.sessions),
            left=_left(a, traces),
        )
        for a in assignments
    )
    planned = max(len(course.values) for course in courses)
    points = []
    for place in range(planned):
        at = [
            v for course in courses if place < len(course.values) and (v := course.values[place]) is not None
        ]
        points.append(_point(design, f"{arm}/{measure}/{place}", place + 1, at))
    pairs = [
        course.values[-1] - course.values[0]
        for course in courses
        if course.values[0] is not None and course.values[-1] is not None
    ]
    return Arc(
        measure=measure,
        unit=unit,
        arm=arm,
        label=label,
        points=tuple(points),
        courses=courses,
        change=_mean(design, f"{arm}/{measure}/change", pairs, "change in the same dyads"),
        dyads=len(pairs),
    )


def _left(assignment: CourseAssignment, traces: Mapping[str, Trace]) -> bool:
    held = [traces[session] for session in assignment.sessions if session in traces]
    return len(held) < len(assignment.sessions) and bool(held)


def _point(design: Design, name: str, number: int, values: Sequence[float]) -> ArcPoint:
    found = _mean(design, name, values, "mean")
    return ArcPoint(session=number, n=len(values), mean=found.value, low=found.low, high=found.high)


def _mean(design: Design, name: str, values: Sequence[float], label: str) -> Estimate:
    if not values:
        return Estimate(name="mean", label=label, reason="no dyad has the value")
    if len(values) < 3:
        return Estimate(
            name="mean", label=label, value=float(np.mean(values)), reason="fewer than three dyads"
        )
    array = np.array(values)
    rng = np.random.default_rng([design.study.seed, *name.encode()])
    return estimate(
        "mean", label, cluster_bootstrap(lambda drawn: float(array[drawn].mean()), len(array), rng=rng)
    )


def course_flow(
    design: Design,
    assignments: Sequence[CourseAssignment],
    traces: Iterable[Trace],
    failed: Iterable[str],
    rows: Iterable[Measurement],
) -> tuple[CourseFlow, ...]:
    """Count courses by arm: planned, completed, left by the client, broken off, stopped by a failed call; and risk."""
    reported = {row.session for row in rows if row.measure.endswith(":risk") and (row.value or 0) > 0}
    by_session, stopped = {trace.session: trace for trace in traces}, set(failed)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    sessions: Counter[str] = Counter()
    endings: dict[str, Counter[str]] = defaultdict(Counter)
    for a in assignments:
        held = [by_session[session] for session in a.sessions if session in by_session]
        sessions[a.arm] += sum(trace.ended != "no_session" for trace in held)
        endings[a.arm].update(trace.ended for trace in held)
        found[a.arm][_how(a, held, stopped)] += 1
    return tuple(
        CourseFlow(
            arm=arm.id,
            label=arm.label,
            planned=found[arm.id].total(),
            completed=found[arm.id]["completed"],
            missing={name: count for name, count in sorted(found[arm.id].items()) if name != "completed"},
            sessions=sessions[arm.id],
            endings=dict(sorted(endings[arm.id].items())),
            risk_reports=sum(name in reported for a in assignments if a.arm == arm.id for name in a.sessions),
        )
        for arm in design.study.arms
        if found[arm.id]
    )


def _how(assignment: CourseAssignment, held: Sequence[Trace], stopped: set[str]) -> str:
    if len(held) == len(assignment.sessions):
        return "completed"
    if assignment.course in stopped:
        return "failed"
    if not held:
        return "not_administered"
    return "ended_early" if held[-1].ended == "therapist_silent" else "dropped_out"
