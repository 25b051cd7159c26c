"""The library's codes read in AnnoMI's labels."""

import pytest

from therapyarc.coding.coarse import in_annomi


@pytest.mark.parametrize(
    ("codes", "labels"),
    [
        (["reflect_emotion", "open_question"], {"reflection", "question"}),
        (["teach", "advice_without_permission", "plan"], {"therapist_input"}),
        (["acknowledge", "affirm"], {"other", "reflection"} - {"other"}),
        (["acknowledge"], {"other"}),
        (["uptake"], {"other"}),
        ([], {"other"}),
    ],
)
def test_therapist(codes: list[str], labels: set[str]) -> None:
    assert in_annomi("therapist", codes) == labels


@pytest.mark.parametrize(
    ("codes", "labels"),
    [
        (["change", "event"], {"change"}),
        (["sustain", "change"], {"change", "sustain"}),
        (["event"], {"neutral"}),
    ],
)
def test_client(codes: list[str], labels: set[str]) -> None:
    assert in_annomi("client", codes) == labels
