"""Sentences made from findings: grammatical, complete, and no stronger than their intervals, over a grid of estimates."""

import itertools
import re
from dataclasses import replace

import pytest

from therapyarc.analysis.meta import meta_analysis
from therapyarc.domain import Estimate, Finding, Findings, Headline, Side, Significance
from therapyarc.domain.meta import MetaRow
from therapyarc.domain.trial import Inflation, TrialArm, TrialContrast, TrialFinding
from therapyarc.report.first_screen import first_answer, question
from therapyarc.report.meta import meta_sentence
from therapyarc.report.summary import headline
from therapyarc.report.trial import trial_answer

SHAPES = {
    "above": (1.2, 0.4, 2.0),
    "below": (-1.2, -2.0, -0.4),
    "across": (0.3, -0.5, 1.1),
    "touching": (0.5, 0.0, 1.0),
    "unbounded": (0.8, None, None),
    "undefined": (None, None, None),
}
STRONG = re.compile(r"\b(?:scores? (?:higher|lower)|shrinks?|grows?|rises|falls|ends with)\b")


def estimate(name: str, shape: str, reason: str | None = "too few actors.") -> Estimate:
    value, low, high = SHAPES[shape]
    bounded = low is not None
    return Estimate(
        name=name, label=name, value=value, low=low, high=high, reason=None if bounded else reason
    )


def sound(sentence: str) -> None:
    """Hold a sentence against what no sentence may have."""
    assert sentence == sentence.strip()
    assert sentence.endswith(".")
    assert not sentence.endswith("..")
    assert sentence[0].isupper()
    for wrong in ("None", "nan", "  ", " .", " ,", "[]", "()", ": .", "..", "{", "}"):
        assert wrong not in sentence, sentence
    assert sentence.count("(") == sentence.count(")"), sentence
    assert sentence.count("[") == sentence.count("]"), sentence


def side(label: str, units: int) -> Side:
    return Side(label=label, arms=("a",), units=units, values=units)


def findings(finding: Finding) -> Findings:
    nothing = Estimate(name="carry_over", label="carry-over", reason="no ongoing sessions")
    return Findings(
        study="s", title="t", headline=Headline(text=finding.question, finding=finding.id, carry_over=nothing),
        arms=(), findings=(finding,), flow=(),
    )  # fmt: skip


def contrast(
    kind: str, estimates: tuple[Estimate, ...], units: int = 6, undefined: str | None = None
) -> Finding:
    return Finding(
        id="e",
        question="Is it so?",
        construct="anticipation_of_emotion",
        contrast=kind,  # type: ignore[arg-type]  # a grid of literals
        role="primary",
        family="f",
        claim="these_models",
        condition="before",
        scale="rating points, 1 to 5",
        first=side("six models" if units > 1 else "one model", units),
        second=None if kind == "change" else side("eight people", 8),
        estimates=estimates,
        tests=(Significance(variant="permutation", p=0.01, primary=True),),
        undefined=undefined,
    )


@pytest.mark.parametrize(("single", "ongoing", "change"), [*itertools.product(SHAPES, SHAPES, SHAPES)])
@pytest.mark.parametrize("units", [1, 6])
def test_carry_over_is_told_in_two_sentences_no_stronger_than_its_intervals(
    single: str, ongoing: str, change: str, units: int
) -> None:
    estimates = (
        estimate("carry_over", change),
        estimate("single", single),
        estimate("ongoing", ongoing),
        Estimate(name="retention", label="retention", reason="the single-turn interval holds 0"),
    )
    told = first_answer(findings(contrast("carry_over", estimates, units)))
    assert len(told) == 2
    for sentence in told:
        sound(sentence)
        assert sentence.count(". ") == 0, sentence
    if SHAPES[single][1] is None or single in {"across", "touching"}:
        assert not re.search(r"scores? (?:higher|lower)", told[0])
        assert not STRONG.search(told[1])
    else:
        assert ("one model scores" if units == 1 else "six models score ") in told[0]
        assert ("higher" if single == "above" else "lower") in told[0]
    if SHAPES[change][1] is None or change in {"across", "touching"}:
        assert not STRONG.search(told[1])
    elif single in {"above", "below"} and ongoing != "undefined":
        assert ("grow" if change == single else "shrink") in told[1]


def test_what_is_left_is_told_in_percent_with_a_true_minus() -> None:
    kept = Estimate(name="retention", label="retention", value=0.03, low=-0.14, high=0.12)
    estimates = (
        estimate("carry_over", "below"),
        estimate("single", "above"),
        estimate("ongoing", "across"),
        kept,
    )
    assert "3% [−14%, 12%] of what it was" in first_answer(findings(contrast("carry_over", estimates)))[1]


@pytest.mark.parametrize("kind", ["between", "paired", "change", "recovery"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("units", [1, 6])
def test_one_contrast_is_told_no_stronger_than_its_interval(kind: str, shape: str, units: int) -> None:
    found = findings(contrast(kind, (estimate("r", shape),), units))
    (sentence,) = first_answer(found)
    sound(sentence)
    assert question(found) == "Is it so?"
    assert bool(STRONG.search(sentence)) == (shape in {"above", "below"})
    if shape in {"above", "below"} and kind != "change":
        assert ("scores " if units == 1 else "score ") in sentence
    if shape == "undefined":
        assert "cannot be compared" in sentence
        assert "too few actors" in sentence


@pytest.mark.parametrize("kind", ["between", "paired", "carry_over", "change"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_headline_is_whole_sentences(kind: str, shape: str) -> None:
    told = headline(findings(contrast(kind, (estimate("r", shape),))))
    sound(told.replace(" = .", " = 0."))  # probabilities have no leading zero
    assert all(sentence[0].isupper() for sentence in told.split(". ")), told
    assert ("too few actors)" in told) == (SHAPES[shape][1] is None)


@pytest.mark.parametrize("kind", ["between", "carry_over", "change"])
def test_what_cannot_be_estimated_says_why(kind: str) -> None:
    found = findings(contrast(kind, (), undefined="one side is empty."))
    (sentence,) = first_answer(found)
    for told in (sentence, headline(found)):
        sound(told)
        assert "one side is empty" in told


def trial(untreated: str, controls: tuple[str, ...], added: str) -> TrialFinding:
    blank = Estimate(name="share", label="share", reason="unknown")
    arm = {
        "planned": 4, "attended": (4, 4), "means": (10.0, 9.0), "improved": blank, "worse": blank, "worse_at_worst": blank,
    }  # fmt: skip
    ids = [f"c{place}" for place in range(len(controls))]
    return TrialFinding(
        outcome="depression_symptoms",
        unit="sum of 9 items",
        arms=(
            TrialArm(arm="a", label="A", role="therapy", **arm),  # type: ignore[arg-type]  # one literal dictionary
            *(TrialArm(arm=name, label=name, role="control", **arm) for name in ids),  # type: ignore[arg-type]
        ),
        contrasts=(
            TrialContrast(
                first="a", second="n", kind="against_untreated", difference=estimate("d", untreated), standardised=blank
            ),
            *(
                TrialContrast(
                    first="a", second=name, kind="against_control", difference=estimate("d", shape), standardised=blank
                )
                for name, shape in zip(ids, controls, strict=True)
            ),
        ),
        inflation=tuple(
            Inflation(therapy="a", control=name, untreated="n", difference=estimate("i", added), share=blank)
            for name in ids
        ),
    )  # fmt: skip


@pytest.mark.parametrize("untreated", SHAPES)
@pytest.mark.parametrize(
    "controls", [(), ("above",), ("across",), ("below", "across"), ("undefined", "unbounded")]
)
@pytest.mark.parametrize("added", ["across", "below"])
def test_a_trial_is_told_no_stronger_than_its_intervals(
    untreated: str, controls: tuple[str, ...], added: str
) -> None:
    labels = {"a": "Therapy A", "n": "No therapy", "c0": "the booklet", "c1": "the worksheet"}
    told = trial_answer(trial(untreated, controls, added), labels)
    assert 1 <= len(told) <= 2
    for sentence in told:
        sound(sentence)
    assert bool(STRONG.search(told[0])) == (untreated in {"above", "below"})
    assert ("fewer" in told[0]) == (untreated == "below")
    if controls:
        assert ("active controls" in told[1]) == (sum(one != "undefined" for one in controls) > 1)
        assert ("not told apart" in told[1]) == (added == "across")


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ([0.5], "One trial says"),
        ([0.5, 0.4], "Where a further trial would lie cannot be said"),
        ([0.8, 0.81, 0.79, 0.8], "same side of zero"),
        ([0.8, 0.1, 0.6, 1.5], "of either sign"),
        ([0.5, -0.5, 0.1, -0.1], "not told apart from zero"),
        ([0.5, 0.5, 0.5], "has no interval, since all effects are equal"),
    ],
)
def test_trials_together_are_told_no_stronger_than_their_intervals(
    effects: list[float], expected: str
) -> None:
    rows = [MetaRow(study=str(place), effect=one, variance=0.01) for place, one in enumerate(effects)]
    sentence = meta_sentence(meta_analysis(rows))
    sound(sentence)
    assert expected in sentence


@pytest.mark.parametrize("kind", ["between", "paired", "change", "carry_over"])
@pytest.mark.parametrize(
    ("p", "holm", "doubted"),
    [(0.01, None, False), (0.05, 0.05, False), (0.067, None, True), (0.03, 0.09, True)],
)
def test_a_test_that_leaves_doubt_hedges_what_an_interval_says(
    kind: str, p: float, holm: float | None, doubted: bool
) -> None:
    """An interval that excludes 0 beside a p above .05 never makes a plain statement."""
    shapes = ("below", "above", "across") if kind == "carry_over" else ("above",)
    names = ("carry_over", "single", "ongoing") if kind == "carry_over" else ("r",)
    estimates = [estimate(name, shape) for name, shape in zip(names, shapes, strict=True)]
    estimates.append(Estimate(name="retention", label="retention", reason="unbounded"))
    one = contrast(kind, tuple(estimates))
    test = Significance(variant="permutation", p=p, primary=True)
    said = first_answer(findings(replace(one, tests=(test,), p_holm=holm)))[-1]
    sound(said.replace(" = .", " = 0."))  # probabilities have no leading zero
    assert ("seem" in said) == doubted
    assert ("leaves doubt" in said) == doubted
    assert (f"p = .{round(1000 * (holm or p)):03d}" in said) == doubted
    assert bool(re.search(r"(?<!to )\b(?:scores? higher|shrinks|rises)\b", said)) != doubted
