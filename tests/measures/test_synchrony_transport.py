"""The exact kernels: a metric, indifferent to scale, the same compiled and in numpy, and never under the relaxed bound."""

import sys
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from therapyarc.measures.synchrony import Bags, bags_of, between_words, lockstep, movers_distance, transport
from therapyarc.measures.synchrony.transport import MOST_WORDS

Floats = NDArray[np.float64]
BAG = st.dictionaries(st.integers(0, 11), st.integers(1, 5), min_size=1, max_size=9)
needs_numba = pytest.mark.skipif(
    find_spec("numba") is None, reason="numba is absent: pip install therapyarc[fast]"
)


def points(seed: int) -> Floats:
    """Return distances of twelve points on a sphere, some near each other, two of them the same."""
    found = np.random.default_rng(seed).normal(size=(12, 3)).round(1)
    found[1] = found[0]
    found /= np.sqrt(np.square(found).sum(axis=1, keepdims=True)) + 1e-12
    return np.asarray(np.sqrt(np.square(found[:, None] - found[None]).sum(axis=2)))


def made(bags: list[dict[int, int]]) -> Bags:
    flat = np.array([one for bag in bags for one in sorted(bag.items())], dtype=np.int64).reshape(-1, 2)
    starts = np.cumsum([0, *map(len, bags)])
    kinds = tuple(f"w{number}" for number in range(12))
    return Bags(kinds, flat[:, 0].copy(), flat[:, 1].copy(), starts)


def apart(a: dict[int, int], b: dict[int, int], between: Floats) -> float:
    return float(movers_distance(made([a, b]), np.array([0]), np.array([1]), between)[0])


def by_linear_programme(a: dict[int, int], b: dict[int, int], between: Floats) -> float:
    """Solve the whole problem, shared words and all."""
    weights = [np.array(list(bag.values())) / sum(bag.values()) for bag in (a, b)]
    m, n = len(a), len(b)
    equal = np.zeros((m + n, m * n))
    for i in range(m):
        equal[i, i * n : (i + 1) * n] = 1
    for j in range(n):
        equal[m + j, j::n] = 1
    cost = between[np.ix_(list(a), list(b))].ravel()
    found = linprog(cost, A_eq=equal, b_eq=np.concatenate(weights)).fun
    assert found is not None
    return found


@settings(max_examples=60)
@given(BAG, BAG, st.integers(0, 50))
def test_equals_a_linear_programme(a: dict[int, int], b: dict[int, int], seed: int) -> None:
    """So cancelling words that both bags hold loses nothing: distances of words are a metric."""
    between = points(seed)
    assert apart(a, b, between) == pytest.approx(by_linear_programme(a, b, between), abs=1e-9)


def test_cancelling_is_right_for_metric_costs_only() -> None:
    """On squared distances it is wrong, which is why the costs must be distances."""
    line = np.zeros((12, 12))
    line[:3, :3] = np.abs(np.subtract.outer(np.arange(3.0), np.arange(3.0)))
    a, b = {0: 1, 1: 1}, {1: 1, 2: 1}
    assert apart(a, b, line) == pytest.approx(by_linear_programme(a, b, line)) == pytest.approx(1.0)
    assert by_linear_programme(a, b, line**2) == pytest.approx(
        1.0
    )  # each moves by 1; cancelled, one would move by 2


@given(BAG, BAG, BAG, st.integers(0, 50), st.integers(2, 7))
def test_is_a_metric_and_knows_no_scale(
    a: dict[int, int], b: dict[int, int], c: dict[int, int], seed: int, times: int
) -> None:
    between = points(seed)
    assert apart(a, a, between) == 0
    assert apart(a, b, between) == pytest.approx(apart(b, a, between), abs=1e-12)
    assert apart(a, c, between) <= apart(a, b, between) + apart(b, c, between) + 1e-9
    more = {word: count * times for word, count in a.items()}
    assert apart(more, b, between) == pytest.approx(apart(a, b, between), abs=1e-12)
    assert 0 <= apart(a, b, between) <= between.max() + 1e-12


@given(BAG, BAG, st.integers(0, 50))
def test_lies_above_the_relaxed_bound(a: dict[int, int], b: dict[int, int], seed: int) -> None:
    between = points(seed)
    bounds = [
        sum(count * between[word, list(other)].min() for word, count in own.items()) / sum(own.values())
        for own, other in ((a, b), (b, a))
    ]
    assert apart(a, b, between) >= max(bounds) - 1e-12


@needs_numba
@settings(max_examples=60)
@given(st.lists(BAG, min_size=2, max_size=12), st.integers(0, 50))
def test_both_kernels_give_the_same(bags: list[dict[int, int]], seed: int) -> None:
    from therapyarc.measures.synchrony import compiled

    whole, between = made([*bags, {}]), points(seed)  # the last one is in no pair
    first, second = np.triu_indices(len(bags), 1)
    args = (whole.words, whole.counts, whole.starts, first, second, between)
    assert compiled.distances(*args) == pytest.approx(lockstep.distances(*args), abs=1e-10)


@needs_numba
def test_both_kernels_give_the_same_on_large_bags() -> None:
    from therapyarc.measures.synchrony import compiled

    rng = np.random.default_rng(3)
    bags = bags_of(
        [" ".join(f"word{n}" for n in rng.integers(0, 200, size)) for size in (1, 2, 30, 90, 199, 400)]
    )
    cloud = rng.normal(size=(len(bags.kinds), 4))
    between = np.sqrt(np.square(cloud[:, None] - cloud[None]).sum(axis=2))
    first, second = np.triu_indices(6, 1)
    args = (bags.words, bags.counts, bags.starts, first, second, between)
    assert compiled.distances(*args) == pytest.approx(lockstep.distances(*args), abs=1e-9)


def test_without_numba_the_other_kernel_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    transport._kernel.cache_clear()
    monkeypatch.setitem(sys.modules, "therapyarc.measures.synchrony.compiled", None)
    try:
        assert transport._kernel() is lockstep.distances
        assert apart({0: 1}, {5: 2}, points(0)) == pytest.approx(points(0)[0, 5])
    finally:
        transport._kernel.cache_clear()


@given(st.lists(st.text(max_size=30), max_size=5))
def test_bags_of_any_words(texts: list[str]) -> None:
    bags = bags_of(texts)
    assert len(bags.sizes) == len(texts)
    assert (bags.counts > 0).all()
    for start, end in zip(bags.starts[:-1], bags.starts[1:], strict=True):
        assert (np.diff(bags.words[start:end]) > 0).all()


def test_a_huge_turn_is_read_up_to_its_first_content_words() -> None:
    bags = bags_of([" ".join(f"word{n}" for n in range(5000))])
    assert bags.counts.sum() == MOST_WORDS


def test_an_empty_bag_has_no_distance() -> None:
    bags = bags_of(["river", "of the"])
    with pytest.raises(ValueError, match="empty bag"):
        movers_distance(bags, np.array([0]), np.array([1]), between_words(bags.kinds))


@given(st.lists(st.sampled_from(["river", "bank", "Ärger", "眠れない", "sleep"]), min_size=1, unique=True))
def test_distances_of_words_are_a_metric(words: list[str]) -> None:
    between = between_words(words)
    assume(len(words) > 1)
    assert (between == between.T).all()
    assert (np.diag(between) == 0).all()
    assert (between <= 2 + 1e-9).all()
    through = (between[:, :, None] + between[None]).min(axis=1)
    assert (between <= through + 1e-7).all()
