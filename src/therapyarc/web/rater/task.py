"""One rating: the text with the rubric beside it, evidence marked, a value or the reason for none."""

from dataclasses import replace

from sqlalchemy import Connection
from starlette.responses import Response

from therapyarc.web.rater.desk import Seat, seat_at
from therapyarc.web.rating.held import Beside, HeldTask, Kept, beside, held_task
from therapyarc.web.rating.keep import REASONS, GivenAwayError, RatedMeanwhileError, Wish, keep_rating
from therapyarc.web.rating.onward import next_task
from therapyarc.web.rating.places import panel_named
from therapyarc.web.rating.shown import Shown, sentences
from therapyarc.web.rating.walk import EXAMPLES
from therapyarc.web.tokens import new_id
from therapyarc.web.visit import Visit

__all__ = ["rated", "task_page"]

_NONE = "none"
"""Value of the form's choice "cannot be rated"."""


class _NothingChosenError(Exception):
    """The form came without a value, and without the reason for none."""


class _TakenBackError(Exception):
    """Whoever spoke has taken the words back."""


def task_page(
    visit: Visit, *, mine: Kept | None = None, theirs: Kept | None = None, problem: str | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    """Show one task with the rating that is kept, or with what was just typed: `mine`."""
    me, name, raters = visit.me.id, visit.target or "", visit.site.design.study.raters

    def read(connection: Connection) -> tuple[HeldTask, Seat, Beside] | None:
        task = held_task(connection, me, name)
        spec = None if task is None else panel_named(raters, task.panel)
        if task is None or spec is None or task.place is None:
            return None
        return (
            task,
            seat_at(connection, spec, task.place),
            beside(connection, me, name, task.position),
        )

    found = visit.read(read)
    if found is None:
        return visit.go("/rater")
    task, seat, by = found
    shown, held = task.shown, mine or task.kept
    if shown["form"] == "withdrawn":
        return visit.problem(410, "rater.withdrawn")
    told = task.kind == "training" and held.given and mine is None
    fixed = task.status == "finished" or (held.given and task.kind in {"calibration", "attention"})
    anchors = shown["rubric"]["anchors"]
    total = seat.rounds if task.kind in EXAMPLES else seat.expected
    return visit.page(
        "rater/task.html",
        status,
        kind="training" if task.kind == "training" else "rating",
        shown=shown,
        rubric=shown["rubric"],
        marks=_marks(shown),
        held=held,
        told=next((one for one in anchors if one[0] == task.expected), None) if told else None,
        given=next((one for one in anchors if one[0] == held.value), None),
        fixed=fixed and mine is None,
        theirs=theirs,
        theirs_label=None if theirs is None else _label(visit, shown, theirs),
        problem=problem,
        reasons=list(REASONS),
        number=task.number,
        total=max(total, task.number),
        rubric_number=by.number,
        rubric_total=by.total,
        previous=by.before,
        key=new_id(),
    )


def _marks(shown: Shown) -> list[tuple[int, str, str, int | str]]:
    """Return what can be marked as evidence: number in the form, role, text, and the mark that is kept."""
    if shown["form"] == "session":
        return [(number, role, text, place) for number, (place, role, text) in enumerate(shown["turns"])]
    if shown["form"] == "check":
        return []
    return [(number, "therapist", text, text) for number, text in enumerate(sentences(shown["reply"]))]


def _label(visit: Visit, shown: Shown, kept: Kept) -> str:
    if kept.reason is not None:
        return visit.t(f"rater.reasons.{kept.reason}")
    return next(
        (f"{value} {label}" for value, label, _ in shown["rubric"]["anchors"] if value == kept.value), ""
    )


def rated(visit: Visit) -> Response:
    """Keep a rating and go on; to the page's script the page that comes next says that it is kept, or where to go."""
    name, me, now = visit.target or "", visit.me.id, visit.site.now()
    study = visit.site.design.study
    typed = Kept()

    def work(connection: Connection) -> str | None:
        nonlocal typed
        task = held_task(connection, me, name)
        if task is None:
            raise GivenAwayError
        spec = panel_named(study.raters, task.panel)
        if spec is None or task.place is None:
            return None
        if task.shown["form"] == "withdrawn":
            raise _TakenBackError
        wish = _wish(visit, task.shown)
        typed = Kept(wish.value, wish.reason, wish.marks, wish.seen)
        if not typed.given:
            raise _NothingChosenError
        keep_rating(connection, now, task, wish)
        return (
            name if task.kind == "training" else next_task(connection, spec, task.place, me, study.seed, now)
        )

    try:
        after = visit.write(work)
    except _TakenBackError:
        return visit.problem(410, "rater.withdrawn")
    except _NothingChosenError:
        problem = "rater.no_reason" if visit.form.get("value") == _NONE else "rater.no_value"
        if visit.wants_json:
            return visit.problem(422, problem)
        return task_page(visit, mine=typed, problem=f"{problem}.text", status=422)
    except GivenAwayError:
        return visit.problem(409, "rater.given_away")
    except RatedMeanwhileError as error:
        if visit.wants_json:
            return visit.problem(409, "rater.elsewhere")
        mine = replace(typed, revision=error.current.revision)
        return task_page(visit, mine=mine, theirs=error.current, status=409)
    return _onward(visit, after)


def _onward(visit: Visit, task: str | None) -> Response:
    """Lead on to a task, or to where nothing is open."""
    path = f"/rater/task/{task}" if task else "/rater"
    if task and visit.takes_page:
        page = task_page(replace(visit, target=task, onward=path))
        if page.status_code == 200:
            return page
    return visit.json({"next": path}) if visit.wants_json else visit.go(path)


def _wish(visit: Visit, shown: Shown) -> Wish:
    """Return what the form asks to be kept."""
    chosen, reason = visit.form.get("value", ""), visit.form.get("reason", "")
    values = {str(anchor[0]): anchor[0] for anchor in shown["rubric"]["anchors"]}
    return Wish(
        participant=visit.me.id,
        task=visit.target or "",
        value=values.get(chosen),
        reason=reason if chosen == _NONE and reason in REASONS else None,
        marks=tuple(mark for number, _, _, mark in _marks(shown) if f"mark-{number}" in visit.form),
        seen=visit.number("revision"),
        key=visit.form.get("key", "")[:64] or new_id(),
    )
