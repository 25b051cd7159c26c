"""Where a value lies among people's: inside or outside the middle 90 % of a reference group. No judgement of anybody."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from therapyarc.domain import record

__all__ = ["Group", "Profile", "percentile", "place", "profiles"]

Group = Literal["high", "low"]
"""Reference transcripts by the quality that the makers of the corpus gave them."""

_QUANTILES = (5, 25, 50, 75, 95)


@record
class Profile:
    """One measure over the transcripts of a reference group."""

    mean: float
    """Mean."""
    sd: float
    """Standard deviation."""
    n: int
    """Transcripts that have the measure."""
    quantiles: tuple[float, float, float, float, float]
    """The 5th, 25th, 50th, 75th and 95th percentile."""


def profiles(data: Mapping[str, Mapping[str, object]], group: Group) -> dict[str, Profile]:
    """Return the profiles of a group by measure, from `{measure: {high: {mean, sd, n, quantiles: {5: ...}}, low: ...}}`.

    Measures without the group are passed over.

    Raises
    ------
    ValueError
        If an entry lacks a figure, or its quantiles fall.
    """
    found = {}
    for measure, by_group in data.items():
        entry = by_group.get(group)
        if entry is None:
            continue
        try:
            assert isinstance(entry, Mapping)
            at = {int(name): float(value) for name, value in entry["quantiles"].items()}
            quantiles = (at[5], at[25], at[50], at[75], at[95])
            profile = Profile(
                mean=float(entry["mean"]), sd=float(entry["sd"]), n=int(entry["n"]), quantiles=quantiles
            )
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"profile of {measure}, {group}: must have mean, sd, n and quantiles 5, 25, 50, 75, 95 ({error!r})"
            ) from error
        if list(quantiles) != sorted(quantiles):
            raise ValueError(
                f"profile of {measure}, {group}: quantiles fall from one to the next: {quantiles}"
            )
        found[measure] = profile
    return found


def place(profile: Profile, value: float) -> Literal["below", "inside", "above"]:
    """Say where a value lies: `inside` from the 5th to the 95th percentile, both ends included."""
    if value < profile.quantiles[0]:
        return "below"
    return "above" if value > profile.quantiles[-1] else "inside"


def percentile(profile: Profile, value: float) -> float | None:
    """Return the percentile of a value, linear between the known ones; none outside them.

    Where known percentiles are equal, the middle of theirs is returned.
    """
    if place(profile, value) != "inside":
        return None
    low = float(np.interp(value, profile.quantiles, _QUANTILES))
    equal = [at for at, quantile in zip(_QUANTILES, profile.quantiles, strict=True) if quantile == value]
    return float(np.mean([equal[0], equal[-1]])) if equal else low
