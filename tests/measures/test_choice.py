"""The parser of choice answers never guesses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.coding.options import read_choice
from therapyarc.domain import Item, Missing, Option, Scoring
from therapyarc.measures.choice import score

ITEM = Item(
    id="k",
    text="Which?",
    options=tuple(
        Option(id=name, text=text, correct=name == "c", credit=5 if name == "c" else 1 if name == "a" else 0)
        for name, text in zip("abcde", ("Sleep", "Rest", "Act first", "Wait", "Think"), strict=True)
    ),
)
ORDER = ("c", "a", "e", "b", "d")


@pytest.mark.parametrize(
    ("reply", "chosen"),
    [
        ("A", ("c",)),
        ("a", ("c",)),
        (" (B). ", ("a",)),
        ("**C**", ("e",)),
        ("The answer is A.", ("c",)),
        ("Answer: D", ("b",)),
        ("My final answer: option E", ("d",)),
        ("A. Act first", ("c",)),
        ("Act first", ("c",)),
        ('{"answer": "A"}', ("c",)),
        ('{\n "answer": "A"\n }', ("c",)),
        ("A, C", ("c", "e")),
        ("A and C", ("c", "e")),
    ],
)
def test_readable(reply: str, chosen: tuple[str, ...]) -> None:
    assert read_choice(reply, ITEM, ORDER) == chosen


@pytest.mark.parametrize(
    "reply",
    [
        "F",
        "A or B",
        "I think A, but B could be right too",
        "A. Sleep",
        "Not A",
        "42",
        '{"answer": 3}',
        "A A",
        "It depends.",
    ],
)
def test_unreadable_is_missing_and_never_a_guess(reply: str) -> None:
    assert read_choice(reply, ITEM, ORDER) is Missing.UNREADABLE


def test_empty() -> None:
    assert read_choice("  \n", ITEM, ORDER) is Missing.EMPTY


@given(st.text())
def test_any_unicode_is_read_or_missing(reply: str) -> None:
    result = read_choice(reply, ITEM, ORDER)
    assert isinstance(result, Missing) or set(result) <= set(ORDER)


def test_scoring_rules() -> None:
    def points(rule: str, *chosen: str) -> float:
        return score(chosen, ITEM, Scoring(rule=rule, points_per_item=5))  # type: ignore[arg-type]

    assert (points("single_best", "c"), points("single_best", "a")) == (5, 0)
    assert (points("partial_credit", "c"), points("partial_credit", "a"), points("partial_credit", "b")) == (
        5,
        1,
        0,
    )
    assert (points("per_option", "c"), points("per_option", "a"), points("per_option", "a", "c")) == (5, 3, 4)
