"""Scripted visitors play a study through its own pages, over HTTP on this machine, so that a newcomer sees it filled in.

They are programs: what they answer is invented, and the database says so of each of them.
"""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from urllib.parse import urlencode, urlsplit

import uvicorn
from sqlalchemy import insert

from therapyarc.domain.design import Design
from therapyarc.web.app import create_app
from therapyarc.web.assign import SlotsTakenError
from therapyarc.web.audit import record_event
from therapyarc.web.invitation import Invited
from therapyarc.web.invite import invite
from therapyarc.web.permission import Role
from therapyarc.web.rating.places import PanelFullError
from therapyarc.web.settings import Settings
from therapyarc.web.store import Store
from therapyarc.web.store.tables import SyntheticPerson

__all__ = ["Played", "play", "play_raters"]

_WORDS = (
    "That sounds exhausting. What was the hardest part of it?",
    "You felt ashamed, and you came all the same.",
    "It makes sense that you're tired of hoping after all this time.",
    "So the evenings are the longest. What happens then?",
    "You should try to go out more.",
    "What would be one small thing for this week, and when?",
    "How likely is it that you'll get to it, and what could come between?",
    "Why don't you just call her?",
)
_STEPS = 4_000
"""Requests after which a visitor gives up, so that a page that leads to itself does not hang the demonstration."""


@dataclass(frozen=True, slots=True)
class Played:
    """What was played."""

    therapists: int
    trainees: int
    requests: int
    """Requests sent in all."""


class _Clock:
    """Invented time: a little with each look, and more when a visitor waits."""

    def __init__(self, start: float) -> None:
        self.now = start

    def __call__(self) -> float:
        self.now += 0.25
        return self.now


class _Visitor:
    """A browser without a screen."""

    def __init__(self, port: int, invited: Invited, rng: Random, clock: _Clock) -> None:
        self._http = HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookie, self._rng, self._clock, self.sent = "", rng, clock, 0
        self.path, self._token = "/", invited.token
        self.page = self._send("POST", "/join", {"code": self._token})

    def close(self) -> None:
        self._http.close()

    def follow(self, path: str) -> str:
        """Open a page; come in again where the login has ended meanwhile."""
        self.page = self._send("GET", path)
        if self.path == "/join":
            self._send("POST", "/join", {"code": self._token})
            self.page = self._send("GET", path)
        return self.page

    def submit(self, **fields: str) -> str:
        """Send the page's main form with its hidden fields."""
        main = self.page.split("<main", 1)[1]
        form = re.search(r'<form method="post" action="([^"]+)".*?</form>', main, re.DOTALL)
        assert form is not None, f"no form on {self.path}"
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[0])
        self.page = self._send(
            "POST", form[1], {**{name: unescape(value) for name, value in hidden}, **fields}
        )
        return self.page

    def options(self, pattern: str) -> list[str]:
        """Return what a pattern finds on the page, as text."""
        return [unescape(one) for one in re.findall(pattern, self.page)]

    def choose(self, options: list[str] | tuple[str, ...]) -> str:
        return self._rng.choice(options)

    def wait(self, days: float) -> None:
        """Let invented time go by."""
        self._clock.now += 86_400 * days

    def _send(self, method: str, path: str, fields: dict[str, str] | None = None) -> str:
        for _ in range(10):
            self.sent += 1
            headers = {"Accept-Language": "en", "Cookie": self._cookie, "Sec-Fetch-Site": "same-origin"}
            body = None
            if fields is not None:
                body, headers["Content-Type"] = urlencode(fields), "application/x-www-form-urlencoded"
            self._http.request(method, path, body, headers)
            answer = self._http.getresponse()
            text = answer.read().decode()
            for cookie in answer.headers.get_all("Set-Cookie") or []:
                self._cookie = cookie.split(";")[0]
            if answer.status != 303:
                if answer.status >= 400:
                    raise RuntimeError(f"{method} {path} answered {answer.status}")
                self.path = path
                return text
            method, fields = "GET", None
            path = urlsplit(answer.headers["Location"]).path
        raise RuntimeError(f"{path} leads in a circle")


def play(design: Design, store: Store, beside: Path, *, therapists: int, trainees: int) -> Played:
    """Let scripted visitors take part from invitation to end; fewer therapists where the study has fewer places.

    Times are invented and lie in the past. What is answered follows from the study's seed, the ids apart.
    """
    clock = _Clock(time.time() - 60 * 86_400)
    held = sent = practised = 0
    with _served(design, store, beside, clock) as port:
        for visitor in _visitors(design, store, port, "therapist", therapists, clock):
            sent += _walk(visitor, _therapist)
            held += 1
        practising = trainees if design.study.people.practice is not None else 0
        for visitor in _visitors(design, store, port, "trainee", practising, clock):
            sent += _walk(visitor, _trainee)
            practised += 1
    return Played(held, practised, sent)


def play_raters(design: Design, store: Store, beside: Path, *, raters: int) -> tuple[int, int]:
    """Let scripted raters rate what a run has put to them, to their guesses at the end; fewer where there are fewer places.

    What they choose follows from words on the page and from the study's seed: it is invented, and no judgement.

    Returns
    -------
    How many raters were played, and the requests that they sent.
    """
    clock = _Clock(time.time() - 10 * 86_400)
    with _served(design, store, beside, clock) as port:
        visitors = list(_visitors(design, store, port, "rater", raters, clock))
        at_work = visitors
        for _ in range(_STEPS):  # one text each in turn, so that they share the work
            at_work = [one for one in at_work if _rater(one)]
        for one in visitors:
            one.close()
    return len(visitors), sum(one.sent for one in visitors)


def _visitors(
    design: Design, store: Store, port: int, role: Role, most: int, clock: _Clock
) -> Iterator[_Visitor]:
    """Yield visitors who have come in and consented, one by one, as long as there are places."""
    for number in range(most):
        try:
            invited = _invited(store, design, role, clock)
        except (SlotsTakenError, PanelFullError):
            return
        visitor = _Visitor(port, invited, Random(f"{design.study.seed}/{role} {number}"), clock)
        visitor.submit(decision="given")
        yield visitor


def _invited(store: Store, design: Design, role: Role, clock: _Clock) -> Invited:
    made = invite(store, design, role, clock(), by="demo-people")
    store.write(lambda c: c.execute(insert(SyntheticPerson).values(participant=made.participant)).rowcount)
    store.write(lambda c: record_event(c, clock(), "demo-people", "participant.synthetic", made.participant))
    return made


@contextmanager
def _served(design: Design, store: Store, beside: Path, clock: _Clock) -> Iterator[int]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        settings = Settings(
            url=f"http://127.0.0.1:{port}", beside=beside, clock=clock, writes="1000000/minute"
        )
        server = uvicorn.Server(uvicorn.Config(create_app(design, store, settings), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield port
        finally:
            server.should_exit = True
            thread.join()


def _walk(visitor: _Visitor, step: Callable[[_Visitor], bool]) -> int:
    """Go on until nothing is left; return how many requests it took."""
    try:
        for _ in range(_STEPS):
            if not step(visitor):
                break
        return visitor.sent
    finally:
        visitor.close()


def _therapist(visitor: _Visitor) -> bool:
    visitor.follow("/therapist")
    path = visitor.path
    if path == "/therapist/background":
        names = visitor.options(r'<select id="([a-z_]+)"')
        visitor.submit(**dict.fromkeys(names, "not_said"))
    elif path.startswith("/therapist/material/"):
        visitor.submit(action="started")
        visitor.wait(0.02)
        visitor.submit(action="finished")
    elif path.startswith("/therapist/item/"):
        options = visitor.options(r'type="radio" name="value" value="([^"]+)"')
        visitor.submit(value=visitor.choose(options or _WORDS), action="next")
    elif path == "/therapist/part":
        visitor.submit()
    elif path == "/therapist/courses":
        return _courses(visitor)
    else:
        return False
    return True


def _courses(visitor: _Visitor) -> bool:
    """Hold one session of the first course that has one left."""
    for course in visitor.options(r'href="(/therapist/course/\w+)"'):
        visitor.follow(course)
        if "<form" not in visitor.page.split("<main", 1)[1]:
            visitor.wait(8)
            visitor.follow(course)
        if "<form" in visitor.page.split("<main", 1)[1]:
            visitor.submit()
            _talk(visitor)
            if "/notes" in visitor.page:
                visitor.submit(notes="Invented notes of a scripted visitor.")
            return True
    return False


def _talk(visitor: _Visitor) -> None:
    while "data-course" in visitor.page:
        visitor.submit(text=visitor.choose(_WORDS), action="say")


def _trainee(visitor: _Visitor) -> bool:
    visitor.follow("/trainee")
    if 'class="banner"' in visitor.page:
        return False
    open_ones = visitor.options(r'href="(/trainee/(?:session|formulation)/\w+)"')
    if open_ones:
        visitor.follow(open_ones[0])
    else:
        cases = visitor.options(r'<button(?: class="main")? name="case" value="([^"]+)"')
        unseen = re.search(r'<button class="main" name="case" value="([^"]+)"', visitor.page)
        visitor.submit(case=unescape(unseen[1]) if unseen else visitor.choose(cases))
    if "/session/" in visitor.path:
        session = visitor.path.rsplit("/", 1)[1]
        _talk(visitor)
        visitor.follow(f"/trainee/formulation/{session}")
    visitor.submit(
        problem="Low mood and withdrawal (an invented formulation)",
        goals="see friends again",
        action="finish",
    )
    return True


def _rater(visitor: _Visitor) -> bool:
    """Rate what comes next; where nothing is left, guess and end."""
    visitor.follow("/rater")
    if visitor.path != "/rater" or 'action="/rater/next"' not in visitor.page:
        return False
    visitor.submit()
    if visitor.path.startswith("/rater/task/"):
        visitor.wait(0.0004)
        visitor.submit(**_rating(visitor))
        return True
    if "/rater/finish" not in visitor.page:
        return False
    visitor.follow("/rater/finish")
    names = dict.fromkeys(visitor.options(r'name="(guess-[^"]+)"'))
    visitor.submit(**{name: visitor.choose(("human", "machine", "unsure")) for name in names})
    return False


def _rating(visitor: _Visitor) -> dict[str, str]:
    """Choose a value by a few words of the reply and by chance, and mark a sentence; do what a check item asks for."""
    values = sorted(map(int, visitor.options(r'type="radio" name="value" value="(\d+)"')))
    if not visitor.options(r'name="(mark-\d+)"'):
        asked = re.search(r'<section class="client"><p>[^<]*?(\d+)', visitor.page)
        return {"value": asked[1] if asked else str(values[0])}
    reply = " ".join(visitor.options(r'class="mark by-therapist".*?<span>(.*?)</span></label>')).lower()
    warm = sum(word in reply for word in ("you felt", "sounds", "makes sense", "what was"))
    cold = sum(word in reply for word in ("you should", "why don't", "just "))
    place = (len(values) - 1) / 2 + warm - cold + float(visitor.choose(("-1", "0", "0", "1")))
    value = values[min(len(values) - 1, max(0, round(place)))]
    return {"value": str(value), visitor.choose(visitor.options(r'name="(mark-\d+)"')): "on"}
