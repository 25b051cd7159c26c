"""Where a value lies among people's: inside or outside the middle 90 % of a reference group. No judgement of anybody."""

from collections.abc import Mapping
from typing import Literal

from therapyarc.domain import record
from therapyarc.stats.percentile import percentile

__all__ = ["AT", "Group", "Profile", "place", "profiles"]

Group = Literal["high-quality", "low-quality"]
"""Reference transcripts by the quality that the makers of their corpus gave them."""

AT = (0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 100.0)
"""Percentiles that a profile holds."""
_LOW, _MIDDLE, _HIGH = AT.index(5), AT.index(50), AT.index(95)


@record
class Profile:
    """One measure over the transcripts of a reference group."""

    n: int
    """Transcripts that have the measure."""
    mean: float
    """Mean."""
    sd: float
    """Standard deviation."""
    quantiles: tuple[float, ...]
    """The measure at the percentiles of `AT`."""

    def percentile(self, value: float) -> float:
        """Return the percentile of a value (see `therapyarc.stats.percentile`)."""
        return percentile(AT, self.quantiles, value)

    @property
    def low(self) -> float:
        """The 5th percentile."""
        return self.quantiles[_LOW]

    @property
    def median(self) -> float:
        """The median."""
        return self.quantiles[_MIDDLE]

    @property
    def high(self) -> float:
        """The 95th percentile."""
        return self.quantiles[_HIGH]


def profiles(data: object, group: Group) -> dict[str, Profile]:
    """Return the profiles of a group by measure, from `{groups: {GROUP: {measures: {NAME: [n, mean, sd, quantiles]}}}}`.

    Raises
    ------
    ValueError
        If the group is not there, or an entry lacks a figure or has quantiles that fall.
    """
    try:
        assert isinstance(data, Mapping)
        rows = data["groups"][group]["measures"]
        return {str(name): _profile(str(name), row) for name, row in rows.items()}
    except (AssertionError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"holds no profiles of {group} under groups: ... measures: ({error!r})") from error


def _profile(name: str, row: object) -> Profile:
    try:
        assert isinstance(row, list)
        n, mean, sd, quantiles = row
        profile = Profile(n=int(n), mean=float(mean), sd=float(sd), quantiles=tuple(map(float, quantiles)))
    except (AssertionError, TypeError, ValueError) as error:
        raise ValueError(f"profile of {name}: must be [n, mean, sd, quantiles], is {row!r}") from error
    if len(profile.quantiles) != len(AT) or list(profile.quantiles) != sorted(profile.quantiles):
        raise ValueError(
            f"profile of {name}: must have {len(AT)} quantiles that rise, has {profile.quantiles}"
        )
    return profile


def place(profile: Profile, value: float) -> Literal["below", "inside", "above"]:
    """Say where a value lies: `inside` from the 5th to the 95th percentile, both ends included."""
    if value < profile.low:
        return "below"
    return "above" if value > profile.high else "inside"
