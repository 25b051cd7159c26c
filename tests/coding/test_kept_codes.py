"""Kept codes: the same codes as without them, under every way in which a file on disk can go wrong."""

import multiprocessing
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.keeping import keeps_until_killed, keeps_with_others, key, some
from therapyarc.coding import coder, kept_codes
from therapyarc.coding.kept_codes import KeptCodes, TurnFound, coded, keeper, session_key
from therapyarc.coding.offline_coders import code_offline
from therapyarc.domain import CoderSpec, Session, Turn
from therapyarc.measures.conversation import conversation

TURNS = (
    Turn(role="therapist", text="What brought you here?"),
    Turn(role="client", text="I drink too much, and I want to stop."),
    Turn(role="therapist", text="You want to stop."),
    Turn(role="client", text="Yes, but I cannot. \ud800 👩‍👩‍👧 مرحبا"),
)


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test a cache of its own."""
    monkeypatch.setenv("THERAPYARC_CACHE", str(tmp_path))
    monkeypatch.delenv(kept_codes.OFF, raising=False)
    keeper.cache_clear()
    yield tmp_path / "codes" / "codes.sqlite"
    if (kept := keeper()) is not None:
        kept.close()
    keeper.cache_clear()


def kept() -> KeptCodes:
    found = keeper()
    assert found is not None
    return found


def never() -> list[TurnFound]:
    raise AssertionError("was coded although its codes are kept")


def test_a_second_time_and_another_process_s_time_give_what_the_coder_gave(own: Path) -> None:
    expected = [(one.decided, one.found) for one in coder("fast").code(TURNS)]
    for hits in (0, 1, 2):
        assert [(one.decided, one.found) for one in coded("fast", TURNS)] == expected
        assert kept().hits == hits
    assert kept().misses == 1
    kept().close()
    keeper.cache_clear()  # as in a process that begins
    assert [(one.decided, one.found) for one in coded("fast", TURNS)] == expected
    assert (kept().hits, kept().misses) == (1, 0)
    assert own.stat().st_mode & 0o077 == 0, "for its owner alone"
    assert b"drink" not in own.read_bytes(), "words are not kept"


def test_measures_and_studies_take_kept_codes() -> None:
    heard = conversation(TURNS, coder="fast")
    assert heard == conversation(TURNS, coder="fast") == conversation(TURNS, coder="fast", keep=False)
    assert (kept().hits, kept().misses) == (1, 1)
    session = Session(id="s", course="c", turns=TURNS)
    spec = CoderSpec(id="learned", kind="learned")
    assert code_offline(spec, session) == code_offline(spec, session)
    assert (kept().hits, kept().misses) == (3, 1)


def test_a_key_knows_words_roles_order_coder_and_where_turns_end(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = Turn(role="client", text="a"), Turn(role="client", text="b")
    every = [
        (one, two),
        (two, one),
        (one,),
        (),
        (Turn(role="client", text="ab"),),
        (Turn(role="therapist", text="a"), two),
        (Turn(role="client", text="a1 client"), two),
        (Turn(role="client", text="A"), two),
    ]
    keys = [session_key("fast", turns) for turns in every]
    assert len(set(keys)) == len(every)
    assert session_key("better", (one, two)) not in keys
    monkeypatch.setattr(kept_codes, "coder_digest", lambda name: "00" * 32)
    assert session_key("fast", (one, two)) not in keys, "other weights, other codes"


@pytest.mark.parametrize("wish", ["off", "0", "No"])
def test_they_can_be_turned_off(own: Path, monkeypatch: pytest.MonkeyPatch, wish: str) -> None:
    monkeypatch.setenv(kept_codes.OFF, wish)
    assert keeper() is None
    assert coded("fast", TURNS) == coded("fast", TURNS, keep=False)
    assert not own.exists()


def test_turned_off_for_one_call_nothing_is_read_or_written(own: Path) -> None:
    coded("fast", TURNS, keep=False)
    assert not own.exists()
    assert (kept().hits, kept().misses) == (0, 0)


def test_a_file_keeps_its_size_and_lets_go_of_what_was_longest_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest, now = 200_000, [1_000_000]
    monkeypatch.setattr("time.time", lambda: now[0])
    store = KeptCodes(tmp_path / "a.sqlite", largest_bytes=largest)
    for number in range(4_000):
        now[0] += 100_000
        store.coded(key(0), lambda: some(0))
        store.coded(key(number), lambda number=number: some(number))  # type: ignore[misc]
        assert store.size() <= largest + 8 * 4096
    assert (tmp_path / "a.sqlite").stat().st_size <= largest + 8 * 4096
    assert store.coded(key(3_999), never) == some(3_999)
    assert store.coded(key(0), never) == some(0), "asked for each time, so it stays"
    misses = store.misses
    store.coded(key(1), lambda: some(1))
    assert store.misses == misses + 1, "let go"
    assert store.told == []


def filled(path: Path, sessions: int = 60) -> None:
    store = KeptCodes(path)
    for number in range(sessions):
        store.coded(key(number), lambda number=number: some(number))  # type: ignore[misc]
    store.close()


@pytest.mark.parametrize("content", [b"no database at all" * 300, b"SQLite format 3\0" + b"\xff" * 9000])
def test_a_file_that_is_no_database_is_told_and_begun_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(content)
    store = KeptCodes(path)
    assert store.coded(key(1), lambda: some(1)) == some(1)
    assert store.coded(key(1), never) == some(1)
    assert len(store.told) == 1
    assert "begun anew" in store.told[0]
    assert str(path) in store.told[0]


@pytest.mark.parametrize("seed", range(40))
def test_changed_bytes_never_give_a_wrong_code(tmp_path: Path, seed: int) -> None:
    path, rng = tmp_path / "a.sqlite", random.Random(seed)
    filled(path)
    content = bytearray(path.read_bytes())
    if seed % 4 == 0:
        content = content[: rng.randrange(len(content))]
    else:
        for _ in range(rng.choice((1, 20, 2_000))):
            content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(content)
    for _ in range(2):
        store = KeptCodes(path)
        for number in range(60):
            assert store.coded(key(number), lambda number=number: some(number)) == some(number)  # type: ignore[misc]
        store.close()


def test_a_changed_row_is_told_and_coded_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    filled(path, 3)
    base = sqlite3.connect(path)
    other = base.execute("SELECT codes FROM coded WHERE key = ?", (key(1),)).fetchone()[0]
    base.execute("UPDATE coded SET codes = ? WHERE key = ?", (other, key(2)))
    base.commit()
    base.close()
    store = KeptCodes(path)
    assert store.coded(key(2), lambda: some(2)) == some(2)
    assert len(store.told) == 1
    assert store.coded(key(2), never) == some(2)
    assert store.coded(key(1), never) == some(1)


def test_a_file_of_another_layout_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE coded (other TEXT)")
    base.execute("PRAGMA user_version=99")
    base.close()
    store = KeptCodes(path)
    store.coded(key(1), lambda: some(1))
    assert store.coded(key(1), never) == some(1)


def test_a_folder_that_cannot_be_written_is_told_once_and_done_without(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file stands where the folder should")
    store = KeptCodes(tmp_path / "folder" / "a.sqlite")
    for number in range(3):
        assert store.coded(key(number), lambda number=number: some(number)) == some(number)  # type: ignore[misc]
    assert len(store.told) == 1
    assert f"{kept_codes.OFF}=off" in store.told[0]


@pytest.mark.parametrize("broken", [False, True])
def test_processes_share_a_file_whole_or_broken(tmp_path: Path, broken: bool) -> None:
    path = tmp_path / "a.sqlite"
    if broken:
        path.write_bytes(b"no database" * 1000)
    context = multiprocessing.get_context("spawn")
    said = context.Queue()
    workers = [context.Process(target=keeps_with_others, args=(path, seed, 50, said)) for seed in range(3)]
    for worker in workers:
        worker.start()
    found = [said.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()
    assert [wrong for wrong, _, _ in found] == [0, 0, 0]
    told = [text for _, texts, _ in found for text in texts]
    assert len(told) <= 3 if broken else told == []
    assert sum("begun anew" in text for text in told) == (1 if broken else 0)
    after = KeptCodes(path)
    for number in range(50):
        after.coded(key(number), lambda number=number: some(number))  # type: ignore[misc]
    assert after.told == []
    assert after.hits > 40


def test_a_kill_in_the_middle_of_writing_loses_nothing_that_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    worker = multiprocessing.get_context("spawn").Process(target=keeps_until_killed, args=(path,))
    worker.start()
    while not path.exists() or path.stat().st_size < 30_000:
        assert worker.is_alive()
    worker.kill()
    worker.join()
    store = KeptCodes(path)
    for number in range(50):
        assert store.coded(key(number), never) == some(number)
    assert store.told == []
