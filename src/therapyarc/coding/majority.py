"""Repeats of a coder, brought together: what most of them found, and the share that found it."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from therapyarc.domain import Missing, record
from therapyarc.domain.code import CodeSystem, TurnCodes

__all__ = ["MajorityCodes", "majority"]


@record
class MajorityCodes:
    """What a coder found in one turn over its repeats."""

    session: str
    """The session."""
    turn: int
    """Place of the turn, from 0."""
    role: Literal["therapist", "client"]
    """Whose turn it is."""
    coder: str
    """Id of the coder."""
    system: CodeSystem
    """What the codes mean."""
    readable: int
    """Repeats that could be read."""
    repeats: int
    """Repeats in all."""
    shares: dict[str, float]
    """Code to the share of readable repeats that found it; above 0, to 1."""
    missing: Missing | None = None
    """Why it is not known what the turn holds: half of the repeats or more could not be read."""

    @property
    def codes(self) -> frozenset[str]:
        """Codes that more than half of the readable repeats found; an even split is none."""
        return frozenset(code for code, share in self.shares.items() if share > 0.5)


def majority(rows: Iterable[TurnCodes]) -> tuple[MajorityCodes, ...]:
    """Bring the repeats of each coder on each turn together, in the order of coder, session and turn.

    Of two rows of the same repeat the later counts: it was made where the earlier had failed. A turn of which half of
    the repeats or more are missing is missing, with their commonest reason.
    """
    latest = {(row.coder, row.session, row.turn, row.replicate): row for row in rows}
    gathered: dict[tuple[str, str, int], list[TurnCodes]] = {}
    for (coder, session, turn, _), row in sorted(latest.items()):
        gathered.setdefault((coder, session, turn), []).append(row)
    return tuple(_one(members) for members in gathered.values())


def _one(rows: list[TurnCodes]) -> MajorityCodes:
    readable = [row for row in rows if row.missing is None]
    reasons = Counter(row.missing for row in rows if row.missing is not None)
    lost = 2 * len(readable) <= len(rows)
    counts = Counter(code for row in readable for code in {found.code for found in row.codes})
    return MajorityCodes(
        session=rows[0].session,
        turn=rows[0].turn,
        role=rows[0].role,
        coder=rows[0].coder,
        system=rows[0].system,
        readable=len(readable),
        repeats=len(rows),
        shares={} if lost else {code: n / len(readable) for code, n in sorted(counts.items())},
        missing=reasons.most_common(1)[0][0] if lost else None,
    )
