"""A therapist in a real browser, from the link to the end: keyboard, autosave, lost network, a second window, going back."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from inspect_ai.model import ModelOutput

from fakes.listening import door, listening
from fakes.provider import FakeAPI
from fakes.visitors import MATERIAL, RATED, House, Person, post_replies
from fakes.voiced import VOICED
from therapyarc.cli.people import voices
from therapyarc.dialogue.client.voicing import VoiceFactory
from therapyarc.domain.design import Design
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.course.kept import courses_of
from therapyarc.web.rating.collect import collect_ratings
from therapyarc.web.store import sqlite_url

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, Route


@pytest.fixture
def live(design: Design, tmp_path: Path) -> Iterator[House]:
    """The site on a port of this machine."""
    with _served(design, tmp_path) as house:
        yield house


@pytest.fixture
def rating(tmp_path: Path) -> Iterator[House]:
    """The site of a study with people who rate."""
    (tmp_path / "study.yaml").write_text(RATED, encoding="utf-8")
    (tmp_path / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    with _served(load_design(tmp_path / "study.yaml"), tmp_path) as house:
        post_replies(house, 4)
        yield house


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[House]:
    """The site of a study whose clients a model words."""
    (tmp_path / "study.yaml").write_text(VOICED, encoding="utf-8")
    design = load_design(tmp_path / "study.yaml")
    with _served(design, tmp_path, *voices(design)) as house:
        yield house


@contextmanager
def _served(
    design: Design,
    tmp_path: Path,
    voice: VoiceFactory | None = None,
    practice_voice: VoiceFactory | None = None,
) -> Iterator[House]:
    with Store(sqlite_url(tmp_path / "people.db")) as store, door() as (one, url):
        house = House(design, store, tmp_path, url=url, voice=voice, practice_voice=practice_voice)
        with listening(house.app, one), house:
            yield house


def _saved(page: "Page") -> None:
    page.wait_for_selector("text=Saved on the server at")


def _on(page: "Page") -> None:
    """Press Go on with the keyboard and wait for another page."""
    before = page.url
    page.get_by_role("button", name="Go on").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)


def _in(page: "Page", person: Person) -> None:
    assert person.invited is not None
    page.goto(person.invited.link(person.house.settings.url))
    page.get_by_role("button", name="Come in").click()


def _writing(browser: "Browser", live: House) -> tuple[Person, "Page"]:
    """A therapist who has come to the first reply."""
    person = live.answering()
    for step in person.items()[:2]:
        person.answer(step, step.options[0], 0, step.id)
    page = browser.new_context(locale="en-GB").new_page()
    _in(page, person)
    page.wait_for_selector("textarea")
    return person, page


def test_a_therapist_from_the_link_to_the_end(browser: "Browser", live: House) -> None:
    person = live.invited()
    context = browser.new_context(locale="en-GB", viewport={"width": 1000, "height": 800})
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    _in(page, person)
    assert "#" not in page.url
    page.get_by_role("button", name="I have read this and take part").click()
    page.wait_for_selector("select")  # `all` would not wait for the page that the click opens
    for select in page.locator("select").all():
        select.select_option("not_said")
    page.get_by_role("button", name="Go on").click()

    page.wait_for_selector("text=Question 1 of 5")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip", "the first stop of the keyboard"
    first = page.url
    page.locator("input[type=radio]").first.check()
    _saved(page)
    assert person.steps().answer(person.items()[0]).revision == 1
    _on(page)
    page.locator("input[type=radio]").nth(2).check()
    page.keyboard.press("ArrowDown")
    _on(page)
    assert problems == []

    page.locator("textarea").fill("First words.")
    _saved(page)
    context.set_offline(True)
    page.locator("textarea").fill("First words. And what I wrote without a network.")
    page.wait_for_selector("text=no connection")
    here = page.url
    page.get_by_role("button", name="Go on").click()
    page.wait_for_timeout(300)
    assert page.url == here, "nobody is led on before the answer is stored"
    assert "Saved on the server at" not in page.locator("#state").inner_text()
    (reply,) = [step for step in person.items() if step.item == "respond"]
    assert person.steps().answer(reply).value == "First words."
    context.set_offline(False)
    _saved(page)
    assert person.steps().answer(reply).value.endswith("without a network.")
    assert person.steps().answer(reply).revision == 2

    other = context.new_page()
    other.goto(page.url)
    other.locator("textarea").fill("From the second window.")
    _saved(other)
    page.locator("textarea").fill("From the first window.")
    page.wait_for_selector("text=changed in another window")
    assert person.steps().answer(reply).value == "From the second window."
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("text=What is saved there")
    assert page.locator("blockquote").first.inner_text() == "From the second window."
    assert page.locator("textarea").input_value() == "From the first window."
    _on(page)
    assert person.steps().answer(reply).value == "From the first window."
    page.go_back()
    assert page.locator("textarea").input_value() == "From the first window.", (
        "going back shows what is stored"
    )
    page.goto(first)
    assert page.locator("input[type=radio]:checked").count() == 1
    page.set_viewport_size({"width": 320, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320

    person.join().finish()
    page.goto(f"{live.settings.url}/therapist")
    page.wait_for_selector("text=The server has counted")
    context.close()


def test_a_closed_tab_and_an_ended_login_lose_nothing_typed(browser: "Browser", live: House) -> None:
    person, page = _writing(browser, live)
    context = page.context
    page.wait_for_load_state()  # the script is there
    (reply,) = [step for step in person.items() if step.item == "respond"]
    context.set_offline(True)
    page.locator("textarea").fill("Typed, not yet sent.")
    page.wait_for_selector("text=no connection")
    page.close(run_before_unload=False)
    context.set_offline(False)
    page = context.new_page()
    page.goto(f"{live.settings.url}/therapist/item/{reply.id}")
    _saved(page)
    assert person.steps().answer(reply).value == "Typed, not yet sent."

    live.clock.now += live.settings.login_s + 1
    page.locator("textarea").fill("Typed after the login had ended.")
    page.wait_for_selector("text=your login has ended")
    _in(context.new_page(), person)
    _saved(page)
    assert person.steps().answer(reply).value == "Typed after the login had ended."
    context.close()


def test_what_is_typed_before_the_script_has_come_is_saved_too(browser: "Browser", live: House) -> None:
    person, page = _writing(browser, live)
    context = page.context
    held: list[Route] = []
    page.route("**/static/site.js", lambda route: held.append(route))
    (reply,) = [step for step in person.items() if step.item == "respond"]
    page.goto(f"{live.settings.url}/therapist/item/{reply.id}", wait_until="commit")
    page.locator("textarea").fill("Typed on a slow network.")
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    _saved(page)
    assert person.steps().answer(reply).value == "Typed on a slow network."
    context.close()


def test_a_researcher_s_page_refreshes_itself_within_the_policy(browser: "Browser", live: House) -> None:
    page = browser.new_context(locale="en-GB").new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    _in(page, live.invited("researcher"))
    page.wait_for_selector("text=Progress")
    assert page.locator("#people tbody tr").count() == 1
    live.invited("rater")
    page.evaluate(
        "htmx.ajax('GET', '/researcher', {source: '#people', target: '#people', select: '#people', swap: 'outerHTML'})"
    )
    page.wait_for_function("document.querySelectorAll('#people tbody tr').length === 2")
    assert problems == []


def test_who_leaves_a_shared_device_leaves_no_words_on_it(browser: "Browser", rating: House) -> None:
    person = rating.person("rater")
    person.rate_all(most=6)
    page = browser.new_context(locale="en-GB").new_page()
    asked: list[str] = []

    def answer(dialog: "Dialog") -> None:
        asked.append(dialog.message)
        if len(asked) == 1:
            dialog.dismiss()
        else:
            dialog.accept()

    def lying() -> list[str]:
        found: list[str] = page.evaluate("Object.keys(localStorage).sort()")
        return found

    page.on("dialog", answer)
    _in(page, person)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_selector("text=Text 1 of about")
    page.wait_for_load_state()
    here = page.url
    others = {"therapyarc-draft:somebody-else:/x": "{}", "another-program": "1"}
    page.evaluate("(all) => Object.assign(localStorage, all)", others)
    page.evaluate(
        "localStorage.setItem('therapyarc-outbox', JSON.stringify({'/y': {owner: 'somebody-else', value: 'theirs'}}))"
    )
    page.keyboard.press("4")
    assert len(lying()) == 4
    page.get_by_role("button", name="Leave").click()
    assert page.url == here
    assert len(lying()) == 4, "whoever stays loses nothing"
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url(lambda url: url != here)
    assert lying() == sorted([*others, "therapyarc-outbox"]), "what is another's, or another program's, stays"
    assert "theirs" in page.evaluate("localStorage.getItem('therapyarc-outbox')")
    assert len(asked) == 2
    assert "has not reached the server" in asked[0]

    _in(page, person)
    page.wait_for_url(lambda url: "/join" not in url)
    page.goto(here)
    assert page.locator("input[name=value]:checked").count() == 0
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url(lambda url: url != here)
    assert len(asked) == 2, "where all is on the server nobody is asked"

    _in(page, person)
    page.wait_for_url(lambda url: "/join" not in url)
    page.goto(here)
    page.keyboard.press("4")
    assert len(lying()) == 4
    page.get_by_role("link", name="End my participation").click()
    page.locator("input[value=keep]").check()
    with page.expect_navigation():
        page.locator("button.main").click()
    assert len(lying()) == 3
    assert len(asked) == 2, "whoever ends the participation has said so"
    page.context.close()


def test_a_rater_by_keyboard_alone_without_a_network_and_back(browser: "Browser", rating: House) -> None:
    person = rating.person("rater")
    person.rate_all(most=6)
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    _in(page, person)
    page.get_by_role("button", name="Go on").press("Enter")
    page.wait_for_selector("text=Text 1 of about")
    first = page.url

    mark = page.locator("input[type=checkbox]").nth(1)
    mark.focus()
    page.keyboard.press("Space")
    page.keyboard.press("4")
    assert page.locator("input[name=value]:checked").get_attribute("value") == "4"
    page.reload()
    assert page.locator("input[name=value]:checked").get_attribute("value") == "4", (
        "a draft outlives a closed tab"
    )
    assert mark.is_checked()
    page.evaluate("window.same = true")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != first)
    assert problems == []

    second = page.url
    assert page.evaluate("window.same"), "the next page came with the answer"
    assert page.locator("text=Question 2 of 2").is_visible()
    assert page.evaluate("document.activeElement.id") == "main", "where reading aloud goes on"
    page.get_by_role("link", name="Skip to the content").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{second}#main")
    assert page.evaluate("window.same"), "a link within the page loads nothing"
    page.go_back()
    assert page.evaluate("window.same")
    page.go_back()
    page.wait_for_selector("text=Question 1 of 2")
    assert page.locator("text=Stored on the server.").is_visible(), "going back shows what is stored now"
    page.go_forward()
    page.wait_for_selector("text=Question 2 of 2")
    assert page.url == second
    assert page.locator("text=Stored on the server.").count() == 0
    context.set_offline(True)
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Not stored yet: no connection")
    assert page.url == second, "nobody is led on before the rating is stored"
    context.set_offline(False)
    page.wait_for_url(lambda url: url != second)

    page.goto(first)
    assert page.locator("input[name=value]:checked").get_attribute("value") == "2", (
        "what is stored, not the draft"
    )
    assert page.locator("text=Stored on the server.").is_visible()
    other = context.new_page()
    other.goto(first)
    other.keyboard.press("1")
    other.keyboard.press("Enter")
    other.wait_for_url(lambda url: url != first)
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=What is stored:")
    assert page.locator("input[name=value]:checked").get_attribute("value") == "3", (
        "what was chosen here is not lost"
    )
    page.locator("button.main").dblclick()
    page.wait_for_url(lambda url: url != first)
    page.set_viewport_size({"width": 320, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    person.join().rate_all()
    given = [r for r in collect_ratings(rating.store, rating.design.study.raters) if r.position == 0]
    assert {(r.value, r.evidence) for r in given} == {
        (3.0, ("Second, a question?",)), (5.0, ()),
    }  # fmt: skip
    context.close()


def test_a_client_worded_by_a_model_that_fails_is_slow_and_loses_its_listener(
    browser: "Browser", speaking: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, first = speaking.answering(), FakeAPI.generate
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    _in(page, person)
    page.goto(f"{speaking.settings.url}/therapist/courses")
    page.locator("a[href*='/therapist/course/']").first.click()
    page.get_by_role("button", name="Begin session 1").click()
    page.wait_for_selector("text=Stored on the server.")
    assert page.locator(".talk li").count() == 1, "the client has opened, without a reload"

    async def broken(self: FakeAPI, *given: Any, **named: Any) -> ModelOutput:
        del self, given, named
        raise RuntimeError("broken")

    monkeypatch.setattr(FakeAPI, "generate", broken)
    page.locator("textarea").fill("What was the night like?")
    page.get_by_role("button", name="Say it", exact=True).click()
    page.wait_for_selector("text=could not be had. What you said is stored")
    assert _said(speaking, person) == ["client", "therapist"]
    assert page.get_by_role("button", name="Say it", exact=True).is_disabled()
    page.reload()
    page.wait_for_selector("text=could not be had. What you said is stored")

    answered = threading.Event()

    async def slow(self: FakeAPI, *given: Any, **named: Any) -> ModelOutput:
        await asyncio.to_thread(answered.wait, 30)
        return await first(self, *given, **named)

    monkeypatch.setattr(FakeAPI, "generate", slow)
    page.route("**/stream?*", lambda route: route.abort())
    page.get_by_role("button", name="Ask for the answer").click()
    page.wait_for_selector("text=Connection lost. What you said is stored")
    page.unroute("**/stream?*")
    page.wait_for_selector("text=The client is answering")
    page.reload()
    page.wait_for_selector("text=The client is answering")
    assert _said(speaking, person) == ["client", "therapist"]
    answered.set()
    page.wait_for_selector("text=Stored on the server.")
    assert _said(speaking, person) == ["client", "therapist", "client"]
    (course,) = speaking.store.read(lambda connection: courses_of(connection, person.id, "study"))
    stored = [turn.text for turn in course.sessions[0].said]
    assert page.locator(".talk li span").all_inner_texts() == stored, "each turn once, and whole"
    assert page.locator("textarea").is_editable()
    assert problems == []
    context.close()


def _said(house: House, person: Person) -> list[str]:
    (course,) = house.store.read(lambda connection: courses_of(connection, person.id, "study"))
    return [turn.role for turn in course.sessions[0].said]
