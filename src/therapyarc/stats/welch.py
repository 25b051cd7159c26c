"""The difference of two means whose groups need not vary alike."""

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["welch"]


def welch(x: ArrayLike, y: ArrayLike) -> tuple[float, float | None, float | None]:
    """Return mean of x less mean of y, its standard error, and Welch's degrees of freedom.

    se^2 = s_x^2 / n_x + s_y^2 / n_y and df = se^4 / ((s_x^2 / n_x)^2 / (n_x - 1) + (s_y^2 / n_y)^2 / (n_y - 1)); the last
    two are none where a group has one value or neither varies.

    Raises
    ------
    ValueError
        If a group is empty or holds a value that is not finite.

    References
    ----------
    Welch 1947, Biometrika 34:28.

    Examples
    --------
    >>> [round(one, 3) for one in welch([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])]
    [-2.0, 1.291, 2.941]
    """
    groups = [np.asarray(one, dtype=np.float64) for one in (x, y)]
    if any(not one.size or not np.isfinite(one).all() for one in groups):
        raise ValueError("each group needs values, and all of them finite")
    difference = float(groups[0].mean() - groups[1].mean())
    if min(map(len, groups)) < 2:
        return difference, None, None
    parts = [float(one.var(ddof=1)) / len(one) for one in groups]
    if sum(parts) <= 0:
        return difference, None, None
    lost = sum(part**2 / (len(one) - 1) for part, one in zip(parts, groups, strict=True))
    return difference, sqrt(sum(parts)), sum(parts) ** 2 / lost
