"""Do intervals hold the truth, and do tests keep their level? `python benchmarks/intervals.py [--studies 1000]`.

Studies with 6 and 8 actors are drawn from planted truths, and each estimator of the report's headline is held against them.
An interval of 95% should hold the truth in .93 to .97 of studies, a test at .05 reject a true hypothesis in .03 to .07. The
last run's table stands in docs/explanation/statistics.md, with what lies outside and why.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from therapyarc.analysis.fading import fading
from therapyarc.analysis.halves import Grid, Value
from therapyarc.stats import (
    Interval,
    lagged_within,
    mann_whitney,
    permuted_difference,
    prediction_powered_change,
    prediction_powered_difference,
    rank_biserial,
    rank_correlation,
    same_dyad_change,
    trajectory_model,
    two_halves,
    welch,
)

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Rng = np.random.Generator
Found = dict[str, bool | None]
SIZES = (6, 8)
CASES = (10, 12)


def _halves(rng: Rng, single: float, ongoing: float, own: float) -> tuple[tuple[Floats, ...], ...]:
    actors = [rng.multivariate_normal([0, 0], [[0.25, 0.15], [0.15, 0.25]], n) for n in SIZES]
    halves = []
    for half, (count, advantage) in enumerate(zip(CASES, (single, ongoing), strict=True)):
        case, extra = rng.normal(0, 0.3, count), rng.normal(0, own, count)
        halves.append(
            tuple(
                actors[s][:, half][:, None]
                + case
                + (advantage + extra if s == 0 else 0.0)
                + rng.normal(0, 0.5, (SIZES[s], count))
                for s in (0, 1)
            )
        )
    return halves[0], halves[1]


def _holds(interval: Interval, truth: float) -> bool | None:
    if interval.low is None or interval.high is None:
        return None
    return interval.low <= truth <= interval.high


def carry_over(rng: Rng) -> Found:
    """Carry-over, its advantages and retention; the tests where nothing changes."""
    (s, o) = _halves(rng, 2.0, 0.8, 0.2)
    found = two_halves((s[0], s[1]), (o[0], o[1]))
    (a, b) = _halves(rng, 1.0, 1.0, 0.2)
    null = two_halves((a[0], a[1]), (b[0], b[1]))
    (c, d) = _halves(rng, 1.0, 1.0, 0.0)
    changes = [means[:, 1] - means[:, 0] for means in two_halves((c[0], c[1]), (d[0], d[1])).means]
    p = permuted_difference(changes[0], changes[1], rng=rng).p
    shifted = [means[:, 1] - means[:, 0] for means in null.means]
    p_own = permuted_difference(shifted[0], shifted[1], rng=rng).p
    return {
        "carry-over (interval)": _holds(found.difference, -1.2),
        "advantage on single replies": _holds(found.single, 2.0),
        "advantage in sessions": _holds(found.ongoing, 0.8),
        "retention": _holds(found.retention, 0.4),
        "carry-over, no change: rejected by the interval": not _holds(null.difference, 0.0),
        "carry-over, no change: rejected by permutation": p <= 0.05,
        "the same where cases have advantages of their own": p_own <= 0.05,
    }


def single_replies(rng: Rng) -> Found:
    """Between two sides: the exact test, rank-biserial r, Welch's margin."""
    x, y = (rng.normal(0, 1, n) for n in SIZES)
    shift = 1.0
    r = 2 * 0.7602499389065233 - 1  # P(X > Y) for normals one SD apart is Phi(1 / sqrt 2)
    _, se, df = welch(x + shift, y)
    assert se is not None
    assert df is not None
    half = se * 2.1788128  # t(.975) at 12 degrees of freedom: the margin's own quantile differs by study
    return {
        "exact permutation, no difference: rejected": mann_whitney(x, y).p["exact_permutation"] <= 0.05,
        "rank-biserial r at .52": _holds(rank_biserial(x + shift, y), r),
        "difference of means (Welch, about)": abs((x + shift).mean() - y.mean() - shift) <= half,
    }


def course(rng: Rng) -> Found:
    """The slope of the advantage over sessions, and where it is gone."""
    values = []
    cases = rng.normal(0, 0.3, 6)
    for place, (side, n) in enumerate(zip(("a", "b"), SIZES, strict=True)):
        for actor in range(n):
            level, slope = rng.normal(0, 0.4), rng.normal(0, 0.05)
            for case in range(6):
                for number in range(1, 7):
                    mean = (1.5 - 0.4 * (number - 1)) * (place == 0) + level + slope * (number - 1)
                    values.append(
                        Value(
                            arm=side,
                            unit=f"{side}{actor}",
                            case=str(case),
                            value=float(5 + mean + cases[case] + rng.normal(0, 0.6)),
                            words=50.0,
                            kind="plain",
                            number=number,
                            place=(number - 1) * 10 + int(rng.integers(1, 11)),
                        )
                    )
    names = tuple([f"{side}{i}" for i in range(n)] for side, n in zip(("a", "b"), SIZES, strict=True))
    nothing = np.zeros((1, 1))
    arranged = Grid(
        single=(nothing, nothing),
        ongoing=(nothing, nothing),
        names=(names[0], names[1]),
        arms={},
        counts={},
        dropped=(),
        weights={"plain": 1.0},
    )
    by = {one.name: one for one in fading(values, arranged, "", 10)}
    change, gone = by["slope"], by["exchange_gone"]
    truth = 5.5 + 10 * 1.5 / 0.4
    return {
        "change of the advantage a session (mixed model)": None
        if change.low is None or change.high is None
        else change.low <= -0.4 <= change.high,
        "exchange at which it is gone (Fieller)": None
        if gone.low is None or gone.high is None
        else gone.low <= truth <= gone.high,
    }


def people(rng: Rng) -> Found:
    """Machines that people correct, a third of the answers labelled."""
    rows = [
        (place, actor, half)
        for place, n in enumerate(SIZES)
        for actor in range(n)
        for half in (0, 1)
        for _ in range(20)
    ]
    place, actor, half = (np.array(column) for column in zip(*rows, strict=True))
    unit = place * 100 + actor
    effect = {one: rng.normal(0, 0.4, 2) for one in np.unique(unit)}
    true = np.array([effect[u][h] for u, h in zip(unit, half, strict=True)])
    y = true + np.where(place == 0, np.where(half == 0, 2.0, 1.0), 0.0) + rng.normal(0, 0.6, len(unit))
    f = 0.6 * y + 0.8 * (place == 0) + rng.normal(0, 0.4, len(unit))
    labels = np.where(rng.random(len(y)) < 1 / 3, y, np.nan)
    single = half == 0
    change = prediction_powered_change(labels, f, unit, place == 0, half)
    one = prediction_powered_difference(labels[single], f[single], unit[single], (place == 0)[single])
    return {
        "change, prediction-powered": _holds(change.interval, -1.0),
        "advantage, prediction-powered": _holds(one.interval, 2.0),
    }


def trajectories(rng: Rng) -> Found:
    """Change over sessions, a tenth leaving at each: same dyads and mixed model."""
    values, seen, arm, actor, case = _course_values(rng)
    model = trajectory_model(seen, arm, actors=actor, cases=case)
    whole = same_dyad_change(values, arm, case)
    return {
        "difference in change, same dyads (none left)": _holds(whole.difference, 1.2),
        "difference in change, mixed model": _holds(model.change.interval, 1.2),
    }


def lagged(rng: Rng) -> Found:
    """An association from session to session where there is none."""
    _, seen, *_ = _course_values(rng)
    plain = lagged_within(rng.normal(0, 1, seen.shape), seen, rng=rng, draws=199)
    x, y = (_hanging(rng, seen) for _ in range(2))
    course = lagged_within(x, y, rng=rng, draws=199)
    return {
        "lagged association, none: rejected": None if plain.p is None else plain.p <= 0.05,
        "the same, both hanging together over sessions (.7)": None if course.p is None else course.p <= 0.05,
    }


def _hanging(rng: Rng, like: Floats) -> Floats:
    """Return values of which each session keeps .7 of the one before, missing where `like` is."""
    found = rng.normal(0, 1, like.shape)
    for session in range(1, like.shape[1]):
        found[:, session] = 0.7 * found[:, session - 1] + 0.71 * found[:, session]
    return np.where(np.isnan(like), np.nan, found)


def _course_values(rng: Rng) -> tuple[Floats, Floats, Codes, Codes, Codes]:
    """Return values whole and with those who left missing, and arm, actor and case of each dyad."""
    arm = np.repeat([0, 1], 42)
    actor = np.concatenate([np.repeat(np.arange(6), 7), 6 + np.repeat(np.arange(6), 7)])
    case = np.tile(np.arange(7), 12)
    effect, client = rng.normal(0, 0.4, 12), rng.normal(0, 0.8, 7)
    time_ = np.arange(5)
    level = effect[actor] + client[case] + rng.normal(0, 0.8, 84)
    values = level[:, None] + 0.3 * time_ * arm[:, None] + rng.normal(0, 0.7, (84, 5))
    stay = np.cumsum(rng.random((84, 5)) < 0.1, axis=1) == 0
    stay[:, 0] = True
    return values, np.where(stay, values, np.nan), arm, actor, case


def ranks(rng: Rng) -> Found:
    """Spearman's rho of 14 actors, true value .58."""
    both = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 14)
    found = rank_correlation(both[:, 0], both[:, 1], kind="spearman", rng=rng, draws=400)
    return {"Spearman's rho (BCa)": _holds(found, 6 / np.pi * np.arcsin(0.3))}


GROUPS: tuple[tuple[Callable[[Rng], Found], int], ...] = (
    (carry_over, 1),
    (single_replies, 1),
    (people, 1),
    (ranks, 2),
    (trajectories, 5),
    (lagged, 1),
    (course, 5),
)
"""Each with by how much fewer studies it is asked for: the mixed models take longer."""


def measured(studies: int, seed: int = 1) -> Iterator[tuple[str, float, float, int]]:
    """Yield name, share, its Monte-Carlo standard error, and studies that had one."""
    for group, fewer in GROUPS:
        kept: dict[str, list[bool]] = {}
        for study in range(max(1, studies // fewer)):
            rng = np.random.default_rng([seed, study])
            for name, held in group(rng).items():
                kept.setdefault(name, []).extend([] if held is None else [held])
        for name, row in kept.items():
            share = float(np.mean(row))
            yield name, share, sqrt(share * (1 - share) / len(row)), len(row)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    asked = parser.parse_args()
    start = time.perf_counter()
    print("| estimator or test | share | standard error | studies |\n| --- | --- | --- | --- |")
    for name, share, error, n in measured(asked.studies):
        print(f"| {name} | {share:.3f} | {error:.3f} | {n} |", flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
