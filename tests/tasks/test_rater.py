"""A model rater's reply is read or missing, never repaired into a value."""

import pytest

from therapyarc.domain import Missing
from therapyarc.tasks.rater import read_verdict

VALUES = (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ('{"evidence": ["you said"], "value": 4}', (4.0, ("you said",))),
        ('```json\n{"value": 1, "evidence": []}\n```', (1.0, ())),
        ('{"evidence": [" "], "value": 2}', (2.0, ())),
    ],
)
def test_readable(text: str, verdict: tuple[float, tuple[str, ...]]) -> None:
    assert read_verdict(text, VALUES) == verdict


@pytest.mark.parametrize(
    "text",
    ["4", "Value: 4", '{"value": 6}', '{"value": "4"}', '{"value": 3.5}', '{"value": true}', '{"value": 3} or {"value": 4}',
     '{"evidence": "you", "value": 3}', "[3]", '{"evidence": []}'],
)  # fmt: skip
def test_unreadable_is_missing(text: str) -> None:
    assert read_verdict(text, VALUES) is Missing.UNREADABLE


def test_empty() -> None:
    assert read_verdict(" \n", VALUES) is Missing.EMPTY
