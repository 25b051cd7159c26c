"""How single-turn items are answered under Inspect's own command: samples, solver, and the session that comes of them."""

from inspect_ai.dataset import Sample
from inspect_ai.model import get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from therapyarc.dialogue import Ask, Reply, question, session_of
from therapyarc.domain import Actor, Session
from therapyarc.tasks.host import outcome
from therapyarc.tasks.speaker import ModelSpeaker

__all__ = ["answer", "answered", "samples"]


def samples(asks: dict[str, Ask]) -> list[Sample]:
    """Return a sample for each ask; its input is for readers of the log, and the solver sends the prompts of a study."""
    return [Sample(id=name, input=_shown(ask)) for name, ask in asks.items()]


def _shown(ask: Ask) -> str:
    if ask.case is not None and ask.case.words:
        return ask.case.words
    asked = question(ask.item, ask.options)
    return asked if ask.case is None else f"{ask.case.background}\n\n{asked}"


@solver(name="therapyarc_answer")
def answer(asks: dict[str, Ask], temperature: float | None) -> Solver:
    """Answer each sample as a study's therapist would."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        del generate
        actor = Actor(id="therapist", kind="model", model=str(state.model), temperature=temperature)
        await ModelSpeaker(actor, get_model(role="therapist"), state, None).speak(asks[str(state.sample_id)])
        return state

    return solve


def answered(state: TaskState, asks: dict[str, Ask]) -> Session:
    """Return the session that a sample became."""
    text, missing = outcome(None if "error" in state.metadata else state.output)
    return session_of(asks[str(state.sample_id)], Reply(text=text, missing=missing))
