"""Researchers: cells and forecast, agreement, pause, invitations shown once, downloads without formulas, the trail."""

import csv
import hashlib
import io
import json
import re
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import insert, select, update

from fakes.visitors import House, Person
from therapyarc.stats.agreement import krippendorff_alpha
from therapyarc.text.spreadsheet import original_text
from therapyarc.web.researcher.progress import agreements, cells, days_left
from therapyarc.web.store.tables import EventLog, Participant, Rating, RatingTask

MAIL = "jane.roe@example.org"


@pytest.fixture
def researcher(site: House) -> Person:
    return site.person("researcher")


def _link(page: str) -> str:
    found = re.search(r"<code>http://testserver/join#([\w-]+)</code>", page)
    assert found is not None
    return found[1]


def test_cells_count_what_is_finished_and_what_is_lost(site: House, researcher: Person) -> None:
    first = site.person().finish()
    second = site.answering()
    second.post("/withdraw", {"answers": "keep"})
    found = site.store.read(lambda c: cells(c, site.design, site.clock()))
    whole = {(one.part, one.what): (one.planned, one.done, one.lost) for one in found}
    items = [step for step in first.steps().every if step.kind == "item"]
    assert sum(one[1] for one in whole.values()) == len(items)
    assert whole["before", "ba-knowledge"] == (4, 2, 2)
    assert {one.days for one in found} == {0.0}, "what is lost is not waited for"
    page = researcher.get("/researcher").text
    assert "2 / 4" in page
    assert first.id in page


def test_the_forecast_is_what_is_left_over_the_rate_so_far() -> None:
    day = 86_400.0
    assert days_left([0.0, 5 * day], 4, 10 * day) == pytest.approx(20)
    assert days_left([9.9 * day], 3, 10 * day) == pytest.approx(3), "over one day at least"
    assert days_left([], 3, day) is None
    assert days_left([], 0, day) == 0


@pytest.mark.parametrize("other", ["training", "calibration", "attention", "duplicate"])
def test_agreement_by_rubric_is_that_of_the_matrix(site: House, researcher: Person, other: str) -> None:
    names = ("r0", "r1", "r2")
    values = [[1, 1], [2, 3], [4, 4], [2, 2], [3, 1]]
    matrix = np.full((5, 3), np.nan)
    for place, pair in enumerate(values):
        matrix[place, [place % 3, (place + 1) % 3]] = pair
    rated = [(pair, "real", f"s{place}") for place, pair in enumerate(values)]
    rated += [([1, 4], other, "s0"), ([4, 1], other, "s-other")]  # these must not count

    def work(connection: object) -> None:
        assert hasattr(connection, "execute")
        for name in names:
            row = {"id": name, "role": "rater", "status": "active", "created_at": 1.0}
            connection.execute(insert(Participant).values(**row))
        for place, (pair, kind, session) in enumerate(rated):
            task = {
                "id": f"t{place}",
                "session": session,
                "kind": kind,
                "rubric": "warmth",
                "version": "1",
                "needed": 2,
            }
            connection.execute(insert(RatingTask).values(**task, turn=None, until=None, stratum=""))
            for name, value in zip((names[place % 3], names[(place + 1) % 3]), pair, strict=True):
                row = {
                    "id": f"{place}{name}",
                    "task": f"t{place}",
                    "participant": name,
                    "item": "",
                    "value": value,
                }
                connection.execute(
                    insert(Rating).values(**row, missing=None, evidence="[]", revision=1, at=1.0)
                )

    site.store.write(work)
    (one,) = site.store.read(agreements)
    assert (one.rubric, one.targets, one.ratings) == ("warmth", 5, 10)
    assert one.alpha == pytest.approx(krippendorff_alpha(matrix))
    assert one.exact == pytest.approx(0.6)
    assert f"{one.alpha:.2f}" in researcher.get("/researcher").text
    for role in ("rater", "therapist", "trainee"):
        assert site.person(role).get("/researcher").status_code == 403


def test_a_paused_study_takes_no_answers_and_goes_on(site: House, researcher: Person) -> None:
    person = site.answering()
    researcher.post("/researcher/pause", {"state": "paused"})
    researcher.post("/researcher/pause", {"state": "paused"})
    assert person.get("/therapist").status_code == 503
    assert "paused" in researcher.get("/researcher").text
    researcher.post("/researcher/pause", {"state": "open"})
    assert person.get("/therapist").status_code == 303
    kinds = site.store.read(lambda c: list(c.scalars(select(EventLog.kind)).all()))
    assert kinds.count("study.paused") == kinds.count("study.resumed") == 1


def test_an_invitation_is_shown_once_renewed_and_revoked(site: House, researcher: Person) -> None:
    fields = {"role": "rater", "key": "k"}
    page = researcher.post("/researcher/invite", fields)
    token = _link(page.text)
    again = researcher.post("/researcher/invite", fields)
    assert again.status_code == 409
    assert "join#" not in again.text
    stored = b"".join(path.read_bytes() for path in site.settings.beside.glob("people.db*"))
    assert token.encode() not in stored
    guest = site.stranger()
    assert guest.client.post("/join", data={"code": token}).status_code == 303
    person = re.findall(r"<code>([0-9a-f]{24})</code>", page.text)[0]
    other = _link(researcher.post("/researcher/invitation", {"participant": person, "action": "renew"}).text)
    assert guest.client.post("/join", data={"code": token}).status_code == 403
    assert guest.client.post("/join", data={"code": other}).status_code == 303
    researcher.post("/researcher/invitation", {"participant": person, "action": "revoke"})
    assert guest.client.post("/join", data={"code": other}).status_code == 403
    own = researcher.post("/researcher/invitation", {"participant": researcher.id, "action": "revoke"})
    assert own.status_code == 422, "nobody shuts the door behind the last researcher by mistake"
    assert researcher.post("/researcher/invite", {"role": "king"}).status_code == 422
    for _ in range(2):
        assert researcher.post("/researcher/invite", {"role": "therapist"}).status_code == 200
    assert researcher.post("/researcher/invite", {"role": "therapist"}).status_code == 409, "no third place"


def _wrote(site: House, text: str) -> Person:
    person = site.answering()
    (step,) = [step for step in person.items() if step.item == "respond"]
    assert person.answer(step, text, 0, "k").status_code == 200
    return person


@pytest.mark.parametrize(
    "evil", ["=1+1", "+A1", "-1+1", "@SUM(A1)", "\t=1", "\u00a0=1", "\n=1", "\uff1d1", "'=1"]
)
def test_no_cell_of_a_csv_is_a_formula(site: House, researcher: Person, evil: str) -> None:
    _wrote(site, evil)
    body = researcher.post("/researcher/download", {"what": "answers", "format": "csv"})
    assert body.headers["content-disposition"] == 'attachment; filename="answers.csv"'
    rows = list(csv.DictReader(io.StringIO(body.content.decode(), newline="")))
    (value,) = [row["value"] for row in rows if row["item"] == "respond"]
    assert value == f"'{evil}"
    assert original_text(value) == evil
    parquet = researcher.post("/researcher/download", {"what": "answers", "format": "parquet"}).content
    assert evil in pq.read_table(io.BytesIO(parquet)).column("value").to_pylist(), "unchanged"


@pytest.mark.parametrize("plain", ["-1.5", "+2", "'tis", "a = b"])
def test_numbers_and_other_texts_stay_as_they_are(site: House, researcher: Person, plain: str) -> None:
    _wrote(site, plain)
    body = researcher.post("/researcher/download", {"what": "answers", "format": "csv"}).content
    rows = csv.DictReader(io.StringIO(body.decode(), newline=""))
    assert [row["value"] for row in rows if row["item"] == "respond"] == [plain]


def test_a_download_is_sent_whole_in_pieces_and_stands_in_the_trail_with_its_digest(
    site: House, researcher: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("therapyarc.web.export._PART", 3)
    monkeypatch.setattr("therapyarc.web.researcher.pages._PIECE", 100)
    person = _wrote(site, "words " * 40)
    for step in person.items()[:3]:
        if step.options:
            assert person.answer(step, step.options[0], 0, "k").status_code == 200
    for kind, read in (("csv", _csv_rows), ("parquet", _parquet_rows)):
        answer = researcher.post("/researcher/download", {"what": "answers", "format": kind})
        assert len(answer.content) == int(answer.headers["content-length"]) > 100
        rows = read(answer.content)
        assert len(rows) > 3
        found = site.store.read(
            lambda c: c.scalar(select(EventLog.detail).order_by(EventLog.seq.desc()).limit(1))
        )
        assert json.loads(found or "") == {
            "rows": len(rows),
            "sha256": hashlib.sha256(answer.content).hexdigest(),
        }
        assert [row["value"] for row in rows if row["item"] == "respond"] == ["words " * 40]


def _csv_rows(body: bytes) -> list[dict[str, object]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def _parquet_rows(body: bytes) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(io.BytesIO(body)).to_pylist()
    return rows


def test_the_deidentified_set_holds_no_pseudonym_time_or_text(site: House, researcher: Person) -> None:
    person = _wrote(site, f"My name is Jane Roe, write to {MAIL}.")
    plain = researcher.post("/researcher/download", {"what": "deidentified"}).content
    masked = researcher.post("/researcher/download", {"what": "deidentified", "texts": "masked"}).content
    names = []
    for body in (plain, masked):
        with zipfile.ZipFile(io.BytesIO(body)) as folder:
            every = b"".join(folder.read(name) for name in folder.namelist()).decode()
            names.append(folder.read("answers.csv").decode().splitlines()[1].split(",")[0])
        for secret in (person.id, MAIL, "Jane", "background,", "18000"):
            assert secret not in every, secret
        assert "meaning" in every, "the codebook is in it"
    assert names[0] != names[1], "drawn anew each time"
    assert b"text left out" in zipfile.ZipFile(io.BytesIO(plain)).read("answers.csv")
    assert b"write to" in zipfile.ZipFile(io.BytesIO(masked)).read("answers.csv")


def test_downloads_stand_in_the_trail_which_is_shown_with_its_head(site: House, researcher: Person) -> None:
    researcher.post("/researcher/download", {"what": "codebook"})
    assert researcher.post("/researcher/download", {"what": "identity"}).status_code == 422
    page = researcher.get("/researcher/audit").text
    assert "data.downloaded" in page
    assert "unbroken" in page
    head = site.store.read(lambda c: c.scalar(select(EventLog.hash).order_by(EventLog.seq.desc()).limit(1)))
    assert head is not None
    assert head in page
    site.store.write(lambda c: c.execute(update(EventLog).where(EventLog.seq == 2).values(kind="x")).rowcount)
    assert "broken at event 2" in researcher.get("/researcher/audit").text


def test_empty_tables_can_be_downloaded(site: House, researcher: Person) -> None:
    for what in ("turns", "practice", "ratings", "sessions"):
        for kind in ("csv", "parquet"):
            assert researcher.post("/researcher/download", {"what": what, "format": kind}).status_code == 200
    body = researcher.post("/researcher/download", {"what": "turns"}).content
    assert body == b"session,seq,role,text,voice,at\r\n"
    body = researcher.post("/researcher/download", {"what": "turns", "format": "parquet"}).content
    assert pq.read_schema(io.BytesIO(body)).field("text").type == pa.string(), "also where there is no row"
