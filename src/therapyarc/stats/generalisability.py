"""Generalisability: how well an actor's mean over cases and raters tells actors apart, and where its noise comes from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from therapyarc.stats.mixed import Grouping, SingularDesignError, mixed_model

__all__ = ["Generalisability", "generalisability"]

Integers = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generalisability:
    """Variance components of ratings of actors on cases by raters, and the reliability of an actor's mean."""

    components: dict[str, float]
    """Variance by source: `actor`, `case`, `rater`, `actor:case`, `actor:rater`, `rest`; those that the design can tell."""
    relative: float | None
    """Reliability of differences between actors who met the same cases and raters; 0 to 1."""
    absolute: float | None
    """Reliability of the level itself: the difficulty of cases and the severity of raters count as noise."""
    cases: float
    """Cases behind an actor's mean (harmonic mean over actors)."""
    raters: float
    """Raters behind it, likewise."""
    reason: str | None
    """Why there is no reliability, or what lies at its limit of zero."""


def generalisability(
    values: ArrayLike, actors: ArrayLike, cases: ArrayLike, raters: ArrayLike | None = None
) -> Generalisability:
    """Estimate y = mean + actor + case + rater + actor:case + actor:rater + rest, all random, by REML.

    relative = v_a / (v_a + v_ac / n_c + v_ar / n_r + v_e / n) with n_c cases, n_r raters and n values behind an actor's mean
    (harmonic means over actors); absolute has v_c / n_c + v_r / n_r in the noise, too. A source that the design cannot tell
    from the rest is in the rest: `actor:case` with one value a cell, raters with fewer than two of them.

    Parameters
    ----------
    values
        One value an actor, case and rater, the mean over replicates; none missing, shape (n,).
    actors, cases, raters
        Whole numbers or labels, shape (n,); no raters for a value that needs none.

    Returns
    -------
    Without reliabilities where actors or cases are fewer than two, values do not vary, or the parts cannot be told apart.

    Raises
    ------
    ValueError
        If shapes differ or a value is not finite.

    References
    ----------
    Cronbach et al. 1972, The Dependability of Behavioral Measurements; Brennan 2001, Generalizability Theory, chapters 3-4.
    """
    y = np.asarray(values, dtype=np.float64)
    codes = [_codes(actors), _codes(cases)]
    several = raters is not None and len(np.unique(np.asarray(raters))) > 1
    if raters is not None and several:
        codes.append(_codes(raters))
    if y.ndim != 1 or any(one.shape != y.shape for one in codes) or not np.isfinite(y).all():
        shapes = [one.shape for one in codes]
        raise ValueError(f"needs finite values with an actor and a case each; got {y.shape} and {shapes}")
    actor, case = codes[:2]
    n_c, n_r = _behind(actor, case), _behind(actor, codes[2]) if several else 1.0

    def without(reason: str) -> Generalisability:
        return Generalisability(
            components={}, relative=None, absolute=None, cases=n_c, raters=n_r, reason=reason
        )

    if len(y) < 3 or len(np.unique(actor)) < 2 or len(np.unique(case)) < 2:
        return without("needs two actors and two cases")
    if np.ptp(y) == 0:
        return without("all values are equal")
    groups = {"actor": actor, "case": case}
    if several:
        groups["rater"] = codes[2]
        for name, other in (("actor:case", case), ("actor:rater", codes[2])):
            cell = _codes(actor * (int(other.max()) + 1) + other)
            if len(np.unique(cell)) < len(y):
                groups[name] = cell
    try:
        fit = mixed_model(
            y,
            np.ones((len(y), 1)),
            ("mean",),
            [Grouping(name=name, codes=one) for name, one in groups.items()],
        )
    except SingularDesignError as error:
        return without(str(error))
    parts = {effect.name: effect.intercept for effect in fit.effects} | {"rest": fit.residual}
    behind = {"case": n_c, "rater": n_r, "actor:case": n_c, "actor:rater": n_r, "rest": _values(actor)}
    noise = {name: parts[name] / behind[name] for name in parts if name != "actor"}
    relative = sum(part for name, part in noise.items() if name not in {"case", "rater"})
    true, absolute = parts["actor"], sum(noise.values())
    return Generalisability(
        components=parts,
        relative=true / (true + relative) if true + relative > 0 else None,
        absolute=true / (true + absolute) if true + absolute > 0 else None,
        cases=n_c,
        raters=n_r,
        reason=fit.reason,
    )


def _codes(labels: ArrayLike) -> Integers:
    return np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.intp)


def _behind(actor: Integers, other: Integers) -> float:
    """Return the harmonic mean over actors of how many levels of the other factor each met."""
    counts = [len(np.unique(other[actor == one])) for one in np.unique(actor)]
    return float(len(counts) / sum(1 / count for count in counts)) if counts else 0.0


def _values(actor: Integers) -> float:
    counts = np.bincount(actor)
    return float(len(counts) / (1 / counts).sum())
