"""Estimands: what exactly is to be known, in the attributes of ICH E9(R1)."""

from typing import Literal

from therapyarc.domain.record import record

__all__ = ["Contrast", "Estimand"]

Contrast = Literal["between", "change", "paired", "recovery", "carry_over"]
"""`between`: two sets of actors on the same items. `change`: the same actors before and after training material.
`paired`: two arms on the same cases, the pair within a case. `recovery`: arms whose order is known, to test the raters.
`carry_over`: two sets of actors on single replies and in ongoing sessions, by the same raters on the same anchors."""


@record
class Estimand:
    """One quantity to be estimated, declared before any answer is seen."""

    id: str
    """Unique within the study."""
    question: str
    """The question in one sentence."""
    construct: str
    """The construct compared, as its instrument or rubric names it."""
    contrast: Contrast
    """How the arms are compared."""
    first: tuple[str, ...]
    """Ids of the arms on the one side; effects are first minus second."""
    second: tuple[str, ...] = ()
    """Ids of the arms on the other side; empty for `change`."""
    labels: tuple[str, ...] = ()
    """Names of the two sides in tables; empty joins the labels of the arms."""
    condition: str | None = None
    """The condition compared; for `change`, the later one. None takes the study's first condition."""
    baseline: str | None = None
    """For `change`, the earlier condition. None takes the study's first condition."""
    role: Literal["primary", "secondary", "exploratory"] = "secondary"
    """Its place in the plan; exploratory findings are labelled so."""
    family: str = "main"
    """Multiplicity family: p values are Holm-adjusted among the confirmatory findings that share it."""
    claim: Literal["these_models", "models_as_class"] = "these_models"
    """What the claim is about. For models as a class the unit is the model family, and few families are said to be few."""
    population: str = ""
    """For whom the answer is meant to hold."""
    intercurrent: str = ""
    """What is done with refused, empty, truncated and unreadable answers and with actors who leave."""
    margin: float | None = None
    """Smallest difference that matters, in raw units; none where no margin was agreed."""
    published: str | None = None
    """Key of the published row that stands beside the finding; none where there is none."""
