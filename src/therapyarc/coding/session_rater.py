"""Rating a whole session, or a window of its turns, by a rubric: what a rater sees, and how its answer is read."""

import json
import re
from collections.abc import Mapping, Sequence
from random import Random

from therapyarc.domain import Instrument, Label, Missing, Session, Turn, record

__all__ = ["SessionRatingTask", "read_session_verdict", "session_tasks"]

_FENCED = re.compile(r"^```(?:json)?\s*(?P<body>.*?)\s*```$", re.DOTALL)


@record
class SessionRatingTask:
    """All that a rater of sessions may know: who spoke as therapist and client, and what; nothing of arms or numbers."""

    session: Session
    """The masked session."""
    first: int
    """Place of the first rated turn, from 0."""
    last: int
    """Place of the last."""
    rubric: Instrument
    """The rubric (`kind: rubric`, `unit: session`)."""
    replicate: int = 1
    """Which repeat of the same rater this is."""
    label: Label | None = None
    """In a label study, what the rater is told of who speaks; it is drawn and says nothing of who spoke."""
    seed: int = 0
    """Randomness of this one rating."""

    @property
    def turns(self) -> tuple[tuple[int, Turn], ...]:
        """The rated turns with their places."""
        return tuple(
            (place, turn)
            for place, turn in enumerate(self.session.turns)
            if self.first <= place <= self.last and turn.role != "examiner"
        )


def session_tasks(
    session: Session,
    rubric: Instrument,
    *,
    rater: str,
    repeats: int,
    seed: int,
    labels: Sequence[Label | None] = (None,),
) -> tuple[SessionRatingTask, ...]:
    """Cut a session into what the rubric rates: all of it, or windows of `rubric.window` turns, one after another.

    The last window is shorter where the turns do not divide; one below half the width joins the window before it.
    A session without turns has one task, which no rater is asked for. In a label study each is there once under each of
    `labels`.
    """
    end = len(session.turns)
    width = rubric.window or max(end, 1)
    starts = [*range(0, max(end, 1), width)]
    if len(starts) > 1 and 2 * (end - starts[-1]) < width:
        starts.pop()
    bounds = [*zip(starts, [start - 1 for start in starts[1:]] + [end - 1], strict=True)]
    return tuple(
        SessionRatingTask(
            session=session,
            first=first,
            last=last,
            rubric=rubric,
            replicate=replicate,
            label=label,
            seed=Random(f"{seed}/{rater}/{session.id}/{rubric.id}/{first}/{replicate}").getrandbits(31),
        )
        for first, last in bounds
        for replicate in range(1, repeats + 1)
        for label in labels
    )


def read_session_verdict(text: str, task: SessionRatingTask) -> tuple[float, tuple[int, ...]] | Missing:
    """Read a rater's answer: one JSON object with `value`, one of the anchors, and `evidence`, numbers of rated turns.

    A code fence around it is taken off; nothing else is repaired. A number of a turn that was not shown makes the rating
    unreadable, since it then rests on something else than the session.
    """
    stripped = text.strip()
    if not stripped:
        return Missing.EMPTY
    if fenced := _FENCED.match(stripped):
        stripped = fenced["body"]
    try:
        data: object = json.loads(stripped)
    except (ValueError, RecursionError):
        return Missing.UNREADABLE
    if not isinstance(data, Mapping):
        return Missing.UNREADABLE
    value, evidence = data.get("value"), data.get("evidence")
    values = {anchor.value for anchor in task.rubric.anchors}
    shown = {place for place, _ in task.turns}
    if isinstance(value, bool) or not isinstance(value, int) or value not in values:
        return Missing.UNREADABLE
    if not isinstance(evidence, list) or any(type(one) is not int or one not in shown for one in evidence):
        return Missing.UNREADABLE
    return float(value), tuple(dict.fromkeys(evidence))
