"""How like a question texts are: by the words that they share, weighted by rarity, and by what their words are about."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from therapyarc.text.embedding import embed
from therapyarc.text.words import is_content, stem, words

__all__ = ["Likeness", "likeness"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How like a question one text is."""

    place: int
    """Place of the text among those given."""
    score: float
    """Mean of the two below, -.5 to 1; by this texts are ranked."""
    shared: float
    """Cosine of the two texts' rarity-weighted word stems, 0 (no stem shared) to 1 (the same stems as often)."""
    about: float
    """Cosine of the two texts' static vectors, -1 to 1; sees that *sad* and *low* are near, knows no order, no negation."""
    matched: tuple[str, ...]
    """Words of the question whose stem the text has, in the question's order."""


def likeness(question: str, texts: Sequence[str]) -> list[Likeness]:
    """Rank texts by their likeness to a question, the most like first; ties stay in the order given.

    A stem that stands f times in a text weighs (1 + ln f)(1 + ln((1 + N) / (1 + n))), with N texts of which n have it.
    Words of closed classes count for nothing. A score is likeness of wording and of what words are about, never a judgement
    of relevance.

    >>> [one.matched for one in likeness("sad clients", ["Clients are sad.", "Bees fly."])]
    [('sad', 'clients'), ()]
    """
    counts = [_stems(text) for text in texts]
    having = Counter(one for count in counts for one in count)
    weight = {one: 1 + log((1 + len(texts)) / (1 + n)) for one, n in having.items()}
    asked = _stems(question)
    order = {one: place for place, one in enumerate(sorted({*having, *asked}))}
    rows = np.zeros((len(texts) + 1, len(order)))
    for row, count in zip(rows, [*counts, asked], strict=True):
        for one, n in count.items():
            row[order[one]] = (1 + log(n)) * weight.get(one, 1 + log(1 + len(texts)))
    shared = _cosines(rows)
    about = _cosines(embed([*texts, question]).astype(np.float64))
    own = {word: stem(word) for word in words(question) if is_content(word)}
    found = [
        Likeness(
            place=place,
            score=float((shared[place] + about[place]) / 2),
            shared=float(shared[place]),
            about=float(about[place]),
            matched=tuple(word for word, base in own.items() if base in count),
        )
        for place, count in enumerate(counts)
    ]
    return sorted(found, key=lambda one: -one.score)


def _stems(text: str) -> Counter[str]:
    return Counter(stem(word) for word in words(text) if is_content(word))


def _cosines(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cosine of each row but the last with the last; 0 where either is all zeros."""
    lengths = np.sqrt(np.square(rows).sum(axis=1))
    products = rows[:-1] @ rows[-1]
    found: NDArray[np.float64] = np.zeros(len(products))
    np.divide(products, lengths[:-1] * lengths[-1], out=found, where=lengths[:-1] * lengths[-1] > 0)
    return found
