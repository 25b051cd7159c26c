"""`lines`: open questions, the figures that would answer them, and what a study can say to each."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from therapyarc.analysis.lines import answers
from therapyarc.domain.line import (
    Evidence,
    FoundFigure,
    KnownEffect,
    KnownHow,
    Line,
    LineAnswer,
    LineFigure,
)
from therapyarc.files.lines import read_lines
from therapyarc.files.results import read_answers
from therapyarc.files.run import RunFolder
from therapyarc.files.study import load_design
from therapyarc.measures import every_measure
from therapyarc.report import numbers
from therapyarc.text.likeness import Likeness, likeness

__all__ = ["NEAR", "UnknownLineError", "near_lines", "show_lines"]

NEAR = 5
"""Lines shown for a question in words of one's own."""


class UnknownLineError(Exception):
    """There is no line with this id."""


def show_lines(
    asked: str | None, study: Path | None, output: str, console: Console, *, run: Path | None = None
) -> None:
    """List all lines, show one whole, or rank them by likeness to a question.

    With a study, what its design can answer stands beside them; with the folder of a run, what it found.

    Raises
    ------
    UnknownLineError
        If a number is no line's id, or both a study and a run are given.
    FaultyFileError
        If the study file has faults.
    ArtefactError
        If the run has no findings.
    """
    lines = read_lines()
    if study is not None and run is not None:
        raise UnknownLineError("give --study or --run: what a design can answer, or what a run found")
    design = None if study is None else load_design(study)
    told = () if design is None else answers(lines, design, measured=every_measure())
    if run is not None:
        told = read_answers(RunFolder(run))
    can = {one.line: one for one in told}
    ran = run is not None
    if asked is None:
        _list(lines, can, output, console, ran)
    elif asked.strip().lstrip("+-").isdigit():
        _whole(_line(lines, int(asked)), can, output, console, ran)
    else:
        _near(asked, lines, can, output, console, ran)


def _line(lines: Sequence[Line], wanted: int) -> Line:
    for line in lines:
        if line.id == wanted:
            return line
    raise UnknownLineError(
        f"there is no line {wanted}; they run from 1 to {len(lines)}: `therapyarc lines` lists them"
    )


def _print_json(data: object, console: Console) -> None:
    console.print(
        json.dumps(data, indent=2, ensure_ascii=False), soft_wrap=True, markup=False, highlight=False
    )


def _said(line: Line, can: Mapping[int, LineAnswer]) -> dict[str, object]:
    answer = can.get(line.id)
    return asdict(line) | ({} if answer is None else {"study": asdict(answer)})


_KNOWN: Mapping[KnownHow, str] = {"second_hand": "Quoted at second hand", "deduced": "By arithmetic"}
_CAN = {"answered": "yes", "partly": "in part", "unanswerable": "no"}


def _list(
    lines: Sequence[Line], can: Mapping[int, LineAnswer], output: str, console: Console, ran: bool
) -> None:
    if output == "json":
        _print_json([_said(line, can) for line in lines], console)
        return
    title = "Open questions; `therapyarc lines N` shows one whole"
    if can:
        title = "What this design can answer, once it is run; `therapyarc lines N --study FILE` says more"
    if ran:
        title = "What this run answers; `therapyarc lines N --run FOLDER` says more"
    table = Table(title=title, title_justify="left")
    table.add_column("line", justify="right")
    if not can:
        table.add_column("topic", no_wrap=True)
    table.add_column("question")
    if can:
        table.add_column("answers" if ran else "can answer", no_wrap=True)
        table.add_column("figures, or smallest change, or why not" if ran else "smallest change, or why not")
    for line in lines:
        answer = can.get(line.id)
        if answer is None:
            table.add_row(str(line.id), line.topic, line.question)
        else:
            table.add_row(str(line.id), line.question, _CAN[answer.status], _briefly(answer))
    console.print(table, highlight=False, markup=False)


def _whole(line: Line, can: Mapping[int, LineAnswer], output: str, console: Console, ran: bool) -> None:
    if output == "json":
        _print_json(_said(line, can), console)
        return

    def say(label: str, text: str) -> None:
        console.print(f"{label}: {text}", highlight=False, soft_wrap=True, markup=False)

    say(f"Line {line.id} ({line.topic})", line.question)
    for figure in line.figures:
        say("Answered by" if figure.whole else "In part by", figure_text(figure))
    if not line.figures:
        say("Answered by", "no figure of this version")
    if bearing := [name for name in line.measures if name in every_measure()]:
        say("Measures that bear on it", ", ".join(bearing))
    say("Design", line.design)
    for effect in line.known:
        say(_KNOWN.get(effect.how, "Published"), effect_text(effect))
    for evidence in line.evidence:
        say("Evidence", evidence_text(evidence))
    say("Limits", line.limits)
    if answer := can.get(line.id):
        say(f"{_who(ran)} it", _CAN[answer.status])
        for label, text in _answer(answer):
            say(label, text)


def _answer(answer: LineAnswer) -> Iterator[tuple[str, str]]:
    """Yield what is found or planned, and what an answer lacks."""
    for found in sorted(answer.figures, key=lambda one: not one.whole):
        yield "Found" if found.backed else "Found, and no answer", found_text(found)
    for planned in answer.planned:
        yield "It can give", planned
    if answer.reason:
        yield "Why not whole", answer.reason
    if answer.change:
        yield "Smallest change", answer.change


def figure_text(figure: LineFigure) -> str:
    """Return a figure in words, with where a run's findings hold it."""
    of = f" of {', '.join(figure.of)}" if figure.of else ""
    names = f" ({', '.join(figure.estimates)})" if figure.estimates else ""
    return f"{figure.says}; findings: {figure.key}{of}{names}"


def _who(ran: bool) -> str:
    return "This run answers" if ran else "This design can answer"


def found_text(found: FoundFigure) -> str:
    """Return a figure that a run found, with its interval, and who stands behind it where that is nobody real."""
    stamps = {"scripted": found.synthetic, "demonstration": found.demonstration}
    behind = ", ".join(name for name, there in stamps.items() if there)
    value = f"{numbers.value(found.estimate)} {numbers.interval(found.estimate)}".strip()
    where = found.where.replace("_", " ")
    return f"{found.says}, {where}: {found.estimate.label} {value}{f' ({behind})' if behind else ''}"


def _briefly(answer: LineAnswer) -> str:
    """Return the best figure where there is one that counts, else the smallest change, else why not."""
    best = next((one for one in answer.figures if one.whole and one.backed), None)
    best = best or next((one for one in answer.figures if one.backed), None)
    if best is not None:
        return found_text(best)
    return f"needed: {answer.change}" if answer.change else answer.reason


def effect_text(effect: KnownEffect) -> str:
    """Return what others found, with its source and how it is known."""
    figures = "; ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in effect.figures.items())
    how = effect.how.replace("_", " ")
    return f"{effect.says}{f' [{figures}]' if figures else ''} ({effect.source}; {how})"


def evidence_text(evidence: Evidence) -> str:
    """Return a paper or page as one citation, with what it adds."""
    year = f" {evidence.year}" if evidence.year is not None else ""
    parts = [f"{evidence.authors}{year}", evidence.title, evidence.place, evidence.link]
    return f"{'. '.join(part for part in parts if part)}. {evidence.says}"


def near_lines(
    asked: str, lines: Sequence[Line]
) -> list[tuple[Line, Likeness, list[tuple[Evidence, Likeness]]]]:
    """Rank lines by likeness to a question, and the evidence of each by its own, the most like first."""
    texts = [_text(line) for line in lines]
    found = []
    for near in likeness(asked, texts):
        line = lines[near.place]
        said = [f"{one.title} {one.says}" for one in line.evidence]
        papers = [(line.evidence[one.place], one) for one in likeness(asked, said)]
        found.append((line, near, papers))
    return found


def _text(line: Line) -> str:
    """Return what a line is found by; its question counts twice."""
    figures = (figure.says for figure in line.figures)
    papers = (f"{one.title} {one.says}" for one in line.evidence if one.authors != "TherapyArc")
    return " ".join((line.topic, line.question, line.question, line.design, *figures, *papers))


def _near(
    asked: str, lines: Sequence[Line], can: Mapping[int, LineAnswer], output: str, console: Console, ran: bool
) -> None:
    nearest = near_lines(asked, lines)[:NEAR]
    if output == "json":
        rows = [
            _said(line, can)
            | {
                "likeness": asdict(near),
                "evidence": [asdict(paper) | {"likeness": asdict(like)} for paper, like in papers],
            }
            for line, near, papers in nearest
        ]
        _print_json(rows, console)
        return
    if not any(near.matched for _, near, _ in nearest):
        console.print(
            "No word of the question stands in these lines; they are ranked by what words are about alone, which is a weak "
            "guide.",
            highlight=False,
        )
    for line, near, papers in nearest:
        console.print(
            f"{line.id} ({line.topic}): {line.question}", highlight=False, soft_wrap=True, markup=False
        )
        console.print(f"    {_scores(near)}", highlight=False, soft_wrap=True, markup=False)
        if answer := can.get(line.id):
            told = _briefly(answer)
            console.print(
                f"    {_who(ran)[0].lower()}{_who(ran)[1:]} it: {_CAN[answer.status]}{f'. {told}' if told else ''}",
                highlight=False,
                soft_wrap=True,
                markup=False,
            )
        for paper, like in papers:
            console.print(
                f"    - {evidence_text(paper)} [{_scores(like)}]",
                highlight=False,
                soft_wrap=True,
                markup=False,
            )
    console.print(
        "Likeness of wording and of what words are about, not relevance: the score is the mean of both.",
        highlight=False,
        soft_wrap=True,
    )


def _scores(near: Likeness) -> str:
    words = ", ".join(near.matched) or "none"
    return f"likeness {near.score:.2f} (shared stems {near.shared:.2f}, about {near.about:.2f}); words matched: {words}"
