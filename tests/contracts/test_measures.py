"""What every measure must hold: repeatable, in range, missing with a reason, invariances, any Unicode."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from therapyarc.domain import Instrument, Missing, Role, Session, Turn
from therapyarc.domain.measure import Invariance
from therapyarc.files.cases import read_case
from therapyarc.files.library import read_instrument
from therapyarc.measures import (
    ITEM_MEASURES,
    Conversation,
    Family,
    ItemMeasure,
    RegistryError,
    conversation,
    every_measure,
    families,
    registry,
    violations,
)

INSTRUMENTS = {
    "choice": read_instrument("ba-knowledge", Path()),
    "survey": read_instrument("stigma", Path()),
    "open": read_instrument("ba-vignettes", Path()),
}
REPLIES = ["A", "B.", "I hear you. What was that like?", "Not readable at all"]


def session(instrument: Instrument, reply: str) -> Session:
    item = instrument.items[0]
    turns = (Turn(role="therapist", text=reply),) if reply.strip() else ()
    return Session(
        id="0" * 16,
        instrument=instrument.id,
        item=item.id,
        options=tuple(option.id for option in item.options),
        turns=turns,
        missing=None if turns else Missing.EMPTY,
    )


CASES = [
    pytest.param(m, INSTRUMENTS[kind], id=f"{m.measure.name}-{kind}")
    for m in ITEM_MEASURES
    for kind in m.applies
]


@pytest.mark.parametrize(("measure", "instrument"), CASES)
@given(reply=st.one_of(st.sampled_from(REPLIES), st.text()))
def test_repeatable_and_in_range(measure: ItemMeasure, instrument: Instrument, reply: str) -> None:
    subject = session(instrument, reply)
    value = measure.compute(subject, instrument)
    assert value == measure.compute(subject, instrument)
    if not isinstance(value, Missing):
        low, high = measure.measure.low, measure.measure.high
        assert low is None or low <= value
        assert high is None or value <= high


@pytest.mark.parametrize(("measure", "instrument"), CASES)
@pytest.mark.parametrize("reason", list(Missing))
def test_a_missing_session_keeps_its_reason(
    measure: ItemMeasure, instrument: Instrument, reason: Missing
) -> None:
    subject = replace(session(instrument, "A"), missing=reason)
    assert measure.compute(subject, instrument) is reason


@pytest.mark.parametrize(("measure", "instrument"), CASES)
@pytest.mark.parametrize("reply", REPLIES)
def test_stated_invariances(measure: ItemMeasure, instrument: Instrument, reply: str) -> None:
    changes = {"outer white space": f"\n  {reply} \t", "letter case": reply.upper()}
    for invariance in measure.measure.invariances:
        changed = session(instrument, changes[invariance])
        assert measure.compute(changed, instrument) == measure.compute(session(instrument, reply), instrument)


@pytest.mark.parametrize("family", [pytest.param(family, id=family.id) for family in families()])
def test_a_family_holds_the_contract(family: Family) -> None:
    assert violations(family) == []


SAID = st.one_of(st.sampled_from(REPLIES), st.text(max_size=60))


@pytest.mark.parametrize("family", [pytest.param(family, id=family.id) for family in families()])
@settings(max_examples=30)
@given(said=st.lists(st.tuples(st.sampled_from(["client", "therapist"]), SAID), max_size=14))
def test_a_family_survives_any_words(family: Family, said: list[tuple[Role, str]]) -> None:
    heard = conversation([Turn(role=role, text=text) for role, text in said])
    found = family.compute(heard)
    for one in family.measures:
        value = found[one.name]
        assert isinstance(value, Missing) or (
            (one.low is None or one.low <= value) and (one.high is None or value <= one.high)
        ), one.name


COURSE = read_case("aiko", Path())
EARLIER = (
    (
        Turn(role="client", text=COURSE.facts[0].say),
        Turn(role="therapist", text="What about ten minutes in the Augarten on Sunday?"),
    ),
)
"""A session before, in which a fact was told and something agreed."""


@pytest.mark.parametrize("family", [pytest.param(family, id=family.id) for family in families()])
@settings(max_examples=30)
@given(said=st.lists(st.tuples(st.sampled_from(["client", "therapist"]), SAID), max_size=14))
def test_a_family_survives_any_words_of_a_case_and_its_course(
    family: Family, said: list[tuple[Role, str]]
) -> None:
    turns = [Turn(role=role, text=text) for role, text in said]
    heard = conversation(turns, case=COURSE, earlier=EARLIER)
    found = family.compute(heard)
    assert found.keys() == {one.name for one in family.measures}
    assert family.compute(heard) == found
    for one in family.measures:
        value = found[one.name]
        assert isinstance(value, Missing) or (
            (one.low is None or one.low <= value) and (one.high is None or value <= one.high)
        ), one.name


@pytest.mark.parametrize("family", [pytest.param(family, id=family.id) for family in families()])
@pytest.mark.parametrize(
    ("change", "invariance"),
    [
        pytest.param(str.upper, "letter case", id="upper case"),
        pytest.param("\n {} \t".format, "outer white space", id="white space"),
        pytest.param(lambda text: text.replace("'", "’"), "letter case", id="apostrophes"),
    ],
)
def test_what_a_family_says_of_a_case_does_not_hang_on_case_or_white_space(
    family: Family, change: Callable[[str], str], invariance: Invariance
) -> None:
    """Stated invariances hold with a case and a course too; what does not see letter case sees no kind of apostrophe."""
    lines = [fact.say for fact in COURSE.facts] + [belief.text for belief in COURSE.beliefs]
    replies = [
        "You felt angry, and ashamed, too. It's no wonder.",
        "I remember you told me that you translate manuals at home. Isn't it so?",
        "You think that people like you only while you're useful?",
        "Last week we agreed on ten minutes in the Augarten on Sunday. What became of it?",
    ]
    turns = []
    for place, line in enumerate(lines):
        turns += [Turn(role="client", text=line), Turn(role="therapist", text=replies[place % len(replies)])]
    changed = [replace(turn, text=change(turn.text)) for turn in turns]
    before, after = (
        family.compute(conversation(said, case=COURSE, earlier=EARLIER)) for said in (turns, changed)
    )
    for one in family.measures:
        if invariance in one.invariances:
            assert after[one.name] == before[one.name], one.name


@pytest.mark.parametrize("name", sorted(every_measure()))
def test_a_measure_says_all_that_a_reader_must_know(name: str) -> None:
    _, one = every_measure()[name]
    for text in (one.construct, one.meaning, one.unit, one.ends, one.minimum, one.source, one.licence):
        assert text.strip()
    assert re.fullmatch(r"[a-z][a-z0-9_]*", one.name)
    assert re.fullmatch(r"\d+-[A-Z]", one.version)
    assert one.low is None or one.high is None or one.low < one.high


def test_the_contract_finds_what_breaks_it() -> None:
    speech = next(family for family in families() if family.id == "speech")
    one = speech.measures[0]

    def beyond(heard: Conversation) -> dict[str, float | Missing]:
        return {one.name: -1.0 if heard.turns else 2.0}

    bad = replace(speech, measures=(one,), compute=beyond)
    found = violations(bad)
    assert any("outside" in sentence for sentence in found)
    assert any("without turns" in sentence for sentence in found)
    assert any("states" in sentence for sentence in violations(replace(speech, measures=(one,))))


def test_a_family_that_rests_on_codes_must_say_so() -> None:
    talk = next(family for family in families() if family.id == "talk")
    assert talk.coded
    assert any("must say coded=True" in sentence for sentence in violations(replace(talk, coded=False)))


class Entry:
    """An entry point, as far as the registry looks at it."""

    name = "mine"
    value = "mine.measures:FAMILY"

    def __init__(self, brought: object) -> None:
        self.brought = brought

    def load(self) -> object:
        return self.brought


@pytest.fixture
def bring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[object], None]]:
    def brought(thing: object) -> None:
        families.cache_clear()
        monkeypatch.setattr(registry, "entry_points", lambda group: [Entry(thing)])

    yield brought
    families.cache_clear()


def test_a_package_adds_a_family(bring: Callable[[object], None]) -> None:
    speech = next(family for family in families() if family.id == "speech")
    named = replace(speech.measures[0], name="mine")
    bring(Family(id="mine", measures=(named,), compute=lambda _: {"mine": Missing.TOO_SHORT}))
    assert every_measure()["mine"] == ("mine", named)


PACKAGE = """
from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures import Family

NODS = Measure(
    name="nods", construct="talk", meaning="turns that are one word", unit="turns", low=0, high=None, ends="0 is none",
    minimum="one turn", perspective="text", version="1-A", source="own", licence="MIT",
)


def count(heard):
    found = [turn for turn in heard.turns if len(turn.text.split()) == 1]
    return {"nods": float(len(found)) if heard.turns else Missing.TOO_SHORT}


FAMILY = Family(id="nods", measures=(NODS,), compute=count)
"""


def test_an_installed_package_brings_its_measures_and_passes_the_contract(tmp_path: Path) -> None:
    """A package as pip would install it, found by its entry point in a process of its own, with its own contract test."""
    (tmp_path / "nods.py").write_text(PACKAGE)
    told = tmp_path / "nods-0.1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: nods\nVersion: 0.1\n")
    (told / "entry_points.txt").write_text("[therapyarc.measures]\nnods = nods:FAMILY\n")
    (tmp_path / "one.txt").write_text("C: Hm.\nT: Okay.\nC: I went out.\n")
    code = """
import nods
from therapyarc.measures import violations
assert violations(nods.FAMILY) == [], violations(nods.FAMILY)
from therapyarc.__main__ import main
main()
"""
    shown, measured = (
        subprocess.run(
            [sys.executable, "-c", code, *words],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        )
        for words in (
            ["measures", "show", "nods"],
            ["measure", str(tmp_path / "one.txt"), "--out", str(tmp_path / "out"), "--surrogates", "0"],
        )
    )
    assert shown.returncode == 0, shown.stderr
    assert "Measure: nods (nods, version 1-A)" in shown.stdout
    assert "Licence: MIT" in shown.stdout
    assert measured.returncode == 0, measured.stderr
    rows = pq.read_table(tmp_path / "out" / "measurements.parquet").to_pylist()
    assert [row["value"] for row in rows if row["measure"] == "nods"] == [2.0]


def test_a_package_that_breaks_the_registry_is_named(bring: Callable[[object], None]) -> None:
    bring(3)
    with pytest.raises(RegistryError, match=r"mine = mine\.measures:FAMILY: must be .*Family, is int"):
        families()
    bring(registry.FAMILIES[0])
    with pytest.raises(RegistryError, match=r"defined twice: .*turns"):
        families()
