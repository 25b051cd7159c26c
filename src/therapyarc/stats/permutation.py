"""Two small groups: the permutation test of the difference of their means."""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Permutation", "permuted_difference"]

EXACT = 50_000
"""Allocations up to which all are gone through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permutation:
    """One permutation test."""

    p: float
    """Two-sided: share of allocations whose difference is as far from 0 as the observed one, or farther."""
    exact: bool
    """Whether all allocations were gone through."""
    allocations: int
    """How many were."""


def permuted_difference(
    x: ArrayLike, y: ArrayLike, *, rng: np.random.Generator, draws: int = 20_000
) -> Permutation:
    """Test whether two groups differ in mean, under the hypothesis that which group a unit is in makes no difference.

    All allocations where there are 50,000 or fewer; else `draws` of them, with the observed one counted in, so that p
    is never 0. Source: Pitman 1937, JRSS Suppl 4:119; Phipson and Smyth 2010, Stat Appl Genet Mol Biol 9:39.

    Raises
    ------
    ValueError
        If a group is empty or holds a value that is not finite.

    Examples
    --------
    >>> permuted_difference([4, 5, 6], [1, 2, 3], rng=np.random.default_rng(1)).p
    0.1
    """
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if not len(a) or not len(b) or not np.isfinite([*a, *b]).all():
        raise ValueError("each group needs values, and all of them finite")
    both = np.concatenate([a, b])
    total, n = both.sum(), len(a)
    count = comb(len(both), n)
    exact = count <= EXACT
    if exact:
        sums = np.array([both[list(chosen)].sum() for chosen in combinations(range(len(both)), n)])
    else:
        sums = np.array([a.sum(), *(rng.permutation(both)[:n].sum() for _ in range(draws))])
    differences = sums / n - (total - sums) / len(b)
    observed = abs(a.mean() - b.mean())
    tolerance = 1e-9 * max(1.0, float(np.abs(both).max()))
    return Permutation(
        p=float(np.mean(np.abs(differences) >= observed - tolerance)), exact=exact, allocations=len(sums)
    )
