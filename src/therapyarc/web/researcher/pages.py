"""Pages of researchers: progress and forecast, agreement, pause, invitations, downloads, the audit trail."""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, get_args

from sqlalchemy import Connection, func, select, update
from starlette.responses import Response, StreamingResponse

from therapyarc.web.answers import once
from therapyarc.web.assign import SlotsTakenError
from therapyarc.web.audit import AuditError, Verified, record_event, verify
from therapyarc.web.export import (
    TABLES,
    codebook_csv,
    read_rows,
    write_csv,
    write_deidentified,
    write_parquet,
)
from therapyarc.web.invitation import Invited, renew, revoke
from therapyarc.web.invite import invite
from therapyarc.web.pages import Pages
from therapyarc.web.permission import Role
from therapyarc.web.rating.places import PanelFullError
from therapyarc.web.researcher.progress import agreements, cells
from therapyarc.web.store.tables import Administration, EventLog, Participant, Study, SyntheticPerson
from therapyarc.web.tokens import new_id
from therapyarc.web.visit import Visit

__all__ = ["pages"]

pages = Pages()

_ME: frozenset[Role] = frozenset({"researcher"})
_SHOWN = 200
"""Events of the trail on one page."""
_PIECE = 1 << 20
"""Bytes sent at once."""


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    role: str
    status: str
    finished: int
    planned: int
    synthetic: bool


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
            SyntheticPerson.participant.is_not(None),
        )
        .outerjoin(SyntheticPerson, SyntheticPerson.participant == Participant.id)
        .outerjoin(counted, counted.c.participant == Participant.id)
        .order_by(Participant.created_at, Participant.id)
    )  # fmt: skip
    return [_Row(*row) for row in rows]


@pages.get("/researcher", _ME)
def start(visit: Visit) -> Response:
    """Show how far the study is, cell by cell and person by person."""
    return _start(visit)


def _start(
    visit: Visit, status: int = 200, *, made: Invited | None = None, problem: str | None = None
) -> Response:
    design = visit.site.design
    found, age = visit.site.slow["agreement"].get(lambda: visit.read(agreements))
    return visit.page(
        "researcher/start.html",
        status,
        rows=visit.read(_rows),
        cells=visit.read(lambda connection: cells(connection, design, visit.site.now())),
        agreements=found,
        age=round(age),
        paused=visit.me.paused,
        arms=[arm for arm in design.study.arms if any(actor.kind == "human" for actor in arm.actors)],
        roles=get_args(Role),
        made=made,
        link=None if made is None else made.link(visit.site.settings.url),
        problem=problem,
        key=new_id(),
    )


@pages.post("/researcher/pause", _ME)
def paused(visit: Visit) -> Response:
    """Pause the study, or let it go on; who answers meanwhile is told so, and nothing stored is lost."""
    wanted, me, now = visit.form.get("state") == "paused", visit.me, visit.site.now()

    def work(connection: Connection) -> None:
        changed = connection.execute(update(Study).where(Study.paused != wanted).values(paused=wanted))
        if changed.rowcount:
            record_event(
                connection,
                now,
                me.id,
                "study.paused" if wanted else "study.resumed",
                visit.site.design.study.id,
            )

    visit.write(work)
    return visit.go("/researcher")


@pages.post("/researcher/invite", _ME)
def invited(visit: Visit) -> Response:
    """Make a place and show its link, once. The same form sent twice makes one place."""
    site, me = visit.site, visit.me
    role: Role | None = next((one for one in get_args(Role) if one == visit.form.get("role")), None)
    arm = visit.form.get("arm") or None
    if role is None or (arm is not None and arm not in {one.id for one in site.design.study.arms}):
        return _start(visit, 422, problem="researcher.which")
    if not _first(visit):
        return _start(visit, 409, problem="researcher.again")
    try:
        made = invite(
            site.store, site.design, role, site.now(), arm=arm if role == "therapist" else None, by=me.id
        )
    except (SlotsTakenError, PanelFullError):
        return _start(visit, 409, problem="researcher.full")
    return _start(visit, made=made)


def _first(visit: Visit) -> bool:
    """Return whether this form comes for the first time. What it makes is shown once, so it cannot be answered again."""
    fresh: list[bool] = []
    now, me, key = visit.site.now(), visit.me, visit.form.get("key", "")[:64] or new_id()

    def make() -> dict[str, object]:
        fresh.append(True)
        return {}

    visit.write(lambda connection: once(connection, now, me.id, f"invitation:{key}", make))
    return bool(fresh)


@pages.post("/researcher/invitation", _ME)
def changed(visit: Visit) -> Response:
    """Revoke somebody's invitations, or make a new link in their place."""
    site, me, now = visit.site, visit.me, visit.site.now()
    person = visit.form.get("participant", "")
    row = visit.read(
        lambda c: c.execute(
            select(Participant.id, Participant.status).where(Participant.id == person)
        ).first()
    )
    if row is None or person == me.id or row.status == "withdrawn":
        return _start(visit, 422, problem="researcher.who")
    if visit.form.get("action") == "renew":
        if not _first(visit):
            return _start(visit, 409, problem="researcher.again")
        return _start(visit, made=renew(site.store, person, now, by=me.id))
    visit.write(lambda connection: revoke(connection, person, now, by=me.id))
    return visit.go("/researcher")


@pages.post("/researcher/download", _ME)
def download(visit: Visit) -> Response:
    """Hand out a table, the codebook, or the de-identified set; the trail notes what, how much and its digest.

    The file is made without a name on the server's disk, and is gone when it has been sent.
    """
    made = _made(visit.form)
    if made is None:
        return _start(visit, 422, problem="researcher.which")
    name, kind, write = made
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it has been sent
    try:
        rows = visit.read(lambda connection: write(connection, file))
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        detail: dict[str, object] = {"rows": rows, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
        me, now = visit.me, visit.site.now()
        visit.write(lambda connection: record_event(connection, now, me.id, "data.downloaded", name, detail))
    except BaseException:
        file.close()
        raise
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
    return StreamingResponse(_sent(file), media_type=kind, headers=headers)


def _made(form: Mapping[str, str]) -> tuple[str, str, Callable[[Connection, BinaryIO], int]] | None:
    """Return name, type and maker of the file that is asked for; the maker returns the number of rows."""
    what, parquet, masked = (
        form.get("what", ""),
        form.get("format") == "parquet",
        form.get("texts") == "masked",
    )
    if what == "codebook":
        return "codebook.csv", "text/csv", _codebook
    if what == "deidentified":
        return (
            "deidentified.zip",
            "application/zip",
            lambda connection, file: write_deidentified(connection, file, texts=masked),
        )
    table = next((one for one in TABLES if one == what), None)
    if table is None:
        return None
    write, ending, kind = (
        (write_parquet, "parquet", "application/vnd.apache.parquet")
        if parquet
        else (write_csv, "csv", "text/csv")
    )
    return (
        f"{table}.{ending}",
        kind,
        lambda connection, file: write(table, read_rows(connection, table), file),
    )


def _codebook(connection: Connection, file: BinaryIO) -> int:
    del connection
    file.write(codebook_csv())
    return 0


def _sent(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while part := file.read(_PIECE):
            yield part


@pages.get("/researcher/audit", _ME)
def audit(visit: Visit) -> Response:
    """Show whether the trail is whole, its head, and the last events."""

    def walk(connection: Connection) -> tuple[Verified | None, str]:
        try:
            return verify(connection), ""
        except AuditError as error:
            return None, str(error)

    def last(connection: Connection) -> list[object]:
        rows = connection.execute(
            select(
                EventLog.seq, EventLog.at, EventLog.actor, EventLog.kind, EventLog.subject, EventLog.detail
            )
            .order_by(EventLog.seq.desc())
            .limit(_SHOWN)
        ).all()
        return list(rows)

    (found, problem), age = visit.site.slow["audit"].get(lambda: visit.read(walk))
    rows = visit.read(last)
    when = {row.seq: time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(row.at)) for row in rows}  # type: ignore[attr-defined]
    return visit.page(
        "researcher/audit.html",
        found=found,
        problem=problem,
        age=round(age),
        rows=rows,
        when=when,
        shown=_SHOWN,
    )
