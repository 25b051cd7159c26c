"""What a rater's page is made from: texts and the rubric, and nothing that says who spoke, when, or how long it took."""

import re
from collections.abc import Mapping
from typing import Any

from therapyarc.coding.rater import RatingTask
from therapyarc.coding.session_rater import SessionRatingTask
from therapyarc.domain import Anchor, Instrument

__all__ = ["Shown", "sentences", "shown_check", "shown_example", "shown_reply", "shown_session"]

Shown = dict[str, Any]
"""`form` (reply, session, example or check), `rubric`, and what the form needs."""

_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|\n+")


def shown_reply(task: RatingTask) -> Shown:
    """Return a single reply, or an exchange of a session as one."""
    key = task.case.key
    return {
        "form": "reply",
        **({} if task.label is None else {"label": task.label}),
        "rubric": _rubric(task.rubric),
        "question": "" if task.item.asks == "reply" else task.item.text,
        "background": task.case.background,
        "prior": [[turn.role, turn.text] for turn in task.case.prior],
        "words": task.case.words,
        "reply": task.session.reply or "",
        "key": None
        if key is None
        else {"thoughts": [*key.thoughts], "feelings": [feeling.name for feeling in key.feelings]},
    }


def shown_session(task: SessionRatingTask) -> Shown:
    """Return the turns of a session or window, each with its place, by which it is named as evidence."""
    return {
        "form": "session",
        **({} if task.label is None else {"label": task.label}),
        "rubric": _rubric(task.rubric),
        "turns": [[place, turn.role, turn.text] for place, turn in task.turns],
    }


def shown_example(rubric: Instrument, anchor: Anchor) -> Shown:
    """Return an anchor's own example, without saying whose it is."""
    return {"form": "example", "rubric": _rubric(rubric), "reply": anchor.example}


def shown_check(rubric: Instrument, anchor: Anchor) -> Shown:
    """Return an item that says what is to be chosen; the page words it in the rater's language."""
    return {"form": "check", "rubric": _rubric(rubric), "choose": [anchor.value, anchor.label]}


def sentences(text: str) -> list[str]:
    """Cut a reply into sentences, each to the letter, so that one can be marked as evidence."""
    return [part.strip() for part in _END.split(text) if part and part.strip()]


def _rubric(rubric: Instrument) -> Mapping[str, Any]:
    return {
        "title": rubric.title,
        "instructions": rubric.instructions,
        "anchors": [[anchor.value, anchor.label, anchor.text] for anchor in rubric.anchors],
        "guidance": [*rubric.guidance],
    }
