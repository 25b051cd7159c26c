"""How people take part in the browser."""

from dataclasses import field
from typing import Literal

from therapyarc.domain.record import record

__all__ = ["People", "Practice"]


@record
class Practice:
    """What trainees practise with simulated clients, and what they are told about it."""

    cases: tuple[str, ...]
    """Clients to practise with: library ids, or paths beside the study file."""
    unseen: tuple[str, ...] = ()
    """Clients met once each after practice, to see what carries over; none of `cases`."""
    sessions: int = 3
    """Practice sessions, each with its formulation, before the first unseen client comes."""
    exchanges: int = 12
    """The most exchanges of a session."""
    voice: str = "scripted"
    """Who words what these clients say: `scripted`, or an Inspect model name."""
    screen: Literal["none", "alarm", "end"] = "alarm"
    """A safety screen that listens to the client by cues of danger to life: none; one that raises an alarm, kept in the
    record; or one that also ends a session at explicit words. That of `courses` does not listen here."""
    feedback: Literal["real", "sham", "randomised"] = "real"
    """What stands on the feedback page: what was found; general advice and drawn figures in the same layout; or one of the
    two for each trainee, drawn by the study's seed in pairs. Trainees are told which they had when all is done."""


@record
class People:
    """What the pages for people need to know of a study."""

    title: str = ""
    """Title that people see, where the study's own would tell raters too much; empty takes the study's."""
    contact: str = ""
    """Whom participants can turn to: a name with an address or a telephone number. It stands on every page."""
    help: str = ""
    """Where someone in distress finds help at once, as it shall be read; empty shows a general sentence."""
    consent: dict[str, str] = field(default_factory=dict)
    """By language (`en`, `de`), a Markdown file beside the study file that people consent to; empty takes the text that
    ships."""
    languages: tuple[str, ...] = ()
    """Languages of the pages; empty offers all that ship."""
    min_reading_s: int = 0
    """Seconds that training material must have been open before one can go on; 0 asks for none."""
    days_between: float = 0.0
    """Days from the end of one session of a course until the next can begin; 0 lets it begin at once."""
    practice: Practice | None = None
    """What trainees practise; none where the study has no trainees."""
    text_to_models: bool = False
    """Whether people's words may be sent to models outside this machine; the consent must say so."""
