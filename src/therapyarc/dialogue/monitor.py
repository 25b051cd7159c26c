"""The port of safety screens: a host may inject one that ends a session; the reason is kept in the record."""

from collections.abc import Sequence
from typing import Protocol

from therapyarc.domain import Turn

__all__ = ["Monitor"]


class Monitor(Protocol):
    """Looks at a session while it goes on."""

    def ends(self, turns: Sequence[Turn]) -> bool:
        """Say whether the session must end after these turns."""
        ...
