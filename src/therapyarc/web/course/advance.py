"""A course goes on: the client's next words are worked out, stored, and only then shown."""

import threading
from concurrent.futures import Future

from sqlalchemy import Connection

from therapyarc.dialogue.client.dynamics import coefficients
from therapyarc.dialogue.client.voice import Spoken
from therapyarc.dialogue.client.voicing import UnvoicedError, VoiceFactory
from therapyarc.dialogue.course import Held, carried_over, is_over
from therapyarc.dialogue.monitor import CueScreen, Monitor
from therapyarc.files.sealed import seal
from therapyarc.web.audit import record_event
from therapyarc.web.course.calls import KeptCalls, forget_replies
from therapyarc.web.course.kept import (
    KeptCourse,
    KeptSession,
    course_of,
    end_session,
    keep_turn,
    leave_course,
    start_session,
)
from therapyarc.web.course.person import Said, Wanted, replay, wanted
from therapyarc.web.site import Site
from therapyarc.web.speaking import aside

__all__ = ["LONGEST", "advance", "answering", "begin", "owes", "remembered", "say"]

LONGEST = 4_000
"""Most characters of one turn."""

_LOCKS = tuple(threading.Lock() for _ in range(64))
"""One session is advanced by one request at a time."""


def begin(site: Site, course: KeptCourse) -> KeptCourse:
    """Begin the next session: the client comes and says its first words, or does not come, and the course is over.

    Where a model words the client, its first words are still owed.
    """
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


def owes(course: KeptCourse) -> KeptSession | None:
    """Return the session in which it is the client's turn; none where there is none."""
    running = course.next
    if running is None or not running.running or (running.said and running.said[-1].role == "client"):
        return None
    return running


def advance(site: Site, course: str) -> KeptCourse:
    """Work out and store the client's next words, if it is the client's turn; return the course as it then is.

    Words of a model are not waited for here (see `answering`): they may still be owed.
    """
    there = _fresh(site, course)
    if _voice(site, there) is not None:
        return there
    with _LOCKS[hash(course) % len(_LOCKS)]:
        there = _fresh(site, course)
        running = owes(there)
        if running is None:
            return there
        found = replay(
            there.plan(site.design),
            site.design.client(there.case),
            there.held(),
            running.said,
            monitor=_screen(site, there),
        )
        _store(site, there, running, found.words, found.held)
        return _fresh(site, course)


def answering(site: Site, course: str) -> Future[None]:
    """Begin to work out the client's next words, or join whoever asked before; they are stored once the future is done.

    The future raises `UnvoicedError` where no words could be had; what was said stands, and asking again is safe. It is not
    to be cancelled, since others may wait for it.
    """
    there = _fresh(site, course)
    voice = _voice(site, there)
    if voice is not None and owes(there) is not None:
        return site.speaking.answer(course, lambda: _spoken(site, course, voice))
    done: Future[None] = Future()
    advance(site, course)
    done.set_result(None)
    return done


async def _spoken(site: Site, course: str, voice: VoiceFactory) -> None:
    there, running, turn = await aside(_prepared, site, course)
    if running is None:
        return
    words: Spoken | None = None
    if turn is not None:
        calls = await aside(KeptCalls, site.store, running.id, len(running.said))
        speaker = voice(site.design.client(there.case), running.id, turn.script, calls)
        try:
            words = await speaker.word(turn.answer, turn.mind, turn.heard, turn.rng, turn.said)
        except UnvoicedError as error:
            reason, now = error.reason, site.now()
            detail: dict[str, object] = {"reason": reason}
            await aside(
                site.store.write,
                lambda connection: record_event(
                    connection, now, there.participant, "client.unvoiced", running.id, detail
                ),
            )
            raise
    await aside(_stored, site, there, running, words)


def _prepared(site: Site, course: str) -> tuple[KeptCourse, KeptSession | None, Wanted | None]:
    """Return the session in which the client owes an answer, and the answer, decided and not worded."""
    there = _fresh(site, course)
    running = owes(there)
    if running is None:
        return there, None, None
    plan, case = there.plan(site.design), site.design.client(there.case)
    return there, running, wanted(plan, case, there.held(), running.said, monitor=_screen(site, there))


def _stored(site: Site, there: KeptCourse, running: KeptSession, words: Spoken | None) -> None:
    """Store a model's words, and the end of the session where they end it."""
    said = running.said if words is None else (*running.said, Said("client", words.text, words.voice))
    plan, case = there.plan(site.design), site.design.client(there.case)
    found = replay(plan, case, there.held(), said, monitor=_screen(site, there))
    _store(site, there, running, words, found.held)


def _store(
    site: Site, there: KeptCourse, running: KeptSession, words: Spoken | None, held: Held | None
) -> None:
    seq = len(running.said)

    def work(connection: Connection) -> None:
        now = site.now()
        if words is not None:
            keep_turn(
                connection, now, running.id, seq, Said("client", words.text, words.voice), f"reply:{seq}"
            )
            forget_replies(connection, running.id, seq)
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


def remembered(course: KeptCourse) -> str:
    """Return what the pages may show of earlier sessions: what a model in this arm would be given."""
    return carried_over(course.memory, course.held())


def _voice(site: Site, course: KeptCourse) -> VoiceFactory | None:
    return site.settings.practice_voice if course.purpose == "practice" else site.settings.voice


def _screen(site: Site, course: KeptCourse) -> Monitor | None:
    """Return the screen that listens: of courses as models have it, of practice as the study says."""
    study = site.design.study
    settings = study.people.practice if course.purpose == "practice" else study.courses
    if settings is None or settings.screen == "none":
        return None
    return CueScreen(ends=settings.screen == "end")


def _fresh(site: Site, course: str) -> KeptCourse:
    return site.store.read(lambda connection: course_of(connection, course))
