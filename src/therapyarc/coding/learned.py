"""The learned coder: main behaviour of a therapist turn, talk type of a client turn, and finer codes, with probabilities.

Stage one is a ridge-penalised linear model of a turn and its neighbours by role. Stage two sees what stage one made of the
turn, of two turns before and after, and of the session as a whole, and gives calibrated probabilities. A coder with the
sentence encoder pools these with layers of attention over the words of a turn and of those beside it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from therapyarc.coding.attention import BALANCE, SHARE, Attention, Encoded
from therapyarc.coding.features import Look, Seen, beside, look
from therapyarc.coding.linear import Floats, softmax, steps_of
from therapyarc.domain import Turn

__all__ = [
    "MANY",
    "ROLES",
    "Encode",
    "LearnedCoder",
    "Linear",
    "Role",
    "Second",
    "chances",
    "neighbourhood",
    "read_coder",
    "write_coder",
]

Role = Literal["therapist", "client"]
ROLES: tuple[Role, ...] = ("therapist", "client")

Encode = Callable[[Sequence[str]], Encoded]
"""The sentence encoder."""

CHUNK = 4096
"""Turns that are looked at at once, so that memory stays flat."""
MANY = frozenset({"bolt"})
"""Heads that may give a turn several labels: each has a probability of its own, and they need not sum to 1. A label and its
absence weigh the same in training, so that 1/2 is the cut; they do not say how often a label is given."""
_REACH = 2


@dataclass(frozen=True, slots=True)
class Linear:
    """Stage one of one role: several heads on the same features."""

    heads: Mapping[str, tuple[str, ...]]
    """Name of each head and its labels, in the order of the columns of the weights."""
    seen: Seen
    """Which features count."""
    runs: Floats
    """Weights of runs, shape (runs, columns); in each column 255 values at most, so that they are kept in 8 bits."""
    dense: Floats
    """Weights of the dense features, shape (features, columns)."""
    intercept: Floats
    """Shape (columns,)."""

    def logits(self, of: Look) -> Floats:
        """Return the heads' logits side by side, shape (turns, columns); by head they are log odds up to a constant."""
        runs, dense = self.seen.scaled(of)
        return np.asarray(runs @ self.runs + dense @ self.dense + self.intercept)

    def parts(self) -> dict[str, slice]:
        """Return the columns of each head."""
        ends = np.cumsum([0, *(len(labels) for labels in self.heads.values())])
        return {
            name: slice(int(a), int(b)) for name, a, b in zip(self.heads, ends[:-1], ends[1:], strict=True)
        }


@dataclass(frozen=True, slots=True)
class Second:
    """Stage two of one head."""

    mean: Floats
    """Mean of its features."""
    scale: Floats
    """What they are multiplied by."""
    weights: Floats
    """Shape (features + 1, labels); the last row is the intercept."""
    offsets: Floats
    """What is added to the coder's log probabilities before the likeliest label is taken as the decision."""

    def probabilities(self, around: Floats) -> Floats:
        """Return calibrated probabilities, shape (turns, labels)."""
        x = np.clip((around - self.mean) * self.scale, -5, 5)
        return softmax(x @ self.weights[:-1] + self.weights[-1])

    def decided(self, probabilities: Floats) -> NDArray[np.int64]:
        """Return the decision on each turn, shape (turns,)."""
        return np.asarray(np.argmax(np.log(np.maximum(probabilities, 1e-9)) + self.offsets, axis=1))


@dataclass(frozen=True, slots=True)
class LearnedCoder:
    """A coder for both roles."""

    first: Mapping[Role, Linear]
    """Stage one by role."""
    second: Mapping[Role, Mapping[str, Second]]
    """Stage two by role and head; a head without one keeps the probabilities of stage one."""
    single: Mapping[Role, Linear] = field(default_factory=dict)
    """Heads that look at one utterance alone, by role; none where they were not trained."""
    attention: Attention | None = None
    """What is pooled with the linear models; none for a coder without the sentence encoder."""
    trained_on: tuple[str, ...] = ()
    """Transcripts that it was trained on, so that they can be left out of a test."""
    hashes: frozenset[str] = frozenset()
    """Hashes of utterances that it was trained on."""
    encode: Encode | None = None
    """The sentence encoder, for a coder that needs it."""

    def labels(self, role: Role) -> dict[str, tuple[str, ...]]:
        """Return the labels of each head of a role, in the order of its probabilities."""
        single = self.single[role].heads if role in self.single else {}
        return {**self.first[role].heads, **single}

    def heads(self, turns: Sequence[Turn]) -> dict[Role, dict[str, Floats]]:
        """Return, by role and head, probabilities for every turn of a session, shape (turns, labels).

        Rows of the other role are there too and mean nothing.
        """
        logits: dict[Role, list[Floats]] = {role: [] for role in ROLES}
        alone: dict[Role, list[Floats]] = {role: [] for role in self.single}
        attended: list[Floats] = []
        for start in range(0, max(1, len(turns)), CHUNK):
            lead = min(start, _REACH + 1)  # a form looks one turn further back than its own step
            window = turns[start - lead : start + CHUNK + _REACH]
            encoded = None if self.encode is None else self.encode([turn.text for turn in window])
            seen, own = look(window, None if encoded is None else encoded.vectors)
            keep = slice(lead, lead + min(CHUNK, len(turns) - start))
            if self.attention is not None and encoded is not None:
                rows = range(keep.start, keep.stop)
                attended.append(self.attention.log_chances(window, encoded.states, rows))
            for role in ROLES:
                logits[role].append(self.first[role].logits(seen)[keep])
            for role, model in self.single.items():
                alone[role].append(model.logits(own)[keep])
        joined = {role: np.vstack(parts) for role, parts in logits.items()}
        around = neighbourhood(turns, joined, self.first)
        result: dict[Role, dict[str, Floats]] = {}
        for role in ROLES:
            result[role] = {
                name: self.second[role][name].probabilities(around)
                if name in self.second[role]
                else softmax(joined[role][:, part])
                for name, part in self.first[role].parts().items()
            }
            if self.attention is not None:
                result[role] = self._pooled(role, result[role], np.vstack(attended), self.attention)
            if role in self.single:
                own_logits = np.vstack(alone[role])
                result[role] |= {
                    name: chances(name, own_logits[:, part])
                    for name, part in self.single[role].parts().items()
                }
        return result

    def _pooled(
        self, role: Role, chances_of: Mapping[str, Floats], attended: Floats, attention: Attention
    ) -> dict[str, Floats]:
        """Pool the log probabilities of each head with those of the layers of attention.

        The layers speak as if labels were nearly as common as each other; where stage two says how common they are, their
        rarity is put back.
        """
        result = dict(chances_of)
        for (of_role, name), part in attention.parts().items():
            if of_role != role or name not in result:
                continue
            logs = attended[:, part]
            if name in self.second[role]:
                logs = logs + np.float32(BALANCE) * attention.prior[part]
            own = np.log(np.maximum(result[name], np.float32(1e-9)))
            result[name] = softmax(np.float32(1 - SHARE) * own + np.float32(SHARE) * logs)
        return result


def chances(head: str, logits: Floats) -> Floats:
    """Return probabilities of a head's labels, shape as `logits`: one of them, or each by itself for heads in `MANY`."""
    if head in MANY:
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), dtype=np.float32)
    return softmax(logits)


SHARED_HEADS = ("main", "reflection", "question", "input")
"""Heads of stage one that stage two looks at."""


def neighbourhood(
    turns: Sequence[Turn], logits: Mapping[Role, Floats], first: Mapping[Role, Linear]
) -> Floats:
    """Return what stage two looks at, shape (turns, features): log odds around each turn, means over the session, form."""
    own: list[Floats] = []
    means: list[Floats] = []
    for role in ROLES:
        is_role = np.array([turn.role == role for turn in turns], dtype=bool)[:, None]
        for name, part in first[role].parts().items():
            if name in SHARED_HEADS:
                p = softmax(logits[role][:, part])
                odds = np.where(is_role, np.clip(np.log(np.maximum(p, 1e-6)), -8, 0) + 2, 0)
                own.append(odds.astype(np.float32))
                share = (p * is_role).sum(axis=0) / max(1, int(is_role.sum()))
                means.append(np.broadcast_to(share.astype(np.float32), p.shape))
        own.append(is_role.astype(np.float32))
    joined = np.hstack(own)
    words = np.array([len(turn.text.split()) for turn in turns], dtype=np.float32)
    marks = np.array(["?" in turn.text for turn in turns], dtype=np.float32)
    form = np.column_stack(
        [
            np.log1p(words),
            marks,
            np.full(len(turns), marks.mean() if len(turns) else 0, np.float32),
            np.full(len(turns), np.log1p(words).mean() if len(turns) else 0, np.float32),
            np.minimum(np.arange(len(turns)), 20) / 20,
        ]
    ).astype(np.float32)
    return np.hstack([*(beside(joined, step) for step in range(-_REACH, _REACH + 1)), *means, form])


def write_coder(path: Path, coder: LearnedCoder) -> None:
    """Write a coder as a compressed NumPy archive; runs in 8 bits, the rest at half precision."""
    parts: dict[str, NDArray[np.generic]] = {
        "trained_on": np.array(coder.trained_on, dtype=np.str_),
        "hashes": np.array(sorted(coder.hashes), dtype=np.str_),
        "encoder": np.array(coder.encode is not None),
    }
    for kind, models in (("first", coder.first), ("single", coder.single)):
        for role, model in models.items():
            key = f"{kind}/{role}"
            parts |= {
                f"{key}/heads": np.array(
                    [f"{name}:{','.join(labels)}" for name, labels in model.heads.items()]
                ),
                f"{key}/columns": model.seen.columns.astype(np.int32),
                f"{key}/rarity": model.seen.rarity.astype(np.float16),
                f"{key}/mean": model.seen.mean.astype(np.float32),
                f"{key}/scale": model.seen.scale.astype(np.float32),
                f"{key}/edge": model.seen.edge.astype(np.float32),
                f"{key}/runs": np.round(model.runs / steps_of(model.runs)).astype(np.int8),
                f"{key}/step": steps_of(model.runs),
                f"{key}/dense": model.dense.astype(np.float16),
                f"{key}/intercept": model.intercept,
            }
    if coder.attention is not None:
        parts |= _attention_parts(coder.attention)
    for role, heads in coder.second.items():
        for name, second in heads.items():
            key = f"second/{role}/{name}"
            parts |= {
                f"{key}/mean": second.mean,
                f"{key}/scale": second.scale,
                f"{key}/weights": second.weights,
                f"{key}/offsets": second.offsets,
            }
    np.savez_compressed(path, allow_pickle=False, **parts)


def _attention_parts(attention: Attention) -> dict[str, NDArray[np.generic]]:
    parts: dict[str, NDArray[np.generic]] = {
        "attention/heads": np.array(
            [f"{role}:{name}:{','.join(labels)}" for (role, name), labels in attention.heads.items()]
        ),
        "attention/prior": attention.prior,
    }
    for number, layer in enumerate(attention.layers):
        for name, weights in layer.items():
            key = f"attention/{number}/{name}"
            if weights.ndim == 2:
                parts[key] = np.round(weights / steps_of(weights)).astype(np.int8)
                parts[f"{key}/step"] = steps_of(weights)
            else:
                parts[key] = weights.astype(np.float16)
    return parts


def _attention(stored: Mapping[str, NDArray[np.generic]]) -> Attention | None:
    if "attention/heads" not in stored:
        return None
    named = (one.split(":") for one in stored["attention/heads"].tolist())
    layers: dict[int, dict[str, Floats]] = {}
    for key, kept in stored.items():
        number, _, name = key.removeprefix("attention/").partition("/")
        if key.startswith("attention/") and number.isdigit() and not name.endswith("/step"):
            weights = np.asarray(kept, dtype=np.float32)
            step = stored.get(f"{key}/step")
            layers.setdefault(int(number), {})[name] = (
                weights if step is None else weights * np.asarray(step, np.float32)
            )
    return Attention(
        {(role, name): tuple(labels.split(",")) for role, name, labels in named},
        tuple(layers[number] for number in sorted(layers)),
        np.asarray(stored["attention/prior"], dtype=np.float32),
    )


def read_coder(path: Path, encode: Encode | None = None) -> LearnedCoder:
    """Read a coder.

    Raises
    ------
    ValueError
        If the file holds none, or one that needs a sentence encoder where none is given.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            stored = {name: data[name] for name in data.files}
        first = {role: _linear(stored, f"first/{role}") for role in ROLES}
        single = {
            role: _linear(stored, f"single/{role}") for role in ROLES if f"single/{role}/heads" in stored
        }
        second: dict[Role, dict[str, Second]] = {role: {} for role in ROLES}
        for role in ROLES:
            for name in first[role].heads:
                key = f"second/{role}/{name}"
                if f"{key}/mean" in stored:
                    second[role][name] = Second(
                        *(stored[f"{key}/{part}"] for part in ("mean", "scale", "weights", "offsets"))
                    )
        attention = _attention(stored)
        needs = bool(stored["encoder"])
        trained, hashes = stored["trained_on"].tolist(), stored["hashes"].tolist()
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path}: holds no coder ({error}); train one with therapyarc train-coder"
        ) from error
    if needs and encode is None:
        raise ValueError(f"{path}: this coder needs the sentence encoder; none was given")
    return LearnedCoder(
        first, second, single, attention, tuple(trained), frozenset(hashes), encode if needs else None
    )


def _linear(stored: Mapping[str, NDArray[np.generic]], key: str) -> Linear:
    def part(name: str) -> Floats:
        return np.asarray(stored[f"{key}/{name}"], dtype=np.float32)

    heads = (one.split(":") for one in stored[f"{key}/heads"].tolist())
    return Linear(
        {name: tuple(labels.split(",")) for name, labels in heads},
        Seen(
            stored[f"{key}/columns"].astype(np.int64),
            part("rarity"),
            part("mean"),
            part("scale"),
            part("edge"),
        ),
        part("runs") * part("step"),
        part("dense"),
        part("intercept"),
    )
