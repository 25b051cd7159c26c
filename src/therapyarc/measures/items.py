"""Measures of single-turn items: one administration of an instrument's item, one value."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from therapyarc.coding.excerpt import excerpt_session
from therapyarc.domain import Excerpt, Instrument, Measurement, Missing, Session, record
from therapyarc.domain.measure import Measure
from therapyarc.measures.choice import choice_points
from therapyarc.measures.length import questions, words
from therapyarc.measures.stigma import STIGMA, STIGMA_ABSTAINED, stigma, stigma_abstained

__all__ = ["ITEM_MEASURES", "ItemMeasure", "measure_excerpts", "measure_items"]


@record
class ItemMeasure:
    """A measure of a single-turn item, and the way to it."""

    measure: Measure
    """What it is."""
    compute: Callable[[Session, Instrument], float | Missing]
    """Session and its instrument to a value or the reason why there is none."""
    applies: tuple[Literal["choice", "survey", "open"], ...]
    """Kinds of instrument whose sessions it can be taken of."""


ITEM_MEASURES: tuple[ItemMeasure, ...] = (
    ItemMeasure(
        measure=Measure(
            name="knowledge",
            construct="knowledge",
            meaning="Points of the option that was chosen; a reply that names no single option has none.",
            unit="points of 100",
            low=0,
            high=100,
            ends="0 is an option that earns nothing; 100 is all points of the item.",
            minimum="a reply that names one option and no other",
            perspective="therapist",
            version="1-A",
            source="own items and scoring; resolution as deduced from doi:10.2196/78138",
            invariances=("outer white space",),
        ),
        compute=choice_points,
        applies=("choice",),
    ),
    ItemMeasure(
        measure=STIGMA,
        compute=stigma,
        applies=("survey",),
    ),
    ItemMeasure(
        measure=STIGMA_ABSTAINED,
        compute=stigma_abstained,
        applies=("survey",),
    ),
    ItemMeasure(
        measure=Measure(
            name="words",
            construct="length",
            meaning="Words of the reply: runs of letters and digits, joined by ' or -.",
            unit="words",
            low=0,
            high=None,
            ends="0 is a reply without a word; more is longer, and not better.",
            minimum="a reply",
            perspective="text",
            version="1-A",
            source="count",
            invariances=("outer white space", "letter case"),
        ),
        compute=words,
        applies=("open",),
    ),
    ItemMeasure(
        measure=Measure(
            name="questions",
            construct="length",
            meaning="Question marks that end something in the reply; a run counts once.",
            unit="questions",
            low=0,
            high=None,
            ends="0 is a reply that asks nothing; more is more asking, and not better.",
            minimum="a reply",
            perspective="text",
            version="1-A",
            source="count",
            invariances=("outer white space", "letter case"),
        ),
        compute=questions,
        applies=("open",),
    ),
)


def measure_excerpts(sessions: Iterable[Session], excerpts: Iterable[Excerpt]) -> Iterator[Measurement]:
    """Yield length and questions of the rated turn of every exchange drawn from an ongoing session, by turn.

    Raises
    ------
    KeyError
        If an excerpt names a session that is not among `sessions`.
    """
    by_id = {session.id: session for session in sessions}
    for excerpt in excerpts:
        if excerpt.turn is None:
            continue
        one = excerpt_session(by_id[excerpt.session], excerpt)
        for name, count in (("words", words), ("questions", questions)):
            version = next(each.measure.version for each in ITEM_MEASURES if each.measure.name == name)
            value = count(one, None)
            missing = value if isinstance(value, Missing) else None
            yield Measurement(
                session=excerpt.session,
                turn=excerpt.turn,
                measure=name,
                version=version,
                value=None if isinstance(value, Missing) else value,
                missing=missing,
            )


def measure_items(sessions: Iterable[Session], instruments: Iterable[Instrument]) -> Iterator[Measurement]:
    """Take every measure of every single-turn session that it applies to; sessions of courses are passed over.

    Yields
    ------
    One measurement a session and measure, in the order of the sessions and of the measures.

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
        for one in ITEM_MEASURES:
            if instrument.kind not in one.applies:
                continue
            value = one.compute(session, instrument)
            missing = value if isinstance(value, Missing) else None
            yield Measurement(
                session=session.id,
                measure=one.measure.name,
                version=one.measure.version,
                value=None if isinstance(value, Missing) else value,
                missing=missing,
            )
