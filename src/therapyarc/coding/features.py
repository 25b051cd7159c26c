"""What the learned coder looks at: words and their parts in a turn, the cues of the codebooks, and the turns beside it."""

import re
from collections.abc import Sequence
from itertools import pairwise
from math import log2
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from therapyarc.coding.codebook import codebook
from therapyarc.domain import Turn
from therapyarc.text import feeling_words

__all__ = ["DIMENSIONS", "Matrix", "features", "hashed"]

DIMENSIONS = 2**17
"""Columns into which features are hashed."""

Matrix = sparse.csr_matrix
"""Sparse counts, shape (turns, DIMENSIONS)."""

_TOKEN = re.compile(r"[a-z0-9']+|[?.,!]")
_LONGEST = 4000


def features(turns: Sequence[Turn], place: int) -> set[str]:
    """Return the features of one turn in its session: its own in full, those of two turns before and one after in short."""
    own = turns[place]
    found = _own(own)
    said = set(_TOKEN.findall(_plain(own.text)))
    for name, step in (("p1", -1), ("p2", -2), ("n1", 1)):
        if 0 <= place + step < len(turns):
            beside = turns[place + step]
            found |= _short(beside, f"{name}{beside.role[0]}")
            if step == -1 and said:
                overlap = len(said & set(_TOKEN.findall(_plain(beside.text)))) / len(said)
                found.add(f"overlap:{int(overlap * 5)}")
    return found


def _plain(text: str) -> str:
    return text[:_LONGEST].lower().replace("’", "'")


def _short(turn: Turn, prefix: str) -> set[str]:
    plain = _plain(turn.text)
    tokens = _TOKEN.findall(plain)
    count = sum(token[0].isalnum() for token in tokens)
    found = {f"{prefix}w:{token}" for token in tokens}
    found.add(f"{prefix}length:{min(9, int(log2(count + 1) * 1.5))}")
    book = codebook("client" if turn.role == "client" else "therapist")
    found |= {f"{prefix}cue:{code.id}" for code in book.codes if any(cue.search(plain) for cue in code.cues)}
    if feeling_words(plain):
        found.add(f"{prefix}feeling")
    return found


def _own(turn: Turn) -> set[str]:
    found = _short(turn, "")
    tokens = ["<s>", *_TOKEN.findall(_plain(turn.text)), "</s>"]
    spoken = [token for token in tokens if token[0].isalnum()]
    found |= {f"b:{a}_{b}" for a, b in pairwise(tokens)}
    found |= {f"t:{a}_{b}_{c}" for a, b, c in zip(tokens, tokens[1:], tokens[2:], strict=False)}
    for size in (1, 2, 3):
        found.add(f"first{size}:{'_'.join(spoken[:size])}")
        found.add(f"last{size}:{'_'.join(spoken[-size:])}")
    joined = f" {' '.join(spoken)} "
    found |= {f"c:{joined[i : i + n]}" for n in (3, 4, 5) for i in range(len(joined) - n + 1)}
    return found


def hashed(found: Sequence[set[str]]) -> Matrix:
    """Return presence of the features as a sparse matrix, columns by CRC-32."""
    columns = [np.unique([crc32(one.encode()) % DIMENSIONS for one in sorted(each)]) for each in found]
    ends = np.cumsum([0, *(len(each) for each in columns)])
    indices: NDArray[np.int64] = np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)
    return Matrix((np.ones(len(indices)), indices, ends), shape=(len(found), DIMENSIONS))
