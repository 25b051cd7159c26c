"""Numbers as a report writes them."""

import pytest

from therapyarc.domain import COEFFICIENT, SHARE, Estimate
from therapyarc.report.figures import title_room, wrapped
from therapyarc.report.numbers import interval, value


@pytest.mark.parametrize(
    ("name", "unit", "shown"),
    [
        ("difference", SHARE, ".125 [−.500, 1.000]"),
        ("difference", "rating points", "0.12 [−0.50, 1.00]"),
        ("difference", "", "0.12 [−0.50, 1.00]"),
        ("anything", COEFFICIENT, ".125 [−.500, 1.000]"),
    ],
)
def test_the_unit_and_not_the_name_says_that_a_figure_cannot_exceed_one(
    name: str, unit: str, shown: str
) -> None:
    one = Estimate(name=name, label="x", value=0.125, low=-0.5, high=1.0, unit=unit)
    assert f"{value(one)} {interval(one)}" == shown


def test_labels_of_figures_are_whole() -> None:
    label = "Scripted reference (stands where people would), before training"
    lines = wrapped(label, 24).split("\n")
    assert " ".join(lines) == label
    assert all(len(line) <= 24 for line in lines)
    assert "".join(wrapped("x" * 60, 24).split("\n")) == "x" * 60
    assert wrapped("", 24) == ""
    assert title_room(["short", label], 24) == pytest.approx(0.14 * (len(lines) - 1))
    assert title_room([], 24) == 0
