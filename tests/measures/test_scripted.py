"""The measures find in scripted courses what was planted there."""

import pytest
from making.scripted_therapists import agreement_with_truth, courses, table_rows

from therapyarc.domain import Missing
from therapyarc.measures import families

SCRIPTS = ("skilled(.9)", "advice-giver", "harmful")


@pytest.fixture(scope="module")
def means() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for script in SCRIPTS:
        rows = [
            {name: value for family in families() for name, value in family.compute(heard).items()}
            for _, heard in courses(script)
        ]
        there = {
            name: [value for row in rows if not isinstance(value := row[name], Missing)] for name in rows[0]
        }
        found[script] = {name: sum(values) / len(values) for name, values in there.items() if values}
    return found


@pytest.mark.parametrize(
    ("measure", "order"),
    [
        ("alliance_therapist", ("skilled(.9)", "advice-giver", "harmful")),
        ("ba_adherence", ("skilled(.9)", "advice-giver", "harmful")),
        ("premature_advice", ("advice-giver", "skilled(.9)")),
        ("empathy_missed", ("advice-giver", "skilled(.9)")),
        ("contingency_therapist", ("skilled(.9)", "advice-giver", "harmful")),
        ("recall_right", ("skilled(.9)", "advice-giver")),
        ("facts_told", ("skilled(.9)", "advice-giver")),
        ("validated_invalid", ("harmful", "skilled(.9)")),
        ("rupture_withdrawals", ("harmful", "skilled(.9)")),
        ("socratic_answers_given", ("harmful", "skilled(.9)")),
    ],
)
def test_scripts_stand_in_the_order_of_what_they_do(
    means: dict[str, dict[str, float]], measure: str, order: tuple[str, ...]
) -> None:
    values = [means[script][measure] for script in order]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)


def test_facts_told_are_found_in_the_words() -> None:
    found = {"skilled(.9)": courses("skilled(.9)")}
    text = agreement_with_truth(found)
    precision, recall = (float(word.rstrip(",.")) for word in text.split() if word[0].isdigit())
    assert precision > 0.9
    assert recall > 0.95
    assert table_rows(found)[0] == "| measure | skilled(.9) |"
