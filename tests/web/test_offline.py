"""Two minutes without a network and back, for all four roles in a real browser: nothing is called stored, nothing is lost.

The pages' clock is driven by hand, so that two minutes of tries pass in seconds; the network is cut for as long.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from fakes.crowd import crowd, path_of
from fakes.listening import door, listening
from fakes.visitors import Person
from therapyarc.web.app import every_page
from therapyarc.web.course.kept import courses_of
from therapyarc.web.store import sqlite_url
from therapyarc.web.store.tables import Rating, SourceGuess
from therapyarc.web.trainee.keep import formulation_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WORDS = "Written while there was no network."
CLAIMS = re.compile(
    r"Saved on the server|Stored on the server|^Stored|Your answer is|The server has", re.MULTILINE
)
"""What the pages say once the server has stored something."""


@pytest.fixture
def people(tmp_path: Path) -> Iterator[dict[str, Person]]:
    """A crowd that has written nothing yet, on a port of this machine."""
    with (
        door() as (one, url),
        crowd(tmp_path, sqlite_url(tmp_path / "people.db"), at=url) as people,
        listening(people["owner"].house.app, one),
    ):
        yield people


def _entered(browser: "Browser", person: Person, path: str) -> "Page":
    """Open a page as a person who came in, with a clock that is driven by hand."""
    context = browser.new_context(locale="en-GB")
    context.clock.install()
    page = context.new_page()
    assert person.invited is not None
    page.goto(person.invited.link(person.house.settings.url))
    page.get_by_role("button", name="Come in").click()
    page.wait_for_url(lambda url: "/join" not in url)
    page.goto(f"{person.house.settings.url}{path}")
    page.wait_for_load_state()
    return page


def _away(page: "Page", stored: Callable[[], object], *, minutes: float = 2) -> None:
    """Let time pass without a network: the page stays, says that nothing is stored, and nothing is."""
    here, before = page.url, stored()
    for _ in range(int(minutes * 6)):
        page.clock.run_for(10_000)
        for state in page.locator("form [role=status]").all():
            assert not CLAIMS.search(state.inner_text()), state.inner_text()
    page.wait_for_selector("text=no connection")
    assert page.url == here, "nobody is led on before it is stored"
    assert stored() == before


def _back(page: "Page", until: Callable[[], object]) -> None:
    """Have the network again, and wait until something holds."""
    page.context.set_offline(False)
    for _ in range(200):
        if until():
            return
        page.clock.run_for(500)
        page.wait_for_timeout(20)
    pytest.fail(f"not in the end: {page.locator('form [role=status]').all_inner_texts()}")


def _route(path: str, person: Person) -> str:
    return path_of(next(page for page in every_page() if page.path == path), person)


def test_a_therapist_s_answer(browser: "Browser", people: dict[str, Person]) -> None:
    person = people["owner"].background()
    step = next(step for step in person.items() if step.item == "respond")
    page = _entered(browser, person, f"/therapist/item/{step.id}")
    page.context.set_offline(True)
    page.locator("textarea").fill(WORDS)
    page.get_by_role("button", name="Go on").click()
    _away(page, lambda: person.steps().answer(step).value)
    _back(page, lambda: "Saved on the server at" in page.locator("#state").inner_text())
    held = person.steps().answer(step)
    assert (held.value, held.revision) == (WORDS, 1)


def test_a_therapist_s_turn_and_notes(browser: "Browser", people: dict[str, Person]) -> None:
    person = people["owner"]

    def session() -> tuple[tuple[str, ...], str]:
        one = person.house.store.read(lambda c: courses_of(c, person.id, "study"))[0].sessions[0]
        return tuple(turn.text for turn in one.said), one.notes

    path = _route("/therapist/course/{id}", person)
    person.post(path, {})
    page = _entered(browser, person, _route("/therapist/session/{id}", person))
    page.context.set_offline(True)
    page.locator("#text").fill(WORDS)
    page.get_by_role("button", name="Say it", exact=True).dblclick(no_wait_after=True, force=True)
    assert page.locator(".talk li").count() == 1, "nothing is shown as said"
    _away(page, session)
    _back(page, lambda: page.locator(".talk li").count() == 3 and not page.evaluate("text.readOnly"))
    said, _ = session()
    assert said[1:2] == (WORDS,)
    assert len(said) == 3, "said once, answered once"
    page.locator("#text").fill("Goodbye until next week.")
    page.get_by_role("button", name="Say it and end the session").click()
    page.wait_for_selector("#notes")
    page.wait_for_load_state()
    page.context.set_offline(True)
    page.locator("#notes").fill(WORDS)
    page.locator("form[data-draft] button.main").click()
    _away(page, session)
    _back(page, lambda: "/course/" in page.url)
    assert session()[1] == WORDS
    assert page.evaluate("Object.keys(localStorage)") == [], "what is stored is kept here no longer"


def test_a_trainee_s_formulation_also_after_the_tab_was_closed(
    browser: "Browser", people: dict[str, Person]
) -> None:
    person = people["practiser"]
    path = _route("/trainee/session/{id}", person)
    name = path.rsplit("/", 1)[1]
    person.post(path, {"text": "Goodbye.", "seen": "1", "key": "x", "action": "close"})
    page = _entered(browser, person, f"/trainee/formulation/{name}")

    def stored() -> object:
        return person.house.store.read(lambda c: formulation_of(c, name))

    page.context.set_offline(True)
    page.locator("#problem").fill(WORDS)
    page.locator("#goals").fill("Second field.")
    page.locator("form[data-draft] button[value=save]").click()
    _away(page, stored)
    context, address = page.context, page.url
    page.close(run_before_unload=False)
    context.set_offline(False)
    page = context.new_page()
    page.goto(address)
    page.wait_for_load_state()
    assert page.locator("#problem").input_value() == WORDS
    assert page.locator("#goals").input_value() == "Second field."
    assert "Not stored yet" in page.locator("form [role=status]").inner_text()
    page.locator("form[data-draft] button[value=save]").click()
    page.wait_for_selector("form [role=status]:not(.open)")
    fields = person.house.store.read(lambda c: formulation_of(c, name)).fields
    assert (fields["problem"], fields["goals"]) == (WORDS, "Second field.")
    page.wait_for_load_state()
    page.locator("#goals").fill("From here.")
    other = context.new_page()
    other.goto(address)
    other.wait_for_load_state()
    assert other.locator("#goals").input_value() == "From here.", "the draft of this device"
    other.locator("#goals").fill("From the second window.")
    other.locator("form[data-draft] button[value=save]").click()
    other.wait_for_selector("form [role=status]:not(.open)")
    page.locator("form[data-draft] button[value=save]").click()
    page.wait_for_selector("[role=alert]")
    assert page.locator("#goals").input_value() == "From here.", "a conflict loses nothing that was typed"
    fields = person.house.store.read(lambda c: formulation_of(c, name)).fields
    assert fields["goals"] == "From the second window."


def test_a_rater_s_rating_and_guesses(browser: "Browser", people: dict[str, Person]) -> None:
    person = people["owner of ratings"]
    page = _entered(browser, person, _route("/rater/task/{id}", person))

    def stored() -> list[object]:
        rows = person.house.store.read(lambda c: c.execute(select(Rating.value, Rating.revision)).all())
        return [tuple(row) for row in rows]

    page.context.set_offline(True)
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    first = page.url
    _away(page, stored)
    _back(page, lambda: page.url != first)
    assert stored() == [(4.0, 1)]

    person.rate_all()
    page.goto(f"{person.house.settings.url}/rater/finish")
    page.wait_for_load_state()

    def guessed() -> int:
        return len(person.house.store.read(lambda c: c.execute(select(SourceGuess.task)).all()))

    page.context.set_offline(True)
    for box in page.locator("input[value=machine]").all():
        box.check()
    page.locator("form[data-draft] button.main").click()
    _away(page, guessed)
    _back(page, lambda: page.url.endswith("/rater/done"))
    assert guessed() >= 1


def test_a_therapist_s_background(browser: "Browser", people: dict[str, Person]) -> None:
    person = people["therapist"]
    page = _entered(browser, person, "/therapist/background")
    page.context.set_offline(True)
    for box in page.locator("main select").all():
        box.select_option("not_said")
    page.locator("form[data-draft] button.main").click()
    _away(page, lambda: person.steps().part)
    _back(page, lambda: "/background" not in page.url)
    assert person.steps().part == 1


def test_a_researcher_s_page_stays_and_is_fresh_again(browser: "Browser", people: dict[str, Person]) -> None:
    person = people["researcher"]
    page = _entered(browser, person, "/researcher")
    before = page.locator("#people tbody tr").count()
    page.context.set_offline(True)
    person.house.invited("trainee")
    for _ in range(12):
        page.clock.run_for(10_000)
    assert page.locator("#people tbody tr").count() == before, "what was there still stands there"
    _back(page, lambda: page.locator("#people tbody tr").count() == before + 1)
