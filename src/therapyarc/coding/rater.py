"""The port of raters: whoever turns a masked session and a rubric into a rating."""

from typing import Protocol

from therapyarc.domain import Case, Instrument, Item, Label, Missing, Rating, Session, record

__all__ = ["Rater", "RatingTask", "rule_rating"]


@record
class RatingTask:
    """All that a rater may know."""

    session: Session
    """The masked session; its last therapist turn is rated."""
    turn: int | None = None
    """For an exchange of an ongoing session, the place of the rated turn in it; none for a single reply."""
    item: Item
    """What the therapist was asked."""
    case: Case
    """The client, with the hidden key where the rubric uses it and none otherwise."""
    rubric: Instrument
    """The rubric (`kind: rubric`)."""
    replicate: int = 1
    """Which repeat of the same rater this is."""
    label: Label | None = None
    """In a label study, what the rater is told of who speaks; it is drawn and says nothing of who spoke."""
    seed: int = 0
    """Randomness of this one rating."""


class Rater(Protocol):
    """Model, person or rule: an adapter of this port."""

    async def rate(self, task: RatingTask) -> Rating:
        """Rate one session; what cannot be read comes back missing with its reason."""
        ...


def rule_rating(rater: str, task: RatingTask, verdict: tuple[int, tuple[str, ...]] | Missing) -> Rating:
    """Return the rating of a fixed rule: its value with the words that it rests on, or the reason why there is none."""
    value, evidence = (None, ()) if isinstance(verdict, Missing) else verdict
    return Rating(
        session=task.session.id,
        turn=task.turn,
        rater=rater,
        rubric=task.rubric.id,
        version=task.rubric.version,
        replicate=task.replicate,
        label=task.label,
        value=None if value is None else float(value),
        missing=verdict if isinstance(verdict, Missing) else None,
        evidence=evidence,
        verbatim=True if evidence else None,
    )
