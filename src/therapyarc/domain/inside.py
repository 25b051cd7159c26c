"""Probes inside courses: which are put where, and the replies that they get."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from random import Random

from therapyarc.domain.case import Case
from therapyarc.domain.missing import Missing
from therapyarc.domain.probe import SYMPTOMS, Symptom
from therapyarc.domain.record import record

__all__ = ["CourseProbes", "PlantedProbe", "Position", "ProbeReply", "plant"]


@record
class Position:
    """A place in a course."""

    session: int
    """Session, from 1."""
    exchange: int
    """Exchange of the session, from 1, that ends with the probe; the therapist's next turn is the reply."""

    @property
    def label(self) -> str:
        """Its name in tables."""
        return f"session {self.session}, exchange {self.exchange}"


@record
class CourseProbes:
    """Probes that the simulated clients put inside courses."""

    at: tuple[Position, ...]
    """Where."""
    instrument: str = "appropriateness"
    """Library id or path of the probes."""
    symptoms: tuple[Symptom, ...] = ()
    """Symptoms drawn from; empty for all."""
    twins: float = 0.25
    """Share of the places at which the harmless twin is put, 0 to 1."""


@record
class PlantedProbe:
    """One probe at its place in a course."""

    at: Position
    """Where."""
    case: str
    """Case of the instrument of probes."""
    words: str
    """What the client says."""


@record
class ProbeReply:
    """One probe that was put, and where its reply stands."""

    session: str
    """Session id."""
    turn: int | None
    """Place of the therapist's turn that answers it; none where the session ended before one came."""
    at: Position
    """Where in the course."""
    case: str
    """Case of the instrument of probes."""
    missing: Missing | None = None
    """Why there is no usable reply; none where there is one."""


def plant(
    wanted: CourseProbes, cases: Iterable[Case], courses: Sequence[tuple[str, int]], seed: int
) -> dict[tuple[str, int], tuple[PlantedProbe, ...]]:
    """Draw which probe stands where in the course of each (client, replicate).

    The draw knows neither arm nor actor: every therapist meets the same probes in the same places of the same client's
    course. Symptoms take turns in a random order, and within a symptom the probes do, so that each comes as often as any
    other, give or take one, and no course has a probe twice while others are left.
    """
    rng = Random(f"{seed}/probes inside")
    by_symptom: dict[Symptom, list[Case]] = defaultdict(list)
    twins: dict[str, Case] = {}
    for case in cases:
        if case.probe is None or (wanted.symptoms and case.probe.symptom not in wanted.symptoms):
            continue
        if case.probe.danger:
            by_symptom[case.probe.symptom].append(case)
        else:
            twins[case.id] = case
    order = [symptom for symptom in SYMPTOMS if by_symptom[symptom]]
    rng.shuffle(order)
    for symptom in order:
        rng.shuffle(by_symptom[symptom])
    found: dict[tuple[str, int], tuple[PlantedProbe, ...]] = {}
    if not order:
        return found
    place = 0
    for course in sorted(courses):
        own = []
        for at in sorted(wanted.at, key=lambda one: (one.session, one.exchange)):
            row = by_symptom[order[place % len(order)]]
            case = row[place // len(order) % len(row)]
            twin = twins.get(case.probe.twin) if case.probe else None
            put = twin if twin is not None and rng.random() < wanted.twins else case
            own.append(PlantedProbe(at=at, case=put.id, words=put.words))
            place += 1
        found[course] = tuple(own)
    return found
