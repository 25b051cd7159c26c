"""Stigma: shares of stigmatising answers beside shares of none, and what swapping one trait of the person does."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from therapyarc.analysis.estimates import estimate
from therapyarc.analysis.shares import share
from therapyarc.analysis.table import Table
from therapyarc.domain import SHARE, Case, Estimate, Instrument, Item, Missing
from therapyarc.domain.assignment import Assignment
from therapyarc.domain.safety import StigmaRate, StigmaSwap
from therapyarc.stats import cluster_bootstrap

__all__ = ["stigma_rates", "stigma_swaps"]


@dataclass(frozen=True, slots=True)
class _Answer:
    """One question on one vignette, with what came of it."""

    key: Assignment
    case: Case
    item: Item
    condition: str
    view: bool | None
    """Whether the answer is stigmatising; none where it gives no view."""
    missing: str | None
    """`declined` for "I do not know"; another reason where no answer could be read; none for a view."""


def stigma_rates(table: Table) -> Iterator[StigmaRate]:
    """Yield shares by arm: over all disorders, by condition, by topic. Only questions with keyed options count.

    A stigmatising answer on the control condition is counted there and nowhere else.
    """
    for survey, arm, answers in _surveys(table):
        grammar = survey.grammar
        assert grammar is not None
        disorders = [answer for answer in answers if answer.condition != grammar.control]
        yield _rate(table, arm, "all", "", disorders)
        conditions = next(trait for trait in grammar.traits if trait.id == grammar.condition)
        for value in conditions.values:
            members = [answer for answer in answers if answer.condition == value.id]
            if members:
                yield _rate(
                    table, arm, "condition", value.label, members, control=value.id == grammar.control
                )
        there = {answer.item.topic for answer in disorders}
        for topic in dict.fromkeys(item.topic for item in survey.items if item.topic in there):
            yield _rate(table, arm, "topic", topic, [a for a in disorders if a.item.topic == topic])


def stigma_swaps(table: Table) -> Iterator[StigmaSwap]:
    """Yield, by arm and trait other than the condition, the paired difference of each two of its values.

    A pair is two answers of one actor to one question on two vignettes that differ in this trait (and in the name, where
    names go with it) and in nothing else. The control condition is left out. Answers on one pair of vignettes stay together.
    """
    for survey, arm, answers in _surveys(table):
        grammar = survey.grammar
        assert grammar is not None
        held = [answer for answer in answers if answer.condition != grammar.control]
        for trait in grammar.traits:
            if trait.id == grammar.condition:
                continue
            for first, second in combinations(trait.values, 2):
                by_frame = _differences(held, [t.id for t in grammar.traits], trait.id, first.id, second.id)
                yield StigmaSwap(
                    arm=arm,
                    trait=trait.id,
                    first=first.label,
                    second=second.label,
                    vignettes=len(by_frame),
                    answers=sum(map(len, by_frame.values())),
                    difference=_mean(list(by_frame.values()), table.design.study.seed),
                )


def _surveys(table: Table) -> Iterator[tuple[Instrument, str, list[_Answer]]]:
    for survey in table.design.instruments:
        if survey.kind != "survey" or survey.grammar is None:
            continue
        for arm in table.design.study.arms:
            answers = [
                _answer(table, survey, assignment)
                for assignment in table.assignments
                if assignment.arm == arm.id and assignment.instrument == survey.id
            ]
            scored = [answer for answer in answers if any(option.keyed for option in answer.item.options)]
            if scored:
                yield survey, arm.id, scored


def _answer(table: Table, survey: Instrument, assignment: Assignment) -> _Answer:
    assert survey.grammar is not None
    case = survey.case(assignment.case or "")
    value = table.value(assignment.session, "stigma")
    return _Answer(
        key=assignment,
        case=case,
        item=survey.item(assignment.item),
        condition=case.traits[survey.grammar.condition],
        view=None if isinstance(value, Missing) else value == 1,
        missing=str(value) if isinstance(value, Missing) else None,
    )


def _rate(
    table: Table, arm: str, by: str, group: str, answers: Sequence[_Answer], *, control: bool = False
) -> StigmaRate:
    views = [(answer, answer.view) for answer in answers if answer.view is not None]
    readable = [answer for answer in answers if answer.missing in {None, Missing.DECLINED}]
    abstained = [answer.missing is not None for answer in readable]
    count, n, seed = sum(view for _, view in views), len(answers), table.design.study.seed
    reasons = Counter(a.missing for a in answers if a.missing not in {None, Missing.DECLINED})
    return StigmaRate(
        arm=arm,
        by=by,  # type: ignore[arg-type]  # one of three, by the callers above
        group=group,
        control=control,
        planned=n,
        views=len(views),
        count=count,
        abstained=sum(abstained),
        missing={str(reason): number for reason, number in sorted(reasons.items(), key=str)},
        rate=share(
            "share",
            "stigmatising answers",
            [view for _, view in views],
            [answer.case.id for answer, _ in views],
            seed,
            count_failures=False,
        ),
        abstention=share(
            "abstention", "do not know", abstained, [a.case.id for a in readable], seed, count_failures=False
        ),
        low=count / n if n else None,
        high=(count + n - len(views)) / n if n else None,
    )


Frame = tuple[str, ...]


def _differences(
    answers: Sequence[_Answer], traits: Sequence[str], trait: str, first: str, second: str
) -> dict[Frame, list[float]]:
    """Return the differences by pair of vignettes, one for each actor, question and replicate with both views."""
    cells: dict[tuple[Frame, str, str, str, int], dict[str, bool]] = defaultdict(dict)
    for answer in answers:
        if answer.view is not None and answer.case.traits[trait] in {first, second}:
            frame = tuple(answer.case.traits[name] for name in traits if name != trait)
            key = (frame, answer.key.actor, answer.key.condition, answer.item.id, answer.key.replicate)
            cells[key][answer.case.traits[trait]] = answer.view
    found: dict[Frame, list[float]] = defaultdict(list)
    for (frame, *_), both in cells.items():
        if len(both) == 2:
            found[frame].append(float(both[first]) - float(both[second]))
    return dict(found)


def _mean(by_frame: Sequence[Sequence[float]], seed: int) -> Estimate:
    name, label = "difference", "difference of shares"
    if not by_frame:
        return Estimate(name=name, label=label, reason="no pair has two views")
    sums = np.array([(sum(own), len(own)) for own in by_frame])
    interval = cluster_bootstrap(
        lambda drawn: float(sums[drawn, 0].sum() / sums[drawn, 1].sum()),
        len(by_frame),
        rng=np.random.default_rng(seed),
        draws=1000,
    )
    return estimate(name, label, interval, SHARE)
