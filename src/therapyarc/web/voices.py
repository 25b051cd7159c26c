"""Who words what the clients of courses say: the server is told, and the courses are given it."""

from collections.abc import Callable, Sequence

from therapyarc.dialogue.client.voice import Voice
from therapyarc.domain.client import ClientCase

__all__ = ["VoiceFactory"]

VoiceFactory = Callable[[ClientCase, str, Sequence[str]], Voice]
"""Makes the voice of a client: case, session id, and all that the client has said in the course so far."""
