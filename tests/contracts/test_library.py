"""What every file of the library must hold."""

from collections import Counter
from pathlib import Path

import pytest

from therapyarc.files.library import instrument_ids, read_instrument, read_material

NAMES = instrument_ids()


@pytest.mark.parametrize("name", NAMES)
def test_instruments_are_valid_and_say_where_they_come_from(name: str) -> None:
    instrument = read_instrument(name, Path())
    assert instrument.id == name
    assert instrument.source.strip()
    assert instrument.licence in {"Apache-2.0", "public domain"}
    assert instrument.licence == "Apache-2.0" or "No permission required" in instrument.source


def test_knowledge_items() -> None:
    items = read_instrument("ba-knowledge", Path()).items
    assert len(items) == 20
    for item in items:
        assert len(item.options) == 5
        assert [option.credit for option in item.options if option.correct] == [5]
        assert all(option.credit < 5 for option in item.options if not option.correct)
        assert item.source
        assert item.rationale
    places = Counter(next(p for p, option in enumerate(item.options) if option.correct) for item in items)
    assert set(places.values()) == {4}


@pytest.mark.parametrize("place", range(5))
def test_length_of_options_gives_no_answer_away(place: int) -> None:
    """Whoever always takes the shortest, second shortest, … or longest option gets about what guessing gives."""
    items = read_instrument("ba-knowledge", Path()).items
    guessing = sum(option.credit for item in items for option in item.options) / 5
    ordered = [sorted(item.options, key=lambda option: len(option.text)) for item in items]
    assert abs(sum(options[place].credit for options in ordered) - guessing) <= 12


def test_vignettes_vary_and_have_keys() -> None:
    cases = read_instrument("ba-vignettes", Path()).cases
    assert len(cases) == 10
    for case in cases:
        assert case.key is not None
        assert len(case.key.thoughts) >= 3
        assert len(case.key.feelings) >= 3
        assert len(case.key.invalidating) >= 3
        assert 40 <= len(case.words.split()) <= 120
    for trait, least in (("culture", 6), ("severity", 4), ("resistance", 6), ("gender", 2)):
        assert len({case.traits[trait] for case in cases}) >= least
    ages = [int(case.traits["age"]) for case in cases]
    assert min(ages) < 20
    assert max(ages) > 70


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("rubric-")])
def test_rubrics_have_five_anchors(name: str) -> None:
    rubric = read_instrument(name, Path())
    assert [anchor.value for anchor in rubric.anchors] == [1, 2, 3, 4, 5]
    assert all(anchor.text and anchor.example for anchor in rubric.anchors)
    assert bool(rubric.rates) == (rubric.unit == "reply")


def test_the_handbook_and_its_controls() -> None:
    handbook, control = read_material("ba-handbook", Path()), read_material("beekeeping", Path())
    words = len(handbook.text.split())
    assert 2500 <= words <= 4000
    assert abs(len(control.text.split()) / words - 1) <= 0.02
    assert control.text.count("\n## ") == handbook.text.count("\n## ")
    for word in ("depress", "mood", "therap", "client", "empath", "avoidance", "reinforc"):
        assert word in handbook.text.lower()
        assert word not in control.text.lower()
    shuffled = handbook.shuffled(5)
    assert Counter(shuffled.split("\n\n")) == Counter(handbook.text.split("\n\n"))
    assert shuffled == handbook.shuffled(5)
    assert len({handbook.text, shuffled, handbook.shuffled(6)}) == 3
