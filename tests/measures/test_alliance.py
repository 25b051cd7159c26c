"""The alliance as behaviour, counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.conversations import coded
from therapyarc.coding.codebook import codebook
from therapyarc.domain import Missing
from therapyarc.measures.alliance import ALLIANCE, alliance

CODES = {
    who: [code.id for code in codebook(role).codes] for who, role in (("C", "client"), ("T", "therapist"))
}


def test_a_session_counted_by_hand() -> None:
    got = alliance(
        coded(
            ("C change", "Something has to change."),  # goal +1
            ("T reflect_need autonomy", "Hm."),  # goal +1
            ("C yes_but negative_feeling", "Yes, but it hurts."),  # task -1, bond +1
            ("T advice_without_permission", "You should go out."),  # task -1
            ("C rupture_withdrawal", "Whatever."),  # bond -1
            ("T repair validate", "Hm."),  # bond +1
            ("C insight", "Said like that."),  # task +1
            ("T confront", "Hm."),  # task -1, bond -1
        )
    )
    assert got["alliance_goal_therapist"] == 1 / 4
    assert got["alliance_task_therapist"] == -2 / 4
    assert got["alliance_bond_therapist"] == 0
    assert got["alliance_goal_client"] == 1 / 4
    assert got["alliance_task_client"] == 0
    assert got["alliance_bond_client"] == 0
    assert got["alliance_therapist"] == pytest.approx(-1 / 12)
    assert got["alliance_client"] == pytest.approx(1 / 12)
    assert got["alliance_gap"] == pytest.approx(-1 / 6)
    assert got["alliance_gap_goal"] == 0
    assert got["alliance_gap_task"] == -1 / 2


def test_a_sign_against_outweighs_one_for_it_in_the_same_turn() -> None:
    line = ("T validate dismiss", "It makes sense, but others have it worse.")
    assert alliance(coded(line, ("C", "Hm."), line, ("C", "Hm."), line))["alliance_bond_therapist"] == -1


@pytest.mark.parametrize(
    ("head", "text", "measure"),
    [
        ("T", "What would you like to get out of this?", "alliance_goal_therapist"),
        ("T", "Does that make sense to you?", "alliance_task_therapist"),
        ("C", "My goal is to sleep.", "alliance_goal_client"),
        ("C", "I'll try that on Tuesday.", "alliance_task_client"),
        ("C", "Thank you for listening.", "alliance_bond_client"),
    ],
)
def test_words_count_where_codes_are_silent(head: str, text: str, measure: str) -> None:
    other = ("C" if head == "T" else "T", "Hm.")
    assert alliance(coded((head, text), other, (head, text), other, (head, text)))[measure] == 1


def test_a_short_answer_to_a_closed_question_is_no_resistance() -> None:
    closed = [("T closed_question", "On Tuesday?"), ("C minimal_reply", "Yeah.")]
    opened = [("T open_question", "What was it like?"), ("C minimal_reply", "Yeah.")]
    assert alliance(coded(*closed * 3))["alliance_task_client"] == 0
    assert alliance(coded(*opened * 3))["alliance_task_client"] == -1


def test_one_side_alone_has_its_own_index_and_no_gap() -> None:
    got = alliance(coded(("C change", "I want to."), ("T", "Hm."), ("C", "Hm."), ("T", "Hm."), ("C", "Hm.")))
    assert got["alliance_goal_client"] == 1 / 3
    assert got["alliance_goal_therapist"] is Missing.TOO_SHORT
    assert got["alliance_gap_goal"] is Missing.TOO_SHORT
    assert got["alliance_gap"] is Missing.TOO_SHORT
    assert set(alliance(coded()).values()) == {Missing.TOO_SHORT}


@given(
    st.lists(
        st.tuples(
            st.frozensets(st.sampled_from(CODES["C"])),
            st.text(max_size=20),
            st.frozensets(st.sampled_from(CODES["T"])),
            st.text(max_size=20),
        ),
        max_size=6,
    )
)
def test_the_gap_is_the_difference_and_all_is_in_range(
    said: list[tuple[frozenset[str], str, frozenset[str], str]],
) -> None:
    lines = [
        line
        for client, words, therapist, answer in said
        for line in (("C " + " ".join(client), words), ("T " + " ".join(therapist), answer))
    ]
    got = alliance(coded(*lines))
    for one in ALLIANCE.measures:
        value = got[one.name]
        assert one.low is not None
        assert one.high is not None
        assert isinstance(value, Missing) or one.low <= value <= one.high
    sides = [got["alliance_therapist"], got["alliance_client"]]
    if len(said) >= 3:
        assert not isinstance(sides[0], Missing)
        assert not isinstance(sides[1], Missing)
        assert got["alliance_gap"] == sides[0] - sides[1]
