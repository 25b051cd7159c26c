"""Faults of a study file that no schema can see: names that lead nowhere, and combinations that mean nothing.

These checks read the raw data and pass over what is malformed, so that they run beside the schema's and one reading
of the file finds all its faults.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from therapyarc.files.errors import Fault
from therapyarc.files.library import policy_ids
from therapyarc.files.located import Located, Place

__all__ = ["reference_faults"]

_UNIQUE: tuple[tuple[str, ...], ...] = (
    ("arms",),
    ("arms", "actors"),
    ("conditions",),
    ("raters",),
    ("coders",),
    ("estimands",),
    ("corpora",),
)

_REFERENCES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("conditions",), "arms", "arms"),
    (("administrations",), "conditions", "conditions"),
    (("administrations",), "corpus", "corpora"),
    (("arms", "actors"), "corpus", "corpora"),
    (("estimands",), "first", "arms"),
    (("estimands",), "second", "arms"),
    (("estimands",), "condition", "conditions"),
    (("estimands",), "baseline", "conditions"),
)

_BOUNDS: tuple[tuple[tuple[str, ...], str, float, float], ...] = (
    (("raters",), "share", 1e-9, 1.0),
    (("raters",), "repeats", 1, 100),
    (("coders",), "batch", 1, 100),
    (("coders",), "repeats", 1, 100),
    (("coders",), "temperature", 0, 5),
    (("arms", "actors"), "temperature", 0, 5),
    (("arms", "actors"), "max_tokens", 1, 1_000_000),
)

_NEEDS = {"model": "model", "script": "policy", "archive": "corpus"}


def reference_faults(located: Located) -> tuple[Fault, ...]:
    """Return every name that leads nowhere, number out of range, and combination without meaning."""
    if not isinstance(located.data, dict):
        return ()
    checks = (
        _duplicates,
        _dead_references,
        _numbers,
        _actors,
        _raters,
        _coders,
        _estimands,
        _headline,
        _trial,
        _people,
    )
    return tuple(fault for check in checks for fault in check(located))


def _rows(data: Any, *path: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield (place, mapping) for every mapping in the list of lists at `path`."""
    if not isinstance(data, dict) or not isinstance(data.get(path[0]), list):
        return
    for index, row in enumerate(data[path[0]]):
        if not isinstance(row, dict):
            continue
        if len(path) == 1:
            yield (path[0], index), row
        else:
            for place, inner in _rows(row, *path[1:]):
                yield (path[0], index, *place), inner


def _listed(row: dict[str, Any], field: str) -> list[Any]:
    value = row.get(field)
    return value if isinstance(value, list) else [] if value is None else [value]


def _duplicates(located: Located) -> Iterator[Fault]:
    for path in _UNIQUE:
        seen: set[str] = set()
        for place, row in _rows(located.data, *path):
            name = row.get("id")
            if not isinstance(name, str):
                continue
            if name in seen:
                yield located.fault(
                    (*place, "id"), "is the id of another one already; ids must be unique", name
                )
            seen.add(name)


def _dead_references(located: Located) -> Iterator[Fault]:
    for path, field, target in _REFERENCES:
        known = [row.get("id") for _, row in _rows(located.data, target)]
        if target == "conditions" and "conditions" not in located.data:
            known = ["before"]
        there = ", ".join(map(str, known)) or "none"
        for place, row in _rows(located.data, *path):
            for name in _listed(row, field):
                if name not in known:
                    advice = (
                        f"there is no such entry in {target}, which has {there}; correct the name or add it"
                    )
                    yield located.fault((*place, field), advice, name)


def _numbers(located: Located) -> Iterator[Fault]:
    for path, field, low, high in _BOUNDS:
        for place, row in _rows(located.data, *path):
            value = row.get(field)
            if isinstance(value, int | float) and not low <= value <= high:
                yield located.fault((*place, field), f"must lie between {low:g} and {high:g}", value)
    for field, least in (("replicates", 1), ("seed", 0)):
        value = located.data.get(field)
        if isinstance(value, int) and value < least:
            yield located.fault((field,), f"must be {least} or more", value)
    for field in ("arms", "administrations", "conditions"):
        if located.data.get(field) == []:
            yield located.fault((field,), "must not be empty; add one")


def _actors(located: Located) -> Iterator[Fault]:
    for place, row in _rows(located.data, "arms", "actors"):
        needed = _NEEDS.get(str(row.get("kind")))
        if needed and not row.get(needed):
            yield located.fault(place, f"an actor of kind {row['kind']} needs {needed!r}; add it")
        policy = row.get("policy")
        if row.get("kind") == "script" and policy and policy not in policy_ids():
            advice = f"there is no such scripted therapist; there are {', '.join(policy_ids())}"
            yield located.fault((*place, "policy"), advice, policy)
    for place, row in _rows(located.data, "arms"):
        if row.get("actors") == []:
            yield located.fault((*place, "actors"), "must not be empty; add an actor")


def _raters(located: Located) -> Iterator[Fault]:
    for place, row in _rows(located.data, "raters"):
        if row.get("kind") == "model" and not row.get("model"):
            yield located.fault(place, "a rater of kind model needs 'model'; add it")
        if isinstance(row.get("panel"), dict):
            yield from _panel(located, (*place, "panel"), row["panel"], row.get("kind"))
        if row.get("kind") == "human" and row.get("labels", "none") != "none":
            yield from _labels_of_people(located, (*place, "labels"), row)
        if row.get("kind") == "human" and row.get("repeats", 1) != 1:
            advice = "people are given some answers twice by panel.duplicates, and all others once; remove it"
            yield located.fault((*place, "repeats"), advice, row["repeats"])


def _labels_of_people(
    located: Located, place: tuple[str | int, ...], row: Mapping[str, Any]
) -> Iterator[Fault]:
    """Yield what keeps people from a label study: too few of them, or a question that the labels answer."""
    panel: Mapping[str, Any] = row["panel"] if isinstance(row.get("panel"), dict) else {}
    places, overlap = panel.get("places", 1), panel.get("overlap", 1)
    if (
        row["labels"] == "within"
        and isinstance(places, int)
        and isinstance(overlap, int)
        and places < 3 * overlap
    ):
        advice = (
            "each answer is rated under each of three labels, by different people; set panel.places to three times "
            "panel.overlap or more"
        )
        yield located.fault(place, advice, row["labels"])
    if panel.get("guesses", 6) != 0:
        advice = "who was told who speaks cannot be asked to guess it; set panel.guesses: 0"
        yield located.fault(place, advice, row["labels"])


_PANEL = {
    "places": (1, 1000), "overlap": (1, 1000), "cap": (0, 100_000), "training": (0, 20), "calibration": (0, 20),
    "duplicates": (0, 100), "attention": (0, 100), "guesses": (0, 100), "lease_minutes": (1, 100_000),
}  # fmt: skip


def _panel(located: Located, place: Place, panel: dict[str, Any], kind: object) -> Iterator[Fault]:
    if kind != "human":
        yield located.fault(place, "only a rater of kind human has a panel; remove it")
    for field, (low, high) in _PANEL.items():
        value = panel.get(field)
        if isinstance(value, int) and not low <= value <= high:
            yield located.fault((*place, field), f"must lie between {low} and {high}", value)
    places, overlap = panel.get("places", 1), panel.get("overlap", 1)
    if isinstance(places, int) and isinstance(overlap, int) and overlap > places:
        advice = f"more people shall rate each answer than there are ({places}); lower it or raise places"
        yield located.fault((*place, "overlap"), advice, overlap)


def _coders(located: Located) -> Iterator[Fault]:
    for place, row in _rows(located.data, "coders"):
        if row.get("kind") == "model" and not row.get("model"):
            yield located.fault(place, "a coder of kind model needs 'model'; add it")
        if row.get("roles") == []:
            yield located.fault((*place, "roles"), "must not be empty; name therapist, client, or both")
    if located.data.get("coders") and not located.data.get("courses"):
        advice = "coders code the turns of ongoing sessions, and the study holds none; add courses or leave them out"
        yield located.fault(("coders",), advice)


def _estimands(located: Located) -> Iterator[Fault]:
    conditions = list(_rows(located.data, "conditions"))
    for place, row in _rows(located.data, "estimands"):
        change = row.get("contrast") == "change"
        if change and row.get("second"):
            yield located.fault((*place, "second"), "a change has no second side; remove it", row["second"])
        if not change and not row.get("second"):
            yield located.fault(place, "the contrast needs a second side; add 'second' with its arms")
        if change and len(conditions) < 2:
            yield located.fault(place, "a change needs two conditions; add one with training material")
        both = sorted(
            {str(arm) for arm in _listed(row, "first")} & {str(arm) for arm in _listed(row, "second")}
        )
        if both:
            yield located.fault(
                (*place, "second"), "an arm cannot stand on both sides; remove it from one", both
            )


def _headline(located: Located) -> Iterator[Fault]:
    estimands = [row.get("id") for _, row in _rows(located.data, "estimands")]
    headline = located.data.get("headline")
    if headline is not None and headline not in estimands:
        there = ", ".join(map(str, estimands)) or "none"
        yield located.fault(("headline",), f"there is no such estimand; the study has {there}", headline)


def _trial(located: Located) -> Iterator[Fault]:
    """Find arms of a trial that are not there, stand twice, hold no course, or have a therapist where none may be."""
    trial = located.data.get("trial")
    if not isinstance(trial, dict):
        return
    courses = located.data.get("courses")
    if not isinstance(courses, dict):
        yield located.fault(
            ("trial",), "a trial compares courses, and the study holds none; add courses or leave it out"
        )
        return
    arms = {str(row.get("id")): row for _, row in _rows(located.data, "arms")}
    held = {str(name) for name in _listed(courses, "arms")} or set(arms)
    seen: set[str] = set()
    for role in ("therapies", "controls", "untreated"):
        for name in map(str, _listed(trial, role)):
            place = ("trial", role)
            if name not in arms:
                yield located.fault(place, f"there is no such arm; the study has {', '.join(arms)}", name)
                continue
            if name in seen:
                yield located.fault(place, "stands twice in the trial; give each arm one place", name)
            seen.add(name)
            if name not in held:
                yield located.fault(place, "holds no course; name it in the arms of courses", name)
            actors = arms[name].get("actors")
            kinds = (
                {a.get("kind") for a in actors if isinstance(a, dict)} if isinstance(actors, list) else set()
            )
            if role == "untreated" and kinds - {"none"}:
                yield located.fault(place, "has a therapist; an untreated arm's actor is of kind none", name)
            if role != "untreated" and "none" in kinds:
                yield located.fault(place, "has no therapist; list it under untreated", name)
    if trial.get("therapies") == []:
        yield located.fault(("trial", "therapies"), "must not be empty; name an arm")
    if not trial.get("controls") and not trial.get("untreated"):
        yield located.fault(("trial",), "has nothing to compare with; name controls, untreated arms, or both")


def _people(located: Located) -> Iterator[Fault]:
    """Find words of people that would leave this machine without the study's leave."""
    people = located.data.get("people")
    allowed = isinstance(people, dict) and people.get("text_to_models") is True
    practice = people.get("practice") if isinstance(people, dict) else None
    therapists = any(row.get("kind") == "human" for _, row in _rows(located.data, "arms", "actors"))
    if allowed or not (therapists or practice):
        return
    advice = (
        "would send people's words to a model outside this machine; set people.text_to_models to true and say so in the "
        "consent, or use an embedded model, rules or people"
    )
    for field in ("raters", "coders") if therapists else ():
        for place, row in _rows(located.data, field):
            model = row.get("model")
            if isinstance(model, str) and not model.startswith("embedded/"):
                yield located.fault((*place, "model"), advice, model)
    courses = located.data.get("courses")
    for where, holder in (
        (("courses",), courses if therapists else None),
        (("people", "practice"), practice),
    ):
        voice = holder.get("voice") if isinstance(holder, dict) else None
        if isinstance(voice, str) and voice != "scripted" and not voice.startswith("embedded/"):
            yield located.fault((*where, "voice"), advice, voice)
