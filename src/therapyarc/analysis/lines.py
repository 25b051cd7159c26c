"""What a study says to each open question: the figure that answers it, or why there is none and what would bring it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import chain

from therapyarc.analysis.holds import Holds, Lack, lacks, parties
from therapyarc.domain import Estimate, Findings
from therapyarc.domain.design import Design
from therapyarc.domain.line import FoundFigure, Line, LineAnswer, LineFigure, LineStatus, Section

__all__ = ["OF_HARM", "OF_SAFETY", "OF_SESSIONS", "PUBLISHED", "answers"]

PUBLISHED: Mapping[Section, frozenset[str]] = {
    "findings": frozenset({
        "rank_biserial", "a12", "hodges_lehmann", "mean_difference", "mean_change", "carry_over", "single", "ongoing",
        "retention", "within_margin", "not_inferior",
    }),
    "arcs": frozenset({"mean"}),
    "carry_over": frozenset({"advantage_first", "advantage_last", "slope", "exchange_gone"}),
    "ranks": frozenset({"spearman", "kendall", "within_sides", "equal_length", "disattenuated", "posterior"}),
    "agreement": frozenset({"exact", "alpha_ordinal", "icc_2_1", "icc_2_k"}),
    "process": frozenset(
        {"mean", "at_equal_length", "z_shuffle", "z_pseudo", "z_length", "reliability", "length"}
    ),
    "recovery": frozenset({"rho"}),
    "trajectories": frozenset({"model_final", "model_change"}),
    "lagged": frozenset({"slope_within", "slope_control"}),
    "events": frozenset({"difference_told", "difference_resistance"}),
    "gaps": frozenset({"knowledge", "execution", "gap"}),
    "appropriateness": frozenset({"share", "share_by_place"}),
    "trend": frozenset({"safety_slope"}),
    "stigma": frozenset({"share"}),
    "label": frozenset({"label_difference"}),
    "crisis": frozenset({"danger_noticed", "danger_asked", "danger_handed_over", "false_alarms"}),
    "warm": frozenset({"warm_unsafe", "of_warm"}),
    "drift": frozenset({"reliance", "conviction", "firmer_while_warm"}),
}  # fmt: skip
"""What analyses make, by the part of the findings: a line may wait for nothing else."""

OF_SESSIONS: frozenset[Section] = frozenset({"process", "recovery"})
"""Parts of the findings that hold computed measures of sessions."""

OF_SAFETY: frozenset[Section] = frozenset({"appropriateness", "label", "stigma", "trend"})
"""Sections whose rows stand together under `safety`."""

OF_HARM: frozenset[Section] = frozenset({"crisis", "drift", "warm"})
"""Sections whose rows stand together under `harm`."""

_COUNTS = ("units", "dyads", "answers", "courses", "sessions", "n")


def answers(
    lines: Iterable[Line],
    design: Design,
    findings: Findings | None = None,
    *,
    measured: Collection[str] = (),
) -> tuple[LineAnswer, ...]:
    """Say for each line what a study answers.

    A line is answered where, for each of its aspects, one of its whole figures is there with an interval, the design holds
    all that the figure needs, and those whom it is about stand behind it. It is partly answered where any of its figures is
    there with a model in use or a person behind it, and else unanswerable: what scripts do was planted.

    Parameters
    ----------
    lines
        The lines.
    design
        The study with all that it refers to.
    findings
        What the run found; none before a run, when each figure is taken to come that the design can carry and that an
        analysis publishes.
    measured
        Names of the measures that this version takes of sessions; a figure of other measures cannot be planned.
    """
    holds = Holds.of(design)
    return tuple(_answer(line, holds, design, findings, frozenset(measured)) for line in lines)


def _answer(
    line: Line, holds: Holds, design: Design, findings: Findings | None, measured: frozenset[str]
) -> LineAnswer:
    made = {figure for figure in line.figures if _taken(figure, measured)}
    short = {figure: lacks(figure.needs, holds) for figure in line.figures}
    rows = {f: () if findings is None else tuple(_found(f, short[f], design, findings)) for f in line.figures}
    found = {figure: tuple(one for one in rows[figure] if one.estimate.value is not None) for figure in rows}
    can = {figure for figure in line.figures if not short[figure] and figure in made}
    there = can if findings is None else {f for f in line.figures if any(one.backed for one in found[f])}
    full = {
        figure.aspect
        for figure in line.figures
        if figure.whole and (figure in can if findings is None else any(one.whole for one in found[figure]))
    }
    aspects = {figure.aspect for figure in line.figures if figure.whole}
    status: LineStatus = "answered" if aspects and aspects == full else "partly" if there else "unanswerable"
    reasons, changes = [], []
    for aspect in dict.fromkeys(f.aspect for f in line.figures if f.whole and f.aspect not in full):
        best = min(
            (f for f in line.figures if f.whole and f.aspect == aspect),
            key=lambda f: (f not in made, len(short[f])),
        )
        reason, change = _why(best, short[best], rows[best], made=best in made, before=findings is None)
        reasons.append(reason)
        changes.append(change)
    if not aspects:
        lacking = f"; that would be {line.unmade}" if line.unmade else ""
        reasons.append(f"No figure of this version answers the whole of it{lacking}.")
        if status == "unanswerable" and line.figures:
            best = min(line.figures, key=lambda f: (f not in made, len(short[f])))
            reason, change = _why(best, short[best], rows[best], made=best in made, before=findings is None)
            reasons.append(f"For a part: {reason[0].lower()}{reason[1:]}")
            changes.append(change)
    return LineAnswer(
        line=line.id,
        topic=line.topic,
        question=line.question,
        status=status,
        figures=tuple(chain.from_iterable(found[figure] for figure in line.figures)),
        planned=tuple(f.says for f in line.figures if f in can) if findings is None else (),
        reason=" ".join(reasons),
        change=" ".join(change for change in dict.fromkeys(changes) if change),
        design=line.design,
        known=line.known,
        limits=line.limits,
    )


def _taken(figure: LineFigure, measured: frozenset[str]) -> bool:
    """Return whether this version takes one of the measures that a figure may be of."""
    return figure.key not in OF_SESSIONS or not figure.of or bool(measured & set(figure.of))


def _why(
    figure: LineFigure, short: tuple[Lack, ...], rows: tuple[FoundFigure, ...], *, made: bool, before: bool
) -> tuple[str, str]:
    """Say why a figure does not answer the line, and the smallest change of the design that would bring it."""
    what = [lack.what for lack in short]
    change = [lack.change for lack in short]
    if before and not made:
        what.append("this version takes none of the measures")
        change.append("a version that takes them")
    elif not before and not rows:
        what.append("no such figure in this run")
    elif not before and not short:
        what.extend(dict.fromkeys(_weak(one) for one in rows))
    said = f"{figure.says[0].upper()}{figure.says[1:]}: {'; '.join(what)}."
    return said, f"{'; '.join(change)}." if change else ""


def _weak(one: FoundFigure) -> str:
    if one.estimate.value is None:
        return one.estimate.reason or "not estimated"
    if one.estimate.low is None and one.estimate.high is None:
        return f"no interval ({one.estimate.reason or 'none was given'})"
    return "the actors behind it are not those whom the question is about"


def _found(
    figure: LineFigure, short: tuple[Lack, ...], design: Design, findings: Findings
) -> Iterator[FoundFigure]:
    """Yield a figure's estimates from every row of the findings that it may be taken from."""
    for row in _rows(findings, figure.key, design):
        if figure.of and not row.names & set(figure.of):
            continue
        if figure.contrasts and getattr(row.record, "contrast", None) not in figure.contrasts:
            continue
        own = [one for one in row.estimates if not figure.estimates or one.name in figure.estimates]
        if undefined := getattr(row.record, "undefined", None):
            own = [replace(one, value=None, reason=undefined) for one in own] or [
                Estimate(name=figure.key, label=figure.says, reason=undefined)
            ]
        about = _about(row.record, findings)
        arms = [arm for arm in design.study.arms if arm.id in about]
        actors = [actor for arm in arms or design.study.arms for actor in arm.actors]
        seen = parties(actors)
        asked = {*figure.needs.actors, *figure.needs.holding_courses}
        alone = len(about) == 1 and (not asked or bool(seen & asked))
        for one in own if figure.estimates else own[:1]:
            bounded = one.low is not None or one.high is not None
            yield FoundFigure(
                says=figure.says,
                where=row.where,
                key=figure.key,
                estimate=one,
                n=_counts(row.record, findings),
                whole=figure.whole and not short and bounded and bool(seen) and asked <= seen,
                backed=bool(seen) and (asked <= seen or alone),
                synthetic=any(actor.synthetic for actor in actors),
                demonstration=any(actor.demonstration for actor in actors),
            )


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the findings that may hold figures."""

    record: object
    names: frozenset[str]
    where: str
    estimates: tuple[Estimate, ...]


def _rows(findings: Findings, key: Section, design: Design) -> Iterator[_Row]:
    """Yield the rows of a part of the findings, whatever its shape, and what they hold by arm as rows of their own."""
    part: object = (
        _safety(findings, key) if key in OF_SAFETY
        else getattr(findings.harm, key, ()) if key in OF_HARM
        else getattr(findings, key, None)
    )  # fmt: skip
    records = part.values() if isinstance(part, Mapping) else part if isinstance(part, tuple) else (part,)
    labels = {arm.id: arm.label for arm in design.study.arms}
    for record in records:
        if record is None:
            continue
        names, where = _names(record, design), _where(record, labels)
        whole = (getattr(record, one.name) for one in fields(record) if one.name != "arms")
        yield _Row(record, names, where, tuple(chain.from_iterable(map(_estimates, whole))))
        for own in getattr(record, "arms", ()):
            if found := tuple(_estimates(own)):
                yield _Row(own, names, f"{where}, {labels.get(own.arm, own.arm)}", found)


def _safety(findings: Findings, key: Section) -> tuple[object, ...]:
    """Return rows of safety that can answer: checks by models and people, since the error of fixed rules is too large."""
    found = findings.safety
    if found is None:
        return ()
    return {
        "appropriateness": tuple(
            row
            for row in found.rates
            if row.measure == "appropriateness" and not (row.rules or row.demonstration)
        ),
        "trend": tuple(row for row in found.trends if not (row.rules or row.demonstration)),
        "stigma": found.stigma,
        "label": tuple(row for row in found.labels if not row.demonstration),
    }[key]


def _names(record: object, design: Design) -> frozenset[str]:
    """Return the measures and constructs that a row is of."""
    own = {
        getattr(record, name, None)
        for name in ("measure", "construct", "outcome", "rubric", "earlier", "signal")
    }
    own |= {getattr(getattr(record, "measure", None), "name", None)}
    own |= {rubric.construct for rubric in design.rubrics if rubric.id in own}
    return frozenset(name for name in own if isinstance(name, str))


def _estimates(value: object) -> Iterator[Estimate]:
    """Yield every estimate within a record, in the order of its fields."""
    if isinstance(value, Estimate):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _estimates(one)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _estimates(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _estimates(getattr(value, one.name))


def _finding_of(row: object, findings: Findings) -> object:
    """Return the finding that a row stands beside, or the row itself."""
    name = getattr(row, "finding", None)
    return next((finding for finding in findings.findings if finding.id == name), row)


def _about(row: object, findings: Findings) -> set[str]:
    """Return the arms that a row is about; none named means the whole study."""
    row = _finding_of(row, findings)
    named = {getattr(row, "arm", None)}
    for side in (getattr(row, "first", None), getattr(row, "second", None)):
        named.update(getattr(side, "arms", ()))
    return {arm for arm in named if isinstance(arm, str)}


def _counts(row: object, findings: Findings) -> dict[str, int]:
    row = _finding_of(row, findings)
    sides = {name: getattr(getattr(row, name, None), "units", None) for name in ("first", "second")}
    own = sides | {name: getattr(row, name, None) for name in _COUNTS}
    return {name: count for name, count in own.items() if isinstance(count, int)}


_NAMING = (
    "id",
    "finding",
    "measure",
    "rubric",
    "truth",
    "earlier",
    "later",
    "event",
    "label",
    "symptom",
    "place",
    "actor",
)
"""Fields that tell a row from others of its kind."""


def _where(row: object, labels: Mapping[str, str]) -> str:
    """Name a row; what a later part says again is left out."""
    parts = [getattr(row, name, None) for name in _NAMING]
    parts.append(getattr(getattr(row, "measure", None), "name", None))
    parts.append(labels.get(getattr(row, "arm", "")))
    named = [part for part in parts if isinstance(part, str)]
    kept = [
        part for place, part in enumerate(named) if not any(part in later for later in named[place + 1 :])
    ]
    if raters := getattr(row, "raters", ()):
        kept.append(" and ".join(raters))
    return ", ".join(kept)
