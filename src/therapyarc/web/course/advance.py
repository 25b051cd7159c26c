"""A course goes on: the client's next words are worked out, stored, and only then shown."""

import threading

from sqlalchemy import Connection

from therapyarc.dialogue.client.dynamics import coefficients
from therapyarc.dialogue.course import carried_over, is_over
from therapyarc.dialogue.monitor import CueScreen, Monitor
from therapyarc.files.sealed import seal
from therapyarc.web.course.kept import (
    KeptCourse,
    course_of,
    end_session,
    keep_turn,
    leave_course,
    start_session,
)
from therapyarc.web.course.person import Said, replay
from therapyarc.web.site import Site

__all__ = ["LONGEST", "advance", "begin", "remembered", "say"]

LONGEST = 4_000
"""Most characters of one turn."""

_LOCKS = tuple(threading.Lock() for _ in range(64))
"""One session is advanced by one request at a time, so that a model is asked once for one turn."""


def begin(site: Site, course: KeptCourse) -> KeptCourse:
    """Begin the next session: the client comes and says its first words, or does not come, and the course is over."""
    coming = course.next
    if coming is None:
        return course
    if not coming.running:
        plan, case = course.plan(site.design), site.design.client(course.case)
        if is_over(plan, case, coefficients(), course.held()):
            site.store.write(lambda connection: leave_course(connection, site.now(), course, "client_left"))
            return _fresh(site, course.id)
        site.store.write(
            lambda connection: start_session(connection, site.now(), course.participant, coming.id)
        )
    return advance(site, course.id)


def say(site: Site, session: str, text: str, seen: int, key: str, *, closes: bool) -> bool:
    """Store a therapist's turn; return whether it stands at the place that its browser saw as next.

    A request that comes again stores nothing and returns what it returned before.
    """
    turn = Said("therapist", text, closes=closes)
    return site.store.write(
        lambda connection: keep_turn(connection, site.now(), session, seen, turn, f"said:{key}")
    )


def advance(site: Site, course: str) -> KeptCourse:
    """Work out and store the client's next words, if it is the client's turn; return the course as it then is."""
    with _LOCKS[hash(course) % len(_LOCKS)]:
        there = _fresh(site, course)
        running = there.next
        if running is None or not running.running:
            return there
        if running.said and running.said[-1].role == "client":
            return there
        plan = there.plan(site.design)
        found = replay(
            plan,
            site.design.client(there.case),
            there.held(),
            running.said,
            voice=site.settings.voice,
            monitor=_screen(site, there),
        )
        held, words, seq = found.held, found.words, len(running.said)

        def work(connection: Connection) -> None:
            now = site.now()
            if words is not None:
                keep_turn(
                    connection, now, running.id, seq, Said("client", words.text, words.voice), f"reply:{seq}"
                )
            if held is not None:
                end_session(
                    connection,
                    now,
                    there,
                    running.id,
                    held.session.ended or "natural",
                    seal(held.session, held.trace),
                )

        site.store.write(work)
        return _fresh(site, course)


def remembered(course: KeptCourse) -> str:
    """Return what the pages may show of earlier sessions: what a model in this arm would be given."""
    return carried_over(course.memory, course.held())


def _screen(site: Site, course: KeptCourse) -> Monitor | None:
    """Return the screen that listens: of courses as models have it, of practice as the study says."""
    study = site.design.study
    settings = study.people.practice if course.purpose == "practice" else study.courses
    if settings is None or settings.screen == "none":
        return None
    return CueScreen(ends=settings.screen == "end")


def _fresh(site: Site, course: str) -> KeptCourse:
    return site.store.read(lambda connection: course_of(connection, course))
