"""People hold courses with the clients that models meet: turn by turn, across restarts, into the same records."""

import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from rich.console import Console

from fakes.visitors import House, Person, hidden
from therapyarc.cli.run import run_study
from therapyarc.domain.design import Design
from therapyarc.files.study import load_design
from therapyarc.web import Store, create_app
from therapyarc.web.collect import collect_courses
from therapyarc.web.course.kept import KeptCourse, courses_of
from therapyarc.web.store import sqlite_url

STUDY = """\
schema: therapyarc/study/1
id: tiny-courses
title: A synthetic study with people and clients
seed: 7
people: {contact: "study@example.org"}
arms:
  - {id: people, label: Secret human arm, memory: notes, actors: [{id: person-1, kind: human}]}
  - {id: scripts, label: Secret script arm, actors: [{id: actor-b, kind: script, policy: skilled, parameters: {q: 0.5}}]}
courses: {cases: [nadia, walter], sessions: 2, exchanges: 4, excerpts: 0, screen: alarm}
"""
LINES = (
    "That sounds exhausting. What was the night like?",
    "You felt ashamed, and you came all the same.",
    "What would be one small thing for this week?",
    "How likely is it that you'll do it?",
)


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Design:
    """The study as it is read once."""
    path = tmp_path_factory.mktemp("design") / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return load_design(path)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def courses(person: Person) -> tuple[KeptCourse, ...]:
    return person.house.store.read(lambda connection: courses_of(connection, person.id, "study"))


def begun(person: Person, place: int = 0) -> str:
    """Begin or go on with a course, and return the path of its session."""
    sent = person.post(f"/therapist/course/{courses(person)[place].id}", {})
    assert sent.status_code == 303
    return str(sent.headers["location"])


def say(person: Person, path: str, text: str, *, action: str = "say") -> str:
    """Say something by a plain form, and return the page that comes."""
    fields = {**hidden(person.get(path).text), "text": text, "action": action}
    assert person.client.post(path, data=fields).headers["location"] == f"{path}#last"
    return person.get(path).text


def through(person: Person, place: int = 0) -> None:
    """Hold what is left of one course."""
    while courses(person)[place].next is not None:
        path = begun(person, place)
        if "/session/" not in path:
            return
        for line in LINES:
            if "data-course" not in person.get(path).text:
                break
            say(person, path, line)
        person.post(
            f"{path}/notes",
            {"notes": "Sleeps badly; wants to call her sister.", "seen": notes_seen(person, path)},
        )


def notes_seen(person: Person, path: str) -> str:
    found = re.search(r'/notes"[^>]*>.*?name="seen" value="([0-9a-f]+)"', person.get(path).text, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def therapist(house: House) -> Person:
    """On each database."""
    return house.answering()


@pytest.fixture
def someone(site: House) -> Person:
    """On SQLite alone, for what does not depend on the database."""
    return site.answering()


def test_a_course_from_its_first_words_to_its_end(house: House, therapist: Person) -> None:
    assert therapist.get("/therapist").headers["location"] == "/therapist/courses"
    assert "Session 1 of 2 can begin" in therapist.get("/therapist/courses").text
    through(therapist, 0)
    through(therapist, 1)
    assert therapist.get("/therapist").headers["location"] == "/therapist/done"
    held = collect_courses(house.store)
    for course in courses(therapist):
        assert [one.session.id for one in held[course.id]] == [
            one.id for one in course.sessions if one.ended_at
        ]
        for one in held[course.id]:
            roles = [turn.role for turn in one.session.turns]
            assert roles == ["client", "therapist"] * (len(roles) // 2) + ["client"] * (len(roles) % 2)
            assert one.trace.session == one.session.id
            assert len(one.trace.turns) == sum(role == "therapist" for role in roles)
            assert one.note == "Sleeps badly; wants to call her sister."


def test_what_the_client_says_is_what_it_would_say_to_a_script_with_the_same_words(
    site: House, someone: Person
) -> None:
    """The mechanism is that of `dialogue`: going through a session anew at every turn changes nothing."""
    path = begun(someone)
    for line in LINES:
        say(someone, path, line)
    (one,) = collect_courses(site.store)[courses(someone)[0].id]
    assert [turn.text for turn in one.session.turns if turn.role == "therapist"] == list(LINES)
    said = [turn.text for turn in one.session.turns if turn.role == "client"]
    assert len(set(said)) == len(said) == 5
    page = someone.get(path).text
    assert all(turn.text.split(".")[0][:20] in page.replace("&#39;", "'") for turn in one.session.turns)


def test_nothing_of_the_clients_state_reaches_the_browser(site: House, someone: Person) -> None:
    path = begun(someone)
    texts = [say(someone, path, line) for line in LINES] + [someone.get("/therapist/courses").text]
    shown = " ".join(texts).lower()
    hidden_words = (
        "bond",
        "distress",
        "conviction",
        "readiness",
        "secret human arm",
        "person-1",
        "seed",
        "trace",
    )
    assert [word for word in hidden_words if word in shown] == []


def test_a_click_that_comes_twice_is_one_turn_and_gets_one_answer(house: House, therapist: Person) -> None:
    path = begun(therapist)
    fields = {**hidden(therapist.get(path).text), "text": LINES[0], "action": "say"}
    for _ in range(3):
        assert therapist.client.post(path, data=fields).status_code == 303
    assert [turn.role for turn in courses(therapist)[0].sessions[0].said] == ["client", "therapist", "client"]


def test_a_second_window_is_told_and_nothing_it_typed_is_lost(house: House, therapist: Person) -> None:
    path = begun(therapist)
    old = hidden(therapist.get(path).text)
    say(therapist.second(), path, LINES[0])
    sent = therapist.client.post(path, data={**old, "text": "From the old window.", "action": "say"})
    assert sent.status_code == 409
    assert "From the old window." in sent.text
    assert LINES[0].split(".")[0] in sent.text
    assert len(courses(therapist)[0].sessions[0].said) == 3


def test_with_the_script_a_turn_is_stored_and_the_answer_streamed_with_its_places(
    site: House, someone: Person
) -> None:
    path = begun(someone)
    sent = someone.post(path, {"text": LINES[0], "seen": "1", "key": "k", "action": "say"}, json=True)
    assert (sent.status_code, sent.json()) == (201, {"seq": 1})
    again = someone.post(path, {"text": LINES[0], "seen": "1", "key": "k", "action": "say"}, json=True)
    assert again.status_code == 201
    pieces = [json.loads(line) for line in someone.get(f"{path}/stream?from=2").text.splitlines()]
    stored = courses(someone)[0].sessions[0].said[2].text
    assert "".join(piece["word"] for piece in pieces if "word" in piece) == stored
    assert [piece["text"] for piece in pieces if "text" in piece] == [stored]
    assert pieces[-1] == {"next": 3, "ended": False}
    once_more = someone.get(f"{path}/stream?from=2").text
    assert [json.loads(line) for line in once_more.splitlines()] == pieces, (
        "a stream that broke is asked for again"
    )


def test_a_server_that_died_before_the_answer_gives_it_at_the_next_look(site: House, someone: Person) -> None:
    path = begun(someone)
    someone.post(path, {"text": LINES[0], "seen": "1", "key": "k", "action": "say"}, json=True)
    assert len(courses(someone)[0].sessions[0].said) == 2, "stored, and not yet answered"
    site.app = create_app(site.design, site.store, site.settings)
    someone.second().get(path)
    assert len(courses(someone)[0].sessions[0].said) == 3


def test_taking_leave_ends_the_session_and_the_next_opens_when_the_study_says(
    site: House, someone: Person
) -> None:
    site.app = create_app(
        replace(
            site.design,
            study=replace(site.design.study, people=replace(site.design.study.people, days_between=2)),
        ),
        site.store,
        site.settings,
    )
    person = someone.second()
    path = begun(person)
    page = say(person, path, "Thank you for today.", action="close")
    assert "The session has ended." in page
    assert begun(person) == f"/therapist/course/{courses(person)[0].id}", "too early"
    site.clock.now += 2 * 86_400
    assert begun(person.second()) != path, "two days later, by the same link"


def test_an_unfinished_session_is_not_collected(site: House, someone: Person) -> None:
    say(someone, begun(someone), LINES[0])
    assert collect_courses(site.store) == {}


@pytest.mark.parametrize(("text", "said"), [("", "Please write something"), ("x" * 4001, "four thousand")])
def test_nothing_and_too_much_are_refused_in_words(
    site: House, someone: Person, text: str, said: str
) -> None:
    path = begun(someone)
    sent = someone.client.post(path, data={**hidden(someone.get(path).text), "text": text, "action": "say"})
    assert sent.status_code == 422
    assert said in sent.text
    assert len(courses(someone)[0].sessions[0].said) == 1


def test_markup_is_shown_as_text(site: House, someone: Person) -> None:
    page = say(someone, begun(someone), "<script>alert(1)</script> How was that?")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_sessions_of_others_do_not_exist(site: House, someone: Person) -> None:
    path = begun(someone)
    other = site.person("trainee")
    for one in (path, f"{path}/stream"):
        assert other.get(one).status_code in {403, 404}


def test_notes_changed_in_another_window_are_not_overwritten(site: House, someone: Person) -> None:
    path = begun(someone)
    say(someone, path, "Thank you for today.", action="close")
    seen = notes_seen(someone, path)
    assert someone.post(f"{path}/notes", {"notes": "first", "seen": seen}).status_code == 303
    refused = someone.post(f"{path}/notes", {"notes": "second", "seen": seen})
    assert refused.status_code == 409
    assert "second" in refused.text
    assert courses(someone)[0].sessions[0].notes == "first"


def test_a_run_picks_peoples_courses_up_beside_the_scripts(study: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    first = run_study(study, run, Console(file=StringIO()))
    assert {row.arm: row.sessions for row in first.course_flow}["people"] == 0
    with Store(sqlite_url(run / "people.db")) as store, House(load_design(study), store, tmp_path) as house:
        person = house.answering()
        through(person, 0)
        held = sum(map(len, collect_courses(store).values()))
    second = run_study(study, run, Console(file=StringIO()))
    flow = {row.arm: row for row in second.course_flow}
    assert flow["people"].sessions == held > 0
    assert flow["scripts"].sessions == {row.arm: row for row in first.course_flow}["scripts"].sessions
    notes = [json.loads(line) for line in (run / "traces.jsonl").read_text().splitlines()[1:]]
    assert any(note.get("note") == "Sleeps badly; wants to call her sister." for note in notes)
    third = run_study(study, run, Console(file=StringIO()))
    assert third.provenance["courses"] == second.provenance["courses"]


def plain(text: str) -> str:
    """A turn as the pages keep it; one of which nothing is left is refused as empty."""
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


class Windows(RuleBasedStateMachine):
    """Two windows, any order of saying, repeating, reloading and taking leave: turns alternate and none is lost."""

    folder: Path
    study_file: Path

    def __init__(self) -> None:
        super().__init__()
        self.store = Store(sqlite_url(self.folder / f"{id(self)}.db"))
        self.house = House(load_design(self.study_file), self.store, self.folder)
        self.person = self.house.answering()
        self.path = begun(self.person)
        self.pages = [hidden(self.person.get(self.path).text) for _ in range(2)]
        self.model: list[str] = []
        self.last: dict[str, str] | None = None
        self.sent: dict[str, str] = {}

    @property
    def running(self) -> bool:
        return courses(self.person)[0].sessions[0].ended_at is None

    @precondition(lambda self: self.running)
    @rule(
        window=st.sampled_from([0, 1]),
        text=st.text(min_size=1, max_size=40).filter(plain),
        leave=st.booleans(),
    )
    def says(self, window: int, text: str, leave: bool) -> None:
        fields = {**self.pages[window], "text": text, "action": "close" if leave else "say"}
        before = len(courses(self.person)[0].sessions[0].said)
        sent = self.person.client.post(self.path, data=fields)
        if int(self.pages[window]["seen"]) == before:
            assert sent.status_code == 303
            self.model.append(plain(text))
            self.last = fields
            self.sent[fields["key"]] = plain(text)
        elif self.sent.get(fields["key"]) == plain(text):
            assert sent.status_code == 303, "the same once more"
        else:
            assert sent.status_code == 409

    @rule(window=st.sampled_from([0, 1]))
    def reloads(self, window: int) -> None:
        page = self.person.get(self.path).text
        if "data-course" in page:
            self.pages[window] = hidden(page)

    @precondition(lambda self: self.last is not None)
    @rule()
    def repeats(self) -> None:
        assert self.last is not None
        assert self.person.client.post(self.path, data=self.last).status_code == 303

    @invariant()
    def every_turn_is_there_once_and_answered(self) -> None:
        said = courses(self.person)[0].sessions[0].said
        assert [turn.text for turn in said if turn.role == "therapist"] == self.model
        assert [turn.role for turn in said] == (["client", "therapist"] * len(said))[: len(said)]

    def teardown(self) -> None:
        self.house.__exit__(None, None, None)
        self.store.close()


@pytest.fixture
def _machine(study: Path, tmp_path: Path) -> None:
    Windows.folder, Windows.study_file = tmp_path, study


@pytest.mark.usefixtures("_machine")
class TestWindows(Windows.TestCase):  # type: ignore[misc,valid-type]
    settings = settings(max_examples=6, stateful_step_count=10, phases=(Phase.generate,))
