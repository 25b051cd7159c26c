"""Speed of analysis and report: `PYTHONPATH=tests python benchmarks/analysis.py [--against PYTHON]`.

A synthetic study of 40 actors, 12 clients, 6 sessions and 30 measures, rated by two raters, with 2,000 draws an interval:
analysis and report together, and peak memory. `--against` names the Python of an environment that holds pandas, in which
a plain loop over the same table makes the mean and the bootstrap interval over courses of each measure and arm alone.
Figures are those of one run on one machine; docs/explanation/performance.md holds those of the last run.
"""

import argparse
import csv
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from fakes.synthetic import Planted, Synthetic, study_file, synthetic
from therapyarc.analysis import analyse
from therapyarc.domain import Findings
from therapyarc.measures import families
from therapyarc.report import course_pages, exports, render

CASES = (
    "nadia", "walter", "jerome", "aiko", "carmen", "dev", "farah", "ingrid", "lotte", "mehmet", "ruth", "sol",
)  # fmt: skip
PANDAS = """\
import sys, time
import numpy as np, pandas as pd
start = time.perf_counter()
table = pd.read_csv(sys.argv[1])
rng = np.random.default_rng(1)
for (measure, arm), own in table.groupby(["measure", "arm"]):
    means = own.groupby("course")["value"].mean()
    draws = [means.sample(len(means), replace=True, random_state=rng).mean() for _ in range(2000)]
    np.quantile(draws, [0.025, 0.975])
print(f"{time.perf_counter() - start:.1f}")
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actors", type=int, default=40)
    parser.add_argument("--against", help="Python of an environment that holds pandas")
    asked = parser.parse_args()
    described = {one.name: (family.id, one) for family in families() for one in family.measures}
    names = tuple(described)[:30]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        half = asked.actors // 2
        path = study_file(folder, actors=(half, asked.actors - half), cases=CASES, sessions=6)
        start = time.perf_counter()
        study = synthetic(path, Planted(measures=names, attend=0.96))
        print(
            f"{len(study.courses)} courses, {len(study.rows):,} rows, drawn in {time.perf_counter() - start:.1f} s"
        )
        start, spent = time.perf_counter(), time.process_time()
        findings = analyse(
            study.design,
            study.assignments,
            study.rows,
            courses=study.courses,
            excerpts=study.excerpts,
            traces=study.traces,
            described={name: described[name] for name in names},
        )
        middle, spent_by = time.perf_counter(), time.process_time() - spent
        size = _report(findings, study)
        end, all_spent = time.perf_counter(), time.process_time() - spent
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(
            f"analysis {middle - start:.1f} s (CPU {spent_by:.1f}), report {end - middle:.1f} s "
            f"(CPU {all_spent - spent_by:.1f}, {size:,} bytes), peak {peak:.2f} GiB"
        )
        if asked.against:
            _against(asked.against, study, folder, set(names))


def _report(findings: Findings, study: Synthetic) -> int:
    single = [session for session in study.sessions if session.course is None]
    page = render(findings, single, (), [*study.design.instruments, *study.design.rubrics])
    ongoing = [session for session in study.sessions if session.course is not None]
    pages = course_pages(findings, ongoing, study.traces, study.design.cases)
    files = exports(findings)
    return len(page) + sum(map(len, pages.values())) + sum(map(len, files.values()))


def _against(python: str, study: Synthetic, folder: Path, names: set[str]) -> None:
    of = {session: (course.course, course.arm) for course in study.courses for session in course.sessions}
    table = folder / "table.csv"
    with table.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["measure", "arm", "course", "session", "value"])
        for row in study.rows:
            if row.measure in names and row.session in of:
                course, arm = of[row.session]
                writer.writerow([row.measure, arm, course, row.session, row.value])
    found = subprocess.run([python, "-c", PANDAS, str(table)], capture_output=True, text=True, check=True)
    print(f"plain pandas loop, means and intervals of 30 measures by arm alone: {found.stdout.strip()} s")


if __name__ == "__main__":
    main()
