"""Lines of inquiry: open questions of the field, the figures that would answer them, and what a study says to each."""

from dataclasses import field
from typing import Literal

from therapyarc.domain.estimand import Contrast
from therapyarc.domain.estimate import Estimate
from therapyarc.domain.record import record

__all__ = [
    "Evidence",
    "FoundFigure",
    "KnownEffect",
    "KnownHow",
    "Line",
    "LineAnswer",
    "LineBook",
    "LineFigure",
    "LineStatus",
    "Needs",
    "Party",
    "Section",
]

Section = Literal[
    "findings",
    "arcs",
    "carry_over",
    "ranks",
    "agreement",
    "process",
    "recovery",
    "trajectories",
    "lagged",
    "events",
    "gaps",
    "stigma",
    "appropriateness",
    "trend",
    "label",
    "crisis",
    "warm",
    "drift",
]
"""Where a run's findings hold a figure: a field of `Findings`, of its `safety` or of its `harm`. A run without it has no
such figure."""

Party = Literal["models", "people"]
"""Language models in use (not the demonstration model), or people (in the browser or in archived transcripts)."""

LineStatus = Literal["answered", "partly", "unanswerable"]
"""`answered`: a figure that answers the question is there with its interval, from a design that can carry it. `partly`: only
some of it, or from a design that lacks something. `unanswerable`: no figure, or figures of scripts and the demonstration
model alone. Before a run, the best that can come."""

KnownHow = Literal["stored", "recomputed", "deduced", "noted", "second_hand"]
"""How well a figure of others is known: read in the source, recomputed from released data, deduced by arithmetic, noted from
the source without record of how it was read, or quoted by someone else. What is quoted never stands as published."""


@record
class Needs:
    """What a design must hold before a figure can be had; every field that is set must be met."""

    constructs: tuple[str, ...] = ()
    """At least one of these is rated or scored on single replies."""
    contrasts: tuple[Contrast, ...] = ()
    """An estimand with one of these contrasts (on one of `constructs`, where any are named) is declared."""
    actors: tuple[Party, ...] = ()
    """Every one of these parties takes part."""
    holding_courses: tuple[Party, ...] = ()
    """Every one of these parties holds courses."""
    units: int = 0
    """Least number of actors; of those who hold courses where `sessions` is above 0."""
    models: int = 0
    """Least number of different language models."""
    sessions: int = 0
    """Least planned sessions of a course; 0 where no courses are needed."""
    exchanges: int = 0
    """Least exchanges of a session."""
    clients: int = 0
    """Least number of different clients of courses."""
    excerpts: int = 0
    """Least exchanges of each session that are rated as replies."""
    forms: tuple[str, ...] = ()
    """Constructs of the self-reports that clients must fill in, all of them."""
    memories: int = 0
    """Least number of different memory settings among the arms that hold courses."""
    conditions: int = 0
    """Least number of states of training."""
    materials: int = 0
    """Least number of different training materials, a shuffled copy counting as one of its own."""
    raters: int = 0
    """Least number of raters."""
    human_raters: int = 0
    """Least number of raters who are people."""
    labelled: int = 0
    """Least number of raters in a label study."""
    probed: int = 0
    """Least places inside courses at which probes of safety are put."""


@record
class LineFigure:
    """A figure that would answer a line, or part of it."""

    key: Section
    """Where a run's findings hold it."""
    of: tuple[str, ...] = ()
    """Measures or constructs, any of which it may be of; empty for any."""
    contrasts: tuple[Contrast, ...] = ()
    """For `findings`: contrasts that count; empty for any."""
    estimates: tuple[str, ...] = ()
    """Names of the estimates that count; empty takes the first of each row."""
    says: str
    """What the figure is, in words."""
    whole: bool = False
    """Whether it answers the question as asked; else it is a part of an answer."""
    aspect: str = ""
    """For a question of several aspects: the one that it answers whole. Each aspect must be answered."""
    needs: Needs = field(default_factory=Needs)
    """What the design must hold."""


@record
class KnownEffect:
    """What others found on the question."""

    says: str
    """The effect in words."""
    source: str
    """Where it stands; for a quoted figure, that its source was not read."""
    how: KnownHow
    """How well it is known."""
    figures: dict[str, float] = field(default_factory=dict)
    """The figures by name; empty where only a direction is known."""


@record
class Evidence:
    """A paper, or a page of this documentation, that bears on a line."""

    authors: str
    """Authors as cited; `TherapyArc` for a page of its own."""
    year: int | None = None
    """Year of publication; none for a page of its own."""
    title: str = ""
    """Title; empty where it was not checked."""
    place: str = ""
    """Journal, proceedings or path of the page."""
    link: str = ""
    """`doi:…` or `arXiv:…`; empty where none was checked."""
    says: str
    """What it adds to the question."""


@record
class Line:
    """One open question."""

    id: int
    """From 1 to 34; ids stay as they are, so that studies can cite them."""
    topic: str
    """One or two words, shared by lines that belong together."""
    question: str
    """The question in one sentence."""
    figures: tuple[LineFigure, ...]
    """The figures that answer it or a part of it, the best first; each is made by an analysis of this version."""
    unmade: str = ""
    """The figure that would answer it whole and that no analysis of this version makes; empty where all are made."""
    design: str
    """A design that would answer it whole, in words."""
    measures: tuple[str, ...] = ()
    """Measures of sessions that bear on it and stand in the run's tidy table; those that this version takes are shown."""
    known: tuple[KnownEffect, ...] = ()
    """What others found."""
    evidence: tuple[Evidence, ...] = ()
    """Papers and pages."""
    limits: str
    """What even a full answer would not show."""


@record
class LineBook:
    """All lines."""

    schema: Literal["therapyarc/lines/1"]
    """Format of the file."""
    lines: tuple[Line, ...]
    """In the order of their ids."""


@record
class FoundFigure:
    """A figure of a run that answers a line, or part of it."""

    says: str
    """What the figure is, in words."""
    where: str
    """The row of the findings that it was taken from."""
    key: Section
    """The part of the findings that it was taken from."""
    estimate: Estimate
    """The figure with its interval, or why it has none."""
    n: dict[str, int] = field(default_factory=dict)
    """What is behind it, by kind (`first`, `second`, `units`, `dyads`, …)."""
    whole: bool
    """Whether it answers the question as asked: with an interval, from a design that can carry it."""
    backed: bool
    """Whether those whom the question is about stand behind it, and not scripts or the demonstration model alone."""
    synthetic: bool = False
    """Whether scripts are among the actors behind it."""
    demonstration: bool = False
    """Whether the demonstration model is among them."""


@record
class LineAnswer:
    """What one study says to one line."""

    line: int
    """Id of the line."""
    topic: str
    """Its topic."""
    question: str
    """The question."""
    status: LineStatus
    """Whether it is answered."""
    figures: tuple[FoundFigure, ...] = ()
    """The figures that are there; empty before a run."""
    planned: tuple[str, ...] = ()
    """Before a run: the figures that the design can give."""
    reason: str = ""
    """Why it is not answered, or not whole; empty where it is answered."""
    change: str = ""
    """The smallest change of the design that would bring the best figure; empty where it is answered."""
    design: str = ""
    """A design that would answer it whole."""
    known: tuple[KnownEffect, ...] = ()
    """What others found."""
    limits: str = ""
    """What even a full answer would not show."""
