"""Cases of clients: those of the library and a user's own, each one YAML file, with all its faults told at once."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from therapyarc.domain.client import ClientCase
from therapyarc.files.errors import Fault, FaultyFileError
from therapyarc.files.library import library_path
from therapyarc.files.located import Located, read_located
from therapyarc.files.validate import validated
from therapyarc.text import FAMILIES

__all__ = ["case_ids", "is_case", "read_case"]

FACTS = 15
"""A complete case has at least so many facts."""


def case_ids() -> tuple[str, ...]:
    """Return the ids of the cases that ship with the package."""
    folder = library_path("cases", "any").parent
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def read_case(name: str, beside: Path) -> ClientCase:
    """Read a case by library id, or by a path (ending in .yaml) relative to the folder `beside`.

    Raises
    ------
    FaultyFileError
        If it is not there, or with everything that it lacks.
    """
    path = beside / name if name.endswith(".yaml") else library_path("cases", name)
    if not path.is_file():
        advice = f"there is no case {name!r}; the library has {', '.join(case_ids())}; or give a path ending in .yaml"
        raise FaultyFileError((Fault(file=str(path), line=None, field="", got="", advice=advice),))
    located = read_located(path)
    return validated(ClientCase, located, _lacks(located))


def is_case(path: Path) -> bool:
    """Say whether a file calls itself a case; a file that cannot be read is none."""
    try:
        head = path.read_text(encoding="utf-8", errors="replace")[:4000]
    except OSError:
        return False
    return "schema: therapyarc/case/" in head


def _lacks(located: Located) -> tuple[Fault, ...]:
    """Return what no schema can say: too few facts, thresholds that contradict depth, words that do not fit."""
    if not isinstance(located.data, dict):
        return ()
    data: dict[str, Any] = located.data
    facts = [fact for fact in data.get("facts") or () if isinstance(fact, dict)]
    return tuple(
        fault for check in (_counts, _thresholds, _feelings, _ranges) for fault in check(located, data, facts)
    )


def _counts(located: Located, data: dict[str, Any], facts: list[dict[str, Any]]) -> Iterator[Fault]:
    if len(facts) < FACTS:
        yield located.fault(("facts",), f"a complete case has {FACTS} facts or more", len(facts))
    depths = {fact.get("depth") for fact in facts}
    if missing := [depth for depth in range(4) if depth not in depths]:
        yield located.fault(
            ("facts",), f"there must be facts of every depth from 0 to 3; none has {missing}", ""
        )
    for kind in ("facts", "beliefs", "activities", "weeks"):
        ids = Counter(entry.get("id") for entry in data.get(kind) or () if isinstance(entry, dict))
        if twice := [name for name, count in ids.items() if count > 1]:
            yield located.fault((kind,), "ids must be unique", twice)
        if not ids:
            yield located.fault((kind,), "there must be at least one", "")
    if not data.get("resists"):
        yield located.fault(("resists",), "name at least one kind of resistance", "")


def _thresholds(located: Located, _: dict[str, Any], facts: list[dict[str, Any]]) -> Iterator[Fault]:
    known = [
        (fact["depth"], fact["trust"])
        for fact in facts
        if isinstance(fact.get("depth"), int) and isinstance(fact.get("trust"), int | float)
    ]
    for place, fact in enumerate(facts):
        trust, depth = fact.get("trust"), fact.get("depth")
        if not isinstance(trust, int | float) or not isinstance(depth, int):
            continue
        if not 0 <= trust <= 1:
            yield located.fault(("facts", place, "trust"), "must lie between 0 and 1", trust)
        shallower = max((other for layer, other in known if layer <= depth - 2), default=0)
        if trust < shallower:
            advice = f"a fact may not be told more easily than facts two layers nearer to the surface (up to {shallower})"
            yield located.fault(("facts", place, "trust"), advice, trust)


def _feelings(located: Located, _: dict[str, Any], facts: list[dict[str, Any]]) -> Iterator[Fault]:
    for place, fact in enumerate(facts):
        for family in fact.get("feels") or ():
            if family not in FAMILIES:
                advice = f"unknown feeling; there are {', '.join(FAMILIES)}"
                yield located.fault(("facts", place, "feels"), advice, family)


def _ranges(located: Located, data: dict[str, Any], _: list[dict[str, Any]]) -> Iterator[Fault]:
    traits, bank = data.get("traits"), data.get("bank")
    for name, value in traits.items() if isinstance(traits, dict) else ():
        if isinstance(value, int | float) and not 0 <= value <= 1:
            yield located.fault(("traits", name), "must lie between 0 and 1", value)
    lines = bank.get("resist") if isinstance(bank, dict) else None
    for kind in data.get("resists") or ():
        if isinstance(lines, dict) and not lines.get(kind):
            advice = f"has no line for {kind!r}, which stands under `resists`"
            yield located.fault(("bank", "resist"), advice, "")
