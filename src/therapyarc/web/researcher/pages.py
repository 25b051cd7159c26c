"""The start of researchers: who is where."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from starlette.responses import Response

from therapyarc.web.pages import Pages
from therapyarc.web.permission import Role
from therapyarc.web.store.tables import Administration, Participant
from therapyarc.web.visit import Visit

__all__ = ["pages"]

pages = Pages()

_ME: frozenset[Role] = frozenset({"researcher"})


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    role: str
    status: str
    finished: int
    planned: int


def _rows(connection: Connection) -> list[_Row]:
    counted = (
        select(
            Administration.participant,
            func.count(Administration.locked_at).label("finished"),
            func.count(Administration.id).label("planned"),
        )
        .group_by(Administration.participant)
        .subquery()
    )
    rows = connection.execute(
        select(
            Participant.id, Participant.role, Participant.status,
            func.coalesce(counted.c.finished, 0), func.coalesce(counted.c.planned, 0),
        )
        .outerjoin(counted, counted.c.participant == Participant.id)
        .order_by(Participant.created_at, Participant.id)
    )  # fmt: skip
    return [_Row(*row) for row in rows]


@pages.get("/researcher", _ME)
def start(visit: Visit) -> Response:
    """Show everyone's progress, by pseudonym."""
    return visit.page("researcher/start.html", rows=visit.read(_rows))
