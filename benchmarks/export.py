"""Seconds and peak memory of what researchers take out of a database with a million ratings, and of its backup.

    python benchmarks/export.py
    python benchmarks/export.py --db postgresql+psycopg://USER@HOST/EMPTY

The ratings are synthetic. Each export runs in a process of its own, through the functions that the researchers' page calls,
into a file on disk; its peak memory is the largest resident set of that process. Without `--db` an SQLite file is made.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from sqlalchemy import Connection, insert

from therapyarc.web.export import codebook_csv, read_rows, write_csv, write_deidentified, write_parquet
from therapyarc.web.store import Store, sqlite_url
from therapyarc.web.store.tables import Base, Participant, Rating, RatingTask
from therapyarc.web.upkeep import backup

TASKS, RATERS = 2_000, 50
WHAT = ("nothing", "csv", "parquet", "codebook", "deidentified", "backup")


def fill(store: Store, ratings: int) -> None:
    """Write so many synthetic ratings: every rater rates every task on as many items as it takes."""
    rng, items = random.Random(1), -(-ratings // (TASKS * RATERS))
    people = [f"{rng.getrandbits(96):024x}" for _ in range(RATERS)]
    tasks = [f"{rng.getrandbits(96):024x}" for _ in range(TASKS)]

    def rows() -> Iterator[dict[str, object]]:
        for task in tasks:
            for person in people:
                for item in range(items):
                    missing = rng.random() < 0.02
                    yield {
                        "id": f"{rng.getrandbits(96):024x}", "task": task, "participant": person, "item": f"item-{item}",
                        "value": None if missing else float(rng.randint(1, 7)),
                        "missing": "declined" if missing else None, "reason": None, "evidence": "[]",
                        "revision": 1, "at": 1.8e9 + rng.random() * 1e6,
                    }  # fmt: skip

    store.write(
        lambda c: _all(c, Participant, [{"id": one, "role": "rater", "created_at": 1.0} for one in people])
    )
    about = [
        {
            "id": one,
            "session": f"{rng.getrandbits(96):024x}",
            "rubric": "rubric-empathy",
            "version": "1",
            "needed": RATERS,
        }
        for one in tasks
    ]
    store.write(lambda c: _all(c, RatingTask, about))
    part: list[dict[str, object]] = []
    for count, row in enumerate(rows()):
        if count == ratings:
            break
        part.append(row)
        if len(part) == 20_000:
            store.write(lambda c, held=part: _all(c, Rating, held))  # type: ignore[misc]
            part = []
    store.write(lambda c: _all(c, Rating, part))


def _all(connection: Connection, table: type[Base], rows: list[dict[str, object]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def take_out(url: str, what: str, path: Path) -> None:
    """Do one of them, and print its seconds (and those of CPU), rows, bytes and the peak memory of this process."""
    with Store(url, make=False) as store:
        began, spent, rows = time.monotonic(), time.process_time(), 0
        if what == "backup":
            rows = backup(store, path).events
        elif what != "nothing":
            with path.open("wb") as file:

                def work(connection: Connection) -> int:
                    if what == "csv":
                        return write_csv("ratings", read_rows(connection, "ratings"), file)
                    if what == "parquet":
                        return write_parquet("ratings", read_rows(connection, "ratings"), file)
                    if what == "deidentified":
                        return write_deidentified(connection, file, texts=False)
                    return file.write(codebook_csv())

                rows = store.read(work)
        seconds, spent = time.monotonic() - began, time.process_time() - spent
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    size = path.stat().st_size / 1e6 if path.exists() else 0
    print(
        f"{what:13} {seconds:6.1f} s ({spent:5.1f} s of CPU)  {peak:6.0f} MiB  {rows:>9,} rows or bytes  {size:7.1f} MB"
    )


def main() -> None:
    """Fill a database and take everything out of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--db", help="URL of an empty PostgreSQL database")
    parser.add_argument("--take", choices=WHAT, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.take:
        take_out(given.db, given.take, given.out)
        return
    with tempfile.TemporaryDirectory() as folder:
        url = given.db or sqlite_url(Path(folder) / "people.db")
        began = time.monotonic()
        with Store(url) as store:
            fill(store, given.ratings)
        print(
            f"{given.ratings:,} synthetic ratings written in {time.monotonic() - began:.0f} s, {os.cpu_count()} cores"
        )
        for what in WHAT:
            out = str(Path(folder) / f"out.{what}")
            subprocess.run([sys.executable, __file__, "--db", url, "--take", what, "--out", out], check=True)


if __name__ == "__main__":
    main()
