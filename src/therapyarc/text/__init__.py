"""Words: sentences, clauses, content words and feeling words. Knows no study."""

from therapyarc.text.feelings import FAMILIES, FeelingWord, feeling_words
from therapyarc.text.words import clauses, content_stems, sentences, stem, words

__all__ = [
    "FAMILIES",
    "FeelingWord",
    "clauses",
    "content_stems",
    "feeling_words",
    "sentences",
    "stem",
    "words",
]
