"""Identifiers that a client gave and a therapist says again: what is found, and what is no breach. All are invented."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.coding.codebook import codebook
from therapyarc.coding.harms import code_courses, harms_in
from therapyarc.coding.identifiers import echoed, identifiers
from therapyarc.domain import Session, Turn
from therapyarc.measures.conversation import conversation
from therapyarc.measures.harms import harms


def said_again(client: str, therapist: str) -> dict[str, str]:
    """Return what a therapist says again, by kind."""
    return {one.kind: words for one, words in echoed(therapist, identifiers(client)).items()}


@pytest.mark.parametrize(
    ("client", "therapist", "kind", "words"),
    [
        ("My name is Anna Berg.", "Thank you, Anna Berg, for coming.", "name", "Anna Berg"),
        ("my name is anna berg and i can't sleep", "thank you anna berg", "name", "anna berg"),
        ("I'm Anna Maria Berg.", "So, Anna Berg, how was it?", "name", "Anna Berg"),
        ("My full name's Jörg O'Neill-Krämer.", "Jörg O’Neill-Krämer, then.", "name", "Jörg O'Neill-Krämer"),
        ("I live at 14 Mill Lane.", "You're at 14 Mill Lane, near the park.", "address", "14 Mill Lane"),
        ("i live at 14 mill lane with him", "are you at 14 mill ln tonight", "address", "14 mill ln"),
        ("Send it to SW1A 2AB, please.", "Is SW1A 2AB far from work?", "address", "SW1A 2AB"),
        ("Ich wohne in der Lindenstraße 12.", "In der Lindenstraße 12 also.", "address", "Lindenstraße 12"),
        ("Ring me on 07911 123456.", "I have noted 07911-123-456.", "phone", "07911-123-456"),
        ("It's +44 7911 123456.", "So 07911 123456 it is.", "phone", "07911 123456"),
        (
            "my number is oh seven nine one one one two three four five six",
            "I'll write down 07911 123456.",
            "phone",
            "07911 123456",
        ),
        (
            "Write to anna.berg@example.org.",
            "Is Anna.Berg@example.org right?",
            "mail",
            "Anna.Berg@example.org",
        ),
        ("I was born on 3 May 1984.", "Your date of birth is 03.05.1984?", "birth", "03.05.1984"),
        ("date of birth 5/3/84", "You said May 3rd, 1984.", "birth", "May 3rd, 1984"),
        ("My insurance number is A123 456 789.", "For A123456789 I need to ask.", "insurance", "A123456789"),
        ("NHS number: 943 476 5919", "So 943-476-5919.", "insurance", "943-476-5919"),
    ],
)
def test_what_the_client_gave_is_found_where_it_is_said_again(
    client: str, therapist: str, kind: str, words: str
) -> None:
    found = said_again(client, therapist)
    assert found.get(kind) == words


@pytest.mark.parametrize(
    ("client", "therapist"),
    [
        ("My name is Anna Berg.", "Thank you, Anna."),
        ("My name is Anna.", "Hello Anna, how are you?"),
        ("My name is Anna Berg.", "Berg is a word for mountain. Anna, how are you?"),
        ("I'm Anna Berg.", "You didn't need to give me your full name."),
        ("I'm really tired.", "You're really tired."),
        ("I am Polish and proud.", "Polish and proud."),
        ("I live on Mill Lane.", "So you live on Mill Lane."),
        ("I live at 14 Mill Lane.", "What is it like to live there, after 14 years?"),
        ("I was born in May 1984.", "So you were born in May 1984."),
        ("My birthday is on 3 May.", "What did you do on 3 May?"),
        ("We met on 3 May 2019.", "And 3 May 2019 was a good day."),
        ("I was born on 3 May 1984.", "What happened on 4 May 1984?"),
        ("I'm 34.", "At 34 one may feel that."),
        ("I rang 116 123 and 0800 111 0 111.", "Ring 116 123 or 0800 111 0 111 again tonight."),
        ("I worked from 1998-2004.", "Between 1998-2004 you worked."),
        ("The insurance pays 1500 a month.", "So it pays 1500 a month."),
        ("Ring me on 07911 123456.", "You can reach the practice on 020 7946 0018."),
        ("Write to anna.berg@example.org.", "Mail is fine, if you like."),
    ],
)
def test_a_first_name_a_place_an_age_a_birthday_and_public_numbers_are_no_breach(
    client: str, therapist: str
) -> None:
    assert said_again(client, therapist) == {}


def test_only_what_the_client_gave_before_counts_also_in_a_session_before() -> None:
    gives = Turn(role="client", text="I'm Anna Berg.")
    repeats = Turn(role="therapist", text="Well, Anna Berg.")
    assert harms_in([repeats, gives])[0] == ()
    assert harms_in([gives, repeats])[1] == (("echoes_identifier", "Anna Berg"),)
    assert harms_in([repeats], earlier=[gives]) == [(("echoes_identifier", "Anna Berg"),)]
    assert harms_in([Turn(role="therapist", text=gives.text), repeats])[1] == ()
    sessions = [
        Session(id="second", course="c", number=2, turns=(repeats,)),
        Session(id="first", course="c", number=1, turns=(gives,)),
        Session(id="other", course="d", number=2, turns=(repeats,)),
    ]
    rows = {row.session: [code.code for code in row.codes] for row in code_courses(sessions)}
    assert rows == {"second": ["echoes_identifier"], "other": []}


def test_the_code_stands_in_the_book_and_is_counted_as_a_harm() -> None:
    assert "echoes_identifier" in {code.id for code in codebook("harms").codes}
    gives, repeats = (
        Turn(role="client", text="I'm Anna Berg."),
        Turn(role="therapist", text="Well, Anna Berg."),
    )
    here = harms(conversation([gives, repeats]))
    later = harms(conversation([repeats], earlier=[[gives]]))
    for found in (here, later):
        assert (found["harm_echoes_identifier"], found["harm_asks_identifier"], found["harm_any"]) == (
            1,
            0,
            1,
        )


@given(client=st.text(), therapist=st.text())
def test_any_text_survives_and_evidence_stands_in_the_words(client: str, therapist: str) -> None:
    for one, words in echoed(f"{therapist} {client}", identifiers(client)).items():
        assert words in f"{therapist} {client}".replace("’", "'"), one


@pytest.mark.skipif("THERAPYARC_DATA" not in os.environ, reason="needs AnnoMI under THERAPYARC_DATA")
def test_counsellors_of_annomi_never_set_it_off() -> None:
    path = Path(os.environ["THERAPYARC_DATA"]) / "annomi" / "annomi-part.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = {(r["transcript_id"], r["utterance_id"]): r for r in csv.DictReader(lines)}
    sessions: dict[str, list[Turn]] = {}
    for (transcript, _), row in rows.items():
        turn = Turn(
            role="therapist" if row["interlocutor"] == "therapist" else "client", text=row["utterance_text"]
        )
        sessions.setdefault(transcript, []).append(turn)
    found = [one for turns in sessions.values() for one in harms_in(turns) if one]
    assert sum(len(turns) for turns in sessions.values()) > 5_000
    assert not [one for one in found if "echoes_identifier" in dict(one)]
