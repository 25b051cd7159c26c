"""The unit of analysis: what a claim is about decides what varies, and the wrong unit is refused."""

from collections import Counter

from therapyarc.analysis.table import Table
from therapyarc.domain import Actor, Check, Estimand

__all__ = ["unit_checks", "wrong_unit"]

FEWEST = 3
"""Families of a side below which nothing is claimed of models as a class."""
ENOUGH = 10
"""Families from which on a claim about models as a class has power."""


def _models(table: Table, estimand: Estimand, place: int) -> list[tuple[str, Actor]]:
    arms = (estimand.first, estimand.second)[place]
    return [
        (arm.id, actor)
        for arm in table.design.study.arms
        if arm.id in arms
        for actor in arm.actors
        if actor.kind == "model"
    ]


def _families(table: Table, estimand: Estimand) -> tuple[set[str], set[str]]:
    first, second = (
        {table.families[arm, actor.id] for arm, actor in _models(table, estimand, place)} for place in (0, 1)
    )
    return first, second


def wrong_unit(table: Table, estimand: Estimand) -> str | None:
    """Return why a claim about models as a class cannot be made at all with these models; none where it can.

    Several runs or versions of one family are no independent draws of models: with families taken for actors a test at .05
    rejected .13 to .64 of true hypotheses in simulation. With fewer than three families on a side that holds models, or one
    family on both sides, nothing is left to estimate the spread of families from.
    """
    if estimand.claim != "models_as_class":
        return None
    families = _families(table, estimand)
    if not any(families):
        return "the claim is about models as a class, and no side holds a model"
    shared = families[0] & families[1]
    if shared and estimand.contrast != "paired":
        return f"the unit is the model family, and {', '.join(sorted(shared))} stands on both sides"
    for names in families:
        if 0 < len(names) < FEWEST:
            return (
                f"the claim is about models as a class, its unit is the model family, and a side holds {len(names)} of "
                f"them; {FEWEST} are the fewest that show how families differ, and {ENOUGH} give power. Declare claim: "
                "these_models to speak of these models alone"
            )
    return None


def unit_checks(table: Table, estimand: Estimand) -> tuple[Check, ...]:
    """Say what the unit is, and where it does not carry the claim."""
    found = []
    models = [*_models(table, estimand, 0), *_models(table, estimand, 1)]
    families = Counter(table.families[arm, actor.id] for arm, actor in models)
    nameless = sorted({actor.id for _, actor in models if actor.family is None})
    if estimand.claim == "models_as_class":
        few = min((len(names) for names in _families(table, estimand) if names), default=0)
        text = f"The claim is about models as a class; its unit is the family, {few} of them on the smaller side."
        passed: bool | None = few >= ENOUGH
        if few < ENOUGH:
            text += f" Below {ENOUGH} there is little power."
        if nameless:
            passed = False
            text += f" No family is given for {', '.join(nameless)}, so each model was taken for a family of its own."
        found.append(Check(name="unit of analysis", passed=passed, text=text))
    elif any(count > 1 for count in families.values()):
        shared = ", ".join(f"{name} ({count})" for name, count in families.items() if count > 1)
        text = (
            f"Models share a family, so they are not independent: {shared}. The interval and p hold for these exact models, "
            "and say nothing of models as a class."
        )
        found.append(Check(name="unit of analysis", passed=None, text=text))
    return tuple(found)
