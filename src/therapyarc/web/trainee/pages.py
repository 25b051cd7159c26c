"""Pages of trainees: choose a client, hold the session, write a formulation, read the feedback, branch, see how it goes on.

The session itself is held on the pages of courses (see `therapyarc.web.course.pages`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from therapyarc.coding.codebook import codebook
from therapyarc.domain.people import Practice as Plan
from therapyarc.web.answers import once
from therapyarc.web.course.advance import begin
from therapyarc.web.course.kept import course_of
from therapyarc.web.pages import Pages
from therapyarc.web.permission import Role, of_session
from therapyarc.web.tokens import digest_of, new_id
from therapyarc.web.trainee.feedback import FIELDS
from therapyarc.web.trainee.growth import figures, strips
from therapyarc.web.trainee.keep import (
    Practised,
    Written,
    all_done,
    begin_practice,
    branch,
    feedback_of,
    formulation_of,
    practice_of,
    practised,
    write_formulation,
)
from therapyarc.web.visit import Visit

__all__ = ["pages"]

pages = Pages()

_ME: frozenset[Role] = frozenset({"trainee"})
_LONGEST = 1_000
"""Most characters of one field: five of them fit into a body whatever they are written in."""


def _plan(visit: Visit) -> Plan | None:
    return visit.site.design.study.people.practice


def _own(visit: Visit) -> tuple[Practised, ...]:
    return visit.read(lambda connection: practice_of(connection, visit.me.id))


def _one(visit: Visit) -> Practised:
    return next(one for one in _own(visit) if one.session.id == visit.target)


@pages.get("/trainee", _ME)
def start(visit: Visit) -> Response:
    """Show the clients to practise with, what was practised, and what comes next."""
    return _start(visit)


def _start(visit: Visit, status: int = 200) -> Response:
    plan, own, design = _plan(visit), _own(visit), visit.site.design
    if plan is None:
        return visit.page("trainee/nothing.html")
    return visit.page(
        "trainee/start.html",
        status,
        rows=[(one, design.client(one.course.case).referral) for one in own],
        cases=[(name, design.client(name).referral) for name in plan.cases],
        unseen=_next_unseen(plan, own),
        done=min(practised(own), plan.sessions),
        planned=plan.sessions,
        over=all_done(plan, own),
        told=plan.feedback != "real" and all_done(plan, own),
        kind=_kind(visit, own),
        key=new_id(),
    )


def _next_unseen(plan: Plan, own: tuple[Practised, ...]) -> str | None:
    """Return the unseen client that can be met now: once enough was practised, each in the order of the file."""
    if practised(own) < plan.sessions:
        return None
    met = {one.course.case for one in own if one.stage == "unseen"}
    return next((name for name in plan.unseen if name not in met), None)


def _kind(visit: Visit, own: tuple[Practised, ...]) -> str:
    """Return which feedback the trainee had, for the day on which it is told."""
    return str(next((body["feedback"] for body in _bodies(visit, own)), "real"))


def _bodies(visit: Visit, own: Sequence[Practised]) -> list[dict[str, Any]]:
    """Return the stored feedback on each finished session, in order."""

    def read(connection: Connection) -> list[dict[str, Any]]:
        found = [feedback_of(connection, one.session.id) for one in own if one.finished]
        return [body for body in found if body is not None]

    return visit.read(read)


@pages.post("/trainee", _ME)
def begun(visit: Visit) -> Response:
    """Begin a practice session; a second click leads to the same one."""
    plan, me, now = _plan(visit), visit.me, visit.site.now()
    case = visit.form.get("case", "")
    if plan is None:
        return visit.go("/trainee")
    unseen = _next_unseen(plan, _own(visit))
    key = f"practice:{visit.form.get('key', '')[:64] or new_id()}"
    stage = "unseen" if case == unseen else "practised"

    def _begun_once(connection: Connection) -> str:
        met = [
            one for one in practice_of(connection, me.id) if one.stage == "unseen" and one.course.case == case
        ]
        if met:
            return met[0].course.id  # another window was quicker
        return begin_practice(connection, now, visit.site.design, plan, me.id, case, stage)

    def work(connection: Connection) -> dict[str, object]:
        return once(
            connection,
            now,
            me.id,
            key,
            lambda: {"course": _begun_once(connection)},
        )

    known = case == unseen or case in plan.cases
    again = not known and case in plan.unseen  # a second click on an unseen client that is begun already
    if not known:
        held = [one for one in _own(visit) if one.course.case == case] if again else []
        return visit.go(f"/trainee/session/{held[0].session.id}") if held else _start(visit, 422)
    return _into(visit, str(visit.write(work)["course"]))


def _into(visit: Visit, course: str) -> Response:
    there = begin(visit.site, visit.read(lambda connection: course_of(connection, course)))
    return visit.go(f"/trainee/session/{there.sessions[0].id}")


@pages.post("/trainee/session/{id}/branch", _ME, owner=of_session)
def branched(visit: Visit) -> Response:
    """Begin a session that goes on from a turn of this one, with other words."""
    one, now, me = _one(visit), visit.site.now(), visit.me
    given = visit.form.get("turns", "")
    turns = int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 0
    said = one.session.said
    if (
        one.session.ended_at is None
        or not 0 < turns < len(said)
        or said[turns].role != "therapist"
        or (one.stage == "unseen")
    ):
        return visit.go(f"/trainee/session/{one.session.id}")
    key = f"branch:{visit.form.get('key', '')[:64] or new_id()}"

    def work(connection: Connection) -> dict[str, object]:
        return once(connection, now, me.id, key, lambda: {"course": branch(connection, now, one, turns)})

    return _into(visit, str(visit.write(work)["course"]))


@pages.get("/trainee/formulation/{id}", _ME, owner=of_session)
def formulation(visit: Visit) -> Response:
    """Show the form."""
    one = _one(visit)
    if one.session.ended_at is None:
        return visit.go(f"/trainee/session/{one.session.id}")
    there = visit.read(lambda connection: formulation_of(connection, one.session.id))
    if there.finished:
        return visit.go(f"/trainee/feedback/{one.session.id}")
    return _form(visit, one, there, there.fields)


def _form(
    visit: Visit,
    one: Practised,
    there: Written,
    typed: Mapping[str, str],
    *,
    status: int = 200,
    problem: str | None = None,
) -> Response:
    return visit.page(
        "trainee/formulation.html",
        status,
        one=one,
        fields=FIELDS,
        typed=typed,
        seen={name: digest_of(there.fields.get(name, "")) for name in FIELDS},
        stored=bool(there.fields),
        problem=problem,
        longest=_LONGEST,
    )


@pages.post("/trainee/formulation/{id}", _ME, owner=of_session)
def formulated(visit: Visit) -> Response:
    """Store the formulation, unless another window stored other words meanwhile; finishing shows the feedback."""
    one, plan, now = _one(visit), _plan(visit), visit.site.now()
    if one.session.ended_at is None or plan is None:
        return visit.go(f"/trainee/session/{one.session.id}")
    there = visit.read(lambda connection: formulation_of(connection, one.session.id))
    if there.finished:
        return visit.go(f"/trainee/feedback/{one.session.id}")
    typed = {name: visit.form.get(name, "").strip() for name in FIELDS}
    finish = visit.form.get("action") == "finish"
    if any(len(text) > _LONGEST for text in typed.values()):
        return _form(visit, one, there, typed, status=422, problem="trainee.too_long")
    if finish and not any(typed.values()):
        return _form(visit, one, there, typed, status=422, problem="trainee.empty")
    same = all(visit.form.get(f"seen_{n}", "") == digest_of(there.fields.get(n, "")) for n in FIELDS)
    seen = there.fields if same else {"": "another window's"}

    def work(connection: Connection) -> bool:
        return write_formulation(connection, now, visit.site.design, plan, one, typed, seen, finish=finish)

    if not visit.write(work):
        there = visit.read(lambda connection: formulation_of(connection, one.session.id))
        if there.finished:
            return visit.go(f"/trainee/feedback/{one.session.id}")
        return _form(visit, one, there, typed, status=409, problem="trainee.elsewhere")
    return visit.go(f"/trainee/{'feedback' if finish else 'formulation'}/{one.session.id}")


@pages.get("/trainee/feedback/{id}", _ME, owner=of_session)
def shown(visit: Visit) -> Response:
    """Show the feedback as it was made; once all is done and it was sham, what was really found."""
    one, own, plan = _one(visit), _own(visit), _plan(visit)
    body = visit.read(lambda connection: feedback_of(connection, one.session.id))
    if body is None or plan is None:
        return visit.go(f"/trainee/formulation/{one.session.id}")
    told = all_done(plan, own)
    found = body["found" if told else "shown"]
    used = {
        code
        for turn in found["turns"]
        for code in (*turn["codes"], *(s["code"] for s in turn["suggestions"]))
    }
    after = {code for turn in found["turns"] for code in turn["next"]}
    return visit.page(
        "trainee/feedback.html",
        one=one,
        found=found,
        told=told and body["feedback"] == "sham",
        strips=strips(found["profile"]),
        therapist={code.id: code for code in codebook("therapist").codes if code.id in used},
        client={code.id: code for code in codebook("client").codes if code.id in after},
        key=new_id(),
    )


@pages.get("/trainee/growth", _ME)
def growth(visit: Visit) -> Response:
    """Show a few measures over the sessions, and what carried over to unseen clients."""
    plan, own = _plan(visit), _own(visit)
    if plan is None:
        return visit.go("/trainee")
    done = [one for one in own if one.finished]
    found = [body["found" if all_done(plan, own) else "shown"] for body in _bodies(visit, own)]
    return visit.page("trainee/growth.html", rows=figures(done, found), sessions=done)
