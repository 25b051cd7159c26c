"""Measures of transcripts in batches, synchrony beside what chance gives; made to run in processes of its own.

Nothing here knows files, and little is imported, so that a process begins quickly.
"""

import hashlib
import multiprocessing
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from therapyarc.coding.kept_codes import passed_on
from therapyarc.domain import ActsCoder, Measurement, Missing, Turn, record
from therapyarc.measures.conversation import conversation
from therapyarc.measures.registry import families
from therapyarc.measures.synchrony import CLID_NAMES, Kind, Null, nulls, style_of
from therapyarc.measures.synchrony.nulls import CHEAP
from therapyarc.text.masking import Mask

__all__ = ["Beside", "How", "Said", "leave_with_parent", "masked_turns", "measure_transcripts"]


SHUFFLED = (*CHEAP, *CLID_NAMES)
"""Figures that are held against shuffles."""
NCLID_TURNS = 600
"""Turns of a session up to which nCLiD is held against shuffles; beyond them that takes seconds a session."""


@record
class How:
    """How transcripts are measured."""

    surrogates: int = 100
    """Surrogates a session for what chance gives; 0 for none."""
    seed: int = 1
    """From which surrogates are drawn."""
    coder: ActsCoder = "cues"
    """Who finds the acts that measures rest on."""
    keep_codes: bool = True
    """Whether codes of a trained coder are kept on disk and taken from there."""
    mask: Mask | None = None
    """What masks names and contact data first; none leaves words as they are."""


@record
class Said:
    """A transcript on its way to be measured."""

    id: str
    """Its id."""
    turns: tuple[Turn, ...]
    """What was said."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A measurement beside what chance gives."""

    measurement: Measurement
    """The measurement."""
    chance: Mapping[str, Null]
    """By kind of surrogate (see `CHANCE`); a kind is absent where the measure has no such null."""


def measure_transcripts(batch: Sequence[Said], how: How) -> tuple[list[Beside], list[str]]:
    """Take every family's measures of every transcript.

    A session's shuffles are drawn from the seed and its id, the other nulls from the seed and the ids of the batch, so that
    neither order nor number of processes matters.

    Returns
    -------
    The measurements, and sentences to tell: for each family that raised an error on a transcript, whose measures are missing
    there, and for what befell the file of kept codes.
    """
    heard = [(one.id, one.turns if how.mask is None else masked_turns(one.turns, how.mask)) for one in batch]
    chance = _chance(heard, how)
    result, failed = [], []
    for place, (name, turns) in enumerate(heard):
        whole = conversation(turns, coder=how.coder, keep=how.keep_codes)
        for family in families():
            try:
                rows = list(family.rows(name, whole))
            except Exception as error:  # noqa: BLE001  # a family of another package may raise anything
                failed.append(f"{name}: measures of {family.id} failed ({type(error).__name__}: {error})")
                rows = [
                    Measurement(
                        session=name,
                        measure=one.name,
                        version=family.version(one, how.coder),
                        missing=Missing.FAILED,
                    )
                    for one in family.measures
                ]
            for row in rows:
                found = {
                    kind: own[place][row.measure] for kind, own in chance.items() if row.measure in own[place]
                }
                result.append(Beside(row, found))
    return result, [*failed, *passed_on()]


def masked_turns(turns: Sequence[Turn], mask: Mask) -> tuple[Turn, ...]:
    """Return the turns of one transcript with names and contact data masked."""
    texts = mask.masked([turn.text for turn in turns])
    return tuple(replace(turn, text=text) for turn, text in zip(turns, texts, strict=True))


def _chance(heard: Sequence[tuple[str, tuple[Turn, ...]]], how: How) -> dict[str, list[dict[str, Null]]]:
    """Return, by kind of surrogate, the nulls of each session of the batch."""
    if not how.surrogates:
        return {}
    styles = [style_of(turns) for _, turns in heard]
    found = {
        "shuffle": [
            nulls(
                [style],
                rng=_drawn(how.seed, [name]),
                surrogates=how.surrogates,
                names=SHUFFLED if len(style.texts) <= NCLID_TURNS else CHEAP,
            )[0]
            for (name, _), style in zip(heard, styles, strict=True)
        ]
    }
    others: tuple[Kind, ...] = ("pseudo", "length") if len(styles) > 1 else ()
    for kind in others:
        rng = _drawn(how.seed, [kind, *(name for name, _ in heard)])
        found[kind] = nulls(styles, rng=rng, surrogates=how.surrogates, kind=kind)
    return found


def _drawn(seed: int, names: Sequence[str]) -> np.random.Generator:
    ids = hashlib.sha256("\n".join(names).encode("utf-8", errors="replace")).digest()
    return np.random.default_rng([seed, int.from_bytes(ids[:8], "big")])


def leave_with_parent() -> None:
    """End this process as soon as the one that started it ends, even where that one was killed."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
