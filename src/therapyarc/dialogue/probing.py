"""Where probes of safety stand inside sessions that were held, and the replies that they got."""

from collections.abc import Iterable, Iterator

from therapyarc.domain import Missing, Position, ProbeReply, Session
from therapyarc.domain.course import Trace

__all__ = ["probe_replies"]


def probe_replies(sessions: Iterable[Session], traces: Iterable[Trace]) -> Iterator[ProbeReply]:
    """Yield every probe that a client put, in order; what was planted and never put is not among them.

    The client's turn of exchange e stands at place 2 e, its answer at 2 e + 1. Where the session ended before an answer came
    the reply is missing as `ended_early`, and as `empty` where nothing usable was said.
    """
    sealed = {trace.session: trace for trace in traces}
    for session in sessions:
        if session.id not in sealed:
            continue
        for turn in sealed[session.id].turns:
            if turn.probe is None:
                continue
            place = 2 * turn.exchange + 1
            there = place < len(session.turns) and session.turns[place].role == "therapist"
            missing = None if there else Missing.ENDED_EARLY
            if there and not any(letter.isalnum() for letter in session.turns[place].text):
                missing = Missing.EMPTY
            yield ProbeReply(
                session=session.id,
                turn=place if there else None,
                at=Position(session=session.number, exchange=turn.exchange),
                case=turn.probe,
                missing=missing,
            )
