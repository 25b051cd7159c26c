"""The database behind the pages: one writer with group commit, and a pool of readers; SQLite or PostgreSQL."""

import contextlib
import os
import queue
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from therapyarc.web.store.migrate import upgrade
from therapyarc.web.store.prepared import driver_run

__all__ = [
    "READERS",
    "TURN",
    "Inside",
    "Snapshot",
    "Store",
    "StoreError",
    "StoreUnavailableError",
    "first_line",
    "memory_of",
    "open_engine",
    "shown_url",
    "sqlite_url",
    "transaction_memory",
]

T = TypeVar("T")

READERS = 16
"""Connections kept open for reading; as many requests are worked on at once (see `create_app`)."""
_BATCH = 16
"""Most jobs of one commit. With more, hundreds of people whose answers came at once are answered at once, come back at once,
and wait for each other again."""
_PATIENCE = 0.5
"""Seconds after which the writer does itself what it handed over: the loop stands still or is gone."""
TURN = 727_001
"""Number of the advisory lock by which several servers on one PostgreSQL database write in turn."""

_REPEATABLE_READ = 3
"""`psycopg.IsolationLevel.REPEATABLE_READ`; the driver is there only with the extra `postgres`."""


class StoreError(Exception):
    """The database cannot be opened as it is; the message says what to do."""


class StoreUnavailableError(Exception):
    """Nothing was saved: the database does not answer or refuses to write. Trying again later is safe."""


@dataclass(slots=True)
class _Job:
    work: Callable[[Connection], Any]
    future: Future[Any]
    guarded: bool
    result: Any = None


def sqlite_url(path: Path) -> str:
    """Return the URL of an SQLite file."""
    return f"sqlite:///{path}"


class Store:
    """Port of the pages to their database.

    `write` hands a function to the one writer thread and returns once the function's changes are committed; many
    waiting functions share one commit, each in a savepoint of its own, so that one that fails takes no other with it.
    `read` runs a function on a snapshot and never waits for the writer.
    """

    def __init__(self, url: str, *, make: bool = True) -> None:
        """Open the database and bring its schema up to date; without `make` only one that is there already.

        Raises
        ------
        StoreError
            If it cannot be opened, or is empty and shall not be made.
        MigrationError
            If its schema is newer than this program.
        """
        self.url = url
        self._sqlite = url.startswith("sqlite")
        try:
            _keep_private(url)
            self._writer = open_engine(url, writer=True)
            self._readers = open_engine(url, writer=False)
            try:
                if not make and not inspect(self._writer).has_table("alembic_version"):
                    raise StoreError(
                        f"the database {shown_url(url)} is empty; correct --db, restore a backup, or invite someone first"
                    )
                upgrade(self._writer)
            except BaseException:
                self._writer.dispose()  # no connection outlives a store that never opened
                raise
        except ModuleNotFoundError as error:
            raise StoreError(
                "PostgreSQL needs its driver: pip install 'therapyarc[postgres]'. Without --db an SQLite file is used."
            ) from error
        except OSError as error:
            raise StoreError(
                f"cannot open the database {shown_url(url)}: {error.strerror}. Check path and rights."
            ) from error
        except SQLAlchemyError as error:
            raise StoreError(
                f"cannot open the database {shown_url(url)}: {first_line(error)}. Check path, rights, room and, for "
                "PostgreSQL, that the server runs and the URL is postgresql+psycopg://USER:PASSWORD@HOST/NAME."
            ) from error
        self._loop: AbstractEventLoop | None = None
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="therapyarc-writer", daemon=True)
        self._thread.start()

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database; none on PostgreSQL."""
        name = make_url(self.url).database if self._sqlite else None
        return Path(name) if name else None

    def submit(self, work: Callable[[Connection], T], *, guarded: bool = False) -> Future[T]:
        """Queue `work` for the writer; the future is done after the commit, or holds why nothing was committed.

        `guarded` work writes in savepoints of its own alone (see `Inside`), so that it needs none around it, and takes
        about a millisecond, so that an event loop may do it (see `worked_on`).
        """
        future: Future[T] = Future()
        if self._closed:
            future.set_exception(StoreUnavailableError("the server is shutting down"))
        else:
            self._jobs.put(_Job(work, cast("Future[Any]", future), guarded))
        return future

    @contextlib.contextmanager
    def worked_on(self, loop: AbstractEventLoop) -> Iterator[None]:
        """Let guarded work on SQLite be done by an event loop; the writer still begins, commits and waits for the disk.

        Python's lock is let go at every statement, so that a writer of many short statements waits for it again and again
        behind a loop that makes pages.
        """
        self._loop = loop if self._sqlite else None
        try:
            yield
        finally:
            self._loop = None

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in the writer and return its result once it is committed.

        Raises
        ------
        StoreUnavailableError
            If the database did not commit.
        """
        return self.submit(work).result()

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a snapshot.

        Raises
        ------
        StoreUnavailableError
            If the database does not answer.
        """
        try:
            with self._readers.begin() as connection:
                return work(connection)
        except (DBAPIError, PoolTimeout) as error:
            raise StoreUnavailableError(first_line(error)) from error

    def close(self) -> None:
        """Finish what is queued and close."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._thread.join()
            self._writer.dispose()
            self._readers.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            batch = [first]
            last = False
            while len(batch) < _BATCH and not self._jobs.empty():
                job = self._jobs.get()
                if job is None:
                    last = True
                    break
                batch.append(job)
            # from here on a job can no longer be taken back by a request that was given up
            self._commit([job for job in batch if job.future.set_running_or_notify_cancel()])
            if last:
                break

    def _commit(self, batch: list[_Job]) -> None:
        if not batch:
            return
        try:
            with self._writer.begin() as connection:
                if not self._sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
                done = self._attempted(connection, batch)
        except Exception as error:  # noqa: BLE001 - the one writer outlives whatever a driver raises in an outage
            for job in batch:
                if not job.future.done():
                    job.future.set_exception(StoreUnavailableError(first_line(error)))
            return
        for job in done:
            job.future.set_result(job.result)

    def _attempted(self, connection: Connection, batch: Sequence[_Job]) -> list[_Job]:
        """Do jobs in order, those that are guarded in the event loop where there is one; return what shall be committed."""
        done: list[_Job] = []
        for guarded, jobs in groupby(batch, lambda job: job.guarded):
            loop = self._loop if guarded else None
            work = partial(self._attempt_each, connection, list(jobs))
            done += work() if loop is None else _handed(loop, work)
        return done

    def _attempt_each(self, connection: Connection, jobs: Sequence[_Job]) -> list[_Job]:
        return [job for job in jobs if self._attempt(connection, job)]

    def _attempt(self, connection: Connection, job: _Job) -> bool:
        try:
            job.result = job.work(connection) if job.guarded else in_savepoint(connection, job.work)
        except (IntegrityError, DataError, ProgrammingError) as error:
            job.future.set_exception(error)
            return False
        except DBAPIError:
            raise  # no room, no server: SQLite has rolled everything back by itself, and so nothing of the batch is kept
        except Exception as error:
            if connection.invalidated:
                raise  # the server went away, and nothing of the batch is kept, whatever this job made of it
            job.future.set_exception(error)
            return False
        return True


def _handed(loop: AbstractEventLoop, work: Callable[[], T]) -> T:
    """Return what `work` returns in an event loop; done here where the loop does not come to it."""
    turn: Future[T] = Future()

    def take() -> None:
        if turn.set_running_or_notify_cancel():
            try:
                turn.set_result(work())
            except BaseException as error:  # noqa: BLE001 - whatever it is belongs to whoever waits
                turn.set_exception(error)

    try:
        loop.call_soon_threadsafe(take)
    except RuntimeError:  # it is closed
        return work()
    wait([turn], _PATIENCE)
    return work() if turn.cancel() else turn.result()


@dataclass(frozen=True, slots=True)
class Inside:
    """A write transaction in the place of a `Store`, for work that is already done by the writer.

    Whoever works inside must not wait for the store itself: it would wait for the writer, which is waiting for it.
    """

    connection: Connection

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on what the transaction sees."""
        return work(self.connection)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, all of it or nothing; it is committed with the transaction."""
        return in_savepoint(self.connection, work)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a page sees that changes nothing, in the place of a `Store`: everything on it is of one moment."""

    connection: Connection

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on it."""
        return work(self.connection)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Refuse.

        Raises
        ------
        TypeError
            Always: what is asked for with GET changes nothing.
        """
        raise TypeError(f"{work!r}: a page that is asked for with GET changes nothing; use POST")


def memory_of(connection: Connection) -> dict[str, Any]:
    """Return what is kept in memory of what a connection has read; nothing is, after a transaction that was rolled back."""
    kept: dict[str, Any] = connection.info.setdefault("therapyarc", {})
    return kept


def transaction_memory(connection: Connection) -> dict[str, Any]:
    """Return what is kept in memory of what a transaction has read and written; nothing is once any of it was taken back."""
    kept: dict[str, Any] = memory_of(connection).setdefault("transaction", {})
    return kept


def in_savepoint(connection: Connection, work: Callable[[Connection], T]) -> T:
    """Run `work` so that nothing is left of it in the transaction where it raises an error."""
    driver_run(connection, "SAVEPOINT work")
    try:
        result = work(connection)
    except BaseException:
        # a server that went away took the savepoint along; that it went is told
        if not connection.invalidated:
            driver_run(connection, "ROLLBACK TO SAVEPOINT work")
            transaction_memory(connection).clear()
        raise
    driver_run(connection, "RELEASE SAVEPOINT work")
    return result


def _keep_private(url: str) -> None:
    """Make the file readable for its owner alone; SQLite gives the files beside it the same rights."""
    path = make_url(url).database
    if url.startswith("sqlite") and path:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def open_engine(url: str, *, writer: bool) -> Engine:
    """Return the connections to a database, made when they are first used: one that writes, or several that cannot."""
    engine = _opened(url, writer=writer)

    @event.listens_for(engine, "rollback")
    def _forget(connection: Connection) -> None:
        if not connection.invalidated:
            memory_of(connection).clear()

    @event.listens_for(engine, "commit")
    def _end(connection: Connection) -> None:
        transaction_memory(connection).clear()

    return engine


def _opened(url: str, *, writer: bool) -> Engine:
    if not url.startswith("sqlite"):
        return _postgresql_engine(url, writer=writer)
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1 if writer else READERS,
        pool_use_lifo=True,  # what a connection keeps in memory is then kept by few
        max_overflow=0 if writer else 32,  # for more threads than the pages use, such as commands' own
        connect_args={"check_same_thread": False, "timeout": 10},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: object) -> None:
        del record
        connection.isolation_level = None  # the driver's own BEGIN would come too late for IMMEDIATE
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "busy_timeout=10000",
            "wal_autocheckpoint=10000",  # 40 MB; at the default of 4 saves under load waited longer
            *(() if writer else ("query_only=ON",)),
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver_run(connection, "BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def _postgresql_engine(url: str, *, writer: bool) -> Engine:
    engine = create_engine(
        url,
        pool_size=1 if writer else READERS,
        max_overflow=0 if writer else 8,
        pool_timeout=5,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 3},
        hide_parameters=True,  # nobody's words stand in an error, and so none in the server's log
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: object) -> None:
        del record
        if writer:
            _await_disk(connection)
        else:
            connection.isolation_level = _REPEATABLE_READ
            connection.read_only = True

    return engine


def _await_disk(connection: Any) -> None:
    """Let a commit wait for the disk, whatever the role's or the database's defaults are: saved means stored."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        if cursor.fetchone()[0] == "off":
            cursor.execute("SET synchronous_commit = on")
    connection.commit()


def shown_url(url: str) -> str:
    """Return the URL without its password."""
    head, at, tail = url.rpartition("@")
    return f"{head.split('://')[0]}://…@{tail}" if at else url


def first_line(error: Exception) -> str:
    """Return in one line what a database said."""
    first, before = error, error.__context__
    while before is not None:  # a rollback that failed did so only because of what came first
        first = before if isinstance(before, DBAPIError) else first
        before = before.__context__
    original = getattr(first, "orig", None)
    return (str(original or first).strip() or type(first).__name__).splitlines()[0]
