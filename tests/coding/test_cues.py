"""The cue coder: a floor, held to the codebook's own examples and to what scripts planted."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.coding.codebook import codebook
from therapyarc.coding.cues import code_client, code_therapist
from therapyarc.dialogue.client.dynamics import coefficients
from therapyarc.dialogue.course import CoursePlan, hold
from therapyarc.dialogue.script import script_therapist
from therapyarc.files.cases import read_case

THERAPIST = [(code.id, text) for code in codebook("therapist").codes if code.cues for text in code.examples]
CLIENT = [(code.id, text) for code in codebook("client").codes if code.cues for text in code.examples]


@pytest.mark.parametrize(("code", "text"), [pair for pair in THERAPIST if not pair[1].startswith("(")])
def test_the_codebook_s_own_examples_are_found(code: str, text: str) -> None:
    assert code in code_therapist(text).acts


@pytest.mark.parametrize(("code", "text"), CLIENT)
def test_examples_of_clients_are_found(code: str, text: str) -> None:
    assert code in code_client(text)


def test_every_code_says_what_it_is_and_what_it_is_not() -> None:
    for book in (codebook("therapist"), codebook("client")):
        assert len({code.id for code in book.codes}) == len(book.codes)
        for code in book.codes:
            assert code.definition
            assert code.examples
            assert code.not_examples


@given(text=st.text(max_size=400), heard=st.text(max_size=100))
def test_any_unicode_is_coded_the_same_each_time(text: str, heard: str) -> None:
    coded = code_therapist(text, heard)
    assert coded.acts
    assert coded == code_therapist(text, heard)
    assert isinstance(code_client(text), frozenset)


def test_planted_acts_are_found_in_a_script_s_words() -> None:
    """Recall of planted acts by the coder, over codes that occur 20 times or more; a regression floor."""
    planted, found = Counter[str](), Counter[str]()
    for seed in range(12):
        plan = CoursePlan(
            course="c",
            sessions=(f"a{seed}", f"b{seed}"),
            exchanges=12,
            memory="summary",
            seed=seed,
            planted_acts=True,
        )
        therapist = script_therapist("skilled", {"q": 0.7})
        for one in asyncio.run(hold(plan, read_case("nadia", Path()), therapist, coefficients())):
            said = [turn.text for turn in one.session.turns]
            for turn in one.trace.turns:
                acts = code_therapist(said[2 * turn.exchange - 1], said[2 * turn.exchange - 2]).acts
                planted.update(turn.planted)
                found.update(act for act in turn.planted if act in acts)
    common = {act: found[act] / count for act, count in planted.items() if count >= 20 and act != "uptake"}
    assert len(common) >= 5
    assert sum(common.values()) / len(common) >= 0.8, common
