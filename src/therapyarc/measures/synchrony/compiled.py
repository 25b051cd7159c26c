"""Exact transport between small bags of words, compiled. Importing this module needs numba.

One problem after another: words that both bags hold are cancelled, bags of one word are summed, and the rest is solved by
successive shortest paths from a dual start. Masses are whole numbers, so nothing is lost in them. `lockstep` holds the
same in numpy.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["distances"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
P = ParamSpec("P")
R = TypeVar("R")


def _compiled(function: Callable[P, R]) -> Callable[P, R]:
    try:
        return cast("Callable[P, R]", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no folder to keep the compiled code in
        return cast("Callable[P, R]", numba.njit(nogil=True)(function))


@_compiled
def distances(  # noqa: C901  # calls between compiled functions cost more than what they would hold
    words: Whole, counts: Whole, starts: Whole, first: Whole, second: Whole, between: Floats
) -> Floats:
    """Return the Word Mover's Distance of each pair of bags.

    Parameters
    ----------
    words, counts
        Words of all bags one after another, rising within a bag, and how often each stands in it.
    starts
        Where each bag starts, and where the last one ends; shape (bags + 1,).
    first, second
        The pairs, as places of bags; neither may be empty.
    between
        Distance of any two words, shape (words, words); a metric.
    """
    longest = 0
    totals = np.zeros(len(starts) - 1, dtype=np.int64)
    for bag in range(len(starts) - 1):
        longest = max(longest, starts[bag + 1] - starts[bag])
        for place in range(starts[bag], starts[bag + 1]):
            totals[bag] += counts[place]
    giving = np.empty(longest, dtype=np.int64)
    taking = np.empty(longest, dtype=np.int64)
    supply = np.empty(longest, dtype=np.int64)
    demand = np.empty(longest, dtype=np.int64)
    cost = np.empty(longest * longest)
    flow = np.empty(longest * longest, dtype=np.int64)
    above = np.empty(longest)
    below = np.empty(longest)
    away = np.empty(longest)
    reached = np.empty(longest)
    came = np.empty(longest, dtype=np.int64)
    via = np.empty(longest, dtype=np.int64)
    ahead = np.empty(longest, dtype=np.int64)
    seen = np.empty(longest, dtype=np.bool_)
    result = np.empty(len(first))
    for pair in range(len(first)):
        a, b = first[pair], second[pair]
        whole_a, whole_b = totals[a], totals[b]
        p, q = starts[a], starts[b]
        end_p, end_q = starts[a + 1], starts[b + 1]
        m = n = 0
        while p < end_p or q < end_q:
            if q == end_q or (p < end_p and words[p] < words[q]):
                giving[m], supply[m] = words[p], counts[p] * whole_b
                m += 1
                p += 1
            elif p == end_p or words[q] < words[p]:
                taking[n], demand[n] = words[q], counts[q] * whole_a
                n += 1
                q += 1
            else:  # both have the word: only the difference travels
                left = counts[p] * whole_b - counts[q] * whole_a
                if left > 0:
                    giving[m], supply[m] = words[p], left
                    m += 1
                elif left < 0:
                    taking[n], demand[n] = words[q], -left
                    n += 1
                p += 1
                q += 1
        scale = 1.0 / (whole_a * whole_b)
        if m == 0:
            result[pair] = 0.0
        elif m == 1 or n == 1:
            total = 0.0
            if m == 1:
                for j in range(n):
                    total += demand[j] * between[giving[0], taking[j]]
            else:
                for i in range(m):
                    total += supply[i] * between[taking[0], giving[i]]
            result[pair] = total * scale
        elif m <= n:
            for i in range(m):
                for j in range(n):
                    cost[i * n + j] = between[giving[i], taking[j]]
            result[pair] = scale * _solved(
                m, n, cost, supply, demand, flow, above, below, away, reached, came, via, ahead, seen
            )
        else:
            for j in range(n):
                for i in range(m):
                    cost[j * m + i] = between[taking[j], giving[i]]
            result[pair] = scale * _solved(
                n, m, cost, demand, supply, flow, above, below, away, reached, came, via, ahead, seen
            )
    return result


@_compiled
def _solved(
    m: int, n: int, cost: Floats, supply: Whole, demand: Whole, flow: Whole, above: Floats, below: Floats,
    away: Floats, reached: Floats, came: Whole, via: Whole, ahead: Whole, seen: NDArray[np.bool_],
) -> float:  # fmt: skip
    """Return the least cost; `above` and `below` are duals of rows and columns, the rest room to work in."""
    for cell in range(m * n):
        flow[cell] = 0
    for i in range(m):
        above[i] = 0.0
    for j in range(n):
        least, row = cost[j], 0
        for i in range(1, m):
            if cost[i * n + j] < least:
                least, row = cost[i * n + j], i
        below[j] = least
        moved = min(supply[row], demand[j])
        flow[row * n + j] = moved
        supply[row] -= moved
        demand[j] -= moved
    for start in range(m):
        while supply[start] > 0:
            _augment(
                start, m, n, cost, supply, demand, flow, above, below, away, reached, came, via, ahead, seen
            )
    total = 0.0
    for cell in range(m * n):
        if flow[cell] > 0:
            total += flow[cell] * cost[cell]
    return total


@_compiled
def _augment(  # noqa: C901  # as above
    start: int, m: int, n: int, cost: Floats, supply: Whole, demand: Whole, flow: Whole, above: Floats,
    below: Floats, away: Floats, reached: Floats, came: Whole, via: Whole, ahead: Whole,
    seen: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Move what fits along the shortest path from a row that still gives to a column that still takes."""
    for i in range(m):
        seen[i] = False
    seen[start] = True
    reached[start] = 0.0
    left = n
    least, place = np.inf, 0
    for j in range(n):
        apart = cost[start * n + j] - above[start] - below[j]
        away[j] = apart
        came[j] = start
        ahead[j] = j
        if apart < least:
            least, place = apart, j
    while True:
        end = ahead[place]
        if demand[end] > 0:
            break
        left -= 1
        ahead[place] = ahead[left]
        ahead[left] = end
        for i in range(m):
            if not seen[i] and flow[i * n + end] > 0:
                seen[i] = True
                reached[i] = least
                via[i] = end
                base = least - above[i]
                for k in range(left):
                    j = ahead[k]
                    other = base + cost[i * n + j] - below[j]
                    if other < away[j]:
                        away[j] = other
                        came[j] = i
        least = np.inf
        for k in range(left):
            if away[ahead[k]] < least:
                least, place = away[ahead[k]], k
    for i in range(m):
        if seen[i]:
            above[i] += least - reached[i]
    for k in range(left, n):
        below[ahead[k]] += away[ahead[k]] - least
    moved = min(demand[end], supply[start])
    column = end
    while came[column] != start:
        row = came[column]
        column = via[row]
        moved = min(moved, flow[row * n + column])
    column = end
    while came[column] != start:
        row = came[column]
        flow[row * n + column] += moved
        column = via[row]
        flow[row * n + column] -= moved
    flow[start * n + column] += moved
    supply[start] -= moved
    demand[end] -= moved
