"""Figures of practice: a value beside two reference groups, values over sessions, what carried over to unseen clients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from therapyarc.web.trainee.feedback import SHOWN
from therapyarc.web.trainee.keep import Practised

__all__ = ["Figure", "Strip", "figures", "strips"]

_WIDE, _HIGH = 300.0, 60.0


@dataclass(frozen=True, slots=True)
class Strip:
    """One measure beside its references, with places on a line of 0 to 300."""

    measure: str
    value: float | None
    missing: str | None
    high: tuple[float, float, float]
    """5th percentile, median and 95th of high-quality sessions."""
    low: tuple[float, float, float]
    """The same of low-quality sessions."""
    at: float | None
    """Place of the value."""
    high_at: tuple[float, float, float]
    low_at: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure over finished sessions."""

    measure: str
    values: tuple[float | None, ...]
    """One for each session, in order; none where it is missing."""
    points: tuple[tuple[float, float], ...]
    """Places of the values that are there on a field of 300 by 60; up is more."""
    practised: float | None
    """Last practised session less the first; none with fewer than two, branches left out."""
    unseen: float | None
    """Mean of unseen clients less the first practised session."""


def strips(profile: Sequence[Mapping[str, Any]]) -> list[Strip]:
    """Return rows for the table and figure of one session."""
    rows = []
    for one in profile:
        every = [*one["high"], *one["low"], *([] if one["value"] is None else [one["value"]])]
        least, wide = min(every), (max(every) - min(every)) or 1.0

        def at(value: float, least: float = least, wide: float = wide) -> float:
            return round(_WIDE * (value - least) / wide, 1)

        value = one["value"]
        rows.append(
            Strip(
                one["measure"],
                value,
                one["missing"],
                _three(one["high"]),
                _three(one["low"]),
                None if value is None else at(value),
                _three([at(v) for v in one["high"]]),
                _three([at(v) for v in one["low"]]),
            )
        )
    return rows


def _three(values: Sequence[float]) -> tuple[float, float, float]:
    first, second, third = values
    return first, second, third


def figures(done: Sequence[Practised], found: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Return each measure over finished sessions; the first row is the mean coverage of the formulation's fields."""
    columns: dict[str, list[float | None]] = {"coverage": [], **{name: [] for name in SHOWN}}
    for one in found:
        shares = [field["share"] for field in one["formulation"] if field["share"] is not None]
        columns["coverage"].append(sum(shares) / len(shares) if shares else None)
        for row in one["profile"]:
            columns[row["measure"]].append(row["value"])
    return [_figure(name, values, done) for name, values in columns.items()]


def _figure(name: str, values: Sequence[float | None], done: Sequence[Practised]) -> Figure:
    there = [value for value in values if value is not None]
    least, wide = (min(there), (max(there) - min(there)) or 1.0) if there else (0.0, 1.0)
    step = _WIDE / max(1, len(values) - 1)
    points = tuple(
        (round(place * step, 1), round(_HIGH - _HIGH * (value - least) / wide, 1))
        for place, value in enumerate(values)
        if value is not None
    )
    own = [v for v, one in zip(values, done, strict=True) if one.stage == "practised" and one.origin is None]
    new = [v for v, one in zip(values, done, strict=True) if one.stage == "unseen" and v is not None]
    first = own[0] if own else None
    last = own[-1] if len(own) > 1 else None
    return Figure(
        name,
        tuple(values),
        points,
        None if first is None or last is None else last - first,
        None if first is None or not new else sum(new) / len(new) - first,
    )
