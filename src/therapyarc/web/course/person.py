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
from therapyarc.web.voices import VoiceFactory

__all__ = ["Replay", "Said", "replay"]


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


class _Kept:
    """A voice that says again what is stored, and words the first turn that is not."""

    def __init__(self, said: Sequence[Said], script: ScriptedVoice, fresh: Voice | None) -> None:
        self._said = [turn for turn in said if turn.role == "client"]
        self._script = script
        self._fresh = fresh
        self._place = 0
        self.new: Spoken | None = None

    async def word(self, answer: Answer, mind: Mind, heard: str, rng: Random, said: Sequence[str]) -> Spoken:
        """Return the client's turn."""
        place, self._place = self._place, self._place + 1
        if place < len(self._said):
            self._script.compose(answer, mind, heard, rng)  # keeps in mind which lines were used
            return Spoken(self._said[place].text, self._said[place].voice)
        if self._fresh is None:
            self.new = Spoken(self._script.compose(answer, mind, heard, rng))
        else:
            self.new = await self._fresh.word(answer, mind, heard, rng, said)
        return self.new


def replay(
    plan: CoursePlan,
    case: ClientCase,
    earlier: Sequence[Held],
    said: Sequence[Said],
    *,
    voice: VoiceFactory | None = None,
    monitor: Monitor | None = None,
) -> Replay:
    """Go through a session as far as it is stored, and return what comes next.

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
    voice
        Who words the client's next turn; none for the scripted voice.
    monitor
        The safety screen, as models have it.
    """
    before = [turn.text for one in earlier for turn in one.session.turns if turn.role == "client"]
    mine = [turn.text for turn in said if turn.role == "client"]
    fresh = None if voice is None else voice(case, plan.sessions[len(earlier)], [*before, *mine])
    kept = _Kept(said, ScriptedVoice(case, before), fresh)
    try:
        held = asyncio.run(
            next_session(plan, case, _Person(said), coefficients(), earlier, lambda _: kept, monitor)
        )
    except _AwaitedError:
        return Replay(kept.new, None)
    return Replay(kept.new, held, over=held is None)
