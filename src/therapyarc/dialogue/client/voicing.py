"""The port by which a host lends its pages a model as the client's voice."""

from collections.abc import Callable
from typing import Literal, Protocol

from therapyarc.dialogue.client.voice import ScriptedVoice, Voice
from therapyarc.domain.call import Call
from therapyarc.domain.client import ClientCase

__all__ = ["Ledger", "Unvoiced", "UnvoicedError", "VoiceFactory"]

Unvoiced = Literal["timeout", "unreachable", "failed"]
"""Why a client's words could not be had: no answer in time, no connection, or an error of the provider."""


class UnvoicedError(Exception):
    """A client's words could not be had, after all retries. Nothing was said; asking again later is safe."""

    def __init__(self, reason: Unvoiced) -> None:
        super().__init__(reason)
        self.reason: Unvoiced = reason


class Ledger(Protocol):
    """Keeps what one turn of a model's voice was given and what it cost, so that no finished call is made twice."""

    def find(self, key: str) -> str | None:
        """Return the reply that was kept for this request; none where there is none."""
        ...

    def keep(self, key: str, reply: str) -> None:
        """Keep a reply before it is used."""
        ...

    def note(self, call: Call) -> None:
        """Record a finished call."""
        ...


VoiceFactory = Callable[[ClientCase, str, ScriptedVoice, Ledger], Voice]
"""Makes the voice of a client for one turn: case, session id, the scripted voice that has composed all turns before, and
the ledger of this turn. The voice raises `UnvoicedError` where no words can be had."""
