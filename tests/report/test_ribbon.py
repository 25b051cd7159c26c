"""The ribbon: marks where the codes are, in the lane of their kind, and the state from foot to top."""

from therapyarc.coding.codebook import codebook
from therapyarc.report.ribbon import AGAINST, LANES, Beat, ribbon


def test_a_mark_stands_at_its_turn_in_its_lane() -> None:
    drawn = ribbon(
        [
            Beat(role="client", codes=("negative_feeling",)),
            Beat(role="therapist", codes=("validate", "open_question", "uptake")),
            Beat(role="client", codes=("yes_but",)),
            Beat(role="therapist", codes=(), harms=("romantic",)),
        ],
        {"bond": [0.0, None, 2.0, None]},
    )
    marks = {lane.name: [(mark.turn, mark.left, mark.says) for mark in lane.marks] for lane in drawn.lanes}
    assert marks["tells"] == [(0, 0.0, "negative feeling")]
    assert marks["listens"] == [(1, 250.0, "validate")]
    assert marks["asks"] == [(1, 250.0, "open question")]
    assert marks["against"] == [(2, 500.0, "yes but")]
    assert marks[AGAINST] == [(3, 750.0, "romantic")]
    assert marks["offers"] == marks["for change"] == []
    assert drawn.lines[0].points == "125.0,100.0 625.0,0.0", "0 at the foot, and never beyond the top"


def test_every_code_of_a_lane_is_known_and_no_code_is_in_two() -> None:
    annomi = {"reflection", "question", "therapist_input"}
    for role in ("therapist", "client"):
        known = {code.id for code in codebook(role).codes} | annomi
        shown = [code for whose, _, codes in LANES for code in codes if whose == role]
        assert set(shown) <= known
        assert len(shown) == len(set(shown))


def test_no_turns_give_no_columns() -> None:
    assert ribbon([]).turns == 0
