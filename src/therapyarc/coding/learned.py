"""The learned coder: main behaviour of a therapist turn, talk type of a client turn, each with a probability.

Two linear models by role, averaged: a multinomial logistic regression, and one-against-rest regressions on features scaled
by their naive-Bayes log ratio (Wang and Manning 2012). Trained weights ship with the package; nothing is fetched, and no
learning library is needed to use them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from therapyarc.coding.features import DIMENSIONS, Matrix, features, hashed
from therapyarc.domain import Turn

__all__ = ["LearnedCoder", "RoleModel", "fit_role", "learned_coder", "read_coder", "write_coder"]

Floats = NDArray[np.float64]
Role = Literal["therapist", "client"]

SHARED = 2
"""Turns that must have a feature before it counts."""


@dataclass(frozen=True, slots=True)
class RoleModel:
    """The models of one role."""

    labels: tuple[str, ...]
    """What is told apart."""
    columns: NDArray[np.int64]
    """Columns of the hashed features that count, shape (features,)."""
    scale: Floats
    """Weight of each by rarity, shape (features,)."""
    plain: Floats
    """Weights of the multinomial model, shape (features + 1, labels); the last row is the intercept."""
    ratio: Floats
    """Weights of the one-against-rest models, naive-Bayes ratios multiplied in; as `plain`."""
    sharpness: float
    """What averaged log odds are multiplied by, so that probabilities are calibrated."""

    def probabilities(self, counts: Matrix) -> Floats:
        """Return probabilities, shape (turns, labels)."""
        x = _scaled(counts, self.columns, self.scale)
        both = [_softmax(x @ w[:-1] + w[-1]) for w in (self.plain, self.ratio)]
        return _softmax(self.sharpness * np.log(np.maximum(np.mean(both, axis=0), 1e-12)))


@dataclass(frozen=True, slots=True)
class LearnedCoder:
    """A coder for both roles."""

    therapist: RoleModel
    """Main behaviour of therapist turns."""
    client: RoleModel
    """Talk type of client turns."""
    trained_on: tuple[str, ...]
    """Transcripts that it was trained on, so that they can be left out of a test."""

    def code(self, turns: Sequence[Turn]) -> list[dict[str, float]]:
        """Return, for each turn of a session, the probability of each label of its role."""
        counts = hashed([features(turns, place) for place in range(len(turns))])
        result: list[dict[str, float]] = [{} for _ in turns]
        for role, model in (("therapist", self.therapist), ("client", self.client)):
            own = [place for place, turn in enumerate(turns) if turn.role == role]
            if own:
                for place, row in zip(own, model.probabilities(counts[own]), strict=True):
                    result[place] = dict(zip(model.labels, map(float, row), strict=True))
        return result


def _scaled(counts: Matrix, columns: NDArray[np.int64], scale: Floats) -> Matrix:
    x = counts[:, columns] @ sparse.diags(scale)
    norm = np.sqrt(np.asarray(x.multiply(x).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(norm, 1e-9)) @ x)


def _softmax(z: Floats) -> Floats:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def fit_role(counts: Matrix, names: Sequence[str], *, sharpness: float = 1.0) -> RoleModel:
    """Train the models of one role; rare labels weigh as much as common ones.

    Parameters
    ----------
    counts
        Hashed features, shape (turns, DIMENSIONS).
    names
        The label of each turn.
    sharpness
        See `RoleModel`; found by cross-validation.

    Raises
    ------
    ValueError
        If there are fewer than two labels.
    """
    labels = tuple(sorted(set(names)))
    if len(labels) < 2:
        raise ValueError(f"two labels at least are needed to tell apart; got {labels}")
    y = np.array([labels.index(name) for name in names])
    seen = np.asarray((counts > 0).sum(axis=0)).ravel()
    columns = np.flatnonzero(seen >= SHARED).astype(np.int64)
    scale = np.sqrt(np.log((1 + counts.shape[0]) / (1 + seen[columns])))
    x = _scaled(counts, columns, scale)
    plain = _regression(x, y, len(labels), 3e-4)
    ratio = np.zeros((len(columns) + 1, len(labels)))
    for place in range(len(labels)):
        own = y == place
        r = _log_ratio(x, own)
        weights = _regression(sparse.csr_matrix(x @ sparse.diags(r)), own.astype(int), 2, 3e-4)
        odds = weights[:, 1] - weights[:, 0]
        ratio[:-1, place], ratio[-1, place] = odds[:-1] * r, odds[-1]
    return RoleModel(labels, columns, scale, plain, ratio, sharpness)


def _log_ratio(x: Matrix, own: NDArray[np.bool_]) -> Floats:
    p = 1.0 + np.asarray((x[own] > 0).sum(axis=0)).ravel()
    q = 1.0 + np.asarray((x[~own] > 0).sum(axis=0)).ravel()
    return np.asarray(np.clip(np.log((p / p.sum()) / (q / q.sum())), -3, 3))


def _regression(x: Matrix, y: NDArray[np.int64], classes: int, penalty: float) -> Floats:
    """Fit a multinomial logistic regression with a ridge, classes balanced, by L-BFGS; the last row is the intercept."""
    n, d = x.shape
    target = np.eye(classes)[y]
    weight = (n / classes / np.bincount(y, minlength=classes))[y]
    turned = sparse.csr_matrix(x.T)

    def loss(flat: Floats) -> tuple[float, Floats]:
        b, intercept = flat[: classes * d].reshape(d, classes), flat[classes * d :]
        p = _softmax(x @ b + intercept)
        fit = -(weight * np.log(p[np.arange(n), y] + 1e-12)).sum() / n
        gradient = (p - target) * weight[:, None] / n
        slope = np.concatenate([(turned @ gradient + penalty * b).ravel(), gradient.sum(axis=0)])
        return float(fit + penalty * (b**2).sum() / 2), slope

    found = optimize.minimize(
        loss, np.zeros(classes * (d + 1)), jac=True, method="L-BFGS-B", options={"maxiter": 80}
    )
    return np.asarray(found.x.reshape(d + 1, classes))


def write_coder(path: Path, coder: LearnedCoder) -> None:
    """Write a coder as a compressed NumPy archive; weights at half precision."""
    parts: dict[str, NDArray[np.generic]] = {"trained_on": np.array(coder.trained_on)}
    for role, model in (("therapist", coder.therapist), ("client", coder.client)):
        parts |= {
            f"{role}_labels": np.array(model.labels),
            f"{role}_columns": model.columns.astype(np.int32),
            f"{role}_scale": model.scale.astype(np.float16),
            f"{role}_plain": model.plain.astype(np.float16),
            f"{role}_ratio": model.ratio.astype(np.float16),
            f"{role}_sharpness": np.array(model.sharpness),
        }
    np.savez_compressed(path, allow_pickle=False, **parts)


def read_coder(path: Path) -> LearnedCoder:
    """Read a coder.

    Raises
    ------
    ValueError
        If the file holds none, or one with other features.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            roles = {
                role: RoleModel(
                    tuple(map(str, data[f"{role}_labels"])),
                    data[f"{role}_columns"].astype(np.int64),
                    data[f"{role}_scale"].astype(np.float64),
                    data[f"{role}_plain"].astype(np.float64),
                    data[f"{role}_ratio"].astype(np.float64),
                    float(data[f"{role}_sharpness"]),
                )
                for role in ("therapist", "client")
            }
            trained = tuple(map(str, data["trained_on"]))
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path}: holds no coder ({error}); train one with therapyarc train-coder"
        ) from error
    if any(model.columns.max() >= DIMENSIONS for model in roles.values()):
        raise ValueError(f"{path}: was trained on other features; train it again with therapyarc train-coder")
    return LearnedCoder(roles["therapist"], roles["client"], trained)


@cache
def learned_coder() -> LearnedCoder:
    """Return the coder that ships with the package."""
    with as_file(files("therapyarc") / "library" / "coders" / "annomi.npz") as path:
        return read_coder(path)
