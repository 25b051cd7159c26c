"""Trains layers of attention by gradient descent (AdamW; Loshchilov and Hutter 2019), without a machine-learning library."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from therapyarc.coding.attention import (
    BALANCE,
    PLACES,
    Attention,
    Passed,
    Reading,
    Sight,
    Weights,
    forward,
    joined,
    padded,
    rounded,
    split,
)
from therapyarc.coding.linear import Floats, softmax

__all__ = ["begun", "fit_attention", "gradients", "slope"]

WIDTH, HEADS, WIDE = 192, 6, 384
LAYERS = 3
EPOCHS, STEPS, ROWS = 5, 600, 32
"""Times that each turn is seen, or more where these would be fewer steps than the second; turns a step."""
BARE = 0.3
"""Share of turns that are shown without punctuation."""
_BESIDE = 0.2
"""Weight of finer heads beside the main one."""
_RATE, _DECAY = 3e-4, 0.01
_WARM = 0.1
_MOST = 1.0
"""Length to which a longer gradient is cut."""


def begun(mean: Floats, scale: Floats, columns: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Return weights before training: those of products are drawn evenly within one over the root of their inputs."""

    def drawn(rows: int, width: int) -> Floats:
        edge = 1 / np.sqrt(rows)
        return rng.uniform(-edge, edge, (rows, width)).astype(np.float32)

    found = {
        "mean": mean, "scale": scale,
        "in": drawn(len(mean), WIDTH),
        "place": rng.normal(0, 0.1, (PLACES, WIDTH)).astype(np.float32),
        **{name: drawn(WIDTH, WIDTH) for name in ("query", "key", "value", "heard")},
        "wide": drawn(WIDTH, WIDE), "wide/shift": np.zeros(WIDE, np.float32),
        "narrow": drawn(WIDE, WIDTH),
        "pool": drawn(WIDTH, HEADS),
        "out": drawn(WIDTH * HEADS, columns), "out/shift": np.zeros(columns, np.float32),
    }  # fmt: skip
    for name in ("first", "second", "third"):
        found |= {f"{name}/gain": np.ones(WIDTH, np.float32), f"{name}/shift": np.zeros(WIDTH, np.float32)}
    return found


def _norm_back(
    slope: Floats, weights: Weights, name: str, normed: Floats, spread: Floats, found: dict[str, Floats]
) -> Floats:
    """Return the slope before a layer norm, and note those of its gain and shift."""
    found[f"{name}/gain"] = (slope * normed).sum(axis=(0, 1))
    found[f"{name}/shift"] = slope.sum(axis=(0, 1))
    inner = slope * weights[f"{name}/gain"]
    back = inner - inner.mean(axis=-1, keepdims=True) - normed * (inner * normed).mean(axis=-1, keepdims=True)
    return np.asarray(spread * back)


def _flat(x: Floats) -> Floats:
    return x.reshape(-1, x.shape[-1])


def _softly_back(share: Floats, slope: Floats, axis: int) -> Floats:
    return np.asarray(share * (slope - (share * slope).sum(axis=axis, keepdims=True)))


def gradients(weights: Weights, seen: Sight, passed: Passed, slope: Floats) -> dict[str, Floats]:
    """Return the slope of a loss by each weight, given that by the logits, shape (rows, columns)."""
    v, found = passed.values, dict[str, Floats]()
    heads = weights["pool"].shape[1]
    a, b, x = v["a"], v["b"], v["x"]
    found["out"], found["out/shift"] = v["pooled"].T @ slope, slope.sum(axis=0)
    of_pooled = ((slope @ weights["out"].T) * v["pooled/mask"]).reshape(len(b), heads, -1)
    of_scores = _softly_back(v["pool"], b @ of_pooled.transpose(0, 2, 1), 1)
    found["pool"] = _flat(b).T @ _flat(of_scores)
    of_b = v["pool"] @ of_pooled + of_scores @ weights["pool"].T

    of_a = _norm_back(of_b, weights, "third", v["b/normed"], v["b/spread"], found)
    of_narrow = of_a * v["narrow/mask"]
    found["narrow"] = _flat(v["wide"]).T @ _flat(of_narrow)
    of_wide = (of_narrow @ weights["narrow"].T) * (v["wide"] > 0)
    found["wide"], found["wide/shift"] = _flat(a).T @ _flat(of_wide), of_wide.sum(axis=(0, 1))
    of_a = of_a + of_wide @ weights["wide"].T

    of_own = _norm_back(of_a, weights, "second", v["a/normed"], v["a/spread"], found)
    of_heard = of_own * v["heard/mask"]
    found["heard"] = _flat(v["heard"]).T @ _flat(of_heard)
    of_heads = split(of_heard @ weights["heard"].T, heads)
    of_value = joined(v["share"].transpose(0, 1, 3, 2) @ of_heads)
    size = np.float32(1 / np.sqrt(v["query"].shape[-1]))
    of_scores = _softly_back(v["share"], of_heads @ v["value"].transpose(0, 1, 3, 2), -1) * size
    of_query, of_key = joined(of_scores @ v["key"]), joined(of_scores.transpose(0, 1, 3, 2) @ v["query"])
    own = x[:, : seen.own.shape[1]]
    found["query"] = _flat(own).T @ _flat(of_query)
    found["key"], found["value"] = _flat(x).T @ _flat(of_key), _flat(x).T @ _flat(of_value)
    of_x = of_key @ weights["key"].T + of_value @ weights["value"].T
    of_x[:, : own.shape[1]] += of_own + of_query @ weights["query"].T

    of_put = _norm_back(of_x, weights, "first", v["x/normed"], v["x/spread"], found)
    found["in"] = _flat(v["put"]).T @ _flat(of_put)
    found["place"] = np.zeros_like(weights["place"])
    np.add.at(found["place"], seen.place[seen.there], of_put[seen.there])
    return found


def slope(logits: Floats, target: Floats, weight: Floats, heads: Iterable[slice]) -> Floats:
    """Return the slope of the mean weighted cross-entropy by the logits, shape as `logits`.

    Parameters
    ----------
    logits
        Heads side by side, shape (rows, columns).
    target
        Share of annotators for each label; zeros in a head of which none said anything.
    weight
        Weight of each label, shape (columns,).
    heads
        Columns of each head.
    """
    found = np.zeros_like(logits)
    for part in heads:
        told = target[:, part] * weight[part]
        found[:, part] = (softmax(logits[:, part]) * told.sum(axis=1, keepdims=True) - told) / len(logits)
    return found


def _batches(sizes: Sequence[int], rng: np.random.Generator) -> Iterator[list[int]]:
    """Yield the places of all rows in batches of like length, in random order."""
    order = rng.permutation(len(sizes)).tolist()
    batches = []
    for start in range(0, len(order), 16 * ROWS):
        near = sorted(order[start : start + 16 * ROWS], key=lambda row: sizes[row])
        batches += [near[at : at + ROWS] for at in range(0, len(near), ROWS)]
    for number in rng.permutation(len(batches)):
        yield batches[number]


class _AdamW:
    """Moves weights against their slopes, each by its own running size."""

    def __init__(self, weights: dict[str, Floats], steps: int) -> None:
        self._weights, self._steps, self._step = weights, steps, 0
        self._mean = {name: np.zeros_like(w) for name, w in weights.items()}
        self._size = {name: np.zeros_like(w) for name, w in weights.items()}

    def move(self, slopes: Mapping[str, Floats]) -> None:
        """Take one step; the rate rises over the first tenth of all steps and falls to 0 over the rest."""
        self._step += 1
        length = np.sqrt(sum(float((g * g).sum()) for g in slopes.values()))
        shrunk = np.float32(min(1.0, _MOST / (length + 1e-6)))
        rate = _RATE * min(1.0, self._step / (_WARM * self._steps)) * (1 - (self._step - 1) / self._steps)
        for name, slope_of in slopes.items():
            g, mean, size, w = slope_of * shrunk, self._mean[name], self._size[name], self._weights[name]
            mean += 0.1 * (g - mean)
            size += 0.001 * (g * g - size)
            step = (mean / (1 - 0.9**self._step)) / (np.sqrt(size / (1 - 0.999**self._step)) + 1e-8)
            w -= np.float32(rate) * (step + np.float32(_DECAY) * w)


def _layer(
    written: Sequence[Reading],
    bare: Sequence[Reading],
    target: Floats,
    weight: Floats,
    heads: Sequence[slice],
    rng: np.random.Generator,
) -> dict[str, Floats]:
    some = np.concatenate([own for (own, _), *_ in written[:: max(1, len(written) // 2000)]]).astype(
        np.float32
    )
    weights = begun(some.mean(axis=0), 1 / (some.std(axis=0) + np.float32(1e-3)), target.shape[1], rng)
    sizes = [sum(len(part) for part, _ in row) for row in written]
    each = -(-len(sizes) // ROWS)
    epochs = max(EPOCHS, -(-STEPS // each))
    descent = _AdamW(weights, epochs * each)
    for _ in range(epochs):
        for rows in _batches(sizes, rng):
            plain = rng.random(len(rows)) < BARE
            seen = padded([(bare if p else written)[row] for row, p in zip(rows, plain, strict=True)])
            passed = forward(weights, seen, rng)
            descent.move(gradients(weights, seen, passed, slope(passed.logits, target[rows], weight, heads)))
    return weights


def fit_attention(
    written: Sequence[Reading],
    bare: Sequence[Reading],
    targets: Mapping[tuple[str, str], tuple[tuple[str, ...], Floats]],
    rng: np.random.Generator,
) -> Attention:
    """Train layers on what people said of turns.

    Parameters
    ----------
    written
        What is read for each turn.
    bare
        The same without punctuation, which takes its place for a share of the turns of each batch.
    targets
        By role and head: labels, and share of annotators for each, shape (turns, labels); zeros where none said.
    rng
        Randomness of weights, batches and of what is left out.
    """
    heads = {key: labels for key, (labels, _) in targets.items()}
    target = np.hstack([share for _, share in targets.values()]).astype(np.float32)
    blank = Attention(heads, (), np.zeros(target.shape[1], np.float32))
    prior, weight = np.zeros_like(blank.prior), np.zeros_like(blank.prior)
    for (_, head), part in blank.parts().items():
        share = np.maximum(target[:, part].sum(axis=0), 1e-6)
        share /= share.sum()
        prior[part] = np.log(share)
        weight[part] = (1 if head == "main" else _BESIDE) * (share * len(share)) ** -BALANCE
    parts = list(blank.parts().values())
    layers = tuple(_layer(written, bare, target, weight, parts, rng) for _ in range(LAYERS))
    return Attention(heads, tuple(map(rounded, layers)), prior)
