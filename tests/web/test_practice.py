"""Trainees practise: session, formulation, feedback that cites turns, branch, growth, an unseen client, sham feedback."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from fakes.visitors import House, Person, hidden
from therapyarc.domain.design import Design
from therapyarc.files.cases import read_case
from therapyarc.files.errors import FaultyFileError
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.course.person import Said
from therapyarc.web.store import sqlite_url
from therapyarc.web.store.tables import Feedback, Participant, Trainee
from therapyarc.web.trainee.feedback import FIELDS, coverage, feedback, sham
from therapyarc.web.trainee.keep import Practised, feedback_of, practice_of

STUDY = """\
schema: therapyarc/study/1
id: tiny-practice
title: A synthetic study with trainees
seed: 7
people:
  contact: "study@example.org"
  practice: {cases: [nadia, walter], unseen: [ruth], sessions: 2, exchanges: 3, feedback: FEEDBACK}
arms:
  - {id: scripts, label: Scripts, actors: [{id: actor-b, kind: script, policy: skilled, parameters: {q: 0.5}}]}
  - {id: others, label: Others, actors: [{id: actor-c, kind: script, policy: minimal}]}
administrations:
  - {instrument: ba-knowledge, items: [k01]}
"""
LINES = (
    "You should go for a walk.",
    "So you got as far as the door. What was that like?",
    "Why? Did you sleep?",
)


def _design(folder: Path, kind: str = "real") -> Design:
    path = folder / f"{kind}.yaml"
    path.write_text(STUDY.replace("FEEDBACK", kind), encoding="utf-8")
    return load_design(path)


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Design:
    """Feedback is real."""
    return _design(tmp_path_factory.mktemp("design"))


@pytest.fixture
def trainee(site: House) -> Person:
    return site.person("trainee")


def own(person: Person) -> tuple[Practised, ...]:
    return person.house.store.read(lambda connection: practice_of(connection, person.id))


def begun(person: Person, case: str, key: str = "") -> str:
    """Begin a practice session and return its id."""
    sent = person.post("/trainee", {"case": case, "key": key})
    assert sent.status_code == 303, sent.text
    return str(sent.headers["location"]).rsplit("/", 1)[1]


def held(person: Person, session: str) -> None:
    """Say lines until the session is over."""
    path = f"/trainee/session/{session}"
    for line in LINES * 2:
        page = person.get(path).text
        if "data-course" not in page:
            return
        assert (
            person.client.post(path, data={**hidden(page), "text": line, "action": "say"}).status_code == 303
        )


def formulated(person: Person, session: str, **fields: str) -> str:
    """Finish a formulation and return the page of feedback."""
    path = f"/trainee/formulation/{session}"
    sent = person.client.post(path, data={**hidden(person.get(path).text), **fields, "action": "finish"})
    assert sent.headers["location"] == f"/trainee/feedback/{session}", sent.text
    return person.get(f"/trainee/feedback/{session}").text


def practised(person: Person, case: str) -> str:
    session = begun(person, case)
    held(person, session)
    formulated(person, session, problem="Low mood since a separation", goals="see friends")
    return session


def test_practice_from_choice_to_feedback(site: House, trainee: Person) -> None:
    assert "Begin a session" in trainee.get("/trainee").text
    session = begun(trainee, "nadia", "k")
    assert begun(trainee, "nadia", "k") == session, "a second click"
    truth = site.design.client("nadia").formulation
    assert trainee.get(f"/trainee/feedback/{session}").status_code == 303
    assert trainee.get(f"/trainee/formulation/{session}").headers["location"] == f"/trainee/session/{session}"
    held(trainee, session)
    form = trainee.get(f"/trainee/formulation/{session}").text
    assert "The client is invented" in form, "the notice stands where people type"
    assert truth.problem not in form, "the truth is not there before the formulation is finished"
    page = formulated(trainee, session, problem="A separation and night work", values="music & honesty")
    assert truth.problem in page
    assert "music &amp; honesty" in page
    assert re.search(r"Turn 2 says what could be done", page), (
        "advice before anything was heard, with its turn"
    )
    assert "Median" in page or "median" in page
    assert not re.search(r"\b(well done|great|excellent|good job|bravo|amazing)\b", page, re.IGNORECASE)
    (one,) = own(trainee)
    assert one.finished
    assert one.course.participant == trainee.id
    status = site.store.read(
        lambda c: c.scalar(select(Participant.status).where(Participant.id == trainee.id))
    )
    assert status == "active", "one practice is not the end"


def test_a_finished_formulation_no_longer_changes_and_windows_do_not_overwrite(
    site: House, trainee: Person
) -> None:
    session = begun(trainee, "walter")
    held(trainee, session)
    path = f"/trainee/formulation/{session}"
    first, second = hidden(trainee.get(path).text), hidden(trainee.get(path).text)
    saved = trainee.client.post(path, data={**first, "problem": "one", "action": "save"})
    assert saved.headers["location"] == path
    other = trainee.client.post(path, data={**second, "problem": "two", "action": "save"})
    assert other.status_code == 409
    assert "two" in other.text, "what was typed is kept"
    assert "one" in trainee.get(path).text
    assert trainee.client.post(path, data={**hidden(other.text), "action": "finish"}).status_code == 422
    assert trainee.client.post(path, data={**hidden(other.text), "loop": "x" * 1001}).status_code == 422
    formulated(trainee, session, problem="one")
    late = trainee.client.post(path, data={**second, "problem": "now I know", "action": "finish"})
    assert late.headers["location"] == f"/trainee/feedback/{session}"
    assert "now I know" not in trainee.get(f"/trainee/feedback/{session}").text
    count = site.store.read(lambda c: len(c.execute(select(Feedback.id)).all()))
    assert count == 1


def test_a_branch_goes_on_from_the_same_words_with_others(trainee: Person) -> None:
    session = begun(trainee, "nadia")
    held(trainee, session)
    said = own(trainee)[0].session.said
    fields = {"turns": "3", "key": "b"}
    sent = trainee.post(f"/trainee/session/{session}/branch", fields)
    again = trainee.post(f"/trainee/session/{session}/branch", fields)
    assert sent.headers["location"] == again.headers["location"]
    first, second = own(trainee)
    assert second.session.said == said[:3], "client, trainee, client: and nothing after"
    assert (second.origin, second.turns) == (first.session.id, 3)
    path = sent.headers["location"]
    page = trainee.get(path).text
    trainee.client.post(path, data={**hidden(page), "text": LINES[1], "action": "say"})
    assert own(trainee)[1].session.said[:5] == said[:5], "the same words lead to the same answer"
    for wrong in ("0", "2", "999", "x"):
        assert (
            trainee.post(f"/trainee/session/{session}/branch", {"turns": wrong})
            .headers["location"]
            .endswith(session)
        )
    assert len(own(trainee)) == 2


def test_the_unseen_client_comes_after_practice_and_growth_tells_both(site: House, trainee: Person) -> None:
    assert trainee.post("/trainee", {"case": "ruth", "key": "u"}).status_code == 422, "not before"
    practised(trainee, "nadia")
    assert "Over the sessions" in trainee.get("/trainee/growth").text
    practised(trainee, "walter")
    start = trainee.get("/trainee").text
    assert 'value="ruth"' in start
    session = begun(trainee, "ruth", "u")
    assert begun(trainee, "ruth", "u") == session
    assert begun(trainee, "ruth", "another window") == session
    held(trainee, session)
    formulated(trainee, session, problem="Grief")
    page = trainee.get("/trainee/growth").text
    assert "Session 3 (unseen client)" in page
    assert "<polyline" in page
    done = trainee.get("/trainee").text
    assert "All that was planned is done" in done
    assert "drawn figures" not in done, "nobody was shown any in this study"
    branch = trainee.post(f"/trainee/session/{session}/branch", {"turns": "1", "key": "z"})
    assert branch.headers["location"] == f"/trainee/session/{session}", "an unseen client is met once"
    status = site.store.read(
        lambda c: c.scalar(select(Participant.status).where(Participant.id == trainee.id))
    )
    assert status == "finished"


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[House]:
    """Feedback is drawn for each trainee."""
    with (
        Store(sqlite_url(tmp_path / "mixed.db")) as store,
        House(_design(tmp_path, "randomised"), store, tmp_path) as house,
    ):
        yield house


def test_of_two_trainees_one_has_sham_feedback_and_learns_it_at_the_end(mixed: House) -> None:
    people = [mixed.person("trainee") for _ in range(2)]
    sessions = [practised(person, "nadia") for person in people]
    kinds = mixed.store.read(
        lambda c: {
            row.participant: row.feedback for row in c.execute(select(Trainee.participant, Trainee.feedback))
        }
    )
    assert sorted(kinds.values()) == ["real", "sham"]
    place = next(n for n, person in enumerate(people) if kinds[person.id] == "sham")
    person, session = people[place], sessions[place]
    before = person.get(f"/trainee/feedback/{session}").text
    truth = mixed.design.client("nadia").formulation
    assert truth.problem not in before
    assert "sham" not in before + person.get("/trainee").text + person.get("/trainee/growth").text
    assert truth.problem in people[1 - place].get(f"/trainee/feedback/{sessions[1 - place]}").text
    body = mixed.store.read(lambda c: feedback_of(c, session))
    assert body is not None
    assert body["feedback"] == "sham"
    assert body["found"] != body["shown"], "what was found is kept for analysis"
    practised(person, "walter")
    last = begun(person, "ruth")
    held(person, last)
    formulated(person, last, problem="Grief")
    assert "drawn codes" in person.get("/trainee").text
    assert truth.problem in person.get(f"/trainee/feedback/{session}").text


def test_sham_depends_on_nothing_that_was_said() -> None:
    one = (
        Said("client", "I was ashamed."),
        Said("therapist", "You should go."),
        Said("client", "Yes, but no."),
    )
    two = (Said("client", "It rained."), Said("therapist", "You felt ashamed."), Said("client", "I did."))
    first, second = sham(one, {}, "s"), sham(two, {}, "s")
    for shown in (first, second):
        for turn in shown["turns"]:  # type: ignore[attr-defined]
            turn.pop("text")
    assert first == second
    assert sham(one, {}, "t")["profile"] != first["profile"]
    assert sham(one, {}, "s").keys() == feedback(one, read_case("nadia", Path()), {}).keys()


def test_rules_cite_the_turn_that_they_are_about() -> None:
    said = (
        Said("client", "I was so ashamed on Tuesday."),
        Said("therapist", "You should write a list."),
        Said("client", "Yes, but not with my week."),
        Said("therapist", "You ought to try harder."),
        Said("client", "Fine."),
        Said("therapist", "You felt ashamed when she came in."),
    )
    found = feedback(said, read_case("nadia", Path()), {})
    rules = {
        turn["turn"]: [one["rule"] for one in turn["suggestions"]]
        for turn in found["turns"]  # type: ignore[attr-defined]
    }
    assert rules[2] == ["advice_early", "feeling_passed"]
    assert "pushed" in rules[4]
    assert rules[6] == []
    json.dumps(found)


def test_coverage_is_the_plain_share_of_stems() -> None:
    assert coverage("", ("Free evenings", "couples")) == 0
    assert coverage("Couples, and an evening that is free.", ("Free evenings", "couples")) == 1
    assert coverage("one evening", ("Free evenings", "couples")) == pytest.approx(1 / 3)
    assert coverage("anything", ("of the",)) is None
    assert set(FIELDS) == {"problem", "triggers", "loop", "values", "goals"}


def test_faults_of_practice_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    text = STUDY.replace("FEEDBACK", "real").replace("unseen: [ruth]", "unseen: [nadia]")
    path.write_text(text.replace("sessions: 2", "sessions: 0"), encoding="utf-8")
    with pytest.raises(FaultyFileError) as caught:
        load_design(path)
    assert "unseen" in str(caught.value)
    assert "must be 1 or more" in str(caught.value)
    path.write_text(
        STUDY.replace("nadia, walter", "nobody-known").replace("FEEDBACK", "real"), encoding="utf-8"
    )
    with pytest.raises(FaultyFileError, match="nobody-known"):
        load_design(path)


def test_who_withdraws_and_deletes_leaves_no_word_of_practice(site: House, trainee: Person) -> None:
    session = begun(trainee, "nadia")
    held(trainee, session)
    formulated(trainee, session, problem="A zebra-striped umbrella")
    trainee.post("/withdraw", {"answers": "delete"})
    assert site.store.read(lambda c: c.execute(select(Feedback.id)).all()) == []
    assert site.store.read(lambda c: practice_of(c, trainee.id)) == ()
    assert site.person("researcher").get("/researcher").status_code == 200
