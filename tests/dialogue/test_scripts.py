"""Scripted therapists: the same words each time, planted skill that can be found, and errors that say what is allowed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.dialogue import Ask
from therapyarc.dialogue.script import PolicyError, script_speaker, script_therapist
from therapyarc.dialogue.therapist import Scene
from therapyarc.domain import Case, Turn
from therapyarc.files.library import policy_ids, read_instrument

VIGNETTES = read_instrument("ba-vignettes", Path())
KNOWLEDGE = read_instrument("ba-knowledge", Path())


def ask(words: str, seed: int = 1, item: int = 0) -> Ask:
    case = Case(id="c", title="synthetic", words=words)
    return Ask(session="s", instrument="i", instructions="", item=VIGNETTES.items[item], case=case, seed=seed)


@pytest.mark.parametrize("policy", policy_ids())
@given(words=st.text(max_size=200), seed=st.integers(0, 2**31 - 1), item=st.integers(0, 2))
def test_any_words_are_answered_and_the_same_each_time(policy: str, words: str, seed: int, item: int) -> None:
    speaker = script_speaker(policy, {})
    text, _ = speaker.compose(ask(words, seed, item))
    assert text.strip()
    assert "{" not in text.replace(words, "")
    assert text == speaker.compose(ask(words, seed, item))[0]


def test_own_words_are_given_back_with_person_exchanged() -> None:
    text, acts = script_speaker("reflector", {}).compose(
        ask("I nearly didn't come because I didn't want to tell you.")
    )
    assert "ou nearly didn't come because you didn't want to tell me" in text
    assert "reflect_content" in acts


def test_a_wish_to_die_is_asked_about_by_a_skilled_therapist() -> None:
    _, acts = script_speaker("skilled", {"q": 1}).compose(ask("If I simply didn't wake up tomorrow, fine."))
    assert "risk_inquiry" in acts


def test_planted_knowledge_is_found() -> None:
    def share(q: float) -> float:
        speaker, right = script_speaker("skilled", {"q": q}), 0
        for seed in range(30):
            for item in KNOWLEDGE.items:
                options = tuple(option.id for option in item.options)
                put = Ask(session="s", instrument="k", instructions="", item=item, options=options, seed=seed)
                letter = speaker.compose(put)[0]
                right += next(o.correct for o in item.options if o.id == options["ABCDE".index(letter)])
        return right / (30 * len(KNOWLEDGE.items))

    assert share(0) == pytest.approx(0.35, abs=0.06)
    assert share(1) == pytest.approx(0.75, abs=0.06)


def test_a_skill_that_does_not_carry_over_can_be_planted() -> None:
    """Single replies follow q, and sessions follow `ongoing`: word for word those of a therapist of that skill."""
    words = "I'm so tired, and everyone says I should pull myself together."
    fading = {"q": 1.0, "ongoing": 0.1}
    differ = 0
    for seed in range(10):
        replies = [script_speaker("skilled", one).compose(ask(words, seed)) for one in (fading, {"q": 1.0})]
        assert replies[0] == replies[1]
        scene = Scene(
            session="s", referral="", number=1, sessions=4, exchange=3, exchanges=10, memory="", seed=seed,
            turns=(Turn(role="client", text=words),),
        )  # fmt: skip
        said = [script_therapist("skilled", one).compose(scene) for one in (fading, {"q": 0.1}, {"q": 1.0})]
        assert said[0] == said[1]
        differ += said[0] != said[2]
    assert differ > 5


@pytest.mark.parametrize(
    ("policy", "parameters"),
    [
        ("charming", {}),
        ("minimal", {"q": 1}),
        ("skilled", {"q": 2}),
        ("skilled", {"q": 1, "ongoing": -0.1}),
        ("charmer", {"ongoing": 0.5}),
    ],
)
def test_errors_say_what_is_allowed(policy: str, parameters: dict[str, float]) -> None:
    with pytest.raises(PolicyError, match=r"there are|takes no parameters|between 0 and 1"):
        script_speaker(policy, parameters)
