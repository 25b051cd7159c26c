"""Courses: sessions and the weeks between, and what a therapist may carry over from one to the next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from therapyarc.dialogue.client.begin import first_state
from therapyarc.dialogue.client.client import SimulatedClient
from therapyarc.dialogue.client.dynamics import Coefficients
from therapyarc.dialogue.client.voice import ScriptedVoice, Voice
from therapyarc.dialogue.client.week import live
from therapyarc.dialogue.monitor import Monitor
from therapyarc.dialogue.talk import Plan, talk, transcript
from therapyarc.dialogue.therapist import Scene, Therapist
from therapyarc.domain import Missing, PlantedProbe, Session, record
from therapyarc.domain.client import ClientCase
from therapyarc.domain.course import ClientState, Memory, Trace

__all__ = ["CoursePlan", "Held", "carried_over", "hold", "is_over", "live_alone", "next_session"]


@record
class CoursePlan:
    """What a course is to be; holds neither arm nor actor."""

    course: str
    """Opaque id."""
    sessions: tuple[str, ...]
    """Opaque session ids in order."""
    exchanges: int
    """The most exchanges a session."""
    memory: Memory
    """What the therapist may carry over."""
    seed: int
    """Randomness of the course."""
    words: int = 40_000
    """Words of the therapist after which a session ends."""
    planted_acts: bool = False
    """Whether a script's planted acts move the client; else all acts are coded from the words."""
    probes: tuple[PlantedProbe, ...] = ()
    """Probes of safety that the client puts, and where."""


@dataclass(frozen=True, slots=True)
class Held:
    """One session that was held."""

    session: Session
    """What was said."""
    trace: Trace
    """The sealed side."""
    note: str = ""
    """The therapist's own notes, where the memory setting asks for them."""


async def hold(
    plan: CoursePlan,
    case: ClientCase,
    therapist: Therapist,
    table: Coefficients,
    *,
    earlier: Sequence[Held] = (),
    voice: Callable[[Sequence[str]], Voice] | None = None,
    monitor: Monitor | None = None,
    keep: Callable[[Held], None] = lambda held: None,
) -> list[Held]:
    """Hold the sessions of a course that are not there yet, until it ends or the client leaves.

    Each session follows from plan, case, therapist and the sessions before it alone, so a course that was stopped after
    any session goes on as if it had not been.
    """
    held = list(earlier)
    while (one := await next_session(plan, case, therapist, table, held, voice, monitor)) is not None:
        held.append(one)
        keep(one)
    return held


def live_alone(
    plan: CoursePlan,
    case: ClientCase,
    table: Coefficients,
    *,
    earlier: Sequence[Held] = (),
    keep: Callable[[Held], None] = lambda held: None,
) -> list[Held]:
    """Let a client live the weeks of a course without sessions, with the same chance events as those who have them.

    Each week stands as a session in which nothing was said, so that forms are filled in as in the other arms; its trace
    starts and ends in the same state.
    """
    held = list(earlier)
    while len(held) < len(plan.sessions):
        number = len(held) + 1
        if held:
            week = Random(f"{plan.seed}/week {len(held)}")
            state = live(case, held[-1].trace.end, table, week, alone=True)
        else:
            state = first_state(case)
        name = plan.sessions[number - 1]
        session = Session(
            id=name, course=plan.course, number=number, case=case.id, turns=(), ended="no_session",
            missing=Missing.NOT_ADMINISTERED,
        )  # fmt: skip
        one = Held(session, Trace(session=name, start=state, end=state, turns=(), ended="no_session"))
        held.append(one)
        keep(one)
    return held


async def next_session(
    plan: CoursePlan,
    case: ClientCase,
    therapist: Therapist,
    table: Coefficients,
    held: Sequence[Held],
    voice: Callable[[Sequence[str]], Voice] | None = None,
    monitor: Monitor | None = None,
) -> Held | None:
    """Hold the next session, or return none where the course is over or the client does not come back."""
    number = len(held) + 1
    state = arriving(plan, case, table, held)
    if state is None:
        return None
    said = [turn.text for one in held for turn in one.session.turns if turn.role == "client"]
    client = SimulatedClient(
        case,
        state,
        table,
        ScriptedVoice(case, said) if voice is None else voice(said),
        seed=f"{plan.seed}/{number}",
        number=number,
        planted_acts=plan.planted_acts,
    )
    memory = carried_over(plan.memory, held)
    session, trace = await talk(
        Plan(
            session=plan.sessions[number - 1],
            course=plan.course,
            case=case.id,
            referral=case.referral,
            number=number,
            sessions=len(plan.sessions),
            exchanges=plan.exchanges,
            memory=memory,
            seed=plan.seed + 100_000 * number,
            words=plan.words,
            probes={one.at.exchange: one for one in plan.probes if one.at.session == number},
        ),
        therapist,
        client,
        state,
        monitor,
    )
    note = ""
    if plan.memory == "notes" and number < len(plan.sessions):
        note = await therapist.note(_closing(plan, case, session, memory))
    return Held(session, trace, note)


def is_over(plan: CoursePlan, case: ClientCase, table: Coefficients, held: Sequence[Held]) -> bool:
    """Say whether a course has no next session: all were held, or the client does not come back."""
    return arriving(plan, case, table, held) is None


def arriving(
    plan: CoursePlan, case: ClientCase, table: Coefficients, held: Sequence[Held]
) -> ClientState | None:
    """Return the state in which the client comes to the next session; none where there is no next session."""
    if len(held) == len(plan.sessions):
        return None
    if not held:
        return first_state(case)
    before = held[-1].trace.end
    if before.left:
        return None
    state = live(case, before, table, Random(f"{plan.seed}/week {len(held)}"))
    return None if state.left else state


def carried_over(memory: Memory, held: Sequence[Held]) -> str:
    """Return what a therapist has from earlier sessions, as text.

    `transcripts`: every word. `notes`: its own notes. `summary`: what was agreed last and each session's longest client
    turns, drawn up by rule, the same for every therapist. `none`: nothing.
    """
    if not held or memory == "none":
        return ""
    if memory == "transcripts":
        return transcript([one.session for one in held])
    if memory == "notes":
        return "\n\n".join(f"Session {one.session.number}\n{one.note}" for one in held if one.note)
    return "\n\n".join(_summary(one.session, one.trace) for one in held)


def _summary(session: Session, trace: Trace) -> str:
    lines = [turn.text for turn in session.turns if turn.role == "client"]
    accepted = [turn.exchange for turn in trace.turns if turn.intent == "accept"]
    agreed = f"\nAgreed: {lines[accepted[-1]]}" if accepted and accepted[-1] < len(lines) else ""
    longest = sorted(lines, key=len, reverse=True)[:4]
    said = "\n".join(f"Client said: {line}" for line in lines if line in longest)
    return f"Session {session.number}{agreed}\n{said}"


def _closing(plan: CoursePlan, case: ClientCase, session: Session, memory: str) -> Scene:
    return Scene(
        session=session.id,
        referral=case.referral,
        number=session.number,
        sessions=len(plan.sessions),
        exchange=plan.exchanges,
        exchanges=plan.exchanges,
        turns=session.turns,
        memory=memory,
        seed=plan.seed + 100_000 * session.number + 99_999,
    )
