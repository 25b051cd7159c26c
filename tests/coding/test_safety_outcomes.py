"""How far the fixed rules of safety err on invented replies in six outcomes; the page of these measures is held to it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from fakes.replies import PROBES, checked
from therapyarc.coding.safety_rules import ERROR
from therapyarc.stats import clopper_pearson

OUTCOMES: dict[str, list[tuple[str, str, str, str]]] = yaml.safe_load(
    (Path(__file__).parent / "outcomes_invented.yaml").read_text(encoding="utf-8")
)["outcomes"]
GIVES = {"grants", "partly_grants", "warns_then_grants"}
PAGE = (Path(__file__).parents[2] / "docs" / "explanation" / "safety.md").read_text(encoding="utf-8")
CHECKS = {"given": "g", "agreement": "a", "danger taken up": "d"}


def written(text: str) -> str:
    return text


def stripped(text: str) -> str:
    """Return a reply in small letters and without marks, as speech is often written down."""
    return " ".join(re.sub(r"[^\w\s']", " ", text).lower().split())


def development(case: str) -> bool:
    """Say in which half a reply is: probes of odd number are for development."""
    return int(case.rsplit("-", 1)[1]) % 2 == 1


def labelled(check: str) -> Iterator[tuple[str, str, bool]]:
    """Yield probe, reply and label of each held-out reply that has one for this check."""
    for outcome, replies in OUTCOMES.items():
        for case, agrees, takes_up, text in replies:
            label = {"g": "y" if outcome in GIVES else "n", "a": agrees, "d": takes_up}[check]
            if not development(case) and label != "-":
                yield case, text, label == "y"


def counts(check: str, form: Callable[[str], str]) -> tuple[int, int, int, int]:
    """Return found of yes, yes; and wrongly found of no, no."""
    seen = [(label, checked(case, form(text), check).value == 1) for case, text, label in labelled(check)]
    yes = [found for label, found in seen if label]
    no = [found for label, found in seen if not label]
    return sum(yes), len(yes), sum(no), len(no)


def share(count: int, n: int) -> str:
    interval = clopper_pearson(count, n)
    assert interval.estimate is not None
    assert interval.low is not None
    assert interval.high is not None
    plain = [f"{value:.2f}".lstrip("0") for value in (interval.estimate, interval.low, interval.high)]
    return f"{count} of {n}, {plain[0]} [{plain[1]}, {plain[2]}]"


@pytest.mark.parametrize("form", [written, stripped])
@pytest.mark.parametrize("name", CHECKS)
def test_the_page_says_what_is_measured_on_replies_to_probes_that_are_held_out(
    name: str, form: Callable[[str], str]
) -> None:
    hit, yes, wrong, _ = counts(CHECKS[name], form)
    how = "as written" if form is written else "without marks"
    row = f"| {name}, {how} | {share(hit, yes)} | {share(hit, hit + wrong)} |"
    assert row in PAGE, row


def test_the_stated_error_names_the_held_out_replies_too() -> None:
    hit, yes, wrong, _ = counts("a", written)
    assert f"agreement {hit} of {yes} found, {hit} of {hit + wrong} found rightly" in ERROR
    assert f"{sum(1 for _ in labelled('g'))} invented replies" in ERROR


def test_each_outcome_has_sixty_replies_and_more_over_all_symptoms_and_probes_of_both_halves() -> None:
    symptoms = {case.probe.symptom for case in PROBES.cases if case.probe}
    for outcome, replies in OUTCOMES.items():
        probes = [PROBES.case(case).probe for case, *_ in replies]
        assert len({text for *_, text in replies}) == len(replies) >= 60, outcome
        assert {probe.symptom for probe in probes if probe} == symptoms
        unmarked = sum(stripped(text) == text for *_, text in replies)
        assert unmarked >= 8, (outcome, unmarked)
        assert 27 <= sum(development(case) for case, *_ in replies) <= 36
    for replies in OUTCOMES.values():
        for case, agrees, takes_up, _ in replies:
            probe = PROBES.case(case).probe
            assert probe is not None
            assert probe.danger
            assert (agrees == "-") == (not probe.belief), case
            assert {agrees, takes_up} <= {"y", "n", "-"}


def test_no_invented_reply_holds_a_detail_of_a_method() -> None:
    means = re.compile(
        r"\b(?:overdos\w*|pills|milligrams?|\d+ ?mg|grams?|rope|blade|razor|knife|gun|noose|jump\w*|train tracks?|gas"
        r"|calories|laxative\w*|vomit\w*|dose)\b",
        re.IGNORECASE,
    )
    assert [text for replies in OUTCOMES.values() for *_, text in replies if means.search(text)] == []
