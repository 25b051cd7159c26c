"""The end: who wrote some of what was rated, guessed after all ratings are given."""

import json
from random import Random
from typing import Any

from sqlalchemy import Connection, insert, select, update
from starlette.responses import Response

from therapyarc.web.audit import record_event
from therapyarc.web.rater.desk import Desk
from therapyarc.web.rating.withdrawal import give_up_leases
from therapyarc.web.store.tables import Participant, RatingTask, SourceGuess
from therapyarc.web.visit import Visit

__all__ = ["finish_page", "keep_guesses"]

_GUESSES = ("human", "machine", "unsure")


def finish_page(visit: Visit, desk: Desk, *, incomplete: bool = False) -> Response:
    """Show some rated texts once more, each with the question who wrote it."""
    asked = visit.read(lambda connection: _asked(connection, desk, visit.site.design.study.seed))
    texts = [(name, json.loads(shown)) for name, shown in asked]
    given = {name: visit.form.get(f"guess-{name}", "") for name, _ in texts}
    return visit.page(
        "rater/finish.html",
        422 if incomplete else 200,
        texts=texts,
        guesses=_GUESSES,
        given=given,
        incomplete=incomplete,
        open=desk.walk.open is not None,
    )


def _asked(connection: Connection, desk: Desk, seed: int) -> list[tuple[str, str]]:
    """Draw texts that the person has rated, the opaque strata taking turns."""
    names = [tasks[0].id for tasks in desk.walk.done("real")]
    rows: list[Any] = list(
        connection.execute(
            select(RatingTask.id, RatingTask.shown, RatingTask.stratum)
            .where(RatingTask.id.in_(names), RatingTask.closed.is_(False))
            .order_by(RatingTask.id)
        )
    )
    draw = Random(f"{seed}/guesses/{desk.spec.id}/{desk.place}")
    draw.shuffle(rows)
    seen: dict[str, int] = {}
    ranked = []
    for row in rows:
        seen[row.stratum] = seen.get(row.stratum, 0) + 1
        ranked.append((seen[row.stratum], draw.random(), row.id, row.shown))
    return [(name, shown) for _, _, name, shown in sorted(ranked)[: desk.spec.panel.guesses]]


def keep_guesses(visit: Visit, desk: Desk) -> Response:
    """Keep every guess and end, once; a second click finds that the person has finished."""
    me, now = visit.me.id, visit.site.now()
    asked = visit.read(lambda connection: _asked(connection, desk, visit.site.design.study.seed))
    given = {name: visit.form.get(f"guess-{name}", "") for name, _ in asked}
    if any(guess not in _GUESSES for guess in given.values()):
        return finish_page(visit, desk, incomplete=True)

    def work(connection: Connection) -> None:
        ended = connection.execute(
            update(Participant)
            .where(Participant.id == me, Participant.status == "active")
            .values(status="finished")
        )
        if not ended.rowcount:
            return
        rows = [{"participant": me, "task": task, "guess": guess, "at": now} for task, guess in given.items()]
        if rows:
            connection.execute(insert(SourceGuess), rows)
        give_up_leases(connection, me)
        record_event(connection, now, me, "participant.finished", me)

    visit.write(work)
    return visit.go("/rater/done")
