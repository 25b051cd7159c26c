"""Where a value lies in a group of which only some quantiles are known."""

from collections.abc import Sequence
from math import isclose

import numpy as np

__all__ = ["percentile"]


def percentile(at: Sequence[float], quantiles: Sequence[float], value: float) -> float:
    """Return the percentile of a value from 0 to 100, linear between the known quantiles.

    Parameters
    ----------
    at
        Percentiles that are known, rising, from 0 to 100.
    quantiles
        The group's values there, rising; those within 1e-5 of the value, relatively, count as equal to it.
    value
        The value to place. Where it equals several quantiles, the middle of the first and the last is returned; 0 means
        below all of the group, 100 above all.
    """
    equal = [
        place
        for place, quantile in zip(at, quantiles, strict=True)
        if isclose(quantile, value, rel_tol=1e-5, abs_tol=1e-6)
    ]
    if equal:
        return (equal[0] + equal[-1]) / 2
    if value < quantiles[0]:
        return 0.0
    return 100.0 if value > quantiles[-1] else float(np.interp(value, quantiles, at))
