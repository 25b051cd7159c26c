"""The sentence encoder: all-MiniLM-L6-v2 (Reimers and Gurevych 2019; Wang et al. 2020; Apache-2.0) in 8-bit ONNX form.

Its third layer tells acts of speech apart better than its last, which was trained for what a text is about; both are
returned, the third also word by word. Words of a text that go beyond 128 sub-words are not read.
"""

import os
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from therapyarc.coding.attention import Encoded
from therapyarc.text.halves import without_halves

# Unless told so before it is loaded, onnxruntime reports its use over the network and keeps an id in the user's folder.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

__all__ = ["DIMENSIONS", "LAYERS", "Encoder"]

DIMENSIONS = 384
"""Length of a vector."""
LAYERS = ("layer_norm_6", "last_hidden_state")
"""Outputs of the third and the sixth layer in the model's graph."""

_LONGEST = 128
_TEXT = 4_000
_BATCH = 16
_KEPT = 50_000
"""Sub-words of the texts whose vectors are kept; 38 MB."""

_Kept = tuple[NDArray[np.float16], NDArray[np.float16]]
"""Means of the layers, and states of the third."""


class Encoder:
    """Runs the model on one thread, the same way each time; keeps what it made of the last 50,000 sub-words."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        # A protocol-buffer message that comes twice is merged: this adds an output to the graph.
        shown = model.read_bytes() + _field(7, _field(12, _float_output(LAYERS[0])))
        self._session = onnxruntime.InferenceSession(shown, options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_str(tokenizer.read_text(encoding="utf-8"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_LONGEST)
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._words = 0

    def __call__(self, texts: Sequence[str]) -> Encoded:
        """Return the mean over sub-words of each layer, and the third layer's states."""
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
        vectors = np.zeros((len(texts), len(LAYERS), DIMENSIONS), dtype=np.float32)
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
        means = np.zeros((len(texts), len(LAYERS), DIMENSIONS), dtype=np.float16)
        states: list[NDArray[np.float16]] = [np.zeros((0, DIMENSIONS), np.float16)] * len(texts)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            length = max(len(encoded[place]) for place in batch)
            ids = np.zeros((len(batch), length), dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, place in enumerate(batch):
                ids[row, : len(encoded[place])] = encoded[place]
                mask[row, : len(encoded[place])] = 1
            given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            share = (mask / mask.sum(axis=1, keepdims=True))[:, :, None].astype(np.float32)
            layers = self._session.run(list(LAYERS), given)
            for layer, hidden in enumerate(layers):
                means[batch, layer] = (hidden * share).sum(axis=1)
            for row, place in enumerate(batch):
                states[place] = layers[0][row, : len(encoded[place])].astype(np.float16)
        return list(zip(means, states, strict=True))


def _float_output(name: str) -> bytes:
    """Return ONNX's ValueInfoProto of a float tensor of any shape."""
    return _field(1, name.encode()) + _field(2, _field(1, b"\x08\x01"))


def _field(number: int, content: bytes) -> bytes:
    size, length = bytearray(), len(content)
    while length > 127:
        size.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *size, length]) + content
