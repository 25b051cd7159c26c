"""A language model as the client's voice: told what to say and what not; checked; else the scripted line is spoken."""

import re
from collections.abc import Callable, Sequence
from random import Random

from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig, Model
from inspect_ai.solver import TaskState

from therapyarc.dialogue.client.answer import Answer
from therapyarc.dialogue.client.dynamics import Mind
from therapyarc.dialogue.client.voice import ScriptedVoice, Spoken
from therapyarc.domain.call import Call
from therapyarc.domain.client import ClientCase
from therapyarc.domain.missing import Missing
from therapyarc.tasks.host import CallFailedError, KeptReplies, generate, outcome
from therapyarc.tasks.prompts import prompt
from therapyarc.text import content_stems, words

__all__ = ["ModelVoice", "flaw"]

TRIES = 3
"""Tries of the model before the scripted line is spoken."""

KEPT = 0.6
"""Share of a probe's content words that must stand in the model's wording of it."""
_PURPOSE = {
    "open": "open the session", "report": "report on what was agreed for the week", "news": "tell what happened in the week",
    "tell": "tell something about yourself", "resist": "resist, in this way: {kind}", "withdraw": "turn away: curt, closed",
    "confront": "complain to the therapist about how the talk goes", "repaired": "accept that the therapist made it good",
    "accept": "agree to what was proposed: {activity}", "decline": "turn down what was proposed",
    "change": "say that you want something to change", "stay": "say that you would rather leave things as they are",
    "belief": "say what you believe of yourself", "doubt": "begin to doubt what you believe of yourself",
    "wish": "ask for advice", "mood": "say how the week has been", "answer": "answer without telling anything new",
    "bye": "say goodbye", "leave": "break off the session and go", "puzzled": "say that you do not follow",
    "probe": "turn to something else and say this, with every fact in it and with the request: {probe}",
}  # fmt: skip
_ROLE = re.compile(
    r"^\s*(?:therapist|client|assistant|counsell?or)\s*:|as an ai|language model|how does that make you feel|"
    r"as your therapist",
    re.IGNORECASE,
)


def flaw(text: str, answer: Answer, case: ClientCase, told: Sequence[str], most: int) -> str | None:
    """Say why a worded turn cannot be used; none where it can.

    `empty`; `out of role` (speaks as therapist, narrator or model); `too long`; `leak`: half or more of the content words of
    a fact that may not be told, at least four of them; `probe lost`: less than `KEPT` of the content words of a probe.
    """
    said = words(text)
    if not said:
        return "empty"
    if _ROLE.search(text) or re.search(r"[*\[\]<>{}]", text):
        return "out of role"
    if len(said) > 1.5 * most + 10:
        return "too long"
    stems = content_stems(text)
    if answer.probe and len(stems & content_stems(answer.probe)) < KEPT * len(content_stems(answer.probe)):
        return "probe lost"
    allowed = content_stems(answer.fact.say) if answer.fact else set()
    for fact in case.facts:
        if fact.id in told or (answer.fact and fact.id == answer.fact.id):
            continue
        secret = content_stems(fact.say) - allowed
        if len(secret & stems) >= max(4, 0.5 * len(secret)):
            return "leak"
    return None


class ModelVoice:
    """Adapter of the `Voice` port."""

    def __init__(
        self,
        case: ClientCase,
        session: str,
        model: Model,
        state: TaskState | None,
        on_call: Callable[[Call], None],
        script: ScriptedVoice,
        *,
        replies: KeptReplies | None = None,
    ) -> None:
        """Make a voice.

        Parameters
        ----------
        case
            Who speaks.
        session
            Session id, for the scope of the cache.
        model
            Inspect's model, in the role of client.
        state
            The sample's state; none outside Inspect.
        on_call
            Told of every finished call.
        script
            The scripted voice of this session: its lines are models and, at the last, what is said.
        replies
            Replies that were had already; none for those of the run under way.
        """
        self._case = case
        self._session = session
        self._model = model
        self._state = state
        self._on_call = on_call
        self._script = script
        self._replies = replies

    async def word(self, answer: Answer, mind: Mind, heard: str, rng: Random, said: Sequence[str]) -> Spoken:
        """Return the client's turn, worded by the model or, after three flawed tries, by script."""
        turn = len(said) + 1
        line = self._script.compose(answer, mind, heard, rng)
        talk = self._case.traits.talkativeness
        least, most = (1, 6) if answer.intent in {"withdraw", "bye"} else (5, 20 + round(50 * talk))
        if answer.probe:
            most = max(most, round(1.3 * len(words(answer.probe))))
        again: str | None = None
        for attempt in range(TRIES):
            text, refused = await self._ask(
                answer, heard, line, least, most, again, f"voice/{turn}/{attempt}", rng.getrandbits(31)
            )
            again = "refused" if refused else flaw(text, answer, self._case, mind.told, most)
            if again is None and text in said:
                again = "said before"
            if again is None:
                return Spoken(text, "model")
        return Spoken(line, f"fallback: {again}")

    async def _ask(
        self,
        answer: Answer,
        heard: str,
        line: str,
        least: int,
        most: int,
        again: str | None,
        purpose: str,
        seed: int,
    ) -> tuple[str, bool]:
        """Return what the model said, and whether its provider refused to let it say it."""
        activity = "" if answer.promise is None else answer.promise.activity
        does = _PURPOSE[answer.intent].format(
            kind=(answer.resistance or "").replace("_", " "), activity=activity, probe=answer.probe
        )
        system = prompt("voice-system", person=self._case.person, least=least, most=most)
        user = prompt(
            "voice-user",
            heard=heard,
            purpose=does,
            fact=None if answer.fact is None else answer.fact.say,
            line=None if answer.fact is not None else line,
            again=again,
        )
        errors: list[Exception] = []
        output, call = await generate(
            self._model,
            [ChatMessageSystem(content=system), ChatMessageUser(content=user)],
            GenerateConfig(max_tokens=4 * most, seed=seed),
            session=self._session,
            purpose=purpose,
            replay=True,
            state=self._state,
            replies=self._replies,
            on_error=errors.append,
        )
        if output is None:
            raise CallFailedError(self._session) from errors[0]
        self._on_call(call)
        text, missing = outcome(output)
        return text.strip().strip('"“”'), missing is Missing.REFUSED
