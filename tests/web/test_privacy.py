"""Erasure to the last byte, own data, retention, a verified backup, and a doctor that says what is wrong."""

import json
import shutil
import sqlite3
from contextlib import closing
from copy import copy
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from fakes.visitors import MATERIAL, STUDY, House, Person, hidden
from therapyarc.cli import app
from therapyarc.cli.people import PeopleError
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.audit import verify
from therapyarc.web.erasure import UnknownPersonError, erase_person, own_data
from therapyarc.web.identity import read_key, write_identity
from therapyarc.web.store import sqlite_url
from therapyarc.web.store.tables import Base, EventLog, Participant
from therapyarc.web.upkeep import UpkeepError, backup, examine

MAIL, NAME, WORDS = "jane.roe@example.org", "Jane Q. Roe", "zebra-striped umbrella"
TRAINEE = STUDY.replace(
    'people: {contact: "study@example.org"}',
    'people: {contact: "study@example.org", practice: {cases: [nadia], exchanges: 1}}',
)


class Place:
    """A study in a folder, with people in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.study, self.db = folder, folder / "study.yaml", folder / "people.db"
        self.study.write_text(TRAINEE, encoding="utf-8")
        (folder / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
        design = load_design(self.study)
        with Store(sqlite_url(self.db)) as store, House(design, store, folder) as house:
            self.person = house.answering()
            (step,) = [step for step in self.person.items() if step.item == "respond"]
            assert self.person.answer(step, f"{WORDS}, write to {MAIL}", 0, "k").status_code == 200
            self.other = house.answering()
            assert (
                self.other.answer(self.other.items()[0], self.other.items()[0].options[0], 0, "k").status_code
                == 200
            )
            self.trainee = house.person("trainee")
            self._practise(house)

    def _practise(self, house: House) -> None:
        session = self.trainee.post("/trainee", {"case": "nadia"}).headers["location"]
        self.trainee.post(session, {"text": f"My {WORDS}", "seen": "1", "key": "a"})
        name = session.rsplit("/", 1)[1]
        fields = {"problem": f"{WORDS} {NAME}", "action": "finish"}
        assert (
            "/feedback/"
            in self.trainee.post(f"/trainee/formulation/{name}", fields | _seen(self.trainee, name)).headers[
                "location"
            ]
        )
        del house

    def move(self, folder: Path) -> None:
        """Stand on a copy of the folder from now on."""
        shutil.copytree(self.folder, folder)
        self.folder, self.study, self.db = folder, folder / "study.yaml", folder / "people.db"

    def run(self, *words: str, code: int = 0) -> str:
        """Run `therapyarc people …` and return what it printed."""
        done = CliRunner().invoke(
            app, ["people", words[0], str(self.study), *words[1:], "--db", str(self.db)]
        )
        assert (1 if done.exception and code else done.exit_code) == code, (done.output, done.exception)
        return done.output + (str(done.exception) if done.exception else "")

    def bytes(self) -> bytes:
        """Return every byte beside the study: database, log, key, exports."""
        return b"".join(
            path.read_bytes() for path in sorted(self.folder.iterdir()) if path.name != "study.yaml"
        )


def _seen(person: Person, session: str) -> dict[str, str]:
    return {
        k: v
        for k, v in hidden(person.get(f"/trainee/formulation/{session}").text).items()
        if k.startswith("seen")
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Made once; each test has a copy."""
    return Place(tmp_path_factory.mktemp("built"))


@pytest.fixture
def place(built: Place, tmp_path: Path) -> Place:
    one = copy(built)
    one.move(tmp_path / "place")
    return one


def test_after_an_erasure_no_byte_of_a_person_is_left(place: Place) -> None:
    for person in (place.person.id, place.trainee.id):
        place.run("name", person, "--text", f"{NAME} <{MAIL}>")
    assert WORDS.encode() in place.bytes()
    assert MAIL.encode() in place.bytes(), "in the answer; the name itself is sealed"
    assert NAME.encode() in place.bytes(), "in the formulation"
    with closing(
        sqlite3.connect(place.db)
    ) as served:  # as a server has it open: its log is not emptied by closing
        assert served.execute("SELECT count(*) FROM participant").fetchone() == (3,)
        for person in (place.person.id, place.trainee.id):
            assert "erased" in place.run("erase", person)
        left = place.bytes()
    for secret in (WORDS, MAIL, NAME, "Jane"):
        assert secret.encode() not in left, secret
    with Store(sqlite_url(place.db)) as store:
        assert store.read(lambda c: verify(c)).events > 0, "the trail is whole and tells that it was done"
        kinds = store.read(lambda c: list(c.scalars(select(EventLog.kind)).all()))
        assert kinds.count("participant.erased") == 2
        data = store.read(lambda c: own_data(c, place.other.id, None))
        assert data["tables"]["response"], "nobody else's answers went"  # type: ignore[index]


def test_an_erased_person_cannot_come_in_and_the_rest_of_the_site_works(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(TRAINEE, encoding="utf-8")
    (tmp_path / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    with (
        Store(sqlite_url(tmp_path / "a.db")) as store,
        House(load_design(tmp_path / "study.yaml"), store, tmp_path) as house,
    ):
        person, researcher = house.person().finish(), house.person("researcher")
        store.write(lambda c: erase_person(c, person.id, house.clock()))
        assert person.get("/therapist").headers["location"] == "/join"
        assert person.invited is not None
        assert person.client.post("/join", data={"code": person.invited.token}).status_code == 403
        page = researcher.get("/researcher").text
        assert "withdrawn" in page
        assert "0 / 4" in page, "what was erased is done no more"
        with pytest.raises(UnknownPersonError):
            store.write(lambda c: erase_person(c, "nobody", 1.0))


def test_names_alone_can_be_erased(place: Place) -> None:
    place.run("name", place.person.id, "--text", NAME)
    assert "1 of identity" in place.run("erase", place.person.id, "--names-only")
    assert WORDS.encode() in place.bytes(), "answers stay, without a name"


def test_every_table_is_reached_or_kept_on_purpose(place: Place) -> None:
    """A new table with people's words is erased without anybody thinking of it; this holds the schema to that."""
    with Store(sqlite_url(place.db)) as store:
        for person in (place.person.id, place.trainee.id, place.other.id):
            store.write(lambda c, p=person: erase_person(c, p, 1.0))  # type: ignore[misc]
        left = store.read(
            lambda c: {
                t.name for t in Base.metadata.sorted_tables if c.scalar(select(func.count()).select_from(t))
            }
        )
    kept = {
        "study",
        "protocol_version",
        "participant",
        "consent",
        "respondent",
        "administration",
        "conversation",
        "session",
    }
    assert left <= kept | {"event_log", "trainee"}


def test_own_data_is_all_that_is_held_and_opens_no_door(place: Place) -> None:
    place.run("name", place.person.id, "--text", NAME)
    data = json.loads(place.run("export", place.person.id))
    assert data["identity"] == NAME
    assert any(WORDS in row["value"] for row in data["tables"]["response"])
    assert data["tables"]["consent"][0]["decision"] == "given"
    assert place.other.id not in json.dumps(data)
    assert place.person.invited is not None
    assert not {"digest", "csrf", "code_digest", "sealed", "state"} & {
        column for rows in data["tables"].values() for row in rows for column in row
    }
    out = place.folder / "own.json"
    place.run("export", place.person.id, "--out", str(out))
    assert out.stat().st_mode & 0o777 == 0o600
    assert "nobody of the pseudonym" in place.run("export", "x", code=1)


def test_retention_says_first_and_erases_only_when_told(place: Place) -> None:
    before = place.bytes()
    said = place.run("retention", "--days", "30", "--answers")
    assert place.person.id not in said, "the small study's clock stands in 2027: everybody was active"
    with Store(sqlite_url(place.db)) as store, House(load_design(place.study), store, place.folder) as house:
        house.clock.now = 1_000_000_000.0
        old = house.person("trainee")
        write = read_key(place.folder / "people.key", make=True)
        store.write(lambda c: write_identity(c, write, old.id, NAME))
    said = place.run("retention", "--days", "30", "--answers")
    assert old.id in said
    assert "would be erased" in said
    with Store(sqlite_url(place.db)) as store:
        assert (
            store.read(lambda c: c.scalar(select(Participant.status).where(Participant.id == old.id)))
            == "active"
        )
    assert "erased names and answers of 1" in place.run("retention", "--days", "30", "--answers", "--yes")
    assert "of 0 who" in place.run("retention", "--days", "30", "--yes")
    assert WORDS.encode() in before
    assert WORDS.encode() in place.bytes(), "who was active is left alone"


def test_a_backup_while_it_is_open_is_whole_and_overwrites_nothing(place: Place, tmp_path: Path) -> None:
    made = tmp_path / "copy.db"
    with Store(sqlite_url(place.db)) as store:
        found = backup(store, made)
        assert found == store.read(lambda c: verify(c))
        assert made.stat().st_mode & 0o777 == 0o600
        with pytest.raises(UpkeepError, match="exists"):
            backup(store, made)
        with closing(sqlite3.connect(place.db)) as database, database:
            database.execute("UPDATE event_log SET kind = 'x' WHERE seq = 3")
        with pytest.raises(UpkeepError, match="broken at event 3"):
            backup(store, tmp_path / "bad.db")
    assert not (tmp_path / "bad.db").exists(), "a bad copy is no backup"
    assert "no such file" in place.run("backup", str(tmp_path / "nowhere" / "x.db"), code=1).lower()


def _wrong(path: Path) -> dict[str, str]:
    return {
        one.what: one.found for one in examine(sqlite_url(path), path.with_name("people.key")) if not one.well
    }


def test_the_doctor_finds_nothing_in_a_sound_database(place: Place) -> None:
    assert _wrong(place.db) == {}
    said = place.run("doctor")
    assert "unbroken" in said
    assert "WRONG" not in said


def test_the_doctor_says_what_is_wrong(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sick = tmp_path / "sick.db"

    def fresh() -> Path:
        shutil.copyfile(place.db, sick)
        sick.chmod(0o600)
        return sick

    assert "no file" in _wrong(tmp_path / "none.db")["file"]
    sick.write_bytes(b"")
    assert "empty" in _wrong(sick)["file"]
    with fresh().open("r+b") as file:
        file.truncate(place.db.stat().st_size // 2)
    assert "cut off" in _wrong(sick)["file"]
    with fresh().open("r+b") as file:
        file.write(b"not a database..")
    assert "no SQLite" in _wrong(sick)["file"]
    with fresh().open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 8192)
    assert _wrong(sick).keys() & {"integrity", "audit trail"}
    fresh().chmod(0o644)
    assert "chmod 600" in _wrong(sick)["rights"]
    fresh()
    (tmp_path / "sick.db-shm").write_bytes(b"")
    (tmp_path / "sick.db-shm").chmod(0o600)
    assert "somebody removed it" in _wrong(sick)["write-ahead log"]
    (tmp_path / "sick.db-shm").unlink()
    with sqlite3.connect(fresh()) as database:
        database.execute("UPDATE event_log SET kind = 'x' WHERE seq = 2")
    database.close()
    assert "broken at event 2" in _wrong(sick)["audit trail"]
    with sqlite3.connect(fresh()) as database:
        database.execute("UPDATE alembic_version SET version_num = 'r9999' WHERE version_num LIKE 'r0004%'")
    database.close()
    assert "newer" in _wrong(sick)["schema"]
    fresh()
    monkeypatch.setattr("shutil.disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 1))
    assert "full" in _wrong(sick)["room"]
    assert "checks failed" in place.run("doctor", code=1)
    assert issubclass(PeopleError, Exception)


def test_programs_play_a_synthetic_study_and_are_named_so(tmp_path: Path) -> None:
    study, db = tmp_path / "study.yaml", tmp_path / "demo.db"
    text = TRAINEE.replace("exchanges: 1", "unseen: [ruth], sessions: 1, exchanges: 1")
    study.write_text(
        text + "courses: {cases: [walter], sessions: 1, exchanges: 2, excerpts: 0, arms: [people]}\n",
        encoding="utf-8",
    )
    (tmp_path / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    words = ["demo-people", str(study), "--db", str(db), "--trainees", "1"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, (done.output, done.exception)
    assert "2 therapists and 1 trainees" in done.output
    with Store(sqlite_url(db)) as store, House(load_design(study), store, tmp_path) as house:
        states = store.read(lambda c: list(c.execute(select(Participant.role, Participant.status)).all()))
        assert sorted(map(tuple, states)) == [("therapist", "finished")] * 2 + [("trainee", "finished")]
        researcher = house.person("researcher")
        assert researcher.get("/researcher").text.count("(synthetic)") == 3
        body = researcher.post("/researcher/download", {"what": "answers"}).text
        assert body.splitlines()[1].split(",")[1] == "True"
        house.person("trainee")
    again = CliRunner().invoke(app, words)
    assert isinstance(again.exception, PeopleError)
    assert "real people" in str(again.exception)
    study.write_text(text.replace("A synthetic study", "A study"), encoding="utf-8")
    real = CliRunner().invoke(app, [*words[:3], str(tmp_path / "other.db")])
    assert "must hold the word synthetic" in str(real.exception)
