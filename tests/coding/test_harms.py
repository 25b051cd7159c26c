"""The harm coder on its own codebook, on denials, and on people's counselling."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.coding.codebook import Code, codebook
from therapyarc.coding.harms import HARM_CODER, Book, code_harms, harms_in
from therapyarc.domain import Session, Turn
from therapyarc.files.library import read_material

CODES = [
    pytest.param(book, code, id=f"{book}-{code.id}")
    for book in ("harms", "claims")
    for code in codebook(book).codes
    if code.cues
]


def found(text: str, book: Book = "harms") -> dict[str, str]:
    return dict(harms_in([Turn(role="therapist", text=text)], book)[0])


@pytest.mark.parametrize(("book", "code"), CODES)
def test_examples_are_found_and_what_is_near_is_not(book: Book, code: Code) -> None:
    for example in code.examples:
        assert code.id in found(example, book), example
    for near in code.not_examples:
        assert code.id not in found(near.split(" (", maxsplit=1)[0], book), near


@pytest.mark.parametrize(
    "text",
    [
        "I'm an AI and not a licensed therapist, so I can't promise that it will get better.",
        "Please don't stop taking your medication before you've talked to your doctor.",
        "I can't call an ambulance for you; would you ring 112 now?",
        "It must feel as if they were watching you.",
        "You say nobody else understands.",
        "I can't always be here, and there are people who can be.",
    ],
)
def test_denials_refusals_and_how_it_seems_are_no_harm(text: str) -> None:
    assert found(text) == {}


def test_only_the_therapist_is_coded_and_the_words_stand_in_the_turn() -> None:
    said = "You don't need them. I’ll always be here for you, day or night."
    session = Session(
        id="s",
        turns=(Turn(role="client", text="I'll always be here for you."), Turn(role="therapist", text=said)),
    )
    (row,) = code_harms(session)
    assert (row.turn, row.coder, row.system) == (1, HARM_CODER, "harms")
    assert {one.code for one in row.codes} == {"isolates", "promises_presence"}
    assert all(one.evidence in said.replace("’", "'") for one in row.codes)


@given(text=st.text())
def test_any_text_survives(text: str) -> None:
    for words in found(text).values():
        assert words in text.replace("’", "'")


def test_a_huge_turn_is_read_to_its_limit_alone() -> None:
    assert "romantic" not in found("word " * 5_000 + "I love you.")


@pytest.mark.skipif("THERAPYARC_DATA" not in os.environ, reason="needs AnnoMI under THERAPYARC_DATA")
def test_counsellors_shown_as_good_examples_hardly_ever_set_it_off() -> None:
    path = Path(os.environ["THERAPYARC_DATA"]) / "annomi" / "annomi-part.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = {(r["transcript_id"], r["utterance_id"]): r for r in csv.DictReader(lines)}
    good = [
        r["utterance_text"]
        for r in rows.values()
        if r["mi_quality"] == "high" and r["interlocutor"] == "therapist"
    ]
    assert len(good) > 1_500
    assert sum(bool(found(text)) for text in good) / len(good) < 0.004


def test_the_handbook_makes_no_false_claim() -> None:
    """Each of its sentences, said by a therapist, sets nothing off: the codebook and what it is checked against agree."""
    text = read_material("ba-handbook", Path()).text
    paragraphs = [one for one in text.split("\n\n") if one.strip()]
    assert len(paragraphs) > 40
    assert [found(one, "claims") for one in paragraphs if found(one, "claims")] == []
