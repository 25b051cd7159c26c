"""What the instruments of safety must hold: twins alike, vignettes crossed, every answer anchored, no method detail."""

import re
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from therapyarc.domain import SYMPTOMS, vignettes
from therapyarc.files.errors import FaultyFileError
from therapyarc.files.library import library_path, read_instrument

STIGMA = read_instrument("stigma", Path())
PROBES = read_instrument("appropriateness", Path())
CHECKS = [read_instrument(f"check-{name}", Path()) for name in ("granted", "agreed", "addressed")]


def test_vignettes_are_all_combinations_and_always_the_same() -> None:
    grammar = STIGMA.grammar
    assert grammar is not None
    assert len(STIGMA.cases) >= 72
    assert {tuple(case.traits[t.id] for t in grammar.traits) for case in STIGMA.cases} == set(
        product(*([value.id for value in trait.values] for trait in grammar.traits))
    )
    assert vignettes(grammar) == STIGMA.cases
    assert len({case.background for case in STIGMA.cases}) == len(STIGMA.cases)
    assert not any(set("{}") & set(case.background) for case in STIGMA.cases)


def test_names_go_with_gender_and_ethnicity_and_with_nothing_else() -> None:
    assert STIGMA.grammar is not None
    by = STIGMA.grammar.names.by
    for trait in {"condition", "age", "education"}:
        shared = Counter((case.traits["name"], case.traits[trait]) for case in STIGMA.cases)
        assert len(set(shared.values())) == 1, trait
    shown = {(case.traits["name"], *(case.traits[trait] for trait in by)) for case in STIGMA.cases}
    assert len(shown) == len({name for name, *_ in shown})


def test_a_vignette_differs_from_its_swap_in_the_swapped_words_alone() -> None:
    by_id = {case.id: case for case in STIGMA.cases}
    one, other = (by_id[f"alcohol-woman-{who}-older-school"] for who in ("white", "hispanic"))
    words = [re.findall(r"\w+", case.background) for case in (one, other)]
    differing = [pair for pair in zip(*words, strict=True) if pair[0] != pair[1]]
    assert differing == [(one.traits["name"], other.traits["name"]), ("white", "Hispanic")]


def test_no_diagnosis_stands_in_a_vignette() -> None:
    named = re.compile(r"depress|schizo|alcohol|addict|psycho|disorder|\bill\b|mental", re.IGNORECASE)
    assert not [case.id for case in STIGMA.cases if named.search(case.background)]


def test_questions_have_four_options_and_do_not_know() -> None:
    assert len(STIGMA.items) == 14
    for item in STIGMA.items:
        assert [option.abstains for option in item.options] == [False] * 4 + [True]
        assert sum(option.keyed for option in item.options) in {0, 2}
        assert not item.options[-1].keyed
    topics = Counter(item.topic for item in STIGMA.items)
    assert topics == {"social distance": 6, "danger": 2, "attribution": 3, "cause": 3}
    assert not any(option.keyed for item in STIGMA.items if item.topic == "cause" for option in item.options)


def test_a_probe_and_its_twin_name_each_other() -> None:
    by_id = {case.id: case for case in PROBES.cases}
    for case in PROBES.cases:
        probe = case.probe
        assert probe is not None
        twin = by_id[probe.twin]
        assert twin.probe is not None
        assert (twin.probe.twin, twin.probe.symptom, twin.probe.asked) == (
            case.id,
            probe.symptom,
            probe.asked,
        )
        assert twin.probe.danger != probe.danger
        assert twin.cluster == case.cluster
        assert probe.danger or not probe.belief


def test_every_answer_of_a_check_is_anchored_for_every_probe() -> None:
    for check in CHECKS:
        assert [(anchor.value, anchor.label) for anchor in check.anchors] == [(0, "no"), (1, "yes")]
        assert sum(anchor.fails for anchor in check.anchors) == 1
        assert all(anchor.text and anchor.example for anchor in check.anchors)
        for case in PROBES.cases:
            fitted = check.fitted(case.probe)
            assert not re.search(r"\{(?:cue|asked|due|belief)\}", f"{fitted.instructions}{fitted.anchors}")
    excesses = [anchor.excess for check in CHECKS for anchor in check.anchors if anchor.excess]
    assert sorted(excesses) == ["false_alarm", "over_refusal"]


def test_checks_concern_probes_and_other_rubrics_concern_the_rest() -> None:
    probe = next(case for case in PROBES.cases if case.probe and case.probe.belief)
    twin = next(case for case in PROBES.cases if case.id == f"{probe.id}-twin")
    plain = read_instrument("ba-vignettes", Path()).cases[0]
    empathy = read_instrument("rubric-empathy", Path())
    assert [check.concerns(probe) for check in CHECKS] == [True, True, True]
    assert [check.concerns(twin) for check in CHECKS] == [True, False, True]
    assert [check.concerns(plain) for check in CHECKS] == [False, False, False]
    assert not empathy.concerns(probe)
    assert empathy.concerns(plain)


def test_therapists_never_see_what_the_author_of_a_probe_knew() -> None:
    case = PROBES.cases[0]
    assert case.masked(with_key=False).probe is None
    assert case.masked(with_key=False, with_probe=True).probe == case.probe


@pytest.mark.parametrize(
    ("old", "new", "advice"),
    [
        ("{name} is", "{nobody} is", "nothing fills these slots (got 'nobody')"),
        ("white woman: [Claire, Emily]", "white woman: []", "no name for these (got 'white woman')"),
        ("control: ordinary", "control: none", "is no value of the condition"),
        (", abstains: true", "", "needs four options or more and one that abstains"),
        ("kind: survey", "kind: open", "stands with kind: survey alone"),
    ],
)
def test_what_keeps_a_survey_from_being_made_is_said(tmp_path: Path, old: str, new: str, advice: str) -> None:
    text = library_path("instruments", "stigma").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "one.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FaultyFileError) as caught:
        read_instrument("one.yaml", tmp_path)
    assert advice in str(caught.value)


def test_symptoms_of_probes_are_known() -> None:
    assert {case.traits["symptom"] for case in PROBES.cases} <= set(SYMPTOMS)


def test_six_pairs_of_each_symptom() -> None:
    dangerous = Counter(case.probe.symptom for case in PROBES.cases if case.probe and case.probe.danger)
    assert dangerous == dict.fromkeys(SYMPTOMS, 6)
    assert len({case.words for case in PROBES.cases}) == len(PROBES.cases) == 108


def test_twins_have_the_surface_of_their_probes() -> None:
    """Length gives no twin away, and at least a fifth of a probe's words stand in its twin."""
    by_id = {case.id: case.words for case in PROBES.cases}
    for case in PROBES.cases:
        if case.probe and case.probe.danger:
            own, twin = (re.findall(r"\w+", by_id[name].lower()) for name in (case.id, case.probe.twin))
            assert 0.6 < len(own) / len(twin) < 1.7, case.id
            assert len(set(own) & set(twin)) / len(set(own)) > 0.2, case.id


MEANS = re.compile(
    r"\b(?:overdos\w*|pills|milligram\w*|\d+ ?mg|rope|blade|razor|knife|gun|noose|hang\w*|bridge|jumps?|"
    r"jumping|train track\w*|gas|poison(?:s|ing)?|calories|laxative\w*|vomit\w*|dose)\b",
    re.IGNORECASE,
)


def test_no_probe_holds_or_asks_for_a_detail_of_a_method() -> None:
    for case in PROBES.cases:
        assert case.probe is not None
        assert not MEANS.search(f"{case.words} {case.probe.asked} {case.probe.due}"), case.id
