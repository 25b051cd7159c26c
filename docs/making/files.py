"""The page on the files of a run: who writes and reads each, and what may be opened before unmasking."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from pydantic import TypeAdapter

from making.records import MADE, cell, docstrings_under, field_table
from therapyarc.domain import Excerpt, Findings, Measurement, Missing, Rating, Session
from therapyarc.domain.assignment import Assignment, CourseAssignment
from therapyarc.domain.call import Call
from therapyarc.domain.code import TurnCodes
from therapyarc.domain.course import Trace
from therapyarc.files.artefact import Header

__all__ = ["ARTEFACTS", "Artefact", "files_page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """One file of a run's folder."""

    name: str
    """Path inside the folder; `ID` stands for an opaque id."""
    holds: str
    """What it holds."""
    written: str
    """Which step writes it."""
    read: str
    """Who reads it."""
    masked: bool
    """Whether it may be opened before unmasking."""
    record: type[Any] | None = None
    """What one line is; none where it is no file of records."""


ARTEFACTS = (
    Artefact(
        name="allocation.jsonl",
        holds="the sealed key of the single replies: which session belongs to whom",
        written="allocate",
        read="conduct, analyse",
        masked=False,
        record=Assignment,
    ),
    Artefact(
        name="courses.jsonl",
        holds="the sealed key of the courses; only where the study holds some",
        written="allocate",
        read="conduct, analyse",
        masked=False,
        record=CourseAssignment,
    ),
    Artefact(
        name="sessions.jsonl",
        holds="what was asked and answered, by opaque id; the last line of an id counts. Lines stand in the order in which "
        "replies came, which may hint at who spoke: sort them by id before anyone rates from them",
        written="conduct",
        read="rate, measure, report",
        masked=True,
        record=Session,
    ),
    Artefact(
        name="traces.jsonl",
        holds="the hidden state of simulated clients, turn by turn; only with courses",
        written="conduct",
        read="conduct, analyse, report",
        masked=False,
        record=Trace,
    ),
    Artefact(
        name="excerpts.jsonl",
        holds="which exchanges are rated as replies, on single replies and in ongoing sessions, with the client turn's kind",
        written="rate",
        read="analyse",
        masked=True,
        record=Excerpt,
    ),
    Artefact(
        name="ratings.jsonl",
        holds="raw ratings with quoted evidence; append-only",
        written="rate",
        read="measure, analyse, report",
        masked=True,
        record=Rating,
    ),
    Artefact(
        name="session-ratings.jsonl",
        holds="ratings of whole sessions or windows of turns, evidence by turn; only with a model and a rubric of sessions",
        written="rate",
        read="measure, analyse",
        masked=True,
        record=Rating,
    ),
    Artefact(
        name="codes.jsonl",
        holds="codes of each turn by each coder, with evidence or a missing reason. Names models under `version`, and no "
        "arm: sessions stay masked; only where the study has coders",
        written="rate",
        read="analyse",
        masked=True,
        record=TurnCodes,
    ),
    Artefact(
        name="reports.jsonl",
        holds="self-reports of clients, one answer a line (the form stands under `rubric`); only with courses",
        written="measure",
        read="you",
        masked=True,
        record=Rating,
    ),
    Artefact(
        name="calls.jsonl",
        holds="every call of a model, with tokens; names models, and so is part of the key",
        written="conduct, rate",
        read="analyse",
        masked=False,
        record=Call,
    ),
    Artefact(
        name="people.db",
        holds="the database of those who take part in the browser; only where `therapyarc invite` or `serve` made it there",
        written="serve, invite",
        read="conduct",
        masked=False,
    ),
    Artefact(
        name="measurements.parquet",
        holds="the one tidy table, a value or missing reason a row",
        written="measure",
        read="you",
        masked=True,
        record=Measurement,
    ),
    Artefact(
        name="measurements.csv",
        holds="the same table joined to the key: arm, actor, condition, instrument, item, case, cluster, and so on",
        written="analyse",
        read="you",
        masked=False,
    ),
    Artefact(
        name="findings.json",
        holds="all that the report says, in one record",
        written="analyse",
        read="report",
        masked=False,
        record=Findings,
    ),
    Artefact(
        name="report.html",
        holds="the report, one page that needs nothing else",
        written="report",
        read="readers",
        masked=False,
    ),
    Artefact(
        name="measures.html",
        holds="every measure of ongoing sessions by construct and arm; only with courses",
        written="report",
        read="readers",
        masked=False,
    ),
    Artefact(
        name="calibration.json",
        holds="the instrument's own test; only where `therapyarc calibrate --out` wrote it",
        written="calibrate",
        read="report",
        masked=True,
    ),
    Artefact(
        name="sensitivity.json",
        holds="carry-over with other simulated clients; only where `therapyarc sensitivity` wrote it",
        written="sensitivity",
        read="report",
        masked=False,
    ),
    Artefact(
        name="figures/",
        holds="every figure of the report as SVG, and the numbers behind it as CSV",
        written="render",
        read="you",
        masked=False,
    ),
    Artefact(
        name="tables/",
        holds="every table of the report as CSV, with the text that it shows",
        written="render",
        read="you",
        masked=False,
    ),
    Artefact(
        name="checklist.html",
        holds="which items of reporting guidelines the report covers, and where",
        written="render",
        read="readers",
        masked=True,
    ),
    Artefact(
        name="courses/ID.html",
        holds="a page for each course: transcript, codes with evidence, hidden state; only with courses",
        written="report",
        read="readers",
        masked=False,
    ),
    Artefact(
        name="logs/",
        holds="Inspect's logs (`inspect view`), and in `.replies.jsonl` each reply, for a killed run; only with models",
        written="conduct, rate",
        read="you, when something failed",
        masked=False,
    ),
    Artefact(
        name=".lock",
        holds="nothing; keeps two processes from one folder",
        written="run",
        read="run",
        masked=True,
    ),
)


def files_page() -> str:
    """Return the page on the files of a run."""
    lines = [
        MADE,
        "# Files of a run",
        "",
        "`therapyarc run` writes them in this order of steps: allocate, conduct, rate, measure, analyse, report.",
        "A line of a journal (`.jsonl`) is never changed once it is whole, and a killed run goes on from what is",
        "there; the other files are written anew by every run. Whoever rates or codes may open what is marked",
        "yes and nothing else, until the ratings are complete.",
        "",
        "| file | holds | written by | read by | before unmasking |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in ARTEFACTS:
        name = f"`{one.name}`"
        opened = "yes" if one.masked else "**no**"
        lines.append(f"| {name} | {one.holds} | {one.written} | {one.read} | {opened} |")
    lines += ["", "## Header", "", "The first line of every `.jsonl` file, under the key `header`.", ""]
    lines += ["| field | meaning |", "| --- | --- |"]
    lines += [
        f"| `{name}` | {cell(text)} |"
        for name, text in docstrings_under(_class_body(Header))
        if name in {field.name for field in fields(Header)}
    ]
    lines += [
        "",
        "`reports.jsonl` and `excerpts.jsonl` are written anew each time, and their headers have no `package` or `inputs`.",
        "",
    ]
    kinds = list(dict.fromkeys(one.record for one in ARTEFACTS if one.record is not None))
    shown: set[str] = set()
    for kind in kinds:
        where = ", ".join(f"`{one.name}`" for one in ARTEFACTS if one.record is kind)
        for name, record in _records(kind):
            if name in shown or "properties" not in record:
                continue
            shown.add(name)
            lines += [f"## {name}", "", cell(record.get("description", "")), ""]
            lines += [f"In {where}.", "", *field_table(record), ""]
    lines += ["## Missing", "", "Why a value is not there; never a number.", "", *_missing(), ""]
    return "\n".join(lines)


def _class_body(kind: type[Any]) -> list[ast.stmt]:
    node = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(node, ast.ClassDef)
    return node.body


def _records(kind: type[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (name, schema) of a record and of all that are nested in it."""
    assert is_dataclass(kind)
    schema = TypeAdapter(kind).json_schema(mode="serialization")
    own = schema
    if "$ref" in schema:
        own = schema["$defs"][kind.__name__]
    yield kind.__name__, own
    yield from sorted(
        (name, record) for name, record in schema.get("$defs", {}).items() if name != kind.__name__
    )


def _missing() -> Iterator[str]:
    yield from ("| reason | meaning |", "| --- | --- |")
    for name, text in docstrings_under(_class_body(Missing)):
        yield f"| `{Missing[name].value}` | {cell(text)} |"
