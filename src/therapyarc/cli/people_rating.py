"""People as raters of a run: what the allocation drew for them goes into their database, and their ratings come back."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from therapyarc.coding.rater import RatingTask
from therapyarc.coding.session_rater import SessionRatingTask
from therapyarc.domain import Missing, PersonRater, RaterSpec, Rating
from therapyarc.domain.assignment import Assignment, CourseAssignment
from therapyarc.domain.design import Design
from therapyarc.domain.raters import GUESS
from therapyarc.web.rating.collect import collect_person_raters, collect_ratings
from therapyarc.web.rating.shown import shown_reply, shown_session
from therapyarc.web.rating.tasks import Wanted, post_tasks
from therapyarc.web.store import Store

__all__ = ["ByPeople", "PeopleRating", "nobody"]

Planned = Mapping[str, Sequence[RatingTask]] | Mapping[str, Sequence[SessionRatingTask]]

ByPeople = Callable[[Planned, Iterable[Rating]], Sequence[Rating]]
"""Told by rater what is planned, and what is known, it returns what is new of people's ratings."""


def nobody(planned: Planned, known: Iterable[Rating]) -> Sequence[Rating]:
    """Stand in where no people rate."""
    del planned, known
    return ()


def _key(rating: Rating) -> tuple[object, ...]:
    return (
        rating.rater,
        rating.session,
        rating.turn,
        rating.until,
        rating.rubric,
        rating.replicate,
        rating.label,
    )


@dataclass(frozen=True, slots=True)
class PeopleRating:
    """People's part in the rating of one run."""

    store: Store | None
    design: Design
    assignments: Sequence[Assignment]
    courses: Sequence[CourseAssignment]

    @property
    def _specs(self) -> tuple[RaterSpec, ...]:
        return tuple(spec for spec in self.design.study.raters if spec.kind == "human")

    def drawn(self) -> dict[str, tuple[str, ...]]:
        """Return which raters were drawn for each ongoing session."""
        return {
            name: raters
            for one in self.courses
            for name, raters in zip(one.sessions, one.raters, strict=True)
        }

    def rate(self, planned: Planned, known: Iterable[Rating]) -> Sequence[Rating]:
        """Post what people are to rate, and return what is new of what they have rated.

        Replies and sessions come in two calls, and neither takes away what the other has posted. A rating that its rater or
        the author of its words took back since comes back as missing.
        """
        if self.store is None or not self._specs:
            return ()
        rubrics = {task.rubric.id for tasks in planned.values() for task in tasks}
        about = (
            rubrics
            if any(isinstance(one, SessionRatingTask) for own in planned.values() for one in own)
            else {*rubrics, GUESS}
        )
        for spec in self._specs:
            wanted = list(self._wanted(planned.get(spec.id, ())))
            post_tasks(self.store, spec, wanted, rubrics, self.design.study.seed, time.time())
        given = {_key(one): one for one in collect_ratings(self.store, self.design.study.raters)}
        names = {one.id for spec in self._specs for one in spec.each()}
        held = {_key(one): one for one in known if one.rater in names}
        gone = [
            replace(
                one, value=None, missing=Missing.DROPPED_OUT, evidence=(), evidence_turns=(), verbatim=None
            )
            for key, one in held.items()
            if key not in given and one.missing is not Missing.DROPPED_OUT
        ]
        new = [one for key, one in given.items() if one.rubric in about and held.get(key) != one]
        return [*new, *gone]

    def persons(self) -> list[PersonRater]:
        """Return how each person rated."""
        return [] if self.store is None else collect_person_raters(self.store, self.design.study.raters)

    def _wanted(self, tasks: Sequence[RatingTask] | Sequence[SessionRatingTask]) -> Iterator[Wanted]:
        """Yield the tasks with the opaque cells over which they are balanced; what holds no words is not rated."""
        cells = {one.session: (one.arm, one.actor, one.case or "") for one in self.assignments}
        cells |= {name: (one.arm, one.actor, one.case) for one in self.courses for name in one.sessions}
        kinds = {(arm.id, actor.id): actor.kind for arm in self.design.study.arms for actor in arm.actors}
        for task in tasks:
            arm, actor, case = cells[task.session.id]
            source = kinds[arm, actor.split("/", 1)[0]]
            stratum = self._opaque("source", source, *([] if task.label is None else [task.label]))
            cell, author = self._opaque("case", case), self._opaque("author", arm, actor)
            if isinstance(task, SessionRatingTask):
                if any(turn.role == "therapist" for _, turn in task.turns):
                    window = task.rubric.window > 0
                    yield Wanted(
                        session=task.session.id,
                        turn=task.first if window else None,
                        until=task.last if window else None,
                        rubric=task.rubric,
                        shown=shown_session(task),
                        stratum=stratum,
                        case=cell,
                        author=author,
                        label=task.label,
                    )
            elif task.session.missing is None and task.session.reply and task.replicate == 1:
                yield Wanted(
                    session=task.session.id,
                    turn=task.turn,
                    rubric=task.rubric,
                    shown=shown_reply(task),
                    stratum=stratum,
                    case=cell,
                    author=author,
                    label=task.label,
                )

    def _opaque(self, *parts: str) -> str:
        """Return a name that tells cells apart and says nothing of them to whoever lacks the study's seed."""
        text = "/".join((str(self.design.study.seed), *parts))
        return hashlib.sha256(text.encode()).hexdigest()[:12]
