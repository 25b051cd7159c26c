"""Transcripts in batches: cut as they are read, measured in processes, written piece by piece, kept over a kill."""

import hashlib
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass

from therapyarc.domain import Turn
from therapyarc.files.corpus import Transcript
from therapyarc.files.measured import MeasuredFolder, MeasuredRow
from therapyarc.measures.transcripts import Beside, How, Said, leave_with_parent, measure_transcripts

__all__ = ["Batch", "BatchError", "cut", "measure_batches"]

MEMBERS = 8
"""Transcripts of a batch at least; pseudo-dyads are made among them."""
TURNS = 2_000
"""Turns of a batch at least."""

Found = tuple[list[Beside], list[str]]


class BatchError(Exception):
    """A process that measured ended by itself."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Transcripts that are measured together."""

    members: tuple[tuple[str, Transcript], ...]
    """The transcripts, each after the file that it came from."""

    @property
    def turns(self) -> int:
        """How many turns it has."""
        return sum(len(one.turns) for _, one in self.members)

    def key(self, settings: Mapping[str, str]) -> str:
        """Return the digest of what it is measured from, and how."""
        state = hashlib.sha256(repr(sorted(settings.items())).encode())
        for file, one in self.members:
            state.update(
                repr((file, one.id, [_content(turn) for turn in one.turns])).encode("utf-8", "replace")
            )
        return state.hexdigest()[:32]


def _content(turn: Turn) -> tuple[str, str, float | None, float | None]:
    return turn.role, turn.text, turn.onset_s, turn.offset_s


def cut(transcripts: Iterable[tuple[str, Transcript]]) -> Iterator[Batch]:
    """Cut a stream of transcripts into batches.

    A batch ends where it is large enough and the id of its last transcript says so, by digest; so a transcript that is added
    or removed changes the batches near it alone. A last batch that is too small goes to the one before it.
    """
    before: list[tuple[str, Transcript]] = []
    now: list[tuple[str, Transcript]] = []
    turns = 0
    for file, one in transcripts:
        now.append((file, one))
        turns += len(one.turns)
        full = len(now) >= MEMBERS and turns >= TURNS
        ends = hashlib.sha256(one.id.encode("utf-8", "replace")).digest()[0] % 4 == 0
        if full and (ends or turns >= 4 * TURNS):
            if before:
                yield Batch(tuple(before))
            before, now, turns = now, [], 0
    if before and len(now) >= MEMBERS:
        yield Batch(tuple(before))
        before = []
    if before or now:
        yield Batch((*before, *now))


def measure_batches(
    batches: Iterable[Batch],
    folder: MeasuredFolder,
    settings: Mapping[str, str],
    how: How,
    jobs: int,
    done: Callable[[Batch, bool, list[str]], None],
) -> list[str]:
    """Measure batches and write their pieces; those that are there are kept.

    No more than two batches a process are held at once. `done` is told of each batch, whether it was there, and what failed.

    Returns
    -------
    The keys of the pieces, in the order of the batches.

    Raises
    ------
    BatchError
        If a process ended by itself, as for want of memory. What was written is kept.
    UnwritableError
        If a piece cannot be written.
    """
    keys: list[str] = []
    waiting: deque[tuple[str, Batch, Future[Found]]] = deque()
    pool: ProcessPoolExecutor | None = None

    def write(key: str, batch: Batch, found: Found) -> None:
        files = {one.id: file for file, one in batch.members}
        rows, failed = found
        folder.write_piece(key, [_row(row, files) for row in rows])
        done(batch, False, failed)

    with ExitStack() as stack:
        stack.callback(lambda: pool.shutdown(cancel_futures=True) if pool else None)
        try:
            for place, batch in enumerate(batches):
                key = batch.key(settings)
                keys.append(key)
                if folder.piece(key).exists():
                    done(batch, True, [])
                    continue
                said = [Said(id=one.id, turns=one.turns) for _, one in batch.members]
                if jobs == 1 or (place == 0 and batch.turns < 2 * TURNS):
                    write(key, batch, measure_transcripts(said, how))
                    continue
                pool = pool or ProcessPoolExecutor(
                    jobs, mp_context=multiprocessing.get_context("spawn"), initializer=leave_with_parent
                )
                waiting.append((key, batch, pool.submit(measure_transcripts, said, how)))
                if len(waiting) >= 2 * jobs:
                    first, own, future = waiting.popleft()
                    write(first, own, future.result())
            while waiting:
                first, own, future = waiting.popleft()
                write(first, own, future.result())
        except BrokenProcessPool as error:
            raise BatchError(
                "a process that measured ended by itself, perhaps for want of memory. Everything finished is kept; "
                "run the same command with --jobs 1"
            ) from error
    return keys


def _row(found: Beside, files: Mapping[str, str]) -> MeasuredRow:
    return MeasuredRow(
        measurement=found.measurement,
        file=files[found.measurement.session],
        chance={kind: (null.mean, null.sd) for kind, null in found.chance.items()},
    )
