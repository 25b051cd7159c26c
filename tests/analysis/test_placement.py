"""Places among people's values: the middle 90 %, percentiles, and profiles that are not as they must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.analysis.placement import AT, Profile, place, profiles


def profile(*quantiles: float) -> Profile:
    return Profile(n=50, mean=0.0, sd=1.0, quantiles=quantiles)


EVEN = profile(*AT)  # a measure that is its own percentile


@given(value=st.floats(-50, 150))
def test_a_measure_that_is_its_own_percentile(value: float) -> None:
    assert EVEN.percentile(value) == pytest.approx(min(100, max(0, value)), rel=2e-5, abs=2e-6)
    assert (place(EVEN, value) == "inside") == (5 <= value <= 95)


def test_ends_are_inside_and_ties_take_the_middle() -> None:
    tied = profile(0, 0, 0, 0, 0.2, 0.5, 1, 1, 1)
    assert [place(tied, value) for value in (-0.1, 0, 1, 1.1)] == ["below", "inside", "inside", "above"]
    assert tied.percentile(0) == 12.5  # from 0 to the 25th
    assert tied.percentile(1) == 95
    assert tied.percentile(0.35) == pytest.approx(62.5)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "holds no profiles of high-quality"),
        ([], "holds no profiles of high-quality"),
        ({"groups": {"low-quality": {"measures": {}}}}, "holds no profiles of high-quality"),
        ({"groups": {"high-quality": {"measures": {"m": [1, 2, 3]}}}}, "profile of m: must be"),
        ({"groups": {"high-quality": {"measures": {"m": {"mean": 1}}}}}, "profile of m: must be"),
        ({"groups": {"high-quality": {"measures": {"m": [1, 2, 3, [1, 2]]}}}}, "9 quantiles that rise"),
        (
            {"groups": {"high-quality": {"measures": {"m": [1, 2, 3, [9, 8, 7, 6, 5, 4, 3, 2, 1]]}}}},
            "that rise",
        ),
    ],
)
def test_profiles_that_are_not_as_they_must_be(data: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        profiles(data, "high-quality")


def test_profiles_are_read_by_measure() -> None:
    rows = {"groups": {"low-quality": {"measures": {"m": [7, 50.0, 1.5, list(AT)]}}}}
    found = profiles(rows, "low-quality")["m"]
    assert (found.n, found.low, found.median, found.high) == (7, 5, 50, 95)
