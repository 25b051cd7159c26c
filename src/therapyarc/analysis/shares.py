"""Shares of a study: exact where every case stands once, by drawing clusters where cases recur."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from therapyarc.analysis.estimates import estimate
from therapyarc.domain import SHARE, Estimate
from therapyarc.stats import Interval, clopper_pearson, cluster_bootstrap, rule_of_three

__all__ = ["share"]

DRAWS = 1000


def share(
    name: str, label: str, values: Sequence[bool], clusters: Sequence[str], seed: int, *, count_failures: bool
) -> Estimate:
    """Return the share of true values with its interval.

    Where every cluster stands once: Clopper-Pearson, or, where no failure was seen, the rule of three. Where clusters recur:
    percentile bootstrap of whole clusters; and if all values agree, exact on one value a cluster, since drawing them shows
    no spread. Without values there is no share.

    Parameters
    ----------
    values, clusters
        One each, in the same order.
    seed
        From which draws are made.
    count_failures
        Whether false values are the failures; otherwise true ones are.
    """
    n, count = len(values), sum(values)
    if n == 0:
        return Estimate(name=name, label=label, unit=SHARE, reason="no value")
    own: dict[str, list[bool]] = defaultdict(list)
    for value, cluster in zip(values, clusters, strict=True):
        own[cluster].append(value)
    if len(own) < n and 0 < count < n:
        sums = np.array([(sum(members), len(members)) for members in own.values()], dtype=float)
        rng = np.random.default_rng(seed)
        interval = cluster_bootstrap(
            lambda drawn: float(sums[drawn, 0].sum() / sums[drawn, 1].sum()), len(own), rng=rng, draws=DRAWS
        )
        if interval.low is not None:
            return estimate(name, label, interval, SHARE)
    units = len(own)
    found = _exact(count * units // n if 0 < count < n else units * (count > 0), units, count_failures)
    return estimate(name, label, replace(found, estimate=count / n), SHARE)


def _exact(count: int, n: int, count_failures: bool) -> Interval:
    """Return the exact interval, or the rule of three where there is no failure."""
    failures = n - count if count_failures else count
    if failures:
        return clopper_pearson(count, n)
    limit = rule_of_three(n)
    if not count_failures:
        return limit
    assert limit.high is not None
    return replace(
        limit, estimate=1.0, low=1 - limit.high, high=1.0, method=f"no failure in {n}; rule of three"
    )
