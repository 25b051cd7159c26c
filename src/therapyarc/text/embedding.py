"""Static vectors of words and sentences: small, offline, the same on every machine.

The weights are WordLlama's (Dunn Miller 2024, MIT licence; 256 dimensions, vectors of a large model's sub-words, trained
by contrast), read from its wheel. They say what words are about; they know neither order nor negation.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from therapyarc.text.halves import without_halves

__all__ = ["DIMENSIONS", "EMBEDDING", "embed", "word_vector"]

EMBEDDING = "wordllama"
"""Name of the vectors in the names of measures that use them."""

DIMENSIONS = 256
"""Length of a vector."""

_BATCH = 2048
_LONGEST = 20_000
"""Characters of a text that are read, so that one huge turn cannot stall the rest."""


@cache
def _vectors() -> NDArray[np.float32]:
    with as_file(files("wordllama") / "weights" / "l2_supercat_256.safetensors") as path:
        return next(iter(load_file(path).values())).astype(np.float32)


@cache
def _tokenizer() -> Tokenizer:
    source = files("wordllama") / "tokenizers" / "l2_supercat_tokenizer_config.json"
    tokenizer = Tokenizer.from_str(source.read_text(encoding="utf-8"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the mean of the sub-word vectors of each text, shape (texts, 256), length 1; all zeros for an empty text.

    The dot product of two rows is their cosine. A text is read up to 20,000 characters.
    """
    result: NDArray[np.float32] = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for start in range(0, len(texts), _BATCH):
        batch = [without_halves(text[:_LONGEST]) for text in texts[start : start + _BATCH]]
        for place, encoded in enumerate(_tokenizer().encode_batch(batch, add_special_tokens=False), start):
            if encoded.ids:
                result[place] = _vectors()[encoded.ids].mean(axis=0)
    lengths = np.sqrt(np.square(result).sum(axis=1, keepdims=True))
    np.divide(result, lengths, out=result, where=lengths > 0)
    return result


@lru_cache(maxsize=100_000)
def word_vector(word: str) -> NDArray[np.float32]:
    """Return the vector of one word, shape (256,), length 1; read only. All zeros for an empty one."""
    vector: NDArray[np.float32] = embed([word])[0]
    vector.flags.writeable = False
    return vector
