"""Coders by name: one interface to the learned coder, in the codes of our own codebooks.

Codes that a learned head answers for come from it, by the decisions that were tuned when it was trained; the others come
from the cue coder and are flagged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Literal

from therapyarc.coding.attention import Encoded
from therapyarc.coding.features import cued
from therapyarc.coding.learned import Encode, LearnedCoder, Role, read_coder
from therapyarc.coding.weights import EncoderName, encoder
from therapyarc.domain import Turn
from therapyarc.text import content_stems

__all__ = ["CODERS", "BehaviourCoder", "CodedTurn", "CoderName", "coder", "encode_with"]

CoderName = Literal["fast", "better", "best"]
CODERS: dict[CoderName, EncoderName | None] = {"fast": None, "better": "minilm", "best": "mpnet"}
"""Coders that ship, and the sentence encoder that each needs (`therapyarc models fetch minilm`)."""

HEADED = {
    "therapist": frozenset(
        {
            "reflect_content", "reflect_emotion", "reflect_need", "open_question", "closed_question",
            "teach", "advice_without_permission", "acknowledge",
        }
    ),
    "client": frozenset({"change", "sustain"}),
}  # fmt: skip
"""Codes that learned heads answer for, by role."""

_KINDS = {
    "reflect_emotion": ("reflection_emotion",),
    "reflect_need": ("reflection_need", "reflection_value", "reflection_strength"),
    "reflect_content": ("reflection_consequence", "reflection_conflict"),
}


@dataclass(frozen=True, slots=True)
class CodedTurn:
    """What was done in one turn."""

    main: Mapping[str, float]
    """Main behaviour (therapist: question, reflection, therapist_input, other; client: change, sustain, neutral) and its
    calibrated probability."""
    decided: str
    """Main behaviour decided on; not always the likeliest, since rare ones weigh as much as common ones."""
    codes: Mapping[str, float]
    """Codes of our codebook and the probability of each; 1 for those found by cue."""
    by_cue: frozenset[str]
    """Codes whose 1 says only that a cue was found, not a probability."""
    found: frozenset[str]
    """Codes decided on."""


@dataclass(frozen=True, slots=True)
class BehaviourCoder:
    """A coder of therapist and client turns in the codes of our codebooks."""

    name: str
    """As in `coder`."""
    learned: LearnedCoder
    """Its trained part."""

    def code(self, turns: Sequence[Turn]) -> list[CodedTurn]:
        """Code the turns of one session, in order; the same each time."""
        heads = self.learned.heads(turns)
        decided = {
            role: {head: second.decided(heads[role][head]) for head, second in seconds.items()}
            for role, seconds in self.learned.second.items()
        }
        result: list[CodedTurn] = []
        for place, turn in enumerate(turns):
            role: Role = "client" if turn.role == "client" else "therapist"
            labels = self.learned.labels(role)
            p = {
                head: dict(zip(names, map(float, heads[role][head][place]), strict=True))
                for head, names in labels.items()
            }
            chosen = {head: labels[head][int(rows[place])] for head, rows in decided[role].items()}
            heard = turns[place - 1].text if place and turns[place - 1].role == "client" else ""
            if role == "client":
                result.append(_client(turn.text, p, chosen))
            else:
                result.append(_therapist(turn.text, heard, p, chosen))
        return result

    def codes(self, turns: Sequence[Turn]) -> list[frozenset[str]]:
        """Return, for each turn of a session, the ids of the codes decided on; what measures use."""
        return [one.found for one in self.code(turns)]


def _client(text: str, p: Mapping[str, Mapping[str, float]], chosen: Mapping[str, str]) -> CodedTurn:
    cues = cued("client", text) - HEADED["client"]
    codes = {label: p["main"][label] for label in ("change", "sustain") if label in p["main"]}
    said = {chosen["main"]} & HEADED["client"] if text.strip() else set()
    return CodedTurn(
        p["main"], chosen["main"], codes | dict.fromkeys(sorted(cues), 1.0), cues, frozenset(cues | said)
    )


def _therapist(
    text: str, heard: str, p: Mapping[str, Mapping[str, float]], chosen: Mapping[str, str]
) -> CodedTurn:
    acts = cued("therapist", text)
    if heard and not acts & {"empty", "off_topic"} and content_stems(text) & content_stems(heard):
        acts |= {"uptake"}
    cues = acts - HEADED["therapist"]
    if acts & {"empty", "off_topic"}:
        return CodedTurn(p["main"], chosen["main"], dict.fromkeys(sorted(cues), 1.0), cues, cues)
    codes: dict[str, float] = {}
    said: set[str] = set()
    if "question" in chosen and "question_kind" in p:
        codes |= {f"{kind}_question": p["question"]["true"] * v for kind, v in p["question_kind"].items()}
        if chosen["question"] == "true":
            said.add(f"{max(p['question_kind'], key=lambda kind: p['question_kind'][kind])}_question")
    if "reflection" in chosen and "reflection_kind" in p:
        kinds = _reflections(p, acts)
        codes |= {code: p["reflection"]["true"] * share for code, share in kinds.items()}
        if chosen["reflection"] == "true":
            said.add(max(kinds, key=lambda code: kinds[code]))
            said |= {"reflect_emotion"} & acts
    if "input" in chosen and "input_kind" in p:
        given = p["input"]["true"]
        codes["teach"] = given * p["input_kind"].get("information", 0.0)
        codes["advice_without_permission"] = given * p["input_kind"].get("advice", 0.0)
        if chosen["input"] == "true":
            kind = max(p["input_kind"], key=lambda name: p["input_kind"][name])
            said |= {"teach"} if kind == "information" else set()
            permitted = acts & {"advice_with_permission", "plan"}
            said |= {"advice_without_permission"} if kind == "advice" and not permitted else set()
    if chosen["main"] == "other" and not said and not cues - {"uptake"}:
        said.add("acknowledge")
    codes["acknowledge"] = p["main"].get("other", 0.0)
    return CodedTurn(
        p["main"], chosen["main"], codes | dict.fromkeys(sorted(cues), 1.0), cues, frozenset(cues | said)
    )


def _reflections(p: Mapping[str, Mapping[str, float]], acts: frozenset[str]) -> dict[str, float]:
    """Share a reflection out: simple ones say content back, complex ones by their kind among BOLT's reflections."""
    simple = p["reflection_kind"].get("simple", 0.5)
    kinds = {code: max(p.get("bolt", {}).get(name, 0.0) for name in names) for code, names in _KINDS.items()}
    total = sum(kinds.values())
    if total <= 0:
        kinds, total = {"reflect_emotion": float("reflect_emotion" in acts), "reflect_content": 1.0}, 2.0
    shares = {code: (1 - simple) * share / total for code, share in kinds.items()}
    shares["reflect_content"] = shares.get("reflect_content", 0.0) + simple
    return shares


@cache
def coder(name: CoderName = "fast") -> BehaviourCoder:
    """Return a coder that ships with the package.

    Raises
    ------
    EncoderAbsentError
        If it needs a sentence encoder that is not on this machine.
    ValueError
        If there is none of that name.
    """
    if name not in CODERS:
        raise ValueError(f"no coder {name!r}; there are {', '.join(CODERS)}")
    with as_file(files("therapyarc") / "library" / "coders" / f"{name}.npz") as path:
        return BehaviourCoder(name, read_coder(path, encode_with(CODERS[name])))


def encode_with(name: EncoderName | None) -> Encode | None:
    """Return a sentence encoder from the cache, which is opened when it is first needed; none for a coder without one."""
    if name is None:
        return None

    def encode(texts: Sequence[str]) -> Encoded:
        return encoder(name)(texts)

    return encode
