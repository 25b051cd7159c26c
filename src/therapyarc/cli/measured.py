"""What is gathered while the table is written, and the page and the printed table made of it."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rich.table import Table

from therapyarc.analysis.placement import Profile
from therapyarc.coding.evidence import with_evidence
from therapyarc.domain import Turn
from therapyarc.files.corpus import Transcript
from therapyarc.files.errors import Fault
from therapyarc.files.measured import CHANCE
from therapyarc.measures import conversation, every_measure, families
from therapyarc.report.transcripts import (
    Cell,
    Chance,
    MeasureLine,
    NoteLine,
    Reference,
    ShownTurn,
    TranscriptSection,
    TranscriptsPage,
)
from therapyarc.text.closed import length_of

__all__ = ["SECTIONS", "SHOWN", "Gathered", "Kept", "page_of", "printed"]

SECTIONS = 200
"""Transcripts that have a section of the page, at most."""
SHOWN = 20
"""Transcripts up to which the turns themselves are shown."""
SHOWN_TURNS = 6_000
"""Turns of them up to which they are shown."""
ABOVE = 1.645
"""Standard deviations above chance from which a figure counts as above it."""

Columns = Mapping[str, Sequence[object]]


@dataclass(slots=True)
class Kept:
    """Transcripts whose turns the page shows: all of them while they are few, none otherwise."""

    transcripts: dict[str, Transcript] = field(default_factory=dict)
    """The transcripts by id."""
    seen: int = 0
    """Transcripts so far."""
    turns: int = 0
    """Turns so far."""

    def see(self, transcript: Transcript) -> None:
        """Keep a transcript, or let all go where there are too many."""
        self.seen += 1
        self.turns += len(transcript.turns)
        if self.seen <= SHOWN and self.turns <= SHOWN_TURNS:
            self.transcripts[transcript.id] = transcript
        else:
            self.transcripts.clear()


@dataclass(slots=True)
class _Of:
    """One measure over transcripts."""

    values: "array[float]" = field(default_factory=lambda: array("d"))
    missing: Counter[str] = field(default_factory=Counter)
    chance: "dict[str, array[float]]" = field(default_factory=lambda: defaultdict(lambda: array("d")))
    above: Counter[str] = field(default_factory=Counter)
    inside: int = 0


class Gathered:
    """What the page needs of the table: every value by measure, and the rows of the first transcripts."""

    def __init__(self) -> None:
        self.rows = 0
        """Rows so far."""
        self.by_measure: defaultdict[str, _Of] = defaultdict(_Of)
        """What there is of each measure."""
        self.first: dict[str, tuple[str, list[Mapping[str, object]]]] = {}
        """File and rows of the first transcripts, by id."""

    def add(self, columns: Columns) -> None:
        """Add the columns of a part of the table."""
        names = list(columns)
        for cells in zip(*columns.values(), strict=True):
            row = dict(zip(names, cells, strict=True))
            self.rows += 1
            self._count(row)
            session = str(row["session"])
            if session in self.first or len(self.first) < SECTIONS:
                self.first.setdefault(session, (str(row["file"]), []))[1].append(row)

    def _count(self, row: Mapping[str, object]) -> None:
        own, value = self.by_measure[str(row["measure"])], row["value"]
        if not isinstance(value, float):
            own.missing[str(row["missing"])] += 1
            return
        own.values.append(value)
        own.inside += row["place"] == "inside"
        for kind in CHANCE:
            mean, sd = row[f"{kind}_mean"], row[f"{kind}_sd"]
            if isinstance(mean, float) and isinstance(sd, float):
                own.chance[kind].append(mean)
                own.above[kind] += value > mean + ABOVE * sd and sd > 0


def page_of(
    gathered: Gathered,
    kept: Kept,
    faults: Sequence[Fault],
    total: int,
    *,
    files: int,
    surrogates: int,
    against: str,
    profiles: Mapping[str, Profile],
    masked: Callable[[Sequence[Turn]], Sequence[Turn]] | None,
) -> TranscriptsPage:
    """Return what the page says; `total` counts all notes on reading, `faults` are those that were kept."""
    notes = [
        NoteLine(
            where=fault.file if fault.line is None else f"{fault.file}, line {fault.line}",
            got=fault.got,
            advice=fault.advice,
        )
        for fault in faults[:SECTIONS]
    ]
    return TranscriptsPage(
        transcripts=kept.seen,
        turns=kept.turns,
        files=files,
        masked=masked is not None,
        surrogates=surrogates,
        against=against,
        measures=tuple(_lines(gathered, profiles)),
        notes=tuple(notes),
        more_notes=total - len(notes),
        sections=tuple(
            TranscriptSection(
                id=name,
                file=file,
                cells=tuple(_cell(row, profiles) for row in rows),
                turns=_shown(kept.transcripts[name].turns, masked) if name in kept.transcripts else (),
            )
            for name, (file, rows) in gathered.first.items()
        ),
    )


def _lines(gathered: Gathered, profiles: Mapping[str, Profile]) -> list[MeasureLine]:
    every = every_measure()
    lines = []
    for name, own in gathered.by_measure.items():
        family, measure = every[name]
        profile = profiles.get(name)
        lines.append(
            MeasureLine(
                name=name,
                family=family,
                meaning=measure.meaning,
                unit=measure.unit,
                values=own.values,
                median=float(np.median(own.values)) if own.values else None,
                missing=dict(sorted(own.missing.items())),
                chance={
                    kind: Chance(
                        median=float(np.median(found)), above=own.above[kind], transcripts=len(found)
                    )
                    for kind, found in own.chance.items()
                },
                reference=None
                if profile is None
                else Reference(low=profile.low, median=profile.median, high=profile.high, n=profile.n),
                inside=None if profile is None else own.inside,
            )
        )
    return lines


def _cell(row: Mapping[str, object], profiles: Mapping[str, Profile]) -> Cell:
    def figure(name: str) -> float | None:
        found = row[name]
        return found if isinstance(found, float) else None

    name, value = str(row["measure"]), figure("value")
    profile = profiles.get(name)
    return Cell(
        name=name,
        value=value,
        missing=None if row["missing"] is None else str(row["missing"]),
        chance={kind: mean for kind in CHANCE if (mean := figure(f"{kind}_mean")) is not None},
        place=None if row["place"] is None else str(row["place"]),
        percentile=None if profile is None or value is None else profile.percentile(value),
    )


def _shown(
    turns: Sequence[Turn], masked: Callable[[Sequence[Turn]], Sequence[Turn]] | None
) -> tuple[ShownTurn, ...]:
    heard = conversation(turns if masked is None else masked(turns))
    return tuple(
        ShownTurn(
            role=turn.role,
            text=turn.text,
            words=length_of(turn.text),
            codes=with_evidence(
                "client" if turn.role == "client" else "therapist",
                turn.text,
                codes,
                heard.turns[place - 1].text if place else "",
            ),
        )
        for place, (turn, codes) in enumerate(zip(heard.turns, heard.codes, strict=True))
    )


def printed(page: TranscriptsPage) -> Table:
    """Return the table of measures as it is printed."""
    table = Table(
        title="Measures over transcripts; synchrony means nothing without what chance gives",
        title_justify="left",
    )
    for heading in ("measure", "median", "lowest", "highest", "missing", *(f"by {kind}" for kind in CHANCE)):
        table.add_column(
            heading, justify="left" if heading == "measure" else "right", no_wrap=heading == "measure"
        )
    order = [one.name for family in families() for one in family.measures]
    for line in sorted(page.measures, key=lambda one: order.index(one.name)):
        ends = (min(line.values), max(line.values)) if line.values else (None, None)
        figures = ["-" if one is None else f"{one:.3f}" for one in (line.median, *ends)]
        beside = [f"{line.chance[kind].median:.3f}" if kind in line.chance else "" for kind in CHANCE]
        table.add_row(line.name, *figures, str(sum(line.missing.values())), *beside)
    return table
