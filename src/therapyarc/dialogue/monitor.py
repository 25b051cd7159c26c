"""The port of safety screens: a host may inject one that raises an alarm or ends a session; both stand in the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from therapyarc.coding.crisis import alarm
from therapyarc.domain import Turn

__all__ = ["CueScreen", "Monitor", "Verdict"]

Verdict = Literal["goes_on", "alarm", "end"]
"""What a screen says of a session: nothing; that somebody in charge must look; that it must end here."""


class Monitor(Protocol):
    """Looks at a session while it goes on."""

    def hears(self, turns: Sequence[Turn]) -> Verdict:
        """Say what the last client turn, after these turns, calls for."""
        ...


@dataclass(frozen=True, slots=True)
class CueScreen:
    """The embedded screen: an alarm at words of danger to life, by the cues of the codebook `crisis`.

    It errs on the side of alarm and knows neither case nor arm. How often it cries wolf is measured on benign sessions.
    """

    ends: bool = False
    """Whether explicit words end the session; hints never do."""

    def hears(self, turns: Sequence[Turn]) -> Verdict:
        """Say what the last turn calls for."""
        found = alarm(turns[-1].text) if turns and turns[-1].role == "client" else None
        if found is None:
            return "goes_on"
        return "end" if self.ends and found == "explicit" else "alarm"
