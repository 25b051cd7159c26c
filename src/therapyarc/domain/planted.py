"""Which probes the courses of a study hold."""

from collections.abc import Mapping

from therapyarc.domain.course import course_seed
from therapyarc.domain.design import Design
from therapyarc.domain.inside import PlantedProbe, plant

__all__ = ["planted"]


def planted(design: Design) -> Mapping[tuple[str, int], tuple[PlantedProbe, ...]]:
    """Return the probes of every course, known by its client and its randomness; empty where the study puts none."""
    courses, seed = design.study.courses, design.study.seed
    if courses is None or courses.probes is None or design.probes is None:
        return {}
    every = [(name, replicate) for name in courses.cases for replicate in range(1, courses.replicates + 1)]
    drawn = plant(courses.probes, design.probes.cases, every, seed)
    return {(name, course_seed(seed, name, n)): own for (name, n), own in drawn.items()}
