"""Cases of clients: those of the library and a user's own, each one YAML file, with all its faults told at once."""

from collections import Counter
from pathlib import Path
from typing import Any

from therapyarc.domain.client import ClientCase
from therapyarc.files.errors import Fault, FaultyFileError
from therapyarc.files.library import library_path
from therapyarc.files.located import Located, read_located
from therapyarc.files.validate import validated
from therapyarc.text import FAMILIES

__all__ = ["case_ids", "read_case"]

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


def _lacks(located: Located) -> tuple[Fault, ...]:
    """Return what no schema can say: too few facts, thresholds that contradict depth, words that do not fit."""
    data: Any = located.data
    if not isinstance(data, dict):
        return ()
    facts = [fact for fact in data.get("facts") or () if isinstance(fact, dict)]
    faults = []

    def fault(place: tuple[str | int, ...], advice: str, got: object = "") -> None:
        faults.append(located.fault(place, advice, got))

    if len(facts) < FACTS:
        fault(("facts",), f"a complete case has {FACTS} facts or more", len(facts))
    depths = Counter(fact.get("depth") for fact in facts)
    if missing := [depth for depth in range(4) if not depths[depth]]:
        fault(("facts",), f"there must be facts of every depth from 0 to 3; none has {missing}")
    for kind in ("facts", "beliefs", "activities", "weeks"):
        ids = Counter(entry.get("id") for entry in data.get(kind) or () if isinstance(entry, dict))
        if twice := [name for name, count in ids.items() if count > 1]:
            fault((kind,), "ids must be unique", twice)
        if not ids:
            fault((kind,), "there must be at least one")
    for place, fact in enumerate(facts):
        trust, depth = fact.get("trust"), fact.get("depth")
        if isinstance(trust, int | float) and not 0 <= trust <= 1:
            fault(("facts", place, "trust"), "must lie between 0 and 1", trust)
        shallower = [
            other["trust"]
            for other in facts
            if isinstance(other.get("trust"), int | float)
            and isinstance(other.get("depth"), int)
            and isinstance(depth, int)
            and other["depth"] <= depth - 2
        ]
        if isinstance(trust, int | float) and shallower and trust < max(shallower):
            advice = "a fact may not be told more easily than facts two layers nearer to the surface"
            fault(("facts", place, "trust"), f"{advice} (up to {max(shallower)})", trust)
        for family in fact.get("feels") or ():
            if family not in FAMILIES:
                fault(("facts", place, "feels"), f"unknown feeling; there are {', '.join(FAMILIES)}", family)
    for name, value in (data.get("traits") or {}).items():
        if isinstance(value, int | float) and not 0 <= value <= 1:
            fault(("traits", name), "must lie between 0 and 1", value)
    bank = data.get("bank") or {}
    lines = bank.get("resist") or {} if isinstance(bank, dict) else {}
    for kind in data.get("resists") or ():
        if isinstance(lines, dict) and not lines.get(kind):
            fault(("bank", "resist"), f"has no line for {kind!r}, which stands under `resists`")
    if not data.get("resists"):
        fault(("resists",), "name at least one kind of resistance")
    return tuple(faults)
