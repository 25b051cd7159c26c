"""Upkeep of an SQLite file: a verified copy, overwriting what is erased, and what is wrong."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine

from therapyarc.web.audit import AuditError, Verified, verify
from therapyarc.web.upkeep.check import Check, UpkeepError, key_check, schema_check

__all__ = ["backup", "compact", "examine", "new_copy", "read_only_uri", "whole"]

_ROOM = 200 * 1024 * 1024
"""Bytes that should be free on the disk."""


def compact(path: Path) -> None:
    """Rewrite the file without what was deleted, and empty the write-ahead log, so that no deleted word is left in either.

    Raises
    ------
    UpkeepError
        If another process kept the database busy for 30 seconds, or there is no room.
    """
    try:
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as database:
            database.execute("PRAGMA secure_delete=ON")
            database.execute("VACUUM")
            busy = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error as error:
        raise UpkeepError(
            f"rows are deleted, but {path} could not be rewritten ({error}), so their words may still lie in free pages. "
            "Stop the server and run the same command again."
        ) from error
    if busy:
        raise UpkeepError(
            f"rows are deleted, but the write-ahead log of {path} is in use and could not be emptied. Stop the server and "
            "run the same command again."
        )


def backup(path: Path, copy: Path) -> Verified:
    """Copy a database while it is in use, and check the copy: integrity and audit trail. A bad copy is removed.

    Raises
    ------
    UpkeepError
        If the copy exists already, cannot be written, or is not whole.
    """
    try:
        with new_copy(copy):
            with closing(
                sqlite3.connect(read_only_uri(path), uri=True, timeout=30, isolation_level=None)
            ) as database:
                database.execute("VACUUM INTO ?", (str(copy),))
            return whole(copy)
    except (sqlite3.Error, OSError, AuditError) as error:
        raise UpkeepError(f"no backup was made at {copy}: {error}. Run: therapyarc people doctor") from error


@contextmanager
def new_copy(copy: Path) -> Iterator[None]:
    """Make the file of a copy, for its owner alone; whatever goes wrong while it is filled, nothing of it is left.

    Raises
    ------
    UpkeepError
        If it exists already.
    """
    if copy.exists():
        raise UpkeepError(f"{copy} exists; name another file, so that no older backup is overwritten")
    try:
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield
    except BaseException:
        copy.unlink(missing_ok=True)
        raise


def read_only_uri(path: Path) -> str:
    """Return how to open a file without writing: where no log lies beside it, also without making one.

    A log made here by another user than the server's would keep the server from writing.
    """
    still = not path.with_name(f"{path.name}-wal").exists()
    return f"{path.resolve().as_uri()}?{'immutable=1' if still else 'mode=ro'}"


def whole(path: Path) -> Verified:
    """Read a file without changing it, and return its audit trail where file, references and trail are whole.

    Raises
    ------
    sqlite3.Error, AuditError
        If they are not.
    """
    with closing(sqlite3.connect(read_only_uri(path), uri=True)) as database:
        found = database.execute("PRAGMA integrity_check").fetchall()
        if found != [("ok",)]:
            raise sqlite3.DatabaseError(f"integrity check: {found[0][0]}")
        if database.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise sqlite3.DatabaseError("a row refers to one that is not there")
    engine = create_engine(f"sqlite:///{read_only_uri(path)}&uri=true")
    try:
        with engine.connect() as connection:
            return verify(connection)
    finally:
        engine.dispose()


def examine(path: Path, key: Path) -> list[Check]:
    """Look at a database without changing it, and say in words what is wrong and what to do."""
    if not path.is_file():
        return [
            Check(
                "file",
                False,
                f"there is no file {path}; correct --db, restore a backup, or invite someone first",
            )
        ]
    size = path.stat().st_size
    if size == 0:
        return [
            Check("file", False, f"{path} is empty: it was never written, or was cut off. Restore a backup.")
        ]
    checks = [_header(path, size), _rights(path), _writable(path), _room(path, size), _wal(path)]
    if not checks[0].well:
        return checks
    try:
        found = whole(path)
        checks.append(Check("integrity", True, "whole"))
        checks.append(Check("audit trail", True, f"{found.events} events, unbroken; head {found.head}"))
    except AuditError as error:
        checks.append(Check("audit trail", False, str(error)))
    except Exception as error:  # noqa: BLE001 - whatever a broken file makes SQLite or its driver raise is what is looked for
        advice = "Stop the server, keep a copy of the file as it is, and restore the last backup."
        checks.append(Check("integrity", False, f"{str(error).splitlines()[0]}. {advice}"))
        return checks
    return [*checks, _schema(path), key_check(key)]


def _header(path: Path, size: int) -> Check:
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or head[:16] != b"SQLite format 3\x00":
        return Check(
            "file",
            False,
            f"{path} is no SQLite database, or its beginning was overwritten. Restore a backup.",
        )
    page = int.from_bytes(head[16:18], "big")
    page = 65_536 if page == 1 else page
    pages = int.from_bytes(head[28:32], "big")
    wal = path.with_name(f"{path.name}-wal")
    if size < page * pages and not (wal.exists() and wal.stat().st_size):
        return Check(
            "file",
            False,
            f"{path} is cut off: {size:,} bytes are there of {page * pages:,}. Restore a backup, and check the disk.",
        )
    return Check("file", True, f"{size:,} bytes")


def _rights(path: Path) -> Check:
    open_to = [
        one.name
        for one in (path, *(path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm")))
        if one.exists() and stat.S_IMODE(one.stat().st_mode) & 0o077
    ]
    if open_to:
        return Check(
            "rights", False, f"others on this machine can read {', '.join(open_to)}; run chmod 600 on each"
        )
    return Check("rights", True, "for the owner alone")


def _writable(path: Path) -> Check:
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return Check(
            "writing", False, f"the disk of {path} is mounted read-only; nothing can be saved until it is not"
        )
    for one in (path, path.parent):
        if not os.access(one, os.W_OK):
            return Check(
                "writing",
                False,
                f"{one} is read-only for this user; nothing can be saved. Give rights to the server's user.",
            )
    return Check("writing", True, "allowed")


def _room(path: Path, size: int) -> Check:
    free = shutil.disk_usage(path.parent).free
    if free < max(_ROOM, 2 * size):
        return Check(
            "room",
            False,
            f"only {free / 1e6:,.0f} MB are free; answers are refused when the disk is full. Make room now.",
        )
    return Check("room", True, f"{free / 1e9:,.1f} GB free")


def _wal(path: Path) -> Check:
    wal, shared = path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")
    if shared.exists() and not wal.exists():
        return Check(
            "write-ahead log", False,
            f"{wal.name} is gone while {shared.name} is there: somebody removed it, and answers that were acknowledged last "
            "may be lost. Compare the head of the audit trail with one noted elsewhere; never delete or copy these files "
            "singly.",
        )  # fmt: skip
    return Check(
        "write-ahead log",
        True,
        f"{wal.stat().st_size:,} bytes" if wal.exists() else "empty; closed in good order",
    )


def _schema(path: Path) -> Check:
    with closing(sqlite3.connect(read_only_uri(path), uri=True)) as database:
        there = {row[0] for row in database.execute("SELECT version_num FROM alembic_version")}
    return schema_check(there)
