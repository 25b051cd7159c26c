"""Ratings become measurements."""

from collections.abc import Iterable, Iterator

from therapyarc.domain import Instrument, Measurement, Rating
from therapyarc.domain.raters import GUESS

__all__ = ["from_ratings"]


def from_ratings(ratings: Iterable[Rating], rubrics: Iterable[Instrument]) -> Iterator[Measurement]:
    """Turn raw ratings into rows of the tidy table, the measure named by the rubric's construct.

    Of a label study's ratings only those without a label enter: the others say what a label does, and nothing of the reply.
    Nor does a guess of who spoke.

    Raises
    ------
    KeyError
        If a rating names a rubric that is not among `rubrics`.
    """
    constructs = {rubric.id: rubric.construct for rubric in rubrics}
    for rating in ratings:
        if rating.rubric == GUESS or rating.label not in {None, "unlabelled"}:
            continue
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
