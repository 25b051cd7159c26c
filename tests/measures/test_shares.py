"""Shares and means of few things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.domain import Missing
from therapyarc.measures.shares import difference, mean, share


@given(st.lists(st.booleans(), max_size=9), st.integers(0, 5))
def test_a_share_is_missing_below_the_least_and_counted_from_it_on(flags: list[bool], least: int) -> None:
    got = share(flags, least)
    if len(flags) < max(1, least):
        assert got is Missing.TOO_SHORT
    else:
        assert got == flags.count(True) / len(flags)


def test_a_mean_of_nothing_is_missing_even_where_nothing_is_enough() -> None:
    assert mean([], 0) is Missing.TOO_SHORT
    assert mean([2, 4], 2) == 3


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (0.5, 0.25, 0.25),
        (Missing.NOT_ADMINISTERED, Missing.TOO_SHORT, Missing.NOT_ADMINISTERED),
        (0.5, Missing.TOO_SHORT, Missing.TOO_SHORT),
    ],
)
def test_a_difference_keeps_the_first_reason(
    one: float | Missing, other: float | Missing, expected: float | Missing
) -> None:
    assert difference(one, other) == expected
