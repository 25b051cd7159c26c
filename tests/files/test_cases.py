"""Cases: those of the library are complete, and a user's own is told everything that it lacks."""

from pathlib import Path

import pytest
import yaml

from therapyarc.files.cases import case_ids, read_case
from therapyarc.files.errors import FaultyFileError
from therapyarc.files.library import library_path

CASES = [read_case(name, Path()) for name in case_ids()]


def test_there_are_twelve_or_more_and_they_cover_what_a_study_needs() -> None:
    assert len(CASES) >= 12
    tags = [tag for case in CASES for tag in case.tags]
    assert sum(case.traits.ambivalence >= 0.8 for case in CASES) >= 2
    assert sum(case.traits.avoidance >= 0.6 for case in CASES) >= 2
    for needed in ("hidden suicidal ideation", "psychotic features", "alcohol", "mistrusts machines"):
        assert needed in tags
    assert {case.id for case in CASES if case.mistrusts_machines}
    severities = [case.traits.severity for case in CASES]
    assert max(severities) - min(severities) >= 0.35
    ages = [case.person.age for case in CASES]
    assert min(ages) <= 25
    assert max(ages) >= 70
    assert len({case.person.culture for case in CASES}) == len(CASES)
    assert len({case.person.gender for case in CASES}) >= 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.id))
def test_a_case_has_words_of_its_own(case: object) -> None:
    assert case in CASES
    lines = [fact.say for one in CASES for fact in one.facts]
    assert len(set(lines)) == len(lines)


def faults_of(tmp_path: Path, change: dict[str, object]) -> str:
    data = yaml.safe_load(library_path("cases", "nadia").read_text())
    data.update(change)
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True))
    with pytest.raises(FaultyFileError) as caught:
        read_case("own.yaml", tmp_path)
    return str(caught.value)


def test_all_that_a_case_lacks_is_told_at_once(tmp_path: Path) -> None:
    data = yaml.safe_load(library_path("cases", "nadia").read_text())
    facts = data["facts"][:10]
    facts[9] = {**facts[9], "depth": 3, "trust": 0.01, "feels": ["blueness"]}
    told = faults_of(tmp_path, {"facts": facts, "traits": {"severity": 7}, "resists": ["argue"]})
    for expected in (
        "15 facts or more",
        "two layers nearer",
        "unknown feeling",
        "between 0 and 1",
        "no line for 'argue'",
    ):
        assert expected in told, told


def test_an_unknown_case_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(FaultyFileError, match="nadia"):
        read_case("nobody", tmp_path)
