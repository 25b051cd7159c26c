"""Multiplicity within a declared family."""

from collections.abc import Sequence

__all__ = ["holm"]


def holm(p: Sequence[float | None]) -> tuple[float | None, ...]:
    """Holm-adjusted p values, in the order given; a missing p stays missing and does not count.

    With m p values sorted ascending, the i-th (from 1) becomes max over j <= i of min(1, (m - j + 1) p_(j)).

    Raises
    ------
    ValueError
        If a p lies outside 0 to 1.

    References
    ----------
    Holm 1979, Scand J Stat 6:65.

    Examples
    --------
    >>> [round(value, 3) for value in holm([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]
    """
    known = [(value, place) for place, value in enumerate(p) if value is not None]
    if any(not 0 <= value <= 1 for value, _ in known):
        raise ValueError(f"p values must lie between 0 and 1; got {list(p)}")
    adjusted: list[float | None] = [None] * len(p)
    running = 0.0
    for step, (value, place) in enumerate(sorted(known)):
        running = max(running, min(1.0, (len(known) - step) * value))
        adjusted[place] = running
    return tuple(adjusted)
