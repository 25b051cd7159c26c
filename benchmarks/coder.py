"""Speed and memory of the coders: `python benchmarks/coder.py [--sessions N]`, one process, one thread.

Turns a second of each coder on made-up sessions of 76 turns (every text differs), beside a bare search for "?", and peak
memory after N and after 4 N sessions, which should not differ. Figures are of one run on one machine;
docs/explanation/coder.md holds those of the last run.
"""

import argparse
import resource
import time

import numpy as np

from therapyarc.coding import coder
from therapyarc.coding.behaviours import CODERS
from therapyarc.coding.weights import EncoderAbsentError
from therapyarc.domain import Turn

WORDS = [
    "i",
    "you",
    "we",
    "it",
    "that",
    "what",
    "how",
    "when",
    "feel",
    "think",
    "want",
    "need",
    "drink",
    "walk",
    "sleep",
    "work",
    "week",
    "day",
    "home",
    "friend",
    "doctor",
    "really",
    "never",
    "always",
    "maybe",
    "because",
    "so",
    "and",
    "but",
    "not",
    "could",
    "would",
    "should",
    "try",
    "stop",
    "start",
    "better",
    "worse",
    "tired",
    "afraid",
    "glad",
    "sure",
    "okay",
]
TURNS = 76


def session(rng: np.random.Generator) -> list[Turn]:
    """Make up a session."""
    lengths = 1 + rng.geometric(1 / 18, TURNS)
    return [
        Turn(
            role="client" if place % 2 else "therapist",
            text=" ".join(rng.choice(WORDS, length)) + ("?" if place % 4 == 0 else "."),
        )
        for place, length in enumerate(lengths)
    ]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=20)
    count = parser.parse_args().sessions
    rng = np.random.default_rng(0)
    made = [session(rng) for _ in range(count)]
    began = time.perf_counter()
    found = sum("?" in turn.text for one in made for turn in one)
    print(f'bare "?": {count * TURNS / (time.perf_counter() - began):,.0f} turns/s ({found} found)')
    for name in CODERS:
        try:
            coder(name).code(made[0])
        except EncoderAbsentError as error:
            print(f"{name}: {error}")
            continue
        peaks = []
        began, cpu = time.perf_counter(), time.process_time()
        for part in range(4):
            for one in made if part == 0 else (session(rng) for _ in range(count)):
                coder(name).code(one)
            if part == 0:
                took, used = time.perf_counter() - began, time.process_time() - cpu
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        turns = count * TURNS
        print(
            f"{name}: {turns / took:,.0f} turns/s, {turns / used:,.0f} a CPU second; "
            f"peak {peaks[0]:.0f} MiB after {turns:,} turns, {peaks[-1]:.0f} MiB after {4 * turns:,}"
        )


if __name__ == "__main__":
    main()
