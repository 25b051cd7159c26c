"""How far raters agree, with each other and with themselves."""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from therapyarc.analysis.estimates import estimate
from therapyarc.analysis.table import Table
from therapyarc.domain import (
    COEFFICIENT,
    LABELS,
    SHARE,
    Agreement,
    Excerpt,
    Instrument,
    Measurement,
    RaterSpec,
    Rating,
    RatingFlowRow,
)
from therapyarc.domain.assignment import CourseAssignment
from therapyarc.stats import (
    Interval,
    cluster_bootstrap,
    exact_agreement,
    icc,
    krippendorff_alpha,
    over_targets,
    weighted_kappa,
)

__all__ = ["agreement", "rating_flow"]


def agreement(table: Table) -> tuple[Agreement, ...]:
    """Compare each pair of raters on each rubric, and each person with the same person's second ratings.

    Raw agreement stands beside the chance-corrected figures, since one can be high while the other is low. Intervals
    draw answers with replacement; the ICC's are its F intervals.
    """
    found = []
    raters = table.design.study.every_rater
    for rubric in table.design.rubrics:
        for pair in combinations(raters, 2):
            matrix = _matrix(table, rubric, pair)
            if len(matrix) >= 2:
                found.append(_of(table, rubric, pair, matrix))
        for rater in (one for one in raters if one.kind == "human"):
            matrix = _twice(table, rubric, rater)
            if len(matrix) >= 2:
                found.append(_of(table, rubric, (rater, rater), matrix))
    return tuple(found)


def _matrix(table: Table, rubric: Instrument, raters: tuple[RaterSpec, ...]) -> np.ndarray:
    values: dict[tuple[str, int], dict[str, list[float]]] = {}
    for row in table.measurements:
        if row.measure == rubric.construct and row.value is not None and row.rater is not None:
            values.setdefault((row.session, -1 if row.turn is None else row.turn), {}).setdefault(
                row.rater, []
            ).append(row.value)
    names = [rater.id for rater in raters]
    rows = [
        [float(np.mean(by[name])) for name in names]
        for _, by in sorted(values.items())
        if all(name in by for name in names)
    ]
    return np.array(rows).reshape(-1, len(names))


def _twice(table: Table, rubric: Instrument, rater: RaterSpec) -> np.ndarray:
    """Return the first and the second rating of each answer that a person was given twice."""
    values: dict[tuple[str, int], dict[int, float]] = {}
    for row in table.measurements:
        if row.measure == rubric.construct and row.value is not None and row.rater == rater.id:
            place = (row.session, -1 if row.turn is None else row.turn)
            values.setdefault(place, {})[row.replicate] = row.value
    rows = [[by[1], by[2]] for _, by in sorted(values.items()) if {1, 2} <= by.keys()]
    return np.array(rows).reshape(-1, 2)


def _of(table: Table, rubric: Instrument, raters: tuple[RaterSpec, ...], matrix: np.ndarray) -> Agreement:
    rng = np.random.default_rng(table.design.study.seed)
    return Agreement(
        rubric=rubric.id,
        raters=tuple(rater.id for rater in raters),
        answers=len(matrix),
        estimates=(
            estimate("exact", "same value", _share(matrix, 0, rng), SHARE),
            estimate("within_one", "within one point", _share(matrix, 1, rng), SHARE),
            estimate(
                "kappa_quadratic",
                "quadratic kappa",
                over_targets(lambda m: weighted_kappa(m[:, 0], m[:, 1], "quadratic"), matrix, rng=rng),
                COEFFICIENT,
            ),
            estimate(
                "alpha_ordinal",
                "Krippendorff's alpha, ordinal",
                over_targets(lambda m: krippendorff_alpha(m, "ordinal"), matrix, rng=rng, draws=400),
                COEFFICIENT,
            ),
            estimate("icc_2_1", "ICC(2,1), one rater", icc(matrix, "2,1"), COEFFICIENT),
            estimate("icc_2_k", f"ICC(2,{len(raters)}), their mean", icc(matrix, "2,k"), COEFFICIENT),
        ),
        demonstration=any(rater.demonstration for rater in raters),
    )


def _share(matrix: np.ndarray, within: float, rng: np.random.Generator) -> Interval:
    """Return the share of answers on which two raters agree, with an interval by drawing answers."""
    alike = np.array([exact_agreement(row[None, :], within) for row in matrix])
    return cluster_bootstrap(lambda drawn: float(alike[drawn].mean()), len(alike), rng=rng, draws=1000)


def rating_flow(
    table: Table,
    verbatim: dict[tuple[str, str], float],
    courses: Iterable[CourseAssignment],
    excerpts: Iterable[Excerpt],
    ratings: Iterable[Rating] = (),
) -> tuple[RatingFlowRow, ...]:
    """Count planned, done and missing ratings for each rater and rubric, single replies and exchanges of courses alike.

    Of a rater in a label study all ratings count, of which most enter no measurement; so they are taken from `ratings`.
    """
    rows = []
    labelled = [rating for rating in ratings if rating.label is not None]
    drawn = {name: own for a in courses for name, own in zip(a.sessions, a.raters, strict=True)}
    ongoing = [(e.session, e.turn) for e in excerpts if e.turn is not None]
    items = {(i.id, item.id): item.asks for i in table.design.instruments for item in i.items}
    for rater in table.design.study.raters:
        for rubric in (rubric for rubric in table.design.rubrics if rater.rates(rubric)):
            due: set[tuple[str, int | None]] = {
                (a.session, None)
                for a in table.assignments
                if rater.id in a.raters
                and items[a.instrument, a.item] in rubric.rates
                and a.case is not None
                and rubric.concerns(table.design.instrument(a.instrument).case(a.case))
            }
            if "reply" in rubric.rates:
                due |= {answer for answer in ongoing if rater.id in drawn[answer[0]]}
            planned = len(due) * rater.wanted * (len(LABELS) if rater.labels == "within" else 1)
            there: list[Measurement | Rating] = (
                [
                    m
                    for m in table.measurements
                    if rater.made(m.rater)
                    and m.measure == rubric.construct
                    and (m.session, m.turn) in due
                    and (rater.kind != "human" or m.replicate == 1)
                ]
                if rater.labels == "none"
                else [
                    r
                    for r in labelled
                    if rater.made(r.rater)
                    and r.rubric == rubric.id
                    and (r.session, r.turn) in due
                    and (rater.kind != "human" or r.replicate == 1)
                ]
            )
            rows.append(_flow_row(rater.id, rubric.id, planned, there, _of_panel(verbatim, rater, rubric.id)))
    return tuple(rows)


def _of_panel(shares: dict[tuple[str, str], float], rater: RaterSpec, rubric: str) -> float | None:
    """Return the mean over a rater's people; for all else its own."""
    own = [share for (name, by), share in shares.items() if by == rubric and rater.made(name)]
    return float(np.mean(own)) if own else None


def _flow_row(
    rater: str, rubric: str, planned: int, there: Sequence[Measurement | Rating], verbatim: float | None
) -> RatingFlowRow:
    missing: dict[str, int] = {}
    for row in there:
        if row.missing is not None:
            missing[row.missing] = missing.get(row.missing, 0) + 1
    if planned > len(there):
        missing["not_administered"] = missing.get("not_administered", 0) + planned - len(there)
    done = sum(row.value is not None for row in there)
    return RatingFlowRow(
        rater=rater,
        rubric=rubric,
        planned=planned,
        done=done,
        missing=dict(sorted(missing.items())),
        verbatim=verbatim,
    )
