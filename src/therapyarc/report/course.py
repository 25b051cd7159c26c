"""A page for each course: the transcript, and beside it acts, the client's hidden state, and events."""

from collections.abc import Iterable, Mapping

from therapyarc.domain import Findings, Session
from therapyarc.domain.client import ClientCase
from therapyarc.domain.course import Trace
from therapyarc.report.environment import environment
from therapyarc.report.summary import synthetic_note

__all__ = ["course_pages"]


def course_pages(
    findings: Findings, sessions: Iterable[Session], traces: Iterable[Trace], cases: Mapping[str, ClientCase]
) -> dict[str, str]:
    """Return the pages by course id; empty where the study holds no courses."""
    if not findings.arcs:
        return {}
    templates = environment()
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
                    (s, sealed[s.id], _exchanges(s, sealed[s.id])) for s in by_course.get(course.course, [])
                ],
                note=synthetic_note(findings, arc.arm),
            )
    return pages


def _exchanges(session: Session, trace: Trace) -> list[dict[str, object]]:
    """Return the turns with what lies behind each client turn."""
    behind = {turn.exchange: turn for turn in trace.turns}
    shown: list[dict[str, object]] = []
    exchange = 0
    for turn in session.turns:
        exchange += turn.role == "therapist"
        shown.append(
            {
                "role": turn.role,
                "text": turn.text or "(nothing came)",
                "behind": behind.get(exchange) if turn.role == "client" else None,
            }
        )
    return shown
