"""Fidelity to behavioural activation: each element not done, done, and done well, by small dialogues."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.conversations import coded
from therapyarc.coding.codebook import codebook
from therapyarc.domain import Missing
from therapyarc.measures.fidelity import ELEMENTS, FIDELITY, fidelity

REST = (("T", "Hm."), ("C", "Hm."), ("T", "Hm."), ("C", "Hm."), ("T", "Hm."))
"""So that three therapist turns are there."""

Lines = tuple[tuple[str, str], ...]

DONE: dict[str, Lines] = {
    "rationale": (("T teach", "When we do less, there is less to lift us."), ("C yes_but", "Yes, but.")),
    "mood_activity": (("T open_question", "How was your mood while you cooked?"), ("C", "Fine.")),
    "functional_analysis": (
        ("T open_question", "What happened just before that?"),
        ("C", "The phone rang."),
        ("T open_question", "And what did you do?"),
        ("C", "Nothing."),
    ),
    "values": (
        ("T", "What matters to you?"),
        ("C", "My sister."),
        *REST,
        ("C", "Hm."),
        ("T plan", "A call?"),
        ("C", "Yes."),
    ),
    "graded_step": (("T plan", "What about a smaller step?"), ("C", "Yes.")),
    "scheduled": (("T plan", "What about a walk on Wednesday?"), ("C", "Yes.")),
    "feasibility": (("T feasibility", "How sure are you?"), ("C hopeless", "What's the use.")),
    "barriers": (("T open_question", "What could get in the way?"), ("C", "Rain.")),
    "monitoring": (("T", "Could you write it down?"), ("C", "Yes.")),
    "homework_review": (
        ("T homework_review", "What became of the walk?"),
        ("C", "I went."),
        ("T plan", "So."),
    ),
    "approach": (
        ("T", "You stayed in bed and avoid the phone."),
        ("C", "Yes."),
        ("T plan", "Ring her."),
        ("C", "No."),
    ),
    "risk_check": (
        ("C risk_cue", "They'd be better off without me."),
        ("T", "Hm."),
        ("C", "Hm."),
        ("T risk_inquiry", "Do you think of killing yourself?"),
        ("C", "No."),
    ),
}
WELL: dict[str, Lines] = {
    "rationale": (
        ("T teach closed_question", "When we do less, there is less to lift us. Is it so for you?"),
        ("C", "It is."),
    ),
    "mood_activity": (
        ("T open_question", "How was your mood while you cooked?"),
        ("C", "It was lighter for a while."),
    ),
    "functional_analysis": (
        ("T open_question", "What happened just before that?"),
        ("C", "The phone rang."),
        ("T open_question", "And what did you do?"),
        ("C", "Nothing."),
        ("T open_question", "What did that spare you?"),
        ("C", "The talk."),
    ),
    "values": (("T", "What matters to you?"), ("C", "My sister."), ("T plan", "A call?"), ("C", "Yes.")),
    "graded_step": (("T plan", "What about a smaller step, ten minutes?"), ("C", "Yes.")),
    "scheduled": (("T plan", "What about a walk on Wednesday?"), ("C", "At ten, round the park.")),
    "feasibility": (("T feasibility", "How sure are you?"), ("C", "Seven.")),
    "barriers": (
        ("T open_question", "What could get in the way?"),
        ("C", "Rain."),
        ("T", "If it rains, you could walk through the market."),
    ),
    "monitoring": (("T", "Could you write it down each evening, with your mood?"), ("C", "Yes.")),
    "homework_review": (
        ("T homework_review", "What became of the walk?"),
        ("C", "I went."),
        ("T reflect_content", "You went."),
    ),
    "approach": (
        ("T", "You stayed in bed and avoid the phone."),
        ("C", "Yes."),
        ("T plan open_question", "What about ringing her first?"),
        ("C", "Perhaps."),
    ),
    "risk_check": (
        ("C risk_cue", "They'd be better off without me."),
        ("T risk_inquiry", "Do you think of killing yourself?"),
        ("C risk_cue", "I don't want to be here."),
        ("T referral", "Then your doctor should know today."),
    ),
}


@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize(
    ("lines", "level"), [({}, 0), (DONE, 1), (WELL, 2)], ids=["not done", "done", "done well"]
)
def test_levels_of_each_element(element: str, lines: dict[str, Lines], level: int) -> None:
    own = lines.get(element, (("C", "Hm."),))
    rest = REST if own[-1][0].startswith("C") else (("C", "Hm."), *REST)
    assert fidelity(coded(*own, *rest))[f"ba_{element}"] == level


def test_adherence_and_competence_counted_by_hand() -> None:
    got = fidelity(coded(*DONE["feasibility"], *WELL["graded_step"], *REST))
    assert got["ba_feasibility"] == 1
    assert got["ba_graded_step"] == 2
    assert got["ba_adherence"] == 2 / 12
    assert got["ba_competence"] == 1 / 2


def test_a_yes_to_the_question_of_risk_that_is_passed_over_is_not_done_well() -> None:
    asked = ("T risk_inquiry", "Do you think of killing yourself?")
    got = fidelity(
        coded(asked, ("C risk_cue", "I don't want to be here."), ("T plan", "A walk?"), ("C", "Hm."), *REST)
    )
    assert got["ba_risk_check"] == 1


def test_blame_at_homework_review_is_not_done_well() -> None:
    lines = (
        ("T homework_review confront", "You did not do it again."),
        ("C", "No."),
        ("T reflect_content", "No."),
    )
    assert fidelity(coded(*lines, ("C", "Hm."), *REST))["ba_homework_review"] == 1


def test_nothing_done_has_no_competence_and_two_turns_have_nothing() -> None:
    assert set(fidelity(coded(*REST[:3])).values()) == {Missing.TOO_SHORT}
    got = fidelity(coded(*REST))
    assert got["ba_adherence"] == 0
    assert got["ba_competence"] is Missing.TOO_SHORT
    assert set(fidelity(coded()).values()) == {Missing.TOO_SHORT}


CODES = [code.id for code in codebook("therapist").codes]


@given(
    st.lists(
        st.tuples(st.frozensets(st.sampled_from(CODES)), st.text(max_size=40), st.text(max_size=40)),
        max_size=8,
    )
)
def test_adherence_is_the_share_of_levels_above_nought(said: list[tuple[frozenset[str], str, str]]) -> None:
    lines = [line for codes, one, other in said for line in (("T " + " ".join(codes), one), ("C", other))]
    got = fidelity(coded(*lines))
    assert set(got) == {one.name for one in FIDELITY.measures}
    if len(said) < 3:
        assert set(got.values()) == {Missing.TOO_SHORT}
        return
    levels = [got[f"ba_{element}"] for element in ELEMENTS]
    assert set(levels) <= {0, 1, 2}
    assert got["ba_adherence"] == sum(level != 0 for level in levels) / 12
    if any(levels):
        assert got["ba_competence"] == levels.count(2) / sum(level != 0 for level in levels)
