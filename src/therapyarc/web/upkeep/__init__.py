"""Upkeep of a people's database from outside the pages, the same on SQLite and PostgreSQL."""

from pathlib import Path

from sqlalchemy import make_url

from therapyarc.web.audit import Verified
from therapyarc.web.store import Store
from therapyarc.web.upkeep import postgres, sqlite
from therapyarc.web.upkeep.check import Check, UpkeepError
from therapyarc.web.upkeep.copies import copy_out, restore

__all__ = ["Check", "UpkeepError", "backup", "compact", "examine", "restore"]


def backup(store: Store, copy: Path) -> Verified:
    """Copy a database while it is in use into an SQLite file, and check the copy. A bad copy is removed.

    Raises
    ------
    UpkeepError
        If the copy exists already, cannot be written, or is not whole.
    """
    return copy_out(store, copy) if store.file is None else sqlite.backup(store.file, copy)


def compact(store: Store) -> tuple[str, ...]:
    """Rewrite a database without what was deleted; return what this could not reach, in sentences.

    Raises
    ------
    UpkeepError
        If another connection kept the database busy for 30 seconds, or it could not be rewritten.
    """
    if store.file is None:
        return postgres.compact(store.url)
    sqlite.compact(store.file)
    return ()


def examine(url: str, key: Path | None) -> list[Check]:
    """Look at a database without changing it, and say in words what is wrong and what to do.

    Parameters
    ----------
    url
        The database.
    key
        File of the key of names; none where its place is not known.
    """
    if not url.startswith("sqlite"):
        return postgres.examine(url, key)
    path = Path(make_url(url).database or "")
    return sqlite.examine(path, key or path.with_name("people.key"))
