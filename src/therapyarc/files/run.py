"""A run's folder: which artefact lies where."""

from dataclasses import dataclass
from pathlib import Path

from therapyarc.domain import Rating, Session
from therapyarc.domain.assignment import Assignment, CourseAssignment, allocate, allocate_courses
from therapyarc.domain.call import Call
from therapyarc.domain.code import TurnCodes
from therapyarc.domain.course import Trace
from therapyarc.domain.design import Design
from therapyarc.files.artefact import Header, Journal

__all__ = [
    "RunFolder",
    "open_allocation",
    "open_calls",
    "open_codes",
    "open_courses",
    "open_ratings",
    "open_session_ratings",
    "open_sessions",
    "open_traces",
]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run of one study."""

    path: Path
    """The folder."""

    @property
    def logs(self) -> Path:
        """Inspect's logs, one file a model and phase."""
        return self.path / "logs"

    @property
    def measurements(self) -> Path:
        """The one tidy table."""
        return self.path / "measurements.parquet"

    @property
    def measurements_csv(self) -> Path:
        """The same table, unmasked by name, for those who want CSV."""
        return self.path / "measurements.csv"

    @property
    def reports(self) -> Path:
        """The clients' self-reports, answer by answer."""
        return self.path / "reports.jsonl"

    @property
    def excerpts(self) -> Path:
        """Which exchanges are rated as replies."""
        return self.path / "excerpts.jsonl"

    @property
    def measures_page(self) -> Path:
        """Every measure of ongoing sessions, by construct."""
        return self.path / "measures.html"

    @property
    def pages(self) -> Path:
        """A page for each course."""
        return self.path / "courses"

    @property
    def figures(self) -> Path:
        """Every figure of the report as SVG, and its data as CSV."""
        return self.path / "figures"

    @property
    def tables(self) -> Path:
        """Every table of the report as CSV, with the text that it shows."""
        return self.path / "tables"

    @property
    def checklist(self) -> Path:
        """Which items of reporting guidelines the report covers."""
        return self.path / "checklist.html"

    @property
    def findings(self) -> Path:
        """All that the report says."""
        return self.path / "findings.json"

    @property
    def report(self) -> Path:
        """The report."""
        return self.path / "report.html"


def _header(design: Design, artefact: str) -> Header:
    return Header(artefact=artefact, study=design.study.id, inputs={"design": design.digest})


def open_allocation(folder: RunFolder, design: Design) -> tuple[Assignment, ...]:
    """Return the sealed allocation; write it first where there is none yet.

    A kill while it is written leaves fewer lines than the design plans; the rest is then added, since an
    allocation follows from the design and its seed alone.
    """
    planned = allocate(design)
    with Journal(folder.path / "allocation.jsonl", Assignment, _header(design, "allocation")) as journal:
        journal.extend(planned[len(journal.records) :])
        return tuple(journal.records)


def open_courses(folder: RunFolder, design: Design) -> tuple[CourseAssignment, ...]:
    """Return the sealed allocation of courses, written as in `open_allocation`; no file where the study holds none."""
    planned = allocate_courses(design)
    if not planned:
        return ()
    header = _header(design, "courses")
    with Journal(folder.path / "courses.jsonl", CourseAssignment, header) as journal:
        journal.extend(planned[len(journal.records) :])
        return tuple(journal.records)


def open_traces(folder: RunFolder, design: Design) -> Journal[Trace]:
    """Open the sealed traces: state and causes of simulated clients, for analysis alone."""
    return Journal(folder.path / "traces.jsonl", Trace, _header(design, "traces"))


def open_sessions(folder: RunFolder, design: Design) -> Journal[Session]:
    """Open the sessions of the run."""
    return Journal(folder.path / "sessions.jsonl", Session, _header(design, "sessions"))


def open_ratings(folder: RunFolder, design: Design) -> Journal[Rating]:
    """Open the ratings of the run."""
    return Journal(folder.path / "ratings.jsonl", Rating, _header(design, "ratings"))


def open_session_ratings(folder: RunFolder, design: Design) -> Journal[Rating]:
    """Open the ratings of whole ongoing sessions."""
    return Journal(folder.path / "session-ratings.jsonl", Rating, _header(design, "session ratings"))


def open_calls(folder: RunFolder, design: Design) -> Journal[Call]:
    """Open the record of model calls; it names models and so is part of the key."""
    return Journal(folder.path / "calls.jsonl", Call, _header(design, "calls"))


def open_codes(folder: RunFolder, design: Design) -> Journal[TurnCodes]:
    """Open the codes of the run; rows of several versions of a coder may stand there."""
    return Journal(folder.path / "codes.jsonl", TurnCodes, _header(design, "codes"))
