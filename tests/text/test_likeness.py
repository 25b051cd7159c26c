"""Likeness of texts to a question: by shared stems and by what words are about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.text.likeness import likeness

TEXTS = ["Clients who feel sad talk less.", "Bees fly over meadows.", "A sad client, and a sad bee."]


def test_a_text_is_most_like_itself_and_shares_all_its_stems() -> None:
    for place, text in enumerate(TEXTS):
        best = likeness(text, TEXTS)[0]
        assert best.place == place
        assert best.shared == pytest.approx(1)
        assert best.about == pytest.approx(1, abs=1e-6)
        assert best.score == pytest.approx(1, abs=1e-6)


def test_shared_is_the_cosine_of_weighted_stems() -> None:
    """By hand: two texts of two stems each; `bee` stands in both (weight 1), `fly` in one (weight 1 + ln 1.5)."""
    found = {one.place: one for one in likeness("bees", ["bee fly", "bees hum"])}
    rare = 1.4054651081081644
    assert found[0].shared == pytest.approx(1 / (1 + rare**2) ** 0.5)
    assert found[0].shared == pytest.approx(found[1].shared)


def test_a_rare_stem_counts_for_more_than_a_common_one() -> None:
    texts = ["client bee", "client sad", "client low", "client calm"]
    found = {one.place: one for one in likeness("client bee", texts)}
    assert found[0].shared > 2 * found[1].shared


def test_matched_words_are_the_question_s_own_and_closed_classes_never_match() -> None:
    found = {one.place: one for one in likeness("Why are the clients sad?", TEXTS)}
    assert found[0].matched == ("clients", "sad")
    assert found[1].matched == ()
    assert found[1].shared == 0


def test_what_words_are_about_is_seen_where_no_stem_is_shared() -> None:
    found = {one.place: one for one in likeness("unhappy patients", ["Sad clients", "Stone bridges"])}
    assert found[0].matched == found[1].matched == ()
    assert found[0].about > found[1].about + 0.1


def test_nothing_to_rank_and_nothing_asked() -> None:
    assert likeness("sad", []) == []
    assert [(one.shared, one.score, one.matched) for one in likeness("", TEXTS)] == [(0, 0, ())] * 3


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=5))
def test_any_text_survives_and_scores_stay_in_range(question: str, texts: list[str]) -> None:
    found = likeness(question, texts)
    assert sorted(one.place for one in found) == list(range(len(texts)))
    assert all(-1e-9 <= one.shared <= 1 + 1e-9 and -1.001 <= one.about <= 1.001 for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
