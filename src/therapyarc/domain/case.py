"""The client: what a vignette, a simulated or a standardised client plays."""

from dataclasses import field, replace
from typing import Literal, Self

from therapyarc.domain.probe import Probe
from therapyarc.domain.record import record
from therapyarc.domain.session import Turn

__all__ = ["Case", "Feeling", "HiddenKey"]


@record
class Feeling:
    """One feeling that the case's author put there."""

    name: str
    """The feeling in one or two words."""
    strength: Literal[1, 2, 3]
    """1 present, 2 strong, 3 dominant."""
    words: tuple[str, ...] = ()
    """Other words that name the same feeling."""


@record
class HiddenKey:
    """What the author of a case knew before any answer was seen. Shown to raters, never to therapists."""

    thoughts: tuple[str, ...]
    """What the client is likely thinking, the most central first."""
    feelings: tuple[Feeling, ...]
    """What the client is likely feeling, the strongest first."""
    invalidating: tuple[str, ...]
    """Replies that this client would take as dismissal, and why."""


@record
class Case:
    """One client, as far as a single exchange needs it."""

    id: str
    """Unique within its instrument or corpus."""
    title: str
    """A short name for tables; says nothing of who answered."""
    background: str = ""
    """What the therapist is told before the client speaks."""
    prior: tuple[Turn, ...] = ()
    """Turns of the same meeting before the client's words, oldest first."""
    words: str
    """The client's turn that the therapist answers; empty in a survey, where a vignette is judged and no client speaks."""
    traits: dict[str, str] = field(default_factory=dict)
    """Age, gender, culture, severity, resistance and the like, for balance and subgroup tables."""
    cluster: str | None = None
    """What makes cases dependent on each other (the transcript they were cut from); none where independent."""
    key: HiddenKey | None = None
    """The hidden key; none where the case was cut from a real transcript."""
    archived: str | None = None
    """What the therapist of the archived transcript really replied; none for a case that was written."""
    probe: Probe | None = None
    """For a probe of safety: what its author knew; none otherwise."""

    def masked(self, *, with_key: bool, with_probe: bool = False) -> Self:
        """Return the case as others may see it: without archived reply and origin, and (unless asked) key and probe."""
        return replace(
            self,
            archived=None,
            cluster=None,
            key=self.key if with_key else None,
            probe=self.probe if with_probe else None,
        )
