"""Speed and memory of `measure`: `python benchmarks/transcripts.py`.

Writes tables of synthetic sessions of 50 turns, measures each in a process of its own, and prints turns a second and peak
memory of the process that reads (`resource.getrusage`) and of the largest that measures (`VmHWM` in /proc, on Linux alone,
since what `getrusage` says of children counts the moment at which they were still a copy of the first). Flat memory means
that the second figure does not grow with the number of turns. Figures are of one run on one machine;
docs/how-to/transcripts.md holds those of the last.
"""

import argparse
import contextlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from rich.console import Console

SESSION = 50
CLIENT = (
    "I have felt so low since March, and I never go out any more.",
    "My sister rang on Sunday and I did not pick up. I felt ashamed of that.",
    "Yes, but I will only let her down again.",
    "Hm. I suppose so. It was not as bad as I had thought it would be.",
    "I do not know. I walked to the park on Friday, and then I lay in bed all day.",
)
THERAPIST = (
    "It sounds as if you feel worn out. What was the hardest part of this week for you?",
    "You felt ashamed. Would it help to plan one small thing with her, say a walk on Friday at ten?",
    "Part of you expects to let her down. What makes you think that you would?",
    "Okay. Tell me more about that.",
    "So the walk did something, and then the day was long. What was different on Friday?",
)


def write_table(path: Path, turns: int) -> None:
    """Write a table of synthetic sessions, rows of a session together."""
    rng = random.Random(turns)
    with path.open("w", encoding="utf-8") as handle:
        handle.write("transcript,role,text\n")
        for number in range(turns):
            session, role = number // SESSION, ("client", "therapist")[number % 2]
            words = " ".join(rng.choices((CLIENT, THERAPIST)[number % 2], k=rng.choice((1, 1, 2))))
            handle.write(
                f'session {session},{role},"{words} {rng.choice(("So.", "Well.", "Yes.", "Today."))}"\n'
            )


def measured(path: Path, out: Path, jobs: int, surrogates: int) -> dict[str, float]:
    """Measure a table in a process of its own and return seconds and peaks in MiB."""
    command = [sys.executable, __file__, "--only", str(path), "--out", str(out)]
    command += ["--jobs", str(jobs), "--surrogates", str(surrogates)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def peaks_of_children(found: dict[int, float]) -> None:
    """Note the peak memory of each child process so far, in MiB, by its number."""
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError, KeyError, ValueError):
            fields = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
            if int(fields["PPid"]) == os.getpid():
                found[int(fields["Pid"])] = int(fields["VmHWM"].split()[0]) / 1024


def only(path: Path, out: Path, jobs: int, surrogates: int) -> None:
    """Measure one table here and print seconds and peaks as JSON."""
    from therapyarc.cli.measure import Wanted, measure_files

    children: dict[int, float] = {}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.5):
            peaks_of_children(children)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    begun = time.monotonic()
    page = measure_files(
        Wanted(paths=(path,), out=out, jobs=jobs, surrogates=surrogates), Console(file=sys.stderr)
    )
    seconds = time.monotonic() - begun
    ended.set()
    watcher.join()
    figures = {
        "turns": page.turns,
        "seconds": seconds,
        "reader": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "largest": max(children.values(), default=float("nan")),
    }
    print(json.dumps(figures))


def main() -> None:
    """Measure tables of each size and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--surrogates", type=int, default=2)
    parser.add_argument("--only", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.only:
        only(options.only, options.out, options.jobs, options.surrogates)
        return
    with tempfile.TemporaryDirectory() as folder:
        for turns in options.turns:
            path = Path(folder) / f"{turns}.csv"
            write_table(path, turns)
            one = measured(path, Path(folder) / str(turns), options.jobs, options.surrogates)
            print(
                f"{turns:,} turns ({path.stat().st_size / 2**20:.0f} MiB): {one['seconds']:.0f} s, "
                f"{turns / one['seconds']:,.0f} turns a second with {options.jobs} processes; peak memory "
                f"{one['reader']:.0f} MiB where it is read, {one['largest']:.0f} MiB in the largest that measures",
                flush=True,
            )


if __name__ == "__main__":
    main()
