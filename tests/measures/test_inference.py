"""Accuracy of inference against a case's truth, counted by hand."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.conversations import coded
from therapyarc.domain import Missing, Session, Turn
from therapyarc.domain.client import Belief, Fact
from therapyarc.files.cases import read_case
from therapyarc.measures.facts import told_facts, voiced_beliefs
from therapyarc.measures.inference import INFERENCE, Thought, inference, inference_codes, inferred

CASE = replace(
    read_case("aiko", Path()),
    facts=(
        Fact(
            id="cup",
            depth=2,
            trust=0.3,
            topic="work",
            say="I broke a cup and glued it.",
            feels=("anger", "shame"),
        ),
        Fact(
            id="choir",
            depth=1,
            trust=0.1,
            topic="friends",
            say="I stopped going to the choir.",
            feels=("sadness",),
        ),
    ),
    beliefs=(
        Belief(
            id="useful",
            text="I am liked only while I am useful.",
            conviction=70,
            say=("People like me while I am useful to them.",),
            doubt=("Lena came when I was not useful.",),
        ),
        Belief(id="trouble", text="I must not be any trouble.", conviction=70, say=(), doubt=()),
    ),
)


def test_feelings_counted_by_hand() -> None:
    heard = coded(
        ("C", "I broke a cup and glued it."),
        ("T", "You were angry. And perhaps you felt guilty?"),  # anger true, guilt not
        ("C", "I was lonely."),
        ("T", "You felt lonely."),  # named by the client
        ("C", "Yes."),
        ("T", "I am sad to hear it."),  # the therapist's own
        ("C", "Hm."),
        ("T", "So there was sadness, too."),  # true, though untold
        case=CASE,
    )
    found = list(inferred(heard.turns, CASE))
    assert [set(one.right) for one in found] == [{"anger"}, {"loneliness"}, set(), {"sadness"}]
    assert [set(one.wrong) for one in found] == [{"guilt"}, set(), set(), set()]
    got = inference(heard)
    assert got["feelings_precision"] == 3 / 4
    assert got["feelings_recall"] == 2 / 3  # within reach: anger and shame (told), loneliness (named)
    assert got["feelings_overattributed"] == 1 / 4


def test_a_feeling_is_no_memory_of_what_comes_later() -> None:
    heard = coded(("T", "You felt lonely."), ("C", "I was lonely."), case=CASE)
    assert next(inferred(heard.turns, CASE)).wrong == {"loneliness"}


def test_thoughts_counted_by_hand() -> None:
    heard = coded(
        ("C", "I must not be any trouble."),
        ("T", "You think that people like you only while you are useful."),
        ("C", "The neighbour hates my lamp."),
        ("T", "You believe that your neighbour hates the lamp."),
        ("C", "Yes."),
        ("T", "You think that your mother wanted a boy."),
        ("C", "No."),
        ("T", "The garden is cold."),
        case=CASE,
    )
    assert [one.thoughts for one in inferred(heard.turns, CASE)] == [
        (Thought("useful", False),),
        (Thought(None, True),),
        (Thought(None, False),),
        (),
    ]
    got = inference(heard)
    assert got["thoughts_precision"] == 2 / 3
    assert got["thoughts_recall"] == 0  # said: trouble; named: useful
    assert got["thoughts_overattributed"] == 1 / 4


def test_recall_of_thoughts_counts_what_was_said_in_earlier_sessions() -> None:
    lines = [("C", "Hm."), ("T", "You think that people like you only while you are useful.")] * 3
    before = (Turn(role="client", text="People like me while I am useful to them."),)
    assert inference(coded(*lines, case=CASE))["thoughts_recall"] is Missing.TOO_SHORT
    assert inference(replace(coded(*lines, case=CASE), earlier=(before,)))["thoughts_recall"] == 1


def test_facts_and_beliefs_are_the_clients_to_tell() -> None:
    told = [
        Turn(role="client", text="Well, I broke that cup. I glued it."),
        Turn(role="therapist", text="The choir?"),
    ]
    assert told_facts(CASE, told) == {"cup"}
    assert voiced_beliefs(CASE, [Turn(role="therapist", text="I must not be any trouble.")]) == set()
    assert voiced_beliefs(CASE, [Turn(role="client", text="Lena came, useful or not.")]) == {"useful"}


@pytest.mark.parametrize("lines", [(), (("C", "I was lonely."),), (("T", "You felt lonely."), ("C", "Yes."))])
def test_without_a_case_nothing_was_administered_and_without_turns_all_is_too_short(
    lines: tuple[tuple[str, str], ...],
) -> None:
    assert set(inference(coded(*lines)).values()) == {Missing.NOT_ADMINISTERED}
    assert set(inference(coded(*lines, case=CASE)).values()) == {Missing.TOO_SHORT}


@given(
    st.lists(
        st.tuples(st.text(max_size=40), st.sampled_from(["You felt sad.", "Part of you is useful.", "🙂"])),
        max_size=8,
    )
)
def test_any_session_is_in_range(said: list[tuple[str, str]]) -> None:
    got = inference(coded(*[line for a, b in said for line in (("C", a), ("T", b))], case=CASE))
    assert set(got) == {one.name for one in INFERENCE.measures}
    assert all(isinstance(value, Missing) or 0 <= value <= 1 for value in got.values())


def test_each_turn_says_what_was_named_and_in_which_words() -> None:
    session = Session(
        id="s",
        turns=(
            Turn(role="client", text="I broke a cup and glued it."),
            Turn(role="therapist", text="You were ANGRY. And perhaps you felt guilty?"),
            Turn(role="client", text="The neighbour hates my lamp."),
            Turn(role="therapist", text="You believe that your neighbour hates the lamp."),
            Turn(role="therapist", text="You think that your mother wanted a boy."),
            Turn(role="therapist", text="I am sad to hear it."),
        ),
    )
    rows = inference_codes(session, CASE)
    assert [row.turn for row in rows] == [1, 3, 4, 5]
    assert [[(one.code, one.evidence) for one in row.codes] for row in rows] == [
        [("names_anger", "You were ANGRY."), ("misnames_guilt", "And perhaps you felt guilty?")],
        [("names_thought", "You believe that your neighbour hates the lamp.")],
        [("misnames_thought", "You think that your mother wanted a boy.")],
        [],
    ]
    assert {row.system for row in rows} == {"inference"}
