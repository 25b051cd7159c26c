"""What a reader should doubt in a transcript that was read whole: lines that stand twice, words that are not English."""

from collections.abc import Iterator, Sequence

from therapyarc.domain import Turn
from therapyarc.text import words
from therapyarc.text.words import is_content

__all__ = ["doubts"]

SEEN = 400
"""Words of a transcript that are looked at for its language."""
FEWEST, KINDS = 30, 10
"""Words, and different words, below which its language is not judged."""
ENGLISH = 0.25
"""Share of closed-class words below which words are hardly English; in English speech it is about a half."""
LONG = 8_000
"""Characters of a turn from which on measures of words and acts read no further."""
TWICE = 0.3
"""Share of turns that stand twice from which the file is taken to say everything twice."""


def doubts(turns: Sequence[Turn]) -> Iterator[str]:
    """Yield what is doubtful in turns that are measured as they are, and what to do about it."""
    doubled = sum(_doubled(turn.text) for turn in turns)
    if doubled >= 3 and doubled >= TWICE * len(turns):
        yield (
            f"in {doubled} of {len(turns)} turns everything stands twice, and was counted twice; "
            "where lines were written out twice, take one of each out"
        )
    if long := sum(len(turn.text) > LONG for turn in turns):
        yield (
            f"has {long} of {len(turns)} turns of more than {LONG:,} characters; their words are all counted, and acts, "
            "feelings and likeness are read in the beginning of each alone; speaker marks may be missing there"
        )
    seen: list[str] = []
    for turn in turns:
        if len(seen) >= SEEN:
            break
        seen += [word for word in words(turn.text[: 20 * SEEN]) if any(map(str.isalpha, word))]
    enough = len(seen) >= FEWEST and len(set(seen)) >= KINDS
    if enough and sum(not is_content(word) for word in seen) < ENGLISH * len(seen):
        yield (
            "is hardly in English; behaviour codes, function words and stems read English alone, so that figures of them "
            "mean little here, and a 0 among them nothing; turns, words and their balance hold"
        )


def _doubled(text: str) -> bool:
    """Say whether a turn of three words or more is one half twice."""
    said = text.split()
    half = len(said) // 2
    return half >= 3 and len(said) % 2 == 0 and said[:half] == said[half:]
