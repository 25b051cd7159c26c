"""Talk statistics, counted by hand."""

import pytest

from fakes.conversations import coded
from therapyarc.domain import Missing
from therapyarc.measures.talk import TALK, talk

DIALOGUE = coded(
    ("T open_question", "What was it like?"),
    ("C negative_feeling", "I was ashamed"),
    ("T reflect_emotion closed_question", "You were ashamed. Did she see?"),
    ("C negative_feeling", "Yes and I went red"),
    ("T advice_without_permission", "Try to breathe."),
    ("C", "one two three four five six seven eight nine ten"),
    ("T reflect_content", "You counted."),
    ("C negative_feeling", "I was afraid"),
    ("T socratic", "How do you know?"),
    ("C", "I do not."),
    ("T reflect_content reflect_need", "You want to know."),
    ("C", "Yes."),
)


def test_counted_by_hand() -> None:
    assert talk(DIALOGUE) == {
        "turns": 12,
        "therapist_share": pytest.approx((4 + 6 + 3 + 2 + 4 + 4) / (23 + 3 + 5 + 10 + 3 + 3 + 1)),
        "open_question_share": 2 / 3,
        "reflection_to_question": 1.0,
        "complex_reflection_share": 2 / 3,
        "reflect_given_emotion": 1 / 3,
        "solve_given_emotion": 1 / 3,
        "initiative_client": 1 / 3,
    }


def test_neighbours_of_nothing_are_too_short() -> None:
    assert set(talk(coded()).values()) == {Missing.TOO_SHORT}
    one_sided = talk(coded(*[("C negative_feeling", "I am sad.")]))
    assert one_sided["turns"] == 1
    assert one_sided["therapist_share"] == 0
    assert all(one_sided[one.name] is Missing.TOO_SHORT for one in TALK.measures[2:])


def test_two_questions_are_too_few_for_a_share_and_three_are_enough() -> None:
    lines = [("T open_question", "What then?"), ("C", "Nothing.")]
    assert talk(coded(*lines, *lines))["open_question_share"] is Missing.TOO_SHORT
    assert talk(coded(*lines, *lines, *lines))["open_question_share"] == 1


def test_risk_is_asked_about_by_a_question() -> None:
    lines = [("T risk_inquiry", "Do you think of killing yourself?"), ("C", "No.")]
    assert talk(coded(*lines, *lines, *lines))["open_question_share"] == 0
