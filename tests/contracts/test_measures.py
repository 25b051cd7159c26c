"""What every measure must hold: repeatable, in range, missing with a reason, invariances, any Unicode."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.domain import Instrument, Missing, Session, Turn
from therapyarc.files.library import read_instrument
from therapyarc.measures import MEASURES, Measure

INSTRUMENTS = {
    "choice": read_instrument("ba-knowledge", Path()),
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


CASES = [pytest.param(m, INSTRUMENTS[kind], id=f"{m.name}-{kind}") for m in MEASURES for kind in m.applies]


@pytest.mark.parametrize(("measure", "instrument"), CASES)
@given(reply=st.one_of(st.sampled_from(REPLIES), st.text()))
def test_repeatable_and_in_range(measure: Measure, instrument: Instrument, reply: str) -> None:
    subject = session(instrument, reply)
    value = measure.compute(subject, instrument)
    assert value == measure.compute(subject, instrument)
    if not isinstance(value, Missing):
        assert measure.low <= value <= (measure.high if measure.high is not None else float("inf"))


@pytest.mark.parametrize(("measure", "instrument"), CASES)
@pytest.mark.parametrize("reason", list(Missing))
def test_a_missing_session_keeps_its_reason(
    measure: Measure, instrument: Instrument, reason: Missing
) -> None:
    subject = replace(session(instrument, "A"), missing=reason)
    assert measure.compute(subject, instrument) is reason


@pytest.mark.parametrize(("measure", "instrument"), CASES)
@pytest.mark.parametrize("reply", REPLIES)
def test_stated_invariances(measure: Measure, instrument: Instrument, reply: str) -> None:
    changes = {"outer white space": f"\n  {reply} \t", "letter case": reply.upper()}
    for invariance in measure.invariances:
        changed = session(instrument, changes[invariance])
        assert measure.compute(changed, instrument) == measure.compute(session(instrument, reply), instrument)
