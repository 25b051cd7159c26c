"""Turns become codes: the offline coders directly, models through Inspect, many turns a call."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig, Model
from inspect_ai.solver import TaskState
from inspect_ai.util import JSONSchema

from therapyarc.coding.codebook import codebook
from therapyarc.coding.model_coder import (
    CodedRole,
    CodingBatch,
    Unread,
    batches,
    codes_for,
    has_words,
    lines,
    read_codes,
)
from therapyarc.coding.offline_coders import code_offline, offline_version
from therapyarc.domain import CoderSpec, Limits, Missing, Session, Turn
from therapyarc.domain.call import Call
from therapyarc.domain.code import FoundCode, TurnCodes
from therapyarc.files.library import library_path
from therapyarc.tasks.host import Batch, Unit, carry, generate, json_answer, outcome
from therapyarc.tasks.prompts import prompt

__all__ = ["Coding", "code", "coder_version", "current", "expected", "instructions", "planned", "turns_due"]

TOKENS_PER_TURN = 100
"""Room for the codes and quotations of one turn in an answer."""

Answers = dict[int, tuple[FoundCode, ...] | Unread]


class Coding:
    """One model at work on the batches of its coder."""

    def __init__(
        self, spec: CoderSpec, model: Model, state: TaskState | None, on_call: Callable[[Call], None] | None
    ) -> None:
        """Make a coder of a model; see `ModelSpeaker` for the parameters."""
        self._spec = spec
        self._model = model
        self._state = state
        self._on_call = on_call

    async def code(self, batch: CodingBatch, turns: Sequence[Turn]) -> Answers:
        """Code a batch, and what could not be read of it again in smaller ones.

        Where no turn of a batch could be read it is halved; where some could not, those make a batch of their own. So
        every try is smaller than the one before, and a turn that is unreadable on its own stays missing. A call that
        failed after all retries is not split: its turns are missing as failed.
        """
        found = await self._ask(batch, turns)
        again = [
            place
            for place, answer in found.items()
            if isinstance(answer, Unread) and answer.missing is not Missing.FAILED
        ]
        if not again or len(batch.turns) == 1:
            return found
        middle = (len(again) + 1) // 2
        parts = [again] if len(again) < len(batch.turns) else [again[:middle], again[middle:]]
        for part in parts:
            found |= await self.code(batch.part(part), turns)
        return found

    async def _ask(self, batch: CodingBatch, turns: Sequence[Turn]) -> Answers:
        output, call = await generate(
            self._model,
            [
                ChatMessageSystem(content=instructions(batch)),
                ChatMessageUser(content=_asked(batch, turns)),
            ],
            GenerateConfig(
                max_tokens=TOKENS_PER_TURN * (1 + len(batch.turns)),
                temperature=self._spec.temperature,
                seed=batch.seed,
                response_schema=json_answer(str(self._model), "codes", _schema(batch)),
            ),
            session=batch.session,
            purpose=f"{self._spec.id}/b{self._spec.batch}/{batch.purpose}",
            replay=self._on_call is not None,
            state=self._state,
        )
        if output is not None and self._on_call is not None:
            self._on_call(call)
        text, missing = outcome(output)
        if missing is not None:
            return dict.fromkeys(batch.turns, Unread(missing=missing, why=""))
        return read_codes(text, batch, turns)


def instructions(batch: CodingBatch) -> str:
    """Return what the model is told before it sees the turns: the codebook and how to answer."""
    return prompt("coder-system", role=batch.role, codes=codes_for(batch))


def _asked(batch: CodingBatch, turns: Sequence[Turn]) -> str:
    return prompt("coder-user", lines=lines(batch, turns), numbers=batch.turns)


def _schema(batch: CodingBatch) -> dict[str, JSONSchema]:
    entry = JSONSchema(
        type="object",
        properties={
            "code": JSONSchema(type="string", enum=[code.id for code in codes_for(batch)]),
            "evidence": JSONSchema(type="string"),
        },
        required=["code", "evidence"],
        additionalProperties=False,
    )
    return {str(place): JSONSchema(type="array", items=entry) for place in batch.turns}


@cache
def _digest(role: CodedRole) -> str:
    """Digest what decides a model's codes beside the model: prompts, codebook, and how turns are shown."""
    parts = [
        library_path("prompts", name).read_text(encoding="utf-8") for name in ("coder-system", "coder-user")
    ]
    parts += [
        f"{code.id}\n{code.definition}\n{code.examples}\n{code.not_examples}" for code in codebook(role).codes
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def coder_version(spec: CoderSpec, role: CodedRole) -> str:
    """Return what a coder is: rows of another version are not taken for its own."""
    if spec.kind != "model":
        return offline_version(spec.kind, role)
    heat = "default" if spec.temperature is None else f"{spec.temperature:g}"
    return f"{codebook(role).version} {spec.model} batch {spec.batch} temperature {heat} {_digest(role)}"


def current(
    coders: Sequence[CoderSpec], sessions: Sequence[Session], rows: Iterable[TurnCodes]
) -> list[TurnCodes]:
    """Return the latest row of every turn and repeat that these coders, as they now are, coded in these sessions."""
    specs = {spec.id: spec for spec in coders}
    wanted = {session.id for session in sessions}
    latest = {
        _key(row): row
        for row in rows
        if row.session in wanted
        and (spec := specs.get(row.coder)) is not None
        and row.role in spec.roles
        and row.replicate <= _repeats(spec)
        and row.version == coder_version(spec, row.role)
    }
    return [row for _, row in sorted(latest.items())]


def turns_due(coders: Sequence[CoderSpec], sessions: Sequence[Session]) -> int:
    """Count the rows that there will be: turns of the coders' roles, repeat by repeat."""
    return sum(
        _repeats(spec) * sum(turn.role in spec.roles for session in sessions for turn in session.turns)
        for spec in coders
    )


def _repeats(spec: CoderSpec) -> int:
    return spec.repeats if spec.kind == "model" else 1


def planned(spec: CoderSpec, session: Session, seed: int) -> Iterator[CodingBatch]:
    """Yield the batches that a model coder makes of a session."""
    for role in spec.roles:
        for replicate in range(1, spec.repeats + 1):
            yield from batches(
                session.id,
                session.turns,
                role,
                size=spec.batch,
                replicate=replicate,
                seed=f"{seed}/{spec.id}",
            )


def expected(spec: CoderSpec, session: Session) -> tuple[int, float, float]:
    """Return the calls, tokens sent and tokens received that a model coder is expected to need for a session.

    Of the real prompts four characters are counted as a token, and for each coded turn 60 tokens received: rules of thumb
    for a cost estimate. Retries of what cannot be read come on top.
    """
    made = [*planned(spec, session, 0)]
    sent = sum(len(instructions(batch)) + len(_asked(batch, session.turns)) for batch in made)
    return len(made), sent / 4, 60.0 * sum(len(batch.turns) for batch in made)


def code(
    coders: Sequence[CoderSpec],
    sessions: Sequence[Session],
    known: Sequence[TurnCodes],
    *,
    seed: int,
    logs: Path,
    limits: Limits,
    on_codes: Callable[[Sequence[TurnCodes]], None],
    on_call: Callable[[Call], None],
) -> None:
    """Code every session by every coder; rows are handed to `on_codes` a batch at a time, as soon as they are there.

    Parameters
    ----------
    coders
        Who codes.
    sessions
        What is coded.
    known
        Rows that are there already. A batch all of whose turns are among them, by the same version of the coder and not
        failed, is not asked again.
    seed
        Of the study.
    logs, limits
        As in `rate`.
    on_codes
        Told of the rows of every batch.
    on_call
        Told of every finished call.
    """
    there = {_key(row) for row in known if row.missing is not Missing.FAILED}

    def keep(rows: Sequence[TurnCodes]) -> None:
        if new := [row for row in rows if _key(row) not in there]:
            on_codes(new)

    work = []
    for spec in coders:
        if spec.kind != "model":
            for session in sessions:
                keep(code_offline(spec, session))
            continue
        units = []
        for session in sessions:
            keep([*_without_words(spec, session)])
            units += [
                _unit(spec, batch, session.turns, keep, on_call)
                for batch in planned(spec, session, seed)
                if any(_key(row) not in there for row in _rows(spec, batch, dict.fromkeys(batch.turns, ())))
            ]
        work.append(Batch(name=f"code-{spec.id}", role="rater", model=spec.model or "", units=tuple(units)))
    carry(work, logs=logs, limits=limits)


def _key(row: TurnCodes) -> tuple[str, str, str, int, int]:
    return row.coder, row.version, row.session, row.turn, row.replicate


def _unit(
    spec: CoderSpec,
    batch: CodingBatch,
    turns: tuple[Turn, ...],
    on_codes: Callable[[Sequence[TurnCodes]], None],
    on_call: Callable[[Call], None],
) -> Unit:
    async def work(state: TaskState, model: Model) -> None:
        on_codes(_rows(spec, batch, await Coding(spec, model, state, on_call).code(batch, turns)))

    return Unit(
        id=f"{batch.session}/{batch.purpose}",
        shown="\n".join(turns[place].text for place in batch.turns),
        work=work,
    )


def _rows(
    spec: CoderSpec, batch: CodingBatch, found: Mapping[int, tuple[FoundCode, ...] | Unread]
) -> list[TurnCodes]:
    return [
        _row(spec, batch.session, batch.role, place, batch.replicate, found[place]) for place in batch.turns
    ]


def _row(
    spec: CoderSpec,
    session: str,
    role: CodedRole,
    place: int,
    replicate: int,
    answer: tuple[FoundCode, ...] | Unread,
) -> TurnCodes:
    unread = answer if isinstance(answer, Unread) else None
    return TurnCodes(
        session=session,
        turn=place,
        role=role,
        coder=spec.id,
        version=coder_version(spec, role),
        replicate=replicate,
        codes=() if isinstance(answer, Unread) else answer,
        missing=None if unread is None else unread.missing,
        why="" if unread is None else unread.why,
    )


def _without_words(spec: CoderSpec, session: Session) -> Iterator[TurnCodes]:
    """Yield the turns that are not sent, since they hold nothing to code."""
    for place, turn in enumerate(session.turns):
        for role in spec.roles:
            if turn.role == role and not has_words(turn):
                for replicate in range(1, spec.repeats + 1):
                    unread = Unread(missing=Missing.TOO_SHORT, why="the turn holds no words")
                    yield _row(spec, session.id, role, place, replicate, unread)
