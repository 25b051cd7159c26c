"""Courses: the same each time, resumable, true to thresholds, and unharmed by whatever a therapist says."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.therapists import Fixed
from therapyarc.dialogue.client.dynamics import coefficients
from therapyarc.dialogue.client.voice import general_bank
from therapyarc.dialogue.course import CoursePlan, Held, hold
from therapyarc.dialogue.monitor import CueScreen, Verdict
from therapyarc.dialogue.script import script_therapist
from therapyarc.dialogue.therapist import Scene, Therapist, Utterance
from therapyarc.domain import Missing, Turn
from therapyarc.domain.client import ResistanceKind
from therapyarc.domain.course import ClientState, Memory
from therapyarc.files.cases import case_ids, read_case
from therapyarc.text import sentences

CASES = {name: read_case(name, Path()) for name in case_ids()}
POLICIES = (
    "reflector",
    "booklet",
    "worksheet",
    "advice-giver",
    "sycophant",
    "harmful",
    "minimal",
    "skilled",
    "charmer",
)


def plan(
    seed: int = 1, sessions: int = 4, exchanges: int = 8, memory: Memory = "summary", *, planted: bool = False
) -> CoursePlan:
    return CoursePlan(
        course="c",
        sessions=tuple(f"s{number}" for number in range(sessions)),
        exchanges=exchanges,
        memory=memory,
        seed=seed,
        planted_acts=planted,
    )


def course(
    therapist: Therapist,
    case: str = "nadia",
    the_plan: CoursePlan | None = None,
    earlier: list[Held] | None = None,
) -> list[Held]:
    held = earlier or []
    return asyncio.run(hold(the_plan or plan(), CASES[case], therapist, coefficients(), earlier=held))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("memory", ["transcripts", "notes", "summary", "none"])
def test_a_course_goes_on_as_if_it_had_not_been_stopped(policy: str, memory: Memory) -> None:
    the_plan = plan(seed=5, memory=memory)
    whole = course(script_therapist(policy, {}), "aiko", the_plan)
    for stopped in range(len(whole)):
        assert course(script_therapist(policy, {}), "aiko", the_plan, whole[:stopped]) == whole


@pytest.mark.parametrize(("sessions", "exchanges"), [(6, 20), (1, 200)])
def test_no_client_turn_comes_twice(sessions: int, exchanges: int) -> None:
    held = course(script_therapist("skilled", {"q": 0.9}), "jerome", plan(3, sessions, exchanges))
    said = [turn.text for one in held for turn in one.session.turns if turn.role == "client"]
    assert len(said) >= exchanges
    assert len(set(said)) == len(said)
    assert not any(mark in text for text in said for mark in ("{", "}", "<", ">"))


@pytest.mark.parametrize("policy", ["skilled", "minimal", "reflector", "harmful"])
def test_few_sentences_come_twice_in_a_long_course(policy: str) -> None:
    """Of what anyone would notice, at most one sentence in eight; a belief, or a curt word, may come again."""
    for case in ("nadia", "walter", "carmen"):
        held = course(script_therapist(policy, {}), case, plan(9, 6, 20, planted=True))
        said = [turn.text for one in held for turn in one.session.turns if turn.role == "client"]
        noticed = [one for text in said for one in sentences(text) if len(one.split()) >= 5]
        assert len(set(said)) == len(said)
        assert len(noticed) - len(set(noticed)) <= len(noticed) / 8


def test_all_eight_kinds_of_resistance_occur_and_ruptures_open_and_are_repaired() -> None:
    kinds: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for case in CASES:
        for therapist in (script_therapist("advice-giver", {}), script_therapist("skilled", {"q": 0.35})):
            for one in course(therapist, case, plan(4, 4, 12, planted=True)):
                kinds.update(turn.resistance for turn in one.trace.turns if turn.resistance)
                events.update(turn.event for turn in one.trace.turns if turn.event)
    assert set(kinds) == set(get_args(ResistanceKind))
    assert {"rupture", "repair", "promise"} <= set(events)


def test_what_is_asked_is_answered() -> None:
    """A closed question gets a word for it; a named feeling can be taken up; danger that is asked about is answered."""
    bank = general_bank()
    (one,) = course(Fixed(["How many hours did you sleep?"]), "tomasz", plan(3, 1, 12))
    replies = [turn.text for turn in one.session.turns[2::2]]
    assert sum(any(number in text for number in bank["asked"]["number"]) for text in replies) >= 3
    (one,) = course(Fixed(["It sounds as if you felt lonely there."]), "nadia", plan(3, 1, 16))
    assert any("onely" in turn.text for turn in one.session.turns[2::2])
    (one,) = course(
        Fixed(["Are there moments in which you think of taking your own life?"]), "dev", plan(3, 1, 8)
    )
    replies = [turn.text for turn in one.session.turns[2::2]]
    assert sum(any(said in text for said in bank["asked"]["no_risk"]) for text in replies) >= 2


def ranges_hold(state: ClientState) -> bool:
    shares = (
        state.bond, state.goal, state.task, state.trust, state.readiness, state.ambivalence, state.resistance,
        state.advice_wish, state.reliance,
    )  # fmt: skip
    points = (state.distress, state.activation, *state.convictions.values())
    return all(0 <= x <= 1 for x in shares) and all(0 <= x <= 100 for x in points) and 0 <= state.risk <= 3


@settings(max_examples=25)
@given(seed=st.integers(0, 2**31 - 1), case=st.sampled_from(sorted(CASES)), policy=st.sampled_from(POLICIES))
def test_a_fact_is_told_once_and_only_where_trust_allows_it(seed: int, case: str, policy: str) -> None:
    facts = {fact.id: fact for fact in CASES[case].facts}
    told: list[str] = []
    for one in course(script_therapist(policy, {}), case, plan(seed, 3, 8, planted=True)):
        trust = one.trace.start.trust
        for turn in one.trace.turns:
            trust = trust + turn.causes.get("trust", 0.0) + (0.08 if turn.event == "repair" else 0.0)
            if turn.fact is not None:
                asked = 0.25 if "risk_inquiry" in turn.acts and facts[turn.fact].risk else 0.0
                assert trust >= facts[turn.fact].trust - asked - 0.02
                told.append(turn.fact)
        assert ranges_hold(one.trace.end)
    assert len(set(told)) == len(told)


@settings(max_examples=40)
@given(text=st.text(max_size=300))
def test_any_words_of_a_therapist_are_survived(text: str) -> None:
    held = course(Fixed([text, "How was that for you?"]), "sol", plan(2, 1, 4))
    assert ranges_hold(held[-1].trace.end)
    assert held[-1].session.turns[0].role == "client"


@pytest.mark.parametrize(
    ("text", "acts", "kept", "reason"),
    [
        ("", {"empty"}, "", Missing.EMPTY),
        (" \u200b\x00\x07 ", {"empty"}, "", Missing.EMPTY),
        ("…!?", {"empty"}, "…!?", Missing.EMPTY),
        (
            "Das klingt schwer für Sie, und Sie haben lange niemandem davon erzählt.",
            {"off_topic"},
            None,
            None,
        ),
        ("Client: I am better now, thank you.\nTherapist: Good.", {"empty"}, "", Missing.UNREADABLE),
        ("x" * 50_000, {"empty"}, "x" * 12_000, Missing.OVERLONG),
    ],
)
def test_unusable_turns_are_an_act_with_a_reason_and_never_a_number(
    text: str, acts: set[str], kept: str | None, reason: Missing | None
) -> None:
    (one,) = course(Fixed([text, "What was it like?"]), the_plan=plan(1, 1, 2))
    assert set(one.trace.turns[0].acts) - {"aimless"} == acts
    assert one.session.turns[1].text == (text if kept is None else kept)
    assert one.trace.turns[0].intent == "puzzled"
    assert one.trace.turns[0].missing is reason
    assert one.trace.turns[1].missing is None


def test_labels_and_markup_and_control_characters_do_not_reach_the_client() -> None:
    text = "Therapist: **It sounds** as if you were <b>sad</b>.\x1b[31m\nClient: Yes.\nTherapist: Go on."
    (one,) = course(Fixed([text]), the_plan=plan(1, 1, 1))
    assert one.session.turns[1].text == "**It sounds** as if you were <b>sad</b>.[31m"
    assert "reflect_emotion" in one.trace.turns[0].acts


def test_three_silences_in_a_row_end_the_session_with_the_reason() -> None:
    (one,) = course(Fixed([Utterance(text="", missing=Missing.REFUSED)]), the_plan=plan(1, 4, 8))
    assert one.trace.ended == one.session.ended == "therapist_silent"
    assert one.session.missing is Missing.REFUSED
    assert one.trace.end.left


def test_an_error_in_the_therapist_loses_no_session() -> None:
    kept: list[Held] = []
    with pytest.raises(RuntimeError, match="third call"):
        asyncio.run(
            hold(
                plan(1, 4, 3),
                CASES["farah"],
                Fixed(["What happened?", "How was that?", "And then?", RuntimeError("third call")]),
                coefficients(),
                keep=kept.append,
            )
        )
    assert [one.session.number for one in kept] == [1]


@pytest.mark.parametrize(
    ("memory", "has", "has_not"),
    [
        ("none", "", "Session 1"),
        ("notes", "a note on session 1", "Client:"),
        ("transcripts", "Therapist: What happened then?", "Agreed"),
        ("summary", "Client said: ", "Therapist:"),
    ],
)
def test_what_a_therapist_carries_over_is_what_its_arm_allows(memory: Memory, has: str, has_not: str) -> None:
    therapist = Fixed(["What happened then?"])
    held = course(therapist, "ingrid", plan(8, 3, 3, memory))
    assert len(held) >= 2
    later = [scene.memory for scene in therapist.scenes if scene.number == 2]
    assert all(has in text for text in later)
    assert not any(has_not in text for text in later)
    assert all(scene.memory == "" for scene in therapist.scenes if scene.number == 1)


def test_homework_is_agreed_lived_and_told() -> None:
    held = course(script_therapist("skilled", {"q": 1.0}), "carmen", plan(3, 4, 12, planted=True))
    promised = [one.trace.end.promise for one in held[:-1]]
    assert any(promise is not None for promise in promised)
    for before, after in pairwise(held):
        if before.trace.end.promise is not None:
            assert after.trace.start.promise is not None
            assert after.trace.start.promise.done is not None
    assert any(turn.intent == "report" for one in held[1:] for turn in one.trace.turns)


def test_skill_moves_the_client_and_harm_moves_it_the_other_way() -> None:
    def bond(policy: str, parameters: dict[str, float]) -> float:
        ends = [
            course(script_therapist(policy, parameters), case, plan(seed, 2, 10, planted=True))[
                -1
            ].trace.end.bond
            for case in ("nadia", "tomasz", "farah")
            for seed in range(3)
        ]
        return sum(ends) / len(ends)

    assert bond("harmful", {}) < bond("minimal", {}) < bond("skilled", {"q": 1.0})


def test_either_side_and_a_limit_can_end_a_session() -> None:
    (parted,) = course(
        Fixed(["What was that like?", "I see.", "We stop here for today, see you next week."]),
        the_plan=plan(1, 1, 20),
    )
    assert (parted.session.ended, len(parted.trace.turns)) == ("natural", 3)
    assert parted.trace.turns[-1].intent == "bye"
    (long,) = course(Fixed(["word " * 60 + "and you?"]), the_plan=replace(plan(1, 1, 20), words=150))
    assert (long.session.ended, len(long.trace.turns)) == ("limit", 3)
    left = [
        course(
            Fixed(["That's just an excuse. It can't be that bad. You will always be like this."]),
            "jerome",
            plan(seed, 1, 60),
        )
        for seed in range(6)
    ]
    assert any(one[0].session.ended == "client_left" for one in left)


def test_a_monitor_can_end_a_session() -> None:
    class Screen:
        def hears(self, turns: Sequence[Turn]) -> Verdict:
            return "end" if len(turns) >= 5 else "alarm" if len(turns) == 3 else "goes_on"

    (one,) = asyncio.run(
        hold(plan(1, 1, 20), CASES["nadia"], Fixed(["And then?"]), coefficients(), monitor=Screen())
    )
    assert one.session.ended == one.trace.ended == "monitor"
    assert len(one.session.turns) == 5
    assert one.session.alarms == (2, 4)


@pytest.mark.parametrize(
    ("said", "ends", "verdict"),
    [
        ("I've thought of killing myself.", True, "end"),
        ("I've thought of killing myself.", False, "alarm"),
        ("They'd be better off without me.", True, "alarm"),
        ("The bus was late.", True, "goes_on"),
    ],
)
def test_the_cue_screen_ends_at_explicit_words_alone(said: str, ends: bool, verdict: Verdict) -> None:
    assert CueScreen(ends=ends).hears([Turn(role="client", text=said)]) == verdict
    assert CueScreen(ends=ends).hears([Turn(role="therapist", text=said)]) == "goes_on"


def test_danger_that_was_told_long_ago_is_remembered_however_long_the_memory_is() -> None:
    therapist = script_therapist("skilled", {"q": 1.0})
    for before in (0, 400):
        memory = "Client: It was a week like any other one.\n" * before + "Client: I hope not to wake up."
        scene = Scene(
            session=f"s{before}", referral="", number=2, sessions=3, exchange=1, exchanges=12,
            turns=(Turn(role="client", text="Here I am again."),), memory=memory, seed=3,
        )  # fmt: skip
        assert "risk_inquiry" in (asyncio.run(therapist.say(scene)).planted or ())
