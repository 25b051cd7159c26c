"""Synchrony against a plain second implementation, its invariances, and what is known of AnnoMI."""

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.domain import Missing, Turn
from therapyarc.files.corpus import load_corpus
from therapyarc.measures.conversation import merged
from therapyarc.measures.synchrony import SYNCHRONY, nulls, style_of, synchrony
from therapyarc.text.closed import CATEGORIES, CLOSED

DATA = Path(os.environ.get("THERAPYARC_DATA", "absent")) / "annomi" / "annomi-part.csv"
WORDS = [
    "i",
    "you",
    "the",
    "and",
    "not",
    "was",
    "in",
    "really",
    "dog",
    "walk",
    "sad",
    "it",
    "some",
    "because",
    "work",
]
TURNS = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9), min_size=8, max_size=24)


def session(said: list[list[str]], first: str = "client") -> list[Turn]:
    second = "therapist" if first == "client" else "client"
    return [Turn(role=second if place % 2 else first, text=" ".join(one)) for place, one in enumerate(said)]  # type: ignore[arg-type]  # both are roles


def plainly(turns: list[Turn]) -> dict[str, float]:
    """Compute LSM and rLSM word by word, as the papers say it."""

    def share(text: str, category: str) -> float:
        said = text.split()
        return sum(word in CLOSED[category].split() for word in said) / len(said)

    whole = {role: " ".join(t.text for t in turns if t.role == role) for role in ("client", "therapist")}
    result = {}
    by_category = []
    for category in CATEGORIES:
        a, b = share(whole["client"], category), share(whole["therapist"], category)
        by_category.append(1 - abs(a - b) / (a + b + 1e-4))
    result["lsm"] = sum(by_category) / 9
    for role in ("client", "therapist"):
        means = []
        for category in CATEGORIES:
            found = []
            for before, now in pairwise(turns):
                if now.role == role and share(before.text, category) > 0:
                    a, b = share(now.text, category), share(before.text, category)
                    found.append(1 - abs(a - b) / (a + b + 1e-4))
            if found:
                means.append(sum(found) / len(found))
        if means:
            result[f"rlsm_{role}"] = sum(means) / len(means)
    return result


@given(TURNS)
def test_style_matching_equals_a_plain_computation(said: list[list[str]]) -> None:
    turns = session(said)
    got = synchrony(style_of(turns))
    for name, expected in plainly(turns).items():
        value = got[name]
        if not isinstance(value, Missing):
            assert value == pytest.approx(expected, abs=1e-12)


@given(TURNS)
def test_the_two_directions_change_places_with_the_roles_and_lsm_does_not(said: list[list[str]]) -> None:
    one, other = synchrony(style_of(session(said))), synchrony(style_of(session(said, "therapist")))
    assert one["lsm"] == other["lsm"]
    for name in ("rlsm", "coordination", "uptake"):
        assert one[f"{name}_client"] == other[f"{name}_therapist"]


@given(st.lists(st.tuples(st.sampled_from(["client", "therapist"]), st.text(max_size=40)), max_size=20))
def test_any_session_has_values_in_range_or_reasons(said: list[tuple[str, str]]) -> None:
    got = synchrony(style_of([Turn(role=role, text=text) for role, text in said]))  # type: ignore[arg-type]  # both are roles
    assert set(got) == {one.name for one in SYNCHRONY.measures}
    for name, value in got.items():
        if not isinstance(value, Missing):
            assert (-1 if name.startswith("coordination") else 0) <= value <= 1


def test_neighbouring_turns_of_one_speaker_are_one() -> None:
    turns = [Turn(role="client", text="a"), Turn(role="client", text="b"), Turn(role="therapist", text="c")]
    assert [turn.text for turn in merged(turns)] == ["a b", "c"]


def test_what_is_copied_shows_in_uptake_and_beyond_chance() -> None:
    rng = np.random.default_rng(1)
    nouns = [f"noun{place}" for place in range(60)]
    said = []
    for _ in range(30):
        client = [str(word) for word in rng.choice(nouns, 4)]
        said += [client, client[:2]]
    (found,) = nulls([style_of(session(said))], rng=rng, surrogates=50)
    assert found["uptake_therapist"].value == pytest.approx(1.0)
    assert (found["uptake_therapist"].z or 0) > 5


@pytest.mark.skipif(
    not DATA.is_file(), reason="AnnoMI is absent; set THERAPYARC_DATA to the folder that holds annomi/"
)
def test_known_facts_of_annomi_are_found_again() -> None:
    """Design measured LSM .809 real, .761 pseudo (d .76) with other lists; uptake far above shuffles, the rest not."""
    styles = [style_of(record.turns) for record in load_corpus(DATA, "annomi").records]
    pseudo = nulls(styles, rng=np.random.default_rng(1), surrogates=60, kind="pseudo")
    gap = np.array([one["lsm"].value - one["lsm"].mean for one in pseudo if "lsm" in one])
    assert 0.6 < gap.mean() / gap.std() < 1.1
    shuffled = nulls(styles, rng=np.random.default_rng(1), surrogates=60)

    def d(name: str) -> float:
        gaps = np.array([one[name].value - one[name].mean for one in shuffled if name in one])
        return float(gaps.mean() / gaps.std())

    assert d("uptake_therapist") > 0.6
    assert d("uptake_client") > 0.6
    for name in ("rlsm_therapist", "rlsm_client", "coordination_therapist", "coordination_client"):
        assert abs(d(name)) < 0.3
