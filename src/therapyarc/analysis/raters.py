"""Faults of raters: leniency, length, place in the order, preference for their own kind, halo, knowing who spoke."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from therapyarc.analysis.answers import Answer
from therapyarc.analysis.estimates import estimate
from therapyarc.analysis.people import corrected, people_agreement
from therapyarc.analysis.table import Table
from therapyarc.domain import COEFFICIENT, Estimand, Estimate, RaterSpec, Rating
from therapyarc.domain.raters import GUESS, PeopleAgreement, RaterDiagnosis, RaterFindings
from therapyarc.stats import (
    Interval,
    bang_index,
    halo,
    james_index,
    length_effect,
    leniency,
    position_effect,
    self_preference,
)

__all__ = ["BAR", "rater_findings"]

Floats = NDArray[np.float64]
BAR = 0.4
"""Quadratic kappa with people below which a rater's findings are marked unusable: where Landis and Koch 1977, Biometrics
33:159, let moderate agreement begin."""
MOST = 1000
"""Answers drawn for the figures that draw answers anew: more make them slower and hardly narrower."""
DRAWS = 300


def rater_findings(
    table: Table, answers: Sequence[Answer], ratings: Sequence[Rating], estimands: Sequence[Estimand]
) -> RaterFindings | None:
    """Return what is wrong with each rater, and what people say to them; none where nothing was rated."""
    if not answers:
        return None
    people = people_agreement(table, answers, BAR)
    return RaterFindings(
        bar=BAR,
        diagnoses=tuple(
            _diagnosis(table, answers, ratings, spec)
            for spec in table.design.study.every_rater
            if any(spec.id in answer.ratings for answer in answers)
        ),
        halo=_halo(table, answers),
        people=people,
        corrected=corrected(table, answers, estimands),
        unusable=unusable(people),
    )


def unusable(people: Sequence[PeopleAgreement]) -> tuple[str, ...]:
    """Return `rater: construct` of those below the bar."""
    return tuple(f"{one.rater}: {one.construct}" for one in people if one.usable is False)


def _diagnosis(
    table: Table, answers: Sequence[Answer], ratings: Sequence[Rating], spec: RaterSpec
) -> RaterDiagnosis:
    mine = [answer for answer in answers if spec.id in answer.ratings]
    seed = [table.design.study.seed, *spec.id.encode()]
    estimates = (
        _leniency(table, answers, spec, np.random.default_rng(seed)),
        _length(mine, spec),
        _position(table, answers, ratings, spec),
        _kin(table, answers, spec),
        *_guesses(table, answers, ratings, spec),
    )
    return RaterDiagnosis(
        rater=spec.id,
        kind=spec.kind,
        family=_family(spec),
        ratings=len(mine),
        estimates=estimates,
        demonstration=spec.demonstration,
    )


def _family(spec: RaterSpec) -> str:
    return {"human": "people", "baseline": "rules"}.get(spec.kind) or spec.family or spec.model or spec.id


def _drawn(answers: Sequence[Answer], rng: np.random.Generator) -> list[Answer]:
    if len(answers) <= MOST:
        return [*answers]
    return [answers[place] for place in sorted(rng.choice(len(answers), MOST, replace=False))]


def _matrix(answers: Sequence[Answer], raters: Sequence[str]) -> Floats:
    nothing = float("nan")
    return np.array([[answer.ratings.get(name, nothing) for name in raters] for answer in answers])


def _leniency(table: Table, answers: Sequence[Answer], spec: RaterSpec, rng: np.random.Generator) -> Estimate:
    name, label = "leniency", "higher than the panel on the same answers"
    raters = [
        one.id
        for one in table.design.study.every_rater
        if one.id == spec.id or not one.demonstration
        if any(one.id in answer.ratings for answer in answers)
    ]
    shared = [answer for answer in answers if sum(one in answer.ratings for one in raters) > 1]
    if len(raters) < 2 or len(shared) < 2:
        return Estimate(name=name, label=label, reason="no other rater rated the same answers")
    matrix = _matrix(_drawn(shared, rng), raters)
    if np.isnan(matrix).all(axis=0).any():
        return Estimate(name=name, label=label, reason="too few answers were rated by it and by others")
    found = leniency(matrix, rng=rng, draws=DRAWS)[raters.index(spec.id)]
    return estimate(name, label, found, "rating points")


def _length(mine: Sequence[Answer], spec: RaterSpec) -> Estimate:
    name, label = "length_effect", "points for an answer twice as long"
    known = [answer for answer in mine if answer.words > 0]
    if len(known) < 3:
        return Estimate(name=name, label=label, reason="fewer than three answers with a length")
    found = length_effect(
        [answer.ratings[spec.id] for answer in known],
        [answer.words for answer in known],
        [f"{answer.construct}/{answer.stratum}" for answer in known],
        [answer.actor for answer in known],
    )
    return estimate(name, label, found, "rating points")


def _position(
    table: Table, answers: Sequence[Answer], ratings: Sequence[Rating], spec: RaterSpec
) -> Estimate:
    name, label = "position_effect", "points for ten answers later in its order"
    placed = [
        one for one in ratings if one.rater == spec.id and one.position is not None and one.value is not None
    ]
    if not placed:
        reason = "every answer was rated alone, in a call of its own; nothing has a place"
        if spec.kind == "human":
            reason = "the order in which the answers were rated was not kept"
        return Estimate(name=name, label=label, reason=reason)
    constructs = {rubric.id: rubric.construct for rubric in table.design.rubrics}
    of = {(answer.session, answer.turn, answer.construct): answer for answer in answers}
    rows = [
        (one, answer)
        for one in placed
        if (answer := of.get((one.session, one.turn, constructs.get(one.rubric, "")))) is not None
    ]
    if len(rows) < 3:
        return Estimate(name=name, label=label, reason="fewer than three answers with a place")
    found = position_effect(
        [one.value or 0.0 for one, _ in rows],
        [(one.position or 0) / 10 for one, _ in rows],
        [f"{answer.construct}/{answer.stratum}" for _, answer in rows],
        [answer.actor for _, answer in rows],
    )
    return estimate(name, label, found, "rating points")


def _kin(table: Table, answers: Sequence[Answer], spec: RaterSpec) -> Estimate:
    name, label = "self_preference", "favours replies of its own family"
    if spec.kind != "model":
        return Estimate(name=name, label=label, reason="the rater is no model, so it has no family")
    own = _family(spec)
    others = [
        one.id
        for one in table.design.study.every_rater
        if one.id != spec.id and not one.demonstration and _family(one) != own
    ]
    complete = [a for a in answers if spec.id in a.ratings and any(one in a.ratings for one in others)]
    if not complete:
        return Estimate(name=name, label=label, reason="no rater of another family rated the same answers")
    panel = [float(np.mean([a.ratings[one] for one in others if one in a.ratings])) for a in complete]
    families = [table.families.get((a.arm, a.actor.split("/", 1)[0]), a.actor) for a in complete]
    if own not in families:
        return Estimate(name=name, label=label, reason=f"no therapist is of its family, {own}")
    found = self_preference(
        np.column_stack([[a.ratings[spec.id] for a in complete], panel]),
        [own, "others"],
        families,
        own,
        clusters=[a.actor for a in complete],
    )
    return estimate(name, label, found, "rating points")


def _halo(table: Table, answers: Sequence[Answer]) -> tuple[Estimate, ...]:
    """Hold the dimensions of one rater together, beside the same dimensions of two raters."""
    labels = (
        ("halo_within", "correlation of two dimensions of one rater"),
        ("halo_between", "correlation of two dimensions of two raters"),
        ("halo_excess", "halo: the first less the second"),
    )
    rng = np.random.default_rng([table.design.study.seed, 0])
    raters = [
        one.id
        for one in table.design.study.every_rater
        if not one.demonstration and any(one.id in answer.ratings for answer in answers)
    ]
    by: dict[tuple[str, int | None], dict[str, Answer]] = defaultdict(dict)
    for answer in answers:
        by[answer.session, answer.turn][answer.construct] = answer
    whole = [own for own in by.values() if len(own) > 1]
    constructs = sorted({name for own in whole for name in own})
    if len(raters) < 2 or len(constructs) < 2 or len(whole) < 10:
        reason = "needs two raters and ten answers that were rated on two dimensions"
        return tuple(Estimate(name=name, label=label, reason=reason) for name, label in labels)
    if len(whole) > MOST:
        whole = [whole[place] for place in sorted(rng.choice(len(whole), MOST, replace=False))]
    cube = np.full((len(raters), len(whole), len(constructs)), np.nan)
    for row, own in enumerate(whole):
        for construct, one in own.items():
            for place, name in enumerate(raters):
                cube[place, row, constructs.index(construct)] = one.ratings.get(name, np.nan)
    found = halo(cube, rng=rng, draws=DRAWS)
    intervals = (found.within, found.between, found.excess)
    return tuple(
        estimate(name, label, one, COEFFICIENT) for (name, label), one in zip(labels, intervals, strict=True)
    )


def _guesses(
    table: Table, answers: Sequence[Answer], ratings: Sequence[Rating], spec: RaterSpec
) -> tuple[Estimate, ...]:
    """Say whether the rater knows beyond chance who spoke: Bang's index by source, James's over both."""
    names = (
        ("bang_program", "guesses programs right beyond chance (Bang)"),
        ("bang_person", "guesses people right beyond chance (Bang)"),
        ("james", "masking over both (James; .5 is chance)"),
    )
    mine = [one for one in ratings if one.rater == spec.id and one.rubric == GUESS]
    if not mine:
        reason = "the rater was not asked who spoke"
        return tuple(Estimate(name=name, label=label, reason=reason) for name, label in names)
    people = {
        arm.id
        for arm in table.design.study.arms
        if all(actor.kind in {"human", "archive"} for actor in arm.actors)
    }
    arm_of = {answer.session: answer.arm for answer in answers}
    counts = np.zeros((3, 2), dtype=int)
    for one in mine:
        if one.session in arm_of:
            guessed = 2 if one.value is None else 0 if one.value >= 0.5 else 1
            counts[guessed, int(arm_of[one.session] in people)] += 1
    intervals: tuple[Interval, ...] = (
        bang_index(int(counts[0, 0]), int(counts[1, 0]), int(counts[2, 0])),
        bang_index(int(counts[1, 1]), int(counts[0, 1]), int(counts[2, 1])),
        james_index(counts)
        if counts[:, 0].any() and counts[:, 1].any()
        else Interval(estimate=None, reason="all answers are from one source"),
    )
    return tuple(
        estimate(name, label, one, COEFFICIENT) for (name, label), one in zip(names, intervals, strict=True)
    )
