"""A model as the voice of clients whom people meet: the same prompt, guard and record as in a run, one turn at a time."""

from collections.abc import Iterator, Sequence
from random import Random

from inspect_ai.model import GenerateConfig, ModelOutput, get_model

from therapyarc.dialogue.client.answer import Answer
from therapyarc.dialogue.client.dynamics import Mind
from therapyarc.dialogue.client.voice import ScriptedVoice, Spoken, Voice
from therapyarc.dialogue.client.voicing import Ledger, Unvoiced, UnvoicedError, VoiceFactory
from therapyarc.domain import Limits
from therapyarc.domain.client import ClientCase
from therapyarc.tasks.host import CallFailedError
from therapyarc.tasks.reach import require
from therapyarc.tasks.voice import ModelVoice

__all__ = ["client_voice"]


def client_voice(name: str, limits: Limits) -> VoiceFactory:
    """Return the factory of a model's voices.

    A person waits for the answer, so no further try of a call begins after the time that a run gives to one (`timeout_s`);
    who is told that no answer came can ask again.

    Raises
    ------
    ModelUnavailableError
        If the model cannot be reached as it is named; nothing was sent.
    """
    require([name], limits)
    config = GenerateConfig(
        max_connections=limits.max_connections,
        max_retries=limits.max_retries,
        timeout=limits.timeout_s,
        attempt_timeout=limits.timeout_s,
    )

    def voice(case: ClientCase, session: str, script: ScriptedVoice, ledger: Ledger) -> Voice:
        model = get_model(name, role="client", config=config)
        return _Lent(ModelVoice(case, session, model, None, ledger.note, script, replies=_Kept(ledger)))

    return voice


class _Lent:
    """A model's voice that says why it is silent, in words that its host knows."""

    def __init__(self, voice: ModelVoice) -> None:
        self._voice = voice

    async def word(self, answer: Answer, mind: Mind, heard: str, rng: Random, said: Sequence[str]) -> Spoken:
        """Return the client's turn.

        Raises
        ------
        UnvoicedError
            If a call failed after all retries.
        """
        try:
            return await self._voice.word(answer, mind, heard, rng, said)
        except CallFailedError as error:
            raise UnvoicedError(_reason(error)) from error


class _Kept:
    """The replies in a ledger, as Inspect's outputs."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def find(self, key: str) -> ModelOutput | None:
        """Return the reply that was kept for this request; none where there is none."""
        found = self._ledger.find(key)
        return None if found is None else ModelOutput.model_validate_json(found)

    def keep(self, key: str, output: ModelOutput) -> None:
        """Keep a reply before it is used."""
        self._ledger.keep(key, output.model_dump_json(exclude_none=True))


def _reason(error: BaseException) -> Unvoiced:
    """Say why a call failed, by the kinds of the errors behind it; providers share no class but name theirs alike."""
    kinds = [kind.__name__ for one in _behind(error) for kind in type(one).__mro__]
    if any("Timeout" in kind for kind in kinds):
        return "timeout"
    return "unreachable" if any("Connect" in kind for kind in kinds) else "failed"


def _behind(error: BaseException) -> Iterator[BaseException]:
    before: BaseException | None = error
    while before is not None:
        yield before
        before = before.__cause__ or before.__context__
