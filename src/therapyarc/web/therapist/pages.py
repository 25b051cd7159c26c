"""The questionnaire of therapists: one item a page, saved as it is written, safe against going back and second windows."""

from datetime import UTC, datetime

from sqlalchemy import Connection
from starlette.responses import Response

from therapyarc.web.answers import Answer, ConflictError, LockedError, Save, finish_part, save
from therapyarc.web.background import keep_background, show_background
from therapyarc.web.course.kept import KeptCourse, courses_of
from therapyarc.web.pages import Pages
from therapyarc.web.permission import Role, of_administration
from therapyarc.web.site import rendered
from therapyarc.web.therapist.steps import Step, Steps, read_steps
from therapyarc.web.tokens import new_id
from therapyarc.web.visit import Visit

__all__ = ["LONGEST", "pages"]

pages = Pages()

_DONE = "/therapist/done"
LONGEST = 10_000
"""Most characters of an answer in own words."""

_ME: frozenset[Role] = frozenset({"therapist"})


def _steps(visit: Visit) -> Steps:
    return visit.read(lambda connection: read_steps(connection, visit.me.id))


@pages.get("/therapist", _ME)
def start(visit: Visit) -> Response:
    """Go on where the person stands, on whatever device: first the questions, then the courses, then the end."""
    path = _steps(visit).next_path()
    if path == _DONE and any(course.over_at is None for course in _courses(visit)):
        return visit.go("/therapist/courses")
    return visit.go(path)


def _courses(visit: Visit) -> tuple[KeptCourse, ...]:
    return visit.read(lambda connection: courses_of(connection, visit.me.id, "study"))


@pages.get("/therapist/background", _ME)
def background(visit: Visit) -> Response:
    """Ask who the person is."""
    steps = _steps(visit)
    return show_background(visit, steps.every[0].id) if steps.part == 0 else visit.go("/therapist")


@pages.post("/therapist/background", _ME)
def background_given(visit: Visit) -> Response:
    """Keep it."""
    return keep_background(visit, _steps(visit).every[0].id, 0, "/therapist")


@pages.get("/therapist/material/{id}", _ME, owner=of_administration)
def material(visit: Visit) -> Response:
    """Show what is to be read, once its reading has begun."""
    steps = _steps(visit)
    step = steps.of(visit.target or "")
    if step.kind != "material" or step.part != steps.part:
        return visit.go("/therapist")
    return _material(visit, steps, step)


def _material(visit: Visit, steps: Steps, step: Step, *, early: int = 0) -> Response:
    text = visit.site.design.materials[step.condition or ""]
    return visit.page(
        "therapist/material.html",
        422 if early else 200,
        step=step,
        started=steps.answer(step, "started").given,
        finished=steps.answer(step, "finished").given,
        minutes=max(1, round(len(text.split()) / 200)),
        text=rendered(text),
        early=early,
        key=new_id(),
    )


@pages.post("/therapist/material/{id}", _ME, owner=of_administration)
def material_read(visit: Visit) -> Response:
    """Note when reading began and ended, by the server's clock."""
    steps, now = _steps(visit), visit.site.now()
    step = steps.of(visit.target or "")
    if step.kind != "material" or step.part != steps.part:
        return visit.go("/therapist")
    field = "finished" if visit.form.get("action") == "finished" else "started"
    if field == "finished":
        began = steps.answer(step, "started").saved_at
        least = visit.site.design.study.people.min_reading_s
        if began is None:
            return _material(visit, steps, step)
        if now - began < least:
            return _material(visit, steps, step, early=int(least - (now - began)) + 1)
    if not steps.answer(step, field).given:
        stamp = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
        wanted = Save(visit.me.id, step.id, stamp, None, 0, visit.form.get("key", "")[:64], field=field)
        try:
            visit.write(lambda connection: save(connection, now, wanted))
        except (ConflictError, LockedError):
            return visit.go("/therapist")  # a second click or window noted it first
    return visit.go("/therapist" if field == "finished" else f"/therapist/material/{step.id}")


@pages.get("/therapist/item/{id}", _ME, owner=of_administration)
def item(visit: Visit) -> Response:
    """Show one item with the answer that is held."""
    steps = _steps(visit)
    step = steps.of(visit.target or "")
    if not _open(steps, step):
        return visit.go("/therapist")
    return _item(visit, steps, step, steps.answer(step))


def _open(steps: Steps, step: Step) -> bool:
    """Return whether an item can be answered: its part is the open one, and what is to be read has been read."""
    material = steps.material(step.part)
    return (
        step.kind == "item"
        and step.part == steps.part
        and (material is None or steps.answer(material, "finished").given)
    )


def _item(
    visit: Visit, steps: Steps, step: Step, shown: Answer, *, status: int = 200, theirs: Answer | None = None,
    problem: str | None = None,
) -> Response:  # fmt: skip
    instrument = visit.site.design.instrument(step.instrument or "")
    asked = instrument.item(step.item or "")
    texts = {option.id: option.text for option in asked.options}
    own = steps.items(step.part)
    place = own.index(step)
    material = steps.material(step.part)
    return visit.page(
        "therapist/item.html",
        status,
        step=step,
        instrument=instrument,
        asked=asked,
        case=None if step.case is None else instrument.case(step.case).masked(with_key=False),
        options=[(name, texts[name]) for name in step.options],
        shown=shown,
        theirs=theirs,
        theirs_text=None if theirs is None else texts.get(theirs.value, theirs.value),
        problem=problem,
        number=place + 1,
        total=len(own),
        answered=sum(steps.answer(one).given for one in own),
        previous=own[place - 1].id if place else None,
        material=material.id if material else None,
        saved=_time(shown.saved_at),
        longest=LONGEST,
        key=new_id(),
    )


@pages.post("/therapist/item/{id}", _ME, owner=of_administration, saves=True)
def item_answered(visit: Visit) -> Response:
    """Keep an answer, and go where the person wants to go; the script only wants to know that it is kept."""
    # a page shows all answers; the script is told of one
    near = visit.target if visit.wants_json else None
    steps = visit.read(lambda connection: read_steps(connection, visit.me.id, near))
    step = steps.of(visit.target or "")
    if not _open(steps, step):
        return visit.problem(409, "therapist.locked") if visit.wants_json else visit.go("/therapist")
    action, value = visit.form.get("action", "save"), visit.form.get("value", "")
    wanted = Save(
        participant=visit.me.id,
        administration=step.id,
        value="" if action == "decline" else value,
        missing="declined" if action == "decline" else None,
        seen=visit.number("revision"),
        key=visit.form.get("key", "")[:64] or new_id(),
    )
    if action == "next" and not value and steps.answer(step).missing:
        return _kept(visit, steps, step, action, steps.answer(step))  # nothing is written over a refusal
    typed = Answer(value, None, wanted.seen, None)
    if problem := _fault(step, value):
        if visit.wants_json:
            return visit.problem(422, problem)
        return _item(visit, steps, step, typed, status=422, problem=f"{problem}.text")
    now = visit.site.now()
    try:
        held = visit.write(lambda connection: save(connection, now, wanted))
    except LockedError:
        return visit.problem(409, "therapist.locked") if visit.wants_json else visit.go("/therapist")
    except ConflictError as error:
        if visit.wants_json:
            current = error.current
            return visit.json(
                {
                    "error": "conflict",
                    "revision": current.revision,
                    "value": current.value,
                    "missing": current.missing,
                },
                409,
            )
        mine = Answer(value, None, error.current.revision, None)
        return _item(visit, steps, step, mine, status=409, theirs=error.current)
    return _kept(visit, steps, step, action, held)


def _kept(visit: Visit, steps: Steps, step: Step, action: str, held: Answer) -> Response:
    path = _onward(steps, step, action)
    if visit.wants_json:
        return visit.json({"revision": held.revision, "saved_at": _time(held.saved_at), "next": path})
    return visit.go(path)


def _fault(step: Step, value: str) -> str | None:
    if step.options and value and value not in step.options:
        return "therapist.no_option"
    return "therapist.too_long" if len(value) > LONGEST else None


def _onward(steps: Steps, step: Step, action: str) -> str:
    own = steps.items(step.part)
    place = own.index(step)
    if action == "save":
        return f"/therapist/item/{step.id}"
    return f"/therapist/item/{own[place + 1].id}" if place + 1 < len(own) else "/therapist/part"


@pages.get("/therapist/part", _ME)
def part(visit: Visit) -> Response:
    """Show what is answered and what is not, before a part is finished for good."""
    steps = _steps(visit)
    return _part(visit, steps) if steps.part else visit.go("/therapist")


def _part(visit: Visit, steps: Steps, status: int = 200) -> Response:
    number = steps.part or 0
    own = steps.items(number)
    rows = [(place, step.id, steps.answer(step)) for place, step in enumerate(own, 1)]
    return visit.page(
        "therapist/part.html",
        status,
        rows=rows,
        open=[row for row in rows if not row[2].given],
        number=number,
        last=max(step.part for step in steps.every),
    )


@pages.post("/therapist/part", _ME)
def part_finished(visit: Visit) -> Response:
    """Lock the part, if the server holds every answer; the part is named, so that a second click locks no other."""
    steps, me, now = _steps(visit), visit.me, visit.site.now()
    wanted = visit.number("part")
    if wanted != steps.part or wanted == 0:
        return visit.go("/therapist")

    def work(connection: Connection) -> bool:
        return not finish_part(connection, now, me.id, wanted, steps.required(wanted))

    return visit.go("/therapist") if visit.write(work) else _part(visit, _steps(visit), 422)


@pages.get("/therapist/done", _ME)
def done(visit: Visit) -> Response:
    """Say that all is stored: only after the server has counted."""
    steps = _steps(visit)
    courses = _courses(visit)
    if steps.part is not None or any(course.over_at is None for course in courses):
        return visit.go("/therapist")
    return visit.page(
        "therapist/done.html",
        stored=sum(answer.given for answer in steps.held.values()),
        turns=sum(
            turn.role == "therapist" for course in courses for one in course.sessions for turn in one.said
        ),
    )


def _time(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
