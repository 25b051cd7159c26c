"""Empathy mechanisms and validation, counted by hand and held against people's levels."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.conversations import coded
from therapyarc.coding.codebook import codebook
from therapyarc.coding.cues import code_therapist
from therapyarc.domain import Missing
from therapyarc.measures.empathy import EMPATHY, Mechanisms, empathy, mechanisms, validation_level

DATA = Path(os.environ.get("THERAPYARC_DATA", "absent")) / "epitome"
CODES = [code.id for code in codebook("therapist").codes]


@pytest.mark.parametrize(
    ("codes", "text", "before", "expected"),
    [
        ("acknowledge", "Okay.", "", (0, 0, 0)),
        ("affirm", "You went although you were afraid.", "", (1, 0, 0)),
        ("acknowledge", "I'm so sorry that this happened.", "", (2, 0, 0)),
        ("self_disclose", "I felt moved just now.", "", (2, 0, 0)),
        ("acknowledge", "You're not alone with this.", "", (1, 0, 0)),
        ("reflect_content", "So you got as far as the door.", "", (0, 1, 0)),
        ("reflect_emotion", "You felt ashamed.", "", (0, 2, 0)),
        ("validate", "No wonder, after that.", "", (1, 1, 0)),
        ("open_question", "What happened then?", "The letter came.", (0, 0, 1)),
        ("open_question", "What was in the letter?", "The letter came.", (0, 0, 2)),
        ("closed_question", "Were you afraid?", "The letter came.", (0, 0, 2)),
        ("socratic", "How do you know?", "", (0, 0, 2)),
        ("reflect_need open_question", "It matters to you. What would you miss?", "", (0, 2, 1)),
    ],
)
def test_mechanisms_of_a_turn(codes: str, text: str, before: str, expected: tuple[int, int, int]) -> None:
    assert mechanisms(frozenset(codes.split()), text, before) == Mechanisms(*expected)


@pytest.mark.parametrize(
    ("codes", "text", "before", "level"),
    [
        ("", "", "", 0),
        ("empty", "", "", 0),
        ("dismiss validate", "It makes sense, but others have it worse.", "", 0),
        ("open_question", "What is the weather like?", "I was alone.", 0),
        ("open_question", "What was it like, alone?", "I was alone.", 1),
        ("acknowledge", "I see.", "", 1),
        ("reflect_content", "So you went home.", "", 2),
        ("reflect_emotion", "You were ashamed.", "I was so ashamed.", 2),
        ("reflect_emotion", "You were ashamed.", "I went red.", 3),
        ("reflect_need", "You want to be seen.", "", 3),
        ("validate", "After all those years it makes sense.", "", 4),
        ("validate", "Anyone would be tired.", "", 5),
        ("validate self_disclose", "Anyone would be; I would.", "", 6),
    ],
)
def test_level_of_validation_of_a_turn(codes: str, text: str, before: str, level: int) -> None:
    assert validation_level(frozenset(codes.split()), text, before) == level


def test_a_session_counted_by_hand() -> None:
    got = empathy(
        coded(
            ("C negative_feeling", "I was ashamed of the letter."),
            ("T reflect_emotion", "You were ashamed."),  # (0, 2, 0), level 2
            ("C negative_feeling", "And sad."),
            ("T closed_question", "Did you eat?"),  # (0, 0, 1), level 0, missed
            ("C", "No."),
            ("T validate", "No wonder."),  # (1, 1, 0), level 5
            ("C negative_feeling", "I am so tired."),
            ("T collude", "You're right, it will never end."),  # nothing, missed
        )
    )
    assert got == {
        "empathy_reactions": 1 / 4,
        "empathy_interpretations": 3 / 4,
        "empathy_explorations": 1 / 4,
        "empathy_missed": 2 / 3,
        "validation_level": 7 / 4,
        "validation_reached": 5,
        "validation_share": 1 / 4,
        "validated_invalid": 1 / 4,
    }


def test_two_turns_are_too_few() -> None:
    line = [("C", "Well."), ("T validate", "No wonder.")]
    assert set(empathy(coded(*line, *line)).values()) == {Missing.TOO_SHORT}
    assert empathy(coded(*line, *line, *line))["validation_share"] == 1


def test_what_the_codebook_calls_empathy_counts() -> None:
    """Every act that the codebook maps to a mechanism raises that mechanism, bare `acknowledge` (weak) apart."""
    fields = {"ER": "reactions", "IP": "interpretations", "EX": "explorations"}
    for code in codebook("therapist").codes:
        shown = mechanisms(frozenset({code.id}), "It is so.")
        mapped = [
            name for name in fields if name in code.maps.get("empathy", "") and code.id != "acknowledge"
        ]
        if code.id == "reflect_emotion":
            mapped.remove("ER")  # saying a feeling back is no feeling of the therapist's own
        for name in mapped:
            assert getattr(shown, fields[name]), (code.id, name)


@given(st.frozensets(st.sampled_from(CODES)), st.text(max_size=60), st.text(max_size=60))
def test_any_turn_has_levels_in_range(codes: frozenset[str], text: str, before: str) -> None:
    shown = mechanisms(codes, text, before)
    assert {shown.reactions, shown.interpretations, shown.explorations} <= {0, 1, 2}
    assert 0 <= validation_level(codes, text, before) <= 6
    assert {one.name for one in EMPATHY.measures} == set(empathy(coded(("C", before), ("T", text))))


@pytest.mark.skipif(
    not DATA.is_dir(), reason="EPITOME is absent; set THERAPYARC_DATA to the folder that holds epitome/"
)
@pytest.mark.parametrize(
    ("file", "field", "least"),
    [
        ("emotional-reactions", "reactions", 0.53),
        ("interpretations", "interpretations", 0.33),
        ("explorations", "explorations", 0.55),
    ],
)
def test_agreement_with_people_is_as_the_page_says(file: str, field: str, least: float) -> None:
    with (DATA / f"{file}-part.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    people = np.array([int(row["level"]) for row in rows])
    rules = np.array(
        [
            getattr(
                mechanisms(
                    frozenset(code_therapist(row["response_post"], row["seeker_post"]).acts),
                    row["response_post"],
                    row["seeker_post"],
                ),
                field,
            )
            for row in rows
        ]
    )
    f1 = [
        2 * ((people == level) & (rules == level)).sum() / ((people == level).sum() + (rules == level).sum())
        for level in range(3)
    ]
    assert least <= np.mean(f1) <= least + 0.06
