"""Post and reply pairs labelled for empathy mechanisms."""

import csv
from pathlib import Path

from therapyarc.domain import record
from therapyarc.files.errors import Fault, FaultyFileError

__all__ = ["MECHANISMS", "Pair", "read_epitome"]

MECHANISMS = ("emotional_reactions", "interpretations", "explorations")
"""The three mechanisms (Sharma et al. 2020)."""


@record
class Pair:
    """One post and the reply to it."""

    id: str
    """Ids of post and reply."""
    post: str
    """What was written first."""
    reply: str
    """The reply."""
    mechanism: str
    """Which mechanism was rated."""
    level: int
    """0 none, 1 weak, 2 strong."""


def read_epitome(path: Path) -> tuple[Pair, ...]:
    """Read EPITOME's files: a folder of `*.csv`, one a mechanism, named for it.

    Raises
    ------
    FaultyFileError
        If there is no such file, or columns are absent.
    """
    found: list[Pair] = []
    faults: list[Fault] = []
    for source in sorted(path.glob("*.csv")) if path.is_dir() else [path]:
        plain = source.name.replace("-", "_")
        mechanism = next((name for name in MECHANISMS if plain.startswith(name)), None)
        if mechanism is None:
            continue
        with source.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            needed = {"sp_id", "rp_id", "seeker_post", "response_post", "level"}
            if absent := sorted(needed - set(reader.fieldnames or ())):
                advice = "is no EPITOME file: columns are absent"
                faults.append(Fault(file=str(source), line=1, field="", got=", ".join(absent), advice=advice))
                continue
            found.extend(
                Pair(
                    id=f"{row['sp_id']}:{row['rp_id']}",
                    post=row["seeker_post"],
                    reply=row["response_post"],
                    mechanism=mechanism,
                    level=int(row["level"]),
                )
                for row in reader
            )
    if not found and not faults:
        advice = "holds no EPITOME file, such as emotional-reactions*.csv"
        faults.append(Fault(file=str(path), line=None, field="", got="", advice=advice))
    if faults:
        raise FaultyFileError(tuple(faults))
    return tuple(found)
