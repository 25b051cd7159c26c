"""Exact transport between small bags of words in numpy alone: many problems of like size in step.

Slower than `compiled` and independent of it: nothing is cancelled, and paths are found by relaxing all arcs at once.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["distances"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
_CELLS = 100_000
"""Cells of cost that are worked on at once."""
_TINY = 1e-12
"""Shortening of a path that counts as none."""


def distances(
    words: Whole, counts: Whole, starts: Whole, first: Whole, second: Whole, between: Floats
) -> Floats:
    """Return the Word Mover's Distance of each pair of bags; parameters as in `compiled.distances`."""
    sizes = np.diff(starts)
    swap = sizes[first] > sizes[second]
    rows, columns = np.where(swap, second, first), np.where(swap, first, second)
    totals = np.diff(np.concatenate([[0], np.cumsum(counts)])[starts])
    result = np.empty(len(first))
    for chunk in _chunks(sizes[rows], sizes[columns]):
        a, b = rows[chunk], columns[chunk]
        row_words, row_counts = _padded(words, counts, starts, a)
        column_words, column_counts = _padded(words, counts, starts, b)
        least = _least_cost(
            between[row_words[:, :, None], column_words[:, None, :]],
            row_counts * totals[b][:, None],
            column_counts * totals[a][:, None],
        )
        result[chunk] = least / (totals[a] * totals[b])
    return result


def _chunks(rows: Whole, columns: Whole) -> Iterator[NDArray[np.intp]]:
    """Yield places of pairs of like size, no more than fit in `_CELLS`."""
    classes = np.ceil(np.log2(rows)).astype(int) * 64 + np.ceil(2 * np.log2(columns)).astype(int)
    order = np.argsort(classes, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(classes[order])) + 1):
        if len(group):
            room = max(1, _CELLS // int(rows[group].max() * columns[group].max()))
            for start in range(0, len(group), room):
                yield group[start : start + room]


def _padded(words: Whole, counts: Whole, starts: Whole, bags: Whole) -> tuple[Whole, Whole]:
    """Return words and counts of bags, shape (bags, largest); what is filled up has word 0 and count 0."""
    sizes = starts[bags + 1] - starts[bags]
    place = np.arange(sizes.max())
    inside = place < sizes[:, None]
    at = np.where(inside, starts[bags][:, None] + place, 0)
    return np.where(inside, words[at], 0), np.where(inside, counts[at], 0)


def _least_cost(cost: Floats, supply: Whole, demand: Whole) -> Floats:
    """Return the least cost of each transport, shape (problems,); cost (problems, rows, columns)."""
    result = np.zeros(len(cost))
    open_ = np.arange(len(cost))
    flow = _started(cost, supply, demand)
    while True:
        if not (left := supply.any(axis=1)).all():
            result[open_[~left]] = (flow[~left] * cost[~left]).sum(axis=(1, 2))
            open_, cost, flow = open_[left], cost[left], flow[left]
            supply, demand = supply[left], demand[left]
        if not len(open_):
            return result
        _augment(cost, supply, demand, flow)


def _started(cost: Floats, supply: Whole, demand: Whole) -> Whole:
    """Return what goes to each column from the row next to it: cheapest for all that it moves."""
    every, flow = np.arange(len(cost)), np.zeros(cost.shape, dtype=np.int64)
    nearest = cost.argmin(axis=1)
    for column in range(cost.shape[2]):
        row = nearest[:, column]
        moved = np.minimum(supply[every, row], demand[:, column])
        flow[every, row, column] = moved
        supply[every, row] -= moved
        demand[:, column] -= moved
    return flow


def _augment(cost: Floats, supply: Whole, demand: Whole, flow: Whole) -> None:
    """Move what fits along a shortest path of each problem."""
    away, came, via = _paths(cost, supply, flow)
    every = np.arange(len(cost))
    end = np.where(demand > 0, away, np.inf).argmin(axis=1)
    moved = demand[every, end]
    steps: list[tuple[Whole, Whole, Whole, Whole]] = []
    lanes, column = every, end
    while True:
        row = came[lanes, column]
        earlier = via[lanes, row]
        steps.append((lanes, row, column, earlier))
        origin = earlier < 0
        source = lanes[origin]
        moved[source] = np.minimum(moved[source], supply[source, row[origin]])
        lanes, row, column = lanes[~origin], row[~origin], earlier[~origin]
        if not len(lanes):
            break
        moved[lanes] = np.minimum(moved[lanes], flow[lanes, row, column])
    for lanes, row, column, earlier in steps:
        flow[lanes, row, column] += moved[lanes]
        origin = earlier < 0
        supply[lanes[origin], row[origin]] -= moved[lanes[origin]]
        flow[lanes[~origin], row[~origin], earlier[~origin]] -= moved[lanes[~origin]]
    demand[every, end] -= moved


def _paths(cost: Floats, supply: Whole, flow: Whole) -> tuple[Floats, Whole, Whole]:
    """Return the distance of each column from any row that gives, and the way: row before a column, column before a row."""
    reached = np.where(supply > 0, 0.0, np.inf)
    through = reached[:, :, None] + cost
    came = through.argmin(axis=1)
    away = through.min(axis=1)
    via = np.full(supply.shape, -1)
    used = flow > 0
    while True:
        back = np.where(used, away[:, None, :] - cost, np.inf)
        nearest = back.min(axis=2)
        closer = nearest < reached - _TINY
        if not closer.any():
            return away, came, via
        reached = np.where(closer, nearest, reached)
        via = np.where(closer, back.argmin(axis=2), via)
        through = reached[:, :, None] + cost
        nearest = through.min(axis=1)
        closer = nearest < away - _TINY
        if not closer.any():
            return away, came, via
        away = np.where(closer, nearest, away)
        came = np.where(closer, through.argmin(axis=1), came)
