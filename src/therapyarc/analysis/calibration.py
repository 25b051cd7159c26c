"""The instrument's own test: planted truths recovered, nothing found where nothing was planted, targets beside measured."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from therapyarc.domain import Target, record
from therapyarc.stats import Interval, cluster_bootstrap

__all__ = ["CourseOutcome", "difference", "null_rate", "slope", "targets"]

Floats = NDArray[np.float64]


@record
class CourseOutcome:
    """What a calibration needs of one course."""

    condition: str
    """Policy, or whatever was planted."""
    q: float
    """Planted skill; nan where the policy has none."""
    case: str
    """Case id: the cluster."""
    alliance: tuple[float, ...]
    """True alliance at the end of each session held, 0 to 1."""
    distress: tuple[float, ...]
    """True distress at the start of each session held, and at the last one's end."""
    bond: float
    """True bond at the end."""
    conviction: float
    """Change of the strongest belief's conviction, points of 100."""
    told: float
    """Share of the case's facts told by the end."""
    ruptures: int
    """Ruptures that opened."""
    repairs: int
    """Ruptures that an act of repair closed."""
    socratic: tuple[int, ...]
    """Socratic steps in each session."""
    planned: int
    """Sessions planned."""

    @property
    def relief(self) -> float:
        """Fall of distress from the first session to the last held, in points of 100."""
        return self.distress[0] - self.distress[-1]

    @property
    def left(self) -> bool:
        """Whether the client left before the planned end."""
        return len(self.alliance) < self.planned


Value = Callable[[CourseOutcome], float]


def slope(courses: Sequence[CourseOutcome], value: Value, rng: np.random.Generator) -> Interval:
    """Return the slope of a value on planted skill, by least squares, cases drawn with replacement for the interval."""
    by_case = list(_by_case(courses).values())

    def statistic(drawn: NDArray[np.intp]) -> float:
        some = [course for place in drawn for course in by_case[place]]
        return float(np.polyfit([c.q for c in some], [value(c) for c in some], 1)[0])

    return cluster_bootstrap(statistic, len(by_case), rng=rng, draws=500)


def difference(
    first: Sequence[CourseOutcome], second: Sequence[CourseOutcome], value: Value, rng: np.random.Generator
) -> Interval:
    """Return the mean difference of two conditions within cases, cases drawn with replacement."""
    a, b = _by_case(first), _by_case(second)
    both = sorted(a.keys() & b.keys())
    gaps = np.array([np.mean([value(c) for c in a[n]]) - np.mean([value(c) for c in b[n]]) for n in both])
    return cluster_bootstrap(lambda drawn: float(gaps[drawn].mean()), len(both), rng=rng, draws=1000)


def null_rate(ps: Sequence[float], level: float = 0.05) -> tuple[float, float, float]:
    """Return the share of p values at or below the level, with its exact (Clopper-Pearson) 99% interval."""
    from scipy import stats as scipy_stats

    hits, n = sum(p <= level for p in ps), len(ps)
    low = 0.0 if hits == 0 else float(scipy_stats.beta.ppf(0.005, hits, n - hits + 1))
    high = 1.0 if hits == n else float(scipy_stats.beta.ppf(0.995, hits + 1, n - hits))
    return hits / n, low, high


def targets(courses: Sequence[CourseOutcome]) -> tuple[Target, ...]:
    """Return the calibration targets beside what a mixed set of courses shows."""
    stayed = [c for c in courses if len(c.alliance) >= 4]
    at_third = np.array([c.alliance[2] for c in stayed])
    later = np.array([c.distress[2] - c.distress[-1] for c in stayed])
    trend = np.array([np.polyfit(range(len(c.alliance)), c.alliance, 1)[0] for c in stayed])
    ruptured = [c for c in stayed if c.ruptures]
    repaired = np.array([c.repairs / c.ruptures for c in ruptured])
    relief = np.array([c.relief for c in ruptured])
    leaving = float(np.mean([c.left for c in courses]))
    return (
        _target("alliance at session 3 with later relief, r", ".28 (.15 to .42)", _r(at_third, later), (0.15, 0.42),
                "Flückiger et al. 2018, Psychotherapy 55:316"),
        _target("share of ruptures repaired with relief, r", ".29 (.05 to .50)", _r(repaired, relief), (0.05, 0.50),
                "Eubanks, Muran and Safran 2018, Psychotherapy 55:508"),
        _target("BDI-II points for one within-client SD of Socratic questions", "-1.5 (-3.0 to -0.3)",
                _socratic(stayed), (-3.0, -0.3), "Braun et al. 2015, Behav Res Ther 70:32"),
        _target("share of dyads with a flat or falling alliance", "about half (.30 to .65)",
                float(np.mean(trend < 0.012)), (0.30, 0.65), "Stiles et al. 2004, J Consult Clin Psychol 72:81"),
        _target("share of clients who leave before session 6", ".20 to .45", leaving, (0.20, 0.45),
                "Swift and Greenberg 2012, J Consult Clin Psychol 80:547"),
    )  # fmt: skip


def _target(name: str, said: str, measured: float | None, within: tuple[float, float], source: str) -> Target:
    met = measured is not None and within[0] <= measured <= within[1]
    return Target(name=name, target=said, measured=measured, met=met, source=source)


def _r(x: Floats, y: Floats) -> float | None:
    return None if len(x) < 10 or np.ptp(x) == 0 or np.ptp(y) == 0 else float(np.corrcoef(x, y)[0, 1])


def _socratic(courses: Sequence[CourseOutcome]) -> float | None:
    """Within-client slope of later distress on a session's Socratic steps, in BDI-II points a within-client SD."""
    steps, change = [], []
    for course in courses:
        count = np.array(course.socratic[: len(course.distress) - 1], dtype=float)
        after = np.diff(np.array(course.distress))[: len(count)]
        if len(count) >= 3:
            steps.append(count - count.mean())
            change.append(after - after.mean())
    if not steps:
        return None
    x, y = np.concatenate(steps), np.concatenate(change)
    if not x.any():
        return None
    return float((x @ y) / (x @ x) * x.std() * 0.63)  # BDI-II runs from 0 to 63


def _by_case(courses: Sequence[CourseOutcome]) -> dict[str, list[CourseOutcome]]:
    gathered: dict[str, list[CourseOutcome]] = defaultdict(list)
    for course in courses:
        gathered[course.case].append(course)
    return dict(sorted(gathered.items()))
