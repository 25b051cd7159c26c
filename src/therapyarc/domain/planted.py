"""Which probes a course of a study holds."""

from therapyarc.domain.course import course_seed
from therapyarc.domain.design import Design
from therapyarc.domain.inside import PlantedProbe, plant

__all__ = ["planted"]


def planted(design: Design, case: str, seed: int) -> tuple[PlantedProbe, ...]:
    """Return the probes of one course, known by its client and its randomness; none where the study puts none."""
    courses = design.study.courses
    if courses is None or courses.probes is None or design.probes is None:
        return ()
    every = [(name, replicate) for name in courses.cases for replicate in range(1, courses.replicates + 1)]
    drawn = plant(courses.probes, design.probes.cases, every, design.study.seed)
    return next(
        (
            own
            for (name, n), own in drawn.items()
            if name == case and course_seed(design.study.seed, name, n) == seed
        ),
        (),
    )
