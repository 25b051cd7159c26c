"""The first arrow of a run: single replies and courses, each as far as it is not there yet."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from therapyarc.cli.people import answered, held_by_people, spoken_to_people
from therapyarc.cli.progress import Progress
from therapyarc.dialogue.course import Held
from therapyarc.dialogue.probing import probe_replies
from therapyarc.domain import Missing, ProbeReply, Rating, Session
from therapyarc.domain.assignment import Assignment, CourseAssignment
from therapyarc.domain.call import Call
from therapyarc.domain.code import TurnCodes
from therapyarc.domain.course import Trace
from therapyarc.domain.design import Design
from therapyarc.files.run import RunFolder, open_calls, open_courses, open_sessions, open_traces
from therapyarc.tasks.conduct import conduct
from therapyarc.tasks.courses import hold_courses

__all__ = ["HeldCourses", "courses", "failed_calls", "single_replies"]


def single_replies(
    folder: RunFolder,
    design: Design,
    assignments: Sequence[Assignment],
    progress: Progress,
    people: str | None,
) -> list[Session]:
    """Hold the single replies that are not there yet; return the latest of every planned one."""
    with open_sessions(folder, design) as journal, open_calls(folder, design) as calls:
        latest = _latest_sessions(journal.records)
        waiting = [
            a for a in assignments if a.session not in latest or latest[a.session].missing is Missing.FAILED
        ]
        advance = progress.phase("sessions", len(assignments), len(assignments) - len(waiting))

        def keep(session: Session) -> None:
            journal.append(session)
            advance()

        def note(call: Call) -> None:
            calls.append(call)
            progress.note(call)

        conduct(design, waiting, logs=folder.logs, on_session=keep, on_call=note)
        for session in answered(folder, design, [a.session for a in assignments], people):
            if latest.get(session.id) != session:  # new, finished since the last run, or withdrawn
                keep(session)
        planned = {assignment.session for assignment in assignments}
        found = _latest_sessions(session for session in journal.records if session.id in planned)
        return [latest for _, latest in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class HeldCourses:
    """What there is of ongoing therapy."""

    assignments: tuple[CourseAssignment, ...] = ()
    """The key."""
    held: dict[str, list[Held]] = field(default_factory=dict)
    """By course, its sessions so far."""
    failed: tuple[str, ...] = ()
    """Courses that a failed call stopped."""

    @property
    def sessions(self) -> list[Session]:
        """Every session, in the order of the key."""
        return [one.session for held in self.held.values() for one in held]

    @property
    def probes(self) -> list[ProbeReply]:
        """Probes that clients put, and where their replies stand."""
        return list(probe_replies(self.sessions, self.traces))

    @property
    def spoken(self) -> list[Session]:
        """Sessions in which something was said: not the weeks of those without therapy."""
        return [session for session in self.sessions if session.ended != "no_session"]

    @property
    def traces(self) -> list[Trace]:
        """The sealed side of the sessions."""
        return [one.trace for held in self.held.values() for one in held]


def courses(folder: RunFolder, design: Design, progress: Progress, people: str | None) -> HeldCourses:
    """Hold the courses as far as they are not there yet."""
    assignments = open_courses(folder, design)
    if not assignments:
        return HeldCourses()
    with (
        open_sessions(folder, design) as sessions,
        open_traces(folder, design) as traces,
        open_calls(folder, design) as calls,
    ):
        known = _held(assignments, sessions.records, traces.records)
        planned = sum(len(assignment.sessions) for assignment in assignments)
        advance = progress.phase("courses", planned, sum(map(len, known.values())))

        def keep(held: Held) -> None:
            traces.append(
                replace(held.trace, note=held.note)
            )  # first, so that no session is ever without its trace
            sessions.append(held.session)
            advance()

        def note(call: Call) -> None:
            calls.append(call)
            progress.note(call)

        for course, held in held_by_people(folder, design, people).items():
            for one in held[len(known.get(course, ())) :]:
                keep(one)
        known_calls = Counter(calls.records)
        for call, count in Counter(spoken_to_people(folder, design, people)).items():
            for _ in range(count - known_calls[call]):
                note(call)
        failed = hold_courses(design, assignments, known, logs=folder.logs, on_held=keep, on_call=note)
        return HeldCourses(assignments, _held(assignments, sessions.records, traces.records), failed)


def _held(
    assignments: Iterable[CourseAssignment], sessions: Iterable[Session], traces: Iterable[Trace]
) -> dict[str, list[Held]]:
    said, sealed = {s.id: s for s in sessions}, {t.session: t for t in traces}
    return {
        a.course: [
            Held(said[name], sealed[name], sealed[name].note)
            for name in a.sessions
            if name in said and name in sealed
        ]
        for a in assignments
    }


def _latest_sessions(records: Iterable[Session]) -> dict[str, Session]:
    return {session.id: session for session in records}


def failed_calls(sessions: Sequence[Session], ratings: Sequence[Rating], codes: Sequence[TurnCodes]) -> int:
    """Count calls that failed; what was not rated because its reply had failed is no call."""
    unsaid = {session.id for session in sessions if session.missing is Missing.FAILED}
    rated = [rating.missing for rating in ratings if rating.session not in unsaid]
    return len(unsaid) + [*rated, *(code.missing for code in codes)].count(Missing.FAILED)
