"""What a rubric or a form measures, so that its values stand beside computed measures of the same construct."""

from collections.abc import Iterable

from therapyarc.domain import Instrument
from therapyarc.domain.measure import Measure

__all__ = ["rated_measures"]

_STANDS_BESIDE = {
    "alliance_goal_observed": "alliance",
    "alliance_task_observed": "alliance",
    "alliance_bond_observed": "alliance",
    "anticipation_of_cognition": "accuracy of inference",
    "anticipation_of_emotion": "accuracy of inference",
    "competence_observed": "competence",
    "repair_quality": "rupture and repair",
    "socratic_quality": "Socratic questioning",
}
"""Constructs of the library's rubrics, and the construct of the computed measures that get at the same."""


def rated_measures(instruments: Iterable[Instrument]) -> dict[str, tuple[str, Measure]]:
    """Return the measures that rubrics and forms give, by name as in the tidy table.

    A rubric gives one, named by its construct; a form its total, and a part for each topic (`construct:topic`).

    Returns
    -------
    For each name `rating` or `form`, and what there is to know of the measure.
    """
    found: dict[str, tuple[str, Measure]] = {}
    for one in instruments:
        values = [anchor.value for anchor in one.anchors]
        low, high = (min(values), max(values)) if values else (None, None)
        if one.kind == "rubric":
            unit = f"points, {low} to {high}" if values else "points"
            found[one.construct] = (
                "rating",
                _measure(one, one.construct, f"{one.title}; mean over raters and answers", unit, low, high),
            )
        elif one.kind == "form":
            size = len(one.items) if one.total == "sum" else 1
            ends = (None, None) if low is None or high is None else (low * size, high * size)
            how = f"{one.total} of {len(one.items)} items"
            found[one.construct] = ("form", _measure(one, one.construct, one.title, how, *ends))
            for topic in dict.fromkeys(item.topic for item in one.items if item.topic):
                name = f"{one.construct}:{topic}"
                text = f"{one.title}: {topic}"
                found[name] = ("form", _measure(one, name, text, "mean of its items", low, high))
    return found


def _measure(
    one: Instrument, name: str, meaning: str, unit: str, low: int | None, high: int | None
) -> Measure:
    anchors = sorted(one.anchors, key=lambda anchor: anchor.value)
    ends = f"{anchors[0].label}; {anchors[-1].label}" if anchors else "as its items say"
    return Measure(
        name=name,
        construct=_STANDS_BESIDE.get(one.construct, one.construct.replace("_", " ")),
        meaning=meaning,
        unit=unit,
        low=low,
        high=high,
        ends=ends,
        minimum="an answer that can be read",
        perspective=one.perspective,
        version=one.version,
        source=one.source,
        licence=one.licence,
    )
