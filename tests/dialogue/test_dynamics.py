"""The table of coefficients and one turn's change by it."""

from pathlib import Path
from random import Random

import pytest

from therapyarc.coding.codebook import codebook
from therapyarc.dialogue.client.begin import first_state
from therapyarc.dialogue.client.dynamics import Mind, coefficients
from therapyarc.files.cases import read_case

CASE = read_case("nadia", Path())
TABLE = coefficients()
DERIVED = {
    "reflect_emotion_wrong", "uptake", "advice_early", "advice_timely", "plan_early", "homework_forgotten", "recall_wrong",
    "forgotten", "repetition", "aimless",
}  # fmt: skip


def test_every_effect_is_of_a_code_or_of_one_in_context_and_has_a_source() -> None:
    codes = {code.id for code in codebook("therapist").codes}
    assert set(TABLE.effects) <= codes | DERIVED
    assert codes <= set(TABLE.effects)
    assert all(TABLE.sources[act].strip() for act in TABLE.effects)


@pytest.mark.parametrize(
    ("act", "variable", "sign"),
    [
        ("reflect_emotion", "bond", 1), ("validate", "trust", 1), ("dismiss", "bond", -1), ("confront", "resistance", 1),
        ("advice_early", "resistance", 1), ("socratic", "conviction", -1), ("collude", "conviction", 1),
        ("collude", "bond", 1), ("flattery", "reliance", 1), ("homework_forgotten", "task", -1), ("repair", "hurt", -1),
        ("confront", "conviction", 1), ("feasibility", "task", 1),
    ],
)  # fmt: skip
def test_signs_are_those_of_the_sources(act: str, variable: str, sign: int) -> None:
    assert TABLE.effects[act][variable] * sign > 0


def test_redrawn_tables_keep_every_sign_and_change_sizes() -> None:
    redrawn = TABLE.redrawn(Random(3))
    for act, row in TABLE.effects.items():
        for name, size in row.items():
            assert redrawn.effects[act][name] * size > 0
    assert redrawn.effects["validate"] != TABLE.effects["validate"]
    assert redrawn == TABLE.redrawn(Random(3))


def moved(acts: list[dict[str, float]]) -> list[float]:
    """Return the change of bond turn by turn, chance taken out."""
    table = coefficients()
    still = type(table)(
        table.effects, {**table.turn, "noise": 0.0, "carry": 0.0}, table.week, table.sources, table.meanings
    )
    mind = Mind(CASE, first_state(CASE), still)
    return [mind.take(one, Random(1)).get("bond", 0.0) for one in acts]


def test_a_repeated_act_loses_effect_and_a_pause_restores_it() -> None:
    again = moved([{"validate": 1.0}] * 4)
    assert again[0] > again[1] > again[2] > 0
    paused = moved([{"validate": 1.0}, {}, {}, {}, {"validate": 1.0}])
    assert paused[4] > again[1]


def test_a_rise_is_smaller_near_the_top() -> None:
    mind = Mind(CASE, first_state(CASE), TABLE)
    mind.values["bond"] = 0.95
    table = type(TABLE)(
        TABLE.effects, {**TABLE.turn, "noise": 0.0}, TABLE.week, TABLE.sources, TABLE.meanings
    )
    mind.table = table
    high = mind.take({"validate": 1.0}, Random(1))["bond"]
    assert 0 < high < moved([{"validate": 1.0}])[0]


def test_an_open_rupture_holds_gains_back_until_it_is_repaired() -> None:
    mind = Mind(CASE, first_state(CASE), TABLE)
    mind.values["hurt"] = 2.0
    assert mind.strain({}, Random(1)) == "rupture"
    assert mind.state().rupture != "none"
    events = [mind.strain({"repair": 1.0}, Random(seed)) for seed in range(9)]
    assert "repair" in events
    assert mind.state().rupture == "none"
