"""Every route of the table under hostile requests: no error of ours, no look inside, nobody else's data, all headers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from fakes.crowd import OWNERS, crowd, named, path_of, settled
from fakes.hostile import BODIES, FIELDS, FOREIGN, IDS, METHODS, STRANGE, TAILS, WORDS
from fakes.postgres import Cluster
from fakes.raw import Answered, ask
from fakes.visitors import Person
from therapyarc.web.app import every_page
from therapyarc.web.pages import Page
from therapyarc.web.security import CONTENT_POLICY
from therapyarc.web.store import sqlite_url

HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
INSIDE = re.compile(
    r"Traceback|File &?#?\w*;?\"|site-packages|/therapyarc/|[Ss][Qq][Ll][Aa]lchemy|psycopg|sqlite3|[Jj]inja2|"
    r"SELECT \w|INSERT INTO|0x[0-9a-f]{8,}|Internal Server Error"
)
"""What would show something of the program."""
TEXTS = st.one_of(
    st.sampled_from(WORDS),
    st.text(max_size=80),
    st.binary(max_size=40).map(lambda raw: raw.decode("latin-1")),
)
TOKENS = ("own", "stale", "another's", "none", "odd")
CANARY = "kingfisher-{}-7f3a"
"""A word that only one person wrote."""


@dataclass(frozen=True, slots=True, repr=False)
class Place:
    """A crowd that has written, and each one's secrets."""

    people: Mapping[str, Person]
    secrets: Mapping[str, frozenset[str]]
    cookies: Mapping[str, str]
    tokens: Mapping[str, str]

    @property
    def app(self) -> ASGIApp:
        return self.people["owner"].house.app


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The crowd on each database."""
    folder = tmp_path_factory.mktemp("fuzz")
    if request.param == "sqlite":
        url = sqlite_url(folder / "people.db")
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.fresh()
    with pytest.MonkeyPatch.context() as patch, crowd(folder, url) as people:
        patch.setattr("therapyarc.web.course.pages._WORDS_A_SECOND", 1e6)
        settled(people, CANARY.format("owner"), CANARY.format("practiser"))
        cookies = {name: _cookie(person) for name, person in people.items()}
        tokens = {name: person.csrf if person.invited else "none" for name, person in people.items()}
        secrets = {
            name: frozenset(
                {person.id, cookies[name], tokens[name], person.invited.token, person.invited.code}
                | {CANARY.format(name)}
            )
            for name, person in people.items()
            if person.invited
        }
        yield Place(people, secrets, cookies, tokens)


def _cookie(person: Person) -> str:
    return str(person.client.cookies.get("therapyarc", ""))


def _owner(page: Page, place: Place) -> Person:
    return place.people[OWNERS.get("".join(page.rule.roles), "owner")]


def _sound(place: Place, who: str, answer: Answered, case: object) -> None:
    """Assert what must hold of every answer, whoever asked for whatever."""
    assert answer.error is None, (case, answer.error)
    assert 200 <= answer.status < 500, (case, answer.status)
    for name, value in HEADERS.items():
        assert answer.header(name) == value, (case, name)
    assert answer.header("cache-control") in {"no-store", "no-cache"}, case
    assert answer.header("content-type") or not answer.body, case
    assert not re.search(r"[\r\n\x00]", "".join(value for _, value in answer.headers)), case
    found = INSIDE.search(answer.text.replace(CONTENT_POLICY, ""))
    assert found is None, (case, found)
    location = answer.header("location")
    assert location is None or re.match(r"/(?![/\\])", location), (case, location)
    reads = place.people[who].invited is not None and who == "researcher"
    for name, secrets in place.secrets.items():
        if name == who:
            continue
        for secret in secrets:
            if reads and secret in {place.people[name].id, CANARY.format(name)}:
                continue  # what a researcher may see
            assert secret not in answer.text, (case, name)


def _alive(place: Place, who: str) -> None:
    """Come in again where the request ended the login, as leaving does."""
    person = place.people[who]
    if person.invited and person.get("/token").status_code != 200:
        pytest.fail(f"{who} was logged out")


@pytest.mark.parametrize("page", every_page(), ids=named)
def test_no_single_oddity_breaks_a_route(page: Page, place: Place) -> None:
    """One thing at a time is wrong, the rest is as it should be: each reaches as far into the page as it can."""
    owner = _owner(page, place)
    who = next(name for name, person in place.people.items() if person is owner)
    if not page.rule.roles or "researcher" in page.rule.roles:
        who = "researcher"
    path = path_of(page, owner).encode()
    cookie = (b"cookie", f"therapyarc={place.cookies[who]}".encode())
    form = [(b"content-type", b"application/x-www-form-urlencoded")]
    token = (
        f"csrf={place.tokens[who]}".encode() if page.path not in {"/leave", "/withdraw"} else b"csrf=stale"
    )
    cases: list[tuple[str, bytes, list[tuple[bytes, bytes]], bytes]] = []
    cases += [(page.method, page.path.encode().replace(b"{id}", one), [cookie, *form], token) for one in IDS]
    if place.people[who].house.store.file:  # what never reaches the database is asked on one of them
        cases += [(method, path, [cookie, *form], token) for method in METHODS if method != page.method]
        cases += [(page.method, path + tail, [cookie, *form], token) for tail in TAILS]
        cases += [(page.method, path, [cookie, *form, one], token) for one in STRANGE]
    cases += [(page.method, path, [cookie, *form], token + b"&" + body) for body in BODIES]
    cases += [(page.method, path, [cookie, *form], body) for body in BODIES]
    cases += [(page.method, path, [*form], body) for body in (*BODIES, token)]
    for number, (method, target, headers, body) in enumerate(cases):
        sent = ask(place.app, method, target, headers, [body], peer=f"2001:db8:{number:x}::1")
        _sound(place, who, sent, (method, target[:60], headers[-1], body[:60]))
    for mark in FOREIGN:
        sent = ask(place.app, "POST", path, [cookie, *form, mark], [token])
        _sound(place, who, sent, mark)
        assert sent.status == 403 or mark == (b"origin", b""), mark
    _alive(place, who)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
@pytest.mark.parametrize("page", every_page(), ids=named)
def test_no_heap_of_oddities_breaks_a_route(page: Page, place: Place, data: st.DataObject) -> None:
    """Anyone sends anything: another's cookie and token, any fields, any pieces, a connection that breaks."""
    who = data.draw(st.sampled_from([*place.people]), "who")
    token = data.draw(st.sampled_from(TOKENS), "token")
    other = data.draw(st.sampled_from([name for name in place.people if name != who]), "other")
    csrf = {
        "own": place.tokens[who],
        "stale": "x" * 43,
        "another's": place.tokens[other],
        "none": "",
        "odd": "\ud800é",
    }[token]
    fields = data.draw(
        st.dictionaries(st.one_of(st.sampled_from(FIELDS), st.text(max_size=12)), TEXTS, max_size=8), "fields"
    )
    if page.path in {"/leave", "/withdraw", "/researcher/invitation", "/researcher/pause"}:
        csrf = "x"  # what ends a login or the study's run is tested one by one
    fields.setdefault("csrf", csrf)
    body = data.draw(
        st.one_of(st.just(_encoded(fields)), st.sampled_from(BODIES), st.binary(max_size=200)), "body"
    )
    owned = path_of(page, _owner(page, place)).encode()
    odd = st.sampled_from(IDS).map(lambda one: page.path.encode().replace(b"{id}", one))
    target = data.draw(st.one_of(st.just(owned), odd), "path") + data.draw(st.sampled_from(TAILS), "tail")
    headers = data.draw(st.lists(st.sampled_from((*STRANGE, *FOREIGN)), max_size=4), "headers")
    if place.cookies[who] and data.draw(st.booleans(), "cookie"):
        headers.insert(0, (b"cookie", f"therapyarc={place.cookies[who]}".encode()))
    else:
        who = "stranger"
    method = data.draw(st.one_of(st.just(page.method), st.sampled_from(METHODS)), "method")
    cut = data.draw(st.integers(0, len(body)), "cut")
    network = data.draw(st.integers(0, 0xFFFF), "network")
    sent = ask(
        place.app, method, target, headers, [body[:cut], body[cut:]], peer=f"2001:db8:{network:x}::1",
        breaks=data.draw(st.booleans(), "breaks"),
    )  # fmt: skip
    _sound(place, who, sent, (who, method, target[:80]))


def _encoded(fields: Mapping[str, str]) -> bytes:
    return urlencode(fields, errors="surrogatepass").encode()


@given(
    path=st.one_of(
        st.sampled_from((*IDS, *TAILS)),
        st.binary(max_size=60).map(lambda raw: quote_from_bytes(raw).encode()),
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(path=b"static/../../app.py")
@example(path=b"static/..%2f..%2fapp.py")
@example(path=b"static//etc/passwd")
@example(path=b"static/%00")
@example(path=b"static/" + b"a/" * 3000)
def test_what_is_no_route_is_answered_as_none(place: Place, path: bytes) -> None:
    for method in ("GET", "POST", "TRACE"):
        for base in (b"/", b"/static/", b"/nowhere/", b"//"):
            sent = ask(place.app, method, base + path, [(b"host", b"evil.example")])
            _sound(place, "stranger", sent, (method, base + path))
            assert b"def create_app" not in sent.body


def test_every_route_there_is_was_asked(place: Place) -> None:
    routes = place.people["owner"].house.app.routes
    known = {(page.method, page.path) for page in every_page()}
    for route in routes:
        if isinstance(route, Mount):
            assert route.path == "/static"
        else:
            assert isinstance(route, Route)
            assert {(method, route.path) for method in route.methods or () if method != "HEAD"} <= known


@pytest.mark.parametrize("accept", [b"text/html", b"application/json"])
def test_a_fault_of_the_program_is_told_in_short_and_with_all_headers(
    place: Place, accept: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(work: object) -> None:
        raise RuntimeError(f"a fault near SELECT secret with {work}")

    monkeypatch.setattr(place.people["owner"].house.store, "read", broken)
    sent = ask(place.app, "GET", b"/therapist", [(b"accept", accept), (b"accept-language", b"de")])
    assert isinstance(sent.error, RuntimeError), "the server's log learns of it"
    assert sent.status == 500
    assert "Das hat nicht geklappt" in sent.text or b"problem.wrong" in sent.body
    _sound(place, "stranger", replace(sent, error=None, status=200), accept)
