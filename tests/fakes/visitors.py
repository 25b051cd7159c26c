"""The site of a small synthetic study, and people who use it without a browser."""

import re
from collections.abc import Callable, Mapping
from html import unescape
from pathlib import Path
from types import TracebackType
from typing import Self

from httpx2 import Response
from starlette.testclient import TestClient

from therapyarc.coding.rater import RatingTask
from therapyarc.dialogue.client.voicing import VoiceFactory
from therapyarc.domain import Case, Instrument, Item, Session, Turn
from therapyarc.domain.design import Design
from therapyarc.web import Settings, Store, create_app
from therapyarc.web.invitation import Invited
from therapyarc.web.invite import invite
from therapyarc.web.permission import Role
from therapyarc.web.rating.shown import shown_reply
from therapyarc.web.rating.tasks import Wanted, post_tasks
from therapyarc.web.therapist.steps import Step, Steps, read_steps

__all__ = ["MATERIAL", "RATED", "STUDY", "House", "Person", "hidden", "post_replies"]

MATERIAL = "# Synthetic material\n\nActivity and mood <b>go</b> together.\n"

STUDY = """\
schema: therapyarc/study/1
id: tiny-people
title: A synthetic study with people
seed: 7
people: {contact: "study@example.org"}
conditions:
  - {id: before}
  - {id: after, material: ba-page.md}
arms:
  - {id: people, label: Secret human arm, actors: [{id: person-1, kind: human}, {id: person-2, kind: human}]}
  - {id: scripts, label: Secret script arm, actors: [{id: actor-b, kind: script, policy: skilled, parameters: {q: 0.5}}]}
administrations:
  - {instrument: ba-knowledge, items: [k01, k02]}
  - {instrument: ba-vignettes, conditions: [before], cases: [v01]}
rubrics: [rubric-empathy, rubric-validation, rubric-cognition, rubric-emotion]
raters:
  - {id: words, kind: baseline, variant: lexical}
  - {id: form, kind: baseline, variant: structural}
estimands:
  - {id: empathy, question: "Warmer?", construct: empathy, contrast: between, first: [people], second: [scripts]}
  - {id: change, question: "Does it rise?", construct: knowledge, contrast: change, first: [people, scripts]}
"""

RATED = STUDY.replace(
    "raters:\n",
    "raters:\n  - {id: panel, kind: human, panel: {places: 2, overlap: 2, training: 2, calibration: 1, duplicates: 1, "
    "guesses: 3}}\n",
)
"""The same with two people who rate."""


class Clock:
    """Time that moves only when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        self.now += 0.001
        return self.now


class House:
    """The site, with its design, database and clock at hand."""

    def __init__(
        self,
        design: Design,
        store: Store,
        beside: Path,
        *,
        url: str = "http://testserver",
        locales: Path | None = None,
        voice: VoiceFactory | None = None,
        practice_voice: VoiceFactory | None = None,
    ) -> None:
        self.design, self.store, self.clock = design, store, Clock()
        self.settings = Settings(
            url=url,
            beside=beside,
            clock=self.clock,
            writes="100000/minute",
            locales=locales or Settings().locales,
            voice=voice,
            practice_voice=practice_voice,
        )
        self.app = create_app(design, store, self.settings)
        self._people: list[Person] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for person in self._people:
            person.client.close()

    def stranger(self) -> "Person":
        """Return a browser that nobody invited."""
        person = Person(self, None)
        self._people.append(person)
        return person

    def invited(self, role: Role = "therapist") -> "Person":
        """Return a browser of someone who has an invitation and has not used it."""
        person = Person(self, invite(self.store, self.design, role, self.clock()))
        self._people.append(person)
        return person

    def person(self, role: Role = "therapist") -> "Person":
        """Return a browser of someone who came in and consented."""
        person = self.invited(role).join()
        return person if role == "researcher" else person.consent()

    def answering(self) -> "Person":
        """Return a browser of a therapist who has filled in the background form."""
        return self.person().background()


class Person:
    """One browser."""

    def __init__(self, house: House, invited: Invited | None) -> None:
        self.house, self.invited = house, invited
        self.client = TestClient(
            house.app, base_url=house.settings.url, follow_redirects=False, headers={"Accept-Language": "en"}
        )

    def second(self) -> "Person":
        """Return another device of the same person."""
        other = Person(self.house, self.invited)
        self.house._people.append(other)
        return other.join()

    @property
    def id(self) -> str:
        assert self.invited is not None
        return self.invited.participant

    def join(self) -> Self:
        assert self.invited is not None
        assert self.client.post("/join", data={"code": self.invited.token}).headers["location"] == "/"
        return self

    def consent(self) -> Self:
        page = self.client.get("/consent").text
        fields = {**hidden(page), "decision": "given"}
        assert self.client.post("/consent", data=fields).status_code == 303
        return self

    def background(self) -> Self:
        page = self.client.get("/therapist/background").text
        names = re.findall(r'<select id="([a-z_]+)"', page)
        fields = {**hidden(page), **dict.fromkeys(names, "not_said")}
        assert self.client.post("/therapist/background", data=fields).headers["location"] == "/therapist"
        return self

    @property
    def csrf(self) -> str:
        token: str = self.client.get("/token").json()["csrf"]
        return token

    def steps(self) -> Steps:
        return self.house.store.read(lambda connection: read_steps(connection, self.id))

    def items(self, part: int = 1) -> list[Step]:
        return self.steps().items(part)

    def get(self, path: str) -> Response:
        return self.client.get(path)

    def post(self, path: str, fields: Mapping[str, str], *, json: bool = False) -> Response:
        """Send a form with the login's token."""
        headers = {"Accept": "application/json"} if json else {}
        return self.client.post(path, data={"csrf": self.csrf, **fields}, headers=headers)

    def answer(self, step: Step, value: str, seen: int, key: str, action: str = "save") -> Response:
        fields = {"value": value, "revision": str(seen), "key": key, "action": action}
        return self.post(f"/therapist/item/{step.id}", fields, json=True)

    def onward(self) -> str:
        """Go on as a rater; return the page that follows."""
        return self.post("/rater/next", {}).headers.get("location", "")

    def rate(
        self, path: str, value: str, seen: int = 0, key: str = "", more: Mapping[str, str] | None = None
    ) -> Response:
        """Send a rating."""
        fields = {"value": value, "revision": str(seen), "key": key or f"rate {path} {value}", **(more or {})}
        return self.post(path, fields)

    def rate_on(self, path: str, value: str, more: Mapping[str, str] | None = None) -> Response:
        """Send a rating as the page's script does, which shows the page that comes next."""
        fields = {"value": value, "revision": "0", "key": f"rate {path} {value}", **(more or {})}
        fields["csrf"] = self.csrf
        return self.client.post(path, data=fields, headers={"Accept": "application/json, text/html"})

    def rate_all(self, value: Callable[[str], str] = lambda page: "3", most: int = 1000) -> int:
        """Rate whatever comes until nothing is left, or `most` tasks; return how many."""
        done, path = 0, self.onward()
        while path.startswith("/rater/task/") and done < most:
            answer = self.rate(path, value(self.get(path).text))
            assert answer.status_code == 303, answer.text
            done += 1
            after = answer.headers["location"]
            path = self.onward() if after == path else after
        return done

    def finish(self) -> Self:
        """Go through everything that is left."""
        while (path := self.steps().next_path()) != "/therapist/done":
            if path == "/therapist/background":
                self.background()
            elif path == "/therapist/part":
                self.post(path, {"part": str(self.steps().part)})
            elif path.startswith("/therapist/material/"):
                self.post(path, {"action": "started", "key": "s"})
                self.post(path, {"action": "finished", "key": "f"})
            else:
                step = self.steps().of(path.rsplit("/", 1)[1])
                value = step.options[0] if step.options else "You felt ashamed, and you came all the same."
                assert self.answer(step, value, 0, f"finish {step.id}").status_code == 200
        return self


def post_replies(house: House, count: int, words: str = "") -> int:
    """Post synthetic replies, or `words`, for the first human rater by two rubrics; return the tasks added."""
    rubrics = house.design.rubrics[:2]
    spec = next(rater for rater in house.design.study.raters if rater.kind == "human")
    wanted = [_wanted(number, rubric, words) for number in range(count) for rubric in rubrics]
    return post_tasks(house.store, spec, wanted, {rubric.id for rubric in rubrics}, 7, house.clock())


def _wanted(number: int, rubric: Instrument, words: str = "") -> Wanted:
    task = RatingTask(
        session=Session(
            id=f"{number:016x}",
            turns=(Turn(role="therapist", text=words or f"First of {number}. Second, a question?"),),
        ),
        item=Item(id="respond", text="What do you say?", asks="reply"),
        case=Case(
            id="synthetic",
            title="",
            background="Synthetic.",
            prior=(Turn(role="therapist", text="How was the week?"),),
            words=words or f"Words of client {number}.",
        ),
        rubric=rubric,
    )
    return Wanted(
        session=task.session.id,
        rubric=rubric,
        shown=shown_reply(task),
        stratum=f"s{number % 2}",
        case=f"c{number % 3}",
        author=f"a{number % 4}",
    )


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of the page's main form."""
    main = page.split("<main", 1)[1]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', main)
    return {name: unescape(value) for name, value in found}
