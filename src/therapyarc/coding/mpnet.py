"""The larger sentence encoder: all-mpnet-base-v2 (Song et al. 2020; Reimers and Gurevych 2019; Apache-2.0), run in NumPy.

Its package holds plain weights and no graph for onnxruntime, and in 8 bits its last layer turns by 33 degrees on average
(cosine .84), so that it runs in single precision: three quarters as fast as onnxruntime does so.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from scipy.special import erf

from therapyarc.coding.linear import Floats, softmax

__all__ = ["Mpnet"]

_LAYERS = (6, 12)
"""Layers that are returned, from 1."""
_PADDING = 1
_TINY = np.float32(1e-5)
_NEAR, _FARTHEST, _KINDS = 8, 128, 16
"""Distances between words that count each by itself, from which all count as one, and how many kinds there are a side."""


class Mpnet:
    """Twelve layers of 768, each of 12 heads, whose attention leans on how far words stand apart."""

    width = 768
    padding = _PADDING

    def __init__(self, path: Path) -> None:
        with safe_open(path, framework="numpy") as file:
            weights: dict[str, Floats] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        self._words = weights["embeddings.word_embeddings.weight"]
        self._places = weights["embeddings.position_embeddings.weight"]
        self._apart = weights["encoder.relative_attention_bias.weight"]
        self._first = _pair(weights, "embeddings.LayerNorm")
        self._layers = [_Layer(weights, f"encoder.layer.{number}.") for number in range(_LAYERS[-1])]

    def __call__(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return the states of sub-words in the sixth and in the last layer, shape (texts, sub-words, 768)."""
        places = np.cumsum(mask, axis=1) * mask + _PADDING
        x = _normed(self._words[ids] + self._places[places], *self._first)
        away = np.where(mask == 1, np.float32(0), np.float32(-1e9))[:, None, None, :]
        lean = self._apart[_distance_kinds(ids.shape[1])].transpose(2, 0, 1)[None] + away
        shown: list[Floats] = []
        for number, layer in enumerate(self._layers, 1):
            x = layer(x, lean)
            if number in _LAYERS:
                shown.append(x)
        return shown[0], shown[1]


class _Layer:
    def __init__(self, weights: dict[str, Floats], name: str) -> None:
        def product(part: str) -> tuple[Floats, Floats]:
            by, shift = _pair(weights, f"{name}{part}")
            return by.T, shift

        asked = [product(f"attention.attn.{part}") for part in "qkv"]
        self._asked = np.hstack([w for w, _ in asked]), np.concatenate([b for _, b in asked])
        self._heard, self._after = product("attention.attn.o"), _pair(weights, f"{name}attention.LayerNorm")
        self._wide, self._narrow = product("intermediate.dense"), product("output.dense")
        self._last = _pair(weights, f"{name}output.LayerNorm")
        self._heads = weights["encoder.relative_attention_bias.weight"].shape[1]

    def __call__(self, x: Floats, lean: Floats) -> Floats:
        """Return the next states; `lean` is added to the scores of attention, shape (texts, heads, words, words)."""
        texts, words, width = x.shape
        size = width // self._heads
        flat = x.reshape(-1, width)
        query, key, value = (
            _product(flat, self._asked).reshape(texts, words, 3, self._heads, size).transpose(2, 0, 3, 1, 4)
        )
        scores = query @ key.transpose(0, 1, 3, 2) * np.float32(1 / np.sqrt(size)) + lean
        heard = np.ascontiguousarray((softmax(scores, -1) @ value).transpose(0, 2, 1, 3)).reshape(-1, width)
        after = _normed(_product(heard, self._heard) + flat, *self._after)
        wide = _product(after, self._wide)
        wide *= (erf(wide * np.float32(np.sqrt(0.5))) + np.float32(1)) * np.float32(0.5)
        return _normed(_product(wide, self._narrow) + after, *self._last).reshape(x.shape)


def _pair(weights: dict[str, Floats], name: str) -> tuple[Floats, Floats]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _product(x: Floats, by: tuple[Floats, Floats]) -> Floats:
    weights, shift = by
    found: Floats = x @ weights
    found += shift
    return found


def _normed(x: Floats, gain: Floats, shift: Floats) -> Floats:
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = 1 / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + _TINY)
    return np.asarray(centred * spread * gain + shift)


def _distance_kinds(words: int) -> NDArray[np.int64]:
    """Return the kind of the distance from each word to each, shape (words, words): near ones each, far ones by log."""
    apart = np.arange(words)[None, :] - np.arange(words)[:, None]
    far = np.abs(apart)
    share = np.log(np.maximum(far, 1) / _NEAR) / np.log(_FARTHEST / _NEAR)
    large = np.minimum(_NEAR + (share * (_KINDS - _NEAR)).astype(np.int64), _KINDS - 1)
    return np.asarray(np.where(far < _NEAR, far, large) + _KINDS * (apart > 0))
