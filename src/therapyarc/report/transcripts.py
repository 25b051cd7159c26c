"""The page of measured transcripts: one self-contained file, light and dark, for desk and phone. Computes no measure."""

from collections.abc import Mapping, Sequence
from math import floor

from therapyarc.domain import record
from therapyarc.domain.code import FoundCode
from therapyarc.report import numbers
from therapyarc.report.environment import environment
from therapyarc.report.ribbon import Beat, ribbon

__all__ = [
    "Cell",
    "Chance",
    "Expected",
    "MeasureLine",
    "NoteLine",
    "Reference",
    "ShownTurn",
    "TranscriptSection",
    "TranscriptsPage",
    "render_transcripts",
]

BARS = 14
"""Bars of a histogram."""
DOTS = 12
"""Values up to which each is a dot instead."""
KINDS = {"shuffle": "By shuffle", "pseudo": "By pseudo-dyad", "length": "By like length"}
"""Headings of kinds of surrogate."""
CLIPPED = 1500
"""Characters of a turn that are shown."""


@record
class Reference:
    """A reference group's figures for one measure."""

    low: float
    """5th percentile."""
    median: float
    """Median."""
    high: float
    """95th percentile."""
    n: int
    """Transcripts behind them."""


@record
class Chance:
    """What chance gives for one measure over all transcripts."""

    median: float
    """Median, over transcripts, of the mean of their surrogates."""
    above: int
    """Transcripts more than 1.645 standard deviations above their own surrogates."""
    transcripts: int
    """Transcripts that have surrogates."""
    z: float | None
    """Median, over transcripts, of (value - mean of surrogates) / their standard deviation; none where none vary."""


@record
class Expected:
    """What chance gives for one measure of one transcript."""

    mean: float
    """Mean over surrogates."""
    z: float | None
    """(value - mean) / standard deviation of surrogates; none where they do not vary."""


@record
class MeasureLine:
    """One measure over all transcripts."""

    name: str
    """Its name."""
    family: str
    """The family that gives it."""
    meaning: str
    """What it is, in a sentence."""
    unit: str
    """Unit."""
    values: Sequence[float]
    """Every value."""
    median: float | None
    """Median; none where there is no value."""
    missing: Mapping[str, int]
    """Transcripts without a value, by reason."""
    chance: Mapping[str, Chance]
    """What chance gives, by kind of surrogate; empty where the measure has no null."""
    reference: Reference | None = None
    """People's figures; none where they are not asked for or not known."""
    inside: int | None = None
    """Transcripts inside the reference's middle 90 %."""


@record
class Cell:
    """One measure of one transcript."""

    name: str
    """The measure."""
    value: float | None
    """Its value."""
    missing: str | None
    """Why there is none."""
    chance: Mapping[str, Expected]
    """What chance gives, by kind of surrogate."""
    place: str | None = None
    """Where it lies among the reference's: below, inside or above the middle 90 %."""
    percentile: float | None = None
    """Percentile in the reference, from 0 to 100."""


@record
class ShownTurn:
    """One turn as it is shown."""

    role: str
    """Who speaks."""
    text: str
    """What was said, masked where that was asked for."""
    words: int
    """Its words."""
    codes: tuple[FoundCode, ...]
    """Behaviour codes, each with the words that it rests on."""


@record
class TranscriptSection:
    """One transcript."""

    id: str
    """Its id."""
    file: str
    """The file that it came from."""
    cells: tuple[Cell, ...]
    """Its measures."""
    turns: tuple[ShownTurn, ...] = ()
    """Its turns; empty where they are not shown."""


@record
class NoteLine:
    """Something that could not be read."""

    where: str
    """File and line."""
    got: str
    """What stands there."""
    advice: str
    """What is wrong and what to do next."""


@record
class TranscriptsPage:
    """All that the page says."""

    transcripts: int
    """Transcripts measured."""
    turns: int
    """Turns of them."""
    files: int
    """Files and corpora read."""
    coder: str
    """Who found the acts that measures rest on."""
    masked: bool
    """Whether names and contact data were masked."""
    surrogates: int
    """Surrogates behind each figure of chance."""
    against: str
    """The reference group in words; empty where none was asked for."""
    measures: tuple[MeasureLine, ...]
    """Every measure."""
    notes: tuple[NoteLine, ...]
    """What could not be read."""
    more_notes: int
    """Notes that are not shown."""
    sections: tuple[TranscriptSection, ...]
    """The transcripts that have a section."""


@record
class _Strip:
    """Where things lie on a line from 0 to 100."""

    low: float
    high: float
    middle: float | None
    at: float | None
    reference: tuple[float, float, float] | None


def render_transcripts(page: TranscriptsPage) -> str:
    """Return the page as HTML: no network, no script, the same byte for byte for the same input."""
    templates = environment()
    templates.filters |= {
        "number": _number,
        "count": numbers.count,
        "reasons": numbers.reasons,
        "words": numbers.words,
        "clipped": lambda text: text if len(text) <= CLIPPED else text[: CLIPPED - 1] + "…",
    }
    by_name = {line.name: line for line in page.measures}
    families = dict.fromkeys(line.family for line in page.measures)
    return templates.get_template("transcripts.html.j2").render(
        page=page,
        groups=[(family, [line for line in page.measures if line.family == family]) for family in families],
        lines=by_name,
        histogram=_histogram,
        dots=_dots,
        strip=lambda cell: _strip(cell, by_name[cell.name]),
        timeline=_timeline,
        ribbon=lambda turns: ribbon(
            [Beat(role=turn.role, codes=tuple(one.code for one in turn.codes)) for turn in turns]
        ),
        clipped_at=CLIPPED,
        kinds={kind: KINDS[kind] for kind in KINDS if any(kind in line.chance for line in page.measures)},
    )


def _number(x: float | None) -> str:
    """Return a number with as many decimals as it needs: none from 100, one from 10, else two."""
    if x is None:
        return "–"
    return numbers.number(
        x, 0 if abs(x) >= 100 or (x == floor(x) and abs(x) >= 3) else 1 if abs(x) >= 10 else 2
    )


def _dots(values: Sequence[float]) -> list[float]:
    """Return places from 0 to 100 of values that are too few for bars."""
    if len(values) > DOTS and min(values) < max(values):
        return []
    low, width = min(values, default=0.0), max(values, default=0.0) - min(values, default=0.0)
    return sorted({round(100 * (value - low) / width, 1) if width else 50.0 for value in values})


def _histogram(values: Sequence[float]) -> list[float]:
    """Return heights of bars from 0 to 1; none where values are too few or all equal."""
    if len(values) <= DOTS or min(values) == max(values):
        return []
    low, high = min(values), max(values)
    counts = [0] * BARS
    for value in values:
        counts[min(BARS - 1, int(BARS * (value - low) / (high - low)))] += 1
    return [count / max(counts) for count in counts]


def _strip(cell: Cell, line: MeasureLine) -> _Strip | None:
    """Return where a value lies among all transcripts and the reference; none where there is nothing to compare with."""
    if cell.value is None or (len(line.values) < 2 and line.reference is None):
        return None
    marks = [*line.values, cell.value]
    if line.reference is not None:
        marks += [line.reference.low, line.reference.high]
    low, high = min(marks), max(marks)
    if low == high:
        return None

    def at(x: float) -> float:
        return round(100 * (x - low) / (high - low), 1)

    own = sorted(line.values)
    reference = line.reference
    return _Strip(
        low=at(own[0]),
        high=at(own[-1]),
        middle=None if line.median is None else at(line.median),
        at=at(cell.value),
        reference=None
        if reference is None
        else (at(reference.low), at(reference.median), at(reference.high)),
    )


def _timeline(turns: Sequence[ShownTurn]) -> list[tuple[float, float, bool, float]]:
    """Return a bar for each turn: left edge and width in 1000, whether it is the client's, height from 0 to 1."""
    longest = max((turn.words for turn in turns), default=0)
    if not longest:
        return []
    width = 1000 / len(turns)
    return [
        (
            round(place * width, 2),
            round(0.86 * width, 2),
            turn.role == "client",
            round(turn.words / longest, 3),
        )
        for place, turn in enumerate(turns)
    ]
