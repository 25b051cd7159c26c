"""Is planted carry-over found again? `python benchmarks/recovery.py [--studies 20]`.

Studies of scripted therapists are run through the parts that a study runs through: allocation, single replies, courses with
simulated clients, the draw of exchanges, the two baseline raters, the grid of `analysis` and `stats.two_halves`. Six actors
face eight; each study draws its vignettes, its clients and all randomness anew. What is planted stands in the scripts:

* `loses all`: the first side replies with skill .8 to 1 and holds its sessions with the skills of the second side;
* `keeps its skill`: the first side has skill .8 to 1 on both halves;
* `charmers`: every turn of a course is a single reply of full skill to the client's last words, with no memory and no plan;
* `nothing planted`: both sides have the same skills on both halves.

The truth of a scenario, on the raters' scale, is the mean over studies of their own on all vignettes and all clients, whose
seeds are others. Coverage is the share of the other studies whose interval holds it. The table of the last run stands in
docs/explanation/carry-over.md.
"""

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import yaml
from rich.console import Console

from therapyarc.analysis.halves import Halves, grid
from therapyarc.analysis.table import Table
from therapyarc.cli.progress import Progress
from therapyarc.cli.rating import excerpts_of, rate_all
from therapyarc.domain import Session
from therapyarc.files.cases import case_ids
from therapyarc.files.library import read_instrument
from therapyarc.files.run import RunFolder, open_allocation, open_courses
from therapyarc.files.study import load_design
from therapyarc.measures import from_ratings, measure_excerpts, measure_items
from therapyarc.stats import Interval, clopper_pearson, permuted_difference, two_halves
from therapyarc.tasks.conduct import conduct
from therapyarc.tasks.courses import hold_courses

HIGH = (0.8, 0.85, 0.9, 0.9, 0.95, 1.0)
LOW = (0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
CONSTRUCTS = ("empathy", "validation")
RATERS = ("both", "lexical", "structural")
SCENARIOS: Mapping[str, tuple[tuple[str, dict[str, float]], ...]] = {
    "loses all": tuple(
        ("skilled", {"q": q, "ongoing": low})
        for q, low in zip(HIGH, (0.1, 0.25, 0.35, 0.4, 0.5, 0.575), strict=True)
    ),
    "keeps its skill": tuple(("skilled", {"q": q}) for q in HIGH),
    "charmers": (("charmer", {}),) * 6,
    "nothing planted": tuple(("skilled", {"q": q}) for q in (0.1, 0.25, 0.35, 0.4, 0.5, 0.575)),
}
"""The first side by scenario; `ongoing` is the skill in courses, with the mean of the second side."""


def _study(scenario: str, seed: int, whole: bool) -> dict[str, Any]:
    """Return a study file: cases drawn by the seed, or all of them."""
    draw = Random(f"{scenario} {seed}")
    vignettes = [case.id for case in read_instrument("ba-vignettes", Path()).cases]
    clients = list(case_ids())
    if not whole:
        vignettes, clients = sorted(draw.sample(vignettes, k=6)), sorted(draw.sample(clients, k=6))

    def actors(name: str, scripts: Sequence[tuple[str, dict[str, float]]]) -> list[dict[str, Any]]:
        return [
            {
                "id": f"{name}-{place}",
                "kind": "script",
                "policy": policy,
                **({"parameters": own} if own else {}),
            }
            for place, (policy, own) in enumerate(scripts)
        ]

    low = [("skilled", {"q": q}) for q in LOW]
    return {
        "schema": "therapyarc/study/1",
        "id": "recovery",
        "title": scenario,
        "seed": draw.getrandbits(31),
        "arms": [
            {"id": "first", "label": "First", "actors": actors("first", SCENARIOS[scenario])},
            {"id": "second", "label": "Second", "actors": actors("second", low)},
        ],
        "administrations": [{"instrument": "ba-vignettes", "items": ["respond"], "cases": vignettes}],
        "rubrics": [f"rubric-{name}" for name in CONSTRUCTS],
        "raters": [
            {"id": name, "kind": "baseline", "variant": name} for name in RATERS if name != "both"
        ],
        "courses": {"cases": clients, "sessions": 4, "exchanges": 10, "excerpts": 3, "memory": "summary"},
        "estimands": [
            {"id": name, "question": "?", "construct": name, "contrast": "carry_over", "first": ["first"],
             "second": ["second"]}
            for name in CONSTRUCTS
        ],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What one study finds on one construct by some raters."""

    construct: str
    raters: str
    single: float
    ongoing: float
    change: Interval
    p: float


def run(job: tuple[str, int, bool]) -> list[Found]:
    """Return what one study finds; the job is scenario, seed, and whether all cases take part."""
    with TemporaryDirectory() as name:
        file = Path(name) / "study.yaml"
        file.write_text(yaml.safe_dump(_study(*job)), encoding="utf-8")
        design, folder = load_design(file), RunFolder(Path(name) / "run")
        assignments, courses = open_allocation(folder, design), open_courses(folder, design)
        single: list[Session] = []
        ongoing: list[Session] = []
        conduct(design, assignments, logs=folder.logs, on_session=single.append, on_call=lambda _: None)
        hold_courses(
            design, courses, {}, logs=folder.logs, on_held=lambda held: ongoing.append(held.session),
            on_call=lambda _: None,
        )  # fmt: skip
        excerpts = excerpts_of(design, single, ongoing)
        with Progress(Console(file=StringIO())) as progress:
            ratings = rate_all(folder, design, assignments, single, courses, ongoing, excerpts, (), progress)
    rows = [*measure_items(single, design.instruments), *measure_excerpts(ongoing, excerpts)]
    table = Table(design, assignments, [*rows, *from_ratings(ratings, design.rubrics)])
    halves, found = Halves(table, courses, excerpts), []
    for estimand in design.study.estimands:
        for raters in RATERS:
            built = grid(estimand, halves.values(estimand, None if raters == "both" else raters))
            assert built is not None
            result = two_halves(built.single, built.ongoing)
            own = [means[:, 1] - means[:, 0] for means in result.means]
            p = permuted_difference(own[0], own[1], rng=np.random.default_rng(job[1])).p
            one, later = result.single.estimate, result.ongoing.estimate
            assert one is not None
            assert later is not None
            found.append(Found(estimand.construct, raters, one, later, result.difference, p))
    return found


def measured(studies: int, truths: int, workers: int) -> Iterator[str]:
    """Yield the rows of the table."""
    jobs = [
        (scenario, seed + (100_000 if whole else 0), whole)
        for scenario in SCENARIOS
        for whole, count in ((True, truths), (False, studies))
        for seed in range(count)
    ]
    with ProcessPoolExecutor(max_workers=workers) as pool:
        done = dict(zip(jobs, pool.map(run, jobs), strict=True))
    for scenario in SCENARIOS:
        for construct in CONSTRUCTS:
            for raters in RATERS:
                whole, drawn = (
                    [
                        one
                        for job, found in done.items()
                        if job[0] == scenario and job[2] == every
                        for one in found
                        if (one.construct, one.raters) == (construct, raters)
                    ]
                    for every in (True, False)
                )
                yield f"| {scenario} | {construct} | {raters} | {_figures(whole, drawn)} |"


def _figures(whole: Sequence[Found], drawn: Sequence[Found]) -> str:
    single, ongoing = (
        float(np.mean([getattr(one, name) for one in whole])) for name in ("single", "ongoing")
    )
    truth, n = ongoing - single, len(drawn)
    ends = [(one.change.low, one.change.high) for one in drawn]
    known = [(low, high) for low, high in ends if low is not None and high is not None]
    held = sum(low <= truth <= high for low, high in known)
    limits = clopper_pearson(held, n)
    assert limits.low is not None
    assert limits.high is not None
    sign = sum(one.change.estimate is not None and one.change.estimate * truth > 0 for one in drawn)
    told = sum(low > 0 or high < 0 for low, high in known)
    small = sum(one.p <= 0.05 for one in drawn)
    return (
        f"{single:+.2f} | {ongoing:+.2f} | {truth:+.2f} | {sign}/{n} | "
        f"{held}/{n} [{limits.low:.2f}, {limits.high:.2f}] | {told}/{n} | {small}/{n}"
    )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=20)
    parser.add_argument("--truths", type=int, default=4, help="studies of all cases that give the truth")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    start = time.perf_counter()
    print(
        "| planted | construct | rater | advantage, single | advantage, ongoing | carry-over, truth | sign found | "
        "interval holds truth | interval excludes 0 | permutation p <= .05 |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    for row in measured(asked.studies, asked.truths, asked.workers):
        print(row, flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
