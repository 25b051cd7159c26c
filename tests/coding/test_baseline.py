"""The baseline raters order what is plainly different, earn nothing for length, and keep reasons."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from therapyarc.coding.baseline import BaselineRater, UnknownConstructError
from therapyarc.coding.rater import RatingTask
from therapyarc.domain import Missing, Rating, Session, Turn
from therapyarc.files.library import read_instrument

VIGNETTES = read_instrument("ba-vignettes", Path())
VARIANTS: tuple[Literal["lexical", "structural"], ...] = ("lexical", "structural")
WARM = (
    "It sounds as if you felt ashamed, so much that you nearly stayed away today. After a day on your feet it makes sense "
    "that you sat down. What was that minute on the sofa like?"
)
COLD = "You should just go for a walk. It is no big deal."


def rate(variant: Literal["lexical", "structural"], rubric: str, reply: str, asks: str = "respond") -> Rating:
    turns = (Turn(role="therapist", text=reply),) if reply else ()
    session = Session(id="0" * 16, turns=turns, missing=None if reply else Missing.REFUSED)
    task = RatingTask(
        session=session,
        item=VIGNETTES.item(asks),
        case=VIGNETTES.case("v01"),
        rubric=read_instrument(rubric, Path()),
    )
    return asyncio.run(BaselineRater("b", variant).rate(task))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("rubric", ["rubric-empathy", "rubric-validation"])
def test_warm_stands_above_cold_and_padding_earns_nothing(
    variant: Literal["lexical", "structural"], rubric: str
) -> None:
    warm, cold = rate(variant, rubric, WARM), rate(variant, rubric, COLD)
    assert warm.value is not None
    assert cold.value is not None
    assert warm.value >= cold.value + 2
    padded = rate(variant, rubric, COLD + " The room is on the second floor." * 20)
    assert padded.value is not None
    assert padded.value <= cold.value
    assert all(quote in WARM for quote in warm.evidence)


@pytest.mark.parametrize("variant", VARIANTS)
def test_feelings_that_fit_stand_above_those_that_do_not(variant: Literal["lexical", "structural"]) -> None:
    good = rate(variant, "rubric-emotion", "Strongly ashamed, and disappointed in himself.", "feelings")
    bad = rate(variant, "rubric-emotion", "Angry, lonely, bitter and furious.", "feelings")
    assert good.value is not None
    assert bad.value is not None
    assert good.value > bad.value


def test_reasons_are_kept_and_unknown_rubrics_told() -> None:
    assert rate("lexical", "rubric-empathy", "").missing is Missing.REFUSED
    rubric = replace(read_instrument("rubric-empathy", Path()), construct="charm")
    task = RatingTask(
        session=Session(id="0", turns=(Turn(role="therapist", text="Hello there."),)),
        item=VIGNETTES.item("respond"),
        case=VIGNETTES.case("v01"),
        rubric=rubric,
    )
    with pytest.raises(UnknownConstructError, match="charm"):
        asyncio.run(BaselineRater("b", "lexical").rate(task))
