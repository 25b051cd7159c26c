"""Who may do what, headers, forged requests, secrets, and text that tries to be code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.crowd import OWNERS, ROLES, named, path_of
from fakes.crowd import crowd as filled
from fakes.visitors import House, Person, hidden
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.app import every_page
from therapyarc.web.invitation import renew
from therapyarc.web.pages import Page
from therapyarc.web.security import CONTENT_POLICY
from therapyarc.web.store import sqlite_url

EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7 * 7 }}",
    "</textarea><svg onload=alert(1)>",
    "'; DROP TABLE response; --",
    "=HYPERLINK(1)\r\nSet-Cookie: a=b",
    "\u202eevil\u2066 \x00 \ud83d\ude42".encode("utf-16", "surrogatepass").decode("utf-16"),
)


def _sent(page: Page, person: Person, path: str) -> int:
    if page.method == "GET":
        answer = person.get(path)
    else:
        answer = person.client.post(path, data={"csrf": person.csrf if person.invited else "none"})
    if answer.headers.get("location") == "/join" and page.path not in {"/", "/leave"}:
        return 401
    return answer.status_code


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Person]]:
    """One house, with its owner of objects, another therapist, one of each other role, and a stranger."""
    folder = tmp_path_factory.mktemp("crowd")
    with filled(folder, sqlite_url(folder / "people.db")) as people:
        yield people


@pytest.mark.parametrize("page", every_page(), ids=named)
def test_every_route_lets_in_its_roles_and_their_own_objects_alone(
    page: Page, crowd: dict[str, Person]
) -> None:
    """Whoever adds a route to the table has it tested here against every role and every owner."""
    owning = OWNERS.get("".join(page.rule.roles), "owner")
    owner = crowd[owning].join()
    for name, person in crowd.items():
        if person.invited:
            person.join()
        role = next((one for one, owns in OWNERS.items() if owns == name), name)
        for target in {path_of(page, owner), path_of(page, None)}:
            status = _sent(page, person, target)
            case = (name, target)
            if not page.rule.roles:
                assert status not in {401, 404, 500}, case
            elif name == "stranger":
                assert status == 401, case
            elif role not in page.rule.roles:
                assert status == 403, case
            elif "{id}" in page.path and (name != owning or "0" * 16 in target):
                assert status == 404, case
            else:
                assert status not in {401, 403, 404, 500}, case


@pytest.mark.parametrize("page", [p for p in every_page() if p.method == "POST"], ids=named)
def test_every_unsafe_route_refuses_forged_requests(page: Page, crowd: dict[str, Person]) -> None:
    name = next((owns for role, owns in OWNERS.items() if role in page.rule.roles), None)
    name = name or next((role for role in ROLES if role in page.rule.roles), "rater")
    person = crowd[name].join()
    path = path_of(page, person)
    forged = (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    )
    for headers in (*forged, {"Origin": "null"}):
        assert person.client.post(path, data={"csrf": person.csrf}, headers=headers).status_code == 403
    if page.rule.roles:
        other = crowd["rater" if name == "researcher" else "researcher"]
        for token in ("", "wrong", other.join().csrf):
            assert person.client.post(path, data={"csrf": token}).status_code == 403
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    own = person.client.post(path, data={"csrf": person.csrf}, headers=headers)
    assert own.status_code != 403 or page.path == "/join", "what browsers send under no-referrer"


def test_every_answer_carries_the_headers(site: House) -> None:
    person = site.answering()
    paths = [
        "/",
        "/join",
        "/consent",
        "/nowhere",
        "/static/site.css",
        "/therapist",
        f"/therapist/item/{person.items()[0].id}",
    ]
    for path in paths:
        headers = person.get(path).headers
        assert headers["content-security-policy"] == CONTENT_POLICY
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == ("no-cache" if "static" in path else "no-store")
    assert "unsafe" not in CONTENT_POLICY


def test_no_page_holds_script_or_style_of_its_own() -> None:
    folder = Path(str(load_design.__code__.co_filename)).parents[1] / "web" / "templates"
    for template in folder.rglob("*.html"):
        page = template.read_text(encoding="utf-8")
        assert not re.search(
            r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|\|\s*safe|https?://", page
        ), template.name


@pytest.mark.parametrize("evil", EVIL)
def test_text_stays_text(evil: str, house: House) -> None:
    person = house.answering()
    (step,) = [step for step in person.items() if step.item == "respond"]
    path = f"/therapist/item/{step.id}"
    assert person.answer(step, evil, 0, "k").status_code == 200
    page = person.get(path).text
    assert person.steps().answer(step).value == evil.replace("\x00", "").replace("\r\n", "\n")
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<svg" not in page
    assert page.count("</textarea>") == 1
    shown = person.client.post(
        path, data={**hidden(page), "csrf": person.csrf, "value": "x", "revision": "0", "key": "z"}
    )
    assert shown.status_code == 409, "the other window's text is shown too"
    assert "<img" not in shown.text


def test_the_link_is_secret_is_stored_nowhere_and_looking_consumes_nothing(
    site: House, tmp_path: Path
) -> None:
    person = site.invited()
    assert person.invited is not None
    for _ in range(3):
        assert person.get("/join").status_code == 200
    person.join()
    cookie = person.client.cookies["therapyarc"]
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("people.db*"))
    assert person.id.encode() in stored
    for secret in (person.invited.token, person.invited.code, person.invited.code.replace("-", ""), cookie):
        assert secret.encode() not in stored
    assert person.invited.link("http://x") == f"http://x/join#{person.invited.token}", (
        "no server is sent what follows #"
    )


def test_a_code_is_typed_with_any_case_and_dashes(site: House) -> None:
    person = site.invited()
    assert person.invited is not None
    typed = person.invited.code.lower().replace("-", " ").replace("0", "o")
    assert person.client.post("/join", data={"code": typed}).headers["location"] == "/"


def test_expired_revoked_and_renewed_links(site: House) -> None:
    first = site.person()
    assert first.invited is not None
    other = renew(site.store, first.id, site.clock())
    assert first.get("/therapist").headers["location"] == "/join", "old logins end"
    assert first.client.post("/join", data={"code": first.invited.token}).status_code == 403
    assert first.client.post("/join", data={"code": other.token}).status_code == 303
    site.clock.now += 91 * 86_400
    assert first.client.post("/join", data={"code": other.token}).status_code == 403


def test_the_cookie_is_new_at_each_login_and_the_old_one_ends(site: House) -> None:
    person = site.person()
    old = person.client.cookies["therapyarc"]
    person.join()
    assert person.client.cookies["therapyarc"] != old
    late = site.stranger()
    late.client.cookies["therapyarc"] = old
    assert late.get("/therapist").headers["location"] == "/join"
    person.post("/leave", {})
    assert person.get("/therapist").headers["location"] == "/join"


def test_over_https_the_cookie_is_bound_to_the_host(study: Path, tmp_path: Path) -> None:
    with (
        Store(sqlite_url(tmp_path / "secure.db")) as store,
        House(load_design(study), store, study.parent, url="https://testserver") as house,
    ):
        person = house.invited()
        assert person.invited is not None
        answer = person.client.post("/join", data={"code": person.invited.token})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-therapyarc=")
        assert all(part in cookie for part in ("; HttpOnly", "; Path=/", "; SameSite=lax", "; Secure"))
        assert "Domain" not in cookie
        assert answer.headers["strict-transport-security"]


def test_guessing_is_limited_and_those_who_are_right_are_not(site: House) -> None:
    stranger = site.stranger()
    statuses = [stranger.client.post("/join", data={"code": f"guess {n}"}).status_code for n in range(22)]
    assert statuses == [403] * 20 + [429] * 2


def test_what_is_refused_is_told_to_the_log_and_nothing_that_was_sent(
    site: House, caplog: pytest.LogCaptureFixture
) -> None:
    person, stranger = site.answering(), site.stranger()
    stranger.client.post("/join", data={"code": "sesame\nforged line"})
    person.get("/researcher")
    person.get("/therapist/item/of-another")
    person.client.post("/therapist/part", data={"csrf": "guessed", "part": "1"})
    told = [record.getMessage() for record in caplog.records if record.name == "therapyarc.web.refused"]
    assert told == [
        "refused: POST /join, nobody who came in: a link or code that opens nothing",
        f"refused: GET /researcher, {person.id}: another role's page",
        f"refused: GET /therapist/item/{{id}}, {person.id}: not theirs, or not there",
        f"refused: POST /therapist/part, {person.id}: without the token of the login",
    ]


def test_many_right_links_from_one_network_come_in(site: House) -> None:
    for _ in range(30):
        site.invited("rater").join()


def test_bodies_have_a_longest_length_and_the_language_leads_to_no_other_site(site: House) -> None:
    person = site.answering()
    assert person.post("/therapist/background", {"value": "x" * 70_000}).status_code == 413
    for back in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert person.post("/language", {"language": "de", "back": back}).headers["location"] == "/"
    assert person.post("/language", {"language": "de", "back": "/join"}).headers["location"] == "/join"
    assert 'lang="de"' in person.get("/join").text
