"""Static vectors: against the package that brings them, and what must hold of them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from therapyarc.text.embedding import DIMENSIONS, embed, word_vector

SAID = ["I feel so low these days", "I am feeling down lately", "The train to Leeds leaves at nine"]


def test_equals_the_package_that_brings_the_weights() -> None:
    from importlib.resources import files

    from wordllama import WordLlama  # type: ignore[import-untyped]  # ships no types

    theirs = WordLlama.load(cache_dir=str(files("wordllama")), disable_download=True).embed(SAID, norm=True)
    np.testing.assert_allclose(embed(SAID), theirs, atol=1e-5)


def test_what_means_the_same_is_nearer() -> None:
    low, down, train = embed(SAID)
    assert low @ down > low @ train + 0.2


@settings(max_examples=50)
@given(st.text(max_size=80))
def test_any_text_has_a_vector_of_length_one_or_none_at_all(text: str) -> None:
    vector = embed([text, "", text])
    assert vector.shape == (3, DIMENSIONS)
    assert not vector[1].any()
    assert np.array_equal(vector[0], vector[2])
    assert np.isclose(np.linalg.norm(vector[0]), 1, atol=1e-5) or not vector[0].any()


def test_a_word_is_a_text_of_one_word() -> None:
    assert np.array_equal(word_vector("tired"), embed(["tired"])[0])
    assert not word_vector("").any()
