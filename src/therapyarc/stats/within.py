"""What goes together within a client over time, apart from what differs between clients."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from therapyarc.stats.bootstrap import cluster_bootstrap, percentile_interval
from therapyarc.stats.interval import Interval

__all__ = ["EventStudy", "Lagged", "PersonMeans", "event_study", "lagged_within", "person_means"]

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMeans:
    """A value split into its client's mean and the rest."""

    between: Floats
    """Mean of each client's known values, shape (clients,); NaN where there is none."""
    within: Floats
    """Value less that mean, shape (clients, sessions), NaN where missing."""
    share_between: float | None
    """Share of the sum of squares about the grand mean that lies between clients, 0 to 1; none where all are equal."""


def person_means(values: ArrayLike) -> PersonMeans:
    """Split x_it into the client's mean and x_it - mean_i (person-mean centring).

    Only the second part can speak of what happens to a client from session to session. With few sessions the mean of a
    client holds much of the noise of its sessions.

    Raises
    ------
    ValueError
        If `values` has not the shape (clients, sessions).

    References
    ----------
    Curran and Bauer 2011, Annu Rev Psychol 62:583.

    Examples
    --------
    >>> person_means([[1.0, 3.0], [5.0, 5.0]]).within.tolist()
    [[-1.0, 1.0], [0.0, 0.0]]
    """
    x = _matrix(values)
    known = ~np.isnan(x)
    counts = known.sum(axis=1)
    sums = np.where(known, x, 0.0).sum(axis=1)
    between = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    within = x - between[:, None]
    total = float(((x[known] - x[known].mean()) ** 2).sum()) if known.any() else 0.0
    inside = float((within[known] ** 2).sum())
    return PersonMeans(
        between=between, within=within, share_between=None if total == 0 else max(0.0, 1 - inside / total)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lagged:
    """Association of x at one session with y at the next within clients."""

    slope: Interval
    """Change of y at t + 1 for one unit of x at t, at equal y at t."""
    control: Interval
    """The same with the sessions of x in random order: mean over shuffles, and the range of their middle `level`."""
    p: float | None
    """Two-sided share of flips of the clients' signs that are as far from 0, the observed one counted; none if undefined."""
    pairs: int
    """Pairs of successive sessions with all three values."""
    clients: int
    """Clients with two such pairs or more; the others bear on nothing."""


def lagged_within(
    x: ArrayLike,
    y: ArrayLike,
    *,
    rng: np.random.Generator,
    common_course: bool = False,
    draws: int = 999,
    level: float = 0.95,
) -> Lagged:
    """Regress y_(t+1) on x_t and y_t within clients: all three centred at the client's mean over its pairs.

    The interval draws clients with replacement. The control permutes the sessions of x within each client and leaves y as it
    is: what remains is what centring and a client's own course of y bring about without x coming first. It is no test, since
    shuffling takes away how x hangs together over sessions. The test flips the sign of whole clients: each adds to the slope
    the product of x and y_(t+1), both less what goes with y_t, and with no association a client's sum is as likely of either
    sign.

    Centring with a lagged outcome is biased by the order of 1 / sessions (Nickell): the coefficient of y_t, which is not
    given, strongly, that of x_t in so far as x_t goes with y_t. With fewer than about eight sessions look at the distance
    from the control, not at the slope alone. An association in time is not an effect.

    Parameters
    ----------
    x, y
        Shape (clients, sessions), NaN where missing.
    rng, draws, level
        Randomness; number of bootstrap draws, of shuffles and of sign flips; confidence level.
    common_course
        Whether the mean course over all clients is taken off x and y first, session by session, so that two things that
        both rise over therapy do not go together for that reason alone.

    Returns
    -------
    Undefined with fewer than two clients with two pairs, or where x does not vary within them beside y.

    Raises
    ------
    ValueError
        If shapes differ or are not (clients, sessions).

    References
    ----------
    Falkenstroem, Solomonov and Rubel 2020, Psychother Res 30:427 (lagged analyses in psychotherapy); Nickell 1981,
    Econometrica 49:1417; Fisher 1935 (flipped signs); Phipson and Smyth 2010 (the observed one counted).
    """
    first, second = _matrix(x), _matrix(y)
    if first.shape != second.shape:
        raise ValueError(f"x and y need one shape; got {first.shape} and {second.shape}")
    if common_course:
        first, second = _less_course(first), _less_course(second)
    products, pairs, used = _products(first, second)
    estimate = _slope(products.sum(axis=0))
    clients = int(used.sum())
    if clients < 2 or np.isnan(estimate):
        reason = "needs two clients with two pairs of sessions" if clients < 2 else "x does not vary beside y"
        nothing = Interval(estimate=None, level=level, reason=reason)
        return Lagged(slope=nothing, control=nothing, p=None, pairs=pairs, clients=clients)
    products = products[used]
    slope = cluster_bootstrap(
        lambda drawn: _slope(products[drawn].sum(axis=0)), clients, rng=rng, draws=draws, level=level
    )
    shuffled = np.array(
        [_slope(_products(_shuffled(first, rng), second)[0].sum(axis=0)) for _ in range(draws)]
    )
    shuffled = shuffled[np.isfinite(shuffled)]
    return Lagged(
        slope=slope,
        control=percentile_interval(
            float(shuffled.mean()), shuffled, level, f"{len(shuffled)} shuffles of sessions within clients"
        ),
        p=_flipped(products, rng, draws),
        pairs=pairs,
        clients=clients,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStudy:
    """A signal around events."""

    offsets: tuple[int, ...]
    """Turns from the event: below 0 before it."""
    around: tuple[Interval, ...]
    """Mean of the signal at each offset; the band holds pointwise."""
    placebo: tuple[Interval, ...]
    """The same around the placebo turns."""
    difference: tuple[Interval, ...]
    """Event less its own placebo, by offset."""
    events: int
    """Events with a placebo, on which all of this rests."""
    unmatched: int
    """Events left out since their session had no turn that could serve."""


def event_study(
    signals: Sequence[ArrayLike],
    events: Sequence[Sequence[int]],
    clusters: ArrayLike,
    *,
    rng: np.random.Generator,
    reach: int = 3,
    nearest: int = 5,
    draws: int = 1000,
    level: float = 0.95,
) -> EventStudy:
    """Mean of a signal at the turns -reach to +reach around events, beside matched placebo turns.

    Each event is matched with a turn of the same session, drawn from the `nearest` ones in position of those that lie more
    than `reach` turns from every event; so session, client and stage of the session are the same. Offsets beyond the ends of
    a session are missing. The band draws clusters with replacement, events with their placebos.

    Parameters
    ----------
    signals
        The signal by turn, one list a session, NaN where missing.
    events
        Turns of the events by session, from 0.
    clusters
        What varies independently (client), a label a session.
    rng, draws, level
        Randomness; bootstrap draws; confidence level of each offset for itself.
    reach
        Turns on each side.
    nearest
        How many turns are in the draw for a placebo.

    Returns
    -------
    At an offset without a value in one cluster or more, the interval says why it is not there.

    Raises
    ------
    ValueError
        If the lists differ in length, an event lies outside its session, or `reach` or `nearest` is below 1.

    References
    ----------
    MacKinlay 1997, J Econ Lit 35:13 (event windows); Davison and Hinkley 1997, section 3.8 (whole clusters drawn).
    """
    label = np.asarray(clusters)
    if not len(signals) == len(events) == len(label) or reach < 1 or nearest < 1:
        raise ValueError(
            "needs events and a cluster each session, and reach and nearest of 1 or more; got "
            f"{len(signals)}, {len(events)}, {len(label)} sessions, {reach} and {nearest}"
        )
    rows, controls, owners, unmatched = [], [], [], 0
    for signal, at, owner in zip(signals, events, label.tolist(), strict=True):
        series, turns = np.asarray(signal, dtype=np.float64), np.asarray(at, dtype=np.intp)
        if turns.size and not (turns.min() >= 0 and turns.max() < len(series)):
            raise ValueError(f"events must lie in their session of {len(series)} turns; got {list(at)}")
        padded = np.concatenate([np.full(reach, np.nan), series, np.full(reach, np.nan)])
        turn = np.arange(len(series))
        free = turn[(np.abs(turn[:, None] - turns) > reach).all(axis=1)]
        for event in turns:
            if not len(free):
                unmatched += 1
                continue
            close = free[np.argsort(np.abs(free - event), kind="stable")[:nearest]]
            placebo = int(rng.choice(close))
            rows.append(padded[event : event + 2 * reach + 1])
            controls.append(padded[placebo : placebo + 2 * reach + 1])
            owners.append(owner)
    width = 2 * reach + 1
    around, placebos = (np.array(part, dtype=np.float64).reshape(-1, width) for part in (rows, controls))
    owner_place = np.unique(np.array(owners), return_inverse=True)[1].astype(np.intp)
    bands = [
        tuple(_band(values[:, i], owner_place, rng, draws, level) for i in range(width))
        for values in (around, placebos, around - placebos)
    ]
    return EventStudy(
        offsets=tuple(range(-reach, reach + 1)),
        around=bands[0],
        placebo=bands[1],
        difference=bands[2],
        events=len(rows),
        unmatched=unmatched,
    )


def _matrix(values: ArrayLike) -> Floats:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 2 or np.isinf(x).any():
        raise ValueError(f"values must have the shape (clients, sessions), none infinite; got {x.shape}")
    return x


def _less_course(x: Floats) -> Floats:
    known = ~np.isnan(x)
    course = np.where(known, x, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    less: Floats = x - course
    return less


def _products(x: Floats, y: Floats) -> tuple[Floats, int, NDArray[np.bool_]]:
    """Return by client the sums xx, xz, zz, xy, zy of the centred pairs (z is y before), pairs, and who has two or more."""
    stacked = np.stack([x[:, :-1], y[:, :-1], y[:, 1:]])
    known = ~np.isnan(stacked).any(axis=0)
    counts = known.sum(axis=1)
    filled = np.where(known, stacked, 0.0)
    centred = np.where(known, filled - (filled.sum(axis=2) / np.maximum(counts, 1))[:, :, None], 0.0)
    a, z, b = centred
    sums = np.stack([(a * a), (a * z), (z * z), (a * b), (z * b)]).sum(axis=2).T
    return sums, int(known.sum()), counts >= 2


def _slope(sums: Floats) -> float:
    xx, xz, zz, xy, zy = (float(value) for value in sums)
    if zz <= 0:
        return float("nan")
    left = xx - xz**2 / zz
    return (xy - xz * zy / zz) / left if left > 1e-12 * xx and xx > 0 else float("nan")


def _flipped(products: Floats, rng: np.random.Generator, draws: int) -> float:
    """Return the share of sign flips of whole clients whose sum is as far from 0 as the observed, which is counted."""
    _, xz, zz, _, zy = products.sum(axis=0)
    h, g = (xz / zz, zy / zz) if zz > 0 else (0.0, 0.0)
    parts = products[:, 3] - h * products[:, 4] - g * (products[:, 1] - h * products[:, 2])
    flipped = rng.choice((-1.0, 1.0), (draws, len(parts))) @ parts
    far = np.abs(flipped) >= abs(float(parts.sum())) * (1 - 1e-12)
    return float((1 + far.sum()) / (1 + draws))


def _shuffled(x: Floats, rng: np.random.Generator) -> Floats:
    """Permute the known values of each client among the sessions that have one."""
    result = x.copy()
    for row in result:
        known = ~np.isnan(row)
        row[known] = rng.permutation(row[known])
    return result


def _band(values: Floats, owners: Integers, rng: np.random.Generator, draws: int, level: float) -> Interval:
    known = ~np.isnan(values)
    if not known.any():
        return Interval(estimate=None, level=level, reason="no event has a turn at this offset")
    clusters = int(owners.max()) + 1
    sums = np.bincount(owners[known], weights=values[known], minlength=clusters)
    counts = np.bincount(owners[known], minlength=clusters)

    def mean(drawn: Integers) -> float:
        total = int(counts[drawn].sum())
        return float(sums[drawn].sum()) / total if total else float("nan")

    return cluster_bootstrap(mean, clusters, rng=rng, draws=draws, level=level)
