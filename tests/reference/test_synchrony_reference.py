"""Coordination against ConvoKit, Word Mover's Distance against POT and gensim, cosines against ALIGN.

synchrony.json holds their versions.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from therapyarc.measures.synchrony import Bags, bags_of, between_words, by_marker, movers_distance
from therapyarc.measures.synchrony.grams import KINDS, grams_of

KEPT = json.loads(Path(__file__).with_name("synchrony.json").read_text(encoding="utf-8"))


def test_coordination_equals_convokit_on_its_own_markers() -> None:
    """ConvoKit 5.0.0, target_thresh=3; all scores, and the same markers without support."""
    ours, theirs = [], []
    for talk in KEPT["coordination"]:
        has = np.array([[mark == "1" for mark in turn] for turn in talk["turns"]])
        for who, first in (("client", 2), ("therapist", 1)):
            later = np.arange(first, len(has), 2)
            got = by_marker(has[later], has[later - 1])
            for one, other in zip(got, talk["scores"][who], strict=True):
                assert np.isnan(one) == (other is None)
                if other is not None:
                    ours.append(one)
                    theirs.append(other)
    assert len(ours) > 300
    assert np.corrcoef(ours, theirs)[0, 1] > 0.999
    assert ours == pytest.approx(theirs, abs=1e-12)


def kept_bags() -> tuple[Bags, NDArray[np.float64]]:
    kept = KEPT["transport"]
    points = np.array(kept["points"])
    between = np.sqrt(np.maximum(np.square(points[:, None] - points[None]).sum(axis=2), 0))
    both = [bag for pair in kept["bags"] for bag in pair]
    flat = np.array([entry for bag in both for entry in bag], dtype=np.int64)
    starts = np.cumsum([0, *map(len, both)])
    kinds = tuple(f"w{place}" for place in range(len(points)))
    return Bags(kinds, flat[:, 0].copy(), flat[:, 1].copy(), starts), between


def test_transport_equals_pot_and_gensim() -> None:
    """POT 0.9.7 `emd2` on the same costs; gensim 4.4.0 `wmdistance`, which works in single precision."""
    bags, between = kept_bags()
    first = np.arange(0, len(bags.sizes), 2)
    got = movers_distance(bags, first, first + 1, between)
    assert max(bags.sizes) > 30
    assert got == pytest.approx(KEPT["transport"]["pot"], abs=1e-10)
    assert got == pytest.approx(KEPT["transport"]["gensim"], abs=1e-5)


def test_distances_of_sentences_equal_gensim_on_the_same_vectors() -> None:
    bags = bags_of(KEPT["sentences"]["lines"])
    first, second = np.triu_indices(len(bags.sizes), 1)
    got = movers_distance(bags, first, second, between_words(bags.kinds))
    assert got == pytest.approx(KEPT["sentences"]["gensim"], abs=1e-4)


def test_cosines_of_words_and_word_pairs_equal_align() -> None:
    """ALIGN 0.1.1, `ngram_lexical` of one and of two and `get_cosine`, on the same stems."""
    lines = KEPT["sentences"]["lines"]
    got = grams_of(lines).products(np.arange(1, len(lines)), np.arange(len(lines) - 1))
    for kind, name in (("stems", "stems"), ("stem pairs", "stem_pairs")):
        theirs = KEPT["lexical"][name]
        assert sum(value > 0 for value in theirs) >= 4
        assert got[:, KINDS.index(kind)] == pytest.approx(theirs, abs=1e-12)
