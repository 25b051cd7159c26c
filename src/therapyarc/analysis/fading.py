"""How an advantage goes over the exchanges of a course, and when it is gone."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from therapyarc.analysis.contrast import estimate
from therapyarc.analysis.halves import Grid, Value
from therapyarc.domain import Estimate
from therapyarc.stats import Interval, fieller

__all__ = ["fading"]

Floats = NDArray[np.float64]


def fading(values: Sequence[Value], arranged: Grid, unit: str) -> tuple[Estimate, ...]:
    """Follow the advantage over the exchanges of a course, from a line through each actor's rated exchanges.

    Exchanges are held against the mean of their client's kind first. The advantage at exchange t is a + b t; a and b are
    differences between the sides of the actors' own intercepts and slopes, and their covariance is that between actors
    (cases are not drawn). It is gone at -a/b, with Fieller's set, where a is told apart from 0 and b points the other way.
    """
    lines, places = _lines(arranged, values)
    if lines is None:
        return (
            Estimate(
                name="trend",
                label="change of the advantage an exchange",
                unit=unit,
                reason="fewer than two actors a side have rated exchanges at three places of their courses",
            ),
        )
    a_b = lines[0].mean(axis=0) - lines[1].mean(axis=0)
    covariance: Floats = np.sum([np.cov(side, rowvar=False) / len(side) for side in lines], axis=0)
    df = float(min(len(side) for side in lines) - 1)
    first, last = float(min(places)), float(max(places))
    found = []
    for name, label, w in (
        ("advantage_first", f"advantage at exchange {first:.0f} of the course", (1.0, first)),
        ("advantage_last", f"advantage at exchange {last:.0f}", (1.0, last)),
        ("slope", "change of the advantage an exchange", (0.0, 1.0)),
    ):
        weight = np.array(w)
        reach = float(scipy_stats.t.ppf(0.975, df) * np.sqrt(weight @ covariance @ weight))
        value = float(weight @ a_b)
        interval = Interval(
            estimate=value, low=value - reach, high=value + reach, method="a line an actor; t over actors"
        )
        found.append(estimate(name, label, interval, unit))
    return (*found, _gone(a_b, covariance, df, found[0], last))


def _gone(a_b: Floats, covariance: Floats, df: float, at_first: Estimate, last: float) -> Estimate:
    name, label = "exchange_gone", "exchange at which the advantage is gone"
    if at_first.low is None or at_first.high is None or at_first.low <= 0 <= at_first.high:
        return Estimate(name=name, label=label, reason="there is no advantage at the first exchange to lose")
    if np.sign(a_b[1]) == np.sign(at_first.value or 0.0):
        return Estimate(name=name, label=label, reason="the advantage does not shrink")
    flip = np.diag([-1.0, 1.0])
    found = fieller(-float(a_b[0]), float(a_b[1]), flip @ covariance @ flip, df=df)
    if found.reason is not None:
        return Estimate(name=name, label=label, reason=f"not told: {found.reason}")
    if found.estimate is not None and found.estimate > last:
        return Estimate(
            name=name,
            label=label,
            reason=f"not within the {last:.0f} exchanges observed; the lines would meet at {found.estimate:.0f}",
        )
    return estimate(name, label, found, "exchanges")


def _lines(arranged: Grid, values: Sequence[Value]) -> tuple[list[Floats] | None, list[int]]:
    """Return intercept and slope of each unit's line, by side."""
    ongoing = [v for v in values if v.number]
    by_kind: dict[str, list[float]] = defaultdict(list)
    for v in ongoing:
        by_kind[v.kind].append(v.value)
    level = {kind: float(np.mean(own)) for kind, own in by_kind.items()}
    overall = float(np.mean([v.value for v in ongoing])) if ongoing else 0.0
    lines = []
    for side in arranged.names:
        own = []
        for name in side:
            mine = [v for v in ongoing if v.unit == name]
            places = np.array([v.place for v in mine], dtype=float)
            if len(set(places)) >= 3:
                adjusted = np.array([v.value - level[v.kind] + overall for v in mine])
                slope, intercept = np.polyfit(places, adjusted, 1)
                own.append((intercept, slope))
        lines.append(np.array(own).reshape(-1, 2))
    if min(len(side) for side in lines) < 2:
        return None, []
    return lines, sorted({v.place for v in ongoing})
