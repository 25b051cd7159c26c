"""Which items of reporting guidelines a report covers, each with its section, or that it does not."""

from collections.abc import Iterable

from therapyarc.domain import Findings, record
from therapyarc.domain.checklist import Checklist, ChecklistItem
from therapyarc.report.contents import anchors
from therapyarc.report.environment import environment

__all__ = ["Covered", "checklist_page", "covered"]


@record
class Covered:
    """One item held against a report."""

    item: ChecklistItem
    """The item."""
    sections: tuple[tuple[str, str], ...]
    """Sections of the report that cover it: anchor and heading; empty where none does."""


def covered(checklist: Checklist, report: str) -> tuple[Covered, ...]:
    """Hold a guideline against a report: an item is covered by those of its sections that the report has."""
    there = anchors(report)
    return tuple(
        Covered(
            item=item,
            sections=tuple((name, _heading(report, name)) for name in item.where if name in there),
        )
        for item in checklist.items
    )


def _heading(report: str, name: str) -> str:
    _, _, rest = report.partition(f'id="{name}">')
    return rest.partition("<")[0].strip()


def checklist_page(findings: Findings, checklists: Iterable[Checklist], report: str, *, people: bool) -> str:
    """Return the page as HTML. `people`: whether people act or rate, so that guidelines for them apply."""
    shown = [one for one in checklists if one.when == "always" or people]
    return (
        environment()
        .get_template("checklist.html.j2")
        .render(
            findings=findings,
            lists=[(one, covered(one, report)) for one in shown],
            left=[one for one in checklists if one not in shown],
        )
    )
