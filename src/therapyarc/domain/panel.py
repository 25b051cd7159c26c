"""Panels of people who rate in the browser, and what the pages hand back beside their ratings."""

from therapyarc.domain.estimate import Estimate
from therapyarc.domain.record import record

__all__ = ["Blinding", "Panel", "PersonRater"]


@record
class Panel:
    """How the people of one human rater share its answers."""

    places: int = 1
    """People who rate, each with an invitation. With more than one, their ratings stand under `ID/1`, `ID/2` and so on."""
    overlap: int = 1
    """How many of them rate each answer that is drawn for this rater."""
    cap: int = 0
    """The most answers that one person is given; 0 for no limit."""
    training: int = 3
    """Examples of each rubric that a person rates first, each followed by the intended value and why."""
    calibration: int = 2
    """Further examples of each rubric that everyone rates after training, without being told the intended value."""
    duplicates: int = 2
    """Answers that each person is given a second time, unmarked."""
    attention: int = 1
    """Check items, which say what is to be chosen."""
    guesses: int = 6
    """Answers of which a person guesses at the end whether a person or a machine wrote them."""
    lease_minutes: int = 60
    """Minutes of rest after which an answer that somebody began is given to another."""
    apart: bool = False
    """Whether the rubrics of one answer are rated at different times; otherwise one after another."""


@record
class PersonRater:
    """How one person rated: for researchers, never for raters."""

    rater: str
    """The rater."""
    answers: int
    """Answers rated whole."""
    ratings: int
    """Ratings with a value."""
    unrated: int
    """Ratings that the person left out, with a reason."""
    training: int
    """Training examples rated."""
    training_exact: int
    """Those at the intended value."""
    calibration: int
    """Calibration examples rated."""
    calibration_exact: int
    """Those at the intended value."""
    calibration_off: float | None
    """Mean distance from the intended value, in points; none without calibration."""
    calibration_peers: float | None
    """Mean distance from the mean of the other people, in points; none without others."""
    attention: int
    """Check items met."""
    attention_passed: int
    """Those answered as they say."""
    repeated: int
    """Ratings given twice."""
    repeated_exact: int
    """Those with the same value both times."""
    seconds: float | None
    """Median seconds between one rating and the next, breaks of half an hour and more left out; none with fewer than two."""
    same_value: float | None
    """Share of the ratings that have the person's most frequent value of that rubric; near 1 for straight lines."""


@record
class Blinding:
    """How far one rater, or all together, could tell people from machines."""

    rater: str
    """The rater; empty for all."""
    guesses: int
    """Guesses."""
    counts: tuple[tuple[int, int], ...]
    """Guesses of a person, of a machine, and unsure, each by what wrote the words: people, machines."""
    estimates: tuple[Estimate, ...]
    """Bang's index for words of people and for words of machines, and James's index."""
