"""A page for each course: the transcript with its codes, and beside it the client's hidden state and events."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from therapyarc.domain import Findings, Session
from therapyarc.domain.client import ClientCase
from therapyarc.domain.code import FoundCode, TurnCodes
from therapyarc.domain.course import Trace
from therapyarc.report import numbers
from therapyarc.report.environment import environment
from therapyarc.report.ribbon import Beat, ribbon
from therapyarc.report.summary import synthetic_note

__all__ = ["course_pages"]


STATES = ("bond", "trust", "resistance")
"""What of the client's state is drawn, each from 0 to 1."""


def course_pages(
    findings: Findings,
    sessions: Iterable[Session],
    traces: Iterable[Trace],
    cases: Mapping[str, ClientCase],
    codes: Iterable[TurnCodes] = (),
) -> dict[str, str]:
    """Return the pages by course id; empty where the study holds no courses.

    Parameters
    ----------
    findings
        Arms, courses and their self-reports.
    sessions, traces
        What was said, and its sealed side.
    cases
        The clients by id.
    codes
        What coders found in the turns, with the words it rests on; each code is shown once a turn.
    """
    if not findings.arcs:
        return {}
    found: dict[tuple[str, int], list[TurnCodes]] = {}
    for row in codes:
        found.setdefault((row.session, row.turn), []).append(row)
    templates = environment()
    templates.filters["words"] = numbers.words
    template = templates.get_template("course.html.j2")
    sealed = {trace.session: trace for trace in traces}
    by_course: dict[str, list[Session]] = {}
    for session in sessions:
        by_course.setdefault(session.course or "", []).append(session)
    first = findings.arcs[0].measure
    pages = {}
    for arc in findings.arcs:
        if arc.measure != first:
            continue
        for course in arc.courses:
            forms = {
                other.measure: (
                    other.unit,
                    next(c.values for c in other.courses if c.course == course.course),
                )
                for other in findings.arcs
                if other.arm == arc.arm
            }
            pages[course.course] = template.render(
                findings=findings,
                arm=arc.label,
                course=course,
                case=cases[course.case],
                forms=forms,
                held=[
                    _held(s, sealed[s.id], found) for s in by_course.get(course.course, []) if s.id in sealed
                ],
                note=synthetic_note(findings, arc.arm),
            )
    return pages


def _held(
    session: Session, trace: Trace, found: Mapping[tuple[str, int], Sequence[TurnCodes]]
) -> dict[str, object]:
    """Return a session with its ribbon, its turns and what lies behind each client turn."""
    behind = {turn.exchange: turn for turn in trace.turns}
    level = {
        name: dict(
            zip(
                [0, *(turn.exchange for turn in trace.turns)],
                accumulate(
                    (turn.causes.get(name, 0.0) for turn in trace.turns), initial=getattr(trace.start, name)
                ),
                strict=True,
            )
        )
        for name in STATES
    }
    shown: list[dict[str, object]] = []
    beats: list[Beat] = []
    state: dict[str, list[float | None]] = {name: [] for name in STATES}
    exchange = 0
    for place, turn in enumerate(session.turns):
        exchange += turn.role == "therapist"
        rows = found.get((session.id, place), ())
        acts, harms = (_once(rows, harms=which) for which in (False, True))
        shown.append(
            {
                "role": turn.role,
                "text": turn.text or "(nothing came)",
                "behind": behind.get(exchange) if turn.role == "client" else None,
                "codes": acts,
                "harms": harms,
            }
        )
        beats.append(
            Beat(
                role=turn.role, codes=tuple(one.code for one in acts), harms=tuple(one.code for one in harms)
            )
        )
        for name in STATES:
            state[name].append(level[name].get(exchange) if turn.role == "client" else None)
    return {
        "session": session,
        "trace": trace,
        "turns": shown,
        "ribbon": ribbon(beats, state),
        "coders": sorted({row.coder for own in _rows(session, found) for row in own}),
    }


def _rows(
    session: Session, found: Mapping[tuple[str, int], Sequence[TurnCodes]]
) -> list[Sequence[TurnCodes]]:
    """Return the rows of codes of a session's turns."""
    return [found.get((session.id, place), ()) for place in range(len(session.turns))]


def _once(rows: Sequence[TurnCodes], *, harms: bool) -> list[FoundCode]:
    """Return each code of a turn once, with evidence where any coder quotes some."""
    every: dict[str, FoundCode] = {}
    for row in rows:
        if (row.system == "harms") != harms:
            continue
        for one in row.codes:
            if one.code not in every or not every[one.code].evidence:
                every[one.code] = one
    return [every[name] for name in sorted(every)]
