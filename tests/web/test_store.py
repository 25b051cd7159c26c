"""The database: acknowledged is stored, one bad job takes no other along, and every schema is reached by migrations."""

import asyncio
import gc
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import IntegrityError

from fakes.postgres import Cluster
from therapyarc.web.store import Inside, MigrationError, Store, StoreError, StoreUnavailableError, sqlite_url
from therapyarc.web.store.migrate import upgrade
from therapyarc.web.store.tables import Base

TESTS = Path(__file__).parents[1]


def _insert(connection: Connection, name: str) -> str:
    connection.execute(text("INSERT INTO participant VALUES (:id, 'rater', 'active', 1.0)"), {"id": name})
    return name


def _count(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM participant")).scalar_one())


def test_jobs_share_commits_and_one_that_fails_takes_no_other_along(url: str) -> None:
    with Store(url) as store:
        futures = [store.submit(partial(_insert, name=f"p{n % 40}")) for n in range(60)]
        failed = [future for future in futures if future.exception()]
        assert len(failed) == 20
        assert all(isinstance(future.exception(), IntegrityError) for future in failed)
        assert store.read(_count) == 40
        with pytest.raises(ZeroDivisionError):
            store.write(lambda c: (_insert(c, "never"), 1 / 0))
        assert store.read(_count) == 40, "what a failing job did before is undone"


def test_a_job_taken_back_while_it_waits_is_not_done_and_stops_no_other(url: str) -> None:
    """A request that was given up, as at the end of the server, takes its job back; the writer goes on."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> str:
        begun.set()
        assert go_on.wait(30)
        return _insert(connection, "slow")

    with Store(url) as store:
        first = store.submit(slow)
        assert begun.wait(30)
        taken_back, alone = (store.submit(partial(_insert, name=name)) for name in ("gone", "kept"))
        assert not first.cancel(), "it is being worked on"
        assert taken_back.cancel()
        go_on.set()
        assert first.result(30) == "slow"
        assert alone.result(30) == "kept"
        assert store.write(partial(_insert, name="later")) == "later"
        assert store.read(_count) == 3


def test_what_fails_inside_a_transaction_leaves_nothing_and_what_does_not_stays(url: str) -> None:
    """A request that is answered inside the writer's transaction catches an error of its own and still answers."""

    def request(connection: Connection) -> tuple[int, str]:
        inside = Inside(connection)
        inside.write(partial(_insert, name="kept"))
        with pytest.raises(ZeroDivisionError):
            inside.write(lambda c: (_insert(c, "never"), 1 / 0))
        return inside.read(_count), "answered"

    with Store(url) as store:
        assert store.submit(request, guarded=True).result(30) == (1, "answered")
        assert store.read(_count) == 1


def _thread(connection: Connection, name: str) -> str:
    _insert(connection, name)
    return threading.current_thread().name


def test_an_event_loop_does_guarded_work_on_sqlite_and_the_rest_stays_with_the_writer(url: str) -> None:
    async def play(store: Store) -> list[str]:
        with store.worked_on(asyncio.get_running_loop()):
            jobs = [
                store.submit(partial(_thread, name=f"p{n}"), guarded=guarded)
                for n, guarded in enumerate((False, True, True, False))
            ]
            return await asyncio.gather(*map(asyncio.wrap_future, jobs))

    with Store(url) as store:
        here, writer = threading.current_thread().name, "therapyarc-writer"
        loop = here if store.file else writer
        assert asyncio.run(play(store)) == [writer, loop, loop, writer]
        assert store.submit(partial(_thread, name="after"), guarded=True).result(30) == writer
        rows = store.read(lambda c: c.execute(text("SELECT id FROM participant ORDER BY id")).scalars().all())
    assert rows == ["after", "p0", "p1", "p2", "p3"]


def test_work_that_fails_in_an_event_loop_takes_no_other_along(url: str) -> None:
    def failing(connection: Connection, error: Exception) -> None:
        def work(inner: Connection) -> None:
            _insert(inner, "never")
            raise error

        Inside(connection).write(work)

    async def play(store: Store) -> list[object]:
        with store.worked_on(asyncio.get_running_loop()):
            failed = [
                store.submit(partial(failing, error=error), guarded=True)
                for error in (TimeoutError(), RuntimeError())
            ]
            kept = asyncio.wrap_future(store.submit(partial(_insert, name="kept"), guarded=True))
            return [
                *await asyncio.gather(*map(asyncio.wrap_future, failed), return_exceptions=True),
                await kept,
            ]

    with Store(url) as store:
        late, wrong, kept = asyncio.run(play(store))
        assert isinstance(late, TimeoutError)
        assert isinstance(wrong, RuntimeError)
        assert kept == "kept"
        assert store.read(_count) == 1


def test_the_writer_waits_for_no_loop_that_stands_still_or_is_gone(tmp_path: Path) -> None:
    async def standing_still(store: Store) -> str:
        with store.worked_on(asyncio.get_running_loop()):
            return store.submit(partial(_thread, name="p1"), guarded=True).result(30)  # the loop waits for it

    gone = asyncio.new_event_loop()
    gone.close()
    with Store(sqlite_url(tmp_path / "a.db")) as store:
        assert asyncio.run(standing_still(store)) == "therapyarc-writer"
        with store.worked_on(gone):
            job = store.submit(partial(_thread, name="p2"), guarded=True)
            assert job.result(30) == "therapyarc-writer"
        assert store.read(_count) == 2


@pytest.mark.parametrize("patience", [0.0, 0.0002, 0.001])
def test_work_is_done_once_however_close_to_its_end_the_wait_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    """Loop and writer race for each piece of work: one of them does it, and nobody is told that it was not done."""
    monkeypatch.setattr("therapyarc.web.store.database._PATIENCE", patience)
    done: list[str] = []

    def work(connection: Connection, name: str) -> str:
        done.append(_thread(connection, name))
        return name

    async def play(store: Store) -> list[str]:
        with store.worked_on(asyncio.get_running_loop()):
            return [
                await asyncio.wrap_future(store.submit(partial(work, name=f"p{n}"), guarded=True))
                for n in range(200)
            ]

    with Store(sqlite_url(tmp_path / "a.db")) as store:
        assert asyncio.run(play(store)) == [f"p{n}" for n in range(200)]
        assert store.read(_count) == len(done) == 200


def test_readers_cannot_write_to_sqlite(tmp_path: Path) -> None:
    with (
        Store(sqlite_url(tmp_path / "a.db")) as store,
        pytest.raises(StoreUnavailableError, match="readonly"),
    ):
        store.read(lambda c: _insert(c, "p"))


@pytest.mark.parametrize("last", [1, 260])
def test_what_was_acknowledged_before_a_kill_is_stored(url: str, last: int) -> None:
    """SIGKILL right after an acknowledgement: every number that the child printed is there, in order, none left out."""
    Store(url).close()
    done = subprocess.run(
        [sys.executable, str(TESTS / "fakes" / "saving.py"), url, str(last)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    acked = {int(line) for line in done.stdout.split()}
    assert last in acked
    with Store(url) as store:
        rows = store.read(lambda c: c.execute(text("SELECT id FROM participant")).all())
    stored = {int(row[0][4:]) for row in rows}
    assert acked <= stored
    assert stored == set(range(1, max(stored) + 1))


def test_migrations_make_the_schema_that_the_program_expects(url: str) -> None:
    Store(url).close()
    with Store(url):
        pass
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_leases_of_an_older_schema_get_the_number_that_is_shown(url: str) -> None:
    """Examples are counted apart, tasks of one answer share a number, and what was given up leaves no gap."""
    engine = create_engine(url)
    upgrade(engine, "r0006_labels")
    given = [
        ("training", 0), ("calibration", 1), ("real", 2), ("real", 2), ("attention", 4), ("training", 5), ("real", 6),
    ]  # fmt: skip
    with engine.begin() as connection:
        for person in ("p", "q"):
            connection.execute(text(f"INSERT INTO participant VALUES ('{person}', 'rater', 'active', 1.5)"))
        for number, (kind, position) in enumerate(given):
            connection.execute(
                text(
                    "INSERT INTO rating_task (id, session, rubric, version, needed, kind, stratum) "
                    f"VALUES ('t{number}', '', 'r', '1', 2, '{kind}', '')"
                )
            )
            for person in ("p", "q"):
                connection.execute(
                    text(
                        "INSERT INTO lease (task, participant, position, expires_at) "
                        f"VALUES ('t{number}', '{person}', {position}, 1.0)"
                    )
                )
    upgrade(engine)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT participant, number FROM lease ORDER BY participant, task")
        ).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [(person, n) for person in "pq" for n in (1, 2, 1, 1, 2, 3, 3)]


def test_a_newer_schema_is_left_alone(url: str) -> None:
    with Store(url) as store:
        newer = text(
            "UPDATE alembic_version SET version_num = 'r9999' "
            "WHERE version_num = (SELECT max(version_num) FROM alembic_version)"
        )
        store.write(lambda c: c.execute(newer).rowcount)
    with pytest.raises(MigrationError, match="newer TherapyArc"):
        Store(url)


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # the driver's on broken connections
def test_postgresql_stopped_and_started_again_loses_nothing(cluster: Cluster) -> None:
    with Store(cluster.fresh()) as store:
        store.write(lambda c: _insert(c, "before"))
        cluster.stop()
        try:
            with pytest.raises(StoreUnavailableError):
                store.write(lambda c: _insert(c, "during"))
            with pytest.raises(StoreUnavailableError):
                store.read(_count)
        finally:
            cluster.start()
        store.write(lambda c: _insert(c, "during"))
        assert store.read(_count) == 2
    gc.collect()


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match=r"cannot open the database.*not a database"):
        Store(sqlite_url(path))
    assert path.read_bytes().startswith(b"not a database")


def test_a_password_stands_in_no_message() -> None:
    with pytest.raises(StoreError) as caught:
        Store("postgresql+psycopg://me:secret@127.0.0.1:1/none")
    assert "secret" not in str(caught.value)


def test_a_full_disk_is_said_and_nothing_is_called_saved(tmp_path: Path) -> None:
    with Store(sqlite_url(tmp_path / "a.db")) as store:
        pages = store.read(lambda c: c.execute(text("PRAGMA page_count")).scalar_one())
        store.write(lambda c: c.execute(text(f"PRAGMA max_page_count={int(pages) + 2}")).scalar_one())
        futures = [store.submit(partial(_insert, name=f"{n}" + "x" * 4000)) for n in range(600)]
        errors = [future.exception() for future in futures]
        assert any(isinstance(error, StoreUnavailableError) and "full" in str(error) for error in errors)
        kept = errors.count(None)
        assert store.read(_count) == kept, "what was acknowledged before is there, and no more"


def test_the_file_and_those_beside_it_are_for_their_owner_alone(tmp_path: Path) -> None:
    with Store(sqlite_url(tmp_path / "a.db")) as store:
        store.write(partial(_insert, name="p"))
        found = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("a.db*")}
    assert found == dict.fromkeys(("a.db", "a.db-shm", "a.db-wal"), 0o600)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        Store(sqlite_url(tmp_path / "absent" / "a.db"))
