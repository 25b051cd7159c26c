"""A session as families of measures see it: merged turns, their codes, and what its case makes known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from therapyarc.coding.cues import code_client, code_therapist
from therapyarc.coding.kept_codes import coded
from therapyarc.domain import ActsCoder, Turn
from therapyarc.domain.client import ClientCase

__all__ = ["Coder", "Conversation", "by_cues", "coded_by", "conversation", "merged"]

Coder = Callable[[Sequence[Turn]], Sequence[frozenset[str]]]
"""From merged turns to the codes of each, ids of the codebook of its role."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One session, made ready. Holds neither arm nor actor nor condition."""

    turns: tuple[Turn, ...]
    """Turns of client and therapist in order, neighbouring ones of a speaker made one, empty ones left out."""
    codes: tuple[frozenset[str], ...]
    """Behaviour codes of each turn; empty for a turn in which nothing was found."""
    case: ClientCase | None = None
    """The simulated client's case; none for people."""
    earlier: tuple[tuple[Turn, ...], ...] = ()
    """Merged turns of the sessions before it in its course, oldest first."""
    coder: ActsCoder = "cues"
    """Who coded it."""

    def of(self, role: str) -> list[int]:
        """Return the places of one speaker's turns."""
        return [place for place, turn in enumerate(self.turns) if turn.role == role]


def conversation(
    turns: Sequence[Turn],
    *,
    coder: ActsCoder = "cues",
    case: ClientCase | None = None,
    earlier: Sequence[Sequence[Turn]] = (),
    keep: bool = True,
) -> Conversation:
    """Make a session ready; `keep` lets a trained coder take and keep codes on disk (see `coding.kept_codes`).

    Raises
    ------
    EncoderAbsentError
        If the coder needs a sentence encoder that is not on this machine.
    """
    whole = tuple(merged(turns))
    return Conversation(
        turns=whole,
        codes=tuple(coded_by(coder, keep=keep)(whole)),
        case=case,
        earlier=tuple(tuple(merged(one)) for one in earlier),
        coder=coder,
    )


def coded_by(name: ActsCoder, *, keep: bool = True) -> Coder:
    """Return a coder of merged turns by its name; `keep` as in `conversation`.

    Raises
    ------
    EncoderAbsentError
        As `conversation`.
    """
    if name == "cues":
        return by_cues
    return lambda turns: [one.found for one in coded(name, turns, keep=keep)]


def merged(turns: Sequence[Turn]) -> list[Turn]:
    """Return the turns of client and therapist with neighbouring turns of one speaker made one."""
    result: list[Turn] = []
    for turn in turns:
        if turn.role not in {"client", "therapist"} or not turn.text.strip():
            continue
        if result and result[-1].role == turn.role:
            result[-1] = Turn(role=turn.role, text=f"{result[-1].text} {turn.text}")
        else:
            result.append(turn)
    return result


def by_cues(turns: Sequence[Turn]) -> list[frozenset[str]]:
    """Code turns by the cues of the codebooks: a floor, and English only."""
    return [
        frozenset(code_therapist(turn.text, turns[place - 1].text if place else "").acts)
        if turn.role == "therapist"
        else code_client(turn.text)
        for place, turn in enumerate(turns)
    ]
