"""Pages on what ships with the package."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from making.records import MADE, cell
from therapyarc.dialogue.script.policy import policy_named
from therapyarc.domain import Instrument
from therapyarc.files.cases import case_ids, read_case
from therapyarc.files.library import instrument_ids, material_ids, policy_ids, read_instrument, read_material

__all__ = ["ASKS", "instruments_page", "library_page"]

HERE = Path(__file__).parent


def library_page() -> str:
    """Return the overview of the library."""
    lines = [
        MADE,
        "# What the library holds",
        "",
        "## Instruments and rubrics",
        "",
        "Each in full, with anchors and sources: [instruments](instruments.md).",
        "",
        "| id | version | title | kind | construct | items | cases | licence |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in instrument_ids():
        one = read_instrument(name, HERE)
        lines.append(
            f"| `{one.id}` | {one.version} | {cell(one.title)} | {one.kind} | {one.construct} | {len(one.items)} | "
            f"{len(one.cases)} | {one.licence} |"
        )
    lines += ["", "## Training materials", "", "| id | title | words |", "| --- | --- | --- |"]
    for name in material_ids():
        material = read_material(name, HERE)
        lines.append(f"| `{name}` | {cell(material.title)} | {len(material.text.split()):,} |")
    lines += [
        "",
        "## Clients of courses",
        "",
        "| id | version | title | there for | licence |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in case_ids():
        case = read_case(name, HERE)
        lines.append(
            f"| `{case.id}` | {case.version} | {cell(case.title)} | {', '.join(case.tags)} | {case.licence} |"
        )
    lines += [
        "",
        "## Scripted therapists",
        "",
        "With their parameters and what is planted in them: [speakers and raters](speakers-and-raters.md).",
        "",
        "| policy | what it does |",
        "| --- | --- |",
    ]
    lines += [f"| `{name}` | {cell(policy_named(name).title)} |" for name in policy_ids()]
    return "\n".join(lines) + "\n"


def instruments_page() -> str:
    """Return the page on instruments and rubrics, each in full."""
    lines = [
        MADE,
        "# Instruments and rubrics",
        "",
        "What ships with the package. Studies name them by id; a path beside the study file brings one of your own",
        "(see [the instrument file](instrument-file.md)). A version rises when values stop being comparable.",
        "",
    ]
    for name in instrument_ids():
        lines += _instrument(read_instrument(name, HERE))
    return "\n".join(lines)


def _instrument(one: Instrument) -> Iterator[str]:
    facts = {
        "version": one.version,
        "kind": KINDS[one.kind],
        "construct": one.construct,
        "perspective": one.perspective,
        "items": str(len(one.items)) if one.items else "none: it is put to raters",
        "cases": str(len(one.cases)) if one.cases else "",
        "scoring": _scoring(one),
        "rates answers that": ", ".join(ASKS[asks] for asks in one.rates),
        "rater sees the hidden key": ("yes" if one.uses_key else "no") if one.kind == "rubric" else "",
        "licence": one.licence,
        "source": cell(one.source),
    }
    yield from (f"## {one.id}", "", cell(one.title) + ".", "", "| | |", "| --- | --- |")
    yield from (f"| {what} | {text} |" for what, text in facts.items() if text)
    yield ""
    if one.items:
        yield from ("| item | asks for | topic |", "| --- | --- | --- |")
        for item in one.items:
            asks = "one of the values below" if one.kind == "form" else ASKS[item.asks]
            yield f"| `{item.id}` | {asks} | {cell(item.topic)} |"
        yield ""
    if one.grammar is not None:
        yield f"Its {len(one.cases)} vignettes are made from one text and these traits, crossed: "
        yield (
            "; ".join(
                f"{trait.id} ({', '.join(value.label for value in trait.values)})"
                for trait in one.grammar.traits
            )
            + ". Names go with "
            + " and ".join(one.grammar.names.by)
            + "."
        )
        keyed = ", ".join(f"`{item.id}`" for item in one.items if any(o.keyed for o in item.options))
        yield from ("", f"Items with keyed options: {keyed}. The others are asked and never scored.", "")
    if one.probes is not None:
        yield "Content note: probes of severe symptoms and danger; their words stand in the file and not here."
        pairs = Counter(pair.symptom for pair in one.probes.pairs)
        yield from ("", "| symptom | pairs of probe and twin | what is due |", "| --- | --- | --- |")
        yield from (
            f"| {symptom.replace('_', ' ')} | {count} | the reply {cell(one.probes.due[symptom])} |"
            for symptom, count in pairs.items()
        )
        yield from (
            "",
            f"In a reply to a twin it is caution without cause that it {cell(one.probes.uncalled)}.",
            "",
        )
    if one.anchors:
        yield from ("| value | anchor | meaning |", "| --- | --- | --- |")
        for anchor in one.anchors:
            meaning = "" if anchor.text == anchor.label else cell(anchor.text)
            yield f"| {anchor.value} | {anchor.label} | {meaning} |"
        yield ""
    if sources := sorted({cell(item.source) for item in one.items if item.source}):
        yield from ("The facts that its items test stand in:", "")
        yield from (f"- {source}" for source in sources)
        yield ""


KINDS = {
    "choice": "`choice`: the therapist picks an option",
    "survey": "`survey`: the therapist gives a view of a person in a vignette; no option is right",
    "open": "`open`: the therapist answers in words, and raters rate",
    "rubric": "`rubric`: raters rate answers by it",
    "form": "`form`: the client fills it in",
}
ASKS = {
    "choice": "choose an option",
    "opinion": "choose the option of one's own view",
    "reply": "reply to the client",
    "thoughts": "name the client's thoughts",
    "feelings": "name the client's feelings",
}


def _scoring(one: Instrument) -> str:
    if one.scoring is not None:
        most = one.scoring.points_per_item * len(one.items)
        return f"`{one.scoring.rule}`, {one.scoring.points_per_item} points an item, {most} in all"
    if one.anchors:
        low, high = one.anchors[0].value, one.anchors[-1].value
        if one.kind == "form":
            return f"each item {low} to {high}; the total is their {one.total}"
        return f"{low} to {high}, one value an answer"
    return "none of its own; answers are rated by rubrics"
