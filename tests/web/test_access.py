"""Every page in a real browser: right to left, narrow, at 200 % zoom, by keyboard, and under axe where it is installed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from fakes.crowd import OWNERS, crowd, path_of, settled
from fakes.listening import door, listening
from fakes.visitors import Person
from therapyarc.web.app import every_page
from therapyarc.web.settings import Settings
from therapyarc.web.store import sqlite_url

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهابتثجحخدذرزسشصضطظعغفقكلمنه",
)
"""No Arabic: letters that stand from right to left in the places of others."""
WORDS = "A sentence of the person's own, long enough to fill a line of a narrow page and to go on in the next one."
WIDE = """() => { const root = document.documentElement; return root.scrollWidth > root.clientWidth
  ? [...document.querySelectorAll("body *")].filter((one) => !one.closest(".table, .skip, .unseen")
    &&
    (one.getBoundingClientRect().right > root.clientWidth + 1
    || one.getBoundingClientRect().left < -1)).map((one) => one.outerHTML.slice(0, 120))
  : []; }"""
"""What makes a page scroll sideways; tables have a box of their own for that."""


def _turned(text: str) -> str:
    """Return a text with its letters turned, its places for values kept."""
    return "".join(
        part if part.startswith("{") else part.translate(LETTERS) for part in re.split(r"(\{[^}]*\})", text)
    )


def _turned_all(data: object) -> object:
    if isinstance(data, dict):
        return {key: _turned_all(text) for key, text in data.items()}
    return _turned(str(data))


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language that is none, from right to left, beside English."""
    folder = tmp_path_factory.mktemp("locales")
    for path in (Settings().locales / "en").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        (folder / "en").mkdir(exist_ok=True)
        (folder / "en" / path.name).write_text(text, encoding="utf-8")
        data = yaml.safe_load(text)
        (folder / "ar").mkdir(exist_ok=True)
        turned = data | {"direction": "rtl"} if path.name == "language.yaml" else _turned_all(data)
        (folder / "ar" / path.name).write_text(yaml.safe_dump(turned, allow_unicode=True), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory, locales: Path) -> Iterator[dict[str, Person]]:
    """A crowd that has written, on a port of this machine."""
    folder = tmp_path_factory.mktemp("access")
    with (
        door() as (one, url),
        crowd(folder, sqlite_url(folder / "people.db"), at=url, locales=locales) as people,
        listening(people["owner"].house.app, one),
    ):
        settled(people, WORDS, WORDS)
        yield people


STOPS = """() => {
  const all = [...document.querySelectorAll('a[href], button, summary, textarea, select, input, [tabindex="0"]')];
  const able = all.filter((one) => one.checkVisibility() && !one.matches(':disabled, [type=hidden]'));
  window.name_of = (one) => {
    if (one.type === 'radio') return `radio ${one.name}`;  // one stop for all of a name
    if (!window.stops.has(one)) window.stops.set(one, `${one.outerHTML.slice(0, 90)} (${window.stops.size})`);
    return window.stops.get(one);
  };
  window.stops = new Map();
  return [...new Set(able.map(window.name_of))];
}"""
"""What the keyboard must reach, by a name that an element keeps whatever is added before it."""
FOCUS = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const held = one.matches('input') ? one.closest('.choice, .mark') || one : one;
  const ring = [held, one].map((each) => getComputedStyle(each)).some(
    (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2);
  return [window.name_of(one), ring, one.outerHTML.slice(0, 90)];
}"""
"""Where the keyboard is, and whether it is seen."""


def _pages(person: Person, role: str) -> list[str]:
    return [
        path_of(page, person)
        for page in every_page()
        if page.method == "GET"
        and role in page.rule.roles
        and page.path != "/token"
        and "/stream" not in page.path
    ]


def _came(browser: "Browser", person: Person, language: str, width: int) -> "Page":
    context = browser.new_context(locale="en-GB", viewport={"width": width, "height": 800})
    page = context.new_page()
    assert person.invited is not None
    context.add_cookies([{"name": "language", "value": language, "url": person.house.settings.url}])
    page.goto(person.invited.link(person.house.settings.url))
    page.locator("button.main").click()
    page.wait_for_url(lambda url: "/join" not in url)
    return page


@pytest.mark.parametrize("role", [*OWNERS, "researcher"])
def test_no_page_scrolls_sideways_and_right_to_left_is_the_mirror_image(
    browser: "Browser", people: dict[str, Person], role: str
) -> None:
    person = people[OWNERS.get(role, role)]
    page = _came(browser, person, "ar", 320)
    for path in _pages(person, role):
        page.goto(f"{person.house.settings.url}{path}")
        assert page.evaluate("document.documentElement.dir") == "rtl"
        for width in (320, 640, 1280):  # 640 is 1280 at 200 % zoom
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(WIDE) == [], (path, width)
        heading = page.locator("h1").first.bounding_box() if page.locator("h1").count() else None
        if heading:
            starts = page.evaluate(
                "() => { const range = document.createRange();"
                " range.selectNodeContents(document.querySelector('h1'));"
                " return [range, document.querySelector('main')].map((one) => one.getBoundingClientRect().right); }"
            )
            assert abs(starts[0] - starts[1]) < 2, (path, "a line begins at the right edge")
        page.set_viewport_size({"width": 320, "height": 800})
    page.context.close()


@pytest.mark.parametrize("role", [*OWNERS, "researcher"])
def test_everything_is_reached_by_keyboard_with_a_focus_that_is_seen(
    browser: "Browser", people: dict[str, Person], role: str
) -> None:
    person = people[OWNERS.get(role, role)]
    page = _came(browser, person, "en", 1280)
    for path in _pages(person, role):
        page.goto(f"{person.house.settings.url}{path}")
        missed = page.evaluate(STOPS)
        # twice around: an answer of a client that comes meanwhile takes the focus where it may, and the round begins anew
        for _ in range(2 * len(missed) + 6):
            if not missed:
                break
            page.keyboard.press("Tab")
            seen = page.evaluate(FOCUS)
            if seen:
                assert seen[1], (path, seen[2], "no ring")
                missed = [one for one in missed if one != seen[0]]
        assert missed == [], path
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("role", [*OWNERS, "researcher"])
def test_axe_finds_nothing_serious(
    browser: "Browser", people: dict[str, Person], role: str, scheme: str
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    person = people[OWNERS.get(role, role)]
    page = _came(browser, person, "en", 1280)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in ["/join", "/nowhere", *_pages(person, role)]:
        page.goto(f"{person.house.settings.url}{path}")
        found = [
            (one["id"], one["impact"], [node["html"][:120] for node in one["nodes"]])
            for one in axe.Axe().run(page).response["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
        assert found == [], path
    page.context.close()
