"""The ridge regression: by the products of rows alone it is the one on the features."""

import numpy as np
import pytest
from scipy import optimize

from therapyarc.coding.linear import factor, multinomial, softmax


def test_it_is_the_regression_that_a_general_minimiser_finds() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 5)).astype(np.float32)
    y = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 40)]
    weight = rng.uniform(0.5, 2, 40).astype(np.float32)

    def loss(flat: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
        b = flat.reshape(6, 3)
        z = x @ b[:-1] + b[-1]
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return float(-(weight[:, None] * y * log_p).sum() / weight.sum() + 0.05 * (b[:-1] ** 2).sum() / 2)

    found = optimize.minimize(loss, np.zeros(18), method="BFGS").x.reshape(6, 3)
    np.testing.assert_allclose(multinomial(x, y, weight, 0.05)[:-1], found[:-1], atol=2e-3)


def test_products_alone_give_the_same_predictions() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(30, 50)).astype(np.float32)
    new = rng.normal(size=(10, 50)).astype(np.float32)
    y = np.eye(2, dtype=np.float32)[(x[:, 0] > 0).astype(int)]
    weight = np.ones(30, dtype=np.float32)
    direct = multinomial(x, y, weight, 0.01)
    of = factor(x @ x.T)
    small = multinomial(of.lower, y, weight, 0.01)
    weights = x.T @ of.rows(small[:-1])
    np.testing.assert_allclose(
        softmax(new @ weights + small[-1]), softmax(new @ direct[:-1] + direct[-1]), atol=0.02
    )


def test_probabilities_sum_to_one_however_large_the_odds() -> None:
    assert softmax(np.array([[1e4, 0.0], [-1e4, 0.0]], dtype=np.float32)).sum() == pytest.approx(2.0)
