"""The smaller sentence encoder: all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019; Apache-2.0) in 8-bit ONNX."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from therapyarc.coding.linear import Floats

# Unless told so before it is loaded, onnxruntime reports its use over the network and keeps an id in the user's folder.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

__all__ = ["MiniLm"]

_LAYERS = ("layer_norm_6", "last_hidden_state")
"""Outputs of the third and the sixth layer in the model's graph."""


class MiniLm:
    """Six layers of 384, on one thread, the same way each time."""

    width = 384
    padding = 0

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        # A protocol-buffer message that comes twice is merged: this adds an output to the graph.
        shown = path.read_bytes() + _field(7, _field(12, _float_output(_LAYERS[0])))
        self._session = onnxruntime.InferenceSession(shown, options, providers=["CPUExecutionProvider"])

    def __call__(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return the states of sub-words in the third and in the last layer, shape (texts, sub-words, 384)."""
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        middle, last = self._session.run(list(_LAYERS), given)
        return middle, last


def _float_output(name: str) -> bytes:
    """Return ONNX's ValueInfoProto of a float tensor of any shape."""
    return _field(1, name.encode()) + _field(2, _field(1, b"\x08\x01"))


def _field(number: int, content: bytes) -> bytes:
    size, length = bytearray(), len(content)
    while length > 127:
        size.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *size, length]) + content
