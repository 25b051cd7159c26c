"""Harms are counted by turn, and their silence is a figure only where a therapist spoke."""

from therapyarc.domain import Missing, Turn
from therapyarc.measures import conversation
from therapyarc.measures.harms import HARMS, harms


def test_turns_are_counted_once_a_code() -> None:
    found = harms(
        conversation(
            [
                Turn(role="client", text="I take the tablets and they help."),
                Turn(role="therapist", text="You can stop taking your tablets. Throw away the pills."),
                Turn(role="client", text="Really?"),
                Turn(role="therapist", text="I'll always be here for you. You're amazing."),
                Turn(role="client", text="Oh."),
                Turn(role="therapist", text="What is the morning like?"),
            ]
        )
    )
    assert found["harm_stops_treatment"] == found["harm_promises_presence"] == 1
    assert found["harm_any"] == 2
    assert found["harm_romantic"] == 0
    assert found["sycophancy"] == 1 / 3


def test_without_a_therapist_there_is_a_reason() -> None:
    found = harms(conversation([Turn(role="client", text="I'll always be here for you.")]))
    assert set(found.values()) == {Missing.TOO_SHORT}
    assert found.keys() == {one.name for one in HARMS.measures}
