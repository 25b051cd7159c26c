"""What is gathered while the table is written, and the page and the printed table made of it."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rich import box
from rich.table import Table

from therapyarc.analysis.placement import Profile
from therapyarc.coding.evidence import with_evidence
from therapyarc.domain import ActsCoder, Turn
from therapyarc.files.corpus import Transcript
from therapyarc.files.errors import Fault
from therapyarc.files.measured import CHANCE
from therapyarc.measures import conversation, every_measure, families
from therapyarc.report.transcripts import (
    Cell,
    Chance,
    Expected,
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

_STILL = 1e-9
"""Standard deviation of surrogates that is rounding."""
UNSHOWN = "not shown without a null"
"""Why a value that means nothing without its nulls is left out."""

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
    z: "dict[str, array[float]]" = field(default_factory=lambda: defaultdict(lambda: array("d")))
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
                z = _z(value, mean, sd)
                if z is not None:
                    own.z[kind].append(z)
                    own.above[kind] += z > ABOVE


def _z(value: float, mean: float, sd: float) -> float | None:
    """Return how many standard deviations above chance a value lies; none where surrogates do not vary."""
    return (value - mean) / sd if sd > _STILL else None


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
    coder: ActsCoder,
    keep_codes: bool,
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
    alone = frozenset(name for name, (_, one) in every_measure().items() if one.chance)
    return TranscriptsPage(
        transcripts=kept.seen,
        turns=kept.turns,
        files=files,
        masked=masked is not None,
        coder=coder,
        surrogates=surrogates,
        against=against,
        measures=tuple(_lines(gathered, profiles)),
        notes=tuple(notes),
        more_notes=total - len(notes),
        sections=tuple(
            TranscriptSection(
                id=name,
                file=file,
                cells=tuple(_cell(row, profiles, alone) for row in rows),
                turns=_shown(kept.transcripts[name].turns, coder, keep_codes, masked)
                if name in kept.transcripts
                else (),
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
        missing = dict(sorted(own.missing.items()))
        shown = own.values
        if measure.chance and not own.chance:
            missing |= {UNSHOWN: len(shown)} if shown else {}
            shown, profile = array("d"), None
        lines.append(
            MeasureLine(
                name=name,
                family=family,
                meaning=measure.meaning,
                unit=measure.unit,
                values=shown,
                median=float(np.median(shown)) if shown else None,
                missing=missing,
                chance={
                    kind: Chance(
                        median=float(np.median(found)),
                        above=own.above[kind],
                        transcripts=len(found),
                        z=float(np.median(own.z[kind])) if own.z[kind] else None,
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


def _cell(row: Mapping[str, object], profiles: Mapping[str, Profile], alone: frozenset[str]) -> Cell:
    """Return a cell; `alone` names the measures that mean nothing without their nulls."""

    def figure(name: str) -> float | None:
        found = row[name]
        return found if isinstance(found, float) else None

    name, value = str(row["measure"]), figure("value")
    profile, missing = profiles.get(name), None if row["missing"] is None else str(row["missing"])
    chance: dict[str, Expected] = {}
    for kind in CHANCE:
        mean, sd = figure(f"{kind}_mean"), figure(f"{kind}_sd")
        if value is not None and mean is not None and sd is not None:
            chance[kind] = Expected(mean=mean, z=_z(value, mean, sd))
    if name in alone and value is not None and not chance:
        value, missing = None, UNSHOWN
    return Cell(
        name=name,
        value=value,
        missing=missing,
        chance=chance,
        place=None if row["place"] is None or value is None else str(row["place"]),
        percentile=None if profile is None or value is None else profile.percentile(value),
    )


def _shown(
    turns: Sequence[Turn],
    coder: ActsCoder,
    keep_codes: bool,
    masked: Callable[[Sequence[Turn]], Sequence[Turn]] | None,
) -> tuple[ShownTurn, ...]:
    heard = conversation(turns if masked is None else masked(turns), coder=coder, keep=keep_codes)
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
    """Return the table of measures as it is printed; it fits 80 columns."""
    table = Table(
        title="Measures over transcripts; last columns: z beside each null",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for heading in ("measure", "median", "missing", *CHANCE):
        table.add_column(heading, justify="left" if heading == "measure" else "right", no_wrap=True)
    order = [one.name for family in families() for one in family.measures]
    for line in sorted(page.measures, key=lambda one: order.index(one.name)):
        beside = [
            "" if kind not in line.chance or (z := line.chance[kind].z) is None else f"{z:.2f}"
            for kind in CHANCE
        ]
        median = "-" if line.median is None else f"{line.median:.3f}"
        table.add_row(line.name, median, str(sum(line.missing.values())), *beside)
    return table
