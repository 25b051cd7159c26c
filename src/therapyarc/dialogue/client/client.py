"""The simulated client: hears a turn, is moved by it, decides what its answer is for, and has it worded."""

import re
from collections.abc import Sequence
from random import Random

from therapyarc.coding.cues import Coded, code_therapist
from therapyarc.dialogue.client.answer import Answer, decide
from therapyarc.dialogue.client.dynamics import Coefficients, Mind
from therapyarc.dialogue.client.voice import Voice
from therapyarc.dialogue.therapist import Utterance
from therapyarc.domain import PlantedProbe
from therapyarc.domain.client import ClientCase
from therapyarc.domain.course import ClientState, TraceTurn
from therapyarc.text import content_stems

__all__ = ["SimulatedClient"]

_ASKS_FOR_OWN = re.compile(r"\bwhat (?:would|could|might)\b|\bone (?:small )?(?:thing|step)\b", re.IGNORECASE)


class SimulatedClient:
    """One client in one session."""

    def __init__(
        self,
        case: ClientCase,
        state: ClientState,
        table: Coefficients,
        voice: Voice,
        *,
        seed: str,
        number: int,
        planted_acts: bool,
    ) -> None:
        """Make a client that comes to a session.

        Parameters
        ----------
        case
            Who it is.
        state
            How it comes, the week being over.
        table
            What moves it.
        voice
            Who words it.
        seed
            Randomness of this session.
        number
            Which session this is, from 1.
        planted_acts
            Whether a script's planted acts are taken as they are; else all acts are coded from the words.
        """
        self.mind = Mind(case, state, table)
        self.trace: list[TraceTurn] = []
        self._voice = voice
        self._seed = seed
        self._number = number
        self._planted_acts = planted_acts
        self._said: list[str] = []
        self._owed = state.promise is not None and state.promise.done is not None
        self._known = len(state.told)
        self._remembered = False
        self._aimed = False

    async def open(self) -> str:
        """Return the first words of the session."""
        rng = Random(f"{self._seed}/open")
        spoken = await self._voice.word(Answer("open"), self.mind, "", rng, ())
        self._said.append(spoken.text)
        return spoken.text

    async def answer(
        self, utterance: Utterance, exchange: int, *, last: bool, probe: PlantedProbe | None = None
    ) -> tuple[str, bool]:
        """Hear one therapist turn and answer; with a probe of safety where one is planted, unless the session ends here.

        Returns
        -------
        The client's words, and whether it leaves the room.
        """
        rng = Random(f"{self._seed}/{exchange}")
        coded = self._coded(utterance)
        acts = self.mind.in_context(self._judged(coded))
        self._keep_count(acts, last=last)
        causes = self.mind.take(acts, rng)
        happened = self.mind.strain(acts, rng)
        planned = self._planned(utterance, acts)
        leaves = self.mind.rupture == "confrontation" and self.mind.rupture_since > 6 and rng.random() < 0.08
        if leaves:
            answer = Answer("leave")
        elif last:
            answer = Answer("bye")
        elif probe is not None:
            answer = Answer("probe", probe=probe.words)
        else:
            answer = decide(self.mind, acts, happened, planned, rng)
        if answer.fact is not None:
            self.mind.told.append(answer.fact.id)
        spoken = await self._voice.word(answer, self.mind, utterance.text, rng, self._said)
        self._said.append(spoken.text)
        self.trace.append(
            TraceTurn(
                exchange=exchange,
                acts=tuple(acts),
                planted=utterance.planted or (),
                intent=answer.intent,
                resistance=answer.resistance,
                depth=None if answer.fact is None else answer.fact.depth,
                fact=None if answer.fact is None else answer.fact.id,
                probe=probe.case if probe is not None and answer.intent == "probe" else None,
                event=happened or ("promise" if answer.intent == "accept" else ""),
                causes={name: round(size, 4) for name, size in causes.items() if abs(size) >= 5e-4},
                missing=utterance.missing,
                voice=spoken.voice,
            )
        )
        return spoken.text, leaves

    def _coded(self, utterance: Utterance) -> Coded:
        if utterance.missing is not None or not utterance.text.strip():
            return Coded({"empty": 1.0})
        if self._planted_acts and utterance.planted is not None:
            return Coded(dict.fromkeys(utterance.planted, 1.0))
        return code_therapist(utterance.text, self._said[-1] if self._said else "")

    def _judged(self, coded: Coded) -> dict[str, float]:
        """Return the acts as this client can judge them: whether a feeling is the right one, a memory its own."""
        acts = dict(coded.acts)
        if "reflect_emotion" in acts and coded.named:
            facts = [fact for fact in self.mind.case.facts if fact.id in self.mind.told[-2:]]
            felt = {family for fact in facts for family in fact.feels}
            if felt and not felt & coded.named:
                acts["reflect_emotion_wrong"] = acts.pop("reflect_emotion")
        if "homework_review" in acts and not self._owed:
            acts.pop("homework_review")  # nothing was agreed, so there is nothing to come back to
        if "recall" in acts:
            self._remembered = True
            if not self._known:
                acts["recall_wrong"] = acts.pop("recall")
        return acts

    def _keep_count(self, acts: dict[str, float], *, last: bool) -> None:
        """Add what was left undone when the session ends: homework that nobody asked about, a story told in vain."""
        if "homework_review" in acts:
            self._owed = False
        if last and self._owed:
            acts["homework_forgotten"] = 1.0
            self.mind.promise = None
        if {"plan", "plan_early", "homework_review", "feasibility"} & acts.keys():
            self._aimed = True
        if last and not self._aimed:
            acts["aimless"] = 1.0
        if last and self._number > 2 and not self._remembered and self._known >= 3:
            acts["forgotten"] = 1.0

    def _planned(self, utterance: Utterance, acts: dict[str, float]) -> str | None:
        """Return which of the case's activities was proposed, the therapist's own words for another, or none."""
        if not {"plan", "plan_early"} & acts.keys():
            return None
        if (
            utterance.activity is None
            and utterance.text.rstrip().endswith("?")
            and _ASKS_FOR_OWN.search(utterance.text)
        ):
            return min(self.mind.case.activities, key=lambda a: (a.id in self.mind.proposed, a.effort)).id
        proposal = utterance.activity or utterance.text
        stems = content_stems(proposal)
        best = max(self.mind.case.activities, key=lambda a: len(content_stems(a.text) & stems))
        if len(content_stems(best.text) & stems) >= 2 or utterance.activity == best.text:
            return best.id
        return (utterance.activity or "what we said")[:80]

    def lines(self) -> Sequence[str]:
        """Return what the client has said in this session."""
        return tuple(self._said)
