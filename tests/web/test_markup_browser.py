"""Text that tries to be code, in a real browser: no script of it runs, and our own pages keep to their policy."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from fakes.crowd import OWNERS, crowd, crowd_study, path_of, settled
from fakes.listening import door, listening
from fakes.payloads import MARK, packed
from fakes.visitors import Person
from therapyarc.web.app import every_page
from therapyarc.web.store import sqlite_url

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

(EVERY,) = packed(4_000)
WATCH = f"""
window.hits = [];
window.{MARK} = () => window.hits.push(location.pathname);
document.addEventListener("securitypolicyviolation", (event) => window.hits.push(event.violatedDirective));
"""
FORGED = f"""() => [...document.querySelectorAll("*")].filter((one) => one.localName.includes("{MARK}")
  || [...one.attributes].some((held) => held.name.includes("{MARK}") || held.value.includes("{MARK}"))
  || (["script", "style"].includes(one.localName) && one.textContent.includes("{MARK}"))).map((one) => one.outerHTML)"""


def _watched(browser: "Browser", person: Person) -> tuple["Page", list[str]]:
    """Return a page of a person who came in, and the list of whatever goes wrong on it."""
    context = browser.new_context(locale="en-GB")
    context.add_init_script(WATCH)
    page = context.new_page()
    problems: list[str] = []

    def refused(one: "Dialog") -> None:
        problems.append(one.message)
        one.dismiss()

    page.on("console", lambda one: problems.append(one.text) if one.type in {"error", "warning"} else None)
    page.on("dialog", refused)
    page.on("request", lambda one: None if "127.0.0.1" in one.url else problems.append(one.url))
    page.on("pageerror", lambda one: problems.append(str(one)))
    assert person.invited is not None
    page.goto(person.invited.link(person.house.settings.url))
    page.get_by_role("button", name="Come in").click()
    page.wait_for_load_state()
    return page, problems


def test_no_payload_runs_and_no_page_breaks_its_policy(browser: "Browser", tmp_path: Path) -> None:
    with door() as (one, url):
        study = crowd_study()
        with crowd(tmp_path, sqlite_url(tmp_path / "people.db"), study=study, reply=EVERY, at=url) as people:
            settled(people, EVERY, EVERY, packed(1_000))
            with listening(people["owner"].house.app, one):
                seen = sum(
                    _go_round(browser, people[OWNERS.get(role, role)], role)
                    for role in (*OWNERS, "researcher")
                )
                _typed(browser, people["trainee"])
    assert seen >= 6, "pages that showed payloads"


def _go_round(browser: "Browser", person: Person, role: str) -> int:
    """Open every page of a role, play with it, and return how many showed a payload."""
    page, problems = _watched(browser, person)
    shown = 0
    for route in every_page():
        if (
            route.method != "GET"
            or role not in route.rule.roles
            or route.path == "/token"
            or "/stream" in route.path
        ):
            continue
        page.goto(f"{person.house.settings.url}{path_of(route, person)}")
        for details in page.locator("details:not([open]) > summary").all():
            details.click()
        page.mouse.move(200, 200)
        page.keyboard.press("Tab")
        assert page.evaluate(FORGED) == [], route.path
        assert page.evaluate("window.hits") == [], route.path
        shown += MARK in page.inner_text("body") or any(
            MARK in box.input_value() for box in page.locator("textarea").all()
        )
    assert problems == []
    page.context.close()
    return shown


def _typed(browser: "Browser", person: Person) -> None:
    """Type payloads as a turn: the page's own script shows them, and what came back from the draft, as text."""
    page, problems = _watched(browser, person)
    page.get_by_role("button", name=re.compile("^Begin")).first.click()
    page.wait_for_selector("[data-course]")
    page.wait_for_load_state()
    page.locator("#text").fill(EVERY)
    page.reload()
    assert page.locator("#text").input_value() == re.sub(r"\r\n?", "\n", EVERY), "a draft outlives a reload"
    page.get_by_role("button", name="Say it", exact=True).click()
    page.wait_for_function("() => document.querySelectorAll('.talk li').length >= 3")
    page.wait_for_function("() => !document.querySelector('#text').readOnly")
    assert page.locator(".talk .therapist span").first.text_content() == EVERY
    assert page.evaluate(FORGED) == []
    assert page.evaluate("window.hits") == []
    assert problems == []
    page.context.close()
