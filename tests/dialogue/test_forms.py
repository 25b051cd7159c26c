"""Self-reports follow the client's state, within the scale, and only where a session was held."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from therapyarc.dialogue.client.begin import first_state
from therapyarc.dialogue.client.forms import fill
from therapyarc.domain import Instrument, Missing
from therapyarc.domain.client import SELF_REPORTED, ClientCase
from therapyarc.domain.course import Trace
from therapyarc.files.cases import read_case
from therapyarc.files.library import read_instrument

FORMS = ("alliance-client", "belief-client", "phq-9")


@pytest.fixture
def case() -> ClientCase:
    return read_case("nadia", Path())


def trace(case: ClientCase, **end: object) -> Trace:
    state = first_state(case)
    return Trace(session="0" * 16, start=state, end=replace(state, **end), turns=(), ended="natural")  # type: ignore[arg-type]  # by name


@cache
def form(name: str) -> Instrument:
    return read_instrument(name, Path())


@pytest.mark.parametrize("name", FORMS)
def test_every_item_is_answered_on_its_scale_and_the_same_again(name: str, case: ClientCase) -> None:
    asked = form(name)
    values = {anchor.value for anchor in asked.anchors}
    for seed in map(str, range(30)):
        answers = fill(asked, case, trace(case), seed)
        assert [one.item for one in answers] == [item.id for item in asked.items]
        assert {one.value for one in answers} <= values
        assert answers == fill(asked, case, trace(case), seed)
    assert {item.topic for item in asked.items} <= SELF_REPORTED[asked.construct]


def test_conviction_reported_goes_with_the_strongest_belief(case: ClientCase) -> None:
    names = list(first_state(case).convictions)
    means = []
    for true in (20.0, 50.0, 80.0):
        held = trace(case, convictions=dict.fromkeys(names, 5.0) | {names[0]: true})
        answers = (fill(form("belief-client"), case, held, str(seed)) for seed in range(200))
        means.append(np.mean([one.value for own in answers for one in own if one.value is not None]))
    assert means == pytest.approx([2, 5, 8], abs=0.2)  # standard error .05


def test_what_asks_about_a_session_is_not_asked_without_one(case: ClientCase) -> None:
    absent = replace(trace(case), ended="no_session")
    for name in ("alliance-client", "belief-client"):
        assert {one.missing for one in fill(form(name), case, absent, "1")} == {Missing.NOT_ADMINISTERED}
    assert all(one.missing is None for one in fill(form("phq-9"), case, absent, "1"))
