"""Hashed runs of words and letters of many texts at once, for the learned coder."""

import re
from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["COLUMNS", "Matrix", "Tokens", "character_runs", "tokens", "word_runs", "words_beside"]

COLUMNS = 2**18
"""Columns into which runs are hashed."""

Matrix = sparse.csr_matrix
"""Sparse presence, shape (texts, COLUMNS)."""

Hashes = NDArray[np.uint64]

_TOKEN = re.compile(r"[a-z0-9']+|[?.,!]")
_LONGEST = 2000
_ODD = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)


class Tokens:
    """Words and marks of texts, end to end."""

    __slots__ = ("hashes", "lengths", "spoken")

    def __init__(self, texts: Sequence[str]) -> None:
        found = [_TOKEN.findall(plain(text)) for text in texts]
        self.lengths = np.array([len(one) for one in found], dtype=np.int64)
        self.hashes: Hashes = np.array([_hash(token) for one in found for token in one], dtype=np.uint64)
        self.spoken = [" ".join(token for token in one if token not in "?.,!") for one in found]


@lru_cache(maxsize=200_000)
def _hash(token: str) -> int:
    return crc32(token.encode()) + 1


def plain(text: str) -> str:
    """Return at most 2,000 characters of a text in lower case with straight apostrophes."""
    return text[:_LONGEST].lower().replace("’", "'")


def tokens(texts: Sequence[str]) -> Tokens:
    """Split texts into words and marks."""
    return Tokens(texts)


def _mixed(hashes: Hashes, salt: int | Hashes) -> NDArray[np.int64]:
    z = (hashes + np.asarray(salt, dtype=np.uint64)) * _ODD
    z ^= z >> np.uint64(29)
    z *= _ODD
    return (z >> np.uint64(46)).astype(np.int64)


def _presence(rows: list[NDArray[np.int64]], columns: list[NDArray[np.int64]], count: int) -> Matrix:
    joined = np.sort(np.concatenate(rows) * COLUMNS + np.concatenate(columns))
    joined = joined[np.concatenate([[True], joined[1:] != joined[:-1]])] if len(joined) else joined
    ends = np.searchsorted(joined, np.arange(count + 1) * COLUMNS)
    return Matrix((np.ones(len(joined), np.float32), joined % COLUMNS, ends), shape=(count, COLUMNS))


def word_runs(of: Tokens, salt: int, longest: int) -> Matrix:
    """Return presence of runs of 1 to `longest` words, and of those that open and close a text where `longest` is over 1."""
    count = len(of.lengths)
    row = np.repeat(np.arange(count), of.lengths)
    run, rows, columns = of.hashes, [row], [_mixed(of.hashes, salt)]
    for size in range(2, longest + 1):
        run = run[:-1] * _STEP + of.hashes[size - 1 :] if len(run) > 1 else run[:0]
        inside = row[: len(run)] == row[size - 1 : size - 1 + len(run)]
        rows.append(row[: len(run)][inside])
        columns.append(_mixed(run[inside], salt + size))
    if longest > 1:
        starts = np.cumsum(of.lengths) - of.lengths
        opening: Hashes = np.zeros(count, dtype=np.uint64)
        closing: Hashes = np.zeros(count, dtype=np.uint64)
        for size in range(3):
            own = np.flatnonzero(of.lengths > size)
            opening[own] = opening[own] * _STEP + of.hashes[starts[own] + size]
            closing[own] = closing[own] * _STEP + of.hashes[starts[own] + of.lengths[own] - 1 - size]
            rows += [own, own]
            columns += [_mixed(opening[own], salt + 10 + size), _mixed(closing[own], salt + 20 + size)]
    return _presence(rows, columns, count)


def character_runs(of: Tokens, salt: int) -> Matrix:
    """Return presence of runs of 3 to 5 letters, spaces and apostrophes."""
    coded = [f" {one} ".encode() for one in of.spoken]
    lengths = np.array([len(one) for one in coded], dtype=np.int64)
    letters = np.frombuffer(b"".join(coded), dtype=np.uint8).astype(np.uint64)
    row = np.repeat(np.arange(len(coded)), lengths)
    run, rows, columns = letters + np.uint64(1), [], []
    for size in range(2, 6):
        run = run[:-1] * _STEP + letters[size - 1 :] + np.uint64(1) if len(run) > 1 else run[:0]
        if size > 2:
            inside = row[: len(run)] == row[size - 1 : size - 1 + len(run)]
            rows.append(row[: len(run)][inside])
            columns.append(_mixed(run[inside], salt + size))
    return _presence(rows, columns, len(coded))


def words_beside(of: Tokens, steps: Sequence[tuple[int, Hashes]]) -> Matrix:
    """Return presence of words of other texts.

    Parameters
    ----------
    of
        The texts.
    steps
        How far from each text the other is, and the salt of each text's words when another looks at it, shape (texts,).
    """
    count = len(of.lengths)
    row = np.repeat(np.arange(count), of.lengths)
    rows, columns = [], []
    for step, salts in steps:
        inside = (row - step >= 0) & (row - step < count)
        rows.append((row - step)[inside])
        columns.append(_mixed(of.hashes[inside], salts[row[inside]]))
    return _presence(rows, columns, count)
