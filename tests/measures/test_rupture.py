"""Ruptures, repair and answers to resistance, counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.conversations import coded
from therapyarc.domain import Missing
from therapyarc.measures.rupture import (
    RUPTURES,
    RuptureEvent,
    answer_to_resistance,
    rupture,
    rupture_events,
)

CODES = {
    "C": [
        "rupture_withdrawal",
        "rupture_confrontation",
        "yes_but",
        "minimal_reply",
        "negative_feeling",
        "change",
    ],
    "T": ["repair", "validate", "autonomy", "confront", "teach", "plan", "open_question", "reflect_content"],
}


def test_repaired_at_the_second_reply() -> None:
    heard = coded(
        ("C", "Hm."),
        ("T", "Hm."),
        ("C rupture_withdrawal", "Fine."),
        ("T plan", "Then to the plan."),
        ("C rupture_withdrawal", "If you like."),  # the same strain
        ("T repair", "I went too fast."),
        ("C negative_feeling", "Yes, I felt rushed."),
        ("T", "Hm."),
    )
    assert rupture_events(heard) == [RuptureEvent(2, "withdrawal", 2, True, 3)]
    got = rupture(heard)
    assert got["rupture_withdrawals"] == 1
    assert got["rupture_confrontations"] == 0
    assert got["rupture_latency"] == 2
    assert got["rupture_repaired"] == 1
    assert got["rupture_missed"] == 0


def test_an_attempt_that_is_met_by_the_strain_again_repairs_nothing() -> None:
    heard = coded(
        ("C rupture_confrontation", "You're not listening."),
        ("T repair", "I went too fast."),
        ("C rupture_confrontation", "You are doing it again."),
        ("T", "Hm."),
        ("C", "Hm."),
        ("T", "Hm."),
        ("C", "Hm."),
    )
    assert rupture_events(heard) == [RuptureEvent(0, "confrontation", 1, False, 3)]
    got = rupture(heard)
    assert (got["rupture_repaired"], got["rupture_missed"], got["rupture_latency"]) == (0, 0, 1)


def test_missed_and_then_a_new_strain() -> None:
    silent = [("T", "Hm."), ("C", "Hm.")]
    heard = coded(
        ("C rupture_withdrawal", "Fine."),
        *silent * 3,
        ("T", "Hm."),
        ("C rupture_confrontation", "This isn't helping."),
        ("T validate", "No wonder that you are annoyed."),
        ("C", "I was, yes."),
    )
    events = rupture_events(heard)
    assert [(one.kind, one.latency, one.repaired) for one in events] == [
        ("withdrawal", 5, False),
        ("confrontation", 1, True),
    ]
    got = rupture(heard)
    assert got["rupture_missed"] == 1 / 2
    assert got["rupture_repaired"] == 1 / 2
    assert got["rupture_latency"] == 3


def test_a_strain_at_the_end_is_neither_missed_nor_repaired() -> None:
    heard = coded(("C", "Hm."), ("T", "Hm."), ("C", "Hm."), ("T", "Hm."), ("C rupture_withdrawal", "Fine."))
    got = rupture(heard)
    assert got["rupture_withdrawals"] == 1
    assert got["rupture_repaired"] is Missing.TOO_SHORT
    assert got["rupture_missed"] is Missing.TOO_SHORT
    assert got["rupture_latency"] is Missing.TOO_SHORT


@pytest.mark.parametrize(
    ("codes", "answer"),
    [
        ("reflect_content", "rolls"),
        ("autonomy", "rolls"),
        ("open_question", "rolls"),
        ("reflect_content advice_without_permission", "pushes"),
        ("confront", "pushes"),
        ("teach", "pushes"),
        ("acknowledge", "neither"),
        ("closed_question", "neither"),
    ],
)
def test_answers_to_resistance(codes: str, answer: str) -> None:
    assert answer_to_resistance(frozenset(codes.split())) == answer


def test_resistance_counted_by_hand() -> None:
    got = rupture(
        coded(
            ("C yes_but", "Yes, but."),
            ("T reflect_content", "You see it differently."),
            ("C argue", "No."),
            ("T confront", "That's an excuse."),
            ("C hopeless", "What's the use."),
            ("T acknowledge", "Okay."),
            ("C minimal_reply", "Yeah."),  # no open question before it: no resistance
            ("T teach", "Studies show it."),
        )
    )
    assert got["resistance_rolled"] == 1 / 3
    assert got["resistance_pushed"] == 1 / 3
    assert got["resistance_confronted"] == 1 / 3


def test_premature_advice_counted_by_hand() -> None:
    advice = ("T advice_without_permission", "You should go out.")
    listen = ("T reflect_content", "You stayed in.")
    got = rupture(
        coded(
            ("C", "Hm."),
            advice,  # before any listening: early
            ("C wish_for_advice", "What would you do?"),
            advice,  # asked for: not early
            ("C", "Hm."),
            listen,
            ("C", "Hm."),
            listen,
            ("C", "Hm."),
            listen,
            ("C", "Hm."),
            advice,  # after three turns of listening: not early
            ("C negative_feeling", "I am ashamed."),
            advice,  # straight upon a feeling: early
            ("C negative_feeling", "I am ashamed."),
            ("T reflect_emotion plan", "You are ashamed. What about one call?"),  # said back first: not early
        )
    )
    assert got["premature_advice"] == 2 / 8


def test_nothing_said_has_reasons_alone() -> None:
    assert set(rupture(coded()).values()) == {Missing.TOO_SHORT}
    one_sided = rupture(coded(("C rupture_withdrawal", "Fine.")))
    assert set(one_sided.values()) == {Missing.TOO_SHORT}


@given(
    st.lists(
        st.tuples(st.frozensets(st.sampled_from(CODES["C"])), st.frozensets(st.sampled_from(CODES["T"]))),
        max_size=12,
    ),
    st.booleans(),
)
def test_strains_are_in_order_apart_and_in_range(
    said: list[tuple[frozenset[str], frozenset[str]]], therapist_first: bool
) -> None:
    lines = [
        line
        for client, therapist in said
        for line in (("C " + " ".join(client), "Hm."), ("T " + " ".join(therapist), "Hm."))
    ]
    heard = coded(*([("T", "Hm."), *lines] if therapist_first else lines))
    events = rupture_events(heard)
    places = [one.place for one in events]
    assert places == sorted(set(places))
    assert all(not one.repaired or (one.latency or 9) <= 3 for one in events)
    got = rupture(heard)
    for one in RUPTURES.measures:
        value = got[one.name]
        if isinstance(value, Missing):
            continue
        assert one.low is not None
        assert one.low <= value
        assert one.high is None or value <= one.high
