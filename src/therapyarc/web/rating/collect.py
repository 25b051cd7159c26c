"""What people rated becomes ratings of the study, exactly as a model's do; and how well each of them rated."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median
from typing import Any

from sqlalchemy import Connection, Row, select

from therapyarc.domain import LABELS, Missing, PersonRater, RaterSpec, Rating
from therapyarc.domain.raters import GUESS
from therapyarc.web.rating.places import rater_name
from therapyarc.web.rating.withdrawal import WITHDRAWN
from therapyarc.web.store import Store
from therapyarc.web.store.tables import Lease, RaterPlace, RatingTask
from therapyarc.web.store.tables import Rating as RatingRow
from therapyarc.web.store.tables import SourceGuess as GuessRow

__all__ = ["collect_person_raters", "collect_ratings"]

_BREAK_S = 1800
"""Seconds after which a gap between two ratings is a break."""


@dataclass(frozen=True, slots=True)
class _Given:
    """One rating with what it is about."""

    rater: str
    task: Row[Any]
    value: float | None
    missing: str | None
    marks: list[int | str]
    at: float
    leased: int
    """Place of its text among all that the rater was given."""


def collect_ratings(store: Store, raters: tuple[RaterSpec, ...]) -> list[Rating]:
    """Return the ratings of answers that a person has rated by every rubric asked for.

    The second rating of an answer is replicate 2. Training, calibration and check items give no ratings of the study.
    Ratings of words that their author took back are missing. What people believe of who spoke, said at the end, comes as
    ratings by the rubric `guess-source`.
    """

    def read(connection: Connection) -> list[Rating]:
        given = [one for one in _given(connection, raters) if one.task.kind in {"real", "duplicate"}]
        places = _places(given)
        return [
            *(_rating(one, places[one.rater, one.task.target]) for one in given),
            *_guesses(connection, raters),
        ]

    return store.read(read)


def _places(given: list[_Given]) -> dict[tuple[str, str], int]:
    """Return the place of each text among those that its rater rated, from 0."""
    order = sorted({(one.rater, one.leased, one.task.target) for one in given})
    found: dict[tuple[str, str], int] = {}
    count: Counter[str] = Counter()
    for rater, _, target in order:
        found[rater, target] = count[rater]
        count[rater] += 1
    return found


def _guesses(connection: Connection, raters: tuple[RaterSpec, ...]) -> Iterable[Rating]:
    """Yield what people believe of who wrote what they rated."""
    names = _names(connection, raters)
    rows = connection.execute(
        select(GuessRow.participant, GuessRow.guess, RatingTask.session, RatingTask.turn, RatingTask.until)
        .join(RatingTask, RatingTask.id == GuessRow.task)
        .order_by(GuessRow.participant, GuessRow.task)
    )
    for row in rows:
        if row.participant in names:
            yield Rating(
                session=row.session,
                turn=row.turn,
                until=row.until,
                rater=names[row.participant],
                rubric=GUESS,
                version="1",
                value={"human": 0.0, "machine": 1.0}.get(row.guess),
                missing=Missing.DECLINED if row.guess == "unsure" else None,
            )


def _rating(one: _Given, place: int) -> Rating:
    session = json.loads(one.task.shown)["form"] == "session"
    gone = one.task.shown == WITHDRAWN
    quotes = () if session else tuple(str(mark) for mark in one.marks)
    return Rating(
        session=one.task.session,
        turn=one.task.turn,
        until=one.task.until,
        rater=one.rater,
        rubric=one.task.rubric,
        version=one.task.version,
        replicate=1 if one.task.kind == "real" else 2,
        label=next((label for label in LABELS if label == one.task.label), None),
        value=None if gone else one.value,
        missing=Missing.DROPPED_OUT if gone else None if one.missing is None else Missing(one.missing),
        evidence=quotes,
        evidence_turns=tuple(int(mark) for mark in one.marks) if session else (),
        verbatim=True if quotes else None,
        position=place,
    )


def collect_person_raters(store: Store, raters: tuple[RaterSpec, ...]) -> list[PersonRater]:
    """Return how each person rated, for researchers."""

    def read(connection: Connection) -> list[PersonRater]:
        given = _given(connection, raters, whole=False)
        return [_person(name, given) for name in sorted({one.rater for one in given})]

    return store.read(read)


def _person(name: str, given: list[_Given]) -> PersonRater:
    own: dict[str, list[_Given]] = defaultdict(list)
    for one in given:
        if one.rater == name:
            own[one.task.kind].append(one)
    real = own["real"]
    first = {one.task.id: one.value for one in real}
    pairs = [(first.get(one.task.repeats), one.value) for one in own["duplicate"]]
    pairs = [pair for pair in pairs if None not in pair]
    exact = {kind: sum(one.value == one.task.expected for one in own[kind]) for kind in own}
    calibrated = [one for one in own["calibration"] if one.value is not None]
    peers: dict[str, list[float]] = defaultdict(list)
    for one in given:
        if one.task.kind == "calibration" and one.rater != name and one.value is not None:
            peers[one.task.id].append(one.value)
    beside = [abs((one.value or 0) - mean(peers[one.task.id])) for one in calibrated if peers[one.task.id]]
    times = sorted(one.at for kind in ("real", "duplicate") for one in own[kind])
    gaps = [late - early for early, late in pairwise(times) if late - early < _BREAK_S]
    return PersonRater(
        rater=name,
        answers=len({one.task.target for one in real}),
        ratings=sum(one.value is not None for one in real),
        unrated=sum(one.value is None for one in real),
        training=len(own["training"]),
        training_exact=exact.get("training", 0),
        calibration=len(own["calibration"]),
        calibration_exact=exact.get("calibration", 0),
        calibration_off=mean(abs((one.value or 0) - one.task.expected) for one in calibrated)
        if calibrated
        else None,
        calibration_peers=mean(beside) if beside else None,
        attention=len(own["attention"]),
        attention_passed=exact.get("attention", 0),
        repeated=len(pairs),
        repeated_exact=sum(early == late for early, late in pairs),
        seconds=median(gaps) if gaps else None,
        same_value=_same_value(real),
    )


def _same_value(real: Iterable[_Given]) -> float | None:
    """Return the share of ratings at the most frequent value of their rubric."""
    counts: dict[str, Counter[float]] = defaultdict(Counter)
    for one in real:
        if one.value is not None:
            counts[one.task.rubric][one.value] += 1
    total = sum(count.total() for count in counts.values())
    return sum(max(count.values()) for count in counts.values()) / total if total else None


def _names(connection: Connection, raters: tuple[RaterSpec, ...]) -> dict[str, str]:
    specs = {spec.id: spec for spec in raters if spec.kind == "human"}
    rows = connection.execute(select(RaterPlace.participant, RaterPlace.panel, RaterPlace.place))
    return {row.participant: rater_name(specs[row.panel], row.place) for row in rows if row.panel in specs}


def _given(connection: Connection, raters: tuple[RaterSpec, ...], *, whole: bool = True) -> list[_Given]:
    """Return ratings in the order of tasks; with `whole`, only of answers of which the person has rated every task."""
    names = _names(connection, raters)
    rows = connection.execute(
        select(
            RatingRow.participant, RatingRow.value, RatingRow.missing, RatingRow.evidence, RatingRow.at,
            Lease.position.label("leased"), *RatingTask.__table__.columns,
        )
        .join(RatingRow, RatingRow.task == RatingTask.id)
        .join(Lease, (Lease.task == RatingTask.id) & (Lease.participant == RatingRow.participant))
        .order_by(RatingTask.session, RatingTask.turn, RatingTask.rubric, RatingTask.id, RatingRow.participant)
    ).all()  # fmt: skip
    leased = connection.execute(
        select(Lease.participant, RatingTask.target)
        .join(RatingTask, RatingTask.id == Lease.task)
        .where(Lease.done_at.is_(None))
    )
    open_ = {(row.participant, row.target) for row in leased}
    return [
        _Given(
            names[row.participant], row, row.value, row.missing, json.loads(row.evidence), row.at, row.leased
        )
        for row in rows
        if row.participant in names and not (whole and (row.participant, row.target) in open_)
    ]
