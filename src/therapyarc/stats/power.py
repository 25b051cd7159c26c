"""Power of a planned contrast, by simulation."""

from dataclasses import dataclass

import numpy as np

from therapyarc.stats.change import paired_change
from therapyarc.stats.ranks import mann_whitney, smallest_attainable_p

__all__ = ["Power", "power_between", "power_change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Power at one true difference."""

    difference: float
    """True difference in standard deviations between units."""
    power: float
    """Share of simulated studies with p at most alpha."""
    error: float
    """Monte-Carlo standard error of that share."""
    smallest_p: float
    """The smallest p that the test can attain with so many units."""


def power_between(
    n1: int, n2: int, difference: float, *, rng: np.random.Generator, alpha: float = 0.05, draws: int = 500
) -> Power:
    """Power of the exact Mann-Whitney test between n1 and n2 units whose means are normal, `difference` SD apart.

    A unit is one actor's mean over items: normal by and large, whatever the items are.

    Examples
    --------
    Three against three never reach .05, however large the difference:

    >>> power_between(3, 3, 9.0, rng=np.random.default_rng(1), draws=20).power
    0.0
    """
    hits = 0
    for _ in range(draws):
        p = mann_whitney(rng.normal(difference, 1, n1), rng.normal(0, 1, n2)).p
        hits += p.get("exact_permutation", p["asymptotic_tie_continuity"]) <= alpha
    return _power(difference, hits, draws, smallest_attainable_p(n1, n2))


def power_change(
    n: int, difference: float, *, rng: np.random.Generator, alpha: float = 0.05, draws: int = 500
) -> Power:
    """Power of the exact sign-flip test of n paired differences with mean `difference` in their own SD.

    Examples
    --------
    >>> power_change(6, 9.0, rng=np.random.default_rng(1), draws=20).power
    1.0
    """
    hits = 0
    for _ in range(draws):
        change = paired_change(rng.normal(difference, 1, n), rng=rng, draws=999)
        hits += change.p.get("permutation", change.p.get("monte_carlo_permutation", 1.0)) <= alpha
    return _power(difference, hits, draws, min(1.0, 2.0 / 2.0**n))


def _power(difference: float, hits: int, draws: int, smallest: float) -> Power:
    power = hits / draws
    return Power(
        difference=difference,
        power=power,
        error=float(np.sqrt(power * (1 - power) / draws)),
        smallest_p=smallest,
    )
