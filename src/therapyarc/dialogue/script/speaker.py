"""A scripted therapist at work: hears, draws what it does, says it. Seeded by the ask, the same each time."""

from collections.abc import Mapping

import numpy as np

from therapyarc.dialogue.exchange import choice_letters
from therapyarc.dialogue.script.listening import heard_feelings, heard_risk, pick, reflections
from therapyarc.dialogue.script.policy import Act, Policy, PolicyError, policy_named
from therapyarc.dialogue.speaker import Ask, Reply
from therapyarc.domain import Asks

__all__ = ["ScriptSpeaker", "script_speaker"]


def script_speaker(policy: str, parameters: Mapping[str, float]) -> "ScriptSpeaker":
    """Return the scripted therapist of a policy for single replies.

    Its skill is `q`. A skill in ongoing sessions that differs, `ongoing`, is checked here and used by `script_therapist`.

    Raises
    ------
    PolicyError
        If there is no such policy, or it does not take a parameter, or a skill lies outside 0 to 1.
    """
    found = policy_named(policy)
    allowed = {"q", "ongoing"} if found.skill is not None else set()
    if unknown := sorted(set(parameters) - allowed):
        takes = "q and ongoing, from 0 to 1" if allowed else "no parameters"
        raise PolicyError(f"{policy} takes {takes}; got {', '.join(unknown)}")
    for name, skill in parameters.items():
        if not 0 <= skill <= 1:
            raise PolicyError(f"{policy}: {name} must lie between 0 and 1; got {skill}")
    return ScriptSpeaker(found, parameters.get("q", found.skill if found.skill is not None else 1.0))


class ScriptSpeaker:
    """Adapter of the `Speaker` port.

    What it says about a client comes from the client's words alone: it never has the hidden key. Its knowledge is
    planted: on a choice item it takes the best option with the policy's documented probability and else one of the
    others, evenly. So every figure about a script is a figure about what was planted.
    """

    def __init__(self, policy: Policy, q: float) -> None:
        self.policy = policy
        self.q = q

    async def speak(self, ask: Ask) -> Reply:
        """Answer one item."""
        return Reply(text=self.compose(ask)[0])

    def compose(self, ask: Ask) -> tuple[str, tuple[str, ...]]:
        """Return the answer and the acts that were planted in it."""
        rng = np.random.default_rng(ask.seed)
        if ask.item.asks == "choice":
            return self._choose(ask, rng)
        if ask.item.asks == "opinion":
            return self._view(ask, rng)
        return self._answer("" if ask.case is None else ask.case.words, ask.item.asks, rng)

    def reply_to(self, heard: str, seed: int) -> tuple[str, tuple[str, ...]]:
        """Return the single reply to a client's words, as on a vignette, and its planted acts."""
        return self._answer(heard, "reply", np.random.default_rng(seed))

    def _answer(self, heard: str, asks: Asks, rng: np.random.Generator) -> tuple[str, tuple[str, ...]]:
        feelings = heard_feelings(heard)
        fill = {"reflection": next(iter(reflections(heard)), ""), "risk": heard_risk(heard)}
        fill |= dict(zip(("feeling", "second"), feelings, strict=False))
        said, planted = [], []
        for act in self.policy.answers[asks]:
            sentence, code = self._perform(act, fill, rng)
            if sentence:
                said.append(sentence)
                planted.append(code)
            if code == "risk_inquiry":
                break  # after that question one waits
        return " ".join(said), tuple(code for code in planted if code)

    def _perform(self, act: Act, fill: Mapping[str, str], rng: np.random.Generator) -> tuple[str, str]:
        low, high = act.chance
        done = rng.random() < low + (high - low) * self.q
        fitting = [text for text in act.say if all(fill.get(name) for name in _names(text))]
        if done and fitting:
            return _upper(pick(fitting, rng).format(**fill)), act.act
        return (pick(list(act.otherwise), rng), act.instead) if act.otherwise else ("", "")

    def _choose(self, ask: Ask, rng: np.random.Generator) -> tuple[str, tuple[str, ...]]:
        low, high = self.policy.knowledge["after" if ask.material else "before"]
        best = next(option.id for option in ask.item.options if option.correct)
        others = [option for option in ask.options if option != best]
        chosen = best if rng.random() < low + (high - low) * self.q else pick(others, rng)
        return choice_letters(ask.options)[chosen], ()

    def _view(self, ask: Ask, rng: np.random.Generator) -> tuple[str, tuple[str, ...]]:
        """Answer a survey as planted; on an item without keyed options each of those that give a view is as likely."""
        keyed, abstains = (
            low + (high - low) * self.q for low, high in (self.policy.views[w] for w in ("keyed", "abstains"))
        )
        there = {option.id: option for option in ask.item.options}
        if rng.random() < abstains:
            wanted = [name for name in ask.options if there[name].abstains]
        else:
            views = [name for name in ask.options if not there[name].abstains]
            planted = rng.random() < keyed
            wanted = [name for name in views if there[name].keyed == planted] or views
        return choice_letters(ask.options)[pick(wanted, rng)], ()


def _names(text: str) -> list[str]:
    return [name for name in ("feeling", "second", "reflection", "risk") if f"{{{name}}}" in text]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
