"""Sentence encoders: what a model makes of texts, kept for texts that come again.

A middle layer tells acts of speech apart better than the last, which was trained for what a text is about; both are
returned, the middle one also word by word. Words of a text that go beyond 128 sub-words are not read.
"""

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from therapyarc.coding.attention import Encoded
from therapyarc.coding.linear import Floats
from therapyarc.text.halves import without_halves

__all__ = ["Encoder", "Model"]

_LONGEST = 128
_TEXT = 4_000
_BATCH = 16
_KEPT = 50_000
"""Sub-words of the texts whose vectors are kept; 38 MB of MiniLM, 77 of MPNet."""

_Kept = tuple[NDArray[np.float16], NDArray[np.float16]]
"""Means of the layers, and states of the middle one."""


class Model(Protocol):
    """What makes states of sub-words."""

    @property
    def width(self) -> int:
        """Length of a state."""

    @property
    def padding(self) -> int:
        """Id of the sub-word that fills up shorter texts."""

    def __call__(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return states in a middle layer and in the last, shape (texts, sub-words, width).

        Parameters
        ----------
        ids
            Sub-words of each text, shape (texts, sub-words).
        mask
            1 where there is one, 0 where it is filled up.
        """


class Encoder:
    """Runs a model, and keeps what it made of the last 50,000 sub-words."""

    def __init__(self, model: Model, tokenizer: Path) -> None:
        self._model = model
        self._tokenizer = Tokenizer.from_str(tokenizer.read_text(encoding="utf-8"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_LONGEST)
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._words = 0

    def __call__(self, texts: Sequence[str]) -> Encoded:
        """Return the mean over sub-words of each layer, and the middle layer's states."""
        keys = [blake2b(text[:_TEXT].encode("utf-8", "replace"), digest_size=16).digest() for text in texts]
        absent = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._kept}
        found = dict(
            zip(
                absent,
                self._run([without_halves(text[:_TEXT]) for text in absent.values()]),
                strict=True,
            )
        )
        made = [found[key] if key in found else self._kept[key] for key in keys]
        vectors = np.zeros((len(texts), 2, self._model.width), dtype=np.float32)
        for place, (means, _) in enumerate(made):
            vectors[place] = means
        self._kept.update(found)
        self._words += sum(len(states) for _, states in found.values())
        while self._words > _KEPT:
            _, (_, states) = self._kept.popitem(last=False)
            self._words -= len(states)
        return Encoded(vectors, [states for _, states in made])

    def _run(self, texts: Sequence[str]) -> list[_Kept]:
        encoded = [each.ids for each in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(texts)), key=lambda place: len(encoded[place]))
        width = self._model.width
        means = np.zeros((len(texts), 2, width), dtype=np.float16)
        states: list[NDArray[np.float16]] = [np.zeros((0, width), np.float16)] * len(texts)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            length = max(len(encoded[place]) for place in batch)
            ids = np.full((len(batch), length), self._model.padding, dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, place in enumerate(batch):
                ids[row, : len(encoded[place])] = encoded[place]
                mask[row, : len(encoded[place])] = 1
            share = (mask / mask.sum(axis=1, keepdims=True))[:, :, None].astype(np.float32)
            layers = self._model(ids, mask)
            for layer, hidden in enumerate(layers):
                means[batch, layer] = (hidden * share).sum(axis=1)
            for row, place in enumerate(batch):
                states[place] = layers[0][row, : len(encoded[place])].astype(np.float16)
        return list(zip(means, states, strict=True))
