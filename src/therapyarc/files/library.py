"""What ships with the package, and what a study brings beside its file: instruments, materials, policies."""

import hashlib
import random
import re
from dataclasses import dataclass, replace
from importlib.resources import files as package_files
from itertools import product
from pathlib import Path
from typing import Literal

import yaml

from therapyarc.domain import Instrument, probe_cases, vignettes
from therapyarc.files.errors import Fault, FaultyFileError
from therapyarc.files.located import Located, read_located
from therapyarc.files.validate import validated

__all__ = [
    "Material",
    "instrument_ids",
    "library_path",
    "material_ids",
    "policy_ids",
    "read_instrument",
    "read_material",
]

Shelf = Literal["cases", "instruments", "materials", "policies", "prompts", "published", "studies"]
_SUFFIX: dict[Shelf, str] = {
    "cases": ".yaml",
    "instruments": ".yaml",
    "materials": ".md",
    "policies": ".yaml",
    "prompts": ".md.j2",
    "published": ".yaml",
    "studies": ".yaml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Training material."""

    id: str
    """Library id or path."""
    title: str
    """Title."""
    text: str
    """Text without its front matter."""
    digest: str
    """SHA-256 of the file."""

    def shuffled(self, seed: int) -> str:
        """Return the text with its paragraphs in an order drawn from the seed: same words, no thread."""
        paragraphs = [part for part in self.text.split("\n\n") if part.strip()]
        random.Random(f"{seed}/{self.id}/shuffled paragraphs").shuffle(paragraphs)
        return "\n\n".join(paragraphs)


def library_path(shelf: Shelf, name: str) -> Path:
    """Return the path of a library file, there or not."""
    return Path(str(package_files("therapyarc"))) / "library" / shelf / f"{name}{_SUFFIX[shelf]}"


def _ids(shelf: Shelf) -> tuple[str, ...]:
    folder = library_path(shelf, "any").parent
    return tuple(sorted(path.name.removesuffix(_SUFFIX[shelf]) for path in folder.glob(f"*{_SUFFIX[shelf]}")))


def instrument_ids() -> tuple[str, ...]:
    """Return the ids of the instruments and rubrics that ship with the package."""
    return _ids("instruments")


def material_ids() -> tuple[str, ...]:
    """Return the ids of the training materials that ship with the package."""
    return _ids("materials")


def policy_ids() -> tuple[str, ...]:
    """Return the names of the scripted therapists."""
    return _ids("policies")


def read_instrument(name: str, beside: Path) -> Instrument:
    """Read an instrument by library id, or by a path relative to the folder `beside`.

    Raises
    ------
    FaultyFileError
        If it is not there or does not fit the format.
    """
    path = _find("instruments", name, beside)
    instrument = validated(Instrument, located := read_located(path))
    faults = _made_faults(instrument, located)
    if not faults:
        instrument = _with_made_cases(instrument)
    faults += [
        located.fault(("items", index, "options"), advice, [option.id for option in item.options])
        for index, item in enumerate(instrument.items)
        if instrument.kind == "choice"
        for advice in _choice_faults(instrument, index)
    ]
    if instrument.kind == "choice" and instrument.scoring is None:
        faults.append(
            located.fault(("scoring",), "a choice instrument needs scoring: {rule, points_per_item}")
        )
    if instrument.kind == "rubric" and len(instrument.anchors) < 2:
        faults.append(located.fault(("anchors",), "a rubric needs at least two anchors"))
    if instrument.unit == "session" and (
        instrument.kind != "rubric" or instrument.rates or instrument.uses_key
    ):
        advice = "is for rubrics that rate sessions alone: leave rates empty, and uses_key out"
        faults.append(located.fault(("unit",), advice, instrument.unit))
    if instrument.window < 0 or (instrument.window and instrument.unit != "session"):
        advice = "must be 0 or more, and stands with unit: session alone"
        faults.append(located.fault(("window",), advice, instrument.window))
    for field, ids in (
        ("items", [i.id for i in instrument.items]),
        ("cases", [c.id for c in instrument.cases]),
    ):
        if len(set(ids)) < len(ids):
            faults.append(located.fault((field,), "ids must be unique", ids))
    if faults:
        raise FaultyFileError(tuple(faults))
    return instrument


def _with_made_cases(instrument: Instrument) -> Instrument:
    """Return the instrument with the cases that its grammar or its pairs of probes make."""
    made = () if instrument.grammar is None else vignettes(instrument.grammar)
    made += () if instrument.probes is None else probe_cases(instrument.probes)
    return replace(instrument, cases=(*instrument.cases, *made)) if made else instrument


_SLOT = re.compile(r"\{(\w*)\}")


def _made_faults(instrument: Instrument, located: Located) -> list[Fault]:
    """Return what keeps vignettes and probes from being made, and what makes a survey or a check mean nothing."""
    faults = []
    for wanted, kind, field in (
        (instrument.grammar, "survey", "grammar"),
        (instrument.probes, "open", "probes"),
        (instrument.checks, "rubric", "checks"),
    ):
        if wanted and instrument.kind != kind:
            faults.append(located.fault((field,), f"stands with kind: {kind} alone", instrument.kind))
    if instrument.kind == "survey":
        faults += _survey_faults(instrument, located)
    if instrument.probes is not None:
        probes = instrument.probes
        faults += [
            located.fault(
                ("probes", "pairs", index, "due"), "is empty, and probes.due has no such symptom", p.symptom
            )
            for index, p in enumerate(probes.pairs)
            if not (p.due or probes.due.get(p.symptom))
        ]
    if instrument.checks and [anchor.value for anchor in instrument.anchors] != [0, 1]:
        got = [anchor.value for anchor in instrument.anchors]
        faults.append(located.fault(("anchors",), "a check has two, 0 for no and 1 for yes", got))
    return faults


def _survey_faults(instrument: Instrument, located: Located) -> list[Fault]:
    faults = [
        located.fault(
            ("items", index, "options"), f"item {item.id} needs four options or more and one that abstains"
        )
        for index, item in enumerate(instrument.items)
        if len(item.options) < 5
        or sum(option.abstains for option in item.options) != 1
        or item.asks != "opinion"
    ]
    grammar = instrument.grammar
    if grammar is None:
        return [*faults, located.fault(("grammar",), "a survey needs one: it makes the vignettes")]
    traits = {trait.id: [value.id for value in trait.values] for trait in grammar.traits}
    if unknown := sorted({grammar.condition, *grammar.names.by} - set(traits)):
        return [*faults, located.fault(("grammar", "traits"), "has no such trait", ", ".join(unknown))]
    if grammar.control not in traits[grammar.condition]:
        faults.append(located.fault(("grammar", "control"), "is no value of the condition", grammar.control))
    filled = {"name", *traits, *(slot for t in grammar.traits for v in t.values for slot in v.words)}
    texts = [grammar.text, *(value.text for trait in grammar.traits for value in trait.values)]
    if unknown := sorted({slot for text in texts for slot in _SLOT.findall(text)} - filled):
        faults.append(located.fault(("grammar", "text"), "nothing fills these slots", ", ".join(unknown)))
    needed = [" ".join(values) for values in product(*(traits[trait] for trait in grammar.names.by))]
    if absent := [combination for combination in needed if not grammar.names.given.get(combination)]:
        faults.append(located.fault(("grammar", "names", "given"), "no name for these", ", ".join(absent)))
    return faults


def _choice_faults(instrument: Instrument, index: int) -> list[str]:
    item, points = instrument.items[index], instrument.scoring.points_per_item if instrument.scoring else 0
    advice = []
    if len({option.id for option in item.options}) < max(2, len(item.options)):
        advice.append(f"item {item.id} needs two or more options with ids of their own")
    if sum(option.correct for option in item.options) != 1:
        advice.append(f"item {item.id} needs exactly one option marked correct")
    if any(option.credit > points or option.credit < 0 for option in item.options):
        advice.append(f"item {item.id}: credit must lie between 0 and points_per_item ({points})")
    return advice


def read_material(name: str, beside: Path) -> Material:
    """Read training material by library id, or by a path relative to the folder `beside`.

    Raises
    ------
    FaultyFileError
        If it is not there.
    """
    path = _find("materials", name, beside)
    raw = path.read_bytes()
    text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    title = name
    if text.startswith("---\n") and "\n---\n" in text:
        front, text = text[4:].split("\n---\n", 1)
        title = str((yaml.safe_load(front) or {}).get("title", name))
    return Material(id=name, title=title, text=text.strip(), digest=hashlib.sha256(raw).hexdigest())


def _find(shelf: Shelf, name: str, beside: Path) -> Path:
    suffix = _SUFFIX[shelf]
    path = beside / name if name.endswith(suffix) else library_path(shelf, name)
    if path.is_file():
        return path
    known = ", ".join(_ids(shelf)) or "nothing yet"
    advice = f"there is no {shelf[:-1]} {name!r}; the library has {known}; or give a path ending in {suffix}"
    raise FaultyFileError((Fault(file=str(path), line=None, field="", got="", advice=advice),))
