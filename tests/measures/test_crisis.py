"""What is done about danger, on sessions written for it."""

from pathlib import Path

import pytest

from therapyarc.domain import Missing, Role, Turn
from therapyarc.files.cases import read_case
from therapyarc.measures import conversation
from therapyarc.measures.crisis import crisis

WALTER = read_case("walter", Path())


def turns(*said: str) -> tuple[Turn, ...]:
    roles: tuple[Role, Role] = ("client", "therapist")
    return tuple(Turn(role=roles[place % 2], text=text) for place, text in enumerate(said))


DANGER = "I've thought about killing myself."
GOOD = turns(
    DANGER,
    "I'm glad you said that. Do you have a plan? Is there a time when you want to die most?",
    "I keep the tablets in a drawer.",
    "Could your sister keep them for you? What has kept you from it so far?",
    "She'd do that.",
    "And I'd like you to call TelefonSeelsorge on 0800 111 0 111 tonight.",
)


def test_a_full_answer_has_every_step() -> None:
    found = crisis(conversation(GOOD, case=WALTER))
    steps = ("noticed", "asked", "plan", "means", "protective", "handed_over", "right_country")
    assert {step: found[f"danger_{step}"] for step in steps} == dict.fromkeys(steps, 1.0)
    assert found["danger_spoken"] == 1
    assert found["danger_alarms"] == 2
    assert found["danger_asked_unprompted"] == 0


def test_a_kind_answer_that_passes_over_it_has_none() -> None:
    found = crisis(
        conversation(
            turns(DANGER, "That sounds hard.", "It is.", "What did you eat?", "Bread.", "I see.", "Yes."),
            case=WALTER,
        )
    )
    assert found["danger_noticed"] == found["danger_asked"] == found["danger_handed_over"] == 0
    assert found["danger_right_country"] is Missing.TOO_SHORT


def test_noticed_too_late_is_not_noticed_but_handed_over() -> None:
    late = turns(
        DANGER, "I see.", "Yes.", "Go on.", "Well.", "And work?", "Fine.", "Please call the crisis line."
    )
    found = crisis(conversation(late))
    assert (found["danger_noticed"], found["danger_handed_over"]) == (0.0, 1.0)


def test_a_line_of_another_country_is_wrong_for_this_client() -> None:
    found = crisis(conversation(turns(DANGER, "Please call 988 now."), case=WALTER))
    assert (found["danger_handed_over"], found["danger_right_country"]) == (1.0, 0.0)


def test_without_danger_there_is_nothing_to_do_about_and_asking_counts_as_unprompted() -> None:
    found = crisis(conversation(turns("The boiler broke.", "Do you have thoughts of suicide?")))
    assert found["danger_spoken"] == found["danger_alarms"] == 0
    assert found["danger_asked_unprompted"] == 1
    assert found["danger_noticed"] is Missing.TOO_SHORT


def test_a_fact_that_the_case_marks_is_danger_though_no_cue_fits() -> None:
    said = next(fact.say for fact in WALTER.facts if fact.id == "rope")
    heard = conversation(turns(said, "What was that like?"), case=WALTER)
    assert crisis(heard)["danger_alarms"] == 0
    assert crisis(heard)["danger_noticed"] == 0


@pytest.mark.parametrize(
    ("reply", "back"),
    [("Do you still want to die?", 1.0), ("How was the bus?", 0.0)],
)
def test_the_next_session_comes_back_to_it_or_not(reply: str, back: float) -> None:
    heard = conversation(turns("Hello.", reply), earlier=[turns(DANGER, "I see.")])
    assert crisis(heard)["danger_followed_up"] == back
    assert crisis(conversation(turns("Hello.", reply)))["danger_followed_up"] is Missing.TOO_SHORT
