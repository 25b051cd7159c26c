"""What a run ends with: the tidy table as Parquet and CSV, the findings as JSON, the report."""

import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from therapyarc.domain import Calibration, Excerpt, Findings, HumanRange, Measurement, Published, Rating
from therapyarc.domain.assignment import Assignment, CourseAssignment
from therapyarc.domain.design import Design
from therapyarc.domain.line import LineAnswer
from therapyarc.domain.safety import PublishedRates
from therapyarc.domain.sensitivity import SimulatorDraws
from therapyarc.files.artefact import SCHEMA, write_atomically
from therapyarc.files.errors import ArtefactError
from therapyarc.files.library import library_path
from therapyarc.files.located import read_located
from therapyarc.files.run import RunFolder
from therapyarc.text.spreadsheet import SheetWriter

__all__ = [
    "COLUMNS",
    "read_answers",
    "read_calibration",
    "read_draws",
    "read_people",
    "read_published",
    "read_published_rates",
    "write_calibration",
    "write_csv",
    "write_draws",
    "write_excerpts",
    "write_findings",
    "write_measurements",
    "write_reports",
]

COLUMNS = pa.schema(
    [
        ("session", pa.string()),
        ("turn", pa.int32()),
        ("measure", pa.string()),
        ("version", pa.string()),
        ("rater", pa.string()),
        ("replicate", pa.int32()),
        ("value", pa.float64()),
        ("missing", pa.string()),
    ]
)
"""Columns of the tidy table."""


def _order(row: Measurement) -> tuple[str, str, int, str, int]:
    return (row.session, row.measure, -1 if row.turn is None else row.turn, row.rater or "", row.replicate)


def write_measurements(folder: RunFolder, design: Design, rows: Sequence[Measurement], inputs: str) -> None:
    """Write the tidy table, masked, as Parquet; rows are sorted, so that equal tables are equal files."""
    ordered = sorted(rows, key=_order)
    columns = {name: [getattr(row, name) for row in ordered] for name in COLUMNS.names}
    header = {"artefact": "measurements", "schema": str(SCHEMA), "study": design.study.id, "inputs": inputs}
    table = pa.table(columns, schema=COLUMNS.with_metadata(header))
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    write_atomically(folder.measurements, buffer.getvalue())


def write_reports(folder: RunFolder, design: Design, reports: Sequence[Rating]) -> None:
    """Write the clients' self-reports, one answer a line under a header line."""
    adapter = TypeAdapter(Rating)
    header = {"artefact": "reports", "schema": SCHEMA, "study": design.study.id}
    lines = [json.dumps({"header": header}).encode(), *(adapter.dump_json(report) for report in reports)]
    write_atomically(folder.reports, b"\n".join(lines) + b"\n")


def write_excerpts(folder: RunFolder, design: Design, excerpts: Sequence[Excerpt]) -> None:
    """Write which exchanges are rated, one a line under a header line."""
    adapter = TypeAdapter(Excerpt)
    header = {"artefact": "excerpts", "schema": SCHEMA, "study": design.study.id}
    lines = [json.dumps({"header": header}).encode(), *(adapter.dump_json(one) for one in excerpts)]
    write_atomically(folder.excerpts, b"\n".join(lines) + b"\n")


Beside = TypeVar("Beside", Calibration, SimulatorDraws)


def _write_beside(path: Path, kind: type[Beside], record: Beside) -> None:
    data = TypeAdapter(kind).dump_python(record, mode="json")
    write_atomically(path, (json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode())


def _read_beside(path: Path, kind: type[Beside], command: str) -> Beside | None:
    if not path.exists():
        return None
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except ValidationError as error:
        raise ArtefactError(
            f"{path}: is not what therapyarc {command} writes. Run therapyarc {command} --out {path.parent} again."
        ) from error


def write_calibration(folder: Path, calibration: Calibration) -> None:
    """Write an instrument check into a run's folder, where the next `run` finds it for the report."""
    _write_beside(folder / "calibration.json", Calibration, calibration)


def read_calibration(folder: RunFolder) -> Calibration | None:
    """Return the instrument check of a run's folder; none where there is none.

    Raises
    ------
    ArtefactError
        If the file cannot be read as one.
    """
    return _read_beside(folder.path / "calibration.json", Calibration, "calibrate")


def write_draws(folder: Path, draws: SimulatorDraws) -> None:
    """Write reruns with other simulated clients into a run's folder, where the next `run` finds them for the report."""
    _write_beside(folder / "sensitivity.json", SimulatorDraws, draws)


def read_draws(folder: RunFolder) -> SimulatorDraws | None:
    """Return the reruns of a run's folder; none where there are none.

    Raises
    ------
    ArtefactError
        If the file cannot be read as such.
    """
    return _read_beside(folder.path / "sensitivity.json", SimulatorDraws, "sensitivity")


def read_answers(folder: RunFolder) -> tuple[LineAnswer, ...]:
    """Return what a finished run says to the open questions.

    Raises
    ------
    ArtefactError
        If the run is not finished, or its findings cannot be read.
    """
    try:
        data = json.loads(folder.findings.read_bytes())
        return TypeAdapter(tuple[LineAnswer, ...]).validate_python(data["lines"])
    except OSError as error:
        raise ArtefactError(
            f"{folder.findings}: there are no findings ({error.strerror}). Give the folder of a finished run, such as "
            "runs/STUDY-ID."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ArtefactError(
            f"{folder.findings}: holds no answers that this TherapyArc reads. Run the study again to write them anew."
        ) from error


def write_csv(
    folder: RunFolder,
    assignments: Iterable[Assignment],
    courses: Iterable[CourseAssignment],
    rows: Iterable[Measurement],
) -> None:
    """Write the same table joined to the key as CSV, for those who want it in a spreadsheet.

    Texts that a spreadsheet would take for a formula are led by an apostrophe (see `text.spreadsheet`).
    """
    key = {assignment.session: assignment for assignment in assignments}
    shown = ("arm", "actor", "condition", "instrument", "item", "case", "cluster")
    ongoing = {name: (course, place) for course in courses for place, name in enumerate(course.sessions, 1)}
    buffer = io.StringIO(newline="")
    writer = SheetWriter(buffer)
    writer.row([*COLUMNS.names, *shown, "assignment_replicate", "course", "number"])
    for row in sorted(rows, key=_order):
        cells = [getattr(row, name) for name in COLUMNS.names]
        if row.session in ongoing:
            course, place = ongoing[row.session]
            about = [course.arm, course.actor, None, None, None, course.case, None, course.replicate]
            writer.row([*cells, *about, course.course, place])
            continue
        own = key[row.session]
        about = [*(getattr(own, name) for name in shown), own.replicate]
        writer.row([*cells, *about, None, None])
    write_atomically(folder.measurements_csv, buffer.getvalue().encode())


def write_findings(folder: RunFolder, findings: Findings) -> None:
    """Write the findings, byte for byte the same for the same findings."""
    data = TypeAdapter(Findings).dump_python(findings, mode="json")
    write_atomically(
        folder.findings, (json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
    )


def read_people() -> dict[str, HumanRange]:
    """Read how people talk as clients, by figure."""
    data = read_located(library_path("published", "annomi_clients")).data
    adapter = TypeAdapter(HumanRange)
    return {name: adapter.validate_python(row) for name, row in data["rows"].items()}


def read_published_rates() -> tuple[PublishedRates, ...]:
    """Read published shares of safety and stigma."""
    data = read_located(library_path("published", "moore2025")).data
    adapter = TypeAdapter(PublishedRates)
    return tuple(adapter.validate_python({**row, "source": data["source"]}) for row in data["rows"])


def read_published() -> dict[str, Published]:
    """Read the published rows that ship with the package, by the keys that estimands use (`ba_study.empathy`)."""
    data = read_located(library_path("published", "ba_study")).data
    adapter = TypeAdapter(Published)
    return {
        f"ba_study.{name}": adapter.validate_python({**row, "source": data["source"]})
        for name, row in data["rows"].items()
    }
