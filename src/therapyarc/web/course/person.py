"""A person as a therapist of `dialogue`: turns come one request at a time, and the session is gone through anew at each.

Nothing of a session lives in the server between two requests. What was said stands in the database, and the client's state
follows from it: the mechanism is the same each time for the same words, so a restart, another device or another server
process goes on where the session was.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from therapyarc.dialogue.client.answer import Answer
from therapyarc.dialogue.client.dynamics import Mind, coefficients
from therapyarc.dialogue.client.voice import ScriptedVoice, Spoken, Voice
from therapyarc.dialogue.course import CoursePlan, Held, next_session
from therapyarc.dialogue.monitor import Monitor
from therapyarc.dialogue.therapist import Scene, Utterance
from therapyarc.domain.client import ClientCase

__all__ = ["Replay", "Said", "Wanted", "replay", "wanted"]


@dataclass(frozen=True, slots=True)
class Said:
    """One stored turn."""

    role: str
    """client or therapist."""
    text: str
    """What was said."""
    voice: str = "scripted"
    """Of a client's turn: who worded it."""
    closes: bool = False
    """Of a therapist's turn: whether it takes leave."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Where a session stands after its stored turns."""

    words: Spoken | None
    """What the client says next, and is not stored yet; none where it is the therapist's turn."""
    held: Held | None
    """The whole session, where it is over; `words` may still have to be stored."""
    over: bool = False
    """Whether there is no such session: the course is over, or the client does not come back."""


class _AwaitedError(Exception):
    """The therapist's next turn is not there yet."""


class _Person:
    """The therapist's stored turns, and then nothing."""

    def __init__(self, said: Sequence[Said]) -> None:
        self._said = [turn for turn in said if turn.role == "therapist"]
        self._place = 0

    async def say(self, scene: Scene) -> Utterance:
        """Return the next stored turn.

        Raises
        ------
        _AwaitedError
            If there is none yet.
        """
        del scene
        if self._place == len(self._said):
            raise _AwaitedError
        turn = self._said[self._place]
        self._place += 1
        return Utterance(text=turn.text, closes=turn.closes)

    async def note(self, scene: Scene) -> str:
        """Return nothing: a person's notes come later, by a form of their own."""
        del scene
        return ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The client's next turn, decided and not worded yet: what a voice is given."""

    answer: Answer
    mind: Mind
    heard: str
    rng: Random
    said: tuple[str, ...]
    """The client's earlier turns of the session."""
    script: ScriptedVoice
    """The scripted voice, which has composed all turns before this one."""


class _WantedError(Exception):
    """A turn that is not stored is to be worded by another voice."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__()
        self.wanted = wanted


class _Kept:
    """A voice that says again what is stored, and words the first turn that is not, or hands it over."""

    def __init__(self, said: Sequence[Said], script: ScriptedVoice, *, hands_over: bool) -> None:
        self._said = [turn for turn in said if turn.role == "client"]
        self._script = script
        self._hands_over = hands_over
        self._place = 0
        self.new: Spoken | None = None

    async def word(self, answer: Answer, mind: Mind, heard: str, rng: Random, said: Sequence[str]) -> Spoken:
        """Return the client's turn."""
        place, self._place = self._place, self._place + 1
        if place < len(self._said):
            self._script.compose(answer, mind, heard, rng)  # keeps in mind which lines were used
            return Spoken(self._said[place].text, self._said[place].voice)
        if self._hands_over:
            raise _WantedError(Wanted(answer, mind, heard, rng, tuple(said), self._script))
        self.new = Spoken(self._script.compose(answer, mind, heard, rng))
        return self.new


def replay(
    plan: CoursePlan,
    case: ClientCase,
    earlier: Sequence[Held],
    said: Sequence[Said],
    *,
    monitor: Monitor | None = None,
) -> Replay:
    """Go through a session as far as it is stored, and return what comes next, in the words of the scripted voice.

    Parameters
    ----------
    plan
        The course; its next session is the one after `earlier`.
    case
        The client.
    earlier
        The sessions that are over.
    said
        The stored turns of this session, in order; empty before the client has opened it.
    monitor
        The safety screen, as models have it.
    """
    kept = _Kept(said, _script(case, earlier), hands_over=False)
    try:
        held = _through(plan, case, earlier, said, kept, monitor)
    except _AwaitedError:
        return Replay(kept.new, None)
    return Replay(kept.new, held, over=held is None)


def wanted(
    plan: CoursePlan,
    case: ClientCase,
    earlier: Sequence[Held],
    said: Sequence[Said],
    *,
    monitor: Monitor | None = None,
) -> Wanted | None:
    """Go through a session as far as it is stored, and return the client's next turn as a voice is given it.

    None where it is the therapist's turn, or the session ends with what is stored. The parameters are those of `replay`.
    """
    try:
        _through(plan, case, earlier, said, _Kept(said, _script(case, earlier), hands_over=True), monitor)
    except _WantedError as handed:
        return handed.wanted
    except _AwaitedError:
        return None
    return None


def _script(case: ClientCase, earlier: Sequence[Held]) -> ScriptedVoice:
    return ScriptedVoice(
        case, [turn.text for one in earlier for turn in one.session.turns if turn.role == "client"]
    )


def _through(
    plan: CoursePlan,
    case: ClientCase,
    earlier: Sequence[Held],
    said: Sequence[Said],
    voice: Voice,
    monitor: Monitor | None,
) -> Held | None:
    """Hold the session on what is stored; see `next_session` for what is returned."""
    return asyncio.run(
        next_session(plan, case, _Person(said), coefficients(), earlier, lambda _: voice, monitor)
    )
