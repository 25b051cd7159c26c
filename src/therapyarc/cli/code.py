"""`code`: turns of transcripts of one's own, coded by cues, by the trained coder or by a model, and what a batch loses."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from therapyarc.analysis.codes import code_agreement
from therapyarc.cli.measure import speaker_roles
from therapyarc.cli.progress import Progress
from therapyarc.coding.behaviours import coder
from therapyarc.coding.majority import MajorityCodes, majority
from therapyarc.coding.offline_coders import LEARNED
from therapyarc.domain import CodeAgreement, CoderSpec, Limits, Missing, Session
from therapyarc.domain.code import FoundCode, TurnCodes
from therapyarc.files.artefact import Header, Journal, digest, write_atomically
from therapyarc.files.errors import EditedStudyError
from therapyarc.files.labelled import Labelled, read_annomi
from therapyarc.files.spoken import read_spoken
from therapyarc.report.numbers import interval, number, value
from therapyarc.tasks.coder import code, current, expected, turns_due
from therapyarc.tasks.embedded.weights import locate

__all__ = ["CodingError", "CodingRequest", "code_files"]

PEOPLE = "people"
"""Id under which people's labels stand beside a coder's."""


class CodingError(Exception):
    """Nothing could be coded, calls failed, or the file holds codes of something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodingRequest:
    """What is to be coded, and how."""

    coder: str
    """`cues`, `learned`, or an Inspect model name."""
    out: Path
    """File of codes; one that is there is gone on with."""
    batch: int = 10
    """Turns a call."""
    repeats: int = 1
    """How often each turn is coded."""
    temperature: float | None = None
    """Sampling temperature of a model."""
    turns: int | None = None
    """The most turns that are coded in all, from the first transcript on; none codes all."""
    annomi: bool = False
    """Whether the file is AnnoMI's original one, with people's labels to compare with."""
    batch_test: bool = False
    """Whether the same turns are coded at one turn a call, twice, and at `batch`."""
    seed: int = 1
    """Order of codes, sampling and intervals."""


def code_files(
    paths: Sequence[Path], request: CodingRequest, speakers: Sequence[str], console: Console
) -> list[TurnCodes]:
    """Code transcripts; show what it costs beforehand, and how far coders agree afterwards.

    Raises
    ------
    CodingError
        If nothing can be read, the file holds codes of other transcripts, or calls failed after all retries.
    """
    coders = _coders(request)
    sessions, people = _read(paths, request, speakers, console)
    console.print(_forecast(coders, sessions))
    rows = _code(coders, sessions, request, console)
    write_atomically(request.out.with_suffix(".csv"), _csv(majority(rows)).encode())
    missing = sum(row.missing is not None for row in rows)
    console.print(
        f"{len(rows):,} turns coded, {missing:,} of them missing: {request.out}, and what most repeats found in "
        f"{request.out.with_suffix('.csv')}",
        highlight=False,
        soft_wrap=True,
    )
    compared = code_agreement(
        [*rows, *people],
        rng=np.random.default_rng(request.seed),
        demonstrations=[spec.id for spec in coders if spec.demonstration],
    )
    if compared := tuple(row for row in compared if row.first == coders[0].id):
        console.print(_agreement(compared, request))
    seen = (
        {one.id for one in sessions} & set(coder(LEARNED).learned.trained_on)
        if request.coder == "learned"
        else ()
    )
    if people and seen:
        console.print(
            f"The learned coder was trained on {len(seen)} of these transcripts, so these figures flatter it; its honest "
            "figures are those out of fold, in its model card.",
            highlight=False,
            soft_wrap=True,
        )
    if any(spec.demonstration for spec in coders):
        console.print(
            "demonstration: the embedded model codes at chance; its codes show that the system works alone."
        )
    if failed := sum(row.missing is Missing.FAILED for row in rows):
        raise CodingError(
            f"{failed} turns are missing since calls failed; run the same command to try them again"
        )
    return rows


def _coders(request: CodingRequest) -> tuple[CoderSpec, ...]:
    offline = {"cues": CoderSpec(id="cues", kind="cues"), "learned": CoderSpec(id="learned", kind="learned")}
    if request.coder in offline:
        if request.batch_test:
            raise CodingError(
                f"--batch-test needs a model; {request.coder} codes turn by turn and loses nothing"
            )
        return (offline[request.coder],)
    if min(request.batch, request.repeats) < 1:
        raise CodingError("--batch and --repeats must be 1 or more")
    if request.coder.startswith("embedded/"):
        locate(request.coder.removeprefix("embedded/"))
    if "/" not in request.coder:
        raise CodingError(
            f"--coder {request.coder!r} is neither cues, learned, nor a model such as PROVIDER/NAME"
        )
    whole = CoderSpec(
        id="model",
        kind="model",
        model=request.coder,
        temperature=request.temperature,
        batch=request.batch,
        repeats=request.repeats,
    )
    if not request.batch_test:
        return (whole,)
    if request.batch < 2:
        raise CodingError("--batch-test compares a batch with single turns; give --batch 2 or more")
    single = replace(whole, id="batch-1", batch=1)
    return single, replace(single, id="batch-1-again"), replace(whole, id=f"batch-{request.batch}")


def _read(
    paths: Sequence[Path], request: CodingRequest, speakers: Sequence[str], console: Console
) -> tuple[list[Session], list[TurnCodes]]:
    people: list[TurnCodes] = []
    if request.annomi:
        labelled = [one for path in paths for one in read_annomi(path)]
        sessions = [Session(id=one.id, turns=one.turns) for one in labelled]
        people = [row for one in labelled for row in _labels(one)]
    else:
        heard = read_spoken(paths, speaker_roles(speakers))
        for fault in heard.faults:
            console.print(f"note: {fault}", highlight=False, soft_wrap=True, markup=False)
        sessions = [Session(id=one.id, turns=one.turns) for one in heard.transcripts]
    if len({session.id for session in sessions}) < len(sessions):
        raise CodingError("two transcripts have the same name; rename one, since codes go by the name")
    if request.turns is not None:
        sessions = [*_first(sessions, request.turns)]
    if not sessions:
        raise CodingError("no transcript could be read; the notes above say why")
    return sessions, people


def _labels(one: Labelled) -> Iterator[TurnCodes]:
    for place, (turn, label) in enumerate(zip(one.turns, one.labels, strict=True)):
        if label is not None and turn.role != "examiner":
            yield TurnCodes(
                session=one.id,
                turn=place,
                role=turn.role,
                coder=PEOPLE,
                version="annomi",
                system="annomi",
                codes=(FoundCode(code=label),),
            )


def _first(sessions: Iterable[Session], turns: int) -> Iterator[Session]:
    left = turns
    for session in sessions:
        if left > 0:
            yield replace(session, turns=session.turns[:left])
        left -= len(session.turns)


def _forecast(coders: Sequence[CoderSpec], sessions: Sequence[Session]) -> Table:
    table = Table(
        title="Before anything is sent (tokens by rule of thumb; retries come on top)", title_justify="left"
    )
    for heading in (
        "coder",
        "sessions",
        "turns",
        "calls",
        "calls a session",
        "tokens sent",
        "tokens received",
    ):
        table.add_column(heading, justify="left" if heading == "coder" else "right")
    for spec in coders:
        each = [expected(spec, one) for one in sessions] if spec.kind == "model" else []
        calls, sent, received = (sum(one[place] for one in each) for place in range(3))
        shown = (len(sessions), turns_due([spec], sessions), calls, calls / len(sessions), sent, received)
        table.add_row(spec.id, *(f"{figure:,.0f}" for figure in shown))
    return table


def _code(
    coders: Sequence[CoderSpec], sessions: Sequence[Session], request: CodingRequest, console: Console
) -> list[TurnCodes]:
    header = Header(artefact="codes", study="code", inputs={"transcripts": digest(sessions, Session)})
    try:
        opened = Journal(request.out, TurnCodes, header)
    except EditedStudyError as error:
        raise CodingError(f"{request.out}: holds codes of other transcripts; give another --out") from error
    with opened as journal, Progress(console) as progress:
        known = [
            row for row in current(coders, sessions, journal.records) if row.missing is not Missing.FAILED
        ]
        advance = progress.phase("codes", turns_due(coders, sessions), len(known))

        def keep(rows: Sequence[TurnCodes]) -> None:
            journal.extend(rows)
            for _ in rows:
                advance()

        code(
            coders,
            sessions,
            journal.records,
            seed=request.seed,
            logs=request.out.with_suffix(".logs"),
            limits=Limits(),
            on_codes=keep,
            on_call=progress.note,
        )
        return current(coders, sessions, journal.records)


def _csv(rows: Iterable[MajorityCodes]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["session", "turn", "role", "coder", "code", "share", "majority", "readable", "repeats", "missing"]
    )
    for row in rows:
        place = [row.session, row.turn, row.role, row.coder]
        for name, share in row.shares.items() or [("", "")]:
            found = [name, share, int(name in row.codes) if name else ""]
            writer.writerow([*place, *found, row.readable, row.repeats, row.missing or ""])
    return text.getvalue()


def _agreement(rows: Sequence[CodeAgreement], request: CodingRequest) -> Table:
    title = "Agreement code by code, with 95% intervals over sessions"
    if request.batch_test:
        title += "; a batch loses nothing where its row is no worse than batch-1 with itself again"
    table = Table(title=title, title_justify="left")
    for heading in ("code", "coders", "turns", "found", "share", "share", "raw", "kappa", "AC1"):
        table.add_column(heading, justify="left" if heading in {"code", "coders"} else "right")
    for row in sorted(rows, key=lambda one: (one.role, one.code)):
        figures = (
            [f"{value(one)} {interval(one)}".strip() for one in row.estimates]
            if row.estimates[0].value is not None
            else [row.estimates[0].reason or "", "", ""]
        )
        stamp = " (demonstration)" if row.demonstration else ""
        shares = [number(share, 3) for share in (row.prevalence_first, row.prevalence_second)]
        table.add_row(
            f"{row.role}: {row.code}", f"{row.first}, {row.second}{stamp}", str(row.turns), str(row.support), *shares,
            *figures,
        )  # fmt: skip
    return table
