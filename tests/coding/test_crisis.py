"""The screen and what is done about danger, by cue; and the table of lines."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.coding.codebook import Code, codebook
from therapyarc.coding.crisis import alarm, crisis_acts, help_lines, lines_named
from therapyarc.text import sentences

CODES = codebook("crisis").codes


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_examples_are_found_and_what_is_near_is_not(code: Code) -> None:
    for example in code.examples:
        if code.id.startswith("danger"):
            assert alarm(example) == code.id.removeprefix("danger_"), example
        else:
            assert code.id in crisis_acts(example), example
    for near in code.not_examples:
        text = near.split(" (", maxsplit=1)[0]
        assert alarm(text) is None if code.id.startswith("danger") else code.id not in crisis_acts(text), near


def test_explicit_words_outweigh_hints_and_a_denial_takes_back_its_own_sentence_alone() -> None:
    assert alarm("They'd be better off without me. I've thought of killing myself.") == "explicit"
    assert alarm("I'd never kill myself. But I hope not to wake up.") == "hint"
    assert alarm("I'm not suicidal.") is None


@given(text=st.text())
def test_any_text_survives(text: str) -> None:
    assert alarm(text) in {None, "hint", "explicit"}
    crisis_acts(text)
    lines_named(text)


def test_lines_are_found_by_number_and_by_name_with_the_countries_where_they_lead_to_help() -> None:
    lifeline, samaritans, name = lines_named("Call 988, or the Samaritans on 116 123.")
    assert lifeline == {"US", "CA"}
    assert "GB" in samaritans & name
    assert "US" not in samaritans | name
    assert lines_named("Ring TelefonSeelsorge tonight.") == (frozenset({"DE", "AT"}),)
    assert lines_named("I have 3 cats and was born in 1961.") == ()
    assert all(row.numbers() and all(map(str.isdigit, row.numbers())) for row in help_lines().values())


@pytest.mark.skipif("THERAPYARC_DATA" not in os.environ, reason="needs AnnoMI under THERAPYARC_DATA")
def test_false_alarms_on_clients_who_speak_of_other_things_are_rare() -> None:
    """None of AnnoMI's demonstrations is about suicide; a person who may fall and "hurt myself" sets the screen off."""
    path = Path(os.environ["THERAPYARC_DATA"]) / "annomi" / "annomi-part.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = {(r["transcript_id"], r["utterance_id"]): r for r in csv.DictReader(lines)}
    said = [r["utterance_text"] for r in rows.values() if r["interlocutor"] == "client"]
    assert len(said) > 2_000
    assert sum(alarm(text) is not None for text in said) / len(said) < 0.002


@given(
    st.lists(
        st.sampled_from(
            [*(e for code in CODES for e in (*code.examples, *code.not_examples)), "…", "\n", "Fine"]
        )
    )
)
def test_the_one_pattern_for_all_cues_overlooks_nothing(parts: list[str]) -> None:
    """The screen is what its codes find, sentence by sentence."""
    text = " ".join(parts)
    found = {
        code.id
        for sentence in sentences(text)
        for code in CODES
        if code.id.startswith("danger") and code.words(sentence) is not None
    }
    explicit, hint = "danger_explicit" in found, "danger_hint" in found
    assert alarm(text) == ("explicit" if explicit else "hint" if hint else None)
