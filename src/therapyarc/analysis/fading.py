"""How an advantage goes over the sessions and exchanges of a course, and when it is gone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from therapyarc.analysis.estimates import estimate
from therapyarc.analysis.halves import Grid, Value
from therapyarc.domain import Estimate
from therapyarc.stats import Grouping, MixedFit, SingularDesignError, fieller, mixed_model

__all__ = ["fading"]

Floats = NDArray[np.float64]
RANDOM = 5
"""Cases from which on they count as draws from many; fewer have a mean of their own."""


@dataclass(frozen=True, slots=True)
class _Course:
    """The fitted model and the places of the course that it speaks of."""

    fit: MixedFit
    sessions: tuple[int, int]
    exchanges: int
    middle: float
    within: bool

    def weights(self, session: float, exchange: float) -> Floats:
        """Return the weights of the advantage at a session and an exchange of it."""
        w = np.zeros(len(self.fit.names))
        w[self.fit.names.index("side")] = 1.0
        w[self.fit.names.index("side:session")] = session - 1
        if self.within:
            w[self.fit.names.index("side:exchange")] = exchange - self.middle
        return w


def fading(values: Sequence[Value], arranged: Grid, unit: str, exchanges: int) -> tuple[Estimate, ...]:
    """Follow the advantage over a course, by a mixed model of the rated exchanges.

    y = side + session + exchange + side:session + side:exchange + kind of client turn, with each actor's own level and slope
    over sessions and each case's own level (fixed below five cases). The advantage is gone where side + side:session (s - 1)
    is 0 at the middle exchange of a session: a ratio with Fieller's set, given as a place in the course where there is an
    advantage at first and it shrinks.

    Parameters
    ----------
    values, arranged
        Rated exchanges, and the units with both halves.
    unit
        Unit of the values.
    exchanges
        The most exchanges of a session, so that sessions can be counted in exchanges.
    """
    course = _fitted(values, arranged, exchanges)
    if isinstance(course, str):
        return (Estimate(name="trend", label="course of the advantage", unit=unit, reason=course),)
    first, last = course.sessions
    rows = [
        (
            "advantage_first",
            f"advantage at the first exchange of session {first}",
            course.weights(first, 1.0),
        ),
        ("advantage_last", f"advantage at the end of session {last}", course.weights(last, course.exchanges)),
        ("slope", "change of the advantage a session", course.weights(2, 1) - course.weights(1, 1)),
    ]
    if course.within:
        label = "change of the advantage an exchange within a session"
        rows.append(("slope_exchange", label, course.weights(1, 2) - course.weights(1, 1)))
    found = []
    for name, label, weights in rows:
        one = course.fit.contrast(weights)
        told = estimate(name, label, one.interval, unit)
        method = "mixed model, actors' own levels and slopes, cases' own levels; Satterthwaite"
        found.append(replace(told, method=method))
    return (*found, _gone(course))


def _gone(course: _Course) -> Estimate:
    name, label = "exchange_gone", "exchange of the course at which the advantage is gone"
    first, last = course.sessions
    start, slope = (
        course.weights(first, course.middle),
        course.weights(2, course.middle) - course.weights(1, course.middle),
    )
    at, change = course.fit.contrast(start), course.fit.contrast(slope)
    assert at.interval.low is not None
    assert at.interval.high is not None
    if at.interval.low <= 0 <= at.interval.high:
        return Estimate(name=name, label=label, reason="there is no advantage in the first session to lose")
    if np.sign(at.t) == np.sign(change.t):
        return Estimate(name=name, label=label, reason="the advantage does not shrink")
    both = np.vstack([-start, slope])
    covariance = both @ course.fit.covariance @ both.T
    a, b = (float(row @ course.fit.coefficients) for row in both)
    found = fieller(a, b, covariance, df=min(at.df, change.df))
    if found.reason is not None or found.estimate is None or found.low is None or found.high is None:
        return Estimate(name=name, label=label, reason=f"not told: {found.reason}")
    if found.estimate > last - first:
        reason = f"not within the {last} sessions observed; the lines would meet in session {first + found.estimate:.1f}"
        return Estimate(name=name, label=label, reason=reason)
    low, middle, high = (
        course.middle + course.exchanges * (first - 1 + at) for at in (found.low, found.estimate, found.high)
    )
    return Estimate(
        name=name,
        label=label,
        value=middle,
        low=max(low, 0.0),
        high=high,
        unit="exchanges",
        method=f"where the lines of the two sides meet, Fieller; {course.exchanges} exchanges a session",
    )


def _fitted(values: Sequence[Value], arranged: Grid, exchanges: int) -> _Course | str:
    kept = {name: place for place, names in enumerate(arranged.names) for name in names}
    ongoing = [v for v in values if v.number and v.unit in kept]
    numbers = sorted({v.number for v in ongoing})
    if len(numbers) < 3:
        return "fewer than three sessions have rated exchanges, so there is no course to follow"
    if min(map(len, arranged.names)) < 2:
        return "a side has one actor alone, so actors' own slopes cannot be told"
    y = np.array([v.value for v in ongoing])
    side = np.array([1.0 - kept[v.unit] for v in ongoing])
    session = np.array([v.number - 1.0 for v in ongoing])
    exchange = np.array([float(v.place - (v.number - 1) * exchanges) for v in ongoing])
    middle, within = float(exchange.mean()), float(np.ptp(exchange)) > 0
    columns = {"intercept": np.ones(len(y)), "side": side, "session": session, "side:session": side * session}
    if within:
        columns |= {"exchange": exchange - middle, "side:exchange": side * (exchange - middle)}
    columns |= _indicators("kind", [v.kind for v in ongoing])
    cases = [v.case for v in ongoing]
    groups = [Grouping(name="actor", codes=_codes([v.unit for v in ongoing]), slope=session)]
    if len(set(cases)) >= RANDOM:
        groups.append(Grouping(name="case", codes=_codes(cases)))
    else:
        columns |= _indicators("case", cases)
    names = tuple(columns)
    try:
        fit = mixed_model(y, np.column_stack([columns[name] for name in names]), names, groups)
    except (SingularDesignError, ValueError) as error:
        return str(error)
    return _Course(fit, (numbers[0], numbers[-1]), exchanges, middle, within)


def _indicators(name: str, labels: Sequence[str]) -> dict[str, Floats]:
    levels = sorted(set(labels))
    return {f"{name} {level}": np.array([float(one == level) for one in labels]) for level in levels[1:]}


def _codes(labels: Sequence[str]) -> NDArray[np.intp]:
    return np.unique(np.array(labels), return_inverse=True)[1].astype(np.intp)
