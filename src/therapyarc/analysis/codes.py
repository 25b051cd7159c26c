"""How far coders agree, code by code: cue coder, trained coder, models, and people where their labels are given."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from therapyarc.analysis.estimates import estimate
from therapyarc.coding.coarse import in_annomi
from therapyarc.coding.codebook import codebook
from therapyarc.coding.majority import MajorityCodes, majority
from therapyarc.domain import COEFFICIENT, SHARE, CodeAgreement, Estimate
from therapyarc.domain.code import CodeSystem, TurnCodes
from therapyarc.stats import binary_ac1, binary_kappa, binary_raw, cluster_bootstrap

__all__ = ["SUPPORT", "code_agreement"]

SUPPORT = 5
"""Turns in which one coder at least must have found a code before agreement on it is estimated."""

_ROLES: tuple[Literal["therapist", "client"], ...] = ("therapist", "client")
_ANNOMI = {
    "therapist": ("question", "reflection", "therapist_input", "other"),
    "client": ("change", "neutral", "sustain"),
}

Floats = NDArray[np.float64]


def code_agreement(
    rows: Iterable[TurnCodes],
    *,
    rng: np.random.Generator,
    demonstrations: Iterable[str] = (),
    draws: int = 1000,
) -> tuple[CodeAgreement, ...]:
    """Compare each pair of coders on each code, over the turns that both could code.

    With a and b the two coders' 0/1 for one code on each turn: raw agreement is the share of turns with a = b; Cohen's
    kappa and Gwet's AC1 correct it for chance, and stand side by side since kappa falls towards 0 for rare codes while AC1
    rises. Of repeats the majority counts. Where the two code in different systems, both are read in AnnoMI's labels.
    Intervals draw whole sessions with replacement. A code that fewer than `SUPPORT` turns hold for either has no estimate,
    with the reason; a code that neither found is left out.

    Parameters
    ----------
    rows
        Rows of all coders.
    rng
        Randomness of the intervals.
    demonstrations
        Coders whose codes can only ever be a demonstration.
    draws
        Bootstrap draws of each interval.
    """
    shown = set(demonstrations)
    by: dict[str, dict[tuple[str, int], MajorityCodes]] = {}
    for row in majority(rows):
        if row.missing is None:
            by.setdefault(row.coder, {})[row.session, row.turn] = row
    result: list[CodeAgreement] = []
    for first, second in combinations(by, 2):
        for role in _ROLES:
            both = [
                (by[first][turn], by[second][turn])
                for turn in sorted(by[first].keys() & by[second].keys())
                if by[first][turn].role == role
            ]
            if both:
                flagged = bool({first, second} & shown)
                result += _pair(first, second, role, both, flagged, rng, draws)
    return tuple(result)


def _pair(
    first: str,
    second: str,
    role: Literal["therapist", "client"],
    both: Sequence[tuple[MajorityCodes, MajorityCodes]],
    demonstration: bool,
    rng: np.random.Generator,
    draws: int,
) -> list[CodeAgreement]:
    system: CodeSystem = "acts" if all(a.system == b.system == "acts" for a, b in both) else "annomi"
    found = [(_read(a, system), _read(b, system)) for a, b in both]
    names = [code.id for code in codebook(role).codes] if system == "acts" else list(_ANNOMI[role])
    names += sorted({code for pair in found for codes in pair for code in codes} - set(names))
    sessions = [a.session for a, _ in both]
    result = []
    for code in names:
        matrix = np.array([[code in a, code in b] for a, b in found], dtype=np.float64)
        support = int(matrix.any(axis=1).sum())
        if support:
            shares = matrix.mean(axis=0).tolist()
            result.append(
                CodeAgreement(
                    first=first,
                    second=second,
                    role=role,
                    code=code,
                    system=system,
                    turns=len(both),
                    sessions=len(set(sessions)),
                    support=support,
                    prevalence_first=shares[0],
                    prevalence_second=shares[1],
                    estimates=_estimates(matrix, sessions, support, rng, draws),
                    demonstration=demonstration,
                )
            )
    return result


def _read(row: MajorityCodes, system: CodeSystem) -> frozenset[str]:
    return in_annomi(row.role, row.codes) if row.system != system else row.codes


_STATISTICS: Mapping[str, tuple[str, str, Callable[[Floats], float]]] = {
    "code_raw": ("raw agreement", SHARE, binary_raw),
    "code_kappa": ("Cohen's kappa", COEFFICIENT, binary_kappa),
    "code_ac1": ("Gwet's AC1", COEFFICIENT, binary_ac1),
}


def _estimates(
    matrix: Floats, sessions: Sequence[str], support: int, rng: np.random.Generator, draws: int
) -> tuple[Estimate, ...]:
    if support < SUPPORT:
        reason = f"found in {support} turns by either coder; {SUPPORT} are needed"
        return tuple(
            Estimate(name=name, label=label, unit=unit, reason=reason)
            for name, (label, unit, _) in _STATISTICS.items()
        )
    order = {session: place for place, session in enumerate(dict.fromkeys(sessions))}
    tables = np.zeros((len(order), 2, 2))
    for one, (first, second) in zip(sessions, matrix.astype(int).tolist(), strict=True):
        tables[order[one], first, second] += 1
    return tuple(_estimate(name, tables, rng, draws) for name in _STATISTICS)


def _estimate(name: str, tables: Floats, rng: np.random.Generator, draws: int) -> Estimate:
    label, unit, statistic = _STATISTICS[name]
    found = cluster_bootstrap(
        lambda drawn: statistic(tables[drawn].sum(axis=0)), len(tables), rng=rng, draws=draws
    )
    return estimate(name, label, found, unit)
