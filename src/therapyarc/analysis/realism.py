"""Whether simulated clients talk like people: the same figures of both, and where the simulated ones fall outside."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from therapyarc.domain import HumanRange, Measurement, RealismRow

__all__ = ["realism"]


def realism(rows: Iterable[Measurement], people: Mapping[str, HumanRange]) -> tuple[RealismRow, ...]:
    """Return one row a figure: the median over simulated sessions beside the middle 90% of people's transcripts.

    A median inside says that a typical simulated session would pass for one of those transcripts on this figure alone,
    and nothing more. The share of sessions inside would be .90 if the two were alike. Empty without courses.
    """
    found: dict[str, list[float]] = defaultdict(list)
    missing: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.measure in people:
            if row.value is None:
                missing[row.measure] += 1
            else:
                found[row.measure].append(row.value)
    result = []
    for name, human in people.items():
        values = np.array(found[name])
        if not len(values) and not missing[name]:
            continue
        inside = (values >= human.low) & (values <= human.high)
        median = float(np.median(values)) if len(values) else None
        result.append(
            RealismRow(
                measure=name,
                sessions=len(values),
                missing=missing[name],
                median=median,
                share_inside=float(inside.mean()) if len(values) else None,
                people=human,
                inside=None if median is None else bool(human.low <= median <= human.high),
            )
        )
    return tuple(result)
