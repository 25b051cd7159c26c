"""Copies of a PostgreSQL database: each is an SQLite file of the same schema, and goes back into an empty database.

One kind of file is the backup of both databases, so one check says whether it is whole, and every command opens it.
See `docs/decisions/0014-one-kind-of-backup.md`.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, insert, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from therapyarc.web.audit import AuditError, Verified, verify
from therapyarc.web.store import MigrationError, Store
from therapyarc.web.store.database import TURN, first_line, open_engine, shown_url
from therapyarc.web.store.migrate import known_revisions, upgrade, upgrade_inside
from therapyarc.web.store.tables import Base
from therapyarc.web.upkeep import sqlite
from therapyarc.web.upkeep.check import UpkeepError

__all__ = ["copy_out", "restore"]

_ROWS = 2_000
"""Rows held in memory at once."""
_VERSIONS = "alembic_version"


class _UnlikeError(Exception):
    """A table came over with other rows than it had."""


def copy_out(store: Store, copy: Path) -> Verified:
    """Copy a database from one snapshot, while others write, into a new SQLite file, and check the file.

    Every row is read back and compared by its digest; then integrity, references and audit trail are checked. A bad copy is
    removed.

    Raises
    ------
    UpkeepError
        If the copy exists already, cannot be written, or is not whole.
    """
    try:
        with sqlite.new_copy(copy):
            with _plain_file(copy) as file:
                upgrade(file)
                store.read(lambda snapshot: _fill(snapshot, file))
            return sqlite.whole(copy)
    except (SQLAlchemyError, sqlite3.Error, OSError, AuditError, _UnlikeError) as error:
        raise UpkeepError(
            f"no backup was made at {copy}: {_said(error)}. Run: therapyarc people doctor"
        ) from error


def restore(copy: Path, url: str) -> Verified:
    """Bring a backup into an empty database of either kind, and bring its schema up to date; all of it or nothing.

    Raises
    ------
    UpkeepError
        If the copy is not whole or newer than this program, or the database is not empty or cannot be written.
    """
    if not copy.is_file():
        raise UpkeepError(f"there is no file {copy}; name the backup that is to be restored")
    try:
        found = sqlite.whole(copy)
    except (SQLAlchemyError, sqlite3.Error, OSError, AuditError) as error:
        raise UpkeepError(
            f"nothing was restored: {copy} is not whole ({_said(error)}). Take an older backup."
        ) from error
    with closing(sqlite3.connect(sqlite.read_only_uri(copy), uri=True)) as database:
        there = [row[0] for row in database.execute(f"SELECT version_num FROM {_VERSIONS}")]
    if newer := set(there) - known_revisions():
        raise UpkeepError(
            f"nothing was restored: {copy} was written by a newer TherapyArc ({', '.join(sorted(newer))}). Use that version."
        )
    try:
        if url.startswith("sqlite"):
            _into_file(copy, url)
        else:
            _into_server(copy, url, there)
    except (SQLAlchemyError, MigrationError, AuditError, _UnlikeError, OSError) as error:
        raise UpkeepError(f"nothing was restored into {shown_url(url)}: {_said(error)}") from error
    return found


def _into_file(copy: Path, url: str) -> None:
    engine = open_engine(url, writer=True)
    path = Path(engine.url.database or "")
    try:
        if path.exists():
            raise UpkeepError(f"{path} exists; restore into a new file, so that nothing is overwritten")
        sqlite.backup(copy, path)
        upgrade(engine)
    finally:
        engine.dispose()


def _into_server(copy: Path, url: str, revisions: list[str]) -> None:
    target = open_engine(url, writer=True)
    source = _read_only(copy)
    try:
        with source.connect() as file, target.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
            if taken := set(inspect(connection).get_table_names()) & {_VERSIONS, *Base.metadata.tables}:
                raise UpkeepError(
                    f"{shown_url(url)} is not empty: it holds the table {min(taken)}. Restore into a new database "
                    "(createdb), so that nothing is overwritten."
                )
            for revision in revisions:
                upgrade_inside(connection, revision)
            for table in _tables(file):
                _compare(table, _copy(file, connection, table), connection)
            verify(connection)
            upgrade_inside(connection)
    finally:
        source.dispose()
        target.dispose()


def _fill(snapshot: Connection, file: Engine) -> None:
    with file.begin() as connection:
        digests = {table: _copy(snapshot, connection, table) for table in Base.metadata.sorted_tables}
    with file.connect() as connection:
        for table, digest in digests.items():
            _compare(table, digest, connection)


def _copy(source: Connection, target: Connection, table: Table) -> tuple[int, int]:
    """Copy a table and return the digest of what was read."""
    rows, total = 0, 0
    names = [column.name for column in table.columns]
    for part in _parts(source, table):
        target.execute(insert(table), [dict(zip(names, row, strict=True)) for row in part])
        rows += len(part)
        total += sum(map(_digest, part))
    return rows, total


def _compare(table: Table, digest: tuple[int, int], target: Connection) -> None:
    rows, total = 0, 0
    for part in _parts(target, table):
        rows += len(part)
        total += sum(map(_digest, part))
    if (rows, total) != digest:
        raise _UnlikeError(
            f"the table {table.name} came over with other rows than it had ({digest[0]:,} were read, {rows:,} are there)"
        )


def _parts(source: Connection, table: Table) -> Iterator[list[tuple[object, ...]]]:
    """Yield the rows of a table in parts, as the server sends them."""
    found = source.execute(select(table).execution_options(stream_results=True, yield_per=_ROWS))
    for part in found.partitions():
        yield [tuple(row) for row in part]


def _digest(row: tuple[object, ...]) -> int:
    """Return a number of 256 bits; the sum over a table does not depend on the order, which differs between databases."""
    return int.from_bytes(hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).digest())


def _tables(file: Connection) -> list[Table]:
    """Return the tables of a copy as they are in it, which may be older than this program."""
    found = MetaData()
    found.reflect(file)
    return [table for table in found.sorted_tables if table.name != _VERSIONS]


@contextmanager
def _plain_file(path: Path) -> Iterator[Engine]:
    """Open a file that nobody else has open, without a write-ahead log."""
    engine = create_engine(f"sqlite:///{path}")
    try:
        yield engine
    finally:
        engine.dispose()


def _read_only(path: Path) -> Engine:
    return create_engine(f"sqlite:///{sqlite.read_only_uri(path)}&uri=true")


def _said(error: Exception) -> str:
    return first_line(error) if isinstance(error, SQLAlchemyError) else str(error)
