"""The registry: every measure, with all that a reader needs to know of it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from therapyarc.domain import Instrument, Measurement, Missing, Rating, Session, record
from therapyarc.measures.choice import choice_points
from therapyarc.measures.length import questions, words

__all__ = ["MEASURES", "Measure", "from_ratings", "measure"]


@record
class Measure:
    """One measure that is computed from a session's text."""

    name: str
    """Name in tables."""
    construct: str
    """The idea that it gets at."""
    compute: Callable[[Session, Instrument], float | Missing]
    """Session and its instrument to a value or the reason why there is none."""
    applies: tuple[Literal["choice", "open"], ...]
    """Kinds of instrument whose sessions it can be taken of."""
    unit: str
    """Unit of the value."""
    low: float
    """Lowest possible value."""
    high: float | None
    """Highest possible value; none where unbounded."""
    ends: str
    """What the lowest and the highest value mean."""
    perspective: Literal["client", "therapist", "observer", "text"]
    """Whose view it is."""
    version: str
    """Rises when values stop being comparable."""
    source: str
    """Where the definition stands."""
    invariances: tuple[Literal["outer white space", "letter case"], ...] = ()
    """What may change in the reply without changing the value; held by the contract tests."""


MEASURES: tuple[Measure, ...] = (
    Measure(
        name="knowledge",
        construct="knowledge",
        compute=choice_points,
        applies=("choice",),
        unit="points of 100",
        low=0,
        high=100,
        ends="0 is an option that earns nothing; 100 is all points of the item.",
        perspective="therapist",
        version="1-A",
        source="own items and scoring; resolution as deduced from doi:10.2196/78138",
        invariances=("outer white space",),
    ),
    Measure(
        name="words",
        construct="length",
        compute=words,
        applies=("open",),
        unit="words",
        low=0,
        high=None,
        ends="0 is a reply without a word; more is longer, and not better.",
        perspective="text",
        version="1-A",
        source="count",
        invariances=("outer white space", "letter case"),
    ),
    Measure(
        name="questions",
        construct="length",
        compute=questions,
        applies=("open",),
        unit="questions",
        low=0,
        high=None,
        ends="0 is a reply that asks nothing; more is more asking, and not better.",
        perspective="text",
        version="1-A",
        source="count",
        invariances=("outer white space", "letter case"),
    ),
)


def measure(sessions: Iterable[Session], instruments: Iterable[Instrument]) -> Iterator[Measurement]:
    """Take every measure of every session that it applies to.

    Yields
    ------
    One measurement a session and measure, in the order of the sessions and of the registry.

    Raises
    ------
    KeyError
        If a session names an instrument that is not among `instruments`.
    """
    by_id = {instrument.id: instrument for instrument in instruments}
    for session in sessions:
        if session.instrument is None:
            continue
        instrument = by_id[session.instrument]
        for one in MEASURES:
            if instrument.kind not in one.applies:
                continue
            value = one.compute(session, instrument)
            missing = value if isinstance(value, Missing) else None
            yield Measurement(
                session=session.id,
                measure=one.name,
                version=one.version,
                value=None if isinstance(value, Missing) else value,
                missing=missing,
            )


def from_ratings(ratings: Iterable[Rating], rubrics: Iterable[Instrument]) -> Iterator[Measurement]:
    """Turn raw ratings into rows of the tidy table, the measure named by the rubric's construct.

    Raises
    ------
    KeyError
        If a rating names a rubric that is not among `rubrics`.
    """
    constructs = {rubric.id: rubric.construct for rubric in rubrics}
    for rating in ratings:
        yield Measurement(
            session=rating.session,
            turn=rating.turn,
            measure=constructs[rating.rubric],
            version=rating.version,
            rater=rating.rater,
            replicate=rating.replicate,
            value=rating.value,
            missing=rating.missing,
        )
