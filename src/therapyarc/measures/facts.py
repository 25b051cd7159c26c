"""What of a case has come to be said: its facts and beliefs, found by their content words."""

from collections.abc import Iterable

from therapyarc.domain import Turn
from therapyarc.domain.client import ClientCase
from therapyarc.measures.wording import stems

__all__ = ["TOLD", "overlap", "told_facts", "voiced_beliefs"]

TOLD = 0.5
"""Share of a line's content words that must stand in one client turn for it to count as said."""


def overlap(line: str, text: str) -> float:
    """Return the share of a line's content stems that a text has; 0 for a line without any."""
    wanted = stems(line)
    return len(wanted & stems(text)) / len(wanted) if wanted else 0.0


def told_facts(case: ClientCase, turns: Iterable[Turn]) -> dict[str, int]:
    """Return the facts that client turns tell, each with the place of its first telling among `turns`."""
    found: dict[str, int] = {}
    for place, turn in enumerate(turns):
        if turn.role != "client":
            continue
        for fact in case.facts:
            if fact.id not in found and overlap(fact.say, turn.text) >= TOLD:
                found[fact.id] = place
    return found


def voiced_beliefs(case: ClientCase, turns: Iterable[Turn]) -> set[str]:
    """Return the ids of the beliefs that a client turn says, in any of the lines that the case gives them."""
    texts = [turn.text for turn in turns if turn.role == "client"]
    return {
        belief.id
        for belief in case.beliefs
        if any(
            overlap(line, text) >= TOLD
            for line in (belief.text, *belief.say, *belief.doubt)
            for text in texts
        )
    }
