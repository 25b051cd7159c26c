"""Disclosure, counted by hand, and against the facts of a case."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.conversations import coded
from therapyarc.domain import Missing, Turn
from therapyarc.files.cases import read_case
from therapyarc.measures.disclosure import DISCLOSURE, Disclosed, disclosed, disclosure

CASE = read_case("aiko", Path())
TOLD = {fact.id: fact for fact in CASE.facts}


@pytest.mark.parametrize(
    ("codes", "text", "kinds", "depth"),
    [
        ("", "It was raining.", (0, 0, 0), 0),
        ("", "I was there.", (0, 0, 0), 0),
        ("", "I was in the house for most of it.", (1, 0, 0), 1),
        ("", "I was at my sister's for most of last week.", (2, 0, 0), 1),
        ("event", "I lost it.", (2, 0, 0), 1),
        ("", "I guess so.", (0, 1, 0), 1),
        ("", "I think my sister was right about last week.", (2, 1, 0), 2),
        ("negative_feeling", "I was annoyed.", (0, 0, 1), 2),
        ("negative_feeling", "I was ashamed.", (0, 0, 2), 2),
        ("negative_feeling", "I think I was ashamed.", (0, 1, 2), 3),
        ("", "I'm such a failure.", (0, 2, 0), 3),
        ("risk_cue", "They'd be better off without me.", (0, 2, 0), 3),
        ("negative_feeling", "She was ashamed.", (0, 0, 0), 0),
    ],
)
def test_what_a_turn_tells(codes: str, text: str, kinds: tuple[int, int, int], depth: int) -> None:
    told = disclosed(frozenset(codes.split()), text)
    assert told == Disclosed(*kinds)
    assert told.depth == depth


def test_a_session_counted_by_hand() -> None:
    said = [
        "It was raining.",
        "I guess so.",
        "I was annoyed.",
        "It was raining.",
        "I'm such a failure.",
        "I was ashamed.",
    ]
    met = ["", "", "reflect_emotion", "affirm", "validate", ""]
    lines = [
        line for text, codes in zip(said, met, strict=True) for line in (("C", text), (f"T {codes}", "Hm."))
    ]
    got = disclosure(coded(*lines))
    depths = [0, 1, 2, 0, 3, 2]
    assert got["disclosure_depth"] == sum(depths) / 6
    assert got["disclosure_deepest"] == 3
    assert got["disclosure_thoughts"] == 3 / 6
    assert got["disclosure_feelings"] == 3 / 6
    assert got["disclosure_information"] == 0
    # Slope: sum of (place - 2.5) * depth is 0 - 1.5 - 1 + 0 + 4.5 + 5 = 7, by 17.5, over five steps.
    assert got["disclosure_slope"] == pytest.approx(7 / 17.5 * 5)
    assert got["disclosure_reciprocity"] == pytest.approx(2 / 3 - 1 / 3)
    assert got["facts_told"] is Missing.NOT_ADMINISTERED
    assert got["facts_depth"] is Missing.NOT_ADMINISTERED


def test_facts_told_now_and_before() -> None:
    before = (Turn(role="client", text=TOLD["job"].say), Turn(role="therapist", text="Hm."))
    now = [
        ("C", TOLD["job"].say),
        ("T", "Hm."),
        ("C", f"Well. {TOLD['angry'].say}"),
        ("T", TOLD["school"].say),
    ]
    got = disclosure(replace(coded(*now, case=CASE), earlier=(before,)))
    assert got["facts_told"] == 2 / len(CASE.facts)
    assert got["facts_depth"] == TOLD["angry"].depth
    alone = disclosure(coded(*now, case=CASE))
    assert alone["facts_depth"] == (TOLD["angry"].depth + TOLD["job"].depth) / 2
    nothing_new = disclosure(replace(coded(*now[:2], case=CASE), earlier=(before,)))
    assert nothing_new["facts_told"] == 1 / len(CASE.facts)
    assert nothing_new["facts_depth"] is Missing.TOO_SHORT


def test_nothing_said_has_reasons_alone() -> None:
    assert all(isinstance(value, Missing) for value in disclosure(coded()).values())
    assert all(isinstance(value, Missing) for value in disclosure(coded(case=CASE)).values())


@given(
    st.lists(
        st.sampled_from(["It rained.", "I guess so.", "I was sad.", "I'm useless."]), min_size=6, max_size=12
    )
)
def test_the_slope_changes_its_sign_when_the_session_runs_backwards(said: list[str]) -> None:
    def slope(texts: list[str]) -> float:
        lines = [line for text in texts for line in (("C", text), ("T", "Hm."))]
        value = disclosure(coded(*lines))["disclosure_slope"]
        assert not isinstance(value, Missing)
        return value

    assert slope(said) == pytest.approx(-slope(said[::-1]))


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), max_size=8))
def test_any_session_is_in_range(said: list[tuple[str, str]]) -> None:
    lines = [line for one, other in said for line in (("C", one), ("T validate", other))]
    got = disclosure(coded(*lines, case=CASE))
    for one in DISCLOSURE.measures:
        value = got[one.name]
        assert one.low is not None
        assert one.high is not None
        assert isinstance(value, Missing) or one.low <= value <= one.high
