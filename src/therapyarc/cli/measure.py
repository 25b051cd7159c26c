"""`measure`: people's own transcripts, measured on this machine."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from therapyarc.domain import Measurement, Role
from therapyarc.files.corpus import Transcript
from therapyarc.files.results import write_table
from therapyarc.files.spoken import Heard, read_spoken
from therapyarc.measures import Null, conversation, every_measure, families, nulls, style_of

__all__ = ["MeasureError", "measure_files", "speaker_roles"]


class MeasureError(Exception):
    """Nothing could be measured, or a speaker was not named as it must be."""


def measure_files(
    paths: Sequence[Path], speakers: Sequence[str], out: Path, surrogates: int, seed: int, console: Console
) -> list[Measurement]:
    """Measure transcripts, write every value as Parquet, and print a summary with what chance gives.

    Raises
    ------
    MeasureError
        If nothing could be read.
    """
    heard = read_spoken(paths, speaker_roles(speakers))
    for fault in heard.faults:
        console.print(f"note: {fault}", highlight=False, soft_wrap=True, markup=False)
    if not heard.transcripts:
        raise MeasureError("no transcript could be read; the notes above say why")
    rows = [row for transcript in heard.transcripts for row in _rows(transcript)]
    write_table(out, rows)
    console.print(_summary(heard, rows, surrogates, seed))
    console.print(
        f"{len(rows):,} values of {len(heard.transcripts):,} transcripts: {out}",
        highlight=False,
        soft_wrap=True,
    )
    return rows


def speaker_roles(speakers: Sequence[str]) -> dict[str, Role]:
    """Read what `--speaker` says of who is who.

    Raises
    ------
    MeasureError
        If one is not NAME=client or NAME=therapist.
    """
    return dict(_named(one) for one in speakers)


def _named(text: str) -> tuple[str, Role]:
    name, _, role = text.rpartition("=")
    if not name or role not in {"client", "therapist"}:
        raise MeasureError(f"--speaker {text!r} must be NAME=client or NAME=therapist")
    return name.strip(), "client" if role == "client" else "therapist"


def _rows(transcript: Transcript) -> list[Measurement]:
    heard = conversation(transcript.turns)
    return [row for family in families() for row in family.rows(transcript.id, heard)]


def _summary(heard: Heard, rows: Sequence[Measurement], surrogates: int, seed: int) -> Table:
    styles = [style_of(transcript.turns) for transcript in heard.transcripts]
    rng = np.random.default_rng(seed)
    chance = {"shuffle": nulls(styles, rng=rng, surrogates=surrogates)} if surrogates else {}
    if surrogates and len(styles) > 1:
        chance["pseudo"] = nulls(styles, rng=rng, surrogates=surrogates, kind="pseudo")
    table = Table(
        title="Measures over transcripts; synchrony means nothing without what chance gives",
        title_justify="left",
    )
    for heading in ("measure", "median", "lowest", "highest", "missing", "by shuffle", "by pseudo-dyad"):
        table.add_column(
            heading, justify="left" if heading == "measure" else "right", no_wrap=heading == "measure"
        )
    for name in every_measure():
        own = [row for row in rows if row.measure == name]
        if not own:
            continue
        values = [row.value for row in own if row.value is not None]
        figures = [f"{pick(values):.3f}" if values else "-" for pick in (np.median, min, max)]
        beside = [_by_chance(chance.get(kind, []), name) for kind in ("shuffle", "pseudo")]
        table.add_row(name, *figures, str(len(own) - len(values)), *beside)
    return table


def _by_chance(found: Sequence[dict[str, Null]], name: str) -> str:
    means = [one[name].mean for one in found if name in one]
    return f"{np.median(means):.3f}" if means else ""
