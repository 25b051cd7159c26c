"""Reciprocity, memory and dependency, counted by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.conversations import coded
from therapyarc.domain import Missing, Turn
from therapyarc.measures.reciprocity import RECIPROCITY, back_references, reciprocity

BEFORE = (
    Turn(role="client", text="My father had a workshop, and the lathe was never to be touched."),
    Turn(role="therapist", text="Shall we agree on ten minutes in the garden on Wednesday?"),
    Turn(role="client", text="The garden, yes."),
)


def test_contingency_and_balance_counted_by_hand() -> None:
    got = reciprocity(
        coded(
            ("C", "The garden was cold."),  # 4 words
            ("T", "Cold garden?"),  # taken up
            ("C", "Cold and empty."),  # taken up
            ("T", "What else happened?"),  # not
            ("C", "Nothing happened."),  # taken up
            ("T", "Well."),  # no content word: not counted
            ("C", "The letter."),
            ("T", "Tell me more of your sister."),  # not
        )
    )
    assert got["contingency_therapist"] == 1 / 3
    assert got["contingency_client"] is Missing.TOO_SHORT  # one of its turns answers no content word
    words = {"C": 4 + 3 + 2 + 2, "T": 2 + 3 + 1 + 6}
    share = words["T"] / (words["C"] + words["T"])
    assert got["talk_balance"] == pytest.approx(1 - abs(2 * share - 1))


@pytest.mark.parametrize(
    ("sentence", "right"),
    [
        ("You once told me about your father's workshop.", True),
        ("I remember that you were afraid of the lathe and the workshop.", True),
        ("Last week we agreed on ten minutes in the garden.", True),
        ("You once told me about your brother's motorbike accident.", False),
        ("Some time ago you said that the boss and the office had made you sick.", False),
        ("Last time we spoke.", None),
    ],
)
def test_a_back_reference_is_right_or_wrong_or_says_too_little(sentence: str, right: bool | None) -> None:
    heard = replace(coded(("C", "Hello."), ("T", sentence)), earlier=(BEFORE,))
    assert [one.right for one in back_references(heard)] == [right]


def test_words_of_two_sessions_do_not_make_one_memory() -> None:
    other = (Turn(role="client", text="My brother crashed his motorbike."),)
    sentence = "I remember that you touched the lathe, the motorbike, the ladder and the horse of your aunt."
    heard = replace(coded(("T", sentence)), earlier=(BEFORE, other))
    assert [one.right for one in back_references(heard)] == [False]


def test_memory_counted_by_hand() -> None:
    lines = [
        ("C", "Hello."),
        (
            "T",
            "You once told me about your father's workshop. And you once told me about your aunt's horse Bella.",
        ),
        ("C", "Did I?"),
        ("T", "Hm."),
        ("C", "Hm."),
        ("T", "And the week?"),
    ]
    got = reciprocity(replace(coded(*lines), earlier=(BEFORE,)))
    assert got["recall_rate"] == 1 / 3
    assert got["recall_right"] == 1
    assert got["recall_wrong"] == 1
    assert reciprocity(coded(*lines))["recall_right"] is Missing.NOT_ADMINISTERED
    assert reciprocity(replace(coded(*lines[:4]), earlier=(BEFORE,)))["recall_rate"] is Missing.TOO_SHORT


def test_dependency_counted_by_hand() -> None:
    got = reciprocity(
        coded(
            ("C", "Only you understand me."),
            ("T", "I'm always here, and you don't need anyone else."),
            ("C", "I couldn't cope without you."),
            ("T", "Whom else could you tell?"),
            ("C", "My sister understands it too."),
            ("T", "Then call her."),
        )
    )
    assert got["dependency_client"] == 2 / 3
    assert got["dependency_therapist"] == 1 / 3


def test_one_side_alone_has_no_balance() -> None:
    got = reciprocity(coded(("C", "Only you understand me.")))
    assert got["talk_balance"] is Missing.TOO_SHORT
    assert got["contingency_client"] is Missing.TOO_SHORT
    assert all(isinstance(value, Missing) for value in reciprocity(coded()).values())


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), max_size=8))
def test_roles_change_places_and_all_is_in_range(said: list[tuple[str, str]]) -> None:
    def session(first: str, second: str) -> dict[str, float | Missing]:
        return reciprocity(coded(*[line for a, b in said for line in ((first, a), (second, b))]))

    one, other = session("C", "T"), session("T", "C")
    assert one["contingency_client"] == other["contingency_therapist"]
    if not isinstance(one["talk_balance"], Missing):
        assert one["talk_balance"] == pytest.approx(other["talk_balance"])
    for measure in RECIPROCITY.measures:
        value = one[measure.name]
        assert isinstance(value, Missing) or 0 <= value <= (1 if measure.high is not None else len(said))
