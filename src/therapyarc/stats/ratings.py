"""The matrix of ratings that agreement and reliability share."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["rating_matrix"]


def rating_matrix(ratings: ArrayLike) -> NDArray[np.float64]:
    """Return ratings as a matrix of shape (targets, raters); `nan` is a missing rating.

    Raises
    ------
    ValueError
        If it has another number of dimensions.
    """
    matrix = np.asarray(ratings, dtype=np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"ratings must have the shape (targets, raters); got {matrix.shape}")
    return matrix
