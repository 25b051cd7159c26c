"""The coding of a run: every coder of the study on every turn of its ongoing sessions."""

from collections.abc import Sequence

from therapyarc.cli.progress import Progress
from therapyarc.domain import Missing, Session
from therapyarc.domain.call import Call
from therapyarc.domain.code import TurnCodes
from therapyarc.domain.design import Design
from therapyarc.files.run import RunFolder, open_calls, open_codes
from therapyarc.tasks.coder import code, current, turns_due

__all__ = ["code_all"]


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
