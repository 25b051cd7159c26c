"""Process measures: by arm, with reliability and length; beside the true state of simulated clients; and halo."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from therapyarc.analysis.estimates import estimate
from therapyarc.domain import ArmProcess, Estimate, Halo, Measure, Measurement, ProcessRow, Recovery
from therapyarc.domain.assignment import CourseAssignment
from therapyarc.domain.course import Trace
from therapyarc.domain.design import Design
from therapyarc.stats import Interval, cluster_bootstrap, icc_reml

__all__ = ["halo", "process", "recovery"]

Floats = NDArray[np.float64]
LENGTH = "session_words"
FEWEST = 10
"""Sessions below which a rank correlation over sessions is not given."""


def process(
    design: Design,
    courses: Sequence[CourseAssignment],
    rows: Iterable[Measurement],
    described: Mapping[str, tuple[str, Measure]],
) -> tuple[ProcessRow, ...]:
    """Return every computed measure of course sessions, in the order of `described`.

    An arm's mean is over courses, each the mean of its sessions, with Student's interval over courses. Reliability is
    ICC(3,k) of actors over cases. Length is Spearman's rho with the words of the session over all sessions.
    """
    of = {name: course for course in courses for name in course.sessions}
    values, missing = _gathered(rows, of)
    found = []
    for name, (family, measure) in described.items():
        if name not in values and name not in missing:
            continue
        found.append(
            ProcessRow(
                family=family,
                measure=measure,
                arms=tuple(
                    _arm(arm.id, courses, values.get(name, {}), missing.get(name, {}))
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


def _arm(
    arm: str,
    courses: Sequence[CourseAssignment],
    values: Mapping[str, float],
    missing: Mapping[str, str],
) -> ArmProcess:
    mine = [course for course in courses if course.arm == arm]
    means = [
        float(np.mean(own))
        for course in mine
        if (own := [values[session] for session in course.sessions if session in values])
    ]
    reasons = Counter(
        missing[session] for course in mine for session in course.sessions if session in missing
    )
    return ArmProcess(arm=arm, courses=len(means), mean=_mean(means), missing=dict(sorted(reasons.items())))


def _mean(means: Sequence[float]) -> Estimate:
    if not means:
        return Estimate(name="mean", label="mean", reason="no session has it")
    centre = float(np.mean(means))
    if len(means) < 3:
        return Estimate(name="mean", label="mean", value=centre, reason="fewer than three courses")
    reach = float(scipy_stats.t.ppf(0.975, len(means) - 1)) * float(np.std(means, ddof=1)) / sqrt(len(means))
    return Estimate(
        name="mean",
        label="mean",
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
    return estimate(name, label, icc_reml(matrix, "3,k"))


def _with_length(name: str, values: Mapping[str, Mapping[str, float]]) -> Estimate:
    rho = _rho(values.get(name, {}), values.get(LENGTH, {}))
    reason = None if rho is not None else "too few sessions, or no variance"
    return Estimate(name="length", label="rho with words of the session", value=rho, reason=reason)


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
            "alliance_therapist", "alliance_client", "alliance_bond_therapist", "alliance_bond_client", "empathy",
            "validation", "lsm", "uptake_therapist",
        ),
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
        ("rupture_withdrawals", "rupture_confrontations"),
    ),
    "change of mean conviction": (
        lambda trace: float(
            np.mean([*trace.end.convictions.values()]) - np.mean([*trace.start.convictions.values()])
        )
        if trace.end.convictions
        else 0.0,
        ("socratic_steps", "socratic_answers_given", "empathy", "validation"),
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
        truth=truth, measure=name, sessions=len(both), rho=estimate("rho", "Spearman's rho", interval)
    )


_MAPPED = (
    "empathy", "validation", "alliance", "alliance_therapist", "alliance_client", "empathy_interpretations",
    "validation_level", "socratic_marks", "ba_adherence", "premature_advice", "disclosure_depth", "uptake_therapist", "lsm",
    "therapist_share", "session_words",
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
