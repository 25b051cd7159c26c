"""How a server is run."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from therapyarc.dialogue.client.voicing import VoiceFactory

__all__ = ["Settings", "VoicelessError"]

_HERE = Path(__file__).parent


class VoicelessError(Exception):
    """The study names a model that words clients, and the server has none; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the pages need to know beside study and database."""

    url: str = "http://127.0.0.1:8000"
    """Public address. With https, cookies are Secure and carry the prefix `__Host-`; http is for this machine alone."""
    beside: Path = field(default_factory=Path)
    """Folder of the study file, where texts that it names lie."""
    login_s: float = 12 * 3600.0
    """Seconds after which a login ends; the same link opens a new one."""
    body_limit: int = 64 * 1024
    """Longest request body, in bytes."""
    join_failures: str = "20/10 minutes"
    """Wrong invitations allowed from one network."""
    writes: str = "600/minute"
    """Unsafe requests allowed to one login."""
    locales: Path = _HERE / "locales"
    """Folder of the catalogues, one folder a language."""
    voice: VoiceFactory | None = None
    """Who words what the clients of courses say; none for the scripted voice. The host injects a model's."""
    practice_voice: VoiceFactory | None = None
    """The same for the clients that trainees practise with."""
    clock: Callable[[], float] = time.time
    """Seconds since 1970."""

    @property
    def secure(self) -> bool:
        """Whether the public address is https."""
        return self.url.startswith("https://")

    @property
    def cookie(self) -> str:
        """Name of the login's cookie."""
        return "__Host-therapyarc" if self.secure else "therapyarc"
