"""`people`: names, own data, erasure, retention, backup, restoration, and what is wrong with a database."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from therapyarc.cli.people import PeopleError, database_path, database_url, open_store
from therapyarc.files.study import load_design
from therapyarc.web.audit import record_event
from therapyarc.web.erasure import erase_person, idle_people, own_data
from therapyarc.web.identity import read_key, write_identity
from therapyarc.web.store import Store
from therapyarc.web.upkeep import backup, compact, examine, restore

__all__ = ["back_up", "diagnose", "erase", "export_own", "keep_name", "restore_copy", "retain"]


def keep_name(
    study: Path, participant: str, text: str, db: str | None, key: Path | None, console: Console
) -> None:
    """Seal a name or address; the key is drawn at the first."""
    with open_store(load_design(study), db, make=False) as store:
        secret, now = read_key(_key(store, key), make=True), time.time()

        store.write(lambda c: write_identity(c, secret, participant, text))
        store.write(lambda c: record_event(c, now, "operator", "identity.kept", participant))
    console.print(
        f"kept, sealed; back up the key {_key(store, key)} apart from the database",
        soft_wrap=True,
        highlight=False,
    )


def erase(study: Path, participant: str, db: str | None, *, names_only: bool, console: Console) -> None:
    """Erase a person, then overwrite what the database had of them."""
    with open_store(load_design(study), db, make=False) as store:
        gone = store.write(lambda c: erase_person(c, participant, time.time(), answers=not names_only))
    _overwrite(store, console)
    shown = ", ".join(f"{count} of {name}" for name, count in gone.items()) or "nothing was held"
    console.print(f"erased {participant}: {shown}", soft_wrap=True, highlight=False)
    console.print(
        "Not reached: results of runs, downloads (the audit trail lists them) and backups made before. Delete or make those "
        "anew.",
        soft_wrap=True,
        highlight=False,
    )


def export_own(study: Path, participant: str, db: str | None, key: Path | None, out: Path | None) -> None:
    """Write all that is held of a person as JSON, to a file of mode 0600 or to the terminal."""
    with open_store(load_design(study), db, make=False) as store:
        path = _key(store, key)
        secret = read_key(path) if path.exists() else None
        found = store.read(lambda connection: own_data(connection, participant, secret))
        now = time.time()
        store.write(lambda c: record_event(c, now, "operator", "data.exported", participant))
    text = json.dumps(found, indent=1, ensure_ascii=False)
    if out is None:
        typer.echo(text)
        return
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise PeopleError(f"cannot write {out}: {error.strerror}; name another file") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def retain(study: Path, days: int, db: str | None, *, answers: bool, done: bool, console: Console) -> None:
    """Erase those who did nothing for so many days: names, or answers too; without `done` only say whom it would be."""
    now = time.time()
    with open_store(load_design(study), db, make=False) as store:
        people = store.read(lambda connection: idle_people(connection, now - 86_400 * days))
        for participant, status, last in people:
            console.print(
                f"{participant}  {status}  last active {time.strftime('%Y-%m-%d', time.gmtime(last))}",
                highlight=False,
            )
        if done:
            for participant, _, _ in people:
                store.write(_erasing(participant, now, answers=answers))
    what = "names and answers" if answers else "names"
    if done and people:
        _overwrite(store, console)
    verb = "erased" if done else "would be erased; add --yes to do it:"
    console.print(
        f"{verb} {what} of {len(people)} who did nothing for {days} days", soft_wrap=True, highlight=False
    )


def back_up(study: Path, copy: Path, db: str | None, console: Console) -> None:
    """Copy the database while it is served, and verify the copy."""
    with open_store(load_design(study), db, make=False) as store:
        found = backup(store, copy)
    console.print(
        f"{copy}: whole, {found.events} events, unbroken. Head: {found.head}", soft_wrap=True, highlight=False
    )
    console.print(
        "It holds everything but the key of names. Keep it as safe as the database.", soft_wrap=True
    )


def restore_copy(study: Path, copy: Path, db: str | None, console: Console) -> None:
    """Bring a backup into a database that is new or empty."""
    design = load_design(study)
    if db is None:
        database_path(design, db).parent.mkdir(parents=True, exist_ok=True)
    found = restore(copy, database_url(design, db))
    console.print(
        f"{copy}: restored, {found.events} events, unbroken. Head: {found.head}",
        soft_wrap=True,
        highlight=False,
    )
    console.print(
        "Compare the head with one noted elsewhere. Whoever was erased after the backup was made must be erased again.",
        soft_wrap=True,
    )


def diagnose(study: Path, db: str | None, key: Path | None, console: Console) -> None:
    """Print what was looked at.

    Raises
    ------
    PeopleError
        If something is wrong.
    """
    checks = examine(database_url(load_design(study), db), key)
    for one in checks:
        console.print(
            f"{'well ' if one.well else 'WRONG'}  {one.what}: {one.found}",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    wrong = sum(not one.well for one in checks)
    if wrong:
        raise PeopleError(f"{wrong} of {len(checks)} checks failed; nothing was changed")


def _erasing(participant: str, now: float, *, answers: bool) -> Callable[[Any], dict[str, int]]:
    return lambda connection: erase_person(connection, participant, now, by="retention", answers=answers)


def _key(store: Store, key: Path | None) -> Path:
    if key is not None:
        return key
    if store.file is None:
        raise PeopleError("name the key file with --key; with PostgreSQL it has no place of its own")
    return store.file.with_name("people.key")


def _overwrite(store: Store, console: Console) -> None:
    for sentence in compact(store):
        console.print(sentence, soft_wrap=True, highlight=False)
