"""Upkeep of a PostgreSQL database over its connection: overwriting what is erased, and what is wrong.

What only the server's own machine can tell or do is said to be so: room on its disk where it cannot be seen, and words in
its write-ahead log, archives and standbys.
"""

import shutil
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, Text, and_, cast, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from therapyarc.web.audit import AuditError, verify
from therapyarc.web.store import READERS
from therapyarc.web.store.database import first_line, open_engine, shown_url
from therapyarc.web.store.tables import Base
from therapyarc.web.upkeep.check import Check, UpkeepError, key_check, schema_check

__all__ = ["compact", "examine"]

_PATIENCE_S = 30
"""Seconds for which others may keep the database busy."""
_ROOM = 200 * 1024 * 1024
"""Bytes that should be free on the disk."""
_CONNECTIONS = READERS + 8 + 1
"""Most connections that one server of the pages opens."""

_OLD = """
SELECT coalesce(min(pid::text), '') FROM (
  SELECT 'process ' || pid AS pid FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND greatest(age(backend_xmin), age(backend_xid)) >= age(CAST(CAST(:mark AS text) AS xid))
  UNION ALL
  SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts
  WHERE database = current_database() AND age(transaction) >= age(CAST(CAST(:mark AS text) AS xid))
  UNION ALL
  SELECT 'replication slot ' || slot_name FROM pg_replication_slots
  WHERE xmin IS NOT NULL AND age(xmin) >= age(CAST(CAST(:mark AS text) AS xid))
) AS old
"""
"""Who still holds a snapshot from before a transaction, and so keeps the server from dropping what was deleted before it."""

_READABLE = """
SELECT coalesce(string_agg(DISTINCT relname, ', '), '')
FROM pg_class, aclexplode(relacl) AS granted
WHERE granted.grantee = 0 AND relnamespace = current_schema()::regnamespace AND relname = ANY(:tables)
"""
"""Tables that every role of the server may use."""

_UNCHECKED = """
SELECT coalesce(string_agg(conname, ', '), '') FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND NOT convalidated
"""
"""Constraints that were added without looking at the rows."""


def compact(url: str) -> tuple[str, ...]:
    """Rewrite all tables, indexes and statistics without what was deleted; return what this could not reach, in sentences.

    Waits up to 30 seconds for transactions that still see what was deleted, since the server keeps it for them.

    Raises
    ------
    UpkeepError
        If others kept the database busy for 30 seconds, or it could not be rewritten.
    """
    engine = open_engine(url, writer=True)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            _wait_for_others(connection)
            connection.execute(text(f"SET lock_timeout = '{_PATIENCE_S}s'"))
            names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
            connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {names}")
            return _out_of_reach(connection)
    except SQLAlchemyError as error:
        raise UpkeepError(
            f"rows are deleted, but {shown_url(url)} could not be rewritten ({first_line(error)}), so their words may still "
            "lie in free pages. Stop the server and run the same command again."
        ) from error
    finally:
        engine.dispose()


def _wait_for_others(connection: Connection) -> None:
    mark = connection.execute(text("SELECT pg_current_xact_id()::xid::text")).scalar_one()
    until = time.monotonic() + _PATIENCE_S
    while old := connection.execute(text(_OLD), {"mark": mark}).scalar_one():
        if time.monotonic() > until:
            raise UpkeepError(
                f"rows are deleted, but {old} has been at work since before and still sees them, so the database could not "
                "be rewritten without them. End it, or stop the server, and run the same command again."
            )
        time.sleep(0.2)


def _out_of_reach(connection: Connection) -> tuple[str, ...]:
    """Rewrite the planner's statistics too, which hold samples of texts, and write all to disk; return what is left."""
    left = []
    owner = "SELECT pg_has_role(datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()"
    if connection.execute(text(owner)).scalar_one():
        connection.exec_driver_sql("VACUUM FULL pg_catalog.pg_statistic")
    else:
        left.append(
            "The planner's statistics may hold a sample of erased texts until they are rewritten: let the database's owner "
            "run VACUUM FULL pg_statistic."
        )
    checkpoint = (
        "SELECT pg_has_role('pg_checkpoint', 'MEMBER')" if _version(connection) >= 150_000 else _SUPERUSER
    )
    if connection.execute(text(checkpoint)).scalar_one():
        connection.exec_driver_sql("CHECKPOINT")
    else:
        left.append("The old files go at the server's next checkpoint.")
    left.append(
        "The server's write-ahead log holds erased words until its segments are used anew, and so do archived logs and "
        "standbys: no client reaches them. Mind how long they are kept."
    )
    return tuple(left)


_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


def examine(url: str, key: Path | None) -> list[Check]:
    """Look at a database without changing it, and say in words what is wrong and what to do."""
    engine = open_engine(url, writer=False)
    try:
        return _examined(engine, key)
    except SQLAlchemyError as error:
        return [
            Check(
                "server",
                False,
                f"{shown_url(url)} does not answer: {first_line(error)}. Check that the server runs, and the URL "
                "postgresql://USER:PASSWORD@HOST/NAME.",
            )
        ]
    finally:
        engine.dispose()


def _examined(engine: Engine, key: Path | None) -> list[Check]:
    with engine.connect() as connection:
        there = set(inspect(connection).get_table_names())
        checks = [_server(connection), _transport(connection)]
        if "alembic_version" not in there:
            advice = "correct --db, restore a backup, or invite someone first"
            return [*checks, Check("tables", False, f"the database holds none of TherapyArc; {advice}")]
        checks += [
            _rights(connection),
            _writable(connection),
            _durable(connection),
            _room(connection),
            _connections(connection),
        ]
        if absent := sorted(set(Base.metadata.tables) - there):
            advice = "Stop the server, and restore the last backup into a new database."
            return [*checks, Check("tables", False, f"{', '.join(absent)} absent. {advice}")]
    checks += _content(engine)
    with engine.connect() as connection:
        known = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    checks.append(schema_check(set(known)))
    checks.append(
        Check("key of names", True, "not looked at; name its file with --key")
        if key is None
        else key_check(key)
    )
    return checks


def _server(connection: Connection) -> Check:
    shown = _setting(connection, "server_version")
    if connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one():
        return Check(
            "server",
            False,
            f"PostgreSQL {shown} is a standby; nothing can be saved. Name the primary in --db.",
        )
    return Check("server", True, f"PostgreSQL {shown}, {_size(connection):,} bytes of data")


def _transport(connection: Connection) -> Check:
    row = connection.execute(
        text(
            "SELECT ssl, inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1' "
            "FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        )
    ).one()
    if not row[0] and not row[1]:
        return Check(
            "way to the server",
            False,
            "answers travel in plain; add ?sslmode=verify-full to the URL of the database",
        )
    return Check("way to the server", True, "encrypted" if row[0] else "on this machine")


def _rights(connection: Connection) -> Check:
    tables = [*Base.metadata.tables]
    if open_to := connection.execute(text(_READABLE), {"tables": tables}).scalar_one():
        return Check(
            "rights", False, f"every role of the server may use {open_to}; run REVOKE ALL ON each FROM PUBLIC"
        )
    return Check("rights", True, "not for every role of the server")


def _writable(connection: Connection) -> Check:
    if connection.execute(
        text(
            "SELECT setting = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only' AND source <> 'session'"
        )
    ).scalar():
        return Check(
            "writing",
            False,
            "transactions are read-only by default (default_transaction_read_only); nothing can be saved until they are not",
        )
    for table in Base.metadata.sorted_tables:
        for right in ("INSERT", "UPDATE", "DELETE"):
            name = f'"{table.name}"'
            if not connection.execute(
                text("SELECT to_regclass(:name) IS NULL OR has_table_privilege(to_regclass(:name), :right)"),
                {"name": name, "right": right},
            ).scalar_one():
                return Check(
                    "writing",
                    False,
                    f"this role lacks {right} on {table.name}; nothing can be saved. Give rights to the server's role.",
                )
    return Check("writing", True, "allowed")


def _durable(connection: Connection) -> Check:
    off = [name for name in ("fsync", "full_page_writes") if _setting(connection, name) == "off"]
    if off:
        return Check(
            "durability",
            False,
            f"{' and '.join(off)} off: answers that were acknowledged can be lost in a power cut. "
            "Set on in postgresql.conf.",
        )
    return Check("durability", True, "commits wait for the disk")


def _room(connection: Connection) -> Check:
    """Look at the disk where the server runs on this machine and says where its data lie."""
    size = _size(connection)
    local = connection.execute(text("SELECT inet_server_addr() IS NULL")).scalar_one()
    seen = connection.execute(text("SELECT pg_has_role('pg_read_all_settings', 'MEMBER')")).scalar_one()
    if local and seen:
        folder = Path(_setting(connection, "data_directory"))
        try:
            free = shutil.disk_usage(folder).free
        except OSError:
            free = None
        if free is not None:
            if free < max(_ROOM, 2 * size):
                return Check(
                    "room",
                    False,
                    f"only {free / 1e6:,.0f} MB are free; answers are refused when the disk is full. Make room now.",
                )
            return Check("room", True, f"{free / 1e9:,.1f} GB free")
    return Check(
        "room",
        True,
        f"not known: the disk of the server cannot be seen from here. The database takes {size / 1e6:,.0f} MB; "
        "watch that disk",
    )


def _connections(connection: Connection) -> Check:
    row = connection.execute(
        text(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int, "
            "(SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user), "
            "(SELECT datconnlimit FROM pg_database WHERE datname = current_database())"
        )
    ).one()
    allowed = min(number for number in row if number >= 0)
    if allowed < _CONNECTIONS:
        return Check(
            "connections",
            False,
            f"{allowed} are allowed, and the pages open up to {_CONNECTIONS}; beyond, people are told to try again. "
            "Raise the limit.",
        )
    return Check("connections", True, f"{allowed} allowed, up to {_CONNECTIONS} needed")


def _content(engine: Engine) -> list[Check]:
    """Read every row once, look for rows that refer to none, and walk the trail, all on one snapshot."""
    checks = []
    advice = "Stop the server, keep a copy of its data folder as it is, and restore the last backup."
    try:
        with engine.connect() as connection:
            problem = _problem(connection)
        checks.append(
            Check("integrity", False, f"{problem}. {advice}")
            if problem
            else Check("integrity", True, "whole")
        )
    except SQLAlchemyError as error:
        return [Check("integrity", False, f"{first_line(error)}. {advice}")]
    try:
        with engine.connect() as connection:
            found = verify(connection)
        checks.append(Check("audit trail", True, f"{found.events} events, unbroken; head {found.head}"))
    except AuditError as error:
        checks.append(Check("audit trail", False, str(error)))
    return checks


def _problem(connection: Connection) -> str:
    """Return what is wrong with the content, or nothing."""
    failures = (
        "SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()"
    )
    if count := connection.execute(text(failures)).scalar_one():
        return f"the server met {count} pages whose checksum is wrong"
    for table in Base.metadata.sorted_tables:
        connection.execute(select(func.count(), *_all_of(table)).select_from(table)).one()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            for key in column.foreign_keys:
                above = key.column.table.alias()
                orphans = (
                    select(func.count())
                    .select_from(table.outerjoin(above, above.c[key.column.name] == column))
                    .where(and_(column.is_not(None), above.c[key.column.name].is_(None)))
                )
                if count := connection.execute(orphans).scalar_one():
                    return (
                        f"a row refers to one that is not there: {count} of {table.name}.{column.name} to "
                        f"{key.column.table.name}"
                    )
    if unchecked := connection.execute(text(_UNCHECKED)).scalar_one():
        return f"constraints were never checked against the rows: {unchecked}"
    if lacking := _lacking(connection):
        return f"constraints are gone: {lacking}"
    return _collation(connection)


def _all_of(table: Table) -> list[Any]:
    """Return what makes the server read each value whole, also those that it keeps apart for their length."""
    return [func.sum(func.length(cast(column, Text))) for column in table.columns]


def _lacking(connection: Connection) -> str:
    """Return keys and references that the schema has and the database has not."""
    there = set(
        connection.execute(
            text("SELECT conname FROM pg_constraint WHERE connamespace = current_schema()::regnamespace")
        ).scalars()
    )
    wanted = {
        str(constraint.name)
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if constraint.name is not None
    }
    return ", ".join(sorted(wanted - there))


def _collation(connection: Connection) -> str:
    """Return whether the rules for sorting changed under the indexes, which then miss rows; known from PostgreSQL 15 on."""
    if _version(connection) < 150_000:
        return ""
    changed = connection.execute(
        text(
            "SELECT datcollversion <> pg_database_collation_actual_version(oid) FROM pg_database "
            "WHERE datname = current_database()"
        )
    ).scalar()
    if changed:
        return (
            "the system's rules for sorting changed since the indexes were made; run REINDEX DATABASE, then "
            "ALTER DATABASE … REFRESH COLLATION VERSION"
        )
    return ""


def _setting(connection: Connection, name: str) -> str:
    return str(connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one())


def _version(connection: Connection) -> int:
    return int(_setting(connection, "server_version_num"))


def _size(connection: Connection) -> int:
    return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
