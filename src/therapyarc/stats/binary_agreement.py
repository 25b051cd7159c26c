"""Agreement of two coders on one code, from the table of their yes and no: closed forms, fast enough to resample."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["binary_ac1", "binary_kappa", "binary_raw"]


def _shares(table: ArrayLike) -> tuple[float, float, float] | None:
    """Return agreement and both coders' shares of yes; none where nothing was coded."""
    counts = np.asarray(table, dtype=np.float64)
    if counts.shape != (2, 2) or (counts < 0).any():
        raise ValueError(
            f"a table of two coders' no and yes has shape (2, 2) and no negative counts; got {counts.tolist()}"
        )
    n = counts.sum()
    if n == 0:
        return None
    return float(np.trace(counts) / n), float(counts[1].sum() / n), float(counts[:, 1].sum() / n)


def binary_raw(table: ArrayLike) -> float:
    """Share of targets on which two coders say the same.

    Parameters
    ----------
    table
        Counts, shape (2, 2): the first coder's no and yes by the second's.

    Returns
    -------
    From 0 to 1; `nan` where the table is empty.

    Raises
    ------
    ValueError
        If the table has another shape or negative counts.
    """
    shares = _shares(table)
    return float("nan") if shares is None else shares[0]


def binary_kappa(table: ArrayLike) -> float:
    """Cohen's kappa (po - pe) / (1 - pe), pe = p1 p2 + (1 - p1)(1 - p2), with p1 and p2 the coders' shares of yes.

    1 is full agreement, 0 chance; the table as in `binary_raw`. `nan` where the table is empty or both coders say the
    same of everything. The same as `weighted_kappa` unweighted.

    References
    ----------
    Cohen 1960, Educ Psychol Meas 20:37.
    """
    shares = _shares(table)
    if shares is None:
        return float("nan")
    observed, first, second = shares
    expected = first * second + (1 - first) * (1 - second)
    return (observed - expected) / (1 - expected) if expected < 1 else float("nan")


def binary_ac1(table: ArrayLike) -> float:
    """Gwet's AC1 (po - pe) / (1 - pe), pe = 2 p (1 - p), with p the mean of the coders' shares of yes.

    1 is full agreement, 0 chance; the table as in `binary_raw`. `nan` where the table is empty. The same as `gwet_ac`
    with the values 0 and 1.

    References
    ----------
    Gwet 2008, Br J Math Stat Psychol 61:29.
    """
    shares = _shares(table)
    if shares is None:
        return float("nan")
    observed, first, second = shares
    p = (first + second) / 2
    expected = 2 * p * (1 - p)
    return (observed - expected) / (1 - expected)
