"""A study as named lines, so that two versions of it can be held against each other word by word."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from therapyarc.domain.design import Design

__all__ = ["PART", "settings_of"]

PART = ""
"""Value of the line that says that a part is there (an arm, a rater, courses). Its own lines begin with its name."""

_ELSEWHERE = frozenset({"schema", "id", "title", "seed", "estimands", "headline", "exclusions", "trial"})
"""What a plan holds by itself."""
_NO_MATTER = frozenset({"notice", "prices", "currency", "limits"})
"""What changes neither what is gathered nor what is found."""
_ONE = {
    "arms": "arm",
    "actors": "actor",
    "administrations": "instrument",
    "coders": "coder",
    "conditions": "condition",
    "corpora": "corpus",
    "raters": "rater",
}
_NAMES = ("id", "instrument")
"""What a record in a list is named by."""
_LONG = 120


def settings_of(design: Design) -> dict[str, str]:
    """Return all that decides what is gathered and measured: name of the setting to its value in words.

    What is not set has no line. A part that is there at all (an arm, a rater, courses) has a line of its own with an empty
    value. Files that the study refers to stand with the digest of their content.
    """
    study = {
        name: value
        for name, value in asdict(design.study).items()
        if name not in _ELSEWHERE and name not in _NO_MATTER
    }
    for rater in study["raters"]:
        if rater["kind"] != "human":
            del rater["panel"]
    return dict(sorted([*_flat("", study), *_contents(design)]))


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    if value is None or value in ("", (), [], {}):
        return
    if isinstance(value, Mapping):
        if name:
            yield name, PART
        for key, own in value.items():
            if key not in _NAMES:
                yield from _flat(_joined(name, str(key).replace("_", " ")), own)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from _listed(name, value)
    else:
        yield name, _short(value)


def _listed(name: str, values: Sequence[object]) -> Iterator[tuple[str, str]]:
    """Name records by their id, so that one more or one less moves no other; all else is one line in its order."""
    records = [one for one in values if isinstance(one, Mapping)]
    if not records:
        yield name, _short(", ".join(map(str, values)))
        return
    above, _, last = name.rpartition(": ")
    seen: dict[str, int] = {}
    for one in records:
        own = next((str(one[key]) for key in _NAMES if one.get(key)), "")
        seen[own] = seen.get(own, 0) + 1
        again = f" ({seen[own]})" if seen[own] > 1 else ""
        yield from _flat(_joined(above, f"{_ONE.get(last, last)} {own}{again}".strip()), dict(one))


def _joined(above: str, name: str) -> str:
    return f"{above}: {name}" if above else name


def _short(value: object) -> str:
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONG else f"{text[:60]}… ({len(text)} characters, {_sha(text)})"


def _contents(design: Design) -> Iterator[tuple[str, str]]:
    for kind, records in (
        ("instrument", design.instruments),
        ("rubric", design.rubrics),
        ("form", design.forms),
        ("probes", () if design.probes is None else (design.probes,)),
    ):
        for number, one in enumerate(records, start=1):
            again = sum(other.id == one.id for other in records[:number])
            named = f"{kind} {one.id}" + (f" ({again})" if again > 1 else "")
            yield f"content of {named}", _digest(asdict(one))
    for name, case in (design.cases | design.practice_cases).items():
        yield f"content of case {name}", _digest(asdict(case))
    for condition, text in design.materials.items():
        yield f"content of the material of condition {condition}", _sha(text)
    for corpus, archives in design.archives.items():
        yield f"content of corpus {corpus}", _digest([asdict(one) for one in archives])


def _digest(data: object) -> str:
    return _sha(json.dumps(data, sort_keys=True, ensure_ascii=False, default=str))


def _sha(text: str) -> str:
    return f"sha256 {hashlib.sha256(text.encode()).hexdigest()[:12]}…"
