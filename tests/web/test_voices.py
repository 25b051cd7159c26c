"""Models word the clients whom people meet: as in a run, asked once, paid once, never instead of a turn of the person."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
from inspect_ai.model import ModelOutput, get_model
from rich.console import Console
from sqlalchemy import select

from fakes.provider import FakeAPI
from fakes.visitors import House, Person, hidden
from fakes.voiced import VOICED, VoicedServer
from therapyarc.cli.people import voices
from therapyarc.cli.run import run_study
from therapyarc.dialogue.client.dynamics import coefficients
from therapyarc.dialogue.client.voice import ScriptedVoice
from therapyarc.dialogue.course import Held, next_session
from therapyarc.dialogue.monitor import CueScreen
from therapyarc.dialogue.therapist import Scene, Utterance
from therapyarc.domain.call import Call
from therapyarc.files.errors import FaultyFileError
from therapyarc.files.study import load_design
from therapyarc.tasks.voice import ModelVoice
from therapyarc.web import Store, create_app
from therapyarc.web.collect import collect_courses
from therapyarc.web.course.calls import collect_calls
from therapyarc.web.course.kept import KeptCourse, courses_of
from therapyarc.web.erasure import erase_person, own_data
from therapyarc.web.settings import VoicelessError
from therapyarc.web.store import sqlite_url
from therapyarc.web.store.tables import ClientCall, EventLog

LINES = (
    "That sounds exhausting. What was the night like?",
    "You felt ashamed, and you came all the same.",
    "What would be one small thing for this week?",
    "How likely is it that you'll do it?",
)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(VOICED, encoding="utf-8")
    return path


def voiced(study: Path, store: Store, house: House | None = None) -> House:
    """The site with the voices that `serve` gives it; a house that is there already gets them."""
    design = load_design(study)
    voice, practice = voices(design)
    if house is None:
        return House(design, store, study.parent, voice=voice, practice_voice=practice)
    house.design = design
    house.settings = replace(house.settings, voice=voice, practice_voice=practice)
    house.app = create_app(design, store, house.settings)
    return house


@pytest.fixture
def site(study: Path, tmp_path: Path) -> Iterator[House]:
    with Store(sqlite_url(tmp_path / "people.db")) as store, voiced(study, store) as house:
        yield house


def course(person: Person, purpose: str = "study") -> KeptCourse:
    found = person.house.store.read(lambda connection: courses_of(connection, person.id, purpose))
    return found[0]


def begun(person: Person) -> str:
    """Begin the next session, and return its path once the client has spoken."""
    sent = person.post(f"/therapist/course/{course(person).id}", {})
    path = str(sent.headers["location"])
    assert streamed(person, path, 0)[-1]["next"] == 1
    return path


def streamed(person: Person, path: str, after: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in person.get(f"{path}/stream?from={after}").text.splitlines()]


def said(person: Person, path: str, seen: int, text: str) -> None:
    sent = person.post(
        path, {"text": text, "seen": str(seen), "key": f"k{seen}{path}", "action": "say"}, json=True
    )
    assert sent.status_code == 201


def spoken(person: Person, number: int = 0) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in course(person).sessions[number].said]


class _Lines:
    """A therapist who says what a person would."""

    def __init__(self) -> None:
        self._left = [*LINES]

    async def say(self, scene: Scene) -> Utterance:
        del scene
        return Utterance(text=self._left.pop(0))

    async def note(self, scene: Scene) -> str:
        del scene
        return ""


def test_a_person_meets_the_client_of_a_run_asked_with_the_same_prompts(
    site: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two sessions: every request, every word, every call and the sealed state are those of a run."""
    asked = tmp_path / "asked"
    monkeypatch.setenv("FAKE_CALLS", str(asked))
    person = site.answering()
    for _ in range(2):
        path = begun(person)
        for place, line in enumerate(LINES):
            said(person, path, 2 * place + 1, line)
            streamed(person, path, 2 * place + 2)
        person.post(f"{path}/notes", {"notes": "", "seen": "x"})
    by_person, calls = asked.read_text(encoding="utf-8").splitlines(), collect_calls(site.store)
    held = collect_courses(site.store)[course(person).id]
    assert len(held) == 2

    asked.unlink()
    plan, case, noted = course(person).plan(site.design), site.design.client("nadia"), list[Call]()
    model = get_model("fake/one", role="client")
    run: list[Held] = []
    for name in plan.sessions:

        def voice(earlier: Any, name: str = name) -> ModelVoice:
            return ModelVoice(case, name, model, None, noted.append, ScriptedVoice(case, earlier))

        one = asyncio.run(
            next_session(plan, case, _Lines(), coefficients(), run, voice, CueScreen(ends=False))
        )
        assert one is not None
        run.append(one)
    assert by_person == asked.read_text(encoding="utf-8").splitlines()
    assert [one.session for one in held] == [one.session for one in run]
    assert [one.trace for one in held] == [one.trace for one in run]
    assert {turn.voice for one in held for turn in one.trace.turns} <= {"model", "fallback: said before"}
    assert [replace(call, seconds=None) for call in calls] == [replace(call, seconds=None) for call in noted]
    assert {call.role for call in calls} == {"client"}


def test_a_model_is_asked_once_a_turn_however_many_ask_for_it(site: House) -> None:
    person = site.answering()
    path = begun(person)
    said(person, path, 1, LINES[0])
    before = FakeAPI.calls
    heard: list[list[dict[str, Any]]] = []
    others = [person.second() for _ in range(4)]
    windows = [
        threading.Thread(target=lambda one=one: heard.append(streamed(one, path, 2))) for one in others
    ]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    assert FakeAPI.calls - before == 1
    (text,) = {piece["text"] for pieces in heard for piece in pieces if "text" in piece}
    assert spoken(person)[-1] == ("client", text)
    assert all("".join(p["word"] for p in pieces if "word" in p) == text for pieces in heard)


def _down(error: Exception) -> Any:
    async def generate(self: FakeAPI, *given: Any, **named: Any) -> ModelOutput:
        del self, given, named
        raise error

    return generate


def _dies(*given: object) -> None:
    del given
    raise OSError("as if killed")


async def _asleep(self: FakeAPI, *given: Any, **named: Any) -> ModelOutput:
    del self, given, named
    await asyncio.sleep(60)
    raise AssertionError


@pytest.mark.parametrize(
    ("generate", "reason", "words"),
    [
        (_asleep, "timeout", "came in time"),
        (_down(httpx2.ConnectError("nobody there")), "unreachable", "cannot be reached"),
        (_down(RuntimeError("broken")), "failed", "could not be had"),
    ],
)
def test_an_answer_that_cannot_be_had_is_a_reason_and_is_had_later(
    site: House, monkeypatch: pytest.MonkeyPatch, generate: Any, reason: str, words: str
) -> None:
    person = site.answering()
    path = begun(person)
    said(person, path, 1, LINES[0])
    with monkeypatch.context() as broken:
        broken.setattr(FakeAPI, "generate", generate)
        (piece,) = streamed(person, path, 2)
        assert piece["failed"] == reason
        assert words in piece["message"]
        page = person.get(f"{path}/answer")
        assert page.status_code == 503
        assert words in page.text
        assert LINES[0] in page.text, "what was said stands on the page"
        assert f'href="{path}/answer"' in page.text
    assert spoken(person)[-1] == ("therapist", LINES[0]), "stored, and not answered"
    events = site.store.read(
        lambda connection: connection.scalars(
            select(EventLog.detail).where(EventLog.kind == "client.unvoiced")
        ).all()
    )
    assert [json.loads(one)["reason"] for one in events] == [reason, reason]
    assert person.get(f"{path}/answer").headers["location"] == f"{path}#last"
    assert [role for role, _ in spoken(person)] == ["client", "therapist", "client"]


def test_a_refusal_is_asked_again_and_then_the_script_speaks(
    site: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(self: FakeAPI, *given: Any, **named: Any) -> ModelOutput:
        del given, named
        return ModelOutput.from_content(
            self.model_name, "I cannot help with that.", stop_reason="content_filter"
        )

    person = site.answering()
    path = begun(person)
    said(person, path, 1, LINES[0])
    monkeypatch.setattr(FakeAPI, "generate", refuses)
    streamed(person, path, 2)
    turn = course(person).sessions[0].said[-1]
    assert turn.voice == "fallback: refused"
    assert "I cannot help" not in turn.text
    assert [call.purpose for call in collect_calls(site.store)][-3:] == [
        "voice/2/0",
        "voice/2/1",
        "voice/2/2",
    ]


def test_a_reply_that_came_before_the_server_died_is_not_paid_twice(
    site: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = site.answering()
    path = begun(person)
    said(person, path, 1, LINES[0])
    with monkeypatch.context() as dying:
        dying.setattr("therapyarc.web.course.advance._stored", _dies)
        with pytest.raises(OSError, match="as if killed"):
            person.get(f"{path}/stream?from=2")
    assert len(spoken(person)) == 2
    site.store.write(lambda connection: None)  # the call was handed to the writer, and nobody waited for it
    kept = collect_calls(site.store)[-1]
    before = FakeAPI.calls
    streamed(person, path, 2)
    assert FakeAPI.calls == before
    assert len(spoken(person)) == 3
    again = collect_calls(site.store)[-1]
    assert (again.purpose, again.cached, again.seconds) == (kept.purpose, True, None)
    left = site.store.read(lambda connection: connection.scalars(select(ClientCall.reply)).all())
    assert set(left) == {""}, "kept until the turn is stored, and no longer"


def test_whoever_stops_listening_stops_nothing(site: House, monkeypatch: pytest.MonkeyPatch) -> None:
    person = site.answering()
    path = begun(person)
    said(person, path, 1, LINES[0])
    answered, first = threading.Event(), FakeAPI.generate

    async def slow(self: FakeAPI, *given: Any, **named: Any) -> ModelOutput:
        await asyncio.to_thread(answered.wait, 30)
        return await first(self, *given, **named)

    monkeypatch.setattr(FakeAPI, "generate", slow)
    monkeypatch.setattr("therapyarc.web.course.pages._BEAT_S", 0.01)
    response = asyncio.run(_first_line(site, person, f"{path}/stream?from=2"))
    assert json.loads(response) == {"waits": True}
    assert len(spoken(person)) == 2
    answered.set()
    until = time.monotonic() + 30
    while len(spoken(person)) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    assert len(spoken(person)) == 3


async def _first_line(site: House, person: Person, path: str) -> str:
    """Ask the application itself, read one line, and go away."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    name, _, query = path.partition("?")
    cookie = "; ".join(f"{one.name}={one.value}" for one in person.client.cookies.jar)
    gone = asyncio.Event()
    begun = False

    async def receive() -> dict[str, Any]:
        nonlocal begun
        if not begun:
            begun = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message.get("body"):
            lines.put_nowait(message["body"].decode())

    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": name, "raw_path": name.encode(),
        "query_string": query.encode(), "root_path": "", "server": ("testserver", 80), "client": ("testclient", 1),
        "headers": [(b"host", b"testserver"), (b"cookie", cookie.encode()), (b"accept", b"application/json")],
    }  # fmt: skip
    asked = asyncio.ensure_future(site.app(scope, receive, send))
    line = await lines.get()
    gone.set()
    await asyncio.wait({asked}, timeout=10)
    assert asked.done(), "the stream ends with its listener"
    return line


def test_without_the_script_a_turn_is_answered_by_the_next_page(site: House) -> None:
    person = site.answering()
    sent = person.post(f"/therapist/course/{course(person).id}", {})
    path = str(sent.headers["location"])
    waiting = person.get(path).text
    assert "The client is answering" in waiting
    assert spoken(person) == [], "the page does not wait"
    early = person.client.post(path, data={**hidden(waiting), "text": "Before it spoke.", "action": "say"})
    assert early.status_code == 409
    assert "Before it spoke." in early.text
    assert person.get(f"{path}/answer").headers["location"] == f"{path}#last"
    fields = {**hidden(person.get(path).text), "text": LINES[0], "action": "say"}
    assert person.client.post(path, data=fields).headers["location"] == f"{path}/answer"
    assert person.get(f"{path}/answer").headers["location"] == f"{path}#last"
    assert [role for role, _ in spoken(person)] == ["client", "therapist", "client"]


def test_trainees_practise_with_the_model_that_practice_names(site: House) -> None:
    person = site.person("trainee")
    sent = person.post("/trainee", {"case": "nadia", "key": "a"})
    path = str(sent.headers["location"])
    assert streamed(person, path, 0)[-1] == {"next": 1, "ended": False}
    said(person, path, 1, LINES[0])
    assert streamed(person, path, 2)[-1]["next"] == 3
    assert {call.model for call in collect_calls(site.store)} == {"fake/practice"}
    assert {turn.voice for turn in course(person, "practice").sessions[0].said if turn.role == "client"} == {
        "model"
    }


def test_calls_for_people_stand_in_the_run_s_record_once(study: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    with Store(sqlite_url(run / "people.db")) as store, voiced(study, store) as house:
        begun(house.answering())
        made = collect_calls(store)
    assert len(made) == 1
    for _ in range(2):
        found = run_study(study, run, Console(file=StringIO()))
        lines = (run / "calls.jsonl").read_text(encoding="utf-8").splitlines()[1:]
        assert [
            (row["session"], row["purpose"]) for row in map(json.loads, lines) if row["role"] == "client"
        ] == [(made[0].session, "voice/1/0")]
    (used,) = [one for one in found.usage if one.model == "fake/one"]
    assert (used.calls, used.input_tokens, used.output_tokens) == (1, made[0].input_tokens, 9)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("text_to_models: true", "text_to_models: false"), ("courses.voice", "people.practice.voice")),
        (
            (
                "text_to_models: true\n  practice: {cases: [nadia], sessions: 1, exchanges: 3, voice: fake/practice}",
                "languages: [en]",
            ),
            ("courses.voice",),
        ),
    ],
)
def test_words_of_people_go_to_no_model_outside_unless_the_study_says_so(
    study: Path, change: tuple[str, str], where: tuple[str, ...]
) -> None:
    text = VOICED.replace(*change)
    assert text != VOICED
    study.write_text(text, encoding="utf-8")
    with pytest.raises(FaultyFileError, match="text_to_models") as told:
        load_design(study)
    assert [place for place in ("courses.voice", "people.practice.voice") if place in str(told.value)] == [
        *where
    ]
    study.write_text(re.sub("fake/[a-z]+", "embedded/smollm2-135m", text), encoding="utf-8")
    assert load_design(study).study.courses is not None, "the embedded model is on this machine"


def test_trainees_alone_are_people_too(study: Path) -> None:
    text = VOICED.replace("kind: human", "kind: script, policy: reflector").replace(
        "text_to_models: true", "min_reading_s: 0"
    )
    study.write_text(text, encoding="utf-8")
    with pytest.raises(FaultyFileError, match=r"people\.practice\.voice"):
        load_design(study)


def test_nobody_s_words_go_to_a_model_before_the_person_agreed_to_the_text_that_says_so(
    study: Path, tmp_path: Path
) -> None:
    """Who consented while the text said that no model is asked is asked for consent anew first."""
    with Store(sqlite_url(tmp_path / "people.db")) as store:
        design = load_design(study)
        quiet = replace(design.study.people, text_to_models=False, practice=None)
        plain = replace(design.study.courses, voice="scripted") if design.study.courses else None
        with House(
            replace(design, study=replace(design.study, people=quiet, courses=plain)), store, tmp_path
        ) as house:
            person = house.answering()
            assert "not sent to any language model" in person.get("/consent").text
            path = str(person.post(f"/therapist/course/{course(person).id}", {}).headers["location"])
            person.get(path)
            voiced(study, store, house)
            person = person.second()
            before = FakeAPI.calls
            fields = {"text": LINES[0], "seen": "1", "key": "k", "action": "say"}
            assert person.post(path, fields, json=True).status_code == 403
            assert (
                person.client.get(f"{path}/stream?from=2", headers={"Accept": "application/json"}).status_code
                == 403
            )
            assert person.get(f"{path}/answer").headers["location"] == "/consent"
            assert FakeAPI.calls == before
            assert "may be sent to language models" in person.get("/consent").text
            person.consent()
            said(person, path, 1, LINES[0])
            streamed(person, path, 2)
            assert FakeAPI.calls == before + 1


def test_a_server_without_models_does_not_let_a_script_stand_in(study: Path, tmp_path: Path) -> None:
    with (
        Store(sqlite_url(tmp_path / "people.db")) as store,
        pytest.raises(VoicelessError, match="therapyarc serve"),
    ):
        create_app(load_design(study), store)


def test_erasing_a_person_erases_the_calls_and_own_data_holds_no_unchecked_words(site: House) -> None:
    person = site.answering()
    begun(person)
    rows = site.store.read(lambda connection: own_data(connection, person.id, None))["tables"]
    assert isinstance(rows, dict)
    assert [row["purpose"] for row in rows["client_call"]] == ["voice/1/0"]
    assert "reply" not in rows["client_call"][0]
    site.store.write(lambda connection: erase_person(connection, person.id, 1.0))
    assert collect_calls(site.store) == []


def test_the_embedded_model_speaks_to_people(study: Path, tmp_path: Path) -> None:
    text = re.sub("fake/[a-z]+", "embedded/smollm2-135m", VOICED).replace(
        "text_to_models: true", "min_reading_s: 0"
    )
    study.write_text(text.replace("timeout_s: 2", "timeout_s: 120"), encoding="utf-8")
    with Store(sqlite_url(tmp_path / "people.db")) as store, voiced(study, store) as house:
        person = house.answering()
        begun(person)
        (turn,) = course(person).sessions[0].said
        assert turn.text
        assert turn.voice == "model" or turn.voice.startswith("fallback: ")
        calls = collect_calls(store)
        assert calls
        assert all(call.model == "embedded/smollm2-135m" and call.output_tokens > 0 for call in calls)


def _until_killed(client: httpx2.Client, path: str, server: VoicedServer, words: list[str]) -> None:
    """Listen, and kill the server at the first word; what comes after is heard, too."""
    with client.stream("GET", path) as stream:
        for line in stream.iter_lines():
            words.append(json.loads(line)["word"])
            server.kill()


def test_a_server_killed_in_the_middle_of_an_answer_goes_on_where_it_was(study: Path, tmp_path: Path) -> None:
    """Killed while the answer is streamed, and while the model is asked: no turn is lost, doubled or paid twice."""
    db, asked = tmp_path / "people.db", tmp_path / "asked"
    server = VoicedServer(study, db)
    with Store(sqlite_url(db)) as store, voiced(study, store) as house:
        invited = house.invited().join().consent().background()
        name = course(invited).id
        assert invited.invited is not None
        server.start(FAKE_CALLS=str(asked))
        try:
            with httpx2.Client(
                base_url=server.url, timeout=30, headers={"Accept": "application/json"}
            ) as client:
                client.post("/join", data={"code": invited.invited.token})
                csrf = client.get("/token").json()["csrf"]
                begun = client.post(f"/therapist/course/{name}", data={"csrf": csrf})
                path = begun.headers["location"]
                client.get(f"{path}/stream?from=0")
                turn = {"csrf": csrf, "text": LINES[0], "seen": "1", "key": "a", "action": "say"}
                assert client.post(path, data=turn).status_code == 201
                words: list[str] = []
                with pytest.raises(httpx2.TransportError):
                    _until_killed(client, f"{path}/stream?from=2", server, words)
            assert 0 < len(words) < 9, "in the middle"
            assert spoken(invited)[-1][0] == "client", "stored before its first word was shown"
            assert spoken(invited)[-1][1].startswith("".join(words))
            with httpx2.Client(
                base_url=server.url, timeout=60, headers={"Accept": "application/json"}
            ) as client:
                server.start(FAKE_CALLS=str(asked), FAKE_KILL="1")
                client.post("/join", data={"code": invited.invited.token})
                csrf = client.get("/token").json()["csrf"]
                pieces = [json.loads(line) for line in client.get(f"{path}/stream?from=2").text.splitlines()]
                assert "".join(one["word"] for one in pieces if "word" in one) == spoken(invited)[-1][1]
                assert pieces[-1] == {"next": 3, "ended": False}
                turn = {"csrf": csrf, "text": LINES[1], "seen": "3", "key": "b", "action": "say"}
                assert client.post(path, data=turn).status_code == 201
                with pytest.raises(httpx2.TransportError):
                    client.get(f"{path}/stream?from=4")
                assert server.ended()
                assert spoken(invited)[-1] == ("therapist", LINES[1])
                server.start(FAKE_CALLS=str(asked))
                assert client.post(path, data=turn).status_code == 201, "sent once more: stored once"
                client.get(f"{path}/stream?from=4")
            assert [role for role, _ in spoken(invited)] == [
                "client",
                "therapist",
                "client",
                "therapist",
                "client",
            ]
            begun_calls = asked.read_text(encoding="utf-8").splitlines()
            assert len(begun_calls) == 4, "three turns, and the call in which the server was killed"
            assert begun_calls[2] == begun_calls[3]
            assert [call.purpose for call in collect_calls(store)] == ["voice/1/0", "voice/2/0", "voice/3/0"]
        finally:
            server.kill()
