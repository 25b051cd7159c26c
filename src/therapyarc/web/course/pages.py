"""Pages on which a person holds courses of sessions: the list, one course, one session, and the notes after it.

A turn is stored before it is answered, and the answer before it is shown. Without the page's script a form does the same as
with it, one page a turn.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select, update
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from therapyarc.dialogue.client.voicing import UnvoicedError
from therapyarc.web.audit import record_event
from therapyarc.web.course.advance import LONGEST, advance, answering, begin, owes, remembered, say
from therapyarc.web.course.kept import KeptCourse, KeptSession, course_of, course_of_session, courses_of
from therapyarc.web.pages import Pages
from therapyarc.web.permission import Role, of_conversation, of_session
from therapyarc.web.store.tables import ConversationSession
from therapyarc.web.tokens import digest_of, new_id
from therapyarc.web.visit import Visit

__all__ = ["course_pages", "open_from"]

_WORDS_A_SECOND = 14
"""Pace at which a stored answer is handed to the page's script, so that it reads as spoken."""
_BEAT_S = 10.0
"""Seconds after which a page that waits for a model hears that the server is still there."""


def course_pages(role: Role, base: str, purpose: str) -> Pages:
    """Return the pages for one role.

    Parameters
    ----------
    role
        Who may come.
    base
        Where they lie, such as `/therapist`.
    purpose
        Which courses they show: `study` or `practice`.
    """
    pages, me, room = Pages(), frozenset({role}), _Room(base, purpose)
    pages.get(f"{base}/courses", me)(room.every)
    pages.get(f"{base}/course/{{id}}", me, owner=of_conversation)(room.course)
    pages.post(f"{base}/course/{{id}}", me, owner=of_conversation)(room.begun)
    pages.get(f"{base}/session/{{id}}", me, owner=of_session)(room.session)
    pages.post(f"{base}/session/{{id}}", me, owner=of_session)(room.said)
    pages.get(f"{base}/session/{{id}}/stream", me, owner=of_session)(room.stream)
    pages.get(f"{base}/session/{{id}}/answer", me, owner=of_session)(room.answer)
    pages.post(f"{base}/session/{{id}}/notes", me, owner=of_session)(room.noted)
    return pages


@dataclass(frozen=True, slots=True)
class _Room:
    """Where the courses of one role are held."""

    base: str
    purpose: str

    def every(self, visit: Visit) -> Response:
        """List the person's courses."""
        courses = visit.read(lambda connection: courses_of(connection, visit.me.id, self.purpose))
        rows = [(one, open_from(visit, one), visit.site.design.client(one.case).referral) for one in courses]
        return visit.page("course/courses.html", base=self.base, rows=rows)

    def course(self, visit: Visit) -> Response:
        """Show one course: who comes, what was noted, and when the next session is."""
        return _course(
            visit, self.base, visit.read(lambda connection: course_of(connection, visit.target or ""))
        )

    def begun(self, visit: Visit) -> Response:
        """Begin the next session, or go on with the one that runs."""
        there = visit.read(lambda connection: course_of(connection, visit.target or ""))
        if there.next is None or open_from(visit, there) is not None:
            return visit.go(f"{self.base}/course/{there.id}")
        now = begin(visit.site, there)
        if now.next is None:
            return visit.go(f"{self.base}/course/{now.id}")
        return visit.go(f"{self.base}/session/{now.next.id}")

    def session(self, visit: Visit) -> Response:
        """Show a session; where the client still owes an answer, as after a crash, it is worked out first.

        A model's answer is not: the page's script listens for it, and without it a button asks.
        """
        there = _of(visit)
        if there.session(visit.target or "").running:
            there = advance(visit.site, there.id)
        return _session(visit, self.base, there)

    def said(self, visit: Visit) -> Response:
        """Keep what the person says. The script fetches the answer from the stream; a plain form gets the next page."""
        there, name = _of(visit), visit.target or ""
        text = visit.form.get("text", "").strip()
        seen, key = visit.number("seen"), visit.form.get("key", "")[:64] or new_id()
        closes = visit.form.get("action") == "close"
        if not there.session(name).running:
            return (
                visit.problem(409, "course.ended")
                if visit.wants_json
                else visit.go(f"{self.base}/session/{name}")
            )
        if not text or len(text) > LONGEST:
            problem = "course.too_long" if text else "course.nothing"
            if visit.wants_json:
                return visit.problem(422, problem)
            return _session(visit, self.base, there, typed=text, problem=f"{problem}.text", status=422)
        if not say(visit.site, name, text, seen, key, closes=closes):
            if visit.wants_json:
                return visit.problem(409, "course.elsewhere")
            there = advance(visit.site, there.id)
            return _session(visit, self.base, there, typed=text, problem="course.elsewhere.text", status=409)
        if visit.wants_json:
            return visit.json({"seq": seen}, 201)
        if owes(advance(visit.site, there.id)) is not None:
            return visit.go(f"{self.base}/session/{name}/answer")
        return visit.go(f"{self.base}/session/{name}#last")

    async def answer(self, visit: Visit) -> Response:
        """Wait for a model's answer, for a page without its script, and show the session; or say that none could be had."""
        there = await run_in_threadpool(_of, visit)
        try:
            await _shared(await run_in_threadpool(answering, visit.site, there.id))
        except UnvoicedError as error:
            there = await run_in_threadpool(_of, visit)
            problem = f"course.unvoiced_{error.reason}"
            return await run_in_threadpool(
                lambda: _session(visit, self.base, there, problem=problem, status=503)
            )
        return visit.go(f"{self.base}/session/{visit.target}#last")

    async def stream(self, visit: Visit) -> Response:
        """Hand over what the client says from a place on: stored first, then in pieces, each with its place.

        Whoever stops listening stops nothing: the answer is worked out and stored all the same.
        """
        there = await run_in_threadpool(_of, visit)
        answer = await run_in_threadpool(answering, visit.site, there.id)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            _answered(visit, answer, visit.number("from")),
            media_type="application/x-ndjson",
            headers=headers,
        )

    def noted(self, visit: Visit) -> Response:
        """Keep the person's own notes, unless another window kept others meanwhile."""
        there, name = _of(visit), visit.target or ""
        text, now = visit.form.get("notes", "")[: 5 * LONGEST], visit.site.now()

        def work(connection: Connection) -> bool:
            row = connection.execute(
                select(ConversationSession.notes).where(ConversationSession.id == name)
            ).one()
            if row.notes != text and digest_of(row.notes) != visit.form.get("seen", ""):
                return False
            if row.notes != text:
                connection.execute(
                    update(ConversationSession).where(ConversationSession.id == name).values(notes=text)
                )
                record_event(connection, now, visit.me.id, "notes.saved", name)
            return True

        if there.session(name).ended_at is None:
            return visit.go(f"{self.base}/session/{name}")
        if not visit.write(work):
            return _session(
                visit, self.base, _of(visit), noted=text, problem="course.notes_elsewhere", status=409
            )
        return visit.go(f"{self.base}/course/{there.id}")


def open_from(visit: Visit, course: KeptCourse) -> str | None:
    """Return from when the next session can begin; none where it can begin now or none is to come."""
    coming = course.next
    if coming is None or coming.running or coming.number == 1:
        return None
    ended = course.sessions[coming.number - 2].ended_at or 0.0
    opens = ended + 86_400 * visit.site.design.study.people.days_between
    if opens <= visit.site.now():
        return None
    return datetime.fromtimestamp(opens, UTC).isoformat(timespec="minutes")


def _of(visit: Visit) -> KeptCourse:
    return visit.read(lambda connection: course_of_session(connection, visit.target or ""))


def _course(visit: Visit, base: str, course: KeptCourse) -> Response:
    return visit.page(
        "course/course.html",
        base=base,
        course=course,
        referral=visit.site.design.client(course.case).referral,
        opens=open_from(visit, course),
        remembered=remembered(course) if course.memory != "notes" else "",
    )


def _session(
    visit: Visit, base: str, course: KeptCourse, *, typed: str = "", noted: str | None = None,
    problem: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    one = course.session(visit.target or "")
    return visit.page(
        "course/session.html",
        status,
        base=base,
        course=course,
        session=one,
        said=one.said,
        waits=owes(course) is one,
        answer=f"{base}/session/{one.id}/answer",
        exchange=sum(turn.role == "therapist" for turn in one.said) + 1,
        exchanges=course.plan(visit.site.design).exchanges,
        referral=visit.site.design.client(course.case).referral,
        typed=typed,
        noted=one.notes if noted is None else noted,
        notes_seen=digest_of(one.notes),
        problem=problem,
        longest=LONGEST,
        key=new_id(),
    )


async def _shared(answer: Future[None]) -> None:
    """Wait for an answer that others may wait for, too: whoever goes away does not take it with them."""
    await asyncio.shield(asyncio.wrap_future(answer))


async def _answered(visit: Visit, answer: Future[None], after: int) -> AsyncIterator[str]:
    """Yield a sign of life while a model is asked, then what the client said; or why it could not be had."""
    waiting = asyncio.ensure_future(_shared(answer))
    try:
        while not waiting.done():
            await asyncio.wait({waiting}, timeout=_BEAT_S)
            if not waiting.done():
                yield _line(waits=True)
        await waiting
    except UnvoicedError as error:
        yield _line(failed=error.reason, message=visit.t(f"course.unvoiced_{error.reason}"))
        return
    finally:
        waiting.cancel()  # of the listener alone: the answer is shielded
    there = await run_in_threadpool(_of, visit)
    async for piece in _pieces(there.session(visit.target or ""), after):
        yield piece


async def _pieces(session: KeptSession, after: int) -> AsyncIterator[str]:
    """Yield what the client said from a place on, a word at a time, then how the session stands."""
    for seq, turn in enumerate(session.said):
        if seq < after or turn.role != "client":
            continue
        for place, word in enumerate(turn.text.split(" ")):
            yield _line(seq=seq, word=word if place == 0 else f" {word}")
            await asyncio.sleep(1 / _WORDS_A_SECOND)
        yield _line(seq=seq, text=turn.text)
    yield _line(next=len(session.said), ended=session.ended_at is not None)


def _line(**values: object) -> str:
    return json.dumps(values, ensure_ascii=False) + "\n"
