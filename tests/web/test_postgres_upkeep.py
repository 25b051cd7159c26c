"""PostgreSQL from outside the pages: backups that restore, erasure in its files, and a doctor that says what is wrong."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, insert, inspect, select, text
from typer.testing import CliRunner

from fakes.postgres import Cluster
from fakes.visitors import House
from therapyarc.cli import app
from therapyarc.cli.people import PeopleError
from therapyarc.domain.design import Design
from therapyarc.web import Store
from therapyarc.web.audit import record_event, verify
from therapyarc.web.erasure import erase_person
from therapyarc.web.identity import read_key, write_identity
from therapyarc.web.store import StoreError, StoreUnavailableError, sqlite_url
from therapyarc.web.store.migrate import upgrade
from therapyarc.web.store.tables import Base, Participant
from therapyarc.web.upkeep import UpkeepError, backup, compact, examine, postgres, restore

WORDS = "zebra-striped umbrella"


def _filled(store: Store, design: Design, folder: Path, words: str = WORDS) -> tuple[str, str]:
    """Let two people answer, one in these words; return their pseudonyms."""
    with House(design, store, folder) as house:
        person, other = house.answering(), house.answering()
        (step,) = [step for step in person.items() if step.item == "respond"]
        assert person.answer(step, f"{words} \u2028 \U0001f33f Zoë", 0, "k").status_code == 200
        assert other.answer(other.items()[0], other.items()[0].options[0], 0, "k").status_code == 200
        house.person("trainee")
    secret = read_key(folder / "people.key", make=True)
    store.write(lambda c: write_identity(c, secret, person.id, "Jane Roe"))
    return person.id, other.id


def _rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return found


def _wrong(url: str, key: Path | None = None) -> dict[str, str]:
    return {one.what: one.found for one in examine(url, key) if not one.well}


@contextmanager
def _changed(url: str, harm: str, undo: str) -> Iterator[None]:
    """Do harm to a database for a while."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(harm))
        try:
            yield
        finally:
            connection.execute(text(undo))
    engine.dispose()


def test_a_backup_of_postgresql_goes_back_into_either_database_row_by_row(
    cluster: Cluster, design: Design, tmp_path: Path
) -> None:
    url, copy = cluster.fresh(), tmp_path / "copy.db"
    with Store(url) as store:
        _filled(store, design, tmp_path)
        found = backup(store, copy)
        assert found == store.read(verify)
        with pytest.raises(UpkeepError, match="exists"):
            backup(store, copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    held = _rows(url)
    assert {"response", "identity", "event_log", "consent"} <= {name for name, rows in held.items() if rows}
    for target in (cluster.fresh(), sqlite_url(tmp_path / "restored.db")):
        assert restore(copy, target) == found
        assert _rows(target) == held
        with Store(target) as store:
            assert store.read(verify) == found
            store.write(lambda c: record_event(c, 1.0, "operator", "test", "after"))
            assert store.read(verify).events == found.events + 1
        with pytest.raises(UpkeepError, match=r"is not empty|exists"):
            restore(copy, target)
    assert (tmp_path / "restored.db").stat().st_mode & 0o777 == 0o600


def test_a_backup_while_writers_run_is_one_moment_of_them(cluster: Cluster, tmp_path: Path) -> None:
    """Each writer adds a person and its event together; a copy of several moments would hold one without the other."""
    stop, written = threading.Event(), [0, 0, 0]

    def writer(store: Store, place: int) -> None:
        for number in count():
            if stop.is_set():
                return

            def work(connection: Connection, name: str = f"{place}-{number}") -> None:
                connection.execute(insert(Participant).values(id=name, role="rater", created_at=1.0))
                record_event(connection, 1.0, "operator", "participant.invited", name)

            store.write(work)
            written[place] += 1

    url = cluster.fresh()
    with Store(url) as store:
        threads = [threading.Thread(target=writer, args=(store, place)) for place in range(3)]
        for thread in threads:
            thread.start()
        try:
            made = []
            for number in range(4):
                time.sleep(0.3)
                before = sum(written)
                found = backup(store, tmp_path / f"{number}.db")
                made.append((before, found.events, sum(written)))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    for number, (before, events, after) in enumerate(made):
        assert before <= events <= after
        target = cluster.fresh()
        assert restore(tmp_path / f"{number}.db", target).events == events
        with Store(target) as store:
            assert store.read(verify).events == events
            people = store.read(lambda c: set(c.scalars(select(Participant.id))))
            named = store.read(lambda c: set(c.scalars(text("SELECT subject FROM event_log"))))
        assert people == named
        assert len(people) == events
    assert made[0][2] > made[0][0], "somebody wrote while the copy was made"


def test_a_bad_backup_is_no_backup(cluster: Cluster, design: Design, tmp_path: Path) -> None:
    url = cluster.fresh()
    with Store(url) as store:
        _filled(store, design, tmp_path)
        with pytest.raises(UpkeepError, match="No such file"):
            backup(store, tmp_path / "nowhere" / "a.db")
        copy = tmp_path / "copy.db"
        backup(store, copy)
        store.write(lambda c: c.execute(text("UPDATE event_log SET kind = 'x' WHERE seq = 3")).rowcount)
        with pytest.raises(UpkeepError, match=r"broken at event 3.*people doctor"):
            backup(store, tmp_path / "bad.db")
        assert not (tmp_path / "bad.db").exists()
    empty = cluster.fresh()
    with pytest.raises(UpkeepError, match="no file"):
        restore(tmp_path / "none.db", empty)
    with closing(sqlite3.connect(copy)) as database, database:
        database.execute("DELETE FROM event_log WHERE seq = 2")
    with pytest.raises(UpkeepError, match="not whole"):
        restore(copy, empty)
    (tmp_path / "noise.db").write_bytes(b"noise" * 2000)
    with pytest.raises(UpkeepError, match="not whole"):
        restore(tmp_path / "noise.db", empty)
    engine = create_engine(empty)
    assert inspect(engine).get_table_names() == [], "nothing is left of what failed"
    engine.dispose()


def test_an_older_backup_of_sqlite_moves_to_postgresql_and_a_newer_one_is_refused(
    cluster: Cluster, tmp_path: Path
) -> None:
    old = tmp_path / "old.db"
    engine = create_engine(sqlite_url(old))
    upgrade(engine, "r0002_courses")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO participant VALUES ('p', 'rater', 'active', 1.5)"))
        record_event(connection, 1.0, "operator", "test", "p")
    engine.dispose()
    url = cluster.fresh()
    assert restore(old, url).events == 1
    with Store(url) as store:
        assert store.read(lambda c: c.execute(select(Participant.id, Participant.created_at)).one()) == (
            "p",
            1.5,
        )
    assert _wrong(url).keys() <= {"durability"}, "its schema is brought up to date"
    with closing(sqlite3.connect(old)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'r9999'")
    with pytest.raises(UpkeepError, match="newer TherapyArc"):
        restore(old, cluster.fresh())


def test_what_postgresql_cannot_hold_leaves_it_empty(cluster: Cluster, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with Store(sqlite_url(copy)) as store:
        store.write(
            lambda c: (
                c.execute(insert(Participant).values(id="a\x00b", role="rater", created_at=1.0)).rowcount
            )
        )
    url = cluster.fresh()
    with pytest.raises(UpkeepError, match=r"nothing was restored.*NUL"):
        restore(copy, url)
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_after_an_erasure_no_byte_is_left_in_the_files_of_postgresql(
    cluster: Cluster, design: Design, tmp_path: Path
) -> None:
    url, words = cluster.fresh(), "a violet teapot"
    with Store(url) as store:
        person, other = _filled(store, design, tmp_path, words)
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("ANALYZE"))  # as the server does by itself: the statistics hold samples
            connection.execute(text("CHECKPOINT"))
        assert cluster.files().count(words.encode()) >= 3, "answer, revision, statistics"
        store.write(lambda c: erase_person(c, person, 1.0))
        said = compact(store)
        assert words.encode() not in cluster.files()
        assert any("write-ahead log" in sentence for sentence in said)
        assert store.read(verify).events > 0
        assert (
            store.read(lambda c: c.scalar(select(Participant.status).where(Participant.id == other)))
            == "active"
        )
        admin.dispose()


def test_an_erasure_waits_for_those_who_still_see_what_was_deleted(
    cluster: Cluster, design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, words = cluster.fresh(), "a silver kettle"
    with Store(url) as store:
        person, _ = _filled(store, design, tmp_path, words)
        reader = create_engine(url, isolation_level="REPEATABLE READ")
        with reader.connect() as connection:
            connection.execute(text("SELECT count(*) FROM study")).scalar_one()
            store.write(lambda c: erase_person(c, person, 1.0))
            monkeypatch.setattr(postgres, "_PATIENCE_S", 1)
            with pytest.raises(
                UpkeepError, match=r"process \d+ has been at work since before.*same command again"
            ):
                compact(store)
            monkeypatch.setattr(postgres, "_PATIENCE_S", 30)
            timer = threading.Timer(1.0, connection.rollback)
            timer.start()
            compact(store)
            timer.join()
        assert words.encode() not in cluster.files()
        with reader.connect() as connection, connection.begin():
            connection.execute(text("LOCK TABLE response IN ACCESS SHARE MODE"))
            monkeypatch.setattr(postgres, "_PATIENCE_S", 1)
            with pytest.raises(UpkeepError, match=r"(could not be rewritten|at work since)"):
                compact(store)
        reader.dispose()


def test_the_commands_do_on_postgresql_what_they_do_on_sqlite(
    cluster: Cluster, design: Design, study: Path, tmp_path: Path
) -> None:
    url = cluster.fresh()
    with Store(url) as store:
        person, _ = _filled(store, design, tmp_path)

    def run(*words: str, db: str = url) -> str:
        plain = db.replace("+psycopg", "")
        done = CliRunner().invoke(app, ["people", words[0], str(study), *words[1:], "--db", plain])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    made, target = tmp_path / "made.db", cluster.fresh()
    assert "whole" in run("backup", str(made))
    assert "restored" in run("restore", str(made), db=target)
    said = run("erase", person, db=target)
    assert "erased" in said
    assert "write-ahead log" in said
    with pytest.raises(PeopleError, match="1 of 11 checks failed; nothing was changed"):
        run("doctor", db=target)  # this cluster does not wait for the disk
    with pytest.raises(StoreError, match="is empty; correct --db"):
        run("backup", str(tmp_path / "none.db"), db=cluster.fresh())


def test_the_doctor_finds_nothing_in_a_sound_database_and_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, cluster: Cluster, design: Design, tmp_path: Path
) -> None:
    del cluster  # skips where there is no PostgreSQL
    with Cluster(tmp_path_factory.mktemp("durable"), durable=True) as durable:
        url = durable.fresh()
        assert "holds none of TherapyArc" in _wrong(url)["tables"]
        engine = create_engine(url)
        assert inspect(engine).get_table_names() == [], "the doctor makes no tables"
        engine.dispose()
        with Store(url) as store:
            _filled(store, design, tmp_path)
        checks = {one.what: one for one in examine(url, tmp_path / "people.key")}
        assert all(one.well for one in checks.values()), checks
        assert "unbroken" in checks["audit trail"].found
        assert "GB free" in checks["room"].found
        durable.stop()
        assert "does not answer" in _wrong(url)["server"]
        durable.start()


def test_the_doctor_says_what_is_wrong(
    cluster: Cluster, design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = cluster.fresh()
    with Store(url) as store:
        _filled(store, design, tmp_path)
    assert "fsync off" in _wrong(url)["durability"]
    assert _wrong(url).keys() == {"durability"}
    for harm, undo, what, found in [
        (
            "UPDATE event_log SET kind = 'x' WHERE seq = 2",
            "UPDATE event_log SET kind = 'participant.invited' WHERE seq = 2",
            "audit trail",
            "broken at event 2",
        ),
        (
            "GRANT SELECT ON response TO PUBLIC",
            "REVOKE SELECT ON response FROM PUBLIC",
            "rights",
            "every role of the server may use response",
        ),
        (
            "ALTER DATABASE {name} SET default_transaction_read_only = on",
            "ALTER DATABASE {name} RESET default_transaction_read_only",
            "writing",
            "read-only",
        ),
        (
            "ALTER DATABASE {name} CONNECTION LIMIT 20",
            "ALTER DATABASE {name} CONNECTION LIMIT -1",
            "connections",
            "20 are allowed",
        ),
        (
            "ALTER TABLE consent RENAME TO away",
            "ALTER TABLE away RENAME TO consent",
            "tables",
            "consent absent",
        ),
        (
            "ALTER TABLE rating DROP CONSTRAINT uq_rating_task_participant_item",
            "ALTER TABLE rating ADD CONSTRAINT uq_rating_task_participant_item UNIQUE (task, participant, item)",
            "integrity",
            "constraints are gone: uq_rating_task_participant_item",
        ),
        (
            "UPDATE alembic_version SET version_num = 'r9999' WHERE version_num = 'r0004_practice'",
            "UPDATE alembic_version SET version_num = 'r0004_practice' WHERE version_num = 'r9999'",
            "schema",
            "newer",
        ),
    ]:
        name = url.split("@/")[1].split("?")[0]
        with _changed(url, harm.format(name=name), undo.format(name=name)):
            assert found in _wrong(url)[what], what
    assert _wrong(url).keys() == {"durability"}
    monkeypatch.setattr("shutil.disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 1))
    assert "full" in _wrong(url)["room"]


def test_the_doctor_finds_rows_that_refer_to_none_and_values_that_cannot_be_read(
    cluster: Cluster, design: Design, tmp_path: Path
) -> None:
    url = cluster.fresh()
    with Store(url) as store:
        person, _ = _filled(store, design, tmp_path)
        orphan = text("SET LOCAL session_replication_role = replica")
        store.write(
            lambda c: (c.execute(orphan), c.execute(text(f"DELETE FROM participant WHERE id = '{person}'")))
        )
        assert "a row refers to one that is not there" in _wrong(url)["integrity"]
        with pytest.raises(UpkeepError, match="no backup was made"):
            backup(store, tmp_path / "a.db")


def test_a_role_of_few_rights_is_told_what_it_lacks(cluster: Cluster, design: Design, tmp_path: Path) -> None:
    url = cluster.fresh()
    with Store(url) as store:
        _filled(store, design, tmp_path)
        store.write(
            lambda c: [
                c.execute(text(word))
                for word in (
                    "DROP ROLE IF EXISTS reader",
                    "CREATE ROLE reader LOGIN",
                    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
                )
            ]
        )
    small = url.replace("tester@", "reader@")
    wrong = _wrong(small)
    assert "lacks INSERT" in wrong["writing"]
    room = next(one for one in examine(small, None) if one.what == "room")
    assert room.well
    assert "not known" in room.found


def test_reads_see_one_moment_and_cannot_write(cluster: Cluster) -> None:
    with Store(cluster.fresh()) as store:

        def twice(connection: Connection) -> tuple[int, int]:
            first = connection.execute(text("SELECT count(*) FROM participant")).scalar_one()
            store.write(
                lambda c: c.execute(insert(Participant).values(id="p", role="rater", created_at=1.0)).rowcount
            )
            return first, connection.execute(text("SELECT count(*) FROM participant")).scalar_one()

        assert store.read(twice) == (0, 0)
        with pytest.raises(StoreUnavailableError, match="read-only"):
            store.read(lambda c: c.execute(text("DELETE FROM participant")).rowcount)


def test_a_commit_waits_for_the_disk_whatever_the_defaults_are(cluster: Cluster) -> None:
    url = cluster.fresh()
    name = url.split("@/")[1].split("?")[0]
    with (
        _changed(url, f"ALTER DATABASE {name} SET synchronous_commit = off", "SELECT 1"),
        Store(url) as store,
    ):
        assert store.read(lambda c: c.execute(text("SHOW synchronous_commit")).scalar_one()) == "off"
        assert store.write(lambda c: c.execute(text("SHOW synchronous_commit")).scalar_one()) == "on"
