"""Repeats of a coder become what most found; half unreadable is missing."""

from therapyarc.coding.majority import majority
from therapyarc.domain import Missing
from therapyarc.domain.code import FoundCode, TurnCodes


def row(replicate: int, *codes: str, missing: Missing | None = None, coder: str = "m") -> TurnCodes:
    return TurnCodes(
        session="s", turn=0, role="therapist", coder=coder, version="1", replicate=replicate,
        codes=tuple(FoundCode(code=code) for code in codes), missing=missing,
    )  # fmt: skip


def test_more_than_half_of_the_readable_repeats_decide() -> None:
    (one,) = majority([row(1, "a", "b"), row(2, "a"), row(3, "a", "c", "c")])
    assert one.shares == {"a": 1.0, "b": 1 / 3, "c": 1 / 3}
    assert one.codes == {"a"}
    (even,) = majority([row(1, "a"), row(2)])
    assert even.codes == frozenset()
    (two_of_three,) = majority([row(1, "a"), row(2, "a"), row(3, missing=Missing.UNREADABLE)])
    assert two_of_three.codes == {"a"}
    assert (two_of_three.readable, two_of_three.repeats) == (2, 3)


def test_half_unreadable_is_missing_with_the_commonest_reason() -> None:
    rows = [row(1, "a"), row(2, "a"), row(3, missing=Missing.FAILED), row(4, missing=Missing.UNREADABLE)]
    (one,) = majority([*rows, row(5, missing=Missing.UNREADABLE), row(6, missing=Missing.UNREADABLE)])
    assert (one.missing, one.shares, one.codes) == (Missing.UNREADABLE, {}, frozenset())
    (half,) = majority(rows)
    assert half.missing is not None


def test_a_later_row_of_the_same_repeat_counts() -> None:
    (one,) = majority([row(1, missing=Missing.FAILED), row(1, "a")])
    assert one.codes == {"a"}


def test_coders_are_kept_apart() -> None:
    assert [one.coder for one in majority([row(1, coder="n"), row(1)])] == ["m", "n"]
