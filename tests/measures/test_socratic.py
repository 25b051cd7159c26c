"""Socratic questioning, counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.conversations import coded
from therapyarc.domain import Missing
from therapyarc.measures.socratic import SOCRATIC, chains, question_step, socratic

STEP = ("T socratic", "And what do you make of the letter, then?")


@pytest.mark.parametrize(
    ("codes", "text", "before", "marks"),
    [
        ("acknowledge", "Okay.", "I am a fraud.", "leaves"),
        ("closed_question", "Was that on Tuesday?", "I am a fraud.", "question leaves"),
        ("open_question", "What was it like?", "I am a fraud.", "question open leaves"),
        ("open_question", "What makes you think so?", "I am a fraud.", "question open belief leaves"),
        (
            "open_question",
            "What makes you think of a fraud?",
            "I am a fraud.",
            "question open belief builds leaves",
        ),
        (
            "reflect_content open_question",
            "So it's you. What is the evidence?",
            "Yes.",
            "question open belief builds leaves",
        ),
        ("closed_question", "Don't you think a fraud would know?", "I am a fraud.", "question belief builds"),
        (
            "socratic confront",
            "That's nonsense. How would a fraud know?",
            "I am a fraud.",
            "question open belief builds",
        ),
    ],
)
def test_marks_of_a_question(codes: str, text: str, before: str, marks: str) -> None:
    step = question_step(frozenset(codes.split()), text, before)
    found = {name for name in ("question", "open", "belief", "builds", "leaves") if getattr(step, name)}
    assert found == set(marks.split())
    assert step.marks == len(found)
    assert step.whole == (len(found) == 5)


def test_a_chain_goes_on_over_a_reflection_and_ends_at_advice() -> None:
    heard = coded(
        ("C", "The letter says I failed."),
        STEP,
        ("C", "The letter came late."),
        ("T reflect_content", "It came late."),
        ("C", "And the letter was short."),
        STEP,
        ("C insight", "Maybe the letter is not about me."),
        ("T advice_without_permission", "You should frame it."),
        ("C", "The letter again."),
        STEP,
    )
    assert chains(heard, [1, 5, 9]) == [[1, 5], [9]]
    got = socratic(heard)
    assert got["socratic_steps"] == 3 / 5
    assert got["socratic_chain"] == 2
    assert got["socratic_answers_given"] == 1 / 5
    assert got["socratic_conclusions"] == 1
    assert got["socratic_marks"] == 5


def test_no_conclusion_where_the_client_draws_none_in_time() -> None:
    silent = [("T", "Hm."), ("C", "Hm.")]
    heard = coded(
        ("C", "The letter says I failed."),
        STEP,
        ("C", "The letter came late."),
        STEP,
        *[("C", "Hm."), ("T", "Hm.")] * 2,
        ("C insight", "Maybe the letter is not about me."),
        *silent,
    )
    assert socratic(heard)["socratic_conclusions"] == 0


def test_uptake_counted_by_hand() -> None:
    heard = coded(
        ("C", "The letter says I failed."),
        STEP,
        ("C", "That letter was never meant for me."),  # takes it up
        STEP,
        ("C yes_but", "Yes, but the letter said so."),  # resists
        STEP,
        ("C", "The letter."),  # under four words
        STEP,
        ("C change", "I could write to her myself."),  # turns to change
        STEP,
    )
    got = socratic(heard)
    assert got["socratic_steps"] == 4 / 5  # the last builds on nothing
    assert got["socratic_uptake"] == 2 / 4


def test_adaptation_counted_by_hand() -> None:
    heard = coded(
        ("T advice_without_permission", "You should go out."),
        ("C yes_but", "Yes, but."),
        ("T plan", "What about Tuesday?"),  # advice again
        ("C argue", "No."),
        ("T reflect_content", "You see it differently."),  # another kind
        ("C hopeless", "What's the use."),
        ("T open_question", "What would be of use?"),  # another kind
        ("C", "Hm."),
    )
    assert socratic(heard)["socratic_adaptation"] == 2 / 3


def test_nothing_said_has_reasons_alone() -> None:
    assert set(socratic(coded()).values()) == {Missing.TOO_SHORT}
    assert set(socratic(coded(*[("C yes_but", "Yes, but.")])).values()) == {Missing.TOO_SHORT}
    bare = socratic(coded(*[("T", "Hm."), ("C", "Hm.")] * 3))
    assert bare["socratic_steps"] == 0
    assert bare["socratic_chain"] == 0
    assert bare["socratic_uptake"] is Missing.TOO_SHORT


@given(
    st.lists(
        st.tuples(
            st.frozensets(st.sampled_from(["insight", "yes_but", "change"])),
            st.text(max_size=20),
            st.frozensets(st.sampled_from(["socratic", "open_question", "teach", "reflect_content"])),
            st.text(max_size=20),
        ),
        max_size=8,
    )
)
def test_any_session_is_in_range(said: list[tuple[frozenset[str], str, frozenset[str], str]]) -> None:
    lines = [
        line
        for client, words, therapist, answer in said
        for line in (("C " + " ".join(client), words), ("T " + " ".join(therapist), answer))
    ]
    got = socratic(coded(*lines))
    assert set(got) == {one.name for one in SOCRATIC.measures}
    for one in SOCRATIC.measures:
        value = got[one.name]
        if not isinstance(value, Missing):
            assert one.low is not None
            assert one.low <= value <= (one.high if one.high is not None else len(said))
