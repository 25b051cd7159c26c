"""How far the study is: each cell of the design, when the rest comes at the present rate, and how far raters agree."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from sqlalchemy import Connection, select

from therapyarc.domain.design import Design
from therapyarc.stats.agreement import exact_agreement, krippendorff_alpha
from therapyarc.web.assign import planned_items, planned_sessions
from therapyarc.web.store.tables import (
    Administration,
    Conversation,
    ConversationSession,
    Participant,
    Rating,
    RatingTask,
    Respondent,
)

__all__ = ["Agreement", "Cell", "agreements", "cells", "days_left"]

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the design."""

    arm: str
    part: str
    """Condition; empty for courses."""
    what: str
    """Instrument, or the case of courses."""
    kind: str
    """items or sessions."""
    planned: int
    done: int
    lost: int
    """Open with people who withdrew; they will not come unless the place is given to another."""
    days: float | None
    """Days until the rest is done at the present rate; 0 where nothing is left, none where nothing was done yet."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far raters agree on one item of a rubric."""

    rubric: str
    item: str
    targets: int
    """Targets with two ratings at least."""
    ratings: int
    """Values given in all."""
    alpha: float | None
    """Krippendorff's alpha, interval; none where it is undefined."""
    exact: float | None
    """Share of pairs with the same value."""


def days_left(done: Sequence[float], left: int, now: float) -> float | None:
    """Return left / rate, where rate is what was done for each day since the first, over one day at least.

    Plain on purpose: it takes the past rate for the future's and knows nothing of holidays or of people still to come.
    0 where nothing is left; none where nothing was done.
    """
    if left <= 0:
        return 0.0
    if not done:
        return None
    return left / (len(done) / max(1.0, (now - min(done)) / _DAY))


def cells(connection: Connection, design: Design, now: float) -> list[Cell]:
    """Return every cell: items by arm, condition and instrument, then sessions of courses by arm and case."""
    at: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    lost: Counter[tuple[str, str, str]] = Counter()
    rows = connection.execute(
        select(
            Respondent.arm, Administration.condition, Administration.instrument, Administration.locked_at,
            Participant.status,
        )
        .join(Respondent, Respondent.participant == Administration.participant)
        .join(Participant, Participant.id == Administration.participant)
        .where(Administration.kind == "item")
    )  # fmt: skip
    for row in rows:
        key = (row.arm, row.condition, row.instrument)
        if row.locked_at is not None:
            at[key].append(row.locked_at)
        elif row.status == "withdrawn":
            lost[key] += 1
    found = [
        _cell(key, "items", planned, at[key], lost[key], now)
        for key, planned in planned_items(design).items()
    ]
    ended: dict[tuple[str, str], list[float]] = defaultdict(list)
    gone: Counter[tuple[str, str]] = Counter()
    held = connection.execute(
        select(
            Respondent.arm, Conversation.case_id, ConversationSession.ended_at, Conversation.over_at,
            Participant.status,
        )
        .join(Conversation, Conversation.id == ConversationSession.conversation)
        .join(Respondent, Respondent.participant == Conversation.participant)
        .join(Participant, Participant.id == Conversation.participant)
        .where(Conversation.purpose == "study")
    )  # fmt: skip
    for one in held:
        if one.ended_at is not None:
            ended[one.arm, one.case_id].append(one.ended_at)
        elif one.status == "withdrawn" or one.over_at is not None:
            gone[one.arm, one.case_id] += 1
    found += [
        _cell((arm, "", case), "sessions", planned, ended[arm, case], gone[arm, case], now)
        for (arm, case), planned in planned_sessions(design).items()
    ]
    return found


def _cell(
    key: tuple[str, str, str], kind: str, planned: int, done: Sequence[float], lost: int, now: float
) -> Cell:
    left = planned - len(done) - lost
    return Cell(*key, kind, planned, len(done), lost, days_left(done, left, now))


def agreements(connection: Connection) -> list[Agreement]:
    """Return agreement by rubric and item over all targets that two raters or more have rated.

    A target is a session with its turn or window, so that tasks of several raters on the same words count together.
    Training, calibration, attention checks and a rater's repeats do not count: they answer other questions.
    """
    values: dict[tuple[str, str], dict[tuple[object, ...], dict[str, float]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    rows = connection.execute(
        select(
            RatingTask.rubric, Rating.item, RatingTask.session, RatingTask.turn, RatingTask.until, Rating.participant,
            Rating.value,
        )
        .join(RatingTask, RatingTask.id == Rating.task)
        .where(Rating.value.is_not(None), RatingTask.kind == "real")
    )  # fmt: skip
    for rubric, item, session, turn, until, rater, value in rows:
        if value is not None:
            values[rubric, item][session, turn, until][rater] = value
    return [_agreement(rubric, item, list(own.values())) for (rubric, item), own in sorted(values.items())]


def _agreement(rubric: str, item: str, targets: list[dict[str, float]]) -> Agreement:
    """Return agreement over targets. Both figures ask which values a target has, not whose: a column is no rater's."""
    shared = [list(one.values()) for one in targets if len(one) > 1]
    widest = max(map(len, shared), default=0)
    matrix = np.array([[*one, *[nan] * (widest - len(one))] for one in shared])
    return Agreement(
        rubric,
        item,
        len(shared),
        sum(map(len, targets)),
        _number(krippendorff_alpha, matrix),
        _number(exact_agreement, matrix),
    )


def _number(figure: Callable[[np.ndarray], float], matrix: np.ndarray) -> float | None:
    if not matrix.size:
        return None
    value = float(figure(matrix))
    return None if isnan(value) else value
