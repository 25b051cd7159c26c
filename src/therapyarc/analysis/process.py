"""Process measures: by arm, with reliability and length; beside the true state of simulated clients; and halo."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from therapyarc.analysis.estimates import estimate
from therapyarc.domain import (
    COEFFICIENT,
    ArmProcess,
    Estimate,
    Halo,
    Measure,
    Measurement,
    ProcessRow,
    Recovery,
)
from therapyarc.domain.assignment import CourseAssignment
from therapyarc.domain.course import Trace
from therapyarc.domain.design import Design
from therapyarc.domain.measure import NULLS, Null, beside
from therapyarc.stats import Interval, cluster_bootstrap, icc_reml, values_at_equal_length

__all__ = ["halo", "process", "recovery"]

Floats = NDArray[np.float64]
LENGTH = "session_words"
SIDES = ("words_client", "words_therapist")
_Z: dict[Null, tuple[str, str]] = {
    "shuffle": ("z_shuffle", "mean z beside shuffles"),
    "pseudo": ("z_pseudo", "mean z beside pseudo-dyads"),
    "length": ("z_length", "mean z beside turns of like length"),
}
LENGTH_ITSELF = "length"
"""Construct of measures that are not held at equal length."""
FEWEST = 10
"""Sessions below which a rank correlation over sessions is not given."""


def process(
    design: Design,
    courses: Sequence[CourseAssignment],
    rows: Iterable[Measurement],
    described: Mapping[str, tuple[str, Measure]],
) -> tuple[ProcessRow, ...]:
    """Return every computed measure of course sessions, in the order of `described`.

    An arm's mean is over courses, each the mean of its sessions, with Student's interval over courses; so is the mean z
    beside each null. At equal length, sessions are first moved to the mean length of all (`values_at_equal_length`, slopes
    within arms), and the interval takes the slopes as known. Reliability is ICC(3,k) of actors over cases. Length is
    Spearman's rho with the words of the session over all sessions. A measure that means nothing without its nulls has no
    mean in an arm that has none.
    """
    of = {name: course for course in courses for name in course.sessions}
    values, missing = _gathered(rows, of)
    arms = {arm.id: place for place, arm in enumerate(design.study.arms)}
    group = {name: arms[course.arm] for name, course in of.items()}
    found = []
    for name, (family, measure) in described.items():
        if name not in values and name not in missing:
            continue
        found.append(
            ProcessRow(
                family=family,
                measure=measure,
                arms=tuple(
                    _arm(
                        [course for course in courses if course.arm == arm.id],
                        measure,
                        values,
                        _at_equal_length(measure, values, group),
                        _extrapolated(arm.id, courses, values),
                        missing.get(name, {}),
                    )
                    for arm in design.study.arms
                    if any(course.arm == arm.id for course in courses)
                ),
                reliability=_reliability(courses, values.get(name, {})),
                length=_with_length(name, values),
            )
        )
    return tuple(found)


def _gathered(
    rows: Iterable[Measurement], of: Mapping[str, CourseAssignment]
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, str]]]:
    """Return values by measure and session (the mean, where several turns or raters have one), and reasons likewise."""
    several: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    missing: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row.session not in of:
            continue
        if row.value is not None:
            several[row.measure][row.session].append(row.value)
        elif row.missing is not None:
            missing[row.measure][row.session] = str(row.missing)
    values = {
        name: {session: float(np.mean(own)) for session, own in by.items()} for name, by in several.items()
    }
    return values, missing


def _at_equal_length(
    measure: Measure, values: Mapping[str, Mapping[str, float]], group: Mapping[str, int]
) -> dict[str, float] | str:
    """Return the values of sessions at equal length, or why there are none."""
    if measure.construct == LENGTH_ITSELF:
        return "is length itself"
    own, sides = values.get(measure.name, {}), [values.get(side, {}) for side in SIDES]
    both = sorted(name for name in own if all(name in side for side in sides))
    if not both:
        return "no session has it"
    moved = values_at_equal_length(
        [own[name] for name in both],
        [group[name] for name in both],
        [[side[name] for side in sides] for name in both],
    )
    if np.isnan(moved).any():
        return "too few sessions, or length does not vary within arms"
    return dict(zip(both, moved.tolist(), strict=True))


def _extrapolated(
    arm: str, courses: Sequence[CourseAssignment], values: Mapping[str, Mapping[str, float]]
) -> bool:
    """Say whether the mean length of all lies outside the lengths of an arm's sessions, on either side of the talk."""
    own = {name for course in courses if course.arm == arm for name in course.sessions}
    for side in SIDES:
        logs = {name: float(np.log1p(words)) for name, words in values.get(side, {}).items()}
        mine = [length for name, length in logs.items() if name in own]
        if mine and not min(mine) <= np.mean([*logs.values()]) <= max(mine):
            return True
    return False


def _arm(
    mine: Sequence[CourseAssignment],
    measure: Measure,
    values: Mapping[str, Mapping[str, float]],
    adjusted: Mapping[str, float] | str,
    extrapolated: bool,
    missing: Mapping[str, str],
) -> ArmProcess:
    means = _by_course(mine, values.get(measure.name, {}))
    reasons = Counter(
        missing[session] for course in mine for session in course.sessions if session in missing
    )
    mean = _mean(means)
    named = ("at_equal_length", "mean at equal length")
    equal = (
        Estimate(name=named[0], label=named[1], reason=adjusted)
        if isinstance(adjusted, str)
        else _mean(_by_course(mine, adjusted), *named)
    )
    if extrapolated and equal.low is not None:
        equal = replace(equal, reason="extrapolated")
    nulls: dict[Null, Estimate] = {}
    if measure.chance:
        nulls = {
            null: _mean(z, *_Z[null])
            for null in NULLS
            if (z := _by_course(mine, values.get(beside(measure.name, null), {})))
        }
        if not nulls:
            mean, equal = (
                Estimate(name=one.name, label=one.label, reason="not shown: no null stands beside it")
                for one in (mean, equal)
            )
    return ArmProcess(
        arm=mine[0].arm,
        courses=len(means),
        mean=mean,
        at_equal_length=equal,
        beside=nulls,
        missing=dict(sorted(reasons.items())),
    )


def _by_course(mine: Sequence[CourseAssignment], values: Mapping[str, float]) -> list[float]:
    """Return the mean over sessions of each course that has any."""
    return [
        float(np.mean(own))
        for course in mine
        if (own := [values[session] for session in course.sessions if session in values])
    ]


def _mean(means: Sequence[float], name: str = "mean", label: str = "mean") -> Estimate:
    if not means:
        return Estimate(name=name, label=label, reason="no session has it")
    centre = float(np.mean(means))
    if len(means) < 3:
        return Estimate(name=name, label=label, value=centre, reason="fewer than three courses")
    reach = float(scipy_stats.t.ppf(0.975, len(means) - 1)) * float(np.std(means, ddof=1)) / sqrt(len(means))
    return Estimate(
        name=name,
        label=label,
        value=centre,
        low=centre - reach,
        high=centre + reach,
        method="t over courses",
    )


def _reliability(courses: Sequence[CourseAssignment], values: Mapping[str, float]) -> Estimate:
    cells: dict[tuple[str, str], list[float]] = defaultdict(list)
    for course in courses:
        cells[course.actor, course.case] += [values[name] for name in course.sessions if name in values]
    known = {key: float(np.mean(own)) for key, own in cells.items() if own}
    actors, cases = (sorted({key[place] for key in known}) for place in (0, 1))
    name, label = "reliability", "reliability over cases"
    if len(actors) < 3 or len(cases) < 2 or len(set(known.values())) < 2:
        return Estimate(name=name, label=label, reason="too few actors or cases, or no variance")
    matrix = np.array([[known.get((actor, case), np.nan) for case in cases] for actor in actors])
    return estimate(name, label, icc_reml(matrix, "3,k"), COEFFICIENT)


def _with_length(name: str, values: Mapping[str, Mapping[str, float]]) -> Estimate:
    rho = _rho(values.get(name, {}), values.get(LENGTH, {}))
    reason = None if rho is not None else "too few sessions, or no variance"
    return Estimate(
        name="length", label="rho with words of the session", value=rho, unit=COEFFICIENT, reason=reason
    )


def _rho(a: Mapping[str, float], b: Mapping[str, float]) -> float | None:
    both = sorted(set(a) & set(b))
    x, y = np.array([a[name] for name in both]), np.array([b[name] for name in both])
    if len(both) < FEWEST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(scipy_stats.rankdata(x), scipy_stats.rankdata(y))[0, 1])


_TRUTHS: dict[str, tuple[Callable[[Trace], float], tuple[str, ...]]] = {
    "bond at the end of the session": (
        lambda trace: trace.end.bond,
        (
            "alliance", "alliance:bond", "alliance_bond_observed", "alliance_therapist", "alliance_client",
            "alliance_bond_therapist", "alliance_bond_client", "empathy", "validation", beside("lsm", "pseudo"),
            beside("uptake_therapist", "shuffle"),
        ),
    ),
    "agreement on goals at the end of the session": (
        lambda trace: trace.end.goal,
        ("alliance:goal", "alliance_goal_observed", "alliance_goal_therapist", "alliance_goal_client"),
    ),
    "agreement on tasks at the end of the session": (
        lambda trace: trace.end.task,
        ("alliance:task", "alliance_task_observed", "alliance_task_therapist", "alliance_task_client"),
    ),
    "facts told in the session": (
        lambda trace: float(len(trace.end.told) - len(trace.start.told)),
        ("disclosure_depth", "disclosure_deepest", "disclosure_feelings", "facts_told", "client_words"),
    ),
    "share of the client's turns that resist": (
        lambda trace: float(np.mean([turn.resistance is not None for turn in trace.turns])) if trace.turns else 0.0,
        ("client_resistant", "rate_resistance"),
    ),
    "ruptures that opened": (
        lambda trace: float(sum("rupture" in turn.event and "repair" not in turn.event for turn in trace.turns)),
        ("rupture_withdrawals", "rupture_confrontations", "repair_quality"),
    ),
    "conviction in the strongest belief at the end of the session": (
        lambda trace: max(trace.end.convictions.values(), default=0.0),
        ("conviction",),
    ),
    "change of mean conviction": (
        lambda trace: float(
            np.mean([*trace.end.convictions.values()]) - np.mean([*trace.start.convictions.values()])
        )
        if trace.end.convictions
        else 0.0,
        ("socratic_steps", "socratic_marks", "socratic_answers_given", "socratic_quality", "empathy", "validation"),
    ),
}  # fmt: skip


def recovery(
    design: Design,
    courses: Sequence[CourseAssignment],
    traces: Iterable[Trace],
    rows: Iterable[Measurement],
) -> tuple[Recovery, ...]:
    """Hold measures against the true state of simulated clients, over sessions, with an interval by drawing courses.

    It tests the measures and the client's mechanism together: a measure that recovers nothing here is of no use on these
    clients; one that recovers much may still fail on people.
    """
    of = {name: course for course in courses for name in course.sessions}
    values, _ = _gathered(rows, of)
    sealed = list(traces)
    found: list[Recovery] = []
    for truth, (true, names) in _TRUTHS.items():
        state = {trace.session: true(trace) for trace in sealed}
        found += [
            _recovered(design, truth, name, values[name], state, of) for name in names if name in values
        ]
    return tuple(found)


def _recovered(
    design: Design,
    truth: str,
    name: str,
    values: Mapping[str, float],
    state: Mapping[str, float],
    of: Mapping[str, CourseAssignment],
) -> Recovery:
    both = sorted(set(values) & set(state))
    clusters: dict[str, list[int]] = defaultdict(list)
    for place, session in enumerate(both):
        clusters[of[session].course].append(place)
    members = [np.array(own) for own in clusters.values()]
    x, y = np.array([values[s] for s in both]), np.array([state[s] for s in both])

    def rho(drawn: NDArray[np.intp]) -> float:
        at = np.concatenate([members[one] for one in drawn])
        if np.ptp(x[at]) == 0 or np.ptp(y[at]) == 0:
            return float("nan")
        return float(np.corrcoef(scipy_stats.rankdata(x[at]), scipy_stats.rankdata(y[at]))[0, 1])

    if len(both) < FEWEST or np.ptp(x) == 0 or np.ptp(y) == 0:
        interval = Interval(estimate=None, reason="too few sessions, or one of the two does not vary")
    else:
        rng = np.random.default_rng([design.study.seed, *name.encode()])
        interval = cluster_bootstrap(rho, len(members), rng=rng, draws=500)
    return Recovery(
        truth=truth,
        measure=name,
        sessions=len(both),
        rho=estimate("rho", "Spearman's rho", interval, COEFFICIENT),
    )


_MAPPED = (
    "empathy", "validation", "alliance", "alliance_therapist", "alliance_client", "empathy_interpretations",
    "validation_level", "socratic_marks", "ba_adherence", "premature_advice", "disclosure_depth",
    beside("uptake_therapist", "shuffle"), beside("lsm", "pseudo"), "therapist_share", "session_words",
)  # fmt: skip


def halo(courses: Sequence[CourseAssignment], rows: Iterable[Measurement]) -> Halo | None:
    """Return rank correlations between the chief measures over sessions; none without two of them.

    Measures that go together in everything may measure one thing, or one impression.
    """
    of = {name: course for course in courses for name in course.sessions}
    values, _ = _gathered(rows, of)
    names = [name for name in _MAPPED if len(set(values.get(name, {}).values())) > 1]
    if len(names) < 2:
        return None
    return Halo(
        measures=tuple(names),
        rho=tuple(tuple(_rho(values[a], values[b]) for b in names) for a in names),
        sessions=len({session for name in names for session in values[name]}),
    )
