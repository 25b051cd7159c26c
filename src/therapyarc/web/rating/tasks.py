"""Tasks in the database: what is to be rated is added as a run finds it, and nothing is ever added twice."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import Connection, insert, select, update

from therapyarc.domain import Anchor, Instrument, Label, RaterSpec
from therapyarc.web.audit import record_event
from therapyarc.web.rating.shown import Shown, shown_check, shown_example
from therapyarc.web.rating.withdrawal import WITHDRAWN
from therapyarc.web.store import Store
from therapyarc.web.store.tables import RatingTask
from therapyarc.web.tokens import new_id

__all__ = ["Wanted", "post_tasks"]

Place = tuple[str, int | None, int | None, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One answer that people shall rate by one rubric."""

    session: str
    """Opaque session id."""
    turn: int | None = None
    """Rated turn, or first turn of a window."""
    until: int | None = None
    """Last turn of a window."""
    rubric: Instrument
    """The rubric, as it is shown."""
    shown: Shown
    """What is shown."""
    stratum: str
    """Opaque kind of source."""
    case: str
    """Opaque case."""
    author: str
    """Opaque author."""
    label: Label | None = None
    """In a label study, what is told of who speaks."""

    @property
    def place(self) -> Place:
        """What tells it apart from all others of its panel."""
        return self.session, self.turn, self.until, self.label or "-", self.rubric.id


def post_tasks(
    store: Store, spec: RaterSpec, wanted: Sequence[Wanted], rubrics: Collection[str], seed: int, at: float
) -> int:
    """Add what is new for a panel of people, close what is wanted no more, and return how many tasks were added.

    `rubrics` are those that this call is about: tasks of others stay as they are.

    The first call also adds the rounds that everyone goes through: training and calibration on the rubrics' own examples,
    and check items. A task that was closed and is wanted again is open again. Whoever has begun a closed task can finish it.
    """

    def work(connection: Connection) -> int:
        there = {
            (row.session, row.turn, row.until, row.label, row.rubric): row
            for row in connection.execute(
                select(
                    RatingTask.id, RatingTask.session, RatingTask.turn, RatingTask.until,
                    RatingTask.label, RatingTask.rubric, RatingTask.closed, RatingTask.shown,
                ).where(RatingTask.panel == spec.id, RatingTask.kind == "real")
            )
        }  # fmt: skip
        targets: dict[Place, str] = {}  # a rubric that a later run brings makes an answer of its own
        new = [one for one in wanted if one.place not in there]
        rows = [_row(spec, one, targets) for one in new]
        shown = {one.rubric.id: one.rubric for one in wanted}
        rows += list(_rounds(connection, spec, list(shown.values()), seed))
        now = {one.place for one in wanted}
        closed = [
            row.id
            for place, row in there.items()
            if place not in now and not row.closed and row.rubric in rubrics
        ]
        shut = {place: row for place, row in there.items() if row.closed and row.shown != WITHDRAWN}
        opened = [row.id for place, row in shut.items() if place in now]
        if rows:
            connection.execute(insert(RatingTask), rows)
        for ids, state in ((closed, True), (opened, False)):
            for name in ids:
                connection.execute(update(RatingTask).where(RatingTask.id == name).values(closed=state))
        if rows or closed or opened:
            detail: dict[str, object] = {
                "added": len(rows),
                "closed": len(closed),
                "opened": len(opened),
            }
            record_event(connection, at, "operator", "tasks.posted", spec.id, detail)
        return len(rows)

    return store.write(work)


def _group(spec: RaterSpec, place: Place) -> Place:
    """Return what the tasks of one answer under one label share."""
    return place if spec.panel.apart else (*place[:4], "")


def _row(spec: RaterSpec, one: Wanted, targets: dict[Place, str]) -> dict[str, object]:
    target = targets.setdefault(_group(spec, one.place), new_id())
    return _blank(spec, one.rubric, one.shown, kind="real") | {
        "session": one.session,
        "turn": one.turn,
        "until": one.until,
        "needed": spec.panel.overlap,
        "target": target,
        "stratum": one.stratum,
        "case_cell": one.case,
        "author_cell": one.author,
        "label": one.label or "-",
    }


def _rounds(
    connection: Connection, spec: RaterSpec, rubrics: Sequence[Instrument], seed: int
) -> Iterable[dict[str, object]]:
    """Yield training, calibration and check items of the rubrics that have none yet."""
    known = set(
        connection.scalars(
            select(RatingTask.rubric).where(
                RatingTask.panel == spec.id, RatingTask.kind.in_(("training", "calibration"))
            )
        )
    )
    place = 1000 * len(known)  # rubrics that a later run brings come after those that were there
    for rubric in rubrics:
        if rubric.id in known:
            continue
        for kind, anchor in _examples(spec, rubric, seed):
            row = _blank(spec, rubric, shown_example(rubric, anchor), kind=kind)
            yield row | {"position": place, "expected": anchor.value}
            place += 1
    checks = select(RatingTask.id).where(RatingTask.panel == spec.id, RatingTask.kind == "attention")
    if rubrics and connection.execute(checks.limit(1)).first() is None:
        draw = Random(f"{seed}/checks/{spec.id}")
        for number in range(spec.panel.attention):
            rubric = draw.choice(rubrics)
            anchor = draw.choice(rubric.anchors)
            row = _blank(spec, rubric, shown_check(rubric, anchor), kind="attention")
            yield row | {"position": number, "expected": anchor.value}


def _examples(spec: RaterSpec, rubric: Instrument, seed: int) -> Iterable[tuple[str, Anchor]]:
    """Draw which of the rubric's examples teach and which calibrate, and their order.

    The examples of a rubric that needs a case's key stand for no case, and cannot be rated.
    """
    anchors = [anchor for anchor in rubric.anchors if anchor.example and not rubric.uses_key]
    Random(f"{seed}/training/{spec.id}/{rubric.id}").shuffle(anchors)
    training, calibration = spec.panel.training, spec.panel.calibration
    yield from (("training", anchor) for anchor in anchors[:training])
    yield from (("calibration", anchor) for anchor in anchors[training : training + calibration])


def _blank(spec: RaterSpec, rubric: Instrument, shown: Shown, *, kind: str) -> dict[str, object]:
    return {
        "id": new_id(), "session": "", "turn": None, "until": None, "rubric": rubric.id, "version": rubric.version,
        "needed": 0, "stratum": "", "panel": spec.id, "kind": kind, "target": new_id(), "position": 0,
        "case_cell": "", "author_cell": "", "repeats": None, "shown": json.dumps(shown, ensure_ascii=False),
        "expected": None, "closed": False, "label": "-",
    }  # fmt: skip
