"""Text that tries to be code, in every field of every role: on every page, download and report it is shown to the letter."""

import csv
import io
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from fakes.crowd import OWNERS, crowd, crowd_study, path_of, settled
from fakes.payloads import MARK, PAYLOADS, packed
from fakes.visitors import House, Person
from therapyarc.cli import app
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.app import every_page
from therapyarc.web.store import sqlite_url

(EVERY,) = packed(4_000)
"""All payloads in one text, a line each."""
AUTHORS = packed(4_000)[0].replace("\n", " ")


class Read(HTMLParser):
    """What a page is made of, as a browser reads it."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.forged: list[str] = []
        """Elements, attributes, scripts, styles and comments that come from a payload."""
        self._raw = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what should not be."""
        self._raw = tag if tag in {"script", "style"} else ""
        if MARK in tag:
            self.forged.append(f"<{tag}>")
        held = tag == "input" and ("type", "hidden") in attrs
        for name, value in attrs:
            if MARK in name or (MARK in (value or "") and not (held and name == "value")):
                self.forged.append(f"<{tag} {name}={value}>")

    def handle_endtag(self, tag: str) -> None:
        """Go on with plain text."""
        self._raw = ""

    def handle_data(self, data: str) -> None:
        """Keep what is shown."""
        self.shown.append(data)
        if self._raw and MARK in data:
            self.forged.append(f"{self._raw}: {data}")

    def handle_comment(self, data: str) -> None:
        """Note a comment that a payload opened."""
        if MARK in data:
            self.forged.append(f"<!--{data}-->")

    unknown_decl = handle_comment
    handle_pi = handle_comment

    @property
    def text(self) -> str:
        """All that is shown."""
        return "".join(self.shown)


def evil_study() -> str:
    """Return a study whose author writes the same, where an author may write."""
    data = yaml.safe_load(crowd_study(overlap=2))
    data["title"] = AUTHORS
    data["people"] |= {"contact": AUTHORS, "help": AUTHORS}
    return yaml.safe_dump(data, allow_unicode=True)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Person]]:
    """A crowd that has entered every payload wherever text is taken."""
    folder = tmp_path_factory.mktemp("markup")
    with crowd(folder, sqlite_url(folder / "people.db"), study=evil_study(), reply=EVERY) as people:
        settled(people, EVERY, EVERY, packed(1_000))
        yield people


def _pages(person: Person, role: str) -> dict[str, str]:
    """Return every page that a role's own routes show, following no redirect, and the same asked for by a script."""
    bodies = {}
    for page in every_page():
        if page.method == "GET" and role in page.rule.roles and not page.path.endswith("/stream"):
            path = path_of(page, person)
            for kind in ("text/html", "application/json"):
                answer = person.client.get(path, headers={"Accept": kind})
                assert answer.status_code < 400, path
                if answer.headers.get("content-type", "").startswith("text/html"):
                    bodies[f"{path} {kind}"] = answer.text
    return bodies


def _whole(bodies: dict[str, str], payloads: tuple[str, ...] = PAYLOADS) -> None:
    """Assert that nothing is forged on any page, and that each payload is shown to the letter on one at least."""
    read = {name: Read(body) for name, body in bodies.items()}
    for name, one in read.items():
        assert not one.forged, (name, one.forged)
    shown = "\n".join(one.text for one in read.values())
    absent = [one for one in payloads if one not in shown]
    assert not absent


def test_the_corpus_is_as_large_as_it_claims_and_the_reader_sees_what_is_forged() -> None:
    assert len(set(PAYLOADS)) >= 40
    assert all(MARK in one for one in PAYLOADS)
    raw = [one for one in PAYLOADS if Read(f"<p>{one}</p>").forged]
    assert len(raw) >= 20, "shown raw, they would be found"
    assert Read(f'<input value="{PAYLOADS[26]}">').forged


@pytest.mark.parametrize("role", ["therapist", "trainee", "rater"])
def test_on_every_page_of_a_role(people: dict[str, Person], role: str) -> None:
    bodies = _pages(people[OWNERS[role]], role)
    assert sum(MARK in body for body in bodies.values()) >= 5
    _whole(bodies)


def test_on_pages_of_a_researcher_who_reads_none_of_it(people: dict[str, Person]) -> None:
    bodies = _pages(people["researcher"], "researcher")
    _whole({name: body.replace("\n", "") for name, body in bodies.items()}, ())
    assert all(Read(body).text.count(AUTHORS) == 3 for body in bodies.values()), "title, header and contact"


def test_where_a_form_is_shown_once_more(people: dict[str, Person]) -> None:
    """After a conflict, a refusal, a login that was renewed or ended: whatever was typed stands there again."""
    therapist, trainee, stranger = people["owner"], people["practiser"], people["stranger"]
    step = next(step for step in therapist.items() if step.item == "respond")
    item = f"/therapist/item/{step.id}"
    session = path_of(next(p for p in every_page() if p.path == "/therapist/session/{id}"), therapist)
    bodies = {}
    for name, person, path, fields, status in (
        ("conflict", therapist, item, {"value": f"{EVERY} new", "revision": "0", "key": "z"}, 409),
        ("too long", therapist, item, {"value": EVERY * 8, "revision": "1", "key": "z"}, 422),
        ("notes", therapist, f"{session}/notes", {"notes": f"{EVERY} new", "seen": "x"}, 409),
        ("token", therapist, item, {"value": EVERY, "revision": EVERY, "csrf": "x"}, 403),
        ("wrong names", trainee, "/trainee", {"value": EVERY, EVERY: EVERY, "csrf": EVERY}, 403),
        ("logged out", stranger, item, {"value": EVERY, EVERY: EVERY, "csrf": "x"}, 401),
        ("case", trainee, "/trainee", {"case": EVERY}, 422),
        ("invite", people["researcher"], "/researcher/invite", {"role": EVERY, "arm": EVERY}, 422),
        ("who", people["researcher"], "/researcher/invitation", {"participant": EVERY}, 422),
        ("what", people["researcher"], "/researcher/download", {"what": EVERY, "format": EVERY}, 422),
        ("code", stranger, "/join", {"code": EVERY}, 403),
    ):
        token = {"csrf": person.csrf} if person.invited else {}
        answer = person.client.post(path, data={**token, **fields})
        assert answer.status_code == status, (name, answer.status_code)
        bodies[name] = answer.text
    bodies["nowhere"] = therapist.get(f"/{PAYLOADS[0]}").text
    named = {name: body for name, body in bodies.items() if name in {"wrong names", "logged out"}}
    for body in named.values():
        assert 'name="&lt;script&gt;qz7()' in body, "a hidden field keeps its odd name, as text"
    _whole({name: body for name, body in bodies.items() if name not in named})


def test_answers_to_scripts_say_that_they_are_no_pages(people: dict[str, Person]) -> None:
    therapist = people["owner"]
    step = next(step for step in therapist.items() if step.item == "respond")
    fields = {"value": "other", "revision": "0", "key": "w", "action": "save"}
    answer = therapist.post(f"/therapist/item/{step.id}", fields, json=True)
    assert answer.status_code == 409
    assert answer.json()["value"] == EVERY
    assert answer.headers["content-type"] == "application/json"
    session = path_of(next(p for p in every_page() if p.path == "/trainee/session/{id}"), people["practiser"])
    stream = people["practiser"].get(f"{session}/stream?from=99")
    assert stream.headers["content-type"] == "application/x-ndjson"
    for one in (answer, stream):
        assert one.headers["x-content-type-options"] == "nosniff"


def test_in_downloads(people: dict[str, Person]) -> None:
    researcher = people["researcher"]
    for what in ("answers", "turns", "sessions", "practice", "ratings", "codebook"):
        answer = researcher.post("/researcher/download", {"what": what, "format": "csv"})
        assert answer.headers["content-disposition"].startswith("attachment; ")
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.headers["x-content-type-options"] == "nosniff"
        rows = list(csv.reader(io.StringIO(answer.text, newline="")))
        assert len({len(row) for row in rows}) == 1, "no payload opens a column"
        if what in {"answers", "turns", "sessions"}:
            assert any(EVERY in row for row in rows), what
        assert not any(
            cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row if cell[1:2].isalpha()
        )
    answer = researcher.post("/researcher/download", {"what": "deidentified", "texts": "masked"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as folder:
        assert "answers.csv" in folder.namelist()


def test_in_the_report(tmp_path: Path) -> None:
    (tmp_path / "ba-page.md").write_text("# Synthetic material\n", encoding="utf-8")
    data = yaml.safe_load(crowd_study(overlap=2))
    data.pop("courses")
    data["raters"] = [one for one in data["raters"] if one["kind"] != "human"]
    data["title"] = AUTHORS
    for arm in data["arms"]:
        arm["label"] = f"{arm['label']} {AUTHORS[:200]}"
    for estimand in data["estimands"]:
        estimand["question"] = AUTHORS
    study = tmp_path / "study.yaml"
    study.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    run = tmp_path / "run"
    run.mkdir()
    with Store(sqlite_url(run / "people.db")) as store, House(load_design(study), store, tmp_path) as house:
        for _ in range(2):
            person = house.answering()
            for part in (1, 2):
                for step in person.items(part):
                    if not step.options:
                        sent = person.answer(step, EVERY, 0, step.id)
                        assert sent.status_code in {200, 409}
            person.finish()
    result = CliRunner().invoke(app, ["run", str(study), "--out", str(run)])
    assert result.exit_code == 0, result.output
    pages = {path.name: path.read_text(encoding="utf-8") for path in run.rglob("*.html")}
    assert "report.html" in pages
    for name, body in pages.items():
        read = Read(body)
        assert not read.forged, (name, read.forged[:3])
    assert AUTHORS in Read(pages["report.html"]).text
