"""Words and markers of a turn: as the slower functions find them, and no marker lost to its triggers."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from therapyarc.measures import wording
from therapyarc.measures.wording import Marker, feelings, plain, said, stems
from therapyarc.text import FAMILIES, content_stems, feeling_words, words

MODULES = ("alliance", "disclosure", "empathy", "fidelity", "inference", "reciprocity", "socratic")


def markers() -> Iterator[tuple[str, Marker]]:
    for module in MODULES:
        held = vars(import_module(f"therapyarc.measures.{module}"))
        for name, value in held.items():
            if isinstance(value, Marker):
                yield f"{module}{name}", value
            for signs in value.values() if isinstance(value, dict) else ():
                if isinstance(found := getattr(signs, "words", None), Marker):
                    yield f"{module}{name}", found


@given(st.text(max_size=80))
def test_words_and_stems_are_those_of_the_text_package(text: str) -> None:
    assert said(text) == frozenset(words(text))
    assert stems(text) == frozenset(content_stems(text))


@given(
    st.lists(
        st.sampled_from(
            [*(word for members in FAMILIES.values() for word in members), "let", "'s", "up", "_", "I", "\n"]
        ),
        max_size=6,
    ),
    st.sampled_from([" ", "", "-", "'", ". "]),
    st.booleans(),
)
@example(["shame", "_"], "", False)
@example(["_", "shame", "_"], "", True)
@example(["wish you had", "_"], "", False)
def test_feelings_are_those_of_the_text_package(parts: list[str], between: str, loud: bool) -> None:
    text = between.join(parts)
    text = text.upper() if loud else text
    assert feelings(text) == {word.family for word in feeling_words(text)}


def test_stems_of_plain_english() -> None:
    text = "I'm walking to Lena's; she walked, and we don't talk of Walks."
    assert stems(text) == frozenset(content_stems(text))
    assert wording.count(text) == 12


def test_there_are_markers() -> None:
    assert len(list(markers())) > 30


@pytest.mark.parametrize("marker", [pytest.param(one, id=name) for name, one in markers()])
@settings(max_examples=50)
@given(data=st.data())
def test_whatever_matches_holds_a_trigger(marker: Marker, data: st.DataObject) -> None:
    """Texts are drawn from the pattern itself, so an alternative without a trigger is found."""
    alphabet = st.characters(min_codepoint=32, max_codepoint=126)
    found = data.draw(st.from_regex(marker.pattern, fullmatch=True, alphabet=alphabet))
    if marker.pattern.search(plain(found)):
        assert marker.within(found), found
