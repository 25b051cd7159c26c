"""Linguistic synchrony: style matching, its reciprocal form, coordination and lexical uptake, with what chance gives.

None of these means anything alone: people with equal habits match without listening. So every figure comes with nulls:
the same session with one speaker's turns in another order (what is left is habit), and pseudo-dyads, in which one speaker
of the session meets the other of another session (what is left is language).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from therapyarc.domain import Missing, Turn
from therapyarc.measures.conversation import Conversation, merged
from therapyarc.measures.definition import Measure
from therapyarc.measures.family import Family
from therapyarc.text import content_stems
from therapyarc.text.closed import function_counts

__all__ = ["SYNCHRONY", "Null", "Style", "nulls", "style_of", "synchrony"]

Floats = NDArray[np.float64]
EPSILON = 1e-4
SUPPORT = 3
"""Turns of the other that must have a marker before coordination on it is counted."""
MINIMUM_TURNS = 3
"""Merged turns of each speaker below which a session is too short."""
MINIMUM_WORDS = 20
"""Words of each speaker below which style matching is too short."""


@dataclass(frozen=True, slots=True)
class Style:
    """A session made ready: turns merged by speaker."""

    client: NDArray[np.bool_]
    """Whether the turn is the client's, shape (turns,)."""
    counts: Floats
    """Function words, shape (turns, 9)."""
    lengths: Floats
    """Words, shape (turns,)."""
    stems: tuple[frozenset[str], ...]
    """Content words of each turn."""


def style_of(turns: Sequence[Turn]) -> Style:
    """Make a session ready for `synchrony`."""
    whole = merged(turns)
    counts, lengths = function_counts([turn.text for turn in whole])
    return Style(
        np.array([turn.role == "client" for turn in whole], dtype=bool),
        counts,
        lengths,
        tuple(frozenset(content_stems(turn.text)) for turn in whole),
    )


def synchrony(style: Style) -> dict[str, float | Missing]:
    """Return every figure of one session, or why it has none.

    Let p_c(X) be the share of X's words in category c. LSM_c = 1 - |p_c(A) - p_c(B)| / (p_c(A) + p_c(B) + 1e-4) over all
    words of the two speakers, averaged over the nine categories. rLSM takes the same by speaker change, the responder's
    turn against the one before it: undefined where the earlier turn lacks the category, near 0 where only the later
    does; averaged by category, then over categories. Coordination on a category is P(responder has it | the turn before
    has it) - P(responder has it), over categories that the turns before have three times or more.

    Sources: Gonzales, Hancock and Pennebaker 2010, Commun Res 37:3 (LSM); Müller-Frommeyer, Frommeyer and Kauffeld 2019,
    Behav Res Methods 51:1343 (rLSM); Danescu-Niculescu-Mizil, Lee, Pang and Kleinberg 2012, WWW (coordination).
    """
    own = {True: style.client, False: ~style.client}
    if min(int(own[True].sum()), int(own[False].sum())) < MINIMUM_TURNS:
        return dict.fromkeys(_MEANINGS, Missing.TOO_SHORT)
    result: dict[str, float | Missing] = {"lsm": _lsm(style)}
    for name, is_client in (("therapist", False), ("client", True)):
        later = np.flatnonzero(own[is_client][1:]) + 1  # turns of this speaker that answer one of the other
        result[f"rlsm_{name}"] = _rlsm(style, later)
        result[f"coordination_{name}"] = _coordination(style, later)
        result[f"uptake_{name}"] = _uptake(style, later)
    return {name: result[name] for name in _MEANINGS}


def _lsm(style: Style) -> float | Missing:
    words = [float(style.lengths[side].sum()) for side in (style.client, ~style.client)]
    if min(words) < MINIMUM_WORDS:
        return Missing.TOO_SHORT
    a, b = (
        style.counts[side].sum(axis=0) / total
        for side, total in zip((style.client, ~style.client), words, strict=True)
    )
    return float((1 - np.abs(a - b) / (a + b + EPSILON)).mean())


def _rlsm(style: Style, later: NDArray[np.intp]) -> float | Missing:
    shares = style.counts / np.maximum(style.lengths, 1)[:, None]
    now, before = shares[later], shares[later - 1]
    match = 1 - np.abs(now - before) / (now + before + EPSILON)
    match[before == 0] = np.nan
    counted = (~np.isnan(match)).sum(axis=0)
    if not counted.any():
        return Missing.TOO_SHORT
    by_category = np.nansum(match, axis=0)[counted > 0] / counted[counted > 0]
    return float(by_category.mean())


def _coordination(style: Style, later: NDArray[np.intp]) -> float | Missing:
    has = style.counts > 0
    now, before = has[later], has[later - 1]
    support = before.sum(axis=0)
    enough = support >= SUPPORT
    if not enough.any():
        return Missing.TOO_SHORT
    given = (now & before).sum(axis=0)[enough] / support[enough]
    return float((given - now.mean(axis=0)[enough]).mean())


def _uptake(style: Style, later: NDArray[np.intp]) -> float | Missing:
    taken = [
        len(style.stems[turn] & style.stems[turn - 1]) / len(style.stems[turn])
        for turn in later
        if style.stems[turn]
    ]
    return float(np.mean(taken)) if len(taken) >= MINIMUM_TURNS else Missing.TOO_SHORT


@dataclass(frozen=True, slots=True)
class Null:
    """A figure beside what chance gives."""

    value: float
    """The figure."""
    mean: float
    """Its mean over surrogates."""
    sd: float
    """Its standard deviation over surrogates."""
    surrogates: int
    """Surrogates that have the figure."""

    @property
    def z(self) -> float | None:
        """How many standard deviations above chance it lies; none where surrogates do not vary."""
        return (self.value - self.mean) / self.sd if self.sd > 0 else None


def nulls(
    styles: Sequence[Style],
    *,
    rng: np.random.Generator,
    surrogates: int = 100,
    kind: Literal["shuffle", "pseudo"] = "shuffle",
) -> list[dict[str, Null]]:
    """Return, for each session, its figures beside those of surrogates.

    LSM knows no order, so a shuffle leaves it as it is and it has no such null; it has one by pseudo-dyads.

    Parameters
    ----------
    styles
        The sessions; pseudo-dyads are made among them, so give those of one condition.
    rng
        Randomness.
    surrogates
        Surrogates a session.
    kind
        `shuffle`: the client's turns of the session in another order. `pseudo`: the client's turns of another session
        in the place of this one's, in their own order, as far as they reach.

    Raises
    ------
    ValueError
        If pseudo-dyads are asked for and there is no second session.
    """
    if kind == "pseudo" and len(styles) < 2:
        raise ValueError("pseudo-dyads need two sessions at least; give more, or ask for shuffles")
    return [
        _with_null(
            style,
            _shuffler(style) if kind == "shuffle" else _pairer(styles, place),
            rng,
            surrogates,
            [name for name in _MEANINGS if kind == "pseudo" or name != "lsm"],
        )
        for place, style in enumerate(styles)
    ]


def _with_null(
    style: Style,
    surrogate: Callable[[np.random.Generator], Style],
    rng: np.random.Generator,
    draws: int,
    names: Sequence[str],
) -> dict[str, Null]:
    real = synchrony(style)
    drawn: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(draws):
        for name, value in synchrony(surrogate(rng)).items():
            if name in drawn and not isinstance(value, Missing):
                drawn[name].append(value)
    return {
        name: Null(value, float(np.mean(drawn[name])), float(np.std(drawn[name])), len(drawn[name]))
        for name, value in real.items()
        if name in drawn and not isinstance(value, Missing) and len(drawn[name]) >= max(2, draws // 2)
    }


def _shuffler(style: Style) -> Callable[[np.random.Generator], Style]:
    own = np.flatnonzero(style.client)

    def surrogate(rng: np.random.Generator) -> Style:
        order = np.arange(len(style.client))
        order[own] = rng.permutation(own)
        return _taken(style, style, order, own)

    return surrogate


def _pairer(styles: Sequence[Style], place: int) -> Callable[[np.random.Generator], Style]:
    style = styles[place]
    own = np.flatnonzero(style.client)

    def surrogate(rng: np.random.Generator) -> Style:
        other = styles[(place + int(rng.integers(1, len(styles)))) % len(styles)]
        theirs = np.flatnonzero(other.client)
        if not len(theirs):
            return other
        reach = min(len(own), len(theirs))
        keep = np.arange(own[reach - 1] + 2 if reach < len(own) else len(style.client))
        order = np.arange(len(style.client))
        order[own[:reach]] = theirs[:reach]
        return _taken(style, other, order[: len(keep)], own[:reach], keep)

    return surrogate


def _taken(
    style: Style,
    other: Style,
    order: NDArray[np.intp],
    own: NDArray[np.intp],
    keep: NDArray[np.intp] | None = None,
) -> Style:
    """Return a session whose client turns at `own` are those of `other` at `order`."""
    size = len(style.client) if keep is None else min(len(keep), len(style.client))
    counts, lengths = style.counts[:size].copy(), style.lengths[:size].copy()
    stems = list(style.stems[:size])
    for turn in own:
        if turn < size:
            counts[turn], lengths[turn] = other.counts[order[turn]], other.lengths[order[turn]]
            stems[turn] = other.stems[order[turn]]
    return Style(style.client[:size], counts, lengths, tuple(stems))


def _of_conversation(heard: Conversation) -> dict[str, float | Missing]:
    return synchrony(style_of(heard.turns))


_MEANINGS = {
    "lsm": ("language style matching over the session; symmetric", 0.0),
    "rlsm_therapist": ("reciprocal style matching of the therapist's turns to the client's before them", 0.0),
    "rlsm_client": ("reciprocal style matching of the client's turns to the therapist's before them", 0.0),
    "coordination_therapist": ("coordination of the therapist's function words with the client's", -1.0),
    "coordination_client": ("coordination of the client's function words with the therapist's", -1.0),
    "uptake_therapist": ("share of the therapist's content words that the client had just used", 0.0),
    "uptake_client": ("share of the client's content words that the therapist had just used", 0.0),
}

SYNCHRONY = Family(
    id="synchrony",
    measures=tuple(
        Measure(
            name=name,
            construct="linguistic synchrony",
            meaning=meaning,
            unit="share" if low == 0 else "difference of shares",
            low=low,
            high=1,
            ends="0 is none; 1 is full" if low == 0 else "0 is none; above it the other is followed",
            minimum=f"{MINIMUM_TURNS} merged turns of each speaker",
            perspective="text",
            version="1-A",
            source="see `therapyarc.measures.synchrony.synchrony`",
            bar="means nothing without its nulls; on AnnoMI LSM .82 against .77 of pseudo-dyads",
        )
        for name, (meaning, low) in _MEANINGS.items()
    ),
    compute=_of_conversation,
)
"""How far two people talk alike and take up each other's words."""
