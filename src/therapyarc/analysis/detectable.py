"""What a design could see: the smallest carry-over that it detects, and the actors that would settle it."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from therapyarc.analysis.halves import Grid
from therapyarc.domain import Estimate
from therapyarc.stats import TwoHalves, Variances, two_halves

__all__ = ["detectable"]

Floats = NDArray[np.float64]
POWER = 0.8
MOST = 10_000
SIMULATED = 400
"""Studies drawn for each power: its standard error is .02."""
LARGEST = 60
"""Actors a side up to which studies are drawn; beyond, the formula alone is given."""


def detectable(
    result: TwoHalves, arranged: Grid, unit: str, *, rng: np.random.Generator
) -> tuple[Estimate, ...]:
    """Say what this design sees with power .80: the smallest carry-over, and the actors to see half the advantage lost.

    By simulation: studies of so many actors and these cases are drawn from this study's own variance components and analysed
    as this one was; a carry-over is detected where its interval leaves 0 out. The formula (t(.975) + t(.80)) x standard
    error, which takes the standard error as known, stands beside it and is somewhat too hopeful with few actors.
    """
    se, df, parts = result.difference_se, result.difference_df, result.variances
    smallest = Estimate(
        name="detectable",
        label="smallest carry-over detected with power .80",
        unit=unit,
        reason=result.difference.reason or "no standard error",
    )
    needed = Estimate(name="actors_needed", label="actors a side to see half the advantage lost, power .80")
    if se is None or df is None or parts is None:
        return smallest, replace(needed, reason=result.difference.reason)
    cases = arranged.single[0].shape[1], arranged.ongoing[0].shape[1]
    sizes = len(arranged.names[0]), len(arranged.names[1])
    by_formula = f"by formula {_detectable(se, df):.2f}"
    if max(sizes) <= LARGEST:
        value = _smallest(*_null_studies(parts, cases, sizes, rng))
        method = f"{SIMULATED} studies drawn from this study's variance components; {by_formula}"
        smallest = replace(smallest, value=value, reason=None, method=method)
    else:
        smallest = replace(smallest, value=_detectable(se, df), reason=None, method=by_formula)
    target = abs(result.single.estimate or 0.0) / 2
    if result.retention.estimate is None or not target:
        return smallest, replace(needed, reason="there is no advantage on single replies to lose")
    formula = _actors_needed(parts, cases, target)
    if formula is None:
        return smallest, replace(
            needed, reason="no number of actors would do with so few cases; more cases are needed first"
        )
    found, power = formula, 0.0
    while found <= LARGEST and (power := _power(parts, cases, found, target, rng)) < POWER:
        found += max(1, found // 8)
    if found > LARGEST:
        method = (
            f"by formula, from the variance components of this study; more than {LARGEST} are not simulated"
        )
        return smallest, replace(needed, value=float(max(formula, LARGEST)), method=method)
    method = f"{SIMULATED} studies drawn from this study's variance components, power {power:.2f}; by formula {formula}"
    return smallest, replace(needed, value=float(found), method=method)


def _smallest(centres: Floats, reaches: Floats) -> float:
    """Return the change at which the share of intervals that leave 0 out is the power asked for."""
    low, high = 0.0, float(np.abs(centres).max() + reaches.max())
    for _ in range(50):
        middle = (low + high) / 2
        enough = float(np.mean(np.abs(centres + middle) > reaches)) >= POWER
        low, high = (low, middle) if enough else (middle, high)
    return high


def _power(
    parts: Variances, cases: tuple[int, int], each: int, change: float, rng: np.random.Generator
) -> float:
    centres, reaches = _null_studies(parts, cases, (each, each), rng)
    return float(np.mean(np.abs(centres + change) > reaches))


def _null_studies(
    parts: Variances, cases: tuple[int, int], sizes: tuple[int, int], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return estimates and half widths of carry-over in drawn studies without any: a true one only shifts the estimates."""
    centres, reaches = np.zeros(SIMULATED), np.zeros(SIMULATED)
    for place in range(SIMULATED):
        found = two_halves(*_study(parts, cases, sizes, rng)).difference
        assert found.estimate is not None
        centres[place] = found.estimate
        reaches[place] = np.inf if found.high is None else found.high - found.estimate
    return centres, reaches


def _study(
    parts: Variances, cases: tuple[int, int], sizes: tuple[int, int], rng: np.random.Generator
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    actors = [rng.multivariate_normal([0.0, 0.0], parts.actors, n, method="eigh") for n in sizes]
    halves = []
    for half, count in enumerate(cases):
        own = rng.normal(0.0, np.sqrt(parts.cases[half]), count)
        first, second = (
            actors[side][:, half][:, None]
            + rng.normal(0.0, np.sqrt(parts.cells[half]), (sizes[side], count))
            + (own if side == 0 else 0.0)
            for side in (0, 1)
        )
        halves.append((first, second))
    return halves[0], halves[1]


def _detectable(se: float, df: float) -> float:
    return float((scipy_stats.t.ppf(0.975, df) + scipy_stats.t.ppf(POWER, df)) * se)


def _actors_needed(parts: Variances, cases: tuple[int, int], target: float) -> int | None:
    """Return the smallest number of actors a side at which the detectable carry-over is the target; none beyond 10,000."""
    w = np.array([-1.0, 1.0])
    fixed = sum(own / count for own, count in zip(parts.cases, cases, strict=True))
    each = 2 * float(w @ parts.actors @ w) + 2 * sum(
        noise / count for noise, count in zip(parts.cells, cases, strict=True)
    )
    low, high = 2, MOST

    def enough(n: int) -> bool:
        return _detectable(float(np.sqrt(fixed + each / n)), 2 * n - 2) <= target

    if not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
