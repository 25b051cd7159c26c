"""Whatever is clicked in whatever order, in two windows: the database says what a plain dictionary says."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, text

from fakes.postgres import Cluster
from fakes.visitors import House, Person
from therapyarc.domain.design import Design
from therapyarc.web import Store
from therapyarc.web.audit import verify
from therapyarc.web.store import sqlite_url

WINDOWS = st.integers(0, 1)
ITEMS = st.sampled_from([2, 2, 2, 2, 2, 0, 1, 3, 4])
"""Mostly the same one, so that the two windows get in each other's way."""
VALUES = st.sampled_from(["", "a", "b", "warm words", "Zeile\nzwei", "⟨é⟩ 🙂"])


def _empty(connection: Connection, table: str) -> int:
    return connection.execute(text(f"DELETE FROM {table}")).rowcount


class Questionnaire(RuleBasedStateMachine):
    """Two windows of one therapist in part 1; `held` is what must be stored: value, missing, revision."""

    design: ClassVar[Design]
    url: ClassVar[str | None] = None
    """None makes an SQLite file for each example; a PostgreSQL database is shared, with a new study place each time."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        beside = Path(self.folder.name)
        self.store = Store(self.url or sqlite_url(beside / "people.db"))
        if self.url:
            for table in ("response_revision", "response", "administration", "respondent", "consent", "login",
                          "invitation", "event_log", "participant"):  # fmt: skip
                self.store.write(partial(_empty, table=table))
        self.house = House(self.design, self.store, beside)
        self.held: dict[int, tuple[str, str | None, int]] = {}
        self.seen: list[dict[int, int]] = [{}, {}]
        self.revisions = 0
        self.locked = self.gone = False
        self.keys = 0

    @initialize()
    def come_in(self) -> None:
        first = self.house.answering()
        self.windows: list[Person] = [first, first.second()]
        self.items = first.items()

    def teardown(self) -> None:
        self.house.__exit__(None, None, None)
        self.store.close()
        self.folder.cleanup()

    def _allowed(self, item: int, value: str) -> str:
        """Choice items take an option or nothing."""
        options = self.items[item].options
        return value if not options else options[len(value) % 5] if value else ""

    @precondition(lambda self: not self.gone)
    @rule(window=WINDOWS, item=ITEMS)
    def look(self, window: int, item: int) -> None:
        """Open an item, or go back to it: the window now knows the revision that stands there."""
        answer = self.windows[window].get(f"/therapist/item/{self.items[item].id}")
        if self.locked:
            assert answer.status_code == 303
        else:
            self.seen[window][item] = self.held.get(item, ("", None, 0))[2]
            assert f'name="revision" value="{self.seen[window][item]}"' in answer.text

    @precondition(lambda self: not self.gone)
    @rule(window=WINDOWS, item=ITEMS, value=VALUES, decline=st.booleans(), again=st.booleans())
    def save(self, window: int, item: int, value: str, decline: bool, again: bool) -> None:
        """Save or decline what stands in a window; with `again`, the same request comes twice."""
        value = self._allowed(item, value)
        seen = self.seen[window].get(item, 0)
        now = self.held.get(item, ("", None, 0))
        wanted = ("", "declined") if decline else (value, None)
        self.keys += 1
        key, action = f"key {self.keys}", "decline" if decline else "save"
        answers = [
            self.windows[window].answer(self.items[item], value, seen, key, action)
            for _ in range(2 if again else 1)
        ]
        if self.locked:
            assert all(answer.status_code == 409 for answer in answers)
            return
        if now[:2] == wanted:
            expected = now[2]
        elif seen == now[2]:
            expected = seen + 1
            self.held[item] = (*wanted, expected)
            self.revisions += 1
        else:
            assert all(answer.status_code == 409 for answer in answers)
            assert answers[0].json()["revision"] == now[2]
            return
        assert all(answer.status_code == 200 for answer in answers)
        assert {answer.json()["revision"] for answer in answers} == {expected}
        self.seen[window][item] = expected

    @precondition(lambda self: not self.gone)
    @rule(window=WINDOWS)
    def finish(self, window: int) -> None:
        """Finish the part: it is locked exactly when the dictionary has every answer."""
        self.windows[window].post("/therapist/part", {"part": "1"})
        whole = all(missing or value.strip() for value, missing, _ in self.held.values())
        self.locked = self.locked or (whole and len(self.held) == len(self.items))
        assert (self.windows[window].steps().part == 2) is self.locked

    @precondition(lambda self: not self.gone)
    @rule(window=WINDOWS)
    def come_in_again(self, window: int) -> None:
        """Use the link once more: nothing is lost."""
        self.windows[window].join()

    @precondition(lambda self: not self.gone and self.revisions > 6)
    @rule(window=WINDOWS, delete=st.booleans())
    def withdraw(self, window: int, delete: bool) -> None:
        """Leave the study from one window: both are out, and answers are there or gone as was chosen."""
        answer = self.windows[window].post("/withdraw", {"answers": "delete" if delete else "keep"})
        assert answer.status_code == 200
        self.gone = True
        if delete:
            self.held, self.revisions = {}, 0
        for person in self.windows:
            assert person.get("/therapist").headers["location"] == "/join"

    @precondition(lambda self: self.gone)
    @rule(window=WINDOWS)
    def knock(self, window: int) -> None:
        """Who has left stays out."""
        assert self.windows[window].get("/therapist").headers["location"] == "/join"

    @invariant()
    def the_database_says_what_the_dictionary_says(self) -> None:
        if not hasattr(self, "windows"):
            return
        steps = self.windows[0].steps()
        for place, step in enumerate(self.items):
            answer = steps.answer(step)
            assert (answer.value, answer.missing, answer.revision) == self.held.get(place, ("", None, 0))
        kept = self.store.read(
            lambda c: c.execute(
                text(
                    "SELECT count(*) FROM response_revision JOIN response ON response.id = response WHERE item = ''"
                )
            ).scalar_one()
        )
        assert kept == self.revisions, "every change is one revision, and no click makes two"
        self.store.read(verify)


@pytest.fixture(params=["sqlite", "postgresql"])
def machine(request: pytest.FixtureRequest, design: Design) -> type[Questionnaire]:
    url = None
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.fresh()
    return type("OneDatabase", (Questionnaire,), {"design": design, "url": url})


def test_any_order_of_clicks_in_two_windows(machine: type[Questionnaire]) -> None:
    case = machine.TestCase
    case.settings = settings(
        max_examples=6,
        stateful_step_count=25,
        suppress_health_check=list(HealthCheck),
        phases=(
            Phase.reuse,
            Phase.generate,
        ),  # shrinking would take minutes; the steps of a failure are printed whole
    )
    case().runTest()
