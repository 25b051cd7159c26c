"""Ridge-penalised multinomial logistic regression on few rows and many features, by the features' products alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

__all__ = ["Floats", "factor", "multinomial", "softmax", "steps_of"]

Floats = NDArray[np.float32]

_STEPS = 80


def softmax(z: Floats, axis: int = 1) -> Floats:
    """Return exp(z) over its sum along an axis, by row if none is given; shape as `z`."""
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


def steps_of(weights: Floats) -> Floats:
    """Return the size of one of 127 steps up to the largest weight of each column, shape (columns,)."""
    return np.asarray(np.abs(weights).max(axis=0, initial=0) / 127 + 1e-12, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Factor:
    """The Cholesky factor L of K = X X'; L has the same products as X, in as many columns as rows."""

    lower: Floats
    """L, shape (rows, rows)."""

    def rows(self, weights: Floats) -> Floats:
        """Return the weight of each training row, A with X'A = the ridge weights; `weights` belong to L's columns."""
        found = linalg.solve_triangular(self.lower, weights, lower=True, trans="T", check_finite=False)
        return np.asarray(found, dtype=np.float32)


def factor(products: Floats) -> Factor:
    """Factor the matrix of products of rows, shape (rows, rows); its diagonal is raised by a thousandth."""
    raised = products + 1e-3 * float(np.diag(products).mean()) * np.eye(len(products), dtype=np.float32)
    return Factor(np.asarray(linalg.cholesky(raised, lower=True, check_finite=False), dtype=np.float32))


def multinomial(x: Floats, target: Floats, weight: Floats, penalty: float) -> Floats:
    """Fit softmax(x b + c) to targets by L-BFGS.

    Minimises - sum_i w_i sum_k t_ik log p_ik / sum_i w_i + penalty |b|^2 / 2.

    Parameters
    ----------
    x
        Features, shape (rows, columns).
    target
        Share of each label, shape (rows, labels); rows sum to 1.
    weight
        Weight of each row, shape (rows,).
    penalty
        Ridge; the intercept is free.

    Returns
    -------
    Weights, shape (columns + 1, labels); the last row is the intercept.
    """
    columns, labels = x.shape[1], target.shape[1]
    share = (weight / weight.sum())[:, None].astype(np.float32)
    turned = np.ascontiguousarray(x.T)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        b = flat[: columns * labels].reshape(columns, labels).astype(np.float32)
        z = x @ b + flat[columns * labels :].astype(np.float32)
        z -= z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        miss = (np.exp(log_p) - target) * share
        slope = np.concatenate([(turned @ miss + penalty * b).ravel(), miss.sum(axis=0)])
        fit = -float((share * target * log_p).sum(dtype=np.float64))
        return fit + penalty * float((b**2).sum(dtype=np.float64)) / 2, slope.astype(np.float64)

    found = optimize.minimize(
        loss, np.zeros(labels * (columns + 1)), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}
    )
    return np.asarray(found.x.reshape(columns + 1, labels), dtype=np.float32)
