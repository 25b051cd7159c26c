"""PostgreSQL stopped and started again while people save through the real server: what was acknowledged is there, once."""

import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from fakes.postgres import Cluster
from fakes.visitors import MATERIAL, STUDY, House, Person
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.audit import verify
from therapyarc.web.store.tables import EventLog, ResponseRevision

PEOPLE, STOPS = 6, 3
ACTORS = ", ".join(f"{{id: person-{number}, kind: human}}" for number in range(PEOPLE))


@dataclass(slots=True)
class Tally:
    """What one person saw."""

    acked: dict[str, str] = field(default_factory=dict)
    """Key of each save that was acknowledged, to its value."""
    refused: int = 0
    """Answers that said to try again."""
    wrong: list[str] = field(default_factory=list)
    """Answers that should not be."""
    last: float = 0.0
    """When the last save was acknowledged."""


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # the driver's on broken connections
def test_what_was_acknowledged_before_postgresql_stopped_is_there_once(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, cluster: Cluster
) -> None:
    del cluster  # skips where there is no PostgreSQL
    (tmp_path / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    study = tmp_path / "study.yaml"
    study.write_text(
        STUDY.replace("{id: person-1, kind: human}, {id: person-2, kind: human}", ACTORS), encoding="utf-8"
    )
    with Cluster(tmp_path_factory.mktemp("outage"), durable=True) as durable:
        url = durable.fresh()
        tallies = [Tally() for _ in range(PEOPLE)]
        started = []
        with Store(url) as store, House(load_design(study), store, tmp_path) as house:
            house.clock.now = time.time()  # the server's own clock is the real one
            with _served(study, url) as address:
                people = [_at(address, house) for _ in range(PEOPLE)]
                stop = threading.Event()
                threads = [
                    threading.Thread(target=_save, args=(person, tally, stop))
                    for person, tally in zip(people, tallies, strict=True)
                ]
                for thread in threads:
                    thread.start()
                try:
                    for _ in range(STOPS):
                        time.sleep(2)
                        durable.stop()
                        time.sleep(1)
                        durable.start()
                        started.append(time.monotonic())
                    _until(lambda: all(tally.last > started[-1] or tally.wrong for tally in tallies))
                finally:
                    stop.set()
                    for thread in threads:
                        thread.join()
                for person in people:
                    person.client.close()
        with Store(url) as store:
            every = store.read(
                lambda c: c.execute(select(ResponseRevision.key, ResponseRevision.value)).all()
            )
            kinds = store.read(lambda c: Counter(c.scalars(select(EventLog.kind))))
            store.read(verify)
    assert [tally.wrong for tally in tallies] == [[]] * PEOPLE
    assert sum(tally.refused for tally in tallies) > 0, "the stops were felt"
    assert all(len(tally.acked) > 2 * STOPS for tally in tallies)
    revisions = [row for row in every if " " in row.key]  # the background form has keys of its own
    stored = {row.key: row.value for row in revisions}
    acked = {key: value for tally in tallies for key, value in tally.acked.items()}
    assert {key: stored.get(key) for key in acked} == acked, "none is lost"
    assert len(stored) == len(revisions), "none is stored twice"
    assert kinds["answer.saved"] == len(every), "the trail tells of each, and of no other"


@contextmanager
def _served(study: Path, url: str) -> Iterator[str]:
    """Serve as `therapyarc serve` does, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "therapyarc.web", str(study), "--db", url, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _until(lambda: _answers(port))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _until(true: object, seconds: float = 90) -> None:
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def _at(address: str, house: House) -> Person:
    """Let someone come in at the real server."""
    person = house.invited()
    person.client.close()
    person.client = httpx2.Client(  # type: ignore[assignment]
        base_url=address, follow_redirects=False, timeout=60, headers={"Accept-Language": "en"}
    )
    return person.join().consent().background()


def _save(person: Person, tally: Tally, stop: threading.Event) -> None:
    """Save one answer after the other; a retry has the same key, as the page's script does it."""
    steps = [step for step in person.items() if step.options]
    csrf, revisions, number = person.csrf, [0] * len(steps), 0
    while not stop.is_set():
        place = number % len(steps)
        step = steps[place]
        value = step.options[number // len(steps) % 2]
        fields = {
            "csrf": csrf,
            "value": value,
            "revision": str(revisions[place]),
            "key": f"{person.id} {number}",
            "action": "save",
        }
        while True:
            try:
                answer = person.client.post(
                    f"/therapist/item/{step.id}", data=fields, headers={"Accept": "application/json"}
                )
            except httpx2.TransportError:
                tally.refused += 1
                continue
            if answer.status_code == 503:
                tally.refused += 1
                time.sleep(0.2)
                continue
            break
        if answer.status_code != 200:
            tally.wrong.append(f"{answer.status_code} {answer.text}")
            return
        tally.acked[fields["key"]], tally.last = value, time.monotonic()
        revisions[place] = answer.json()["revision"]
        number += 1
        time.sleep(0.1)
