"""A house full of people, one of each role and the owners of everything that a route can name."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from fakes.visitors import MATERIAL, RATED, House, Person, hidden, post_replies
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.course.kept import courses_of
from therapyarc.web.pages import Page
from therapyarc.web.permission import Role
from therapyarc.web.trainee.feedback import FIELDS

__all__ = ["OWNERS", "ROLES", "belonging", "crowd", "crowd_study", "named", "path_of", "settled"]

ROLES: tuple[Role, ...] = ("therapist", "rater", "trainee", "researcher")
OWNERS = {"therapist": "owner", "rater": "owner of ratings", "trainee": "practiser"}
"""Who owns what the routes of a role name."""
_PRACTICE = "practice: {cases: [nadia], sessions: 1, exchanges: 2}, "
_COURSES = "courses: {cases: [nadia], sessions: 2, exchanges: 2, excerpts: 0, arms: [people]}\n"


def crowd_study(overlap: int = 1) -> str:
    """Return a study file in which every route leads somewhere."""
    alone = RATED.replace(
        "overlap: 2, training: 2, calibration: 1", f"overlap: {overlap}, training: 0, calibration: 0"
    )
    return alone.replace("people: {", "people: {" + _PRACTICE) + _COURSES


@contextmanager
def crowd(
    folder: Path,
    url: str,
    *,
    study: str = "",
    reply: str = "",
    at: str = "http://testserver",
    locales: Path | None = None,
) -> Iterator[dict[str, Person]]:
    """Open a house with its owners of objects, one of each other role, and a stranger.

    Parameters
    ----------
    folder
        Where the study lies.
    url
        Of the database.
    study
        The study file; empty for that of `crowd_study`.
    reply
        What the raters rate; empty for harmless sentences.
    at
        Address of the site.
    locales
        Folder of the languages; none for those that are shipped.
    """
    (folder / "study.yaml").write_text(study or crowd_study(), encoding="utf-8")
    (folder / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    design = load_design(folder / "study.yaml")
    with Store(url) as store, House(design, store, folder, url=at, locales=locales) as house:
        post_replies(house, 2, reply)
        people: dict[str, Person] = {"owner": house.person(), "owner of ratings": house.person("rater")}
        people["practiser"] = house.person("trainee")
        people["practiser"].post("/trainee", {"case": "nadia"})
        people.update({role: house.person(role) for role in ROLES})
        yield {**people, "stranger": house.stranger()}


def named(page: Page) -> str:
    """Return a route's name for the list of tests."""
    return f"{page.method} {page.path}"


def path_of(page: Page, owner: Person | None) -> str:
    """Return the path with an object of `owner` in it, or one that is nobody's."""
    if "{id}" not in page.path:
        return page.path
    name = "0" * 16 if owner is None else belonging(page.path, owner)
    return page.path.replace("{id}", name)


def belonging(path: str, owner: Person) -> str:
    """Return the id of something of the owner's that the path can name."""
    if path.startswith("/rater/"):
        return owner.onward().rsplit("/", 1)[1]
    if path.startswith("/trainee") or "/course/" in path or "/session/" in path:
        purpose = "practice" if path.startswith("/trainee") else "study"
        course = owner.house.store.read(lambda connection: courses_of(connection, owner.id, purpose))[0]
        return course.id if "/course/" in path else course.sessions[0].id
    kind = "material" if "material" in path else "item"
    return next(step.id for step in owner.steps().every if step.kind == kind)


def settled(people: Mapping[str, Person], words: str, practised: str, formulated: Sequence[str] = ()) -> None:
    """Let the therapist enter `words`, and the trainee `practised` and `formulated`, in every field that takes text."""
    writer = people["owner"].background()
    for step in writer.items():
        value = step.options[0] if step.options else words
        assert writer.answer(step, value, 0, f"settled {step.id}").status_code == 200
    _meet(writer, "/therapist", "study", words)
    trainee = people["practiser"]
    session = _meet(trainee, "/trainee", "practice", practised)
    path = f"/trainee/formulation/{session}"
    texts = formulated or (practised,)
    fields = {name: texts[place % len(texts)] for place, name in enumerate(FIELDS)}
    sent = trainee.client.post(path, data={**hidden(trainee.get(path).text), **fields, "action": "finish"})
    assert sent.status_code == 303, sent.text


def _meet(person: Person, base: str, purpose: str, words: str) -> str:
    """Hold the first session to its end with the same words, note them as well, and return its id."""
    course = person.house.store.read(lambda connection: courses_of(connection, person.id, purpose))[0]
    session = course.sessions[0].id
    path = f"{base}/session/{session}"
    person.post(f"{base}/course/{course.id}", {})
    while "data-course" in (page := person.get(path).text):
        sent = person.client.post(path, data={**hidden(page), "text": words, "action": "say"})
        assert sent.status_code == 303, sent.text
    if purpose == "study":
        sent = person.client.post(f"{path}/notes", data={**hidden(page), "notes": words})
        assert sent.status_code == 303, sent.text
    return session
