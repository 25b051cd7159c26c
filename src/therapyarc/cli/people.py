"""People in the browser: serve the pages, invite, verify the audit trail, bring finished answers into a run."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from rich.console import Console

from therapyarc.cli.people_rating import PeopleRating
from therapyarc.dialogue.client.voicing import VoiceFactory
from therapyarc.dialogue.course import Held
from therapyarc.domain import Session
from therapyarc.domain.assignment import Assignment, CourseAssignment
from therapyarc.domain.call import Call
from therapyarc.domain.design import Design
from therapyarc.files.run import RunFolder
from therapyarc.files.study import load_design
from therapyarc.tasks.client_voice import client_voice
from therapyarc.web.assign import SlotsTakenError
from therapyarc.web.audit import AuditError, verify
from therapyarc.web.collect import collect_courses, collect_sessions
from therapyarc.web.course.calls import collect_calls
from therapyarc.web.erasure import UnknownPersonError
from therapyarc.web.identity import IdentityKeyError
from therapyarc.web.invite import invite, register_study
from therapyarc.web.rating.places import PanelFullError
from therapyarc.web.serve import ServeError, public_url, serve
from therapyarc.web.settings import VoicelessError
from therapyarc.web.store import MigrationError, Store, StoreError, StoreUnavailableError, sqlite_url
from therapyarc.web.upkeep import UpkeepError

__all__ = [
    "PEOPLE_ERRORS",
    "PeopleError",
    "answered",
    "database_path",
    "database_url",
    "held_by_people",
    "invite_people",
    "open_store",
    "rated_by_people",
    "serve_study",
    "spoken_to_people",
    "verify_audit",
    "voices",
]


class PeopleError(Exception):
    """The database is absent, or another study's."""


PEOPLE_ERRORS = (
    AuditError,
    IdentityKeyError,
    MigrationError,
    PanelFullError,
    PeopleError,
    ServeError,
    SlotsTakenError,
    StoreError,
    StoreUnavailableError,
    UnknownPersonError,
    UpkeepError,
    VoicelessError,
)
"""Expected errors of these commands."""


def serve_study(study: Path, db: str | None, host: str, port: int, url: str | None, console: Console) -> None:
    """Serve the pages of a study until interrupted.

    Raises
    ------
    ServeError
        If people would reach the site over plain http.
    PeopleError
        If the database belongs to another study.
    ModelUnavailableError
        If a model that words clients cannot be reached as it is named.
    """
    design = load_design(study)
    shown = public_url(host, port, url)
    voice, practice_voice = voices(design)
    with open_store(design, db, make=True) as store:
        _register(store, design)
        console.print(
            f"{design.study.title}: people come in at {shown}/join", soft_wrap=True, highlight=False
        )
        console.print(
            f"make links with: therapyarc invite {study} --role therapist --url {shown}; stop with Ctrl-C",
            soft_wrap=True,
            highlight=False,
        )
        serve(
            design,
            store,
            url=shown,
            host=host,
            port=port,
            beside=study.parent,
            voice=voice,
            practice_voice=practice_voice,
        )


def voices(design: Design) -> tuple[VoiceFactory | None, VoiceFactory | None]:
    """Return who words the clients of courses and of practice; none where scripts do, or where there are none.

    Raises
    ------
    ModelUnavailableError
        If a model cannot be reached as it is named.
    """
    courses, practice = design.study.courses, design.study.people.practice
    named = [None if one is None or one.voice == "scripted" else one.voice for one in (courses, practice)]
    first, second = (None if name is None else client_voice(name, design.study.limits) for name in named)
    return first, second


def invite_people(
    study: Path,
    role: Literal["therapist", "rater", "trainee", "researcher"],
    count: int,
    *,
    db: str | None,
    url: str,
    days: int,
    arm: str | None,
    console: Console,
) -> None:
    """Make places and print their links and codes, this one time.

    Raises
    ------
    SlotsTakenError, PanelFullError
        For therapists and raters, if the study has fewer free places; the links printed before hold.
    """
    design = load_design(study)
    with open_store(design, db, make=True) as store:
        _register(store, design)
        for _ in range(count):
            made = invite(store, design, role, time.time(), days=days, arm=arm)
            console.print(
                f"{made.participant}  {made.link(url)}  code {made.code}",
                soft_wrap=True,
                highlight=False,
                markup=False,
            )
    console.print(
        f"Links are shown once and stored nowhere. Each is for one person, works on any device and ends in {days} days. "
        "Send each by a way that only its person reads.",
        soft_wrap=True,
        highlight=False,
    )


def verify_audit(study: Path, db: str | None, head: str | None, console: Console) -> None:
    """Walk the audit trail.

    Raises
    ------
    AuditError
        If it is broken.
    """
    design = load_design(study)
    with open_store(design, db, make=False) as store:
        found = store.read(lambda connection: verify(connection, head))
    console.print(f"{found.events} events, unbroken. Head: {found.head}", soft_wrap=True, highlight=False)
    console.print(
        "Keep the head elsewhere: with --head it shows later whether the end was cut off.",
        highlight=False,
        soft_wrap=True,
    )


def answered(
    folder: RunFolder, design: Design, planned: Iterable[str], database: str | None = None
) -> list[Session]:
    """Return people's sessions for the run in this folder; none where the study has no people, or nobody was invited.

    Raises
    ------
    PeopleError
        If `database` names a file that is not there, or another study's database.
    """
    with _people(folder, design, database) as store:
        return [] if store is None else collect_sessions(store, design, planned)


def held_by_people(folder: RunFolder, design: Design, database: str | None = None) -> dict[str, list[Held]]:
    """Return the sessions of courses that people have ended, by course; see `answered` for where they come from.

    Raises
    ------
    PeopleError
        If `database` names a file that is not there, or another study's database.
    """
    with _people(folder, design, database) as store:
        return {} if store is None else collect_courses(store)


def spoken_to_people(folder: RunFolder, design: Design, database: str | None = None) -> list[Call]:
    """Return the calls of models that worded clients for people; see `answered` for where they come from.

    Raises
    ------
    PeopleError
        If `database` names a file that is not there, or another study's database.
    """
    with _people(folder, design, database) as store:
        return [] if store is None else collect_calls(store)


@contextmanager
def rated_by_people(
    folder: RunFolder,
    design: Design,
    assignments: Sequence[Assignment],
    courses: Sequence[CourseAssignment],
    database: str | None = None,
) -> Iterator[PeopleRating]:
    """Open what people have to do with the rating of a run; see `answered` for where it comes from.

    A study with human raters gets its database here, so that tasks wait for those who are invited later.

    Raises
    ------
    PeopleError
        If `database` names a file that is not there, or another study's database.
    """
    make = any(rater.kind == "human" for rater in design.study.raters)
    with _people(folder, design, database, make=make) as store:
        yield PeopleRating(store, design, assignments, courses)


@contextmanager
def _people(
    folder: RunFolder, design: Design, database: str | None, *, make: bool = False
) -> Iterator[Store | None]:
    """Open the database of a run; none where the study has no people, or nobody was invited and none is to be made."""
    path = folder.path / "people.db"
    humans = any(actor.kind == "human" for arm in design.study.arms for actor in arm.actors)
    humans = humans or any(rater.kind == "human" for rater in design.study.raters)
    if not humans or (database is None and not path.exists() and not make):
        yield None
        return
    if database is not None and "://" not in database and not Path(database).exists():
        raise PeopleError(f"there is no database at {database}; correct --people")
    with open_store(design, database or str(path), make=make) as store:
        _register(store, design)
        yield store


def _register(store: Store, design: Design) -> None:
    try:
        register_study(store, design, time.time())
    except ValueError as error:
        raise PeopleError(str(error)) from error


@contextmanager
def open_store(design: Design, db: str | None, *, make: bool) -> Iterator[Store]:
    """Open the database that was named, or the run's own.

    Raises
    ------
    PeopleError
        If it shall not be made and is not there.
    """
    if db is None or "://" not in db:
        path = database_path(design, db)
        if not make and not path.exists():
            advice = "name it with --db, or invite someone first" if db is None else "correct --db"
            raise PeopleError(f"there is no database at {path}; {advice}")
        if db is None:
            path.parent.mkdir(parents=True, exist_ok=True)
    with Store(database_url(design, db), make=make) as store:
        yield store


def database_path(design: Design, db: str | None) -> Path:
    """Return the SQLite file that was named, or the run's own."""
    return Path("runs") / design.study.id / "people.db" if db is None else Path(db)


def database_url(design: Design, db: str | None) -> str:
    """Return the URL of the database that was named, or of the run's own."""
    if db is None or "://" not in db:
        return sqlite_url(database_path(design, db))
    return db.replace("postgresql://", "postgresql+psycopg://", 1)
