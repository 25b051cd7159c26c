"""All texts of the pages in every language, none of them in the code."""

import re
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import UndefinedError

import therapyarc.web
from fakes.visitors import House
from therapyarc.domain.design import Design
from therapyarc.web import Store
from therapyarc.web.background import background_fields
from therapyarc.web.i18n import CatalogueError, negotiate, read_catalogues
from therapyarc.web.settings import Settings
from therapyarc.web.store import sqlite_url
from therapyarc.web.templating import Templates

WEB = Path(therapyarc.web.__file__).parent
CATALOGUES = read_catalogues(Settings().locales)


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [name for name in CATALOGUES if name != "en"])
def test_every_language_has_every_text_with_the_same_places(language: str) -> None:
    english, other = CATALOGUES["en"].texts, CATALOGUES[language].texts
    assert other.keys() == english.keys()
    for key, text in english.items():
        assert _places(other[key]) == _places(text), key
        assert other[key].strip(), key


def test_every_text_that_is_asked_for_is_there() -> None:
    asked = set()
    for path in (*WEB.rglob("*.html"), *WEB.rglob("*.py")):
        asked |= set(re.findall(r'(?<!\w)t\("([a-z_.]+)"', path.read_text(encoding="utf-8")))
        asked |= {
            f"{key}.text"
            for key in re.findall(r'problem\(\d+, "([a-z_.]+)"', path.read_text(encoding="utf-8"))
        }
    asked = {key for key in asked if not key.endswith((".", "_"))}
    assert len(asked) > 60
    assert asked <= CATALOGUES["en"].texts.keys()
    for field in background_fields():
        for name in ("label", *field.options):
            assert f"background.{field.id}.{name}" in CATALOGUES["en"].texts


def test_templates_hold_no_words_of_their_own() -> None:
    for path in WEB.rglob("*.html"):
        bare = re.sub(
            r"(?s)\{%.*?%\}|\{\{.*?\}\}|<!doctype html>|<[^>]*>", " ", path.read_text(encoding="utf-8")
        )
        assert not re.findall(r"[A-Za-z]{2,}", bare), path.name


def test_the_browser_s_wish_is_followed() -> None:
    def chosen(accepted: str, cookie: str | None = None) -> str:
        return negotiate(CATALOGUES, cookie, accepted).language

    assert chosen("de-AT,en;q=0.5") == "de"
    assert chosen("fr,en;q=0.4,de;q=0.6") == "de"
    assert chosen("fr") == "en"
    assert chosen("de", cookie="en") == "en"
    assert chosen("xx;q=nonsense, , ;;") == "en"


def test_a_text_that_is_absent_is_named() -> None:
    with pytest.raises(CatalogueError, match=r"no\.such"):
        CATALOGUES["en"]("no.such")


def test_a_language_from_right_to_left_turns_the_page(design: Design, tmp_path: Path) -> None:
    folder = tmp_path / "locales" / "ar"
    folder.mkdir(parents=True)
    for path in (Settings().locales / "en").glob("*.yaml"):
        (folder / path.name).write_text(
            path.read_text(encoding="utf-8").replace("ltr", "rtl"), encoding="utf-8"
        )
    with Store(sqlite_url(tmp_path / "a.db")) as store:
        house = House(design, store, tmp_path, locales=tmp_path / "locales")
        with house:
            assert '<html lang="ar" dir="rtl">' in house.stranger().get("/join").text


def test_the_style_sheet_knows_no_left_and_no_right() -> None:
    sheet = (WEB / "static" / "site.css").read_text(encoding="utf-8")
    assert not re.search(
        r"(?<![a-z-])(left|right|margin-(left|right)|padding-(left|right)|border-(left|right)|text-align: (left|right))\s*:",
        sheet,
    )


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_texts_worked_into_a_template_are_those_that_are_asked_for(language: str, tmp_path: Path) -> None:
    catalogue = replace(
        CATALOGUES[language], texts={"a.plain": 'Rock & "roll"', "a.place": "{number} & more"}
    )
    (tmp_path / "page.html").write_text(
        '<p lang="{{ t.language }}" dir="{{ t.direction }}" title="{{ t("a.plain") }}">{{ t("a.plain") }}'
        '{% if t("a.plain") == asked %} {{ t("a.place", number=number) }}{% endif %}</p>'
    )
    (tmp_path / "unknown.html").write_text('{{ t("a.absent") }}')
    (tmp_path / "unfilled.html").write_text('{{ t("a.place") }}')
    (tmp_path / "other.html").write_text("{{ t.other }}")
    templates = Templates(tmp_path, catalogue, number="<2>")
    source = (tmp_path / "page.html").read_text()
    assert "a.plain" not in templates.compile(source, raw=True), "it is not asked for when the page is made"
    text = "Rock &amp; &#34;roll&#34;"
    assert templates.get_template("page.html").render(asked='Rock & "roll"') == (
        f'<p lang="{language}" dir="{catalogue.direction}" title="{text}">{text} &lt;2&gt; &amp; more</p>'
    )
    for name in ("unknown.html", "unfilled.html"):
        with pytest.raises(CatalogueError, match="is not there"):
            templates.get_template(name).render()
    with pytest.raises(UndefinedError, match="other"):
        templates.get_template("other.html").render()
