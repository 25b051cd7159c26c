"""What is put to a model coder, and what of its answer counts: codes with words that stand in the turn, or a reason."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.coding.codebook import codebook
from therapyarc.coding.model_coder import (
    CodingBatch,
    Unread,
    batches,
    codes_for,
    has_words,
    lines,
    read_codes,
)
from therapyarc.domain import Missing, Turn

SAID = (
    ("therapist", "What was that like?"),
    ("client", "I’ve been  tired —\nand “fine”, they say."),
    ("therapist", "You’re worn out. What helps?"),
    ("client", "..."),
    ("client", "Nothing helps."),
    ("therapist", "Okay."),
    ("client", "Café, then home."),
)
TURNS = tuple(Turn(role=role, text=text) for role, text in SAID)  # type: ignore[arg-type]
BATCH = CodingBatch(session="s", role="therapist", turns=(0, 2, 5))


def answer(**turns: object) -> str:
    return json.dumps({name.removeprefix("t"): found for name, found in turns.items()})


def entry(code: str, evidence: str) -> dict[str, str]:
    return {"code": code, "evidence": evidence}


def test_codes_with_words_of_their_turn_are_read() -> None:
    text = answer(
        t0=[entry("open_question", "What was")],
        t2=[entry("reflect_emotion", "You're worn out"), entry("open_question", "What helps?")],
        t5=[],
    )
    found = read_codes(text, BATCH, TURNS)
    assert [[one.code for one in codes] for codes in found.values() if not isinstance(codes, Unread)] == [
        ["open_question"],
        ["reflect_emotion", "open_question"],
        [],
    ]
    assert read_codes(f"```json\n{text}\n```", BATCH, TURNS) == found


def test_white_space_quotation_marks_and_composed_accents_are_set_aside() -> None:
    batch = CodingBatch(session="s", role="client", turns=(1, 6))
    text = answer(t1=[entry("sustain", 'tired — and "fine"')], t6=[entry("event", "Cafe\u0301")])
    assert not any(isinstance(one, Unread) for one in read_codes(text, batch, TURNS).values())


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ([entry("open_question", "what was")], "does not stand in the turn"),
        ([entry("open_question", "You're worn out")], "does not stand in the turn"),
        ([entry("open_question", " ")], "does not stand in the turn"),
        ([entry("praise", "What was")], "no code 'praise'"),
        ([entry("change", "What was")], "no code 'change'"),
        ([{"code": "open_question"}], "no code with its evidence"),
        ([{"code": "open_question", "evidence": ["What"]}], "no code with its evidence"),
        (["open_question"], "no code with its evidence"),
        ("open_question", "no list"),
        ({"code": "open_question", "evidence": "What"}, "no list"),
        (None, "no list"),
    ],
)
def test_a_turn_with_a_fault_is_missing_and_its_neighbours_are_not(found: object, why: str) -> None:
    result = read_codes(answer(t0=found, t2=[], t5=[]), BATCH, TURNS)
    unread = result[0]
    assert isinstance(unread, Unread)
    assert unread.missing is Missing.UNREADABLE
    assert why in unread.why
    assert result[2] == result[5] == ()


def test_a_turn_left_out_is_missing_and_not_without_codes() -> None:
    result = read_codes(answer(t0=[], t2=[]), BATCH, TURNS)
    assert result[5] == Unread(missing=Missing.UNREADABLE, why="the turn was left out")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Missing.EMPTY),
        ("Turn 0 is an open question.", Missing.UNREADABLE),
        ("[]", Missing.UNREADABLE),
        ('{"0": [], "2": [], "5": []} and {"0": []}', Missing.UNREADABLE),
        ('{"0": [], "2": [], "5": [], "6": []}', Missing.UNREADABLE),
        ("[" * 100_000, Missing.UNREADABLE),
    ],
)
def test_an_answer_that_is_none_makes_every_turn_missing(text: str, reason: Missing) -> None:
    result = read_codes(text, BATCH, TURNS)
    assert set(result) == set(BATCH.turns)
    assert all(isinstance(one, Unread) and one.missing is reason for one in result.values())


def test_a_key_given_twice_is_no_answer() -> None:
    twice = read_codes('{"0": [], "0": [], "2": [], "5": []}', BATCH, TURNS)
    assert isinstance(twice[0], Unread)
    assert twice[2] == ()
    inner = '{"0": [{"code": "open_question", "code": "confront", "evidence": "What"}], "2": [], "5": []}'
    assert isinstance(read_codes(inner, BATCH, TURNS)[0], Unread)


TREES = st.recursive(st.none() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))


@given(st.text(max_size=60) | TREES.map(json.dumps))
def test_whatever_comes_every_turn_is_coded_or_missing_with_a_reason(text: str) -> None:
    result = read_codes(text, BATCH, TURNS)
    assert tuple(result) == BATCH.turns
    for one in result.values():
        assert isinstance(one, tuple) or one.why


def test_context_is_the_two_turns_before_each_and_nobody_is_named() -> None:
    shown = lines(CodingBatch(session="s", role="therapist", turns=(5,)), TURNS)
    assert [(line.turn, line.coded) for line in shown] == [(3, False), (4, False), (5, True)]
    assert {line.role for line in lines(BATCH, TURNS)} == {"Therapist", "Client"}
    assert all("\n" not in line.text for line in lines(BATCH, TURNS))
    examined = (Turn(role="examiner", text="Question 1"), Turn(role="therapist", text="Yes."))
    alone = CodingBatch(session="s", role="therapist", turns=(1,))
    assert [line.turn for line in lines(alone, examined)] == [1]


@given(st.integers(1, 9))
def test_batches_hold_every_turn_with_words_of_the_role_once_and_in_order(size: int) -> None:
    cut = batches("s", TURNS, "client", size=size, seed="1/c")
    assert [turn for batch in cut for turn in batch.turns] == [1, 4, 6]
    assert all(0 < len(batch.turns) <= size for batch in cut)
    assert not has_words(TURNS[3])


def test_a_batch_of_no_turns_is_refused() -> None:
    with pytest.raises(ValueError, match="size of 0"):
        batches("s", TURNS, "client", size=0, seed="1")


def test_the_order_of_codes_follows_the_seed_and_differs_between_batches() -> None:
    first, again = (batches("s", TURNS, "therapist", size=1, seed="1/c") for _ in range(2))
    assert first == again
    orders = {tuple(code.id for code in codes_for(batch)) for batch in first}
    assert len(orders) == len(first) == 3
    known = {code.id for code in codebook("therapist").codes} - {"empty"}
    assert all(set(order) == known for order in orders)
    assert codes_for(first[0].part(first[0].turns)) == codes_for(first[0])
