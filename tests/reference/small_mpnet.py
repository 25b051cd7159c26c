"""A small MPNet of random weights: twelve layers, so that the sixth and the last are there, and texts of unlike length."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["IDS", "MASK", "SIZES", "WIDTH", "drawn_weights"]

WIDTH = 24
SIZES = {
    "vocab_size": 40,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 48,
    "max_position_embeddings": 200,
    "relative_attention_num_buckets": 32,
    "layer_norm_eps": 1e-5,
    "pad_token_id": 1,
}
_LENGTHS = (150, 31, 2)  # words stand up to 149 apart: beyond 128, where all distances count as one
_rng = np.random.default_rng(3)
IDS = np.ones((len(_LENGTHS), max(_LENGTHS)), dtype=np.int64)
MASK = np.zeros_like(IDS)
for _row, _length in enumerate(_LENGTHS):
    IDS[_row, :_length] = _rng.integers(2, 40, _length)
    MASK[_row, :_length] = 1


def drawn_weights() -> dict[str, NDArray[np.float32]]:
    """Return the weights by their names in the published file."""
    rng = np.random.default_rng(12)

    def drawn(*shape: int, scale: float = 0.4) -> NDArray[np.float32]:
        values: NDArray[np.float64] = rng.normal(0, scale, shape)
        return values.astype(np.float32)

    def norm(name: str) -> dict[str, NDArray[np.float32]]:
        return {f"{name}.weight": 1 + drawn(WIDTH, scale=0.2), f"{name}.bias": drawn(WIDTH, scale=0.2)}

    def product(name: str, rows: int, columns: int) -> dict[str, NDArray[np.float32]]:
        return {f"{name}.weight": drawn(rows, columns), f"{name}.bias": drawn(rows, scale=0.2)}

    found = {
        "embeddings.word_embeddings.weight": drawn(40, WIDTH),
        "embeddings.position_embeddings.weight": drawn(200, WIDTH),
        **norm("embeddings.LayerNorm"),
        "encoder.relative_attention_bias.weight": drawn(32, 12, scale=1.0),
    }
    for layer in range(12):
        name = f"encoder.layer.{layer}"
        for part in "qkvo":
            found |= product(f"{name}.attention.attn.{part}", WIDTH, WIDTH)
        found |= norm(f"{name}.attention.LayerNorm")
        found |= product(f"{name}.intermediate.dense", 48, WIDTH)
        found |= product(f"{name}.output.dense", WIDTH, 48)
        found |= norm(f"{name}.output.LayerNorm")
    return found
