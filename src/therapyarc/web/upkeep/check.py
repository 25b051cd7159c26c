"""What is looked at in any database: the version of its schema, and the key of names."""

import stat
from dataclasses import dataclass
from pathlib import Path

from therapyarc.web.store.migrate import heads, known_revisions

__all__ = ["Check", "UpkeepError", "key_check", "schema_check"]


class UpkeepError(Exception):
    """A copy was not made, or is not whole; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    what: str
    """In a few words."""
    well: bool
    """Whether it is as it should be."""
    found: str
    """What was found, and what to do."""


def schema_check(there: set[str]) -> Check:
    """Compare the revisions that a database names with those that this program knows."""
    if newer := there - known_revisions():
        return Check(
            "schema",
            False,
            f"written by a newer TherapyArc ({', '.join(sorted(newer))}); use that version",
        )
    if there != heads():
        return Check("schema", True, "older than this program; the next start brings it up to date")
    return Check("schema", True, ", ".join(sorted(there)))


def key_check(key: Path) -> Check:
    """Look at the file of the key of names."""
    if not key.exists():
        return Check("key of names", True, "none; no names are held, or the key lies elsewhere (--key)")
    if stat.S_IMODE(key.stat().st_mode) & 0o077:
        return Check("key of names", False, f"others on this machine can read {key}; run chmod 600 on it")
    if key.stat().st_size != 32:
        return Check("key of names", False, f"{key} is no key of 32 bytes; restore it from its own backup")
    return Check("key of names", True, "there; back it up apart from the database")
