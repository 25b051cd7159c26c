"""The gap between knowledge and execution, actor by actor."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from therapyarc.analysis.estimates import estimate
from therapyarc.analysis.halves import Halves
from therapyarc.domain import Estimate, Missing
from therapyarc.domain.assignment import CourseAssignment
from therapyarc.domain.gap import ActorGap
from therapyarc.stats import percentile_interval

__all__ = ["knowledge_execution_gaps"]

Floats = NDArray[np.float64]
DRAWS = 1000
FEWEST = 4
"""Actors below which a place among them says nothing."""


def knowledge_execution_gaps(
    halves: Halves, courses: Sequence[CourseAssignment], condition: str
) -> tuple[ActorGap, ...]:
    """Hold each actor's knowledge score against its ratings in ongoing sessions, both as places among the actors.

    z = (actor's mean - mean over actors) / standard deviation over actors. Execution is the mean over rated constructs, each
    brought to SD 1 over the cells of actor and client first. The interval draws items and clients with replacement, the same
    for all actors, and finds all places anew; actors are not drawn. Empty where fewer than four actors have both.
    """
    known, done = _knowledge(halves, condition), _execution(halves, courses)
    order = [actor.id for arm in halves.table.design.study.arms for actor in arm.actors]
    actors = [name for name in order if name in known and name in done]
    if len(actors) < FEWEST:
        return ()
    arms = {course.actor: course.arm for course in courses}
    matrices = [_matrix(cells, actors) for cells in (known, done)]
    rng = np.random.default_rng([halves.table.design.study.seed, 5])
    whole = [_places(matrix) for matrix in matrices]
    if any(np.isnan(one).any() for one in whole):
        return ()
    draws = np.full((2, DRAWS, len(actors)), np.nan)
    for which, matrix in enumerate(matrices):
        columns = matrix.shape[1]
        for draw in range(DRAWS):
            draws[which, draw] = _places(matrix[:, rng.integers(0, columns, columns)])
    return tuple(
        ActorGap(
            actor=name,
            arm=arms[name],
            knowledge=_one(
                "knowledge", "knowledge", float(whole[0][i]), draws[0, :, i], matrices[0].shape[1]
            ),
            execution=_one(
                "execution", "execution", float(whole[1][i]), draws[1, :, i], matrices[1].shape[1]
            ),
            gap=_one(
                "gap",
                "knowledge less execution",
                float(whole[0][i] - whole[1][i]),
                draws[0, :, i] - draws[1, :, i],
                min(matrix.shape[1] for matrix in matrices),
            ),
        )
        for i, name in enumerate(actors)
    )


def _one(name: str, label: str, value: float, draws: Floats, columns: int) -> Estimate:
    if columns < 3:
        reason = "fewer than three items or clients, so none can be drawn"
        return Estimate(name=name, label=label, value=value, unit="SD between actors", reason=reason)
    found = percentile_interval(value, draws, 0.95, f"{DRAWS} draws of items and clients")
    return estimate(name, label, found, "SD between actors")


def _places(matrix: Floats) -> Floats:
    known = ~np.isnan(matrix)
    counts = known.sum(axis=1)
    means = np.where(counts > 0, np.where(known, matrix, 0.0).sum(axis=1) / np.maximum(counts, 1), np.nan)
    spread = float(means.std(ddof=1))
    return np.asarray((means - means.mean()) / spread if spread > 0 else np.full(len(means), np.nan))


def _matrix(cells: Mapping[str, Mapping[str, float]], actors: Sequence[str]) -> Floats:
    columns = sorted({column for name in actors for column in cells[name]})
    return np.array([[cells[name].get(column, np.nan) for column in columns] for name in actors])


def _knowledge(halves: Halves, condition: str) -> dict[str, dict[str, float]]:
    table = halves.table
    arms = [arm.id for arm in table.design.study.arms]
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for instrument in (one for one in table.design.instruments if one.kind == "choice"):
        for a in table.concerned(instrument.construct, arms, condition):
            value = table.value(a.session, instrument.construct)
            if a.instrument == instrument.id and not isinstance(value, Missing):
                found[a.actor][f"{a.instrument}/{a.item}"].append(value)
    return {
        actor: {item: float(np.mean(own)) for item, own in items.items()} for actor, items in found.items()
    }


def _execution(halves: Halves, courses: Sequence[CourseAssignment]) -> dict[str, dict[str, float]]:
    parts: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for rubric in (one for one in halves.table.design.rubrics if "reply" in one.rates):
        cells: dict[tuple[str, str], list[float]] = defaultdict(list)
        for course in courses:
            for session in course.sessions:
                cells[course.actor, course.case] += halves.ongoing_values(session, rubric.construct)
        means = {key: float(np.mean(own)) for key, own in cells.items() if own}
        spread = float(np.std(list(means.values()))) if means else 0.0
        if spread > 0:
            centre = float(np.mean(list(means.values())))
            for (actor, case), value in means.items():
                parts[actor][case].append((value - centre) / spread)
    return {
        actor: {case: float(np.mean(own)) for case, own in cases.items()} for actor, cases in parts.items()
    }
