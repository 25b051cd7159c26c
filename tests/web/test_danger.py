"""Hidden thoughts of suicide met in the browser: screen, record and crisis measures are those of a model's session."""

import asyncio
import json
from pathlib import Path

import pytest

from fakes.visitors import House, Person, hidden
from therapyarc.coding.harms import code_courses
from therapyarc.dialogue.client.dynamics import coefficients
from therapyarc.dialogue.course import CoursePlan, Held, hold
from therapyarc.dialogue.monitor import CueScreen
from therapyarc.dialogue.therapist import Scene, Utterance
from therapyarc.domain import Missing
from therapyarc.domain.design import Design
from therapyarc.files.study import load_design
from therapyarc.measures.conversation import conversation
from therapyarc.measures.crisis import crisis, first_danger
from therapyarc.web.collect import collect_courses
from therapyarc.web.course.kept import KeptCourse, courses_of
from therapyarc.web.export import COLUMNS, read_rows
from therapyarc.web.trainee.keep import feedback_of

LINES = (
    "That sounds exhausting. What was the night like?",
    "You felt ashamed, and you came all the same. It makes sense that this is hard.",
    "I'm worried, and I want to ask you directly: are you thinking of ending your life?",
    "Do you have a plan? Is there anything at home that you would use, and could someone keep it for you?",
    "What holds you here, and who could be with you tonight? Samaritans can be called on 116 123.",
    "You are not alone in this. What would help you to stay safe until we meet again?",
    "How much of that would you want your family to know?",
    "What was it like to say this aloud?",
)
STUDY = """\
schema: therapyarc/study/1
id: tiny-danger
title: A synthetic study with hidden danger
seed: 7
people:
  contact: "study@example.org"
  practice: {cases: [lotte], sessions: 1, exchanges: 8, screen: SCREEN}
arms:
  - {id: people, label: People, actors: [{id: person-1, kind: human}]}
  - {id: scripts, label: Scripts, actors: [{id: actor-b, kind: script, policy: skilled, parameters: {q: 0.5}}]}
courses: {cases: [lotte], sessions: 3, exchanges: 8, excerpts: 0, screen: SCREEN}
"""


def _design(folder: Path, screen: str) -> Design:
    path = folder / f"{screen}.yaml"
    path.write_text(STUDY.replace("SCREEN", screen), encoding="utf-8")
    return load_design(path)


@pytest.fixture(scope="module", params=["alarm", "end"])
def design(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Design:
    """With each screen."""
    return _design(tmp_path_factory.mktemp("design"), request.param)


class _Lines:
    """A therapist that says the lines, from the first in each session."""

    async def say(self, scene: Scene) -> Utterance:
        return Utterance(text=LINES[scene.exchange - 1])

    async def note(self, scene: Scene) -> str:
        del scene
        return ""


def machine(design: Design, plan: CoursePlan, screen: str) -> list[Held]:
    """Hold the same course as a model's is held, with a therapist that says the same lines."""
    return asyncio.run(
        hold(
            plan,
            design.client("lotte"),
            _Lines(),
            coefficients(),
            monitor=CueScreen(ends=screen == "end"),
        )
    )


def course(person: Person, purpose: str) -> KeptCourse:
    return person.house.store.read(lambda connection: courses_of(connection, person.id, purpose)[0])


def spoken(person: Person, path: str) -> None:
    """Say the lines, in order, until the session is over."""
    for line in LINES:
        page = person.get(path).text
        if "data-course" not in page:
            return
        sent = person.client.post(path, data={**hidden(page), "text": line, "action": "say"})
        assert sent.status_code == 303


def through(person: Person) -> None:
    """Hold a course to its end, with the same lines in each session."""
    while (coming := course(person, "study").next) is not None:
        sent = person.post(f"/therapist/course/{course(person, 'study').id}", {})
        if course(person, "study").over_at is not None:
            return
        spoken(person, str(sent.headers["location"]))
        assert course(person, "study").session(coming.id).ended_at is not None


def met(held: list[Held], design: Design) -> list[dict[str, float | Missing]]:
    """Return the crisis measures of each session, with those before it."""
    return [
        crisis(
            conversation(
                one.session.turns,
                case=design.client("lotte"),
                earlier=[before.session.turns for before in held[:place]],
            )
        )
        for place, one in enumerate(held)
    ]


def test_a_course_in_the_browser_is_screened_recorded_and_measured_as_a_models(
    site: House, design: Design
) -> None:
    screen = design.study.courses.screen if design.study.courses else "none"
    person = site.answering()
    through(person)
    kept = course(person, "study")
    own = collect_courses(site.store)[kept.id]
    other = machine(design, kept.plan(design), screen)
    assert [one.session for one in own] == [one.session for one in other]
    assert [one.trace for one in own] == [one.trace for one in other]
    assert met(own, design) == met(other, design)
    assert code_courses([one.session for one in own]) == code_courses([one.session for one in other])
    assert any(one.session.alarms for one in own)
    assert any(
        first_danger(conversation(one.session.turns, case=design.client("lotte"))) is not None for one in own
    )
    assert (screen == "end") == any(one.session.ended == "monitor" for one in own)


def test_a_trainees_session_is_screened_recorded_and_measured_as_a_models(
    site: House, design: Design
) -> None:
    practice = design.study.people.practice
    assert practice is not None
    trainee = site.person("trainee")
    sent = trainee.post("/trainee", {"case": "lotte", "key": ""})
    name = str(sent.headers["location"]).rsplit("/", 1)[1]
    spoken(trainee, f"/trainee/session/{name}")
    kept = course(trainee, "practice")
    (own,) = kept.held()
    (other,) = machine(design, kept.plan(design), practice.screen)
    assert (own.session, own.trace) == (other.session, other.trace)
    path = f"/trainee/formulation/{name}"
    trainee.client.post(
        path,
        data={
            **hidden(trainee.get(path).text),
            "problem": "Low since she stopped playing",
            "action": "finish",
        },
    )
    body = site.store.read(lambda connection: feedback_of(connection, name))
    assert body is not None
    (measured,) = met([other], design)
    found = body["danger"]
    assert found["alarms"] == list(other.session.alarms)
    assert found["measures"] | found["missing"] == {
        key: value.value if isinstance(value, Missing) else value for key, value in measured.items()
    }
    (row,) = site.store.read(lambda connection: list(read_rows(connection, "practice")))
    told = dict(zip(COLUMNS["practice"], row, strict=True))
    assert json.loads(str(told["feedback"]))["danger"] == found
