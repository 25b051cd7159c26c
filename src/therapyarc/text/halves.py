"""Halves of characters: JSON may hold one surrogate without the other, which no encoding writes and no tokenizer takes."""

import re

__all__ = ["without_halves"]

_HALF = re.compile("[\ud800-\udfff]")


def without_halves(text: str) -> str:
    """Return a text with the replacement character for each half of a character; never a question mark, which counts."""
    return text if text.isascii() else _HALF.sub("\N{REPLACEMENT CHARACTER}", text)
