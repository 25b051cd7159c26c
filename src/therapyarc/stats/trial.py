"""Courses of several arms from one baseline: differences at the end, and differences of these."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from therapyarc.stats.mixed import Contrast, Grouping, MixedFit, mixed_model

__all__ = ["TrialModel", "trial_model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialModel:
    """A fitted trial."""

    fit: MixedFit
    """The mixed model."""
    arms: int
    """Number of arms."""
    occasions: int
    """Number of occasions."""

    def difference(self, first: int, second: int, level: float = 0.95) -> Contrast:
        """Return arm `first` less arm `second` at the last occasion.

        Raises
        ------
        ValueError
            If there is no such arm, or both are the same.
        """
        for arm in (first, second):
            if not 0 <= arm < self.arms:
                raise ValueError(f"there is no arm {arm}; there are {self.arms}, from 0")
        if first == second:
            raise ValueError(f"an arm has no difference from itself; got {first} twice")
        weights = np.zeros(len(self.fit.names))
        for arm, sign in ((first, 1.0), (second, -1.0)):
            if arm:
                weights[self._last(arm)] += sign
        return self.fit.contrast(weights, level)

    def _last(self, arm: int) -> int:
        return self.occasions + arm * (self.occasions - 1) - 1


def trial_model(values: ArrayLike, arms: ArrayLike, *, cases: ArrayLike | None) -> TrialModel:
    """Fit y_dt = occasion_t + arm_d occasion_t (t > 0) + case + dyad + e with every value that there is.

    Constrained longitudinal model: the arms share one mean at the first occasion, where none has had anything, so that the
    first value serves as a covariate. Right where values are missing at random: whether one is missing depends on arm and
    on values seen before. All differences come from one fit, so that (A - N) - (A - C) is C - N to the last digit.

    Parameters
    ----------
    values
        Shape (dyads, occasions), NaN where missing.
    arms
        Arm of each dyad, whole numbers from 0 without a gap.
    cases
        Case of each dyad, a random factor; none where there are too few to be one.

    Raises
    ------
    SingularDesignError
        If the design cannot tell the effects apart, for example where nobody of an arm came to an occasion.
    ValueError
        If shapes differ, there are fewer than two arms or occasions, or a dyad has no value.

    References
    ----------
    Liang and Zeger 2000, Sankhya B 62:134; Lu 2010, Stat Med 29:1300.
    """
    y, arm = np.asarray(values, dtype=np.float64), np.asarray(arms)
    if y.ndim != 2 or arm.shape != (len(y),) or not y.size or y.shape[1] < 2:
        raise ValueError(
            f"needs values (dyads, two occasions or more) and an arm a dyad; got {y.shape}, {arm.shape}"
        )
    count = int(arm.max()) + 1
    if count < 2 or not np.isin(np.arange(count), arm).all():
        raise ValueError(
            f"needs two arms or more, numbered from 0 without a gap; got {sorted(set(arm.tolist()))}"
        )
    if np.isnan(y).all(axis=1).any():
        raise ValueError("each dyad needs a value; leave out those who never began")
    dyad, occasion = np.nonzero(~np.isnan(y))
    occasions = y.shape[1]
    later: NDArray[np.float64] = (occasion[:, None] == np.arange(1, occasions)).astype(np.float64)
    columns = [np.ones((len(dyad), 1)), later]
    names = ["first", *(f"occasion {t + 1}" for t in range(1, occasions))]
    for one in range(1, count):
        columns.append(later * (arm[dyad] == one)[:, None])
        names += [f"arm {one}: occasion {t + 1}" for t in range(1, occasions)]
    groupings = [] if cases is None else [Grouping(name="case", codes=np.asarray(cases)[dyad])]
    fit = mixed_model(
        y[dyad, occasion], np.hstack(columns), names, [*groupings, Grouping(name="dyad", codes=dyad)]
    )
    return TrialModel(fit=fit, arms=count, occasions=occasions)
