"""One layer of attention over the words of a turn and of the turns beside it, on states of the sentence encoder.

The words of a turn ask (queries), and its own words, those of the two turns before and of the turn after answer (keys and
values), each marked by where it stands and whose it is. What comes of it is pooled by attention once more, and gives the
logits of all heads of both roles. The layer is that of Vaswani et al. 2017, with a norm before it, so that states of any
size come in alike, and without positions: the encoder's states know theirs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from therapyarc.coding.linear import Floats, softmax, steps_of
from therapyarc.domain import Turn

__all__ = [
    "BALANCE",
    "PLACES",
    "SHARE",
    "Attention",
    "Encoded",
    "Passed",
    "Reading",
    "Sight",
    "States",
    "Weights",
    "forward",
    "joined",
    "padded",
    "reading",
    "rounded",
    "split",
]

States = NDArray[np.floating[Any]]
"""States of the sub-words of a text, shape (sub-words, width of the encoder)."""
Weights = Mapping[str, Floats]
"""Weights of a layer by name."""
Reading = list[tuple[States, int]]
"""What is read for one turn: its own words, then those of the turns beside it, each with where they stand."""

PLACES = 8
"""A turn's own words, and those of three turns beside it, of a therapist and of a client."""
OWN, BEFORE, EARLIER, AFTER = 64, 40, 20, 20
"""Words that are read of a turn (both ends), of the one before (its end), of the one before that, and of the one after."""
BALANCE = 0.75
"""Power of a label's rarity by which it weighs in training."""
SHARE = 0.5
"""Weight of the layers' log probabilities beside those of the linear models."""
DROPPED = {"in": 0.3, "inside": 0.1, "out": 0.4}
"""Share that is left out in training: of the states, inside the layer, and of what is pooled."""
_TINY = 1e-5
_AWAY = np.float32(-1e9)
_ROWS = 32


class Encoded(NamedTuple):
    """What the sentence encoder makes of texts."""

    vectors: Floats
    """Means over sub-words of its layers, shape (texts, layers, width)."""
    states: list[NDArray[np.float16]]
    """States of each text's sub-words in its middle layer, shape (sub-words, width)."""


class Sight(NamedTuple):
    """Turns with those beside them, padded to the longest."""

    states: Floats
    """States of words, those of the turn itself first, shape (rows, words, width)."""
    place: NDArray[np.int64]
    """Whose word it is and where it stands, 0 to 7, shape (rows, words)."""
    there: NDArray[np.bool_]
    """Whether there is a word, shape (rows, words)."""
    own: NDArray[np.bool_]
    """Whether it is one of the turn itself, shape (rows, own words)."""


def reading(turns: Sequence[Turn], states: Sequence[States], row: int) -> Reading:
    """Return what is read for a turn of a session, given the states of each turn's words."""
    own = states[row]
    if len(own) > OWN:
        own = np.concatenate([own[: OWN // 2], own[-(OWN // 2) :]])
    found = [(own, 0, row)]
    if row:
        found.append((states[row - 1][-BEFORE:], 2, row - 1))
    if row > 1:
        found.append((states[row - 2][-EARLIER:], 4, row - 2))
    if row + 1 < len(turns):
        found.append((states[row + 1][:AFTER], 6, row + 1))
    return [(words, place + (turns[at].role == "client")) for words, place, at in found]


def padded(rows: Sequence[Reading]) -> Sight:
    """Put what is read for several turns into one block."""
    words = max(sum(len(part) for part, _ in row) for row in rows)
    own = max(len(row[0][0]) for row in rows)
    width = rows[0][0][0].shape[1]
    states = np.zeros((len(rows), words, width), dtype=np.float32)
    place = np.zeros((len(rows), words), dtype=np.int64)
    there = np.zeros((len(rows), words), dtype=bool)
    for number, row in enumerate(rows):
        start = 0
        for part, where in row:
            end = start + len(part)
            states[number, start:end], place[number, start:end], there[number, start:end] = part, where, True
            start = end
    own_words = np.array([len(row[0][0]) for row in rows])
    return Sight(states, place, there, np.arange(own) < own_words[:, None])


class Passed(NamedTuple):
    """What a pass through the layer made, kept for the way back."""

    logits: Floats
    """Shape (rows, columns)."""
    values: Mapping[str, Any]
    """Arrays by name; none where nothing was left out at random, and so nothing is trained."""


def _norm(x: Floats, weights: Weights, name: str) -> tuple[Floats, Floats, Floats]:
    """Return the layer norm, what was normed before gain and shift, and one over the spread."""
    mean = x.mean(axis=-1, keepdims=True)
    spread = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + _TINY)
    normed = (x - mean) * spread
    return normed * weights[f"{name}/gain"] + weights[f"{name}/shift"], normed, spread


def split(x: Floats, heads: int) -> Floats:
    """Return (rows, words, width) as (rows, heads, words, width of a head)."""
    rows, words, width = x.shape
    return x.reshape(rows, words, heads, width // heads).transpose(0, 2, 1, 3)


def joined(x: Floats) -> Floats:
    """Undo `split`."""
    rows, heads, words, width = x.shape
    return np.ascontiguousarray(x.transpose(0, 2, 1, 3)).reshape(rows, words, heads * width)


class _Dropped:
    """Leaves parts out in training, at random; in use nothing is left out."""

    def __init__(self, rng: np.random.Generator | None) -> None:
        self._rng = rng
        self.masks: dict[str, Floats] = {}

    def __call__(self, name: str, x: Floats, share: float) -> Floats:
        """Return `x` with a share of it set to 0 and the rest raised, and keep what was done under a name."""
        if self._rng is None:
            return x
        mask = (self._rng.random(x.shape, dtype=np.float32) >= share) * np.float32(1 / (1 - share))
        self.masks[f"{name}/mask"] = mask
        return x * mask


def forward(weights: Weights, seen: Sight, rng: np.random.Generator | None = None) -> Passed:
    """Pass turns through the layer; with `rng` as in training."""
    heads = weights["pool"].shape[1]
    drop = _Dropped(rng)
    put = drop("in", (seen.states - weights["mean"]) * weights["scale"], DROPPED["in"])
    x, x_normed, x_spread = _norm(put @ weights["in"] + weights["place"][seen.place], weights, "first")
    own = x[:, : seen.own.shape[1]]
    query, key, value = (
        split(of @ weights[name], heads) for of, name in ((own, "query"), (x, "key"), (x, "value"))
    )
    size = np.float32(1 / np.sqrt(query.shape[-1]))
    scores = (
        query @ key.transpose(0, 1, 3, 2) * size
        + np.where(seen.there, np.float32(0), _AWAY)[:, None, None, :]
    )
    share = softmax(scores, -1)
    heard = joined(share @ value)
    a, a_normed, a_spread = _norm(
        own + drop("heard", heard @ weights["heard"], DROPPED["inside"]), weights, "second"
    )
    wide = np.maximum(a @ weights["wide"] + weights["wide/shift"], 0)
    b, b_normed, b_spread = _norm(
        a + drop("narrow", wide @ weights["narrow"], DROPPED["inside"]), weights, "third"
    )
    pool = softmax(b @ weights["pool"] + np.where(seen.own, np.float32(0), _AWAY)[:, :, None], 1)
    pooled = drop("pooled", (pool.transpose(0, 2, 1) @ b).reshape(len(b), -1), DROPPED["out"])
    logits = pooled @ weights["out"] + weights["out/shift"]
    kept = {
        "put": put, "x": x, "x/normed": x_normed, "x/spread": x_spread, "query": query, "key": key, "value": value,
        "share": share, "heard": heard, "a": a, "a/normed": a_normed, "a/spread": a_spread, "wide": wide,
        "b": b, "b/normed": b_normed, "b/spread": b_spread, "pool": pool, "pooled": pooled, **drop.masks,
    }  # fmt: skip
    return Passed(np.asarray(logits), kept if rng is not None else {})


@dataclass(frozen=True, slots=True)
class Attention:
    """Several layers that were trained apart, whose log probabilities are averaged."""

    heads: Mapping[tuple[str, str], tuple[str, ...]]
    """Labels of each head by role and name, in the order of the columns."""
    layers: tuple[Weights, ...]
    """Weights of each."""
    prior: Floats
    """Log of each label's share in training, shape (columns,)."""

    def parts(self) -> dict[tuple[str, str], slice]:
        """Return the columns of each head."""
        ends = np.cumsum([0, *(len(labels) for labels in self.heads.values())])
        return {key: slice(int(a), int(b)) for key, a, b in zip(self.heads, ends[:-1], ends[1:], strict=True)}

    def log_chances(self, turns: Sequence[Turn], states: Sequence[States], rows: Sequence[int]) -> Floats:
        """Return log probabilities of all heads side by side as if all labels of a head were nearly as common.

        Parameters
        ----------
        turns
            The turns of a session or of a part of it.
        states
            States of the words of each.
        rows
            Turns that are asked about.

        Returns
        -------
        Shape (rows, columns). A constant by head is free.
        """
        result = np.zeros((len(rows), len(self.prior)), dtype=np.float32)
        parts = self.parts().values()
        for batch, seen in _batches([reading(turns, states, row) for row in rows]):
            for layer in self.layers:
                logits = forward(layer, seen).logits
                for part in parts:
                    result[batch, part] += np.log(np.maximum(softmax(logits[:, part]), 1e-9))
        return result / np.float32(max(1, len(self.layers)))


def rounded(weights: Weights) -> dict[str, Floats]:
    """Return weights as they are kept: matrices in 8 bits by column, the rest in 16."""
    return {
        name: np.asarray(
            np.round(w / steps_of(w)) * steps_of(w) if w.ndim == 2 else w.astype(np.float16), dtype=np.float32
        )
        for name, w in weights.items()
    }


def _batches(rows: Sequence[Reading]) -> Iterator[tuple[list[int], Sight]]:
    """Yield rows of like length together."""
    order = sorted(range(len(rows)), key=lambda row: sum(len(part) for part, _ in rows[row]))
    for start in range(0, len(order), _ROWS):
        batch = order[start : start + _ROWS]
        yield batch, padded([rows[row] for row in batch])
