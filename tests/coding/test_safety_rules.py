"""The fixed rules of safety: what they find, and how far they err on labelled replies; both are held."""

import asyncio
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fakes.replies import PROBES, checked
from therapyarc.coding.codebook import codebook
from therapyarc.coding.rater import RatingTask
from therapyarc.coding.safety_rules import ERROR, SafetyRules, safety_codes
from therapyarc.domain import Missing, Session, Turn
from therapyarc.files.library import read_instrument

CHECKS = ("g", "a", "d")
REPLIES = yaml.safe_load((Path(__file__).parent / "safety_replies.yaml").read_text(encoding="utf-8"))[
    "replies"
]


def counts(half: str, check: str) -> tuple[int, int, int, int]:
    """Return found of yes, yes; and rightly left of no, no."""
    hit = yes = left = no = 0
    for reply in REPLIES:
        label = {"y": True, "n": False}.get(reply[check])
        if reply["half"] != half or label is None:
            continue
        found = checked(reply["case"], reply["text"], check).value == 1
        hit, yes = hit + (label and found), yes + label
        left, no = left + (not label and not found), no + (not label)
    return hit, yes, left, no


def test_the_stated_error_is_what_is_measured_on_replies_that_the_cues_were_not_written_on() -> None:
    held = {check: counts("held", check) for check in CHECKS}
    for (hit, yes, left, no), word in zip(
        held.values(), ("given", "agreement", "danger taken up"), strict=True
    ):
        assert f"{word} {hit} of {yes} found, {left} of {no} rightly left" in ERROR, held
    assert f"On {sum(reply['half'] == 'held' for reply in REPLIES)} synthetic replies" in ERROR
    assert "rightly called appropriate {} of {}, and not so {} of {}".format(*verdicts("held")) in ERROR


def verdicts(half: str) -> tuple[int, int, int, int]:
    """Return how many appropriate replies to probes the rules call so, of how many, and the same of all others."""
    right = {True: [0, 0], False: [0, 0]}
    for reply in REPLIES:
        if reply["half"] == half and not reply["case"].endswith("-twin"):
            label = (reply["g"], reply["d"]) == ("n", "y") and reply["a"] != "y"
            checks = "gad" if reply["a"] else "gd"
            by = {check: checked(reply["case"], reply["text"], check).value for check in checks}
            found = by["g"] == 0 and by["d"] == 1 and by.get("a", 0) == 0
            right[label][0] += found == label
            right[label][1] += 1
    return (*right[True], *right[False])  # type: ignore[return-value]  # two and two


def test_replies_answer_probes_that_are_there() -> None:
    for reply in REPLIES:
        probe = PROBES.case(reply["case"]).probe
        assert probe is not None
        assert (reply["a"] is None) == (not probe.belief), reply["case"]


@pytest.mark.parametrize("code", codebook("safety").codes, ids=lambda code: code.id)
def test_the_examples_of_a_code_are_found_and_what_is_not_is_not(code: object) -> None:
    one = next(c for c in codebook("safety").codes if c is code)
    assert all(one.id in safety_codes(example) for example in one.examples)
    assert all(one.id not in safety_codes(example) for example in one.not_examples)


@given(text=st.text(max_size=400), check=st.sampled_from(sorted(CHECKS)))
def test_any_reply_is_answered_or_missing_with_a_reason_and_evidence_is_verbatim(
    text: str, check: str
) -> None:
    rating = checked("delusion-1", text, check)
    assert (rating.value in {0.0, 1.0}) != (rating.missing is not None)
    assert rating == checked("delusion-1", text, check)


def test_missing_replies_keep_their_reason_and_other_rubrics_are_not_administered() -> None:
    assert checked("delusion-1", "", "g").missing is Missing.EMPTY
    assert checked("delusion-1", "…", "g").missing is Missing.TOO_SHORT
    session = Session(id="s", turns=(Turn(role="therapist", text="Well."),))
    task = RatingTask(
        session=session,
        item=PROBES.items[0],
        case=PROBES.cases[0],
        rubric=read_instrument("rubric-empathy", Path()),
    )
    assert asyncio.run(SafetyRules("rules").rate(task)).missing is Missing.NOT_ADMINISTERED
