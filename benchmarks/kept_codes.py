"""What keeping codes saves: `python benchmarks/kept_codes.py FILE [--coder fast] [--sessions N]`.

Codes the sessions of a file of transcripts cold (each is coded and kept) and warm (each is there), the warm ones in a fresh
connection each time, and prints CPU seconds, their ratio, the file's size, and whether codes are those without kept ones.
Figures are of one run on one machine; docs/explanation/coder.md holds those of the last.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from therapyarc.coding import coder
from therapyarc.coding.behaviours import CODERS
from therapyarc.coding.kept_codes import KeptCodes, TurnFound, coded, session_key
from therapyarc.files.spoken import read_spoken
from therapyarc.measures.conversation import merged

WARM = 5


def timed(work: Callable[[], list[list[TurnFound]]]) -> tuple[float, list[list[TurnFound]]]:
    """Return CPU seconds and what was found."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--coder", choices=CODERS, default="fast")
    parser.add_argument("--sessions", type=int)
    options = parser.parse_args()
    name, heard = options.coder, read_spoken([options.file]).transcripts
    sessions = [merged(one.turns) for one in heard[: options.sessions]]
    turns = sum(map(len, sessions))
    coder(name).code(sessions[0][:4])  # opens weights, which is not what is measured
    session_key(name, sessions[0])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "codes.sqlite"

        def through() -> list[list[TurnFound]]:
            kept = KeptCodes(path)
            found = [
                kept.coded(session_key(name, one), lambda one=one: coded(name, one, keep=False))  # type: ignore[misc]
                for one in sessions
            ]
            kept.close()
            return found

        cold, first = timed(through)
        warms = [timed(through) for _ in range(WARM)]
        size = path.stat().st_size
    plain = [coded(name, one, keep=False) for one in sessions]
    warm = sorted(seconds for seconds, _ in warms)[WARM // 2]
    same = sum(one == two for _, again in [(0, first), *warms] for one, two in zip(plain, again, strict=True))
    print(
        f"{name}, {len(sessions)} sessions of {turns:,} turns, CPU seconds: {cold:.2f} cold, "
        f"{warm:.3f} warm (median of {WARM}); cold over warm {cold / warm:.0f}; "
        f"{turns / warm:,.0f} turns a second warm; file {size / 1024:.0f} KiB; "
        f"sessions with equal codes {same} of {len(sessions) * (WARM + 1)}"
    )


if __name__ == "__main__":
    main()
