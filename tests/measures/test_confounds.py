"""Text confounds, counted by hand; readability against its formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.conversations import coded
from therapyarc.domain import Missing
from therapyarc.measures.confounds import CONFOUNDS, confounds, readability


def test_counted_by_hand() -> None:
    got = confounds(
        coded(
            ("C", "One two three."),
            ("T", "What? Who?!"),
            ("C", "Four."),
            ("T", "Where is it?"),
            ("C", "Five six, isn't it?"),
            ("T", "Yes."),
        )
    )
    assert got["session_words"] == 14
    assert got["words_client"] == 8
    assert got["words_therapist"] == 6
    assert got["turn_words_client"] == pytest.approx(8 / 3)
    assert got["turn_words_therapist"] == 2
    assert got["questions_therapist"] == 3
    assert got["questions_client"] == 1
    assert got["readability_client"] is Missing.TOO_SHORT


def test_readability_by_the_formula() -> None:
    text = "The dog ran home. " * 25  # 100 words, 325 letters, 25 sentences
    assert readability([text]) == pytest.approx(4.71 * 325 / 100 + 0.5 * 100 / 25 - 21.43)
    assert readability(["word " * 100]) == pytest.approx(
        4.71 * 4 + 0.5 * 100 - 21.43
    )  # one sentence without a mark
    assert readability(["word " * 99]) is Missing.TOO_SHORT


def test_longer_words_and_sentences_are_harder() -> None:
    easy, hard = readability(["Cats eat. " * 50]), readability(["Considerations notwithstanding " * 50])
    assert not isinstance(easy, Missing)
    assert not isinstance(hard, Missing)
    assert easy < hard


def test_one_side_alone() -> None:
    got = confounds(coded(("C", "One two three.")))
    assert got["session_words"] == 3
    assert got["words_therapist"] is Missing.TOO_SHORT
    assert set(confounds(coded()).values()) == {Missing.TOO_SHORT}


@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=60)), max_size=8))
def test_words_of_both_sides_are_those_of_the_session(said: list[tuple[str, str]]) -> None:
    got = confounds(coded(*[line for a, b in said for line in (("C", a), ("T", b))]))
    assert set(got) == {one.name for one in CONFOUNDS.measures}
    if len(said) >= 3:
        sides = [got["words_client"], got["words_therapist"]]
        assert not isinstance(sides[0], Missing)
        assert not isinstance(sides[1], Missing)
        assert got["session_words"] == sides[0] + sides[1]
