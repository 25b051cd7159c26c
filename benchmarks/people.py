"""Load on the pages for people: many at once, kills of the server under that load, and streamed answers of clients.

Answers are those of scripted clients, and of clients worded by a stub of a model (see `stub_model.py`).

    python benchmarks/people.py load --people 500 --seconds 600
    python benchmarks/people.py rate --people 500 --seconds 600
    python benchmarks/people.py kill --people 500 --seconds 600
    python benchmarks/people.py stream --people 200
    python benchmarks/people.py voice --people 200 --think 20

Server and load run on the same machine, over loopback, and both are in the figures. With `load` and `kill` each person is a
therapist who saves answers to the items of a synthetic study, the path that every save of the pages takes. Each is opened
before its first answer. With `rate` each is a masked rater who rates a text and is given the page of the next in answer. A
person thinks for a second between an answer and the next save. CPU is that of the server's process, and is the figure to
compare where other work shares the machine.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import uvloop

from therapyarc.domain.design import Design
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.invite import invite, register_study
from therapyarc.web.permission import Role
from therapyarc.web.rating.shown import shown_example
from therapyarc.web.rating.tasks import Wanted, post_tasks
from therapyarc.web.store import sqlite_url

STUDY = """\
schema: therapyarc/study/1
id: load
title: A synthetic study for load
seed: 1
arms:
  - {{id: people, label: People, actors: [{actors}]}}
administrations:
  - {{instrument: ba-knowledge}}
courses: {{cases: [nadia], sessions: 1, exchanges: 20, excerpts: 0{voice}}}
"""
VOICE = """
people: {text_to_models: true}
limits: {max_connections: 1000}
"""
"""What a study with clients worded by the stub has besides."""

SCRIPT, PAGE = "application/json", "text/html"
"""What a page's script takes, and what the browser itself takes."""

RATED = """\
schema: therapyarc/study/1
id: load
title: A synthetic study for load
seed: 1
arms:
  - {{id: scripts, label: Scripts, actors: [{{id: one, kind: script, policy: skilled, parameters: {{q: 0.5}}}}]}}
administrations:
  - {{instrument: ba-vignettes, cases: [v01], items: [respond]}}
rubrics: [rubric-empathy]
raters:
  - {{id: panel, kind: human, panel: {{places: {people}, overlap: {overlap}, training: 0, calibration: 0, guesses: 0}}}}
"""


@dataclass(slots=True)
class Tally:
    """What the load saw."""

    waits: list[float] = field(default_factory=list)
    """Seconds from request to acknowledgement."""
    pages: list[float] = field(default_factory=list)
    """Seconds from request to page."""
    left: int = 0
    """People for whom nothing was left to do."""
    failed: int = 0
    """Requests that were answered, and not as they should be."""
    again: int = 0
    """Requests sent once more because no answer came."""
    acked: dict[str, str] = field(default_factory=dict)
    """Idempotency key of each acknowledged save, to its value."""
    back: list[float] = field(default_factory=list)
    """Seconds from a kill to the first answer after it."""


class Browser:
    """One person's keep-alive connection: HTTP/1.1 by hand, since a client library would cost more than the server."""

    def __init__(self, port: int, code: str) -> None:
        self.port, self.code, self.cookie, self.csrf = port, code, "", ""
        self.items: list[str] = []
        self._pipe: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, path: str, fields: dict[str, str] | None = None, *, accept: str = SCRIPT
    ) -> tuple[int, str, str]:
        """Send one request and return status, where it leads to and body; raises `OSError` where the server is not there."""
        if self._pipe is None:
            self._pipe = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._pipe
        body = b"" if fields is None else urlencode(fields).encode()
        head = [
            f"{'GET' if fields is None else 'POST'} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Cookie: therapyarc={self.cookie}",
            f"Accept: {accept}",
            "Accept-Language: en",
            "Sec-Fetch-Site: same-origin",
            f"Content-Length: {len(body)}",
            "Content-Type: application/x-www-form-urlencoded",
        ]
        try:
            writer.write("\r\n".join([*head, "", ""]).encode() + body)
            await writer.drain()
            raw = (await reader.readuntil(b"\r\n\r\n")).decode()
            text = await _body(reader, raw)
        except (asyncio.IncompleteReadError, OSError) as error:
            self.close()
            raise OSError(str(error)) from error
        for cookie in re.findall(r"(?im)^set-cookie: therapyarc=([^;]*)", raw):
            self.cookie = cookie
        location = re.search(r"(?im)^(?:content-)?location: (\S+)", raw)
        return int(raw.split(" ", 2)[1]), location[1] if location else "", text

    def close(self) -> None:
        """Drop the connection."""
        if self._pipe is not None:
            self._pipe[1].close()
            self._pipe = None

    async def come_in(self) -> None:
        """Join, consent, and ask for the token of the login."""
        await self.ask("/join", {"code": self.code}, accept=PAGE)
        page = (await self.ask("/consent", accept=PAGE))[2]
        await self.ask("/consent", {**_hidden(page), "decision": "given"}, accept=PAGE)
        self.csrf = json.loads((await self.ask("/token"))[2])["csrf"]

    async def begin(self) -> None:
        """Fill in a therapist's background form, and find the items."""
        page = (await self.ask("/therapist/background", accept=PAGE))[2]
        names = re.findall(r'<select id="([a-z_]+)"', page)
        await self.ask(
            "/therapist/background", {**_hidden(page), **dict.fromkeys(names, "not_said")}, accept=PAGE
        )
        page = (await self.ask("/therapist/part", accept=PAGE))[2]
        self.items = list(dict.fromkeys(re.findall(r"/therapist/item/(\w+)", page)))


async def _body(reader: asyncio.StreamReader, head: str) -> str:
    if found := re.search(r"(?im)^content-length: (\d+)", head):
        return (await reader.readexactly(int(found[1]))).decode()
    parts = []
    while size := int((await reader.readline()).strip() or b"0", 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts).decode()


def _hidden(page: str) -> dict[str, str]:
    main = page.split("<main", 1)[1]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', main)
    return {name: unescape(value) for name, value in found}


class Server:
    """The real server, as `therapyarc serve` starts it."""

    def __init__(
        self, study: Path, db: Path, port: int, *, source: Path | None = None, stub: bool = False
    ) -> None:
        program = ["-m", "therapyarc.web"]
        if stub:  # the folder of this script is on the path of the child, too
            program = ["-c", "import stub_model\nfrom therapyarc.cli import main\nmain()", "serve"]
        self.command = [sys.executable, *program, str(study), "--db", str(db), "--port", str(port)]
        first = os.environ.get("PYTHONPATH") if source is None else str(source)
        self.paths = [*filter(None, [first]), str(Path(__file__).parent)]
        self.port = port
        self.log = study.with_name("stub.log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        known = os.environ | {"PYTHONPATH": os.pathsep.join(self.paths), "STUB_LOG": str(self.log)}
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, env=known)
        for _ in range(3600):  # minutes where other work has the machine
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise RuntimeError("the server does not answer")

    def memory(self) -> float:
        """Return its resident memory in MiB."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s+(\d+)", status)
        return int(found[1]) / 1024 if found else 0.0

    def cpu(self) -> float:
        """Return the seconds of CPU that it has used."""
        assert self.process is not None
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        own, system = stat.rsplit(")", 1)[1].split()[11:13]
        return (int(own) + int(system)) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """Kill it, hard."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


async def saving(one: Browser, until: float, tally: Tally, think: float) -> None:
    """Save one answer after the other, a retry with the same key until it is acknowledged."""
    rng = random.Random(one.code)
    revision = dict.fromkeys(one.items, 0)
    options: dict[str, list[str]] = {}
    held: dict[str, str] = {}
    await asyncio.sleep(rng.random() * think)
    while time.monotonic() < until:
        item = rng.choice(one.items)
        if item not in options:
            page = await _page(one, f"/therapist/item/{item}", tally)
            options[item] = re.findall(r'name="value" value="([^"]+)"', page)
            found = re.search(r'name="revision" value="(\d+)"', page)
            revision[item] = int(found[1]) if found else 0
        held.setdefault(item, "")
        value = rng.choice(
            [one for one in options[item] if one != held[item]]
        )  # the same once more is no new revision
        key = f"{rng.getrandbits(96):024x}"
        fields = {
            "csrf": one.csrf,
            "value": value,
            "revision": str(revision[item]),
            "key": key,
            "action": "save",
        }
        began = time.monotonic()
        status, _, body = await _until(one, f"/therapist/item/{item}", fields, tally)
        tally.waits.append(time.monotonic() - began)
        if status == 200:
            revision[item] = json.loads(body)["revision"]
            tally.acked[key] = held[item] = value
        else:
            tally.failed += 1
        await asyncio.sleep(think)


async def rating(one: Browser, until: float, tally: Tally, think: float) -> None:
    """Open a text, rate it, go on to the next, until nothing is left."""
    rng = random.Random(one.code)
    await asyncio.sleep(rng.random() * think)
    path = page = ""
    while time.monotonic() < until:
        if not path.startswith("/rater/task/"):
            path = (await _until(one, "/rater/next", {"csrf": one.csrf}, tally, accept=PAGE))[1]
            if not path.startswith("/rater/task/"):
                tally.left += 1
                return
            page = await _page(one, path, tally)
        value = rng.choice(re.findall(r'name="value" value="(\d)"', page))
        key = f"{rng.getrandbits(96):024x}"
        fields = {"csrf": one.csrf, "value": value, "revision": "0", "key": key}
        began = time.monotonic()
        status, path, page = await _until(one, path, fields, tally, accept=f"{SCRIPT}, {PAGE}")
        tally.waits.append(time.monotonic() - began)
        if status == 200:
            tally.acked[key] = value
        else:
            tally.failed += 1
            path = ""
        await asyncio.sleep(think)


async def _page(one: Browser, path: str, tally: Tally) -> str:
    """Open a page."""
    began = time.monotonic()
    status, _, page = await _until(one, path, None, tally, accept=PAGE)
    tally.pages.append(time.monotonic() - began)
    tally.failed += status != 200
    return page


async def _until(
    one: Browser, path: str, fields: dict[str, str] | None, tally: Tally, *, accept: str = SCRIPT
) -> tuple[int, str, str]:
    """Ask until an answer comes, as the page's script does."""
    while True:
        try:
            answer = await one.ask(path, fields, accept=accept)
        except OSError:
            tally.again += 1
            await asyncio.sleep(0.2)
            continue
        if answer[0] == 503:
            tally.again += 1
            await asyncio.sleep(0.5)
            continue
        return answer


async def killing(server: Server, until: float, tally: Tally) -> None:
    """Kill the server every 5 to 15 seconds and start it anew."""
    rng = random.Random(1)
    while (pause := rng.uniform(5, 15)) < until - time.monotonic() - 5:
        await asyncio.sleep(pause)
        server.kill()
        began = time.monotonic()
        await asyncio.to_thread(server.start)
        tally.back.append(time.monotonic() - began)


async def watching(server: Server, until: float, seen: list[float]) -> None:
    """Note the server's memory every five seconds."""
    while time.monotonic() < until:
        with contextlib.suppress(OSError, AssertionError):
            seen.append(server.memory())
        await asyncio.sleep(5)


def post_replies(store: Store, design: Design, count: int) -> None:
    """Give raters synthetic replies of eight authors to eight clients, half of them of each kind of source."""
    (rubric,), (spec,) = design.rubrics, design.study.raters
    wanted = [
        Wanted(
            session=f"{number:016x}",
            rubric=rubric,
            shown=shown_example(rubric, replace(rubric.anchors[0], example=f"Synthetic reply {number}.")),
            stratum=f"s{number % 2}",
            case=f"c{number // 2 % 8}",
            author=f"a{number % 8}",
        )
        for number in range(count)
    ]
    post_tasks(store, spec, wanted, {rubric.id}, 1, time.time())


@contextlib.asynccontextmanager
async def house(
    people: int, source: Path | None = None, replies: int = 0, *, overlap: int = 2, stub: bool = False
) -> AsyncIterator[tuple[Server, list[Browser], Path]]:
    """A synthetic study with its people at the door: raters where there are replies to rate, therapists otherwise."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        study, db = Path(folder) / "study.yaml", Path(folder) / "people.db"
        actors = ", ".join(f"{{id: p{n}, kind: human}}" for n in range(people))
        text = STUDY.format(actors=actors, voice=", voice: stub/one" if stub else "") + (
            VOICE if stub else ""
        )
        study.write_text(RATED.format(people=people, overlap=overlap) if replies else text, encoding="utf-8")
        design = load_design(study)
        with Store(sqlite_url(db)) as store:
            register_study(store, design, time.time())
            role: Role = "rater" if replies else "therapist"
            began = time.process_time()
            codes = [invite(store, design, role, time.time()).code for _ in range(people)]
            print(f"invitation: {1000 * (time.process_time() - began) / people:.2f} ms of CPU each")
            if replies:
                post_replies(store, design, replies)
        server = Server(study, db, port, source=source, stub=stub)
        await asyncio.to_thread(server.start)
        browsers = [Browser(port, code) for code in codes]
        gate = asyncio.Semaphore(8)

        async def enter(one: Browser) -> None:
            async with gate:
                await one.come_in()
                if not replies:
                    await one.begin()

        before, began = server.cpu(), time.monotonic()
        await asyncio.gather(*map(enter, browsers))
        print(
            f"coming in, {4 if replies else 7} requests: {1000 * (server.cpu() - before) / people:.1f} ms of the "
            f"server's CPU each, {time.monotonic() - began:.0f} s for all"
        )
        try:
            yield server, browsers, db
        finally:
            if server.process is not None:
                server.process.terminate()
                server.process.wait()


def percentile(values: list[float], share: float) -> float:
    """Return a percentile in milliseconds."""
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def waits(values: list[float]) -> str:
    """Return waits in words."""
    shown = {"median": 0.5, "p95": 0.95, "p99": 0.99, "longest": 1}
    return ", ".join(f"{name} {percentile(values, share):.1f} ms" for name, share in shown.items())


def stored(db: Path, acked: set[str], table: str) -> tuple[dict[str, str], int, str]:
    """Return the saves held by key, how many of those acknowledged are held twice, and what the database says of itself."""
    with sqlite3.connect(db) as connection:
        rows = connection.execute(f"SELECT key, value FROM {table}").fetchall()
        check = connection.execute("PRAGMA integrity_check").fetchone()[0]
    keys = [key for key, _ in rows if key in acked]
    held = {key: value if isinstance(value, str) else f"{value:g}" for key, value in rows}
    return held, len(keys) - len(set(keys)), str(check)


async def load(
    people: int, source: Path | None, seconds: float, *, kill: bool, replies: int, overlap: int
) -> None:
    """Let people save answers or ratings, a second after each answer, and print what they saw."""
    async with house(people, source, replies, overlap=overlap) as (server, browsers, db):
        tally, memory = Tally(), list[float]()
        before, until = server.cpu(), time.monotonic() + seconds
        play = rating if replies else saving
        jobs = [play(one, until, tally, 1.0) for one in browsers]
        await asyncio.gather(
            *jobs, watching(server, until, memory), *([killing(server, until, tally)] if kill else [])
        )
        used = 0.0 if kill else server.cpu() - before
        for one in browsers:
            one.close()
        table = "rating_revision" if replies else "response_revision"
        there, twice, check = await asyncio.to_thread(stored, db, set(tally.acked), table)
    lost = sum(there.get(key) != value for key, value in tally.acked.items())
    print(
        f"{people} people, {seconds:.0f} s, a second of thought before each save, SQLite, {os.cpu_count()} cores"
    )
    print(
        f"saves acknowledged: {len(tally.acked)} ({len(tally.acked) / seconds:.0f} a second), failed: {tally.failed}"
    )
    print("wait for a save: " + waits(tally.waits))
    print(f"wait for one of {len(tally.pages)} pages: " + waits(tally.pages))
    if not kill:
        count = len(tally.pages) + len(tally.waits)
        print(f"CPU of the server: {1000 * used / count:.2f} ms a request, {used / seconds:.2f} of a core")
    print(f"memory of the server: {min(memory):.0f} to {max(memory):.0f} MiB, at the end {memory[-1]:.0f}")
    print(f"acknowledged and not stored: {lost}; stored twice: {twice}; integrity check: {check}")
    if replies:
        print(f"people for whom nothing was left: {tally.left}")
    if kill:
        print(
            f"kills: {len(tally.back)}, back after {max(tally.back):.2f} s at most; sent again: {tally.again}"
        )


async def stream(people: int, source: Path | None) -> None:
    """Let people say something to their client at once, and print how long the first word takes beside the answer itself."""
    async with house(people, source) as (_, browsers, _db):
        first: list[float] = []
        whole = 0

        async def one(browser: Browser) -> None:
            nonlocal whole
            page = (await browser.ask("/therapist/courses", accept=PAGE))[2]
            course = re.findall(r"/therapist/course/(\w+)", page)[0]
            path = (await browser.ask(f"/therapist/course/{course}", {"csrf": browser.csrf}, accept=PAGE))[1]
            await asyncio.sleep(random.random() * 5)
            for turn in range(4):
                said = {"text": "What was that like for you?", "seen": str(2 * turn + 1), "key": f"k{turn}"}
                status, _, _ = await browser.ask(path, {"csrf": browser.csrf, "action": "say", **said})
                assert status == 201, status
                began = time.monotonic()
                reader, writer = await asyncio.open_connection("127.0.0.1", browser.port)
                writer.write(
                    f"GET {path}/stream?from={2 * turn + 2} HTTP/1.1\r\nHost: 127.0.0.1:{browser.port}\r\n"
                    f"Connection: close\r\nCookie: therapyarc={browser.cookie}\r\nAccept: application/json\r\n\r\n".encode()
                )
                await reader.readuntil(b"\r\n\r\n")
                await reader.readline()
                await reader.readline()
                first.append(time.monotonic() - began)
                rest = await reader.read()
                whole += rest.count(b'"text"')
                writer.close()

        await asyncio.gather(*map(one, browsers))
    print(f"{people} streams at once, {len(first)} answers, {whole} whole")
    print("first word: " + waits(first))


@dataclass(slots=True)
class Heard:
    """What people heard of clients whom the stub words."""

    first: dict[int, float] = field(default_factory=dict)
    """Number of each answer, to the second at which its first word came."""
    failed: int = 0
    """Answers that could not be had, and requests that were refused."""
    mangled: int = 0
    """Answers whose words, put together, were not the answer."""
    broken: int = 0
    """Streams that were broken off in their middle and asked for anew."""


async def _listened(
    browser: Browser, path: str, *, most: int | None = None
) -> list[tuple[float, dict[str, object]]]:
    """Listen to a stream to its end, or for so many pieces; return them with the seconds at which they came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", browser.port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{browser.port}\r\nConnection: close\r\n"
        f"Cookie: therapyarc={browser.cookie}\r\nAccept: application/json\r\n\r\n".encode()
    )
    found: list[tuple[float, dict[str, object]]] = []
    try:
        await reader.readuntil(b"\r\n\r\n")
        while line := await reader.readline():
            if line.startswith(b"{"):
                found.append((time.monotonic(), json.loads(line)))
                if most is not None and len(found) == most:
                    break
    finally:
        writer.close()
    return found


async def voice(people: int, turns: int, think: float) -> None:
    """Let people talk at once with clients whom the stub words; print what the server adds to the stub's own time."""
    async with house(people, stub=True) as (server, browsers, _db):
        heard, memory = Heard(), list[float]()
        rng = random.Random(1)

        async def answer(browser: Browser, path: str, after: int, *, breaks: bool) -> None:
            began: float | None = None
            if breaks:
                cut = await _listened(browser, f"{path}/stream?from={after}", most=3)
                began = next((at for at, piece in cut if "word" in piece), None)
                heard.broken += 1
            pieces = await _listened(browser, f"{path}/stream?from={after}")
            text = next((str(piece["text"]) for _, piece in pieces if "text" in piece), None)
            number = None if text is None else re.search(r"number (\d+)", text)
            if number is None or "next" not in pieces[-1][1]:
                heard.failed += 1
                return
            words = [(at, str(piece["word"])) for at, piece in pieces if "word" in piece]
            heard.mangled += "".join(word for _, word in words) != text
            heard.first[int(number[1])] = words[0][0] if began is None else began

        async def one(browser: Browser) -> None:
            page = (await browser.ask("/therapist/courses", accept=PAGE))[2]
            course = re.findall(r"/therapist/course/(\w+)", page)[0]
            await asyncio.sleep(rng.random() * max(think, 1))
            path = (await browser.ask(f"/therapist/course/{course}", {"csrf": browser.csrf}, accept=PAGE))[1]
            await answer(browser, path, 0, breaks=False)
            for turn in range(turns):
                await asyncio.sleep(think * rng.uniform(0.5, 1.5))
                said = {"text": "What was that like for you?", "seen": str(2 * turn + 1), "key": f"k{turn}"}
                status, _, _ = await browser.ask(path, {"csrf": browser.csrf, "action": "say", **said})
                heard.failed += status != 201
                await answer(browser, path, 2 * turn + 2, breaks=rng.random() < 0.1)
            browser.close()

        watch = asyncio.ensure_future(watching(server, float("inf"), memory))
        began, cpu = time.monotonic(), server.cpu()
        await asyncio.gather(*map(one, browsers))
        took, cpu = time.monotonic() - began, server.cpu() - cpu
        watch.cancel()
        rows = [line.split() for line in server.log.read_text(encoding="ascii").splitlines()]
    own = {int(row[0]): (float(row[2]), float(row[3])) for row in rows}
    over = [max(0.0, at - own[number][1]) for number, at in heard.first.items()]
    since = [at - own[number][0] for number, at in heard.first.items()]
    print(
        f"{people} people at once, {turns} turns each, about {think:.0f} s of thought, {os.cpu_count()} cores, {took:.0f} s"
    )
    print(f"answers: {len(over)} ({len(over) / took:.1f} a second), calls of the stub: {len(own)}")
    print(
        f"not had or refused: {heard.failed}; broken off and asked anew: {heard.broken}; with words amiss: {heard.mangled}"
    )
    others = os.getloadavg()[0]
    print(
        f"CPU of the server: {1000 * cpu / len(over):.0f} ms an answer, all its requests in it; load average {others:.1f}"
    )
    print("first word after the stub's last token: " + waits(over))
    print("first word after the stub's first token: " + waits(since))
    print(f"memory of the server: {min(memory):.0f} to {max(memory):.0f} MiB, at the end {memory[-1]:.0f}")


def main() -> None:
    """Run one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["load", "rate", "kill", "stream", "voice"])
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--replies", type=int, default=5000, help="for rate: texts to be rated")
    parser.add_argument("--overlap", type=int, default=2, help="for rate: raters of each")
    parser.add_argument("--think", type=float, default=20, help="voice: seconds before each turn, on average")
    parser.add_argument("--turns", type=int, default=4, help="voice: turns of each person")
    parser.add_argument(
        "--source", type=Path, help="serve from the src folder of another checkout, to compare"
    )
    wanted = parser.parse_args()
    if wanted.what == "voice":
        uvloop.run(voice(wanted.people, wanted.turns, wanted.think))
    elif wanted.what == "stream":
        uvloop.run(stream(wanted.people, wanted.source))
    else:
        replies = wanted.replies if wanted.what == "rate" else 0
        kill = wanted.what == "kill"
        uvloop.run(
            load(
                wanted.people,
                wanted.source,
                wanted.seconds,
                kill=kill,
                replies=replies,
                overlap=wanted.overlap,
            )
        )


if __name__ == "__main__":
    main()
