"""Whatever order raters come in, answers are spread evenly, connected, and unconfounded with place."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import fsum
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from therapyarc.web.rating.block_design import Board, Claim, Item

FAST = settings(
    max_examples=40,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.reuse, Phase.generate),  # shrinking would take minutes
)


def choose(items: Sequence[Item], claims: Iterable[Claim], rater: str, load: int, rng: Random) -> str | None:
    """Ask a board that holds all claims at once."""
    own: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        own[claim.rater].append(claim)
    board = Board(items, load)
    for name, held in own.items():
        board.hold(name, held)
    met = sorted(own[rater], key=lambda claim: claim.position)
    return board.choose(rater, [claim.item for claim in met], rng)


def _items(count: int, needed: int, strata: int = 2) -> list[Item]:
    return [
        Item(
            name=f"i{n:02}",
            needed=needed,
            stratum=f"s{n % strata}",
            case=f"c{n // strata % 3}",
            author=f"a{n % (2 * strata)}",
        )
        for n in range(count)
    ]


def _fill(items: list[Item], raters: int, seed: int, *, cap: int = 10**6) -> list[Claim]:
    """Let raters come in a random order until nobody is given anything more."""
    rng = Random(seed)
    load = min(cap, -(-len(items) * items[0].needed // raters))
    claims: list[Claim] = []
    active = [f"r{n}" for n in range(raters)]
    while active:
        rater = rng.choice(active)
        own = sum(claim.rater == rater for claim in claims)
        name = choose(items, claims, rater, load, rng) if own < cap else None
        if name is None:
            active.remove(rater)
        else:
            claims.append(Claim(item=name, rater=rater, position=own))
        counts = Counter(claim.item for claim in claims)
        assert max(counts.values(), default=0) <= items[0].needed
    return claims


def _parts(claims: list[Claim]) -> int:
    parts: list[set[str]] = []
    for claim in claims:
        touched = [part for part in parts if part & {claim.item, f"rater {claim.rater}"}]
        parts = [part for part in parts if part not in touched]
        parts.append({claim.item, f"rater {claim.rater}"}.union(*touched))
    return len(parts)


@FAST
@given(raters=st.integers(2, 6), each=st.integers(3, 6), needed=st.integers(1, 3), seed=st.integers(0, 10**6))
def test_everything_is_rated_as_often_as_wanted_by_different_people(
    raters: int, each: int, needed: int, seed: int
) -> None:
    needed = min(needed, raters)
    items = _items(each * raters, needed)
    claims = _fill(items, raters, seed)
    assert set(Counter(claim.item for claim in claims).values()) == {needed}
    assert len({(claim.item, claim.rater) for claim in claims}) == len(claims)


@FAST
@given(raters=st.integers(2, 6), cap=st.integers(2, 8), needed=st.integers(1, 3), seed=st.integers(0, 10**6))
def test_where_people_tire_answers_with_fewer_raters_go_first(
    raters: int, cap: int, needed: int, seed: int
) -> None:
    """Nobody is given an answer while one with fewer raters is left that this rater has not met.

    So counts differ by one at most, but for the last answers of all, which whoever still rates may have met.
    """
    items = _items(24, min(needed, raters))
    counts = Counter({item.name: 0 for item in items})
    met: dict[str, set[str]] = {}
    for claim in _fill(items, raters, seed, cap=cap):
        own = met.setdefault(claim.rater, set())
        fewer = {name for name, count in counts.items() if count < counts[claim.item]}
        assert fewer <= own
        counts[claim.item] += 1
        own.add(claim.item)
    assert max(counts.values()) - min(counts.values()) <= 2


@FAST
@given(raters=st.integers(2, 6), each=st.integers(3, 6), needed=st.integers(2, 3), seed=st.integers(0, 10**6))
def test_raters_are_connected_through_what_they_share(raters: int, each: int, needed: int, seed: int) -> None:
    """Each rater rates three answers or more of two raters: without it, leniency and answers cannot be told apart."""
    items = _items(each * raters, min(needed, raters))
    assert _parts(_fill(items, raters, seed)) == 1


@FAST
@given(raters=st.integers(2, 6), strata=st.integers(2, 3), seed=st.integers(0, 10**6))
def test_source_is_balanced_within_each_rater_and_says_nothing_of_place(
    raters: int, strata: int, seed: int
) -> None:
    items = _items(36, 2, strata)
    strata_of = {item.name: item.stratum for item in items}
    claims = _fill(items, raters, seed)
    for rater in {claim.rater for claim in claims}:
        own = [strata_of[c.item] for c in sorted(claims, key=lambda c: c.position) if c.rater == rater]
        counts = Counter(own)
        for kind in set(strata_of.values()):
            assert abs(counts[kind] - len(own) / strata) <= 3, counts
    means = []
    for kind in sorted(set(strata_of.values())):
        places = [c.position for c in claims if strata_of[c.item] == kind]
        means.append(sum(places) / len(places))
    longest = max(claim.position for claim in claims) + 1
    assert max(means) - min(means) <= 0.12 * longest, means


def test_one_author_is_not_met_twice_in_a_row_where_that_can_be_helped() -> None:
    items = [Item(name=f"i{n}", needed=1, author=f"a{n % 2}") for n in range(8)]
    for seed in range(20):
        claims = _fill(items, 1, seed)
        authors = [int(claim.item[1:]) % 2 for claim in claims]
        assert all(first != second for first, second in pairwise(authors))


def test_the_same_seed_draws_the_same() -> None:
    items = _items(12, 2)
    assert _fill(items, 3, 5) == _fill(items, 3, 5)
    assert _fill(items, 3, 5) != _fill(items, 3, 6)


def test_nothing_is_left_for_who_has_met_everything() -> None:
    items = _items(2, 2)
    mine = [Claim(item=item.name, rater="r", position=n) for n, item in enumerate(items)]
    assert choose(items, mine, "r", 2, Random(1)) is None
    assert choose(items, mine, "other", 2, Random(1)) in {"i00", "i01"}


def test_a_rater_is_led_to_those_with_whom_nothing_is_shared_yet() -> None:
    """A and B share an answer; C stands apart: A's next is one of C's, whatever the seed."""
    items = [Item(name=f"i{n:02}", needed=2) for n in range(6)]
    had = [("A", 0), ("A", 1), ("B", 2), ("B", 3), ("C", 4), ("C", 5), ("A", 2)]
    claims = [Claim(item=f"i{n:02}", rater=rater, position=place) for place, (rater, n) in enumerate(had)]
    assert {choose(items, claims, "A", 4, Random(seed)) for seed in range(30)} == {"i04", "i05"}


def test_what_came_late_for_others_comes_early_for_the_next() -> None:
    items = [Item(name=name, needed=2) for name in ("early", "late")]
    claims = [
        Claim(item="early", rater="B", position=0),
        Claim(item="late", rater="B", position=9),
    ]
    assert {choose(items, claims, "A", 10, Random(seed)) for seed in range(30)} == {"late"}


def _by_hand(items: Sequence[Item], claims: list[Claim], rater: str, load: int) -> set[str]:
    """The rule as it is written down, tried on every item: all that tie."""
    own = sorted((claim for claim in claims if claim.rater == rater), key=lambda claim: claim.position)
    by_name = {item.name: item for item in items}
    mine = [by_name[claim.item] for claim in own]
    count = Counter(claim.item for claim in claims)
    free = [item for item in items if item not in mine and count[item.name] < item.needed]
    edges = _edges(claims)

    def place(position: int) -> float:
        return min(1.0, position / max(load - 1, 1))

    def beyond(kind: str, value: str) -> int:
        size = sum(getattr(item, kind) == value for item in items)
        had = sum(getattr(item, kind) == value for item in mine)
        more: int = round(had - len(mine) * size / len(items))
        return more

    def cost(item: Item) -> tuple[int, bool, int, int, int, bool]:
        places = [place(claim.position) for claim in claims if claim.item == item.name]
        mean = (fsum(places) + place(len(own))) / (len(places) + 1)
        together = any({f"item {item.name}", f"rater {rater}"} <= part for part in edges)
        return (
            count[item.name],
            together,
            beyond("stratum", item.stratum),
            beyond("case", item.case),
            round(10 * abs(mean - 0.5)) if places else 0,
            bool(mine) and item.author == mine[-1].author,
        )

    least = min(map(cost, free), default=None)
    return {item.name for item in free if cost(item) == least}


def _edges(claims: list[Claim]) -> list[set[str]]:
    parts: list[set[str]] = []
    for claim in claims:
        ends = {f"item {claim.item}", f"rater {claim.rater}"}
        touched = [part for part in parts if part & ends]
        parts = [*(part for part in parts if part not in touched), ends.union(*touched)]
    return parts


@FAST
@given(data=st.data(), seed=st.integers(0, 10**6))
def test_a_board_that_follows_along_gives_what_looking_at_everything_gives(
    data: st.DataObject, seed: int
) -> None:
    """Claims come and go, a rater may hold what no longer counts, and items may be closed."""
    items = [
        *_items(data.draw(st.integers(1, 14)), data.draw(st.integers(1, 3))),
        Item(name="closed", needed=0, stratum="s0", case="c9", author="a9"),
    ]
    load = data.draw(st.integers(1, 8))
    board, draws = Board(items, load), Random(seed)
    held: dict[str, list[str]] = {f"r{n}": [] for n in range(data.draw(st.integers(1, 4)))}
    for step in range(30):
        rater = draws.choice(sorted(held))
        claims = [
            Claim(item=name, rater=other, position=place)
            for other, names in held.items()
            for place, name in enumerate(names)
        ]
        chosen = board.choose(rater, held[rater], Random(step))
        best = _by_hand(items, claims, rater, load)
        assert chosen in best if best else chosen is None
        assert chosen == choose(items, claims, rater, load, Random(step))
        if chosen is not None:
            held[rater].append(chosen)
            if draws.random() < 0.5:
                board.add(rater, chosen)
                assert board.claimed(rater, chosen)
        other = draws.choice(sorted(held))
        if draws.random() < 0.2:  # something is given up
            held[other] = [name for name in held[other] if draws.random() < 0.5]
        for one in {rater, other}:
            board.hold(one, [Claim(item=name, rater=one, position=n) for n, name in enumerate(held[one])])


@pytest.mark.parametrize("held", [0, 1])
@pytest.mark.parametrize("barred", [3, 27])
def test_ties_are_drawn_evenly_among_what_is_left(held: int, barred: int) -> None:
    """Items of three authors, most of them barred or few; nobody has them, or another has."""
    items = [Item(name=f"i{n:02}", needed=2, author=f"a{n % 3}") for n in range(30)]
    board = Board(items, 30)
    for number, item in enumerate(items if held else []):
        board.hold(f"r{number}", [Claim(item=item.name, rater=f"r{number}", position=0)])
    gone = {item.name for item in items[:barred]}
    drawn = Counter(board.choose("A", [], Random(seed), gone) for seed in range(3000))
    left = {item.name for item in items} - gone
    assert set(drawn) == left
    spread = sum((count - 3000 / len(left)) ** 2 / (3000 / len(left)) for count in drawn.values())
    assert spread < 2.5 * len(left) + 10, "chi-square, far beyond its 99.9th percentile"


def test_what_was_given_to_a_rater_and_does_not_count_is_not_given_again_and_connects() -> None:
    items = [Item(name=f"i{n}", needed=2) for n in range(4)]
    board = Board(items, 4)
    for rater, names in (("B", ("i0", "i1")), ("C", ("i2", "i3"))):
        board.hold(rater, [Claim(item=name, rater=rater, position=n) for n, name in enumerate(names)])
    assert {board.choose("A", [], Random(seed)) for seed in range(30)} == {"i1", "i3"}
    assert {board.choose("A", ["i0"], Random(seed)) for seed in range(30)} == {"i3"}
