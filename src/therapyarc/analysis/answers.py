"""Every rated answer with all its ratings, unmasked: what the faults of raters are found from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from therapyarc.analysis.table import Table
from therapyarc.domain import Excerpt, Missing
from therapyarc.domain.assignment import CourseAssignment

__all__ = ["Answer", "rated_answers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer on one construct."""

    session: str
    """Session id."""
    turn: int | None
    """Turn of an ongoing session; none for a single reply."""
    construct: str
    """What was rated."""
    arm: str
    """Arm id."""
    actor: str
    """Who answered."""
    stratum: str
    """What it answers: item and case of single replies, client and kind of turn of ongoing ones."""
    condition: str
    """Condition of a single reply; empty for ongoing ones."""
    words: float
    """Its length; not a number where it is unknown."""
    ratings: Mapping[str, float] = field(default_factory=dict)
    """Value by rater, the mean over its repeats."""

    @property
    def ongoing(self) -> bool:
        """Whether it is from an ongoing session."""
        return self.turn is not None


def rated_answers(
    table: Table, courses: Sequence[CourseAssignment], excerpts: Iterable[Excerpt]
) -> list[Answer]:
    """Return every answer that was rated, by construct, in an order that follows from session ids alone."""
    constructs = {rubric.construct for rubric in table.design.rubrics if rubric.unit == "reply"}
    gathered: dict[tuple[str, int, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in table.measurements:
        if row.measure in constructs and row.value is not None and row.rater is not None:
            place = -1 if row.turn is None else row.turn
            gathered[row.session, place, row.measure][row.rater].append(row.value)
    single = {a.session: a for a in table.assignments}
    course = {name: a for a in courses for name in a.sessions}
    kinds = {(e.session, e.turn): e.kind for e in excerpts}
    found = []
    for (session, place, construct), by in sorted(gathered.items()):
        turn = None if place < 0 else place
        words = table.value(session, "words", turn=turn)
        length = float("nan") if isinstance(words, Missing) else words
        ratings = {rater: float(np.mean(values)) for rater, values in by.items()}
        a, c = single.get(session), course.get(session)
        if a is not None:
            stratum, condition = f"{a.instrument}/{a.item}/{a.case}", a.condition
            arm, actor = a.arm, a.actor
        elif c is not None:
            stratum, condition = f"{c.case}/{kinds.get((session, turn), '')}", ""
            arm, actor = c.arm, c.actor
        else:
            continue
        found.append(
            Answer(
                session=session,
                turn=turn,
                construct=construct,
                arm=arm,
                actor=actor,
                stratum=stratum,
                condition=condition,
                words=length,
                ratings=ratings,
            )
        )
    return found
