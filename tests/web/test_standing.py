"""What is kept in memory of a panel says what the database says: after errors, other servers and withdrawals."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from fakes.visitors import MATERIAL, RATED, House, post_replies
from therapyarc.domain.design import Design
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.rating.onward import next_task
from therapyarc.web.rating.standing import Standing, extent_of, standing_of
from therapyarc.web.rating.walk import Way, read_walk
from therapyarc.web.store import StoreUnavailableError


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Design:
    folder = tmp_path_factory.mktemp("rated")
    study = RATED.replace(
        "training: 2, calibration: 1, duplicates: 1", "training: 0, calibration: 0, duplicates: 0"
    )
    (folder / "study.yaml").write_text(study.replace("places: 2", "places: 4"), encoding="utf-8")
    (folder / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    return load_design(folder / "study.yaml")


@pytest.fixture
def desk(rated: Design, url: str, tmp_path: Path) -> Iterator[House]:
    with Store(url) as store, House(rated, store, tmp_path) as house:
        post_replies(house, 8)
        yield house


def _same(house: House, people: list[str], store: Store | None = None) -> None:
    """What is kept draws as what is read anew draws, for everyone."""
    spec = house.design.study.raters[0]

    def work(connection: Connection) -> None:
        kept, fresh = (
            standing_of(connection, spec, house.clock.now),
            Standing(connection, spec, house.clock.now),
        )
        assert (kept.load, kept.rounds) == (fresh.load, fresh.rounds)
        for name in people:
            way, there = kept.way(connection, name, house.clock.now), Way(read_walk(connection, name).met)
            assert (way.tasks, way.beside) == (there.tasks, there.beside)
            assert all(way.answers[kind] == there.answers[kind] for kind in ("training", "real", "attention"))
            assert [way.end(kind) for kind in ("training", "real")] == [
                there.end(kind) for kind in ("training", "real")
            ]
            assert (None if way.open is None else way.open.id) == (
                None if there.open is None else there.open.id
            )
            met = [tasks[0].target for tasks in read_walk(connection, name).of("real")]
            for seed in range(5):
                assert kept.board.choose(name, met, Random(seed)) == fresh.board.choose(
                    name, met, Random(seed)
                )

    (store or house.store).write(work)


class _TakenBackError(Exception):
    pass


def test_a_draw_that_is_rolled_back_never_was(desk: House) -> None:
    """Alone to its savepoint, or with the whole transaction."""
    spec = desk.design.study.raters[0]
    first, second = desk.person("rater"), desk.person("rater")
    first.rate_all(most=3)
    for error, told in (
        (_TakenBackError(), _TakenBackError),
        (OperationalError("", {}, Exception("no room")), StoreUnavailableError),
    ):

        def lost(connection: Connection, error: Exception = error) -> None:
            assert next_task(connection, spec, 2, second.id, 7, desk.clock()) is not None
            standing_of(connection, spec, desk.clock())
            raise error

        with pytest.raises(told):
            desk.store.write(lost)
        _same(desk, [first.id, second.id])
    second.rate_all(most=2)
    _same(desk, [first.id, second.id])


def test_another_server_on_the_same_database_is_followed(desk: House) -> None:
    with Store(desk.store.url) as store, House(desk.design, store, desk.settings.beside) as other:
        here, there = desk.person("rater"), other.person("rater")
        for most in (3, 2, 4):
            here.rate_all(most=most)
            there.rate_all(most=most)
            _same(desk, [here.id, there.id])
            _same(desk, [here.id, there.id], store)
        post_replies(other, 10)
        _same(desk, [here.id, there.id])
        count = "SELECT count(DISTINCT target) FROM rating_task WHERE kind = 'real' AND NOT closed"
        for one in (desk, other):
            assert one.store.read(lambda c: extent_of(c, "panel")).answers == 10
            assert one.store.read(lambda c: c.execute(text(count)).scalar()) == 10


def test_leases_that_run_out_and_are_taken_up_again_are_followed(desk: House) -> None:
    people = [desk.person("rater") for _ in range(3)]
    for number, person in enumerate(people):
        person.rate_all(most=2 * number + 1)
    names = [person.id for person in people]
    _same(desk, names)
    desk.clock.now += 61 * 60.0
    _same(desk, names)
    assert people[0].onward()
    _same(desk, names)
    kinds = desk.store.read(
        lambda c: c.execute(text("SELECT kind FROM event_log ORDER BY seq")).scalars().all()
    )
    assert "task.taken_up" in kinds
    people[1].rate_all()
    _same(desk, names)


def test_a_rating_given_after_its_lease_ran_out_counts_again(desk: House) -> None:
    spec, person = desk.design.study.raters[0], desk.person("rater")
    path = person.onward()
    while "Question 1 of 2" in person.get(path).text:
        path = person.rate(path, "3").headers["location"]
    target = desk.store.read(
        lambda c: c.execute(
            text("SELECT target FROM rating_task WHERE id = :id"), {"id": path.rpartition("/")[2]}
        ).scalar_one()
    )
    desk.clock.now += 61 * 60.0
    _same(desk, [person.id])
    assert person.rate(path, "3").status_code == 303
    _same(desk, [person.id])
    assert desk.store.write(lambda c: standing_of(c, spec, desk.clock.now).board.claimed(person.id, target))


def test_who_leaves_frees_what_was_held(desk: House) -> None:
    people = [desk.person("rater") for _ in range(3)]
    for person in people:
        person.rate_all(most=5)
    names = [person.id for person in people]
    people[0].post("/withdraw", {"answers": "delete"})
    _same(desk, names)
    people[1].post("/withdraw", {"answers": "keep"})
    _same(desk, names)
    people[2].rate_all()
    _same(desk, names)
