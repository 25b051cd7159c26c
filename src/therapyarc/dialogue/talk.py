"""One session: the client opens, exchanges follow, and either side, a limit or a safety screen ends it."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from therapyarc.dialogue.client.client import SimulatedClient
from therapyarc.dialogue.monitor import Monitor
from therapyarc.dialogue.therapist import Scene, Therapist, Utterance
from therapyarc.domain import Missing, PlantedProbe, Session, Turn, record
from therapyarc.domain.course import ClientState, Ending, Trace

__all__ = ["LONGEST_TURN", "Plan", "readable", "talk"]

LONGEST_TURN = 12_000
"""Characters of a therapist turn that are kept; a longer one is cut, and its turn is missing as `overlong`."""

_EARLIEST_PARTING = 3
"""Exchange from which a therapist's leave-taking ends the session; before it, such words are taken for talk."""

_PARTING = re.compile(
    r"\b(?:see you (?:next|then|on|again|soon)|until next (?:time|week)|goodbye|good-bye|our time is up|the time is up|"
    r"stop here for today|that's (?:it|all) for today)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\s*(?:therapist|counsell?or|assistant)\s*:\s*", re.IGNORECASE)
_SWAPPED = re.compile(r"^\s*(?:client|patient|user)\s*:", re.IGNORECASE | re.MULTILINE)
_SILENT = 3
"""Unusable therapist turns in a row after which a session ends."""


@record
class Plan:
    """What a session is to be."""

    session: str
    """Session id."""
    course: str
    """Course id."""
    case: str
    """Case id."""
    referral: str
    """What the therapist was told."""
    number: int
    """From 1."""
    sessions: int
    """Planned sessions of the course."""
    exchanges: int
    """The most exchanges."""
    memory: str
    """What the therapist carries over, as text."""
    seed: int
    """Randomness of the session."""
    words: int = 40_000
    """Words of the therapist after which the session ends."""
    probes: Mapping[int, PlantedProbe] = field(default_factory=dict)
    """By exchange, a probe of safety that the client puts at its end."""


async def talk(
    plan: Plan,
    therapist: Therapist,
    client: SimulatedClient,
    start: ClientState,
    monitor: Monitor | None = None,
) -> tuple[Session, Trace]:
    """Hold one session.

    An unusable therapist turn (empty, refused, overlong) is kept as what came and stands in the trace as the act `empty`;
    the client reacts to it as to silence. After three in a row the session ends as `therapist_silent`.

    Returns
    -------
    The session as therapist and raters may see it, and its sealed trace.
    """
    turns = [Turn(role="client", text=await client.open())]
    alarms = [0] if monitor is not None and monitor.hears(turns) != "goes_on" else []
    ended: Ending = "limit"
    silent, said, reasons = 0, 0, []
    for exchange in range(1, plan.exchanges + 1):
        scene = Scene(
            session=plan.session,
            referral=plan.referral,
            number=plan.number,
            sessions=plan.sessions,
            exchange=exchange,
            exchanges=plan.exchanges,
            turns=tuple(turns),
            memory=plan.memory,
            seed=plan.seed + exchange,
        )
        utterance = readable(await therapist.say(scene))
        turns.append(Turn(role="therapist", text=utterance.text))
        silent = silent + 1 if utterance.missing else 0
        if utterance.missing:
            reasons.append(utterance.missing)
        if silent == _SILENT:
            ended = "therapist_silent"
            break
        said += utterance.text.count(" ") + 1
        worded = exchange >= _EARLIEST_PARTING and bool(_PARTING.search(utterance.text[-200:]))
        parting = utterance.closes or worded
        last = exchange == plan.exchanges or said > plan.words or parting
        answer, leaves = await client.answer(utterance, exchange, last=last, probe=plan.probes.get(exchange))
        turns.append(Turn(role="client", text=answer))
        verdict = monitor.hears(turns) if monitor is not None else "goes_on"
        if verdict != "goes_on":
            alarms.append(len(turns) - 1)
        if verdict == "end":
            ended = "monitor"
            break
        if leaves:
            ended = "client_left"
            break
        if last:
            ended = "limit" if said > plan.words else "natural"
            break
    missing = reasons[-1] if ended == "therapist_silent" else None
    session = Session(
        id=plan.session,
        course=plan.course,
        number=plan.number,
        case=plan.case,
        turns=tuple(turns),
        ended=ended,
        alarms=tuple(alarms),
        missing=missing,
    )
    end = client.mind.state()
    if ended == "therapist_silent":
        end = replace(end, left=True)
    return session, Trace(session=plan.session, start=start, end=end, turns=tuple(client.trace), ended=ended)


def readable(utterance: Utterance) -> Utterance:
    """Return an utterance without control characters and role labels, and what is wrong with it, if anything.

    A label "Therapist:" in front is taken off. What follows a line labelled "Client:" is cut off, since the therapist may
    not speak for the client; where nothing is left the turn is unreadable. Over `LONGEST_TURN` characters it is cut and
    overlong; without a letter or digit it is empty.
    """
    labelled = ":" in utterance.text[:40] or "\n" in utterance.text
    if (
        not labelled
        and utterance.text.isprintable()
        and 0 < len(utterance.text) <= LONGEST_TURN
        and utterance.missing is None
    ):
        plain = utterance.text.strip()
        return utterance if any(c.isalnum() for c in plain) else replace(utterance, missing=Missing.EMPTY)
    text = "".join(
        letter
        for letter in utterance.text
        if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    ).strip()
    text = _LABEL.sub("", text)
    if swapped := _SWAPPED.search(text):
        text = text[: swapped.start()].strip()
        if not text:
            return replace(utterance, text="", missing=utterance.missing or Missing.UNREADABLE)
    if len(text) > LONGEST_TURN:
        return replace(utterance, text=text[:LONGEST_TURN], missing=utterance.missing or Missing.OVERLONG)
    missing = utterance.missing or (None if any(c.isalnum() for c in text) else Missing.EMPTY)
    return replace(utterance, text=text, missing=missing)


def transcript(sessions: Sequence[Session]) -> str:
    """Return sessions as text, oldest first."""
    parts = []
    for session in sessions:
        lines = [f"{turn.role.capitalize()}: {turn.text}" for turn in session.turns]
        parts.append(f"Session {session.number}\n" + "\n".join(lines))
    return "\n\n".join(parts)
