"""Rank carry-over: do actors who rank high on single replies rank high in ongoing sessions?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from therapyarc.analysis.estimates import estimate
from therapyarc.analysis.generalise import (
    Cell,
    generalisability_of,
    ongoing_cells,
    plain_cells,
    single_cells,
    told,
)
from therapyarc.analysis.halves import Halves
from therapyarc.domain import COEFFICIENT, Estimate, Missing, RankCarryOver
from therapyarc.domain.assignment import CourseAssignment
from therapyarc.domain.course import Trace
from therapyarc.stats import (
    Generalisability,
    Interval,
    correlation_posterior,
    disattenuated,
    inversions,
    partial_rank_correlation,
    permuted_rank_p,
    rank_correlation,
)

__all__ = ["rank_carry_over"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Measure:
    """One measure of ongoing sessions, by actor and case."""

    name: str
    label: str
    values: Mapping[str, Mapping[str, float]]
    cells: Sequence[Cell]


def rank_carry_over(
    halves: Halves,
    courses: Sequence[CourseAssignment],
    traces: Iterable[Trace],
    condition: str,
) -> tuple[RankCarryOver, ...]:
    """Hold the single-turn composite of each actor against each measure of its ongoing sessions.

    The composite is, for each case of single replies, the mean over the rated open answers' constructs after each was
    brought to mean 0 and SD 1 over all actors; an actor's composite is its mean over cases. Measures of ongoing
    sessions are turned so that more is better. Actors of all arms count alike, so a correlation holds differences between
    sides; `within sides` takes these out. Below four actors with both there is nothing.
    """
    composite, single_words = _composite(halves, condition)
    singles = single_cells(halves, condition)
    studied: dict[tuple[str, ...], Generalisability] = {}
    found = []
    for measure in _measures(halves, courses, traces):
        names = sorted(set(composite) & set(measure.values))
        if len(names) >= 4:
            if tuple(names) not in studied:
                studied[tuple(names)] = generalisability_of(singles, names)
            found.append(_of(halves, measure, names, composite, single_words, studied[tuple(names)]))
    return tuple(found)


def _of(
    halves: Halves,
    measure: _Measure,
    names: Sequence[str],
    composite: Mapping[str, Mapping[str, float]],
    words: Mapping[str, float],
    single: Generalisability,
) -> RankCarryOver:
    x = np.array([_mean(composite[name]) for name in names])
    y = np.array([_mean(measure.values[name]) for name in names])
    seed = [halves.table.design.study.seed, *measure.name.encode()]
    spearman = rank_correlation(x, y, kind="spearman", rng=np.random.default_rng(seed))
    kendall = rank_correlation(x, y, kind="kendall", rng=np.random.default_rng(seed))
    p = permuted_rank_p(x, y, kind="spearman", rng=np.random.default_rng(seed))
    studies = single, generalisability_of(measure.cells, names)
    reliabilities = studies[0].relative, studies[1].relative
    lengths = np.array([words[name] for name in names])
    posterior = (
        Interval(estimate=None, reason=spearman.reason)
        if spearman.estimate is None
        else correlation_posterior(spearman.estimate, len(names))
    )
    shown = [
        estimate("spearman", "Spearman's rho", spearman, COEFFICIENT),
        estimate("kendall", "Kendall's tau-b", kendall, COEFFICIENT),
        Estimate(
            name="p", label="p of rho, by permutation", value=p, reason=spearman.reason if p is None else None
        ),
        estimate(
            "within_sides",
            "rho within tiers of arms",
            _within(halves, names, x, y, np.random.default_rng(seed)),
            COEFFICIENT,
        ),
        estimate(
            "equal_length",
            "rho at equal length of single replies",
            partial_rank_correlation(x, y, lengths, rng=np.random.default_rng(seed)),
            COEFFICIENT,
        ),
        estimate("disattenuated", "rho, unreliability put back", disattenuated(spearman, reliabilities)),
        estimate("posterior", "posterior of rho, uniform prior", posterior, COEFFICIENT),
        *(
            Estimate(
                name=name,
                label=label,
                value=study.relative,
                unit=COEFFICIENT,
                reason=study.reason or (None if study.relative is not None else "actors do not differ"),
                method=told(study),
            )
            for name, label, study in (
                ("reliability_single", "reliability of the composite over cases and raters", studies[0]),
                (
                    "reliability_ongoing",
                    "reliability of the ongoing measure over cases and raters",
                    studies[1],
                ),
            )
        ),
    ]
    turned = inversions(x, y)
    return RankCarryOver(
        measure=measure.name,
        label=measure.label,
        units=len(names),
        estimates=tuple(shown),
        inverted=tuple(f"{names[i]} over {names[j]}, then {names[j]} over {names[i]}" for i, j in turned),
        pairs=len(list(combinations(names, 2))),
    )


def _mean(by_case: Mapping[str, float]) -> float:
    return float(np.mean(list(by_case.values())))


def _composite(halves: Halves, condition: str) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Return composite by actor and case, and mean words of the single replies by actor."""
    table = halves.table
    gathered: dict[str, dict[tuple[str, str], list[float]]] = defaultdict(lambda: defaultdict(list))
    words: dict[str, list[float]] = defaultdict(list)
    constructs = dict.fromkeys(rubric.construct for rubric in table.design.rubrics)
    arms = [arm.id for arm in table.design.study.arms]
    for construct in constructs:
        for assignment in table.concerned(construct, arms, condition):
            value = table.value(assignment.session, construct)
            length = table.value(assignment.session, "words")
            if assignment.case is None or isinstance(value, Missing):
                continue
            gathered[construct][assignment.actor, f"{assignment.instrument}/{assignment.case}"].append(value)
            if not isinstance(length, Missing):
                words[assignment.actor].append(length)
    parts: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for cells in gathered.values():
        means = {key: float(np.mean(values)) for key, values in cells.items()}
        spread = float(np.std(list(means.values())))
        if spread > 0:
            centre = float(np.mean(list(means.values())))
            for (actor, case), value in means.items():
                parts[actor][case].append((value - centre) / spread)
    composite = {
        actor: {case: float(np.mean(scores)) for case, scores in cases.items()}
        for actor, cases in parts.items()
    }
    return composite, {actor: float(np.mean(lengths)) for actor, lengths in words.items()}


def _measures(halves: Halves, courses: Sequence[CourseAssignment], traces: Iterable[Trace]) -> list[_Measure]:
    """Return the rated constructs, the client's own forms and disclosure, each turned so that more is better."""
    design = halves.table.design
    found: list[_Measure] = []
    sealed = {trace.session: trace for trace in traces}
    for rubric in (rubric for rubric in design.rubrics if "reply" in rubric.rates):
        cells: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for course in courses:
            for session in course.sessions:
                for value in halves.ongoing_values(session, rubric.construct):
                    cells[course.actor][course.case].append(value)
        rated = ongoing_cells(halves, courses, rubric.construct)
        found.append(_Measure(rubric.construct, f"{rubric.construct}, ongoing", _means(cells), rated))
    for form in design.forms:
        cells = defaultdict(lambda: defaultdict(list))
        falls = form.total == "sum"  # a symptom score: relief is its fall
        for course in courses:
            values = [halves.table.value(session, form.construct) for session in course.sessions]
            known = [value for value in values if not isinstance(value, Missing)]
            if falls and len(known) > 1:
                cells[course.actor][course.case].append(known[0] - known[-1])
            elif not falls and known:
                cells[course.actor][course.case].append(known[-1])
        label = f"relief ({form.construct}, first less last)" if falls else f"{form.construct}, last attended"
        found.append(_Measure(form.construct, label, _means(cells), plain_cells(cells)))
    facts_told: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for course in courses:
        held = [sealed[session] for session in course.sessions if session in sealed]
        if held:
            facts = len(design.cases[course.case].facts)
            facts_told[course.actor][course.case].append(len(held[-1].end.told) / facts)
    label = "disclosure (share of facts told)"
    found.append(_Measure("disclosure", label, _means(facts_told), plain_cells(facts_told)))
    return [measure for measure in found if measure.values]


def _means(cells: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, dict[str, float]]:
    return {
        actor: {case: float(np.mean(values)) for case, values in cases.items()}
        for actor, cases in cells.items()
    }


def _within(halves: Halves, names: Sequence[str], x: Floats, y: Floats, rng: np.random.Generator) -> Interval:
    """Return rho after the mean of each tier (or arm) is taken out of both; groups of one actor tell nothing."""
    kinds = {actor.id: arm.tier or arm.id for arm in halves.table.design.study.arms for actor in arm.actors}
    groups: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        groups[kinds.get(name, name)].append(place)
    keep = sorted(place for own in groups.values() if len(own) > 1 for place in own)
    if len(keep) < 4 or len(groups) < 2:
        return Interval(estimate=None, reason="fewer than four actors in groups of two or more")
    a, b = x.copy(), y.copy()
    for own in groups.values():
        a[own] -= a[own].mean()
        b[own] -= b[own].mean()
    return rank_correlation(a[keep], b[keep], kind="spearman", rng=rng)
