"""The ribbon of a session: a column a turn, a lane for each kind of act, and what the client feels in lines below."""

from collections.abc import Mapping, Sequence

from therapyarc.domain import record
from therapyarc.report import numbers

__all__ = ["LANES", "Beat", "Lane", "Line", "Mark", "Ribbon", "ribbon"]

AGAINST = "against, harm"
"""Lane that also shows what a therapist must not do."""

LANES: tuple[tuple[str, str, frozenset[str]], ...] = (
    (
        "therapist",
        "listens",
        frozenset(
            {
                "reflect_emotion", "reflect_content", "reflect_need", "reflection", "validate", "affirm", "recall", "repair",
                "autonomy",
            }
        ),
    ),
    (
        "therapist",
        "asks",
        frozenset({"open_question", "closed_question", "socratic", "question", "risk_inquiry", "homework_review"}),
    ),
    (
        "therapist",
        "offers",
        frozenset(
            {
                "advice_with_permission", "advice_without_permission", "plan", "feasibility", "teach", "referral",
                "therapist_input",
            }
        ),
    ),
    ("therapist", AGAINST, frozenset({"confront", "dismiss", "harm", "collude", "flattery"})),
    ("client", "tells", frozenset({"negative_feeling", "positive_feeling", "event", "disclose"})),
    ("client", "for change", frozenset({"change", "insight"})),
    (
        "client",
        "against",
        frozenset(
            {
                "sustain", "argue", "yes_but", "minimise", "change_topic", "minimal_reply", "intellectualise", "hopeless",
                "appease",
            }
        ),
    ),
    ("client", "strain, risk", frozenset({"rupture_withdrawal", "rupture_confrontation", "risk_cue"})),
)  # fmt: skip
"""Whose act, name of the lane, and the codes that it shows; other codes stand beside the turn alone."""

WIDTH = 1000
HEIGHT = 100


@record
class Beat:
    """One turn as the ribbon sees it."""

    role: str
    """Who speaks."""
    codes: tuple[str, ...]
    """What was found in it."""
    harms: tuple[str, ...] = ()
    """What a therapist must not do that was found in it."""


@record
class Mark:
    """An act in a lane."""

    turn: int
    """The turn, from 0."""
    left: float
    """Left edge, in 1000 of the ribbon's width."""
    width: float
    """Width, likewise."""
    says: str
    """The codes in words."""


@record
class Lane:
    """A lane of the ribbon."""

    role: str
    """Whose acts."""
    name: str
    """What kind of act."""
    marks: tuple[Mark, ...]
    """The turns that hold one."""


@record
class Line:
    """What a client feels, turn by turn."""

    name: str
    """What it is."""
    points: str
    """Points of a line in a box of 1000 by 100, the highest value at the top."""


@record
class Ribbon:
    """The ribbon of one session."""

    turns: int
    """Columns."""
    lanes: tuple[Lane, ...]
    """Every lane, those without a mark with them."""
    lines: tuple[Line, ...]
    """The client's state; empty for people."""


def ribbon(beats: Sequence[Beat], state: Mapping[str, Sequence[float | None]] | None = None) -> Ribbon:
    """Return the ribbon of a session.

    Parameters
    ----------
    beats
        The turns in order.
    state
        By name, a value from 0 to 1 at the end of each turn; none where nothing is known.
    """
    width = WIDTH / max(1, len(beats))
    lanes = []
    for role, name, codes in LANES:
        marks = []
        for place, beat in enumerate(beats):
            found = [code for code in beat.codes if code in codes]
            if name == AGAINST:
                found += beat.harms
            if beat.role == role and found:
                marks.append(
                    Mark(
                        turn=place,
                        left=round(place * width, 2),
                        width=round(max(2.0, 0.9 * width), 2),
                        says=", ".join(numbers.words(code) for code in found),
                    )
                )
        lanes.append(Lane(role=role, name=name, marks=tuple(marks)))
    lines = tuple(
        Line(
            name=name,
            points=" ".join(
                f"{(place + 0.5) * width:.1f},{HEIGHT * (1 - min(1.0, max(0.0, value))):.1f}"
                for place, value in enumerate(values)
                if value is not None
            ),
        )
        for name, values in (state or {}).items()
    )
    return Ribbon(turns=len(beats), lanes=tuple(lanes), lines=lines)
