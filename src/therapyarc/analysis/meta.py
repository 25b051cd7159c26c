"""From a table of trials to a meta-analysis: one effect a trial, by comparator, by moderator, and as a network."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from therapyarc.analysis.estimates import estimate
from therapyarc.domain import Estimate
from therapyarc.domain.meta import (
    MetaFindings,
    MetaModerator,
    MetaNetwork,
    MetaPooled,
    MetaRow,
    MetaSmallStudies,
    MetaStudy,
)
from therapyarc.stats import (
    Interval,
    MetaAnalysis,
    combined,
    meta_regression,
    network_meta_analysis,
    random_effects,
    small_studies,
    trim_and_fill,
)

__all__ = ["CORRELATION", "LEVELS", "meta_analysis"]

CORRELATION = 0.5
"""Assumed between effects of one trial; never known from such a table."""
LEVELS = 6
"""The most levels of a column of words that is taken for a moderator; with more it is a name or a remark."""


def meta_analysis(
    rows: Sequence[MetaRow],
    *,
    title: str = "",
    about: Sequence[str] = (),
    moderators: Sequence[str] | None = None,
    reference: str | None = None,
    left_out: Sequence[str] = (),
) -> MetaFindings:
    """Analyse a table of trials.

    Several rows of a trial are first made one effect, at an assumed correlation of .5: over all rows for the whole, over
    those with the same comparator for subgroups, over those of the same pair for the network.

    Parameters
    ----------
    rows
        At least one.
    title, about
        Name of the table, and what it says of itself.
    moderators
        Columns of one joint meta-regression; none takes each other column by itself.
    reference
        Node of the network against which effects are given; none takes the one that most trials hold.
    left_out
        Rows that could not enter, with the reason.

    Raises
    ------
    ValueError
        If there is no row, or a variance is not above 0.
    """
    merged = _merged(rows, lambda row: row.study)
    whole = random_effects([one.effect for one in merged], [one.variance for one in merged])
    groups = _groups(rows)
    notes = []
    if repeated := len(rows) - len(merged):
        told = "1 row is a further effect" if repeated == 1 else f"{repeated} rows are further effects"
        notes.append(
            f"{told} of a trial; the effects of a trial are averaged, taken to correlate at {CORRELATION:g}."
        )
    notes += [*_copies(rows), *_alike(rows)]
    if {row.treatment for row in rows} & {row.comparator for row in rows}:
        notes.append(
            "Some treatments are comparators elsewhere, so the mean over all mixes different questions; read the network."
        )
    if whole.k == 2:
        notes.append(
            "Two trials: the interval has one degree of freedom, and there is no prediction interval."
        )
    if len({row.comparator for row in rows}) > 1:
        notes.append(
            "The mean over all comparators is no effect of any trial that could be done; it depends on which comparators "
            "were chosen."
        )
    return MetaFindings(
        title=title,
        about=tuple(about),
        overall=_pooled("all trials", whole),
        studies=tuple(_study(one, rows, weight) for one, weight in zip(merged, whole.weights, strict=True)),
        subgroups=tuple(
            _pooled(name, random_effects([r.effect for r in own], [r.variance for r in own]))
            for name, own in groups.items()
        )
        if any(groups)
        else (),
        between=_between(groups) if len(groups) > 1 else None,
        moderators=_moderators(rows, merged, moderators),
        small=_small(merged),
        network=_network(rows, reference),
        left_out=tuple(left_out),
        notes=tuple(notes),
    )


def _copies(rows: Sequence[MetaRow]) -> Iterator[str]:
    """Say which rows are equal in every cell: a copy by mistake would count as a further effect."""
    seen: set[tuple[str, float, float, str, str]] = set()
    for row in rows:
        key = (row.study, row.effect, row.variance, row.treatment, row.comparator)
        if key in seen:
            yield f"{row.study} has two rows of the same effect and variance; if one is a copy, remove it."
        seen.add(key)


def _alike(rows: Sequence[MetaRow]) -> Iterator[str]:
    """Say which names differ by case or blanks alone: they count as different trials."""
    spelt: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        spelt[" ".join(row.study.casefold().split())][row.study] = None
    for names in spelt.values():
        if len(names) > 1:
            yield f"{' and '.join(names)} count as different trials, as their names are spelt differently."


def _merged(rows: Sequence[MetaRow], key: Callable[[MetaRow], object]) -> list[MetaRow]:
    """Return one row for each key, in the order of the first."""
    gathered: dict[object, list[MetaRow]] = defaultdict(list)
    for row in rows:
        gathered[key(row)].append(row)
    found = []
    for own in gathered.values():
        effect, variance = combined([r.effect for r in own], [r.variance for r in own], CORRELATION)
        found.append(replace(own[0], effect=effect, variance=variance) if len(own) > 1 else own[0])
    return found


def _groups(rows: Sequence[MetaRow]) -> dict[str, list[MetaRow]]:
    """Return trials by comparator: known kinds in the order of how much they do, then others by name."""
    order = ["waitlist", "usual care", "information", "active"]
    gathered: dict[str, list[MetaRow]] = defaultdict(list)
    for row in rows:
        gathered[row.comparator].append(row)
    names = sorted(gathered, key=lambda name: (order.index(name) if name in order else len(order), name))
    return {name: _merged(gathered[name], lambda row: row.study) for name in names}


def _study(one: MetaRow, rows: Sequence[MetaRow], weight: float) -> MetaStudy:
    own = [row for row in rows if row.study == one.study]
    half = 1.959963984540054 * one.variance**0.5
    return MetaStudy(
        study=one.study,
        comparator=", ".join(dict.fromkeys(row.comparator for row in own if row.comparator)),
        effect=Estimate(
            name="effect", label="effect", value=one.effect, low=one.effect - half, high=one.effect + half,
            method="normal",
        ),
        variance=one.variance,
        weight=weight,
        rows=len(own),
    )  # fmt: skip


def _pooled(label: str, found: MetaAnalysis) -> MetaPooled:
    return MetaPooled(
        label=label or "not stated",
        k=found.k,
        estimate=estimate("effect", "mean effect", found.estimate),
        normal=estimate("effect", "mean effect, tau2 taken as known", found.normal),
        prediction=estimate("effect", "effect of a further trial", found.prediction),
        tau2=estimate("tau2", "variance between trials", found.tau2),
        i2=found.i2,
        q=found.q,
        q_df=found.q_df,
        q_p=found.q_p,
        p=found.p,
    )


def _between(groups: dict[str, list[MetaRow]]) -> MetaModerator:
    rows = [replace(row, moderators={"comparator": name}) for name, own in groups.items() for row in own]
    found = _regression(rows, ["comparator"])
    twice = len(rows) - len({row.study for row in rows})
    note = f"{twice} trials stand under two comparators and are taken as independent" if twice else None
    return found if found.reason else replace(found, reason=note)


def _moderators(
    rows: Sequence[MetaRow], merged: Sequence[MetaRow], wanted: Sequence[str] | None
) -> tuple[MetaModerator, ...]:
    """Regress on each other column, or on the wanted ones at once. A trial's value is that of its first row."""
    if wanted is not None:
        return (_regression(merged, list(wanted)),)
    names = dict.fromkeys(name for row in rows for name in row.moderators)
    return tuple(_regression(merged, [name]) for name in names)


def _regression(rows: Sequence[MetaRow], names: list[str]) -> MetaModerator:
    label = " + ".join(names)
    there = [row for row in rows if all(row.moderators.get(name, "").strip() for name in names)]
    if not there:
        return MetaModerator(name=label, k=0, reason="no trial has a value")
    columns, titles = [np.ones(len(there))], ["intercept"]
    for name in names:
        values = [row.moderators[name].strip() for row in there]
        numbers = _numbers(values)
        if numbers is not None:
            columns.append(numbers)
            titles.append(name)
            continue
        levels = list(dict.fromkeys(values))
        if len(levels) > LEVELS:
            told = f"{name} has {len(levels)} different words; more than {LEVELS} are a name and no moderator"
            return MetaModerator(name=label, k=len(there), reason=told)
        for level in levels[1:]:
            columns.append(np.array([float(value == level) for value in values]))
            titles.append(f"{name}: {level} less {levels[0]}")
    if len(titles) == 1:
        return MetaModerator(name=label, k=len(there), reason="the same in all trials")
    try:
        found = meta_regression(
            [row.effect for row in there], [row.variance for row in there], np.column_stack(columns), titles
        )
    except ValueError as error:
        return MetaModerator(name=label, k=len(there), reason=str(error))
    return MetaModerator(
        name=label,
        k=found.k,
        coefficients=tuple(
            replace(estimate("coefficient", title, one), reason=None)
            for title, one in zip(titles, found.coefficients, strict=True)
        ),
        f=found.f,
        f_df=found.f_df,
        f_p=found.f_p,
        tau2=found.tau2,
        r2=found.r2,
        reason="fewer than ten trials a coefficient: a hint at most"
        if found.k < 10 * (len(titles) - 1)
        else None,
    )


def _numbers(values: Sequence[str]) -> np.ndarray | None:
    try:
        found = np.array([float(value) for value in values])
    except ValueError:
        return None
    return found if np.isfinite(found).all() else None


def _small(rows: Sequence[MetaRow]) -> MetaSmallStudies:
    y, v = [row.effect for row in rows], [row.variance for row in rows]
    found, filled = small_studies(y, v), trim_and_fill(y, v)
    nothing = Interval(estimate=None, reason=found.reason)
    return MetaSmallStudies(
        egger=replace(estimate("egger", "Egger's intercept", found.egger), reason=found.egger.reason),
        egger_p=found.egger_p,
        rank_tau=found.rank_tau,
        rank_p=found.rank_p,
        filled=None if filled is None else filled.filled,
        side="" if filled is None else filled.side,
        adjusted=estimate(
            "effect",
            "mean effect with the trials that trim and fill adds",
            nothing if filled is None else filled.analysis.estimate,
        ),
        reason=found.reason,
    )


def _network(rows: Sequence[MetaRow], reference: str | None) -> MetaNetwork:
    named = [row for row in rows if row.comparator]
    if not named or len({row.comparator for row in named} | {row.treatment for row in named}) < 3:
        return MetaNetwork(
            reason="a network needs three treatments or comparators; name them in columns treatment and comparator"
        )
    own = _merged(named, lambda row: (row.study, row.treatment, row.comparator))
    holds: dict[str, set[str]] = defaultdict(set)
    for row in own:
        holds[row.treatment].add(row.study)
        holds[row.comparator].add(row.study)
    base = reference or min(holds, key=lambda name: (-len(holds[name]), name))
    try:
        found = network_meta_analysis(
            [row.study for row in own],
            [row.treatment for row in own],
            [row.comparator for row in own],
            [row.effect for row in own],
            [row.variance for row in own],
            reference=base,
        )
    except ValueError as error:
        return MetaNetwork(reason=str(error))

    def against(intervals: Sequence[Interval]) -> tuple[Estimate, ...]:
        return tuple(
            estimate("effect", name, one) for name, one in zip(found.treatments, intervals, strict=True)
        )

    return MetaNetwork(
        treatments=found.treatments,
        reference=found.reference,
        studies=found.studies,
        common=against(found.common),
        random=against(found.random),
        league=tuple(against(row) for row in found.league),
        tau2=found.tau2 if found.q_df else None,
        tau2_reml=found.tau2_reml if found.q_df else None,
        i2=found.i2,
        q=found.q if found.q_df else None,
        q_df=found.q_df,
        q_p=found.q_p,
        q_between=found.q_between if found.q_between_df else None,
        q_between_df=found.q_between_df,
        q_between_p=found.q_between_p,
        pairs=found.pairs,
    )
