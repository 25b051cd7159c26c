"""Reporting guidelines: which items a report can cover, and where."""

from typing import Literal

from therapyarc.domain.record import record

__all__ = ["Checklist", "ChecklistItem"]


@record
class ChecklistItem:
    """One item of a reporting guideline, in our words."""

    item: str
    """Its number in the guideline, or the name of its heading where it has none."""
    says: str
    """What it asks for, in our words."""
    where: tuple[str, ...] = ()
    """Sections that cover it, by anchor; any that a report has. Empty where no report of ours can."""
    absent: str = ""
    """What to do where no section covers it."""


@record
class Checklist:
    """One reporting guideline."""

    id: str
    """Short name."""
    title: str
    """Full name."""
    source: str
    """Where it was published."""
    when: Literal["always", "people"] = "always"
    """Whether it applies to all studies or to those with people as actors or raters."""
    note: str = ""
    """How its items are numbered here, and what is not known."""
    items: tuple[ChecklistItem, ...]
    """The items."""
