"""The coding of a run: every coder of the study on every turn of its ongoing sessions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from rich.table import Table

from therapyarc.analysis.codes import code_agreement
from therapyarc.cli.progress import Progress
from therapyarc.coding.evidence import with_evidence
from therapyarc.coding.offline_coders import code_offline
from therapyarc.domain import CodeAgreement, CoderSpec, Missing, Session, Turn
from therapyarc.domain.call import Call
from therapyarc.domain.code import TurnCodes
from therapyarc.domain.design import Design
from therapyarc.files.run import RunFolder, open_calls, open_codes
from therapyarc.tasks.coder import code, current, expected, turns_due

__all__ = ["code_all", "coding_calls", "coding_table", "compare_coders", "cue_codes"]

_WORDS = 50
"""Words of a turn, for estimates made before anything is said."""


def code_all(
    folder: RunFolder, design: Design, sessions: Sequence[Session], progress: Progress
) -> list[TurnCodes]:
    """Code what has no codes yet, or only failed ones; return the latest row of every coder as the study now has it.

    No file is begun where the study has no coders.
    """
    coders = design.study.coders
    if not coders:
        return []
    with open_codes(folder, design) as journal, open_calls(folder, design) as calls:
        there = [
            row for row in current(coders, sessions, journal.records) if row.missing is not Missing.FAILED
        ]
        advance = progress.phase("codes", turns_due(coders, sessions), len(there))

        def keep(rows: Sequence[TurnCodes]) -> None:
            journal.extend(rows)
            for _ in rows:
                advance()

        def note(call: Call) -> None:
            calls.append(call)
            progress.note(call)

        code(
            coders,
            sessions,
            journal.records,
            seed=design.study.seed,
            logs=folder.logs,
            limits=design.study.limits,
            on_codes=keep,
            on_call=note,
        )
        return current(coders, sessions, journal.records)


def cue_codes(sessions: Sequence[Session]) -> list[TurnCodes]:
    """Code sessions by cues, each code with the words that it rests on; for pages of a study without coders."""
    spec = CoderSpec(id="cues", kind="cues")
    rows = []
    for session in sessions:
        for row in code_offline(spec, session):
            heard = session.turns[row.turn - 1].text if row.turn else ""
            found = with_evidence(
                row.role, session.turns[row.turn].text, {one.code for one in row.codes}, heard
            )
            rows.append(replace(row, codes=found))
    return rows


def compare_coders(design: Design, codes: Sequence[TurnCodes]) -> tuple[CodeAgreement, ...]:
    """Compare the coders of a study with each other, code by code; nothing where fewer than two coded."""
    return code_agreement(
        codes,
        rng=np.random.default_rng(design.study.seed),
        demonstrations=[spec.id for spec in design.study.coders if spec.demonstration],
    )


def coding_calls(design: Design) -> dict[CoderSpec, tuple[int, float, float]]:
    """Return, for each coder, the expected calls and tokens of one session that goes its whole length.

    Every turn is taken to have 50 words.
    """
    exchanges = 0 if design.study.courses is None else design.study.courses.exchanges
    said = " ".join(["words"] * _WORDS)
    pair = (Turn(role="client", text=said), Turn(role="therapist", text=said))
    session = Session(id="any", turns=pair * exchanges)
    return {
        spec: expected(spec, session) if spec.kind == "model" else (0, 0.0, 0.0)
        for spec in design.study.coders
    }


def coding_table(design: Design) -> Table:
    """Return what coding one session costs, coder by coder."""
    study = design.study
    table = Table(title="Coding a session of full length (tokens by rule of thumb)")
    for heading in (
        "coder",
        "turns a call",
        "repeats",
        "calls",
        "tokens sent",
        "tokens received",
        f"cost, {study.currency}",
    ):
        table.add_column(heading, justify="left" if heading == "coder" else "right")
    for spec, (calls, sent, received) in coding_calls(design).items():
        name = f"{spec.id} ({spec.model or spec.kind})"
        if spec.model is None:
            table.add_row(name, "", "1", "0", "0", "0", "0")
            continue
        price = study.prices.get(spec.model)
        cost = (
            "no price given"
            if price is None
            else f"{(sent * price.input + received * price.output) / 1e6:.4f}"
        )
        table.add_row(
            name, str(spec.batch), str(spec.repeats), f"{calls:,}", f"{sent:,.0f}", f"{received:,.0f}", cost
        )
    return table
