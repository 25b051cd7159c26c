"""The words that cue codes rest on stand in the turn to the letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.coding.cues import code_client, code_therapist
from therapyarc.coding.evidence import with_evidence


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("It’s no wonder that you’re tired.", "validate", "no wonder"),
        ("Okay. What was THAT like for you?", "open_question", "What was THAT like for you?"),
        ("You sound ashamed of it.", "reflect_emotion", "ashamed"),
        ("You’ve told me about the letters.", "reflect_content", "You’ve told me"),
    ],
)
def test_what_a_therapist_code_rests_on(text: str, code: str, words: str) -> None:
    acts = code_therapist(text).acts
    assert code in acts
    assert {one.code: one.evidence for one in with_evidence("therapist", text, acts)}[code] == words


def test_uptake_rests_on_the_word_that_was_taken_up() -> None:
    heard, said = "The letters came on Tuesday.", "So there was another letter."
    acts = code_therapist(said, heard).acts
    assert {one.code: one.evidence for one in with_evidence("therapist", said, acts, heard)}[
        "uptake"
    ] == "letter"


@given(
    st.text(max_size=120)
    | st.sampled_from(["I\u2019m so tired. Yes, but what\u2019s the use? \u0130 felt sad."])
)
def test_evidence_stands_in_the_turn_and_no_code_is_added(text: str) -> None:
    for role, codes in (
        ("client", code_client(text)),
        ("therapist", frozenset(code_therapist(text, text).acts)),
    ):
        found = with_evidence(role, text, codes, text)  # type: ignore[arg-type]  # a literal of the two
        assert {one.code for one in found} == codes
        assert all(one.evidence in text for one in found)
