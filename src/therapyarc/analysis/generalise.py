"""Generalisability studies of a run: values by actor, case and rater, and how reliable an actor's mean is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from therapyarc.analysis.halves import Halves
from therapyarc.domain import Missing
from therapyarc.domain.assignment import CourseAssignment
from therapyarc.stats import Generalisability, generalisability

__all__ = ["Cell", "generalisability_of", "ongoing_cells", "plain_cells", "single_cells", "told"]

Cell = tuple[str, str, str, float]
"""Actor, case, rater (empty where none rates), and the mean over replicates, sessions and exchanges."""


def generalisability_of(cells: Iterable[Cell], names: Sequence[str]) -> Generalisability:
    """Run the study of `stats.generalisability` on the cells of these actors."""
    kept = [cell for cell in cells if cell[0] in set(names)]
    actors, cases, raters, values = zip(*kept, strict=True) if kept else ((), (), (), ())
    return generalisability(values, actors, cases, raters if any(raters) else None)


def told(study: Generalisability) -> str:
    """Say in words where the variance lies."""
    total = sum(study.components.values())
    if not total:
        return ""
    shares = ", ".join(f"{name} {part / total:.0%}" for name, part in study.components.items())
    return f"shares of variance: {shares}; {study.cases:.0f} cases, {study.raters:.0f} raters"


def plain_cells(by_actor: Mapping[str, Mapping[str, Sequence[float]]]) -> list[Cell]:
    """Return the cells of a measure that nobody rates."""
    return [
        (actor, case, "", float(np.mean(values)))
        for actor, cases in by_actor.items()
        for case, values in cases.items()
        if values
    ]


def _raters(halves: Halves) -> list[str]:
    return [one.id for one in halves.table.design.study.every_rater if halves.table.counts(one.id)]


def single_cells(halves: Halves, condition: str) -> list[Cell]:
    """Return the composite of single replies by actor, case and rater: constructs brought to mean 0 and SD 1 by rater."""
    table = halves.table
    arms = [arm.id for arm in table.design.study.arms]
    parts: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for construct in dict.fromkeys(rubric.construct for rubric in table.design.rubrics):
        concerned = [a for a in table.concerned(construct, arms, condition) if a.case is not None]
        for rater in _raters(halves):
            gathered: dict[tuple[str, str], list[float]] = defaultdict(list)
            for a in concerned:
                value = table.value(a.session, construct, rater)
                if not isinstance(value, Missing):
                    gathered[a.actor, f"{a.instrument}/{a.case}"].append(value)
            means = {key: float(np.mean(values)) for key, values in gathered.items()}
            spread = float(np.std(list(means.values()))) if means else 0.0
            if spread > 0:
                centre = float(np.mean(list(means.values())))
                for (actor, case), value in means.items():
                    parts[actor, case, rater].append((value - centre) / spread)
    return [(*key, float(np.mean(values))) for key, values in parts.items()]


def ongoing_cells(halves: Halves, courses: Sequence[CourseAssignment], construct: str) -> list[Cell]:
    """Return a construct of ongoing exchanges by actor, case and rater."""
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for course in courses:
        for session in course.sessions:
            for rater in _raters(halves):
                for value in halves.ongoing_values(session, construct, rater):
                    found[course.actor, course.case, rater].append(value)
    return [(*key, float(np.mean(values))) for key, values in found.items()]
