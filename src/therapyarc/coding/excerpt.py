"""Which exchanges are rated: kinds of client turns, and a draw that knows nothing of arms."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from random import Random

from therapyarc.coding.cues import code_client
from therapyarc.domain import Case, Excerpt, Session, TurnKind

__all__ = ["CONTEXT", "draw_excerpts", "excerpt_case", "excerpt_session", "turn_kind"]

CONTEXT = 6
"""Turns before the client's words that raters are given."""

_STRAINED = frozenset(
    {
        "argue", "yes_but", "minimise", "change_topic", "minimal_reply", "intellectualise", "hopeless", "appease",
        "rupture_withdrawal", "rupture_confrontation", "sustain",
    }
)  # fmt: skip


def turn_kind(text: str) -> TurnKind:
    """Return the kind of a client's turn, by the cues of the codebook."""
    codes = code_client(text)
    if codes & _STRAINED:
        return "strained"
    return "feeling" if "negative_feeling" in codes else "plain"


def draw_excerpts(
    sessions: Iterable[Session], count: int, seed: int, kinds: Iterable[TurnKind]
) -> Iterator[Excerpt]:
    """Yield what is rated of each session of a course: up to `count` exchanges whose client turn is of one of the kinds.

    The kinds take turns in a random order, and within a kind the exchanges are drawn at random, so that each session gives
    as many kinds as it has. The draw follows from seed and session id: the same at every run, and blind to arm and actor.
    Sessions without such an exchange give none.
    """
    wanted = sorted(set(kinds))
    for session in sessions:
        found: dict[str, list[Excerpt]] = defaultdict(list)
        for excerpt in _exchanges(session):
            found[excerpt.kind].append(excerpt)
        rng = Random(f"{seed}/excerpts/{session.id}")
        order = rng.sample(wanted, k=len(wanted))
        for kind in order:
            rng.shuffle(found[kind])
        rounds = [found[kind][place] for place in range(count) for kind in order if place < len(found[kind])]
        yield from sorted(rounds[:count], key=lambda excerpt: excerpt.exchange)


def _exchanges(session: Session) -> Iterator[Excerpt]:
    exchange = 0
    for place, turn in enumerate(session.turns):
        if turn.role != "therapist" or place == 0 or session.turns[place - 1].role != "client":
            continue
        exchange += 1
        yield Excerpt(
            session=session.id,
            turn=place,
            exchange=exchange,
            number=session.number,
            kind=turn_kind(session.turns[place - 1].text),
        )


def excerpt_session(session: Session, excerpt: Excerpt) -> Session:
    """Return the one exchange as a session of its own, as raters and measures of single replies see it."""
    place = excerpt.turn or 0
    return replace(session, turns=session.turns[place - 1 : place + 1], prior=(), course=None, ended=None)


def excerpt_case(session: Session, excerpt: Excerpt, background: str) -> Case:
    """Return the client of an excerpt: words, up to six turns before them, and what therapists are told of the client."""
    place = excerpt.turn or 0
    return Case(
        id=session.case or "",
        title="",
        background=background,
        prior=session.turns[max(0, place - 1 - CONTEXT) : place - 1],
        words=session.turns[place - 1].text,
    )
