"""What of a case has come to be said: its facts and beliefs, found by their content words."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from therapyarc.domain import Turn
from therapyarc.domain.client import ClientCase
from therapyarc.measures.wording import stems

__all__ = ["TOLD", "overlap", "told_facts", "voiced_beliefs"]

TOLD = 0.6
"""Share of a line's content words that must stand in one client turn for it to count as said."""


def overlap(line: str, text: str) -> float:
    """Return the share of a line's content stems that a text has; 0 for a line without any."""
    wanted = stems(line)
    return len(wanted & stems(text)) / len(wanted) if wanted else 0.0


def told_facts(case: ClientCase, turns: Iterable[Turn]) -> set[str]:
    """Return the ids of the facts that one of the client's turns tells."""
    return _said(tuple((fact.id, fact.say) for fact in case.facts), turns)


def voiced_beliefs(case: ClientCase, turns: Iterable[Turn]) -> set[str]:
    """Return the ids of the beliefs that one of the client's turns says, in any of the lines that the case gives them."""
    lines = tuple(
        (belief.id, line) for belief in case.beliefs for line in (belief.text, *belief.say, *belief.doubt)
    )
    return _said(lines, turns)


@lru_cache(maxsize=256)
def _index(lines: tuple[tuple[str, str], ...]) -> tuple[dict[str, list[int]], list[float]]:
    """Return for each content word the lines that have it, and for each line how many of its own must be said."""
    found: dict[str, list[int]] = {}
    for number, (_, line) in enumerate(lines):
        for word in stems(line):
            found.setdefault(word, []).append(number)
    return found, [TOLD * len(stems(line)) for _, line in lines]


def _said(lines: tuple[tuple[str, str], ...], turns: Iterable[Turn]) -> set[str]:
    index, least = _index(lines)
    found: set[str] = set()
    for turn in turns:
        if turn.role == "client":
            hits = Counter(number for word in stems(turn.text) if word in index for number in index[word])
            found.update(lines[number][0] for number, count in hits.items() if count >= least[number])
    return found
