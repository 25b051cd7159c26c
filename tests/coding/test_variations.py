"""Ways of saying the same: what each rule does, and what it leaves alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.coding.variations import NAMES, VARIATIONS, addressed

RULES = {one.id: one.change for one in VARIATIONS}


@pytest.mark.parametrize(
    ("rule", "said", "other"),
    [
        ("gender", "She told her mother, and her dog ran to her.", "He told his father, and his dog ran to him."),
        ("gender", "His wife left him.", "Her husband left her."),
        ("g_dropping", "I'm going out and singing in the evening.", "I'm goin' out and singin' in the evening."),
        ("aint", "It isn't mine and I haven’t seen it.", "It ain't mine and I ain't seen it."),
        ("negative_concord", "I don't want anything from anybody.", "I don't want nothing from nobody."),
        ("negative_concord", "I want anything.", "I want anything."),
        ("zero_copula", "You're late and they're gone.", "You late and they're gone."),
        ("zero_copula", "That's how it's been.", "That's how it's been."),
        ("levelling", "He doesn't know where we were.", "He don't know where we was."),
        ("contractions_said", "I'm going to stop. I was going to the shop.", "I'm gonna stop. I was going to the shop."),
        ("american_british", "My mom has a flat.", "My mum has a apartment."),
        ("no_articles", "The dog ate a bone.", "dog ate bone."),
        ("verbs_unmarked", "She drinks for two days.", "She drink for two day."),
        ("fillers", "I went to the shop", "I went um, to the you know, shop"),
        ("stammer", "I went to the shop", "I-I went to the shop"),
        ("typos", "I really want nothing else", "I rela" + "ly want nothing else"),
    ],
)  # fmt: skip
def test_each_rule(rule: str, said: str, other: str) -> None:
    assert RULES[rule](said) == other


def test_each_rule_is_shown_above() -> None:
    assert len(RULES) == len(VARIATIONS) == 13


@given(st.text(max_size=200))
def test_any_text_survives(text: str) -> None:
    for change in RULES.values():
        assert isinstance(change(text), str)


def test_gender_turned_round_twice_is_the_text_again() -> None:
    text = "She told him that his sister took her book."
    assert RULES["gender"](RULES["gender"](text)) == text


def test_people_are_spoken_to_by_name() -> None:
    assert addressed("How are you?", "Priya") == "Priya, how are you?"
    assert addressed("I see.", "Priya") == "Priya, I see."
    assert len({name for both in NAMES.values() for name in both}) == 2 * len(NAMES)
