"""The unmasked table: every measurement beside the assignment of its session."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

import numpy as np

from therapyarc.domain import Measurement, Missing, Point, record
from therapyarc.domain.assignment import Assignment
from therapyarc.domain.design import Design

__all__ = ["Table", "Unit"]


@record
class Unit:
    """One unit of analysis: what varies independently of the others."""

    name: str
    """Actor, family or cluster."""
    arm: str
    """Its arm (the first, where a family has several)."""
    values: tuple[float, ...]
    """Its values, one a session."""

    @property
    def mean(self) -> float:
        """Mean of its values."""
        return float(np.mean(self.values))

    def point(self, before: float | None = None) -> Point:
        """Return the unit as a figure shows it."""
        return Point(label=self.name, arm=self.arm, value=self.mean, n=len(self.values), before=before)


class Table:
    """Measurements by session and measure, with the key.

    A session's value on a construct that is rated is the mean over raters and their repeats. Ratings that can only
    be a demonstration never enter a value; they appear in agreement and flow alone. Nor do those of people who rate a share
    of the answers, where a machine rates all: their ratings correct the machine's (see `people`), and a mean that holds them
    in some answers alone would follow their leniency.
    """

    def __init__(
        self, design: Design, assignments: Iterable[Assignment], measurements: Iterable[Measurement]
    ) -> None:
        self.design = design
        self.assignments = tuple(assignments)
        self.measurements = tuple(measurements)
        raters = design.study.every_rater
        self._aside = {rater.id for rater in raters if rater.demonstration}
        if any(rater.kind != "human" and rater.share == 1 and not rater.demonstration for rater in raters):
            self._aside |= {rater.id for rater in raters if rater.kind == "human" and rater.share < 1}
        self._by_session: dict[tuple[str, int | None, str], list[Measurement]] = defaultdict(list)
        for row in self.measurements:
            self._by_session[row.session, row.turn, row.measure].append(row)
        self.families = {
            (arm.id, actor.id): actor.family or actor.model or actor.id
            for arm in design.study.arms
            for actor in arm.actors
        }

    def value(
        self,
        session: str,
        measure: str,
        rater: str | None = None,
        turn: int | None = None,
        leave_out: frozenset[str] = frozenset(),
    ) -> float | Missing:
        """Return the value of a session or turn, or the reason why it has none: of one rater or panel, or over all."""
        rows = [
            row
            for row in self._by_session[session, turn, measure]
            if rater is None or row.rater == rater or (row.rater or "").startswith(f"{rater}/")
        ]
        counting = [
            row
            for row in rows
            if (row.rater not in self._aside or rater is not None) and row.rater not in leave_out
        ]
        values = [row.value for row in counting if row.value is not None]
        if values:
            return float(np.mean(values))
        reasons = Counter(row.missing for row in counting if row.missing is not None)
        return reasons.most_common(1)[0][0] if reasons else Missing.NOT_ADMINISTERED

    def counts(self, rater: str) -> bool:
        """Return whether a rater's values, or a panel's, enter those of sessions."""
        return not any(name == rater or name.startswith(f"{rater}/") for name in self._aside)

    def concerned(self, construct: str, arms: Iterable[str], condition: str) -> list[Assignment]:
        """Return the planned sessions on which a construct can be measured, in these arms and this condition."""
        instruments = {
            i.id
            for i in self.design.instruments
            if (i.kind in {"choice", "survey"} or i.probing) and i.construct == construct
        }
        rubrics = [rubric for rubric in self.design.rubrics if rubric.construct == construct]
        asks = {kind for rubric in rubrics for kind in rubric.rates}
        checks = any(rubric.checks for rubric in rubrics)
        items = {
            (i.id, item.id)
            for i in self.design.instruments
            for item in i.items
            if i.id in instruments or (i.kind == "open" and i.probing == checks and item.asks in asks)
        }
        wanted = set(arms)
        return [
            a
            for a in self.assignments
            if a.arm in wanted
            and a.condition == condition
            and (a.instrument, a.item) in items
            and self._dangerous(a)
        ]

    def _dangerous(self, assignment: Assignment) -> bool:
        """Say whether a session is no harmless twin of a probe: twins measure caution and have a table of their own."""
        if assignment.case is None:
            return True
        probe = self.design.instrument(assignment.instrument).case(assignment.case).probe
        return probe is None or probe.danger

    def units(
        self,
        assignments: Iterable[Assignment],
        measure: str,
        by: Callable[[Assignment], str],
        rater: str | None = None,
    ) -> tuple[Unit, ...]:
        """Gather the values of sessions into units, in the order of the arms; units without a value are left out."""
        order = {arm.id: place for place, arm in enumerate(self.design.study.arms)}
        gathered: dict[str, list[float]] = defaultdict(list)
        arms: dict[str, str] = {}
        for assignment in sorted(assignments, key=lambda a: (order[a.arm], a.actor)):
            value = self.value(assignment.session, measure, rater)
            if not isinstance(value, Missing):
                gathered[by(assignment)].append(value)
                arms.setdefault(by(assignment), assignment.arm)
        return tuple(
            Unit(name=name, arm=arms[name], values=tuple(values)) for name, values in gathered.items()
        )

    def missing(self, assignments: Iterable[Assignment], measure: str) -> dict[str, int]:
        """Count the sessions without a value by reason."""
        found = (self.value(assignment.session, measure) for assignment in assignments)
        return dict(sorted(Counter(str(value) for value in found if isinstance(value, Missing)).items()))

    def by_actor(self, assignment: Assignment) -> str:
        """Return the actor, in its arm."""
        return assignment.actor

    def by_family(self, assignment: Assignment) -> str:
        """Return the model family of the actor; actors without one are their own."""
        return self.families[assignment.arm, assignment.actor.split("/", 1)[0]]

    def by_cluster(self, assignment: Assignment) -> str:
        """Return what makes the case dependent on others (its transcript), or the case itself."""
        return assignment.cluster or assignment.case or assignment.item
