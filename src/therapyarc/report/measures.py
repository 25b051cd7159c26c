"""The page of measures: every measure of ongoing sessions by construct, views of the same construct side by side."""

from therapyarc.domain import Findings, ProcessRow, record
from therapyarc.report import numbers
from therapyarc.report.environment import environment

__all__ = ["NULL_NAMES", "render_measures"]

NULL_NAMES = {
    "shuffle": "beside shuffles",
    "pseudo": "beside pseudo-dyads",
    "length": "beside turns of like length",
}
"""What each null is called."""

_VIEWS = ("client", "therapist", "observer", "text")
"""Order of views within a construct."""


@record
class Group:
    """The measures of one construct."""

    construct: str
    """Its name."""
    place: int
    """Its number on the page, from 1."""
    rows: tuple[ProcessRow, ...]
    """Its measures, those of one view together."""
    chance: bool
    """Whether any of them is shown beside nulls."""


@record
class _Reach:
    """Where a mean and its interval lie on a line from 0 to 100."""

    at: float
    low: float | None
    high: float | None


def render_measures(findings: Findings) -> str:
    """Return the page as HTML, or nothing where the study holds no courses; no network, no script."""
    if not findings.process:
        return ""
    groups: dict[str, list[ProcessRow]] = {}
    for row in findings.process:
        groups.setdefault(row.measure.construct, []).append(row)
    templates = environment()
    templates.filters |= {
        "value": numbers.value,
        "interval": numbers.interval,
        "reasons": numbers.reasons,
        "words": numbers.words,
        "count": numbers.count,
    }
    return templates.get_template("measures.html.j2").render(
        findings=findings,
        groups=tuple(
            Group(
                construct=construct,
                place=place,
                rows=tuple(sorted(rows, key=lambda row: _VIEWS.index(row.measure.perspective))),
                chance=any(row.measure.chance for row in rows),
            )
            for place, (construct, rows) in enumerate(groups.items(), 1)
        ),
        labels={arm.id: arm.label for arm in findings.arms},
        nulls=NULL_NAMES,
        reaches=_reaches,
    )


def _reaches(row: ProcessRow) -> dict[str, _Reach]:
    """Return, by arm, where its mean lies between the ends of all arms' intervals; empty where all lie at one place."""
    means = {arm.arm: arm.mean for arm in row.arms if arm.mean.value is not None}
    ends = [end for mean in means.values() for end in (mean.value, mean.low, mean.high) if end is not None]
    if not ends or min(ends) == max(ends):
        return {}
    low, width = min(ends), max(ends) - min(ends)

    def at(x: float) -> float:
        return round(100 * (x - low) / width, 1)

    return {
        name: _Reach(
            at=at(mean.value or 0.0),
            low=None if mean.low is None else at(mean.low),
            high=None if mean.high is None else at(mean.high),
        )
        for name, mean in means.items()
    }
