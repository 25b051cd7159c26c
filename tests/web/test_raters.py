"""Masked raters: from the tasks of a run through training and rating to the report, and what their browsers never get."""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

from fakes.visitors import MATERIAL, RATED, House, Person, post_replies
from therapyarc.cli import app
from therapyarc.cli.people_rating import PeopleRating
from therapyarc.domain import Missing, Rating
from therapyarc.domain.design import Design
from therapyarc.domain.raters import GUESS
from therapyarc.files.errors import FaultyFileError
from therapyarc.files.run import RunFolder, open_ratings
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.erasure import erase_person
from therapyarc.web.rating.collect import collect_person_raters, collect_ratings
from therapyarc.web.rating.places import PanelFullError
from therapyarc.web.rating.walk import read_walk
from therapyarc.web.store import sqlite_url
from therapyarc.web.store.tables import RatingTask

LEASE = 61 * 60.0


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Design:
    folder = tmp_path_factory.mktemp("rated")
    (folder / "study.yaml").write_text(RATED, encoding="utf-8")
    (folder / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    return load_design(folder / "study.yaml")


@pytest.fixture
def desk(rated: Design, url: str, tmp_path: Path) -> Iterator[House]:
    """The site on each database, with six synthetic replies to be rated by two rubrics."""
    with Store(url) as store, House(rated, store, tmp_path) as house:
        post_replies(house, 6)
        yield house


@pytest.fixture
def lone(rated: Design, tmp_path: Path) -> Iterator[House]:
    """The same on SQLite alone."""
    with Store(sqlite_url(tmp_path / "people.db")) as store, House(rated, store, tmp_path) as house:
        post_replies(house, 6)
        yield house


def _kinds(person: Person) -> list[str]:
    walk = person.house.store.read(lambda c: read_walk(c, person.id))
    return [one.kind for one in walk.met]


def _to_real(person: Person) -> str:
    """Go through the examples, and return the first page of the study's own."""
    person.rate_all(most=6)
    return person.onward()


def _ratings(house: House) -> list[Rating]:
    return collect_ratings(house.store, house.design.study.raters)


def test_posting_again_adds_nothing_and_what_is_wanted_no_more_is_given_to_nobody(lone: House) -> None:
    assert post_replies(lone, 6) == 0
    assert post_replies(lone, 7) == 2
    assert post_replies(lone, 2) == 0
    person = lone.person("rater")
    person.rate_all()
    assert Counter(_kinds(person))["real"] == 4


def test_two_people_from_training_to_the_end(desk: House) -> None:
    first, second = desk.person("rater"), desk.person("rater")
    page = first.get("/rater").text
    assert "0 of 6 rated" in page
    path = first.onward()
    assert "Intended value" not in first.get(path).text
    assert first.rate(path, "1").headers["location"] == path, "training stays to show what was intended"
    assert "Intended value" in first.get(path).text
    assert first.rate(path, "2").status_code == 409, "what was said before the feedback stands"
    for person in (first, second):
        person.rate_all(lambda page: re.findall(r'name="value" value="(\d)"', page)[-1])
        kinds = _kinds(person)
        assert kinds[:6] == ["training"] * 4 + ["calibration"] * 2
        assert Counter(kinds[6:]) == {"real": 12, "attention": 1, "duplicate": 2}
        assert "attention" not in (kinds[6], kinds[-1])
        finish = person.get("/rater/finish").text
        names = re.findall(r'name="(guess-[0-9a-f]+)" value="human"', finish)
        assert len(names) == 3
        assert person.post("/rater/finish", {}).status_code == 422
        assert (
            person.post("/rater/finish", dict.fromkeys(names, "unsure")).headers["location"] == "/rater/done"
        )
        assert person.post("/rater/finish", dict.fromkeys(names, "human")).headers["location"] == "/rater"
        assert "counted 6 rated texts" in person.get("/rater/done").text
    every = _ratings(desk)
    found = [r for r in every if r.rubric != GUESS]
    assert Counter((r.rater, r.missing) for r in every if r.rubric == GUESS) == {
        ("panel/1", "declined"): 3,
        ("panel/2", "declined"): 3,
    }
    assert {r.position for r in found} == set(range(7))
    assert Counter((r.rater, r.replicate) for r in found) == {
        ("panel/1", 1): 12, ("panel/1", 2): 2, ("panel/2", 1): 12, ("panel/2", 2): 2,
    }  # fmt: skip
    assert {r.value for r in found} == {5.0}
    one = collect_person_raters(desk.store, desk.design.study.raters)[0]
    assert (one.answers, one.ratings, one.repeated, one.repeated_exact, one.same_value) == (6, 12, 2, 2, 1.0)
    assert (one.training, one.calibration, one.attention, one.calibration_peers) == (4, 2, 1, 0.0)


def test_each_page_says_where_it_stands_and_leads_back_to_the_one_before(desk: House) -> None:
    """Examples and what follows are counted apart, check items and repeats like all others; by two rubrics each."""
    person, before = desk.person("rater"), ""
    said: list[tuple[str, int, tuple[str, str] | None]] = []
    path = person.onward()
    while path.startswith("/rater/task/"):
        page = person.get(path).text
        led = re.search(r'href="/rater/task/([0-9a-f]+)">Back', page)
        assert ("" if led is None else f"/rater/task/{led[1]}") == before
        number = re.search(r"(Example|Text) (\d+) of", page)
        question = re.search(r"Question (\d) of (\d) on this text", page)
        assert number
        said.append((number[1], int(number[2]), None if question is None else (question[1], question[2])))
        answer, before = person.rate(path, "3"), path
        path = answer.headers["location"]
        path = person.onward() if path == before else path
    assert said[:6] == [("Example" if number < 5 else "Text", number, None) for number in range(1, 7)]
    texts = said[6:]
    assert {kind for kind, *_ in texts} == {"Text"}
    assert [number for _, number, _ in texts] == sorted(number for _, number, _ in texts)
    assert {number for _, number, _ in texts} == set(range(1, 9)), "six texts, a check and a repeat"
    for shown in range(1, 9):
        questions = [question for _, own, question in texts if own == shown]
        assert questions in ([None], [("1", "2"), ("2", "2")])


def test_marks_reasons_back_and_two_windows(desk: House) -> None:
    person = desk.person("rater")
    path = _to_real(person)
    assert person.post(path, {"revision": "0"}).status_code == 422
    assert person.rate(path, "none").status_code == 422, "a reason is needed"
    other = person.second()
    page = person.get(path).text
    assert page.count('name="mark-') == 2
    onward = person.rate(path, "4", key="k", more={"mark-1": "on"}).headers["location"]
    assert onward != path
    assert person.rate(path, "4", key="k", more={"mark-1": "on"}).headers["location"] == onward, (
        "a double click"
    )
    clash = other.rate(path, "2")
    assert clash.status_code == 409
    assert "What is stored:</strong> 4 " in clash.text
    assert 'value="2" checked' in clash.text, "what was chosen here is not lost"
    assert 'name="revision" value="1"' in clash.text
    assert other.rate(path, "none", seen=1, more={"reason": "no_fit"}).headers["location"] == onward
    assert f'href="{path}"' in person.get(onward).text, "the way back"
    person.rate_all()
    given = {(r.value, r.missing, r.evidence) for r in _ratings(desk) if r.replicate == 1}
    assert (None, Missing.DECLINED, ()) in given
    revisions = desk.store.read(
        lambda c: c.execute(text("SELECT max(revision) FROM rating_revision")).scalar()
    )
    assert revisions == 2


def test_evidence_is_quoted_to_the_letter(lone: House) -> None:
    person = lone.person("rater")
    person.rate(_to_real(person), "4", more={"mark-1": "on"})
    person.rate_all()
    quoted = [r for r in _ratings(lone) if r.evidence]
    assert {r.evidence[0] for r in quoted} == {"Second, a question?"}
    assert all(r.verbatim for r in quoted)


def test_what_is_left_lying_returns_to_others_and_who_comes_back_is_told(desk: House) -> None:
    spec = desk.design.study.raters[0]
    desk.store.write(
        lambda c: c.execute(text("UPDATE rating_task SET needed = 1 WHERE kind = 'real'")).rowcount
    )
    slow, quick = desk.person("rater"), desk.person("rater")
    path = _to_real(slow)
    quick.rate_all()
    assert Counter(_kinds(quick))["real"] == 10, "what is held is given to nobody else"
    desk.clock.now += LEASE
    assert spec.panel.lease_minutes < LEASE / 60
    quick.rate_all()
    assert Counter(_kinds(quick))["real"] == 12, "until its lease has run out"
    late = slow.rate(path, "4")
    assert late.status_code == 409
    assert "given to somebody else" in late.text
    assert len({r.session for r in _ratings(desk)}) == 6
    assert slow.onward() == "", "nothing is left, and nothing is opened"
    assert slow.get(path).status_code == 404


def test_who_returns_before_others_goes_on_where_it_was_on_any_device(lone: House) -> None:
    person = lone.person("rater")
    path = _to_real(person)
    lone.clock.now += LEASE
    assert person.second().onward() == path
    assert person.rate(path, "4").status_code == 303


def test_an_answer_comes_again_once_as_it_was_and_a_third_of_all_later(url: str, tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(RATED.replace("duplicates: 1", "duplicates: 3"), encoding="utf-8")
    (tmp_path / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    design = load_design(tmp_path / "study.yaml")
    with Store(url) as store, House(design, store, tmp_path) as house:
        post_replies(house, 12)
        person = house.person("rater")
        person.rate_all()
        met = store.read(lambda c: read_walk(c, person.id)).met
        shown = dict(store.read(lambda c: c.execute(select(RatingTask.id, RatingTask.shown)).all()))
        wanted = store.read(
            lambda c: c.execute(select(RatingTask.needed).where(RatingTask.kind == "duplicate")).all()
        )
    real = [one.id for one in met if one.kind == "real"]
    again = [one for one in met if one.kind == "duplicate"]
    assert len(again) == 6, "three answers, by two rubrics each"
    assert len({one.repeats for one in again}) == 6, "none a third time"
    assert {value for (value,) in wanted} == {0}, "nobody else is given a repeat"
    for one in again:
        before = [other.id for other in met[: met.index(one)] if other.kind == "real"]
        assert shown[one.id] == shown[one.repeats or ""]
        assert len(before) - before.index(one.repeats or "") >= 2 * (12 // 3) - 1
    assert len(real) == 24


@pytest.mark.parametrize("people", [8])
def test_no_answer_is_rated_more_often_than_wanted_under_racing_raters(
    url: str, tmp_path: Path, people: int
) -> None:
    (tmp_path / "study.yaml").write_text(
        RATED.replace("places: 2", f"places: {people}")
        .replace("training: 2, calibration: 1, duplicates: 1", "training: 0, calibration: 0, duplicates: 0, attention: 0"),
        encoding="utf-8",
    )  # fmt: skip
    (tmp_path / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    design = load_design(tmp_path / "study.yaml")
    with Store(url) as store, House(design, store, tmp_path) as house:
        post_replies(house, 10)
        raters = [house.person("rater") for _ in range(people)]
        gate = threading.Barrier(people)

        def race(person: Person) -> None:
            gate.wait()
            person.rate_all()

        threads = [threading.Thread(target=race, args=(person,)) for person in raters]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = Counter((r.session, r.rubric) for r in _ratings(house))
        assert len(found) == 20
        assert set(found.values()) == {2}


def test_withdrawal_frees_what_was_held_and_deletes_or_keeps_ratings(desk: House) -> None:
    first, second = desk.person("rater"), desk.person("rater")
    first.rate_all(most=10)
    second.rate_all(most=10)
    assert {r.rater for r in _ratings(desk)} == {"panel/1", "panel/2"}
    first.post("/withdraw", {"answers": "delete"})
    second.post("/withdraw", {"answers": "keep"})
    assert {r.rater for r in _ratings(desk)} == {"panel/2"}
    for table in ("rating", "rating_revision JOIN rating ON rating.id = rating", "lease", "feedback"):
        query = text(f"SELECT count(*) FROM {table} WHERE participant = :p")
        assert desk.store.read(lambda c, q=query: c.execute(q, {"p": first.id}).scalar()) == 0  # type: ignore[misc]
    held = desk.store.read(
        lambda c: c.execute(text("SELECT count(*) FROM lease WHERE done_at IS NULL")).scalar()
    )
    assert held == 0


def test_places_are_as_many_as_the_study_has(lone: House) -> None:
    lone.person("rater")
    second = lone.invited("rater")
    with pytest.raises(PanelFullError, match="no free place"):
        lone.invited("rater")
    lone.store.write(
        lambda c: (
            c.execute(
                text("UPDATE invitation SET revoked_at = 1 WHERE participant = :p"), {"p": second.id}
            ).rowcount
        )
    )
    lone.invited("rater")


def test_the_study_file_says_what_a_panel_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    for old, new, told in (
        ("overlap: 2", "overlap: 3", "more people shall rate"),
        ("places: 2", "places: 0", "must lie between 1"),
        ("kind: human, panel", "kind: human, repeats: 2, panel", "panel.duplicates"),
        ("kind: human, panel", "kind: baseline, panel", "only a rater of kind human"),
    ):
        (tmp_path / "study.yaml").write_text(RATED.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(FaultyFileError, match=told):
            load_design(tmp_path / "study.yaml")


def _run(folder: Path) -> None:
    result = CliRunner().invoke(app, ["run", str(folder / "study.yaml"), "--out", str(folder / "run")])
    assert result.exit_code == 0, result.output


def test_from_a_run_through_the_browser_into_the_report_and_never_who_spoke(tmp_path: Path) -> None:
    """The allocation's tasks reach raters, whose ratings reach the report; no body says who spoke, or when."""
    courses = "courses: {cases: [nadia], sessions: 1, exchanges: 3, excerpts: 1, forms: []}\n"
    study = RATED.replace("rubrics: [", "rubrics: [rubric-alliance-bond, ") + courses
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    (tmp_path / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    run = tmp_path / "run"
    run.mkdir()
    design = load_design(tmp_path / "study.yaml")
    bodies: list[str] = []
    with Store(sqlite_url(run / "people.db")) as store, House(design, store, tmp_path) as house:
        writer = house.person()
        house.person().finish()
        writer.finish()
        _run(tmp_path)
        raters = [house.person("rater"), house.person("rater")]
        for person in raters:
            _crawl(person, bodies)
        rows = store.read(lambda c: c.execute(select(RatingTask.session, RatingTask.shown)).all())
        names = [row.session for row in rows]
        assert {json.loads(row.shown)["form"] for row in rows} == {"reply", "session", "example", "check"}
    assert {name for name in names if name}, "the allocation drew something"
    _run(tmp_path)
    with open_ratings(RunFolder(run), design) as journal:
        people = [r for r in journal.records if r.rater.startswith("panel/")]
    assert {r.rater for r in people} == {"panel/1", "panel/2"}
    findings = json.loads((run / "findings.json").read_text())
    flow = [
        row
        for row in findings["rating_flow"]
        if row["rater"] == "panel" and row["rubric"] == "rubric-empathy"
    ]
    assert flow[0]["done"] == flow[0]["planned"] > 0
    assert any({"panel/1", "words"} == set(row["raters"]) for row in findings["agreement"])
    assert any(row["raters"] == ["panel/1", "panel/2"] for row in findings["agreement"])
    assert [row["rater"] for row in findings["blinding"]] == ["", "panel/1", "panel/2"]
    assert len(findings["person_raters"]) == 2
    report = (run / "report.html").read_text()
    assert "Could raters tell people from machines?" in report
    before = (run / "ratings.jsonl").read_bytes()
    _run(tmp_path)
    assert (run / "ratings.jsonl").read_bytes() == before, "nothing new was rated"

    assert len(bodies) > 40
    secrets = {
        "Secret human arm", "Secret script arm", "person-1", "person-2", "actor-b", "skilled", "kind: script",
        "stratum", "nadia", "tiny-people", "baseline", "lexical", "structural",
    }  # fmt: skip
    secrets |= {name for name in names if name} | {"people.db", writer.id}
    for body in bodies:
        for secret in secrets:
            assert secret not in body, secret
        assert not re.search(r"(?<![0-9a-f])1[78]\d{8}(?![0-9a-f])|20\d\d-\d\d-\d\d|\d\d:\d\d", body), (
            "a time"
        )


def _crawl(person: Person, bodies: list[str]) -> None:
    """Go the whole way as a rater, keep every body that the browser gets, and ask every address for JSON as well."""

    def seen(path: str) -> str:
        page = person.get(path).text
        bodies.extend([page, person.client.get(path, headers={"Accept": "application/json"}).text])
        return page

    for path in (
        "/",
        "/rater",
        "/rater/done",
        "/rater/finish",
        "/consent",
        "/withdraw",
        "/nowhere",
        "/therapist",
        "/researcher",
    ):
        seen(path)
    path = person.onward()
    for number in range(1000):
        if not path.startswith("/rater/task/"):
            break
        seen(path)
        fields = {"value": str(1 + number % 5), "revision": "0", "key": f"c{number}", "mark-0": "on"}
        bodies.extend(person.post(path, {**fields, "value": bad}).text for bad in ("", "none"))
        bodies.append(person.rate_on(path, fields["value"], fields).text)
        answer = person.post(path, fields, json=True)
        bodies.append(answer.text)
        bodies.append(person.post(path, {**fields, "value": "2", "key": f"d{number}"}).text)
        after = answer.json()["next"]
        path = person.onward() if after == path else after
    page = seen("/rater/finish")
    names = re.findall(r'name="(guess-[0-9a-f]+)" value="human"', page)
    bodies.append(person.post("/rater/finish", dict.fromkeys(names[:1], "human")).text)
    person.post("/rater/finish", dict.fromkeys(names, "human"))
    for path in ("/rater", "/rater/done"):
        seen(path)


def test_the_page_s_script_is_answered_by_the_page_that_comes_next(lone: House) -> None:
    person, seen = lone.person("rater"), 0
    path = person.onward()
    while True:
        answer = person.rate_on(path, "3")
        assert answer.status_code == 200
        if answer.headers["content-type"].startswith("application/json"):
            assert "content-location" not in answer.headers
            break
        before, path = path, answer.headers["content-location"]
        asked = person.get(path).text
        keyless = re.compile(r'name="key" value="[^"]+"')
        assert keyless.sub("", answer.text) == keyless.sub("", asked), "as if it were asked for"
        again = person.rate_on(before, "3")
        assert keyless.sub("", again.text) == keyless.sub("", asked), (
            "the same request once more changes nothing"
        )
        if path == before:
            path = person.onward()
        seen += 1
    assert seen > 5
    assert answer.json() == {"next": "/rater"}
    assert _kept(lone) == seen + 1


def _kept(house: House) -> int:
    """Return how many tasks have a rating; none has two."""
    asked = text("SELECT count(*), count(DISTINCT task) FROM rating")
    ratings, tasks = house.store.read(lambda c: c.execute(asked).one())
    assert ratings == tasks
    return int(ratings)


def test_a_rating_is_kept_where_the_next_words_were_taken_back(lone: House) -> None:
    person = lone.person("rater")
    path = person.onward()
    while _kept(lone) < 4:
        after = person.rate_on(path, "3").headers["content-location"]
        path = person.onward() if after == path else after
    gone = text("UPDATE rating_task SET shown = :gone WHERE id != :this")
    values = {"gone": '{"form": "withdrawn"}', "this": path.rsplit("/", 1)[1]}
    lone.store.write(lambda c: c.execute(gone, values))
    before = _kept(lone)
    answer = person.rate_on(path, "4")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["next"].startswith("/rater/task/"), "which says that the words were taken back"
    assert _kept(lone) == before + 1


def test_ratings_that_are_taken_back_are_missing_in_the_next_run(lone: House) -> None:
    person = lone.person("rater")
    person.rate_all()
    known = _ratings(lone)
    people = PeopleRating(lone.store, lone.design, (), ())
    assert people.rate({}, known) == []
    person.post("/withdraw", {"answers": "delete"})
    gone = people.rate({}, known)
    assert len(gone) == len(known) > 0
    assert {(r.value, r.missing, r.evidence) for r in gone} == {(None, Missing.DROPPED_OUT, ())}
    assert people.rate({}, [*known, *gone]) == [], "once"


@pytest.mark.parametrize("by", ["withdrawal", "erasure"])
def test_a_therapist_s_words_leave_the_tasks_and_what_was_quoted_of_them(lone: House, by: str) -> None:
    writer, person = lone.answering(), lone.person("rater")
    own = writer.items()[0].id
    swap = text("UPDATE rating_task SET session = :own WHERE session = '0000000000000000'")
    assert lone.store.write(lambda c: c.execute(swap, {"own": own}).rowcount) == 2
    path = person.onward()
    while path.startswith("/rater/task/"):
        after = person.rate(path, "4", more={"mark-0": "on"}).headers["location"]
        path = person.onward() if after == path else after
    if by == "withdrawal":
        writer.post("/withdraw", {"answers": "delete"})
    else:
        lone.store.write(lambda c: erase_person(c, writer.id, lone.clock()))
    mine = [r for r in _ratings(lone) if r.session == own]
    assert {(r.value, r.missing, r.evidence) for r in mine} == {(None, Missing.DROPPED_OUT, ())}
    query = text(
        "SELECT shown || coalesce(evidence, '') FROM rating_task LEFT JOIN rating ON task = rating_task.id"
    )
    shown = lone.store.read(lambda c: c.execute(query).scalars().all())
    assert not any("First of 0." in one for one in shown)
    assert any("First of 1." in one for one in shown)
