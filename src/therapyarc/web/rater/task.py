"""One rating: the text with the rubric beside it, evidence marked, a value or the reason for none."""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, bindparam, select
from starlette.responses import Response

from therapyarc.domain import RaterSpec
from therapyarc.web.rater.desk import Desk
from therapyarc.web.rating.keep import (
    REASONS,
    GivenAwayError,
    Kept,
    RatedMeanwhileError,
    Wish,
    keep_rating,
    kept_rating,
)
from therapyarc.web.rating.onward import next_task
from therapyarc.web.rating.shown import Shown, sentences
from therapyarc.web.rating.walk import Met
from therapyarc.web.store import Prepared
from therapyarc.web.store.tables import RatingTask
from therapyarc.web.tokens import new_id
from therapyarc.web.visit import Visit

__all__ = ["rated", "task_page"]

_NONE = "none"
"""Value of the form's choice "cannot be rated"."""


_ROW = Prepared(
    select(RatingTask.kind, RatingTask.shown, RatingTask.expected).where(RatingTask.id == bindparam("task"))
)


def task_page(visit: Visit, desk: Desk) -> Response:
    """Show one task with the rating that is held."""
    me, name = visit.me.id, visit.target or ""
    return _page(visit, desk, visit.read(lambda connection: kept_rating(connection, me, name)))


def _page(
    visit: Visit, desk: Desk, held: Kept, *, status: int = 200, theirs: Kept | None = None,
    problem: str | None = None,
) -> Response:  # fmt: skip
    name = visit.target or ""
    row = visit.read(lambda connection: _row(connection, name))
    shown: Shown = json.loads(row["shown"])
    met = next(one for one in desk.walk.met if one.id == name)
    if shown["form"] == "withdrawn":
        return visit.problem(410, "rater.withdrawn")
    told = row["kind"] == "training" and held.given and theirs is None and problem is None
    fixed = visit.me.status == "finished" or (held.given and row["kind"] in {"calibration", "attention"})
    anchors = shown["rubric"]["anchors"]
    return visit.page(
        "rater/task.html",
        status,
        kind="training" if row["kind"] == "training" else "rating",
        shown=shown,
        rubric=shown["rubric"],
        marks=_marks(shown),
        held=held,
        told=next((one for one in anchors if one[0] == row["expected"]), None) if told else None,
        given=next((one for one in anchors if one[0] == held.value), None),
        fixed=fixed and theirs is None and problem is None,
        theirs=theirs,
        theirs_label=None if theirs is None else _label(visit, shown, theirs),
        problem=problem,
        reasons=list(REASONS),
        number=_number_of(desk, met),
        total=_total(desk, met),
        rubric_number=[one.id for one in desk.walk.met if one.target == met.target].index(name) + 1,
        rubric_total=sum(one.target == met.target for one in desk.walk.met),
        previous=_before(desk, met),
        key=new_id(),
    )


def _row(connection: Connection, name: str) -> dict[str, Any]:
    row: dict[str, Any] = _ROW.first(connection, {"task": name})._asdict()
    return row


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


def _number_of(desk: Desk, met: Met) -> int:
    """Return the place among the examples, or among what follows them: check items and repeats are not told apart."""
    rounds = {"training", "calibration"}
    same = [one.target for one in desk.walk.met if (one.kind in rounds) == (met.kind in rounds)]
    return list(dict.fromkeys(same)).index(met.target) + 1


def _total(desk: Desk, met: Met) -> int:
    total = desk.rounds if met.kind in {"training", "calibration"} else desk.expected
    return max(total, _number_of(desk, met))


def _before(desk: Desk, met: Met) -> str | None:
    place = desk.walk.met.index(met)
    return desk.walk.met[place - 1].id if place else None


def rated(visit: Visit, spec: RaterSpec, seat: int, desk: Callable[[], Desk]) -> Response:
    """Keep a rating and go on; the script only wants to know that it is kept, and where to go, and asks for no desk."""
    name, me, now = visit.target or "", visit.me.id, visit.site.now()
    row = visit.read(lambda connection: _row(connection, name))
    shown: Shown = json.loads(row["shown"])
    if shown["form"] == "withdrawn":
        return visit.problem(410, "rater.withdrawn")
    chosen, reason = visit.form.get("value", ""), visit.form.get("reason", "")
    values = {str(anchor[0]): anchor[0] for anchor in shown["rubric"]["anchors"]}
    wish = Wish(
        participant=me,
        task=name,
        value=values.get(chosen),
        reason=reason if chosen == _NONE and reason in REASONS else None,
        marks=tuple(mark for number, _, _, mark in _marks(shown) if f"mark-{number}" in visit.form),
        seen=visit.number("revision"),
        key=visit.form.get("key", "")[:64] or new_id(),
    )
    typed = Kept(wish.value, wish.reason, wish.marks, wish.seen)
    if not typed.given:
        problem = "rater.no_reason" if chosen == _NONE else "rater.no_value"
        if visit.wants_json:
            return visit.problem(422, problem)
        return _page(visit, desk(), typed, status=422, problem=f"{problem}.text")
    seed = visit.site.design.study.seed

    def work(connection: Connection) -> str | None:
        keep_rating(connection, now, wish)
        if row["kind"] == "training":
            return name
        return next_task(connection, spec, seat, me, seed, now)

    try:
        after = visit.write(work)
    except GivenAwayError:
        return visit.problem(409, "rater.given_away")
    except RatedMeanwhileError as error:
        if visit.wants_json:
            return visit.problem(409, "rater.elsewhere")
        mine = Kept(wish.value, wish.reason, wish.marks, error.current.revision)
        return _page(visit, desk(), mine, status=409, theirs=error.current)
    path = f"/rater/task/{after}" if after else "/rater"
    return visit.json({"next": path}) if visit.wants_json else visit.go(path)
