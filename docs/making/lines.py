"""The page on open questions."""

from collections.abc import Iterator
from dataclasses import fields

from making.records import MADE, cell
from therapyarc.domain.line import Line, Needs
from therapyarc.files.lines import read_lines
from therapyarc.measures import every_measure

__all__ = ["lines_page"]


def lines_page() -> str:
    """Return the page on open questions: an overview, then each with all that is known of it."""
    lines = read_lines()
    text = [
        MADE,
        "# Lines: open questions",
        "",
        "What the field does not know, what would answer it, and what others found. `therapyarc lines` lists them,",
        '`therapyarc lines 4` shows one, `therapyarc lines "does advice come too early?"` finds those that are near, and',
        "`--study study.yaml` says what a design can answer before it is run, `--run FOLDER` what a finished run found. A",
        "report answers each, or says",
        "why it cannot and what design would.",
        "",
        "A line is *answered* where a whole figure is there with its interval, from a design that holds all that the figure",
        "needs, and from actors whom the question is about; scripts and the demonstration model answer nothing. It is",
        "answered *in part* where any of its figures is there with a model in use or a person behind it.",
        "",
        "Figures of others are known as *stored* (read in the source), *recomputed* (from released data), *deduced* (by",
        "arithmetic on published figures), *noted* (from the source; how is not recorded) or *second hand* (quoted by",
        "others, and never to be printed as published).",
        "",
        "| line | topic | question |",
        "| --- | --- | --- |",
        *(f"| [{one.id}](#line-{one.id}) | {one.topic} | {cell(one.question)} |" for one in lines),
        "",
    ]
    for line in lines:
        text += _line(line)
    return "\n".join(text)


def _line(line: Line) -> Iterator[str]:
    yield from (f"## Line {line.id}", "", f"**{cell(line.question)}** ({line.topic})", "")
    if line.figures:
        yield "| figure | in the findings | of | estimates | answers | needs |"
        yield "| --- | --- | --- | --- | --- | --- |"
    for one in line.figures:
        where = f"`{one.key}`" + "".join(f", {name.replace('_', ' ')}" for name in one.contrasts)
        answers = (f"whole: {one.aspect}" if one.aspect else "whole") if one.whole else "a part"
        yield (
            f"| {cell(one.says)} | {where} | {_code(one.of)} | {_code(one.estimates)} | {answers} | "
            f"{_needs(one.needs)} |"
        )
    yield from (["No figure of this version bears on it.", ""] if not line.figures else [""])
    if line.unmade:
        yield from (f"Not made by any analysis of this version: {line.unmade}.", "")
    if bearing := [name for name in line.measures if name in every_measure()]:
        yield from (f"Measures that bear on it: {_code(bearing)}.", "")
    yield from (f"A design that would answer it: {line.design}", "")
    if not line.known:
        yield "- No effect of others is known to this version."
    for effect in line.known:
        figures = "; ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in effect.figures.items())
        how = effect.how.replace("_", " ")
        yield f"- {effect.says}{f' {figures}.' if figures else ''} {effect.source} ({how})."
    for paper in line.evidence:
        year = f" {paper.year}" if paper.year is not None else ""
        parts = [f"{paper.authors}{year}", paper.title, paper.place, paper.link]
        yield f"- Evidence: {'. '.join(part for part in parts if part)}. {paper.says}"
    yield from ("", f"What even a full answer would not show: {line.limits}", "")


def _code(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _needs(needs: Needs) -> str:
    """Return every need that is set, by the name of its field."""
    said = []
    for one in fields(Needs):
        value = getattr(needs, one.name)
        if value:
            shown = " or ".join(value) if one.name in {"constructs", "contrasts"} else value
            shown = " and ".join(shown) if isinstance(shown, tuple) else shown
            said.append(f"{one.name.replace('_', ' ')}: {shown}")
    return cell("; ".join(said))
