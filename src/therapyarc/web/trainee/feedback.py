"""Feedback on one practice session: what was found, with turns cited and people's sessions beside it. Nothing is praised."""

from collections.abc import Mapping
from random import Random

from therapyarc.domain import Missing, Turn
from therapyarc.domain.client import ClientCase
from therapyarc.measures import families
from therapyarc.measures.conversation import Conversation, conversation
from therapyarc.measures.groups import PUSH, QUESTION, REFLECTION, resists
from therapyarc.measures.profile import REFERENCES, reference
from therapyarc.measures.rupture import premature
from therapyarc.text import content_stems
from therapyarc.web.course.person import Said

__all__ = ["FIELDS", "SHOWN", "coverage", "feedback", "sham"]

FIELDS = ("problem", "triggers", "loop", "values", "goals")
"""Fields of a formulation, as a case has them."""

SHOWN = (
    "therapist_share", "open_question_share", "reflection_to_question", "rate_reflection",
    "empathy_explorations", "rate_advice", "validation_level", "premature_advice",
)  # fmt: skip
"""Measures beside which people's sessions stand."""

_DRAWN_CODES = (
    "open_question", "closed_question", "reflect_content", "reflect_emotion", "acknowledge", "validate", "teach",
)  # fmt: skip
_DRAWN_NEXT = ("event", "negative_feeling", "sustain", "change")
_GENERAL = 4
"""Pieces of general advice in the catalogue."""


def coverage(given: str, truth: tuple[str, ...]) -> float | None:
    """Return the share of the truth's content-word stems that stand in a text, from 0 to 1; none where it has none."""
    wanted = content_stems(" ".join(truth))
    return len(wanted & content_stems(given)) / len(wanted) if wanted else None


def feedback(said: tuple[Said, ...], case: ClientCase, formulation: Mapping[str, str]) -> dict[str, object]:
    """Return the feedback as plain data.

    Rules of suggestions, each for one turn of the trainee's: `advice_early` (see `therapyarc.measures.rupture.premature`);
    `feeling_passed`: the client's turn before it names or shows a feeling that hurts, and the turn neither says a feeling or
    need back nor validates; `pushed`: the turn before it resists, and the turn advises, teaches or contradicts;
    `questions_only`: the third turn in a row that asks and says nothing back.
    """
    heard = _heard(said)
    return {
        "formulation": [_field(name, formulation.get(name, ""), _truth(case, name)) for name in FIELDS],
        "turns": _turns(heard),
        "profile": _profile(_values(heard)),
    }


def sham(said: tuple[Said, ...], formulation: Mapping[str, str], seed: str) -> dict[str, object]:
    """Return the same layout without what was found: codes and figures drawn from a seed, and general advice.

    Nothing of it depends on what was said but the number of the trainee's turns and their words, which are shown.
    """
    heard = _heard(said)
    rng = Random(f"{seed}/sham")
    turns: list[dict[str, object]] = []
    for place in heard.of("therapist"):
        advice = (
            [{"rule": f"general_{rng.randrange(_GENERAL) + 1}", "code": ""}] if rng.random() < 0.25 else []
        )
        turns.append(
            {
                "turn": place + 1, "text": heard.turns[place].text, "codes": rng.sample(_DRAWN_CODES, rng.randint(1, 2)),
                "next": rng.sample(_DRAWN_NEXT, 1), "suggestions": advice,
            }
        )  # fmt: skip
    groups = [reference(name).measures for name in REFERENCES]
    values = {
        name: rng.uniform(
            min(one[name].quantiles[3] for one in groups), max(one[name].quantiles[5] for one in groups)
        )
        for name in SHOWN
    }
    return {
        "formulation": [
            {"field": name, "given": formulation.get(name, ""), "beside": [], "share": rng.uniform(0.1, 0.5)}
            for name in FIELDS
        ],
        "turns": turns,
        "profile": _profile(values),
    }


def _heard(said: tuple[Said, ...]) -> Conversation:
    return conversation(
        [Turn(role="client" if one.role == "client" else "therapist", text=one.text) for one in said]
    )


def _truth(case: ClientCase, name: str) -> tuple[str, ...]:
    found: str | tuple[str, ...] = getattr(case.formulation, name)
    return (found,) if isinstance(found, str) else found


def _field(name: str, given: str, truth: tuple[str, ...]) -> dict[str, object]:
    return {"field": name, "given": given, "beside": list(truth), "share": coverage(given, truth)}


def _turns(heard: Conversation) -> list[dict[str, object]]:
    own = heard.of("therapist")
    early = dict(zip(own, premature(heard, own), strict=True))
    asked, result = 0, list[dict[str, object]]()
    for place in own:
        codes = heard.codes[place]
        before = heard.codes[place - 1] if place else frozenset[str]()
        asked = asked + 1 if codes & QUESTION and not codes & REFLECTION else 0
        found = []
        if early[place]:
            found.append({"rule": "advice_early", "code": "reflect_content"})
        if "negative_feeling" in before and not codes & {"reflect_emotion", "reflect_need", "validate"}:
            found.append({"rule": "feeling_passed", "code": "reflect_emotion"})
        if place and resists(heard, place - 1) and codes & PUSH:
            found.append({"rule": "pushed", "code": "autonomy"})
        if asked == 3:
            found.append({"rule": "questions_only", "code": "reflect_content"})
        after = heard.codes[place + 1] if place + 1 < len(heard.turns) else frozenset[str]()
        result.append(
            {
                "turn": place + 1, "text": heard.turns[place].text, "codes": sorted(codes), "next": sorted(after),
                "suggestions": found,
            }
        )  # fmt: skip
    return result


def _values(heard: Conversation) -> dict[str, float | Missing]:
    found: dict[str, float | Missing] = {}
    for family in families():
        if any(one.name in SHOWN for one in family.measures):
            found.update(family.compute(heard))
    return {name: found[name] for name in SHOWN}


def _profile(values: Mapping[str, float | Missing]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name in SHOWN:
        value = values[name]
        row: dict[str, object] = {
            "measure": name,
            "value": None if isinstance(value, Missing) else float(value),
            "missing": value.value if isinstance(value, Missing) else None,
        }
        for group in REFERENCES:
            own = reference(group).measures[name]
            row[group.partition("-")[0]] = [own.quantiles[1], own.quantiles[4], own.quantiles[7]]
        rows.append(row)
    return rows
