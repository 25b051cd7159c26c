"""Therapists for tests: one that says what it is told to, turn after turn."""

from collections.abc import Sequence

from therapyarc.dialogue.therapist import Scene, Utterance

__all__ = ["Fixed"]


class Fixed:
    """Says the given turns in order and begins again at the end; fails on a turn that is an exception."""

    def __init__(self, turns: Sequence[str | Exception | Utterance]) -> None:
        self.turns = turns
        self.scenes: list[Scene] = []

    async def say(self, scene: Scene) -> Utterance:
        """Return the next of the turns."""
        self.scenes.append(scene)
        turn = self.turns[(len(self.scenes) - 1) % len(self.turns)]
        if isinstance(turn, Exception):
            raise turn
        return turn if isinstance(turn, Utterance) else Utterance(text=turn)

    async def note(self, scene: Scene) -> str:
        """Return a note that names the session."""
        return f"a note on session {scene.number}"
