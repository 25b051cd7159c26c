"""Masking by rule: its recall on synthetic lines, as the decision record states it, and what must not be touched."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from therapyarc.text import words
from therapyarc.text.masking import Mask

MARK = re.compile(r"\{\{(.+?)\}\}")
LINES = [
    line
    for line in (Path(__file__).parent / "masking.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
RECORD = Path(__file__).parents[2] / "docs" / "decisions" / "0010-masking.md"
TITLES = {"Mr", "Aunt"}


def gone(part: str, text: str) -> bool:
    return not re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text)


def recall() -> tuple[dict[str, tuple[int, int]], list[str]]:
    masked = Mask().masked([MARK.sub(r"\1", line) for line in LINES])
    counts = {"names": (0, 0), "contacts": (0, 0)}
    over = []
    for line, text in zip(LINES, masked, strict=True):
        for span in MARK.findall(line):
            if span in TITLES:
                continue
            kind = "contacts" if re.search(r"\d|@|www| at |oh seven", span) else "names"
            found = all(gone(part, text) for part in re.findall(r"[\w@.+'’]+", span))
            counts[kind] = (counts[kind][0] + found, counts[kind][1] + 1)
        over += [word for word in re.findall(r"\w+", MARK.sub(" ", line)) if gone(word, text)]
    return counts, over


def test_the_recall_is_what_the_record_states() -> None:
    counts, over = recall()
    stated = RECORD.read_text(encoding="utf-8")
    for kind, (found, planted) in counts.items():
        assert f"{found} of {planted} {kind}" in stated
    assert f"{len(over)} words" in stated


def test_a_name_has_one_placeholder_throughout_and_it_is_one_word() -> None:
    said = [
        "I told Priya, and Tom heard it.",
        "Priya? You told Priya.",
        "Tom's dog. Write to a@b.org or a@b.org.",
    ]
    masked = Mask().masked(said)
    assert masked[1] == "[Name1]? You told [Name1]."
    assert masked[2] == "[Name2]'s dog. Write to [Email1] or [Email1]."
    assert [len(words(a)) for a in said[:2]] == [len(words(b)) for b in masked[:2]]


def test_told_names_are_masked_in_small_letters_too() -> None:
    assert Mask(names=("Lucy Van Pelt",)).masked(["i'm lucy, lucy van pelt"]) == [
        "i'm [Name1], [Name1] [Name2] [Name3]"
    ]


def test_a_language_that_writes_nouns_with_capitals_keeps_them() -> None:
    said = ["Ich habe die Arbeit verloren und am Abend war der Kopf voller Sorgen und die Wohnung leer."] * 5
    assert Mask().masked(said) == said


@given(st.lists(st.text(max_size=80), max_size=6))
def test_any_text_survives_and_texts_stay_as_many(texts: list[str]) -> None:
    masked = Mask().masked(texts)
    assert len(masked) == len(texts)
    assert Mask().masked(texts) == masked
