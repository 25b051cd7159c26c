"""What the learned coder looks at: runs of words and letters, vectors, cues and form of a turn and of those beside it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from therapyarc.coding.codebook import codebook
from therapyarc.coding.cues import code_client, code_therapist
from therapyarc.coding.grams import COLUMNS, Matrix, Tokens, character_runs, tokens, word_runs, words_beside
from therapyarc.domain import Turn
from therapyarc.text.embedding import DIMENSIONS as STATIC
from therapyarc.text.embedding import embed

__all__ = ["Look", "Seen", "bare", "beside", "blocks", "cued", "look", "see"]

Floats = NDArray[np.float32]

SHARED = 3
"""Training turns that must have a run before it counts."""
BEFORE = {"therapist": 400, "client": 500}
"""Where runs of words of the turn before are hashed to, by its role."""
AFTER = {"therapist": 600, "client": 700}
"""Where those of the turn after are."""

_CODES = {
    role: {code.id: place for place, code in enumerate(codebook(role).codes)}
    for role in ("therapist", "client")
}
FORM = 8 + sum(map(len, _CODES.values()))
"""Features of form and cues of one turn."""
_MARKS = re.compile(r"[^\w\s']|_")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Look:
    """Features of the turns of a session."""

    runs: Matrix
    """Runs of words and letters of each turn and of those beside it, shape (turns, COLUMNS)."""
    dense: Floats
    """Vectors, cues and form, shape (turns, features)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Which features count, and how much; found on training turns without their labels."""

    columns: NDArray[np.int64]
    """Runs that count, shape (runs,)."""
    rarity: Floats
    """Weight of each, shape (runs,)."""
    mean: Floats
    """Mean of the dense features."""
    scale: Floats
    """What they are multiplied by: weight of their block over their standard deviation."""
    edge: Floats
    """Where they are then cut off."""

    def scaled(self, of: Look) -> tuple[Matrix, Floats]:
        """Return runs with rows of length 1, and dense features standardised and cut off at 5 standard deviations."""
        runs = of.runs[:, self.columns] @ sparse.diags(self.rarity)
        norm = np.sqrt(np.asarray(runs.multiply(runs).sum(axis=1)).ravel())
        runs = Matrix(sparse.diags((1 / np.maximum(norm, 1e-6)).astype(np.float32)) @ runs)
        return runs, np.clip((of.dense - self.mean) * self.scale, -self.edge, self.edge)


def see(of: Look, blocks: Sequence[tuple[int, float]]) -> Seen:
    """Find which features count, on training turns.

    Parameters
    ----------
    of
        Features of all training turns.
    blocks
        Width and weight of each block of dense features, in order; a standard deviation of a feature becomes the root of
        weight over width.
    """
    rows = of.runs.shape[0]
    seen = np.bincount(of.runs.indices, minlength=COLUMNS)
    columns = np.flatnonzero(seen >= SHARED).astype(np.int64)
    rarity = np.sqrt(np.log((1 + rows) / (1 + np.minimum(seen[columns], rows)))).astype(np.float32)
    wide = np.concatenate([np.full(width, np.sqrt(weight / width)) for width, weight in blocks])
    scale = (wide / (of.dense.std(axis=0) + 1e-2)).astype(np.float32)
    return Seen(columns, rarity, of.dense.mean(axis=0), scale, (5 * wide).astype(np.float32))


def bare(text: str) -> str:
    """Return a text as speech recognition would give it: lower case, without punctuation."""
    return _SPACES.sub(" ", _MARKS.sub(" ", text.replace("’", "'"))).lower().strip()


def beside(rows: Floats, step: int) -> Floats:
    """Return the row `step` after each, zeros where there is none; shape as `rows`."""
    result = np.zeros_like(rows)
    if step < 0:
        result[-step:] = rows[:step]
    else:
        result[: max(0, len(rows) - step)] = rows[step:]
    return result


@lru_cache(maxsize=20_000)
def cued(role: str, text: str) -> frozenset[str]:
    """Return the codes that the cue coder finds in a turn by itself; `uptake` is none of them."""
    return code_client(text) if role == "client" else frozenset(code_therapist(text).acts)


def _cues(turns: Sequence[Turn]) -> Floats:
    found = np.zeros((len(turns), sum(map(len, _CODES.values()))), dtype=np.float32)
    for place, turn in enumerate(turns):
        role = "client" if turn.role == "client" else "therapist"
        first = len(_CODES["therapist"]) if role == "client" else 0
        found[place, [first + _CODES[role][one] for one in cued(role, turn.text)]] = 1
    return found


def _form(turns: Sequence[Turn]) -> Floats:
    found = np.zeros((len(turns), 8), dtype=np.float32)
    before: set[str] = set()
    for place, turn in enumerate(turns):
        text = turn.text[:2000]
        said = text.lower().split()
        own = set(said)
        found[place] = (
            np.log1p(len(said)),
            "?" in text,
            text.endswith("?"),
            text.count("?"),
            len(own & before) / max(1, len(own)),
            turn.role == "therapist",
            place == 0,
            text.endswith(("-", "—", "...")),
        )
        before = own
    return found


def blocks(of: Look, *, context: bool = True) -> tuple[tuple[int, float], ...]:
    """Return width and weight of the blocks of dense features, in the order of `look`; the encoder's is last."""
    form, static = FORM * (4 if context else 1), STATIC * (3 if context else 1)
    encoded = of.dense.shape[1] - form - static
    found: tuple[tuple[int, float], ...] = ((form, 0.3), (static, 0.5))
    return (*found, (encoded, 1.5)) if encoded else found


def look(turns: Sequence[Turn], encoded: Floats | None) -> tuple[Look, Look]:
    """Return the features of a session's turns, with the turns beside each, and of each turn alone.

    Parameters
    ----------
    turns
        The turns, in order.
    encoded
        Vectors of the turns by the sentence encoder, shape (turns, layers, width); none for the fast coder.
    """
    texts = [turn.text for turn in turns]
    split = tokens(texts)
    own = word_runs(split, 100, 3) + character_runs(split, 200)
    form = np.hstack([_form(turns), _cues(turns)])
    static = embed(texts)
    flat = [] if encoded is None else [encoded.reshape(len(turns), encoded.shape[1] * encoded.shape[2])]
    together = [
        *(beside(form, step) for step in (0, -1, 1, -2)),
        *(beside(static, step) for step in (0, -1, 1)),
        *(beside(one, step) for one in flat for step in (0, -1, 1)),
    ]
    runs = Matrix(own + _runs_beside(turns, split))
    return Look(runs, np.hstack(together)), Look(Matrix(own), np.hstack([form, static, *flat]))


def _runs_beside(turns: Sequence[Turn], split: Tokens) -> Matrix:
    steps = [
        (step, np.array([salts[turn.role] for turn in turns], dtype=np.uint64))
        for step, salts in ((-1, BEFORE), (1, AFTER))
    ]
    return Matrix(words_beside(split, steps) * np.float32(0.7))
