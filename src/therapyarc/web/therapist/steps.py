"""Where a therapist stands: the parts, what is answered, and what comes next. The database is the only memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from therapyarc.web.answers import Answer, answer_of, answers_of
from therapyarc.web.store import Prepared
from therapyarc.web.store.tables import Administration

__all__ = ["Step", "Steps", "read_steps"]

_STEPS = Prepared(
    select(
        Administration.id, Administration.kind, Administration.part, Administration.condition,
        Administration.instrument, Administration.item, Administration.case_id, Administration.options,
        Administration.locked_at.is_not(None).label("locked"),
    )
    .where(Administration.participant == bindparam("participant"))
    .order_by(Administration.part, Administration.position)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is asked."""

    id: str
    """Of the administration."""
    kind: str
    """background, material or item."""
    part: int
    """0 the background, then one for each condition."""
    condition: str | None
    instrument: str | None
    item: str | None
    case: str | None
    shown: str
    """Of a choice item: the options in the order shown, as JSON."""
    locked: bool

    @property
    def options(self) -> tuple[str, ...]:
        """Options in the order shown; none where it is no choice item."""
        return tuple(json.loads(self.shown))


@dataclass(frozen=True, slots=True)
class Steps:
    """All that one person is asked, in order, with what is held."""

    every: tuple[Step, ...]
    held: Mapping[tuple[str, str, str], Answer]

    @property
    def part(self) -> int | None:
        """The part that is open; none where all are finished."""
        return min((step.part for step in self.every if not step.locked), default=None)

    def of(self, administration: str) -> Step:
        """Return the step with this id, which is known to be the visitor's."""
        return next(step for step in self.every if step.id == administration)

    def items(self, part: int) -> list[Step]:
        """Return the items of a part."""
        return [step for step in self.every if step.part == part and step.kind == "item"]

    def material(self, part: int) -> Step | None:
        """Return the material of a part; none where nothing is read."""
        return next((step for step in self.every if step.part == part and step.kind == "material"), None)

    def answer(self, step: Step, field: str = "answer") -> Answer:
        """Return what is held of a step."""
        return self.held.get((step.id, "", field), Answer())

    def required(self, part: int) -> list[tuple[str, str, str]]:
        """Return what must be held before a part can be finished."""
        material = self.material(part)
        read = [] if material is None else [(material.id, "", "finished")]
        return [*read, *((step.id, "", "answer") for step in self.items(part))]

    def next_path(self) -> str:
        """Return the page on which the person goes on: the same on every device."""
        part = self.part
        if part is None:
            return "/therapist/done"
        if part == 0:
            return "/therapist/background"
        material = self.material(part)
        if material is not None and not self.answer(material, "finished").given:
            return f"/therapist/material/{material.id}"
        for step in self.items(part):
            if not self.answer(step).given:
                return f"/therapist/item/{step.id}"
        return "/therapist/part"


def read_steps(connection: Connection, participant: str, near: str | None = None) -> Steps:
    """Read where a person stands; with `near`, of the answers only that to this administration and those to material."""
    rows = _STEPS.rows(connection, {"participant": participant})
    every = tuple(Step(*row) for row in rows)
    if near is None:
        return Steps(every, answers_of(connection, participant))
    wanted = [(near, "answer"), *((step.id, "finished") for step in every if step.kind == "material")]
    return Steps(every, {(name, "", field): answer_of(connection, name, "", field) for name, field in wanted})
